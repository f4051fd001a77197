-- What would have left in shadow mode: for the gates and the purse it counts there as if it had, and elsewhere for nothing.
-- Mails to single readers are not in it.
CREATE TABLE shadowed (
    delivery_id INTEGER PRIMARY KEY REFERENCES deliveries (id),
    channel_id  INTEGER NOT NULL REFERENCES channels (id),
    at          INTEGER NOT NULL,
    -- what it would have cost, in millionths
    micros      INTEGER NOT NULL CHECK (micros >= 0)
) STRICT;
CREATE INDEX shadowed_at ON shadowed (channel_id, at, micros);
INSERT INTO shadowed (delivery_id, channel_id, at, micros)
SELECT id, channel_id, ended_at, 0 FROM deliveries
WHERE state = 7 AND recipient = 0 AND ended_at IS NOT NULL AND remote_id = '' AND reason = 'shadow: it would have been sent now';
