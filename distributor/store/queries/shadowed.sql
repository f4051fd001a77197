-- name: add
INSERT INTO shadowed (delivery_id, channel_id, at, micros) VALUES (:id, :channel, :now, :micros);

-- name: lately
-- The posts and round-ups (acts 0, 4) that would have left until an instant, as "started_lately" tells those that did.
SELECT h.at, d.category FROM shadowed h JOIN deliveries d ON d.id = h.delivery_id
WHERE h.channel_id = :channel AND h.at > :since AND h.at <= :at AND d.act IN (0, 4)
ORDER BY h.at DESC;

-- name: spent
SELECT coalesce(sum(micros), 0) AS micros FROM shadowed WHERE channel_id = :channel AND at >= :since AND at <= :at;

-- name: told
-- Each story that would have been told: by a post of its own, or in a round-up (its issue holds its stories).
SELECT h.delivery_id AS id, c.kind, h.at, r.article, m.content
FROM (SELECT delivery_id, subject_id AS story_id, at FROM shadowed JOIN deliveries d ON d.id = delivery_id
      WHERE d.act = 0
      UNION ALL SELECT delivery_id, k.story_id, at FROM shadowed JOIN deliveries d ON d.id = delivery_id
      JOIN issue_stories k ON k.issue_id = d.subject_id WHERE d.act = 4) h
JOIN deliveries d ON d.id = h.delivery_id
JOIN channels c ON c.id = d.channel_id
JOIN messages m ON m.id = d.message_id
JOIN stories s ON s.id = h.story_id
JOIN revisions r ON r.story_id = s.id AND r.revision = s.revision
ORDER BY h.at, h.delivery_id, s.id;

-- name: end_held
-- What a gate of shadow mode let wait is no news of the live program; what people, an embargo or a fence hold waits on.
UPDATE deliveries SET state = 7, reason = :reason, held_by = '', held_until = NULL, ended_at = :now
WHERE state = 2 AND held_by IN (SELECT value FROM json_each(:gates)) AND reason LIKE 'shadow: %';

-- name: end_let_go
-- The same of what the clock has let go since.
UPDATE deliveries SET state = 7, reason = :reason, ended_at = :now, lease_owner = NULL, lease_until = NULL
WHERE state = 1 AND reason LIKE 'waited: shadow: %';
