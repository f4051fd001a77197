-- What readers agreed to, who asked how often, and whom nobody may bring back.

-- What a reader was shown and said, word for word. Append-only, but for a reader who was erased.
CREATE TABLE consents (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    subscriber_id INTEGER NOT NULL REFERENCES subscribers (id),
    at            INTEGER NOT NULL,
    act           TEXT NOT NULL CHECK (act IN ('asked', 'confirmed', 'left', 'returned', 'imported', 'operator', 'changed',
                                               'moved')),
    -- a JSON array of names
    topics        TEXT NOT NULL,
    -- the page, the command, the file, or the system that brought it
    source        TEXT NOT NULL,
    -- the words that were agreed to, and their version
    form          TEXT NOT NULL DEFAULT '',
    version       TEXT NOT NULL DEFAULT '',
    -- where it came from, never the whole address: 203.0.113.0/24 or 2001:db8:1::/48
    network       TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX consents_of ON consents (subscriber_id);
CREATE TRIGGER consents_stand BEFORE UPDATE ON consents BEGIN SELECT RAISE(ABORT, 'consents are append-only'); END;
CREATE TRIGGER consents_stay BEFORE DELETE ON consents
WHEN EXISTS (SELECT 1 FROM subscribers u WHERE u.id = OLD.subscriber_id AND u.erased_at IS NULL)
BEGIN SELECT RAISE(ABORT, 'consents are append-only'); END;

-- Whose words about themselves are gone; the row stays, for deliveries count it.
ALTER TABLE subscribers ADD COLUMN erased_at INTEGER;
-- A keyed hash of each erased address, so that no import brings it back.
CREATE TABLE erased (
    hash BLOB PRIMARY KEY CHECK (length(hash) = 32),
    at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Who asked for letters of late: keyed hashes of address, domain and network, for nothing but to count them.
CREATE TABLE asks (
    id      INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    address BLOB NOT NULL,
    domain  BLOB NOT NULL,
    network BLOB NOT NULL,
    -- whether a letter was written
    written INTEGER NOT NULL CHECK (written IN (0, 1))
) STRICT;
CREATE INDEX asks_address ON asks (address, at);
CREATE INDEX asks_domain ON asks (domain, at);
CREATE INDEX asks_network ON asks (network, at);
CREATE INDEX asks_at ON asks (at);

-- Another address for a reader, which both addresses must agree to.
CREATE TABLE moves (
    id            INTEGER PRIMARY KEY,
    subscriber_id INTEGER NOT NULL REFERENCES subscribers (id),
    address       TEXT NOT NULL COLLATE NOCASE CHECK (instr(address, '@') > 1),
    asked_at      INTEGER NOT NULL,
    -- the letters that ask, at the old address and at the new one
    old_letter    INTEGER NOT NULL UNIQUE REFERENCES letters (id),
    new_letter    INTEGER NOT NULL UNIQUE REFERENCES letters (id),
    old_at        INTEGER,
    new_at        INTEGER,
    done_at       INTEGER
) STRICT;
