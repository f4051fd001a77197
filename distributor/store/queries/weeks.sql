-- name: came
-- The stories of some days as they were first told; what a feed held at its first reading was never news, and what an
-- editor wrote went where they said.
SELECT s.id, s.first_seen_at, s.baseline, r.article FROM stories s INDEXED BY stories_seen
JOIN revisions r ON r.story_id = s.id AND r.revision = 0
WHERE s.first_seen_at > :since AND s.first_seen_at <= :until AND s.baseline = 0 AND s.feed <> :by_hand
ORDER BY s.first_seen_at, s.id;

-- name: started
-- What readers of a channel may have seen of it in the day before an instant (acts 0, 4: posts and round-ups), as its gates
-- would count it.
SELECT max(started_at, coalesce(ended_at, 0)) AS at, category FROM deliveries INDEXED BY deliveries_posted
WHERE channel_id = :channel AND recipient = 0 AND started_at IS NOT NULL AND started_at > :since AND started_at <= :at
  AND act IN (0, 4) AND (state IN (3, 4, 6) OR doubts > 0) AND max(started_at, coalesce(ended_at, 0)) <= :at
ORDER BY 1 DESC;

-- name: spent
SELECT coalesce(sum(micros), 0) AS micros FROM charges WHERE channel_id = :channel AND at >= :since AND at < :at;

-- name: queue
-- What waited on a channel at an instant: what was planned by then and waits still, or left, failed or was skipped or
-- folded afterwards, unless it was found to stand there already. A round-up tells what was folded by then. No alerts (act 5).
SELECT w.id, w.subject_id, w.act, w.priority, w.due_at, w.planned_at, w.stale_at, w.category, w.doubts, w.parent_id,
       w.state, w.held_by, w.held_until, w.reason, coalesce(st.headline, i.digest, '') AS headline,
       coalesce(st.url, i.slot, '') AS url,
       (SELECT count(*) FROM issue_stories k WHERE k.issue_id = w.subject_id AND NOT EXISTS (
          SELECT 1 FROM deliveries f WHERE f.subject_id = k.story_id AND f.channel_id = :channel AND f.recipient = 0
            AND f.act = 0 AND f.state = 7 AND f.ended_at > :at)) AS tells
FROM (SELECT * FROM deliveries INDEXED BY deliveries_planned WHERE channel_id = :channel AND state = 0
      UNION ALL SELECT * FROM deliveries INDEXED BY deliveries_due WHERE channel_id = :channel AND state = 1
      UNION ALL SELECT * FROM deliveries INDEXED BY deliveries_trouble WHERE channel_id = :channel AND state = 2
      UNION ALL SELECT * FROM deliveries INDEXED BY deliveries_posted
        WHERE channel_id = :channel AND recipient = 0 AND started_at IS NOT NULL AND started_at > :at
          AND state IN (3, 4, 6)
      UNION ALL SELECT * FROM deliveries INDEXED BY deliveries_failed
        WHERE state = 5 AND ended_at > :at AND channel_id = :channel
      UNION ALL SELECT * FROM deliveries INDEXED BY deliveries_let_go
        WHERE channel_id = :channel AND state = 7 AND recipient = 0 AND ended_at > :at AND remote_id = '') w
LEFT JOIN stories st ON st.id = w.subject_id LEFT JOIN issues i ON i.id = w.subject_id
WHERE w.recipient = 0 AND w.act <> :alert AND w.planned_at <= :at
ORDER BY w.id;

-- name: waiting
-- What the clock lets go on a channel, the next of it, as "queue" tells it. Each state has an index of its own.
SELECT w.id, w.subject_id, w.act, w.priority, w.due_at, w.planned_at, w.stale_at, w.category, w.doubts, w.parent_id,
       w.state, w.held_by, w.held_until, w.reason, '' AS headline, coalesce(i.slot, '') AS url, 1 AS tells
FROM (SELECT * FROM deliveries INDEXED BY deliveries_planned WHERE channel_id = :channel AND state = 0
      UNION ALL SELECT * FROM deliveries INDEXED BY deliveries_due WHERE channel_id = :channel AND state = 1
      UNION ALL SELECT * FROM deliveries INDEXED BY deliveries_waiting
        WHERE channel_id = :channel AND held_until IS NOT NULL AND state = 2) w
LEFT JOIN issues i ON i.id = w.subject_id
WHERE w.recipient = 0 AND w.act <> :alert
ORDER BY coalesce(w.held_until, w.due_at), w.priority, w.id LIMIT :most;

-- name: wishes
-- How many confirmed readers of a digest chose what decides about their slots.
SELECT p.rhythm, p.hour, p.weekday, u.zone, '' AS sections, NULL AS language, count(*) AS n
FROM subscriptions p JOIN subscribers u ON u.id = p.subscriber_id
WHERE p.topic = :topic AND p.state = 'confirmed'
GROUP BY 1, 2, 3, 4;
