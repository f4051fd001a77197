-- What the desk looks up of readers, each by an index of its own: who has an address at some domain, what came back of an
-- address, and how many came and went in a day.

CREATE INDEX subscribers_domain ON subscribers (lower(substr(address, instr(address, '@') + 1)));
CREATE INDEX returns_address ON returns (address) WHERE address <> '';
CREATE INDEX consents_said ON consents (act, at);
CREATE INDEX subscriptions_unconfirmed ON subscriptions (topic) WHERE state = 'unconfirmed';
CREATE INDEX suppressions_at ON suppressions (at);
