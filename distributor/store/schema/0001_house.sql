-- The ledger's house. Instants are milliseconds since 1970 UTC; states and acts are the numbers of store/codes.py.
-- Correctness lives here first: what must never happen violates a UNIQUE, a CHECK or a foreign key.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Everything a delivery can carry has a number of its own here, so that one UNIQUE and one foreign key cover both kinds.
CREATE TABLE subjects (
    id   INTEGER PRIMARY KEY AUTOINCREMENT,
    kind INTEGER NOT NULL CHECK (kind IN (1, 2))
) STRICT;

CREATE TABLE feeds (
    name        TEXT PRIMARY KEY,
    etag        TEXT NOT NULL DEFAULT '',
    modified    TEXT NOT NULL DEFAULT '',
    body_hash   TEXT NOT NULL DEFAULT '',
    -- when the feed was first read with success; what it held then is the baseline
    baseline_at INTEGER,
    checked_at  INTEGER,
    changed_at  INTEGER,
    failures    INTEGER NOT NULL DEFAULT 0 CHECK (failures >= 0),
    last_error  TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

CREATE TABLE stories (
    id            INTEGER PRIMARY KEY REFERENCES subjects (id),
    feed          TEXT NOT NULL,
    url           TEXT NOT NULL,
    headline      TEXT NOT NULL,
    fingerprint   TEXT NOT NULL,
    revision      INTEGER NOT NULL DEFAULT 0 CHECK (revision >= 0),
    pubstatus     TEXT NOT NULL CHECK (pubstatus IN ('usable', 'withheld', 'canceled')),
    baseline      INTEGER NOT NULL CHECK (baseline IN (0, 1)),
    first_seen_at INTEGER NOT NULL,
    published_at  INTEGER
) STRICT;
CREATE INDEX stories_seen ON stories (first_seen_at);

-- Every text a story ever had, whole; a delivery can always be explained.
CREATE TABLE revisions (
    story_id INTEGER NOT NULL REFERENCES stories (id),
    revision INTEGER NOT NULL CHECK (revision >= 0),
    seen_at  INTEGER NOT NULL,
    article  TEXT NOT NULL,
    PRIMARY KEY (story_id, revision)
) STRICT, WITHOUT ROWID;

-- The names under which a story is recognised; one name can never mean two stories.
CREATE TABLE story_keys (
    key         TEXT PRIMARY KEY,
    story_id    INTEGER NOT NULL REFERENCES stories (id),
    -- of a feed's own id: the text that this feed told last (a digest); two feeds may tell one story differently
    fingerprint TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

CREATE TABLE channels (
    id            INTEGER PRIMARY KEY,
    name          TEXT NOT NULL UNIQUE,
    kind          TEXT NOT NULL,
    not_before    INTEGER NOT NULL DEFAULT 0,
    paused_at     INTEGER,
    paused_reason TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE TABLE digests (
    name  TEXT PRIMARY KEY,
    -- slots before this instant are none of ours
    since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE issues (
    id          INTEGER PRIMARY KEY REFERENCES subjects (id),
    digest      TEXT NOT NULL,
    slot        TEXT NOT NULL,
    slot_at     INTEGER NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('freezing', 'open', 'closed', 'skipped')),
    reason      TEXT NOT NULL DEFAULT '',
    -- the stories looked at, by id: after the first number, up to the second
    window_from INTEGER NOT NULL,
    window_to   INTEGER NOT NULL,
    opened_at   INTEGER NOT NULL,
    closed_at   INTEGER,
    -- recipients frozen; the sum that conservation is checked against
    recipients  INTEGER NOT NULL DEFAULT 0,
    -- the last subscriber known when it was opened: who subscribes later is not in this issue
    snapshot    INTEGER NOT NULL DEFAULT 0,
    UNIQUE (digest, slot)
) STRICT;

CREATE TABLE issue_stories (
    issue_id INTEGER NOT NULL REFERENCES issues (id),
    position INTEGER NOT NULL,
    story_id INTEGER NOT NULL REFERENCES stories (id),
    PRIMARY KEY (issue_id, position),
    UNIQUE (issue_id, story_id)
) STRICT, WITHOUT ROWID;

-- What was or will be shown, by content: a digest for 100,000 readers is one row.
CREATE TABLE messages (
    id         INTEGER PRIMARY KEY,
    hash       BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    content    TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- Which revision of which story a message carried.
CREATE TABLE message_stories (
    message_id INTEGER NOT NULL REFERENCES messages (id),
    story_id   INTEGER NOT NULL REFERENCES stories (id),
    revision   INTEGER NOT NULL,
    PRIMARY KEY (message_id, story_id),
    FOREIGN KEY (story_id, revision) REFERENCES revisions (story_id, revision)
) STRICT, WITHOUT ROWID;

CREATE TABLE deliveries (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    subject_id  INTEGER NOT NULL REFERENCES subjects (id),
    channel_id  INTEGER NOT NULL REFERENCES channels (id),
    -- a subscriber, or 0 for the account or chat itself
    recipient   INTEGER NOT NULL DEFAULT 0 CHECK (recipient >= 0),
    act         INTEGER NOT NULL CHECK (act BETWEEN 0 AND 5),
    part        INTEGER NOT NULL DEFAULT 0 CHECK (part >= 0),
    -- a first post always has revision 0, so an edit can never become a second one
    revision    INTEGER NOT NULL DEFAULT 0 CHECK (revision >= 0 AND (act <> 0 OR revision = 0)),
    state       INTEGER NOT NULL CHECK (state BETWEEN 0 AND 7),
    priority    INTEGER NOT NULL DEFAULT 5,
    due_at      INTEGER NOT NULL,
    planned_at  INTEGER NOT NULL,
    attempts    INTEGER NOT NULL DEFAULT 0,
    lease_owner INTEGER,
    lease_until INTEGER,
    -- "about to touch the wire", durable before the first byte; kept through retries (a mail's Date)
    started_at  INTEGER,
    ended_at    INTEGER,
    message_id  INTEGER REFERENCES messages (id),
    tokens      TEXT,
    template    TEXT NOT NULL DEFAULT '',
    reason      TEXT NOT NULL DEFAULT '',
    -- who or what may release a held row
    held_by     TEXT NOT NULL DEFAULT '',
    remote_id   TEXT NOT NULL DEFAULT '',
    url         TEXT NOT NULL DEFAULT '',
    UNIQUE (subject_id, channel_id, recipient, act, part, revision),
    -- nothing touches the wire without a frozen message and a start on record; nothing rests without a reason
    CHECK (state NOT IN (3, 4, 6) OR (message_id IS NOT NULL AND started_at IS NOT NULL)),
    CHECK (state <> 3 OR lease_owner IS NOT NULL),
    CHECK (state NOT IN (2, 5, 6, 7) OR reason <> ''),
    CHECK (state <> 2 OR held_by <> ''),
    CHECK ((lease_owner IS NULL) = (lease_until IS NULL))
) STRICT;
-- What the lanes look at: rows that wait, however large the ledger grows. SQLite uses a partial index only where the
-- query says the index's own condition, word for word (sqlite.org/partialindex.html, section 2).
CREATE INDEX deliveries_planned ON deliveries (channel_id, due_at) WHERE state = 0;
CREATE INDEX deliveries_due ON deliveries (channel_id, priority, due_at) WHERE state = 1;
CREATE INDEX deliveries_leased ON deliveries (lease_owner) WHERE lease_owner IS NOT NULL;
CREATE INDEX deliveries_trouble ON deliveries (state) WHERE state IN (2, 5, 6);

-- The first try's facts stand in the delivery; here is every try that did not end in "sent", and every later one.
CREATE TABLE attempts (
    id          INTEGER PRIMARY KEY,
    delivery_id INTEGER NOT NULL REFERENCES deliveries (id),
    at          INTEGER NOT NULL,
    outcome     TEXT NOT NULL CHECK (outcome IN ('sent', 'retry', 'failed', 'unknown')),
    detail      TEXT NOT NULL
) STRICT;
CREATE INDEX attempts_of ON attempts (delivery_id);

-- Facts beside the states; a remote event is taken once.
CREATE TABLE events (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    at          INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    subject_id  INTEGER REFERENCES subjects (id),
    delivery_id INTEGER REFERENCES deliveries (id),
    actor       TEXT NOT NULL DEFAULT '',
    detail      TEXT NOT NULL DEFAULT '',
    remote_id   TEXT UNIQUE
) STRICT;

CREATE TABLE subscribers (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    address      TEXT NOT NULL UNIQUE COLLATE NOCASE CHECK (instr(address, '@') > 1),
    name         TEXT NOT NULL DEFAULT '',
    language     TEXT NOT NULL DEFAULT '',
    zone         TEXT NOT NULL DEFAULT '',
    -- the reader's dials; NULL: the newsletter's own choice
    quiet_from   TEXT,
    quiet_to     TEXT,
    most_per_day INTEGER CHECK (most_per_day > 0),
    text_only    INTEGER NOT NULL DEFAULT 0 CHECK (text_only IN (0, 1)),
    paused_until INTEGER,
    created_at   INTEGER NOT NULL
) STRICT;

CREATE TABLE subscriptions (
    id              INTEGER PRIMARY KEY,
    subscriber_id   INTEGER NOT NULL REFERENCES subscribers (id),
    -- name of a digest, or of an email channel for single-story mail
    topic           TEXT NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('unconfirmed', 'confirmed', 'unsubscribed')),
    rhythm          TEXT,
    hour            TEXT,
    source          TEXT NOT NULL DEFAULT '',
    consent         TEXT,
    created_at      INTEGER NOT NULL,
    confirmed_at    INTEGER,
    unsubscribed_at INTEGER,
    UNIQUE (subscriber_id, topic),
    CHECK (state <> 'confirmed' OR confirmed_at IS NOT NULL)
) STRICT;
CREATE INDEX subscriptions_topic ON subscriptions (topic, state);

-- Addresses that are never mailed again, whoever subscribes them.
CREATE TABLE suppressions (
    address   TEXT PRIMARY KEY COLLATE NOCASE,
    kind      TEXT NOT NULL CHECK (kind IN ('bounce', 'complaint', 'manual')),
    reason    TEXT NOT NULL,
    at        INTEGER NOT NULL,
    remote_id TEXT UNIQUE
) STRICT, WITHOUT ROWID;
