-- What others may tell us: hubs that a feed is subscribed at (WebSub), and the ids of messages that were pushed.
CREATE TABLE hubs (
    feed       TEXT PRIMARY KEY,
    hub        TEXT NOT NULL,
    topic      TEXT NOT NULL,
    standing   TEXT NOT NULL CHECK (standing = 'asked' OR standing = 'active' OR standing = 'failed'),
    asked_at   INTEGER NOT NULL,
    -- when the lease ends
    until      INTEGER,
    failures   INTEGER NOT NULL DEFAULT 0 CHECK (failures >= 0),
    last_error TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

-- A signed message is believed for five minutes; its id is kept longer, so that nobody can play it a second time.
CREATE TABLE pushes (
    feed TEXT NOT NULL,
    key  TEXT NOT NULL,
    at   INTEGER NOT NULL,
    PRIMARY KEY (feed, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX pushes_age ON pushes (at);
