-- name: uses
-- In the order of time, as the quotas' rule wants them.
SELECT relay, minute, n FROM relay_uses WHERE channel = :channel AND minute > :since ORDER BY minute;

-- name: use
INSERT INTO relay_uses (channel, relay, minute, n) VALUES (:channel, :relay, :minute, :n)
ON CONFLICT (channel, relay, minute) DO UPDATE SET n = n + :n;

-- name: give_back
-- What was set aside and not used; never below nothing.
UPDATE relay_uses SET n = max(0, n - :n) WHERE channel = :channel AND relay = :relay AND minute = :minute;

-- name: forget
DELETE FROM relay_uses WHERE channel = :channel AND minute <= :before;

-- name: rests
SELECT relay, count, until, reason FROM relay_rests WHERE channel = ? ORDER BY relay;

-- name: rest
INSERT INTO relay_rests (channel, relay, count, until, reason) VALUES (:channel, :relay, :count, :until, :reason)
ON CONFLICT (channel, relay) DO UPDATE SET count = :count, until = :until, reason = :reason;

-- name: rested
DELETE FROM relay_rests WHERE channel = ? AND relay = ?;

-- name: rates
SELECT provider, rate, changed_at, reason FROM provider_rates WHERE channel = ? ORDER BY provider;

-- name: slow
INSERT INTO provider_rates (channel, provider, rate, changed_at, reason)
VALUES (:channel, :provider, :rate, :changed_at, :reason)
ON CONFLICT (channel, provider) DO UPDATE SET rate = :rate, changed_at = :changed_at, reason = :reason;

-- name: free
DELETE FROM provider_rates WHERE channel = ? AND provider = ?;

-- name: address
SELECT address FROM subscribers WHERE id = ?;
