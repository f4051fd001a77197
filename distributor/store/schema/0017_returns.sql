-- What came back of mails: each report once, what it was taken for and what followed; how addresses have failed; which
-- providers refuse us.

CREATE TABLE returns (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    -- the far side's own name of it: a mail's digest, a provider's event, a delivery's attempt. It counts once
    remote_id   TEXT NOT NULL,
    -- which of the readers that it is about, from 0
    part        INTEGER NOT NULL DEFAULT 0 CHECK (part >= 0),
    at          INTEGER NOT NULL,
    -- what brought it: mailbox NAME, hook NAME, relay CHANNEL
    source      TEXT NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('bounce', 'complaint', 'autoreply', 'delayed', 'unsubscribe', 'other')),
    -- whom it is about, as we mail them; empty: nobody whom we know
    address     TEXT NOT NULL DEFAULT '' COLLATE NOCASE,
    delivery_id INTEGER REFERENCES deliveries (id),
    class       TEXT NOT NULL DEFAULT 'other' CHECK (class IN ('dead', 'soft', 'sender_fault', 'other')),
    status      TEXT,
    -- what followed
    action      TEXT NOT NULL CHECK (action IN ('suppress', 'score', 'pause_lane', 'none', 'unsubscribe')),
    -- by what our mail was known again; NULL: it was not
    proof       TEXT CHECK (proof IN ('verp', 'envid', 'message-id', 'address')),
    reason      TEXT NOT NULL DEFAULT '',
    -- 1: nobody knows what it is about; the mail was set aside, for it is kept
    aside       INTEGER NOT NULL DEFAULT 0 CHECK (aside IN (0, 1)),
    -- 1: and nobody has seen it yet
    unknown     INTEGER NOT NULL DEFAULT 0 CHECK (unknown IN (0, 1) AND unknown <= aside),
    UNIQUE (remote_id, part)
) STRICT;
CREATE INDEX returns_unknown ON returns (id) WHERE unknown = 1;
CREATE INDEX returns_of ON returns (delivery_id) WHERE delivery_id IS NOT NULL;

-- Soft failures, in halves of a point (rules/mail/returning/scores.py).
CREATE TABLE bounce_scores (
    address TEXT PRIMARY KEY COLLATE NOCASE,
    halves  INTEGER NOT NULL CHECK (halves > 0),
    -- of the last failure, days since 1970
    day     INTEGER NOT NULL,
    rests   INTEGER NOT NULL DEFAULT 0 CHECK (rests >= 0),
    -- nothing is sent before
    until   INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX bounce_scores_resting ON bounce_scores (until) WHERE until IS NOT NULL;

-- Providers that refuse us: what goes there rests. A channel's own, or every channel's (empty).
CREATE TABLE provider_pauses (
    channel TEXT NOT NULL,
    -- who keeps the mailboxes: a group of domains (rules/mail/groups.py) or a domain
    domain  TEXT NOT NULL COLLATE NOCASE,
    -- refusals in a row, each of which makes the rest longer
    count   INTEGER NOT NULL CHECK (count > 0),
    at      INTEGER NOT NULL,
    until   INTEGER NOT NULL,
    status  TEXT,
    reason  TEXT NOT NULL,
    PRIMARY KEY (channel, domain)
) STRICT, WITHOUT ROWID;
