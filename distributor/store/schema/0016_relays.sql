-- What leaves by mail: how much each relay took, which are left alone, and which providers are mailed more slowly.

-- Mails by relay and clock minute (counted from 1970), so that no restart forgets a quota. What is older than a day goes.
CREATE TABLE relay_uses (
    channel TEXT NOT NULL,
    relay   TEXT NOT NULL,
    minute  INTEGER NOT NULL,
    n       INTEGER NOT NULL CHECK (n >= 0),
    PRIMARY KEY (channel, relay, minute)
) STRICT, WITHOUT ROWID;

-- Relays that took a mail no further, and until when they are left alone.
CREATE TABLE relay_rests (
    channel TEXT NOT NULL,
    relay   TEXT NOT NULL,
    -- troubles in a row
    count   INTEGER NOT NULL CHECK (count > 0),
    until   INTEGER NOT NULL,
    reason  TEXT NOT NULL,
    PRIMARY KEY (channel, relay)
) STRICT, WITHOUT ROWID;

-- Providers that said that they are mailed too fast: the rate since then, in thousandths of mails a minute.
CREATE TABLE provider_rates (
    channel    TEXT NOT NULL,
    provider   TEXT NOT NULL,
    rate       INTEGER NOT NULL CHECK (rate > 0),
    changed_at INTEGER NOT NULL,
    reason     TEXT NOT NULL,
    PRIMARY KEY (channel, provider)
) STRICT, WITHOUT ROWID;
