-- Editors in command: takes and classed revisions, follow-ups of posts, stops, approvals, an editor's own words, and
-- the cards of the operations chat.

-- The story that this one continues (a snap's urgent, a wrap-up); NULL: it stands alone or is the first.
ALTER TABLE stories ADD COLUMN take_of INTEGER REFERENCES stories (id);
CREATE INDEX stories_takes ON stories (take_of) WHERE take_of IS NOT NULL;

-- What a revision means to those who read the one before, what is said of it in public, and who made it (empty: its source).
ALTER TABLE revisions ADD COLUMN class TEXT NOT NULL DEFAULT 'update'
    CHECK (class IN ('update', 'refile', 'correction', 'withdrawal'));
ALTER TABLE revisions ADD COLUMN note TEXT NOT NULL DEFAULT '';
ALTER TABLE revisions ADD COLUMN who TEXT NOT NULL DEFAULT '';
CREATE INDEX revisions_told ON revisions (seen_at) WHERE class IN ('correction', 'withdrawal');

-- The delivery whose post an edit, a reply or a deletion is about.
ALTER TABLE deliveries ADD COLUMN parent_id INTEGER REFERENCES deliveries (id);
CREATE INDEX deliveries_follow ON deliveries (parent_id) WHERE parent_id IS NOT NULL;

-- What a story must pass on a channel, beside its gates, before it may leave at all; decided when it was planned.
CREATE TABLE conditions (
    subject_id INTEGER NOT NULL REFERENCES subjects (id),
    channel_id INTEGER NOT NULL REFERENCES channels (id),
    -- why it looks like internal material; empty: it does not, or somebody has looked
    internal   TEXT NOT NULL,
    approvals  INTEGER NOT NULL CHECK (approvals BETWEEN 0 AND 2),
    silence    TEXT NOT NULL CHECK (silence IN ('hold', 'send', 'skip')),
    -- milliseconds after which nobody's answer is an answer
    patience   INTEGER NOT NULL CHECK (patience >= 0),
    -- when somebody was first asked; NULL: not yet
    asked_at   INTEGER,
    embargo    INTEGER,
    -- milliseconds for which it can still be taken back
    undo       INTEGER NOT NULL CHECK (undo >= 0),
    PRIMARY KEY (subject_id, channel_id)
) STRICT, WITHOUT ROWID;

-- What somebody stopped; in force from at until it is lifted or over. Both scopes empty: everything.
CREATE TABLE stops (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    channel   TEXT NOT NULL DEFAULT '',
    category  TEXT NOT NULL DEFAULT '',
    reason    TEXT NOT NULL CHECK (reason <> ''),
    who       TEXT NOT NULL CHECK (who <> ''),
    through   TEXT NOT NULL,
    at        INTEGER NOT NULL,
    -- NULL: until somebody lifts it
    until     INTEGER,
    lifted_at INTEGER,
    lifted_by TEXT NOT NULL DEFAULT '',
    -- what became of what had piled up: send, fold, drop, story by story; empty while it lasts
    decision  TEXT NOT NULL DEFAULT '',
    CHECK ((lifted_at IS NULL) = (lifted_by = ''))
) STRICT;
CREATE INDEX stops_open ON stops (id) WHERE lifted_at IS NULL;

-- Who said yes to a story on a channel; nobody counts twice.
CREATE TABLE approvals (
    subject_id INTEGER NOT NULL REFERENCES subjects (id),
    channel_id INTEGER NOT NULL REFERENCES channels (id),
    who        TEXT NOT NULL CHECK (who <> ''),
    through    TEXT NOT NULL,
    at         INTEGER NOT NULL,
    PRIMARY KEY (subject_id, channel_id, who)
) STRICT, WITHOUT ROWID;

-- An editor's own words for a story on one channel; they stand instead of the template's from then on.
CREATE TABLE wordings (
    subject_id INTEGER NOT NULL REFERENCES subjects (id),
    channel_id INTEGER NOT NULL REFERENCES channels (id),
    text       TEXT NOT NULL CHECK (text <> ''),
    who        TEXT NOT NULL CHECK (who <> ''),
    through    TEXT NOT NULL,
    at         INTEGER NOT NULL,
    PRIMARY KEY (subject_id, channel_id)
) STRICT, WITHOUT ROWID;

-- What the operations chat shows, and which message shows it. A card is closed when what it asks is decided.
CREATE TABLE cards (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    -- approval, unknown, alert, stop, story; halt, post: what a command asks back; edit, correct: whose answer is awaited
    kind       TEXT NOT NULL,
    -- the story, issue or alert, the number of a stop, or that of the message that asked for the card
    about      INTEGER NOT NULL,
    -- the channel that an answer is for, or a post that is not made yet
    detail     TEXT NOT NULL DEFAULT '',
    -- the state of affairs that it shows, in a form that changes with it
    shows      TEXT NOT NULL DEFAULT '',
    topic      INTEGER NOT NULL DEFAULT 0,
    message_id INTEGER,
    -- what was decided on it last, and by whom
    word       TEXT NOT NULL DEFAULT '',
    -- what a closed card is still to say in the chat; empty: it says it, or was never there
    ending     TEXT NOT NULL DEFAULT '',
    at         INTEGER NOT NULL,
    closed_at  INTEGER
) STRICT;
CREATE UNIQUE INDEX cards_open ON cards (kind, about, detail) WHERE closed_at IS NULL;
CREATE INDEX cards_shown ON cards (message_id) WHERE message_id IS NOT NULL;

-- What people said to the bot, by the platform's own numbers: it is done once, however often it is told.
CREATE TABLE heard (
    name    TEXT PRIMARY KEY,
    at      INTEGER NOT NULL,
    -- NULL: the program ended while it was done
    done_at INTEGER
) STRICT, WITHOUT ROWID;

-- When the page of a published story was last looked at, and since when all looks found it gone (404, 410).
CREATE TABLE page_looks (
    story_id INTEGER PRIMARY KEY REFERENCES stories (id),
    at       INTEGER NOT NULL,
    gone_at  INTEGER
) STRICT;
