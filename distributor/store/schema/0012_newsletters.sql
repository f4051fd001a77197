-- Newsletters that readers keep: letters to one reader are subjects like all others, a reader's dials for each topic, and
-- the segment of an issue that a delivery belongs to. "subjects" has a changed CHECK and is built anew
-- (sqlite.org/lang_altertable.html, section 7).

CREATE TABLE subjects_new (
    id   INTEGER PRIMARY KEY AUTOINCREMENT,
    -- a story, a dated issue (of a digest or a round-up), an alert, a letter to one reader
    kind INTEGER NOT NULL CHECK (kind IN (1, 2, 3, 4))
) STRICT;
INSERT INTO subjects_new SELECT id, kind FROM subjects;
DROP TABLE subjects;
ALTER TABLE subjects_new RENAME TO subjects;

-- What is written to one reader alone: a question for confirmation, a fresh link, a notice. Its words are rendered when it
-- leaves, in the reader's language.
CREATE TABLE letters (
    id            INTEGER PRIMARY KEY REFERENCES subjects (id),
    subscriber_id INTEGER NOT NULL REFERENCES subscribers (id),
    kind          TEXT NOT NULL,
    language      TEXT NOT NULL DEFAULT '',
    -- what its template needs, a JSON object; never a secret
    fields        TEXT NOT NULL DEFAULT '{}',
    created_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX letters_to ON letters (subscriber_id, kind, created_at);

-- The reader's dials for one topic; the empty text is the newsletter's own choice.
ALTER TABLE subscriptions ADD COLUMN sections TEXT NOT NULL DEFAULT '';
ALTER TABLE subscriptions ADD COLUMN weekday INTEGER CHECK (weekday BETWEEN 1 AND 7);
-- Whether clicks may be counted for this reader: NULL is never asked.
ALTER TABLE subscribers ADD COLUMN clicks INTEGER CHECK (clicks IN (0, 1));

-- The readers of an issue who get the same; 0: all of them, or no issue at all.
ALTER TABLE deliveries ADD COLUMN segment INTEGER NOT NULL DEFAULT 0;
