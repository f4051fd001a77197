-- Every story's fate on record: waiting with its gate and its end, doubts that settle, a chain of events, limits,
-- money, posts made by hand, alerts, and what a restore must remember. Tables with a changed CHECK are built anew
-- (sqlite.org/lang_altertable.html, section 7); the migration runs with foreign keys off and checks them at its end.

CREATE TABLE subjects_new (
    id   INTEGER PRIMARY KEY AUTOINCREMENT,
    -- a story, a dated issue (of a digest or a round-up), an alert
    kind INTEGER NOT NULL CHECK (kind IN (1, 2, 3))
) STRICT;
INSERT INTO subjects_new SELECT id, kind FROM subjects;
DROP TABLE subjects;
ALTER TABLE subjects_new RENAME TO subjects;

CREATE TABLE deliveries_new (
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
    -- no news any more after this instant; NULL: it never grows stale
    stale_at    INTEGER,
    -- the section for which it counts where sections share a channel
    category    TEXT NOT NULL DEFAULT '',
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
    -- when the clock releases a held row; NULL: only somebody can
    held_until  INTEGER,
    remote_id   TEXT NOT NULL DEFAULT '',
    url         TEXT NOT NULL DEFAULT '',
    -- how often its outcome was in doubt; from the first time on its frozen message never changes again
    doubts      INTEGER NOT NULL DEFAULT 0 CHECK (doubts >= 0),
    -- of an unknown row: how often the platform was asked, and when to ask next (NULL: a person decides)
    looks       INTEGER NOT NULL DEFAULT 0 CHECK (looks >= 0),
    look_at     INTEGER,
    -- the newest post of the channel that was known when this one first touched the wire
    after_id    TEXT NOT NULL DEFAULT '',
    UNIQUE (subject_id, channel_id, recipient, act, part, revision),
    -- nothing touches the wire without a frozen message and a start on record; what is sent has both, or the place
    -- where it was found; nothing rests without a reason
    CHECK (state <> 3 OR (message_id IS NOT NULL AND started_at IS NOT NULL AND lease_owner IS NOT NULL)),
    CHECK (state <> 4 OR (message_id IS NOT NULL AND started_at IS NOT NULL) OR remote_id <> '' OR url <> ''),
    CHECK ((state <> 2 AND state < 5) OR reason <> ''),
    CHECK (state <> 2 OR held_by <> ''),
    CHECK (state = 2 OR (held_by = '' AND held_until IS NULL)),
    CHECK (state = 6 OR look_at IS NULL),
    CHECK ((lease_owner IS NULL) = (lease_until IS NULL))
) STRICT;
INSERT INTO deliveries_new (id, subject_id, channel_id, recipient, act, part, revision, state, priority, due_at, planned_at,
    attempts, lease_owner, lease_until, started_at, ended_at, message_id, tokens, template, reason, held_by, remote_id, url,
    doubts)
SELECT id, subject_id, channel_id, recipient, act, part, revision, state, priority, due_at, planned_at, attempts,
    lease_owner, lease_until, started_at, ended_at, message_id, tokens, template, reason,
    CASE state WHEN 2 THEN held_by ELSE '' END, remote_id, url, state = 6
FROM deliveries;
DROP TABLE deliveries;
ALTER TABLE deliveries_new RENAME TO deliveries;

-- What the lanes look at: rows that wait, however large the ledger grows. SQLite uses a partial index only where the
-- query says the index's own condition, or one of its terms, word for word (sqlite.org/partialindex.html, section 2).
-- Neither here nor in a CHECK above stands IN (...): SQLite would build a table of the list for every row that it writes.
CREATE INDEX deliveries_planned ON deliveries (channel_id, priority, due_at) WHERE state = 0;
CREATE INDEX deliveries_due ON deliveries (channel_id, priority, due_at) WHERE state = 1;
CREATE INDEX deliveries_leased ON deliveries (lease_owner) WHERE lease_owner IS NOT NULL;
CREATE INDEX deliveries_trouble ON deliveries (state) WHERE state = 2 OR state = 5 OR state = 6;
CREATE INDEX deliveries_waiting ON deliveries (channel_id, held_until) WHERE held_until IS NOT NULL;
CREATE INDEX deliveries_doubtful ON deliveries (channel_id, look_at) WHERE state = 6;
-- A channel's own recent posts, for pacing; mails to single readers are not in it.
CREATE INDEX deliveries_posted ON deliveries (channel_id, started_at) WHERE recipient = 0 AND started_at IS NOT NULL;
-- Which delivery of ours a post is; readers' mails are not in it.
CREATE INDEX deliveries_shown ON deliveries (channel_id, remote_id) WHERE recipient = 0 AND remote_id <> '';

