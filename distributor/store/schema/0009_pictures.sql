-- Pictures that are given to platforms themselves, and what became of those that were not.

-- What a platform calls a picture: of a bot for all its posts, or of an account for one post. The same bytes have the same
-- digest. A name that has an end is not used after it.
CREATE TABLE shelves (
    shelf    TEXT NOT NULL,
    digest   TEXT NOT NULL,
    name     TEXT NOT NULL,
    kept_at  INTEGER NOT NULL,
    -- the platform may need a moment before a post can show it
    ready_at INTEGER NOT NULL,
    ends_at  INTEGER,
    PRIMARY KEY (shelf, digest)
) STRICT, WITHOUT ROWID;

-- Why a post's picture could not be had so far, and whether the post leaves without it.
CREATE TABLE showings (
    delivery_id INTEGER PRIMARY KEY REFERENCES deliveries (id),
    tries       INTEGER NOT NULL DEFAULT 0 CHECK (tries >= 0),
    reason      TEXT NOT NULL DEFAULT '',
    is_without  INTEGER NOT NULL DEFAULT 0 CHECK (is_without IN (0, 1)),
    CHECK (is_without = 0 OR reason <> '')
) STRICT;
