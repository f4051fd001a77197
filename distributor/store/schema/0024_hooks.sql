-- Receivers of signed messages about what becomes of stories: how far each was told. The events themselves are the
-- outbox; nothing of them is copied.

CREATE TABLE hooks (
    name       TEXT PRIMARY KEY,
    -- every event up to this one was told, put aside, or is none of its matter
    told       INTEGER NOT NULL CHECK (told >= 0),
    told_at    INTEGER,
    -- failures in a row, and until when it is left alone after them
    tries      INTEGER NOT NULL DEFAULT 0 CHECK (tries >= 0),
    not_before INTEGER NOT NULL DEFAULT 0,
    error      TEXT NOT NULL DEFAULT '',
    -- when it said that it wants no more
    ended_at   INTEGER
) STRICT, WITHOUT ROWID;

-- What a receiver refused to take while it takes others, and what happened to the same story after that.
CREATE TABLE hook_waits (
    hook       TEXT NOT NULL REFERENCES hooks (name),
    event_id   INTEGER NOT NULL REFERENCES events (id),
    subject_id INTEGER NOT NULL REFERENCES subjects (id),
    tries      INTEGER NOT NULL CHECK (tries >= 0),
    not_before INTEGER NOT NULL,
    error      TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (hook, event_id)
) STRICT, WITHOUT ROWID;
