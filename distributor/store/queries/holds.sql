-- name: release_these
-- Somebody looked: what was held goes to the gates, and is news again for a while.
UPDATE deliveries SET state = 1, held_by = '', held_until = NULL, reason = :reason,
    stale_at = CASE WHEN stale_at < :fresh THEN :fresh ELSE stale_at END
WHERE state = 2 AND state IN (2, 5, 6) AND held_until IS NULL AND held_by = :by
  AND (:channel IS NULL OR channel_id = (SELECT id FROM channels WHERE name = :channel))
  AND (:feed IS NULL OR subject_id IN (SELECT id FROM stories WHERE feed = :feed))
RETURNING id, subject_id;

-- name: skip_held
UPDATE deliveries SET state = 7, held_by = '', held_until = NULL, reason = :reason, ended_at = :now
WHERE state = 2 AND state IN (2, 5, 6) AND held_until IS NULL AND held_by = :by
  AND (:channel IS NULL OR channel_id = (SELECT id FROM channels WHERE name = :channel))
  AND (:feed IS NULL OR subject_id IN (SELECT id FROM stories WHERE feed = :feed))
RETURNING id, subject_id;

-- name: waiting_for_somebody
SELECT d.held_by, coalesce(st.feed, '') AS feed, c.name AS channel, count(*) AS n
FROM deliveries d JOIN channels c ON c.id = d.channel_id LEFT JOIN stories st ON st.id = d.subject_id
WHERE d.state = 2 AND d.state IN (2, 5, 6) AND d.held_until IS NULL
GROUP BY d.held_by, st.feed, c.name ORDER BY d.held_by, st.feed, c.name;

-- name: reconsider
UPDATE deliveries SET state = 1, held_by = '', held_until = NULL, reason = 'waited: ' || reason
WHERE state = 2 AND state IN (2, 5, 6) AND held_until IS NOT NULL;
