-- name: channel
SELECT id FROM channels WHERE name = ?;

-- name: started_since
-- What our own posts of this channel are called outside: the ids behind their markers.
SELECT id FROM deliveries
WHERE channel_id = ? AND recipient = 0 AND started_at IS NOT NULL AND started_at > ?;

-- name: keep
-- Told again (a crash before the platform forgot it), a post is the same sighting; one that a delivery of ours made is
-- none.
INSERT INTO sightings (channel_id, remote_id, url, at, text, links)
SELECT :channel, :remote_id, :url, :at, :text, :links
WHERE NOT EXISTS (
    SELECT 1 FROM deliveries d
    WHERE d.channel_id = :channel AND d.recipient = 0 AND d.started_at IS NOT NULL AND d.started_at > :since
      AND d.remote_id = :remote_id
      AND coalesce(d.ended_at, 0) >= (SELECT account_at FROM channels WHERE id = :channel))
ON CONFLICT (channel_id, remote_id) DO NOTHING;

-- name: free
-- Posts by hand that no delivery has adopted. One that was seen before our own receipt of it came is none.
SELECT s.id, s.remote_id, s.url, s.at, s.text, s.links FROM sightings s
WHERE s.channel_id = :channel AND s.at > :since AND s.delivery_id IS NULL
  AND NOT EXISTS (
    SELECT 1 FROM deliveries d
    WHERE d.channel_id = :channel AND d.recipient = 0 AND d.started_at IS NOT NULL AND d.started_at > :started
      AND d.remote_id = s.remote_id
      AND coalesce(d.ended_at, 0) >= (SELECT account_at FROM channels WHERE id = :channel))
ORDER BY s.at, s.id;

-- name: posted
-- Our own posts of single stories, for those who look whether somebody told one of them, too. One that was proved
-- without its place being known could be the very post that was seen.
SELECT d.id, d.subject_id, d.started_at FROM deliveries d JOIN subjects s ON s.id = d.subject_id
WHERE d.channel_id = :channel AND d.recipient = 0 AND d.started_at IS NOT NULL AND d.started_at > :started
  AND d.ended_at > :since AND d.state = 4 AND d.act = 0 AND s.kind = 1 AND d.remote_id <> ''
ORDER BY d.id;

-- name: take
-- A sighting stands for one delivery; the first that takes it has it.
UPDATE sightings SET delivery_id = :delivery WHERE id = :id AND delivery_id IS NULL;

-- name: adopt
-- A claimed row whose story somebody has posted: only from due, only under our own live lease.
UPDATE deliveries SET state = 7, reason = :reason, remote_id = :remote_id, url = :url, ended_at = :now,
    lease_owner = NULL, lease_until = NULL
WHERE id = :delivery AND state = 1 AND lease_owner = :owner AND lease_until > :now;

-- name: doubled_since
SELECT 1 AS yes FROM sightings s JOIN deliveries d ON d.id = s.delivery_id
WHERE s.channel_id = :channel AND s.at > :since AND d.state = 4 LIMIT 1;
