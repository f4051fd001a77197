-- Issues in readers' own zones and rhythms: which readers of an issue get the same, how far each choice was served, and
-- what was mailed to a reader, found by the reader.

-- The readers of a subject who get the same: of an issue, or of a story that a digest's readers get at once. The choice is
-- as their rows have it; NULL in zone, sections and language is any.
CREATE TABLE segments (
    subject_id   INTEGER NOT NULL REFERENCES subjects (id),
    number       INTEGER NOT NULL CHECK (number > 0),
    digest       TEXT NOT NULL,
    -- 1: all readers, whatever they chose
    everybody    INTEGER NOT NULL DEFAULT 0 CHECK (everybody IN (0, 1)),
    rhythm       TEXT,
    hour         TEXT,
    weekday      INTEGER,
    zone         TEXT,
    sections     TEXT,
    language     TEXT,
    -- of an issue: the stories after this number are theirs, and those that somebody held since an instant
    after_id     INTEGER NOT NULL DEFAULT 0,
    waited_since INTEGER NOT NULL DEFAULT 0,
    -- why nobody is mailed; empty: they are
    reason       TEXT NOT NULL DEFAULT '',
    -- the reader up to whom rows are written, and whether all are
    written      INTEGER NOT NULL DEFAULT 0 CHECK (written >= 0),
    is_written   INTEGER NOT NULL DEFAULT 0 CHECK (is_written IN (0, 1)),
    PRIMARY KEY (subject_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX segments_unwritten ON segments (subject_id) WHERE is_written = 0;

-- How far the readers of one choice have been served: whoever comes late, or gets too little for an issue, loses nothing.
CREATE TABLE served (
    digest    TEXT NOT NULL,
    -- a JSON array: rhythm, hour, weekday, zone, sections, language
    choice    TEXT NOT NULL,
    -- the last story of the last issue that was worth sending, and when that was
    upto      INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    -- when a slot of theirs last came
    looked_at INTEGER NOT NULL,
    PRIMARY KEY (digest, choice)
) STRICT, WITHOUT ROWID;
INSERT INTO served (digest, choice, upto, at, looked_at)
SELECT i.digest, '[null, null, null, "", "", null]', i.window_to, i.opened_at, i.opened_at FROM issues i
WHERE i.id IN (SELECT max(x.id) FROM issues x JOIN digests d ON d.name = x.digest WHERE x.state <> 'skipped' GROUP BY x.digest);

-- Up to when slots were looked for; NULL: never yet.
ALTER TABLE digests ADD COLUMN looked_at INTEGER;

-- Whether a story is news for some segment of the issue, or there for those alone who have not had it.
ALTER TABLE issue_stories ADD COLUMN is_new INTEGER NOT NULL DEFAULT 1 CHECK (is_new IN (0, 1));
-- When it was last held, withheld or under embargo; NULL: it was not.
ALTER TABLE issue_stories ADD COLUMN waited_at INTEGER;

-- What was decided about a story for those who get a digest's stories at once.
CREATE TABLE at_once (
    digest    TEXT NOT NULL,
    story_id  INTEGER NOT NULL REFERENCES stories (id),
    -- 0: it waits for whoever holds it
    decided   INTEGER NOT NULL CHECK (decided IN (0, 1)),
    -- when it was last seen waiting
    waited_at INTEGER,
    PRIMARY KEY (digest, story_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX at_once_waiting ON at_once (digest) WHERE decided = 0;

-- What was mailed to a reader of late; public posts are not in it.
CREATE INDEX deliveries_mailed ON deliveries (recipient, planned_at) WHERE recipient > 0 AND message_id IS NOT NULL;
-- Issues that are under way, and those of late.
CREATE INDEX issues_open ON issues (digest, id) WHERE state = 'freezing' OR state = 'open';
CREATE INDEX issues_opened ON issues (digest, opened_at);
-- Readers by their choice, in the order in which rows are written for them.
DROP INDEX subscriptions_topic;
CREATE INDEX subscriptions_topic ON subscriptions (topic, state, subscriber_id);
CREATE INDEX subscriptions_choice ON subscriptions (topic, state, rhythm, hour, weekday, subscriber_id);