-- Each event holds the hash of the one before, so that none can be changed or taken out unseen.
ALTER TABLE events ADD COLUMN hash BLOB;
-- What ended before the chain began has no event that could prove it.
INSERT INTO meta (key, value) SELECT 'unchained_deliveries', coalesce(max(id), 0) FROM deliveries;
INSERT INTO meta (key, value) SELECT 'unchained_subjects', coalesce(max(id), 0) FROM subjects;
CREATE INDEX events_of ON events (delivery_id) WHERE delivery_id IS NOT NULL;
CREATE INDEX events_about ON events (subject_id) WHERE subject_id IS NOT NULL;

-- The newest post of its own that a channel knows (a platform's id, of the same length and order as its others).
ALTER TABLE channels ADD COLUMN last_remote_id TEXT NOT NULL DEFAULT '';
-- The same as it was when the store was last fenced by a restore: what was sent meanwhile stands behind it.
ALTER TABLE channels ADD COLUMN fence_id TEXT NOT NULL DEFAULT '';

-- What an account or application may not do before an instant; channels that share one wait together.
CREATE TABLE limits (
    scope      TEXT PRIMARY KEY,
    not_before INTEGER NOT NULL,
    reason     TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE channel_scopes (
    channel_id INTEGER NOT NULL REFERENCES channels (id),
    scope      TEXT NOT NULL,
    PRIMARY KEY (channel_id, scope)
) STRICT, WITHOUT ROWID;

-- Money: what a call costs is written before it leaves, and given back where it surely did not happen. Micro-units.
CREATE TABLE charges (
    id          INTEGER PRIMARY KEY,
    channel_id  INTEGER NOT NULL REFERENCES channels (id),
    delivery_id INTEGER REFERENCES deliveries (id),
    at          INTEGER NOT NULL,
    micros      INTEGER NOT NULL,
    what        TEXT NOT NULL
) STRICT;
CREATE INDEX charges_at ON charges (channel_id, at);
CREATE INDEX charges_of ON charges (delivery_id);

-- Posts seen on our own channels that no delivery of ours made.
CREATE TABLE sightings (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    channel_id  INTEGER NOT NULL REFERENCES channels (id),
    remote_id   TEXT NOT NULL,
    url         TEXT NOT NULL DEFAULT '',
    at          INTEGER NOT NULL,
    text        TEXT NOT NULL,
    -- JSON array
    links       TEXT NOT NULL,
    -- the delivery that it stands for, once one was adopted
    delivery_id INTEGER REFERENCES deliveries (id),
    UNIQUE (channel_id, remote_id)
) STRICT;
CREATE INDEX sightings_at ON sightings (channel_id, at);

-- Something that somebody must know. While it lasts it is one alert, however often it is noticed.
CREATE TABLE alerts (
    id           INTEGER PRIMARY KEY REFERENCES subjects (id),
    key          TEXT NOT NULL,
    text         TEXT NOT NULL,
    hint         TEXT NOT NULL DEFAULT '',
    raised_at    INTEGER NOT NULL,
    recovered_at INTEGER,
    recovery     TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE UNIQUE INDEX alerts_open ON alerts (key) WHERE recovered_at IS NULL;

-- After a restore, what this feed brings at its next reading may have been sent by the store that was replaced.
ALTER TABLE feeds ADD COLUMN fenced INTEGER NOT NULL DEFAULT 0 CHECK (fenced IN (0, 1));
CREATE INDEX stories_rhythm ON stories (feed, first_seen_at);
