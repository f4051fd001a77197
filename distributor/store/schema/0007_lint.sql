-- What lint found in what a subject says on a channel (one rendering serves all readers), as it was last set; those that
-- block hold the rows until somebody lets exactly them go, or other words mend them.
CREATE TABLE findings (
    subject_id INTEGER NOT NULL REFERENCES subjects (id),
    channel_id INTEGER NOT NULL REFERENCES channels (id),
    act        INTEGER NOT NULL CHECK (act BETWEEN 0 AND 5),
    revision   INTEGER NOT NULL CHECK (revision >= 0),
    position   INTEGER NOT NULL,
    rule       TEXT NOT NULL,
    level      TEXT NOT NULL CHECK (level IN ('block', 'warn')),
    found      TEXT NOT NULL,
    fix        TEXT NOT NULL,
    -- who let it go although it blocks; empty: nobody
    passed_by  TEXT NOT NULL DEFAULT '' CHECK (passed_by = '' OR level = 'block'),
    PRIMARY KEY (subject_id, channel_id, act, revision, rule, found)
) STRICT, WITHOUT ROWID;
