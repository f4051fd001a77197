-- Who works at the desk, and who is at it now.

CREATE TABLE people (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    -- as it goes on record
    name        TEXT NOT NULL CHECK (name <> ''),
    -- what makes two names one (rules.people.accounts.key_of)
    key         TEXT NOT NULL UNIQUE CHECK (key <> ''),
    role        TEXT NOT NULL CHECK (role IN ('viewer', 'editor', 'chief', 'operator')),
    -- Argon2id with its salt and cost; never the password
    password    TEXT NOT NULL CHECK (password LIKE '$argon2id$%'),
    created_at  INTEGER NOT NULL,
    password_at INTEGER NOT NULL
) STRICT;

-- A browser in which somebody is logged in: the hash of what it holds, which is nowhere else.
CREATE TABLE sessions (
    hash      BLOB PRIMARY KEY CHECK (length(hash) = 32),
    person_id INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    at        INTEGER NOT NULL,
    seen_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_of ON sessions (person_id);

-- What programs name themselves with: the hash of it.
CREATE TABLE tokens (
    hash       BLOB PRIMARY KEY CHECK (length(hash) = 32),
    name       TEXT NOT NULL UNIQUE CHECK (name <> ''),
    scope      TEXT NOT NULL CHECK (scope IN ('read', 'act', 'operate')),
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Tries to log in: keyed hashes of name and network, for nothing but to count them. Each counts as failed until its
-- password was found right.
CREATE TABLE logins (
    id      INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    name    BLOB NOT NULL,
    network BLOB NOT NULL,
    ok      INTEGER NOT NULL DEFAULT 0 CHECK (ok IN (0, 1))
) STRICT;
CREATE INDEX logins_name ON logins (name, at);
CREATE INDEX logins_network ON logins (network, at);
CREATE INDEX logins_at ON logins (at);
