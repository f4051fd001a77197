-- What the pages of stories showed before their links were posted, and which posts waited for that.

CREATE TABLE preflights (
    story_id INTEGER PRIMARY KEY REFERENCES stories (id),
    url      TEXT NOT NULL,
    first_at INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    looks    INTEGER NOT NULL CHECK (looks > 0),
    facts    TEXT NOT NULL
) STRICT;

-- What a post's page lacked when its turn came.
CREATE TABLE page_waits (
    delivery_id INTEGER PRIMARY KEY REFERENCES deliveries (id),
    -- empty: it came in time
    lacks       TEXT NOT NULL,
    -- whether the post waits for it, and until when; NULL: until somebody lets it go
    is_waiting  INTEGER NOT NULL CHECK (is_waiting IN (0, 1)),
    until       INTEGER
) STRICT;
