-- name: meta
SELECT key, value FROM meta WHERE key IN ('epoch', 'binding');

-- name: set_meta
INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value;

-- name: sequences
-- The highest number ever given, also where its row is gone.
SELECT name, seq FROM sqlite_sequence WHERE name IN ('deliveries', 'subjects');

-- name: event_hash
SELECT hash FROM events WHERE id = ?;

-- name: lift
-- A new row never gets the number, and so the name outside, of one that was lost with the replaced store.
UPDATE sqlite_sequence SET seq = max(seq, :top) + :jump WHERE name = :name;

-- name: begin_lifted
INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :top + :jump);

-- name: fence_feeds
-- What any feed brings as new at its next reading may have been sent.
UPDATE feeds SET fenced = 1;

-- name: fence_feed
INSERT INTO feeds (name, fenced) VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET fenced = 1;

-- name: fence_channels
-- What the replaced store sent since, and what anybody else did, stands behind it.
UPDATE channels SET fence_id = last_remote_id;

-- name: fence_digests
-- Slots before the restore are none of ours, and what stands in the store may have stood in an issue that only the
-- replaced store mailed. The numbers have been lifted above its own.
UPDATE digests SET since = max(since, ?), fence_subject = (SELECT seq FROM sqlite_sequence WHERE name = 'subjects');

-- name: fence_digest
-- Also one that the backup does not know.
INSERT INTO digests (name, since) VALUES (?, ?) ON CONFLICT (name) DO NOTHING;

-- name: fence_issues
-- Of an issue that was being frozen nobody knows who got it; nobody is added to it any more.
UPDATE issues SET state = 'open', reason = ?,
    recipients = (SELECT count(*) FROM deliveries d WHERE d.subject_id = issues.id)
WHERE state = 'freezing';
