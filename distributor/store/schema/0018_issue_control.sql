-- Control of single issues: when they begin, the share that leaves first, and who stopped them.

-- No mail leaves before; NULL: as soon as it can. Until then a stop ends the issue with nothing sent.
ALTER TABLE issues ADD COLUMN begins_at INTEGER;
-- The issue whose left-out readers this one goes to.
ALTER TABLE issues ADD COLUMN rest_of INTEGER REFERENCES issues (id);
CREATE UNIQUE INDEX issues_rest ON issues (rest_of) WHERE rest_of IS NOT NULL;

CREATE TABLE issue_controls (
    issue_id  INTEGER PRIMARY KEY REFERENCES issues (id),
    -- canary: a share leaves first, the rest is held; halted: what that brought back waits for somebody's judgement
    phase     TEXT NOT NULL CHECK (phase IN ('canary', 'halted', 'stopped', 'ended', 'free')),
    reason    TEXT NOT NULL DEFAULT '',
    who       TEXT NOT NULL DEFAULT '',
    through   TEXT NOT NULL DEFAULT '',
    at        INTEGER NOT NULL,
    -- whether a claim puts its rows aside
    holds     INTEGER NOT NULL DEFAULT 0 CHECK (holds IN (0, 1)),
    -- whether every row is where the phase wants it
    is_done   INTEGER NOT NULL DEFAULT 0 CHECK (is_done IN (0, 1)),
    -- the canary: a share or a number of the recipients (both 0: none), and how long it is watched, milliseconds
    share     REAL NOT NULL DEFAULT 0,
    number    INTEGER NOT NULL DEFAULT 0,
    wait      INTEGER NOT NULL DEFAULT 0,
    -- when it was drawn, and when somebody or the clock let the rest go
    drawn_at  INTEGER,
    judged_at INTEGER
) STRICT;
CREATE INDEX issue_controls_holding ON issue_controls (issue_id) WHERE holds = 1;
CREATE INDEX issue_controls_open ON issue_controls (issue_id) WHERE is_done = 0;

-- The rows of an issue that leave first.
CREATE TABLE issue_canaries (
    issue_id    INTEGER NOT NULL REFERENCES issues (id),
    delivery_id INTEGER NOT NULL REFERENCES deliveries (id),
    PRIMARY KEY (issue_id, delivery_id)
) STRICT, WITHOUT ROWID;
