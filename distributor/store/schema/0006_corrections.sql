-- Corrections to many readers, written in slices, and corrections that readers are told of in their next issue.

-- Mails about a revision whose rows are still being written, reader after reader; gone when all are. Who gets one was fixed
-- by the revision: what was planned after it carries the new words.
CREATE TABLE mailings (
    story_id   INTEGER NOT NULL,
    revision   INTEGER NOT NULL,
    channel_id INTEGER NOT NULL REFERENCES channels (id),
    -- whether only mails of the story alone are answered
    alone      INTEGER NOT NULL CHECK (alone IN (0, 1)),
    -- the newest delivery of that moment
    upto       INTEGER NOT NULL,
    -- the reader up to whom rows are written, and the last reader of all
    written    INTEGER NOT NULL CHECK (written >= 0),
    last       INTEGER NOT NULL,
    priority   INTEGER NOT NULL,
    due_at     INTEGER NOT NULL,
    reason     TEXT NOT NULL,
    PRIMARY KEY (story_id, revision, channel_id),
    FOREIGN KEY (story_id, revision) REFERENCES revisions (story_id, revision)
) STRICT, WITHOUT ROWID;

-- Corrections and withdrawals of which an issue tells those of its readers whom an earlier issue mailed the error.
CREATE TABLE issue_lines (
    issue_id INTEGER NOT NULL REFERENCES issues (id),
    story_id INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    PRIMARY KEY (issue_id, story_id),
    FOREIGN KEY (story_id, revision) REFERENCES revisions (story_id, revision)
) STRICT, WITHOUT ROWID;
CREATE INDEX issue_lines_of ON issue_lines (story_id);
