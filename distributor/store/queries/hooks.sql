-- name: know
-- A receiver begins with what happens from now on: years of news are no news.
INSERT INTO hooks (name, told) SELECT :name, coalesce(max(id), 0) FROM events WHERE true ON CONFLICT (name) DO NOTHING;

-- name: get
SELECT name, told, told_at, tries, not_before, error, ended_at FROM hooks WHERE name = ?;

-- name: head
SELECT coalesce(max(id), 0) AS id FROM events;

-- name: ahead
-- What may have to be told, in the order in which it happened. CROSS: the events come first, by their numbers. A mail
-- to one reader is nobody's matter but the reader's.
SELECT e.id, e.at, e.kind, e.detail, e.hash, e.subject_id, e.delivery_id, s.url AS story, s.headline, s.feed,
       d.act, d.part, d.remote_id, d.url, c.name AS channel, c.kind AS channel_kind, 0 AS tries,
       EXISTS (SELECT 1 FROM hook_waits w WHERE w.hook = :hook AND w.subject_id = e.subject_id) AS is_behind
FROM events e CROSS JOIN stories s ON s.id = e.subject_id
LEFT JOIN deliveries d ON d.id = e.delivery_id LEFT JOIN channels c ON c.id = d.channel_id
WHERE e.id > :after AND e.kind IN ('sent', 'failed', 'unknown', 'restored', 'settled', 'corrected', 'withdrawn')
      AND (d.id IS NULL OR d.recipient = 0)
ORDER BY e.id LIMIT :most;

-- name: aside
-- What was put aside and whose time has come; of each story the oldest only, so that its order stands.
SELECT e.id, e.at, e.kind, e.detail, e.hash, e.subject_id, e.delivery_id, s.url AS story, s.headline, s.feed,
       d.act, d.part, d.remote_id, d.url, c.name AS channel, c.kind AS channel_kind, w.tries, 0 AS is_behind
FROM hook_waits w CROSS JOIN events e ON e.id = w.event_id CROSS JOIN stories s ON s.id = e.subject_id
LEFT JOIN deliveries d ON d.id = e.delivery_id LEFT JOIN channels c ON c.id = d.channel_id
WHERE w.hook = :hook AND w.not_before <= :now AND NOT EXISTS (
    SELECT 1 FROM hook_waits o WHERE o.hook = w.hook AND o.subject_id = w.subject_id AND o.event_id < w.event_id
)
ORDER BY w.event_id LIMIT :most;

-- name: put_by
SELECT count(*) AS n, min(e.at) AS oldest, coalesce((
    SELECT o.error FROM hook_waits o WHERE o.hook = :hook AND o.error <> '' ORDER BY o.event_id LIMIT 1
), '') AS error
FROM hook_waits w JOIN events e ON e.id = w.event_id WHERE w.hook = :hook;

-- name: pass
-- The cursor moves forward only.
UPDATE hooks SET told = :event WHERE name = :hook AND told < :event;

-- name: took
UPDATE hooks SET told_at = :now, tries = 0, not_before = 0, error = '' WHERE name = :hook;

-- name: forget
DELETE FROM hook_waits WHERE hook = :hook AND event_id = :event;

-- name: put_aside
INSERT INTO hook_waits (hook, event_id, subject_id, tries, not_before, error)
VALUES (:hook, :event, :subject, :tries, :until, :error)
ON CONFLICT (hook, event_id) DO UPDATE SET tries = excluded.tries, not_before = excluded.not_before,
    error = excluded.error;

-- name: failed
UPDATE hooks SET tries = tries + 1, not_before = :until, error = :error WHERE name = :hook AND ended_at IS NULL;

-- name: ended
UPDATE hooks SET ended_at = :now, error = :error WHERE name = :hook AND ended_at IS NULL;

-- name: resume
UPDATE hooks SET ended_at = NULL, tries = 0, not_before = 0, error = '' WHERE name = :hook;

-- name: resume_aside
UPDATE hook_waits SET not_before = 0 WHERE hook = :hook;
