-- name: posts
-- A post by hand is named by its own name, for the address that it leads to is another story's.
-- What a channel's readers saw of it since an instant (mails go to each reader alone; their issues tell them): by each
-- channel's own index (CROSS JOIN keeps SQLite from another order), the oldest first.
SELECT c.name AS channel, d.id, d.act, d.url, st.headline,
       iif(st.feed = 'by hand', (SELECT json_extract(article, '$.guid') FROM revisions WHERE story_id = st.id AND revision = 0),
           st.url) AS story, max(d.started_at, coalesce(d.ended_at, 0)) AS at
FROM channels c CROSS JOIN deliveries d INDEXED BY deliveries_posted ON d.channel_id = c.id
LEFT JOIN stories st ON st.id = d.subject_id
WHERE d.recipient = 0 AND d.started_at IS NOT NULL AND d.started_at >= :since AND d.state = 4
  AND d.act <> 5
ORDER BY d.started_at, d.id LIMIT :most;

-- name: posted
-- How many that were, by channel.
SELECT c.name AS channel, count(*) AS n
FROM channels c CROSS JOIN deliveries d INDEXED BY deliveries_posted ON d.channel_id = c.id
WHERE d.recipient = 0 AND d.started_at IS NOT NULL AND d.started_at >= :since AND d.state = 4 AND d.act <> 5
GROUP BY c.name ORDER BY c.name;

-- name: issues
SELECT i.id, i.digest, i.slot, i.state, i.reason, i.recipients FROM issues i
WHERE i.opened_at >= :since ORDER BY i.id;

-- name: open
-- What is held or unknown, and what failed since an instant; mails with the same fate are one, told by the first of them.
-- The failures of years are passed over, and only what is told is looked up. A failed post may have gone out again since.
SELECT d.id, alike.n, d.state, d.act, d.reason, d.held_by, d.held_until, c.name AS channel,
       coalesce(st.headline, i.digest || ' ' || i.slot, '') AS headline,
       d.state = 5 AND d.recipient = 0 AND EXISTS (
           SELECT 1 FROM deliveries x WHERE x.subject_id = d.subject_id AND x.channel_id = d.channel_id AND x.recipient = 0
             AND x.act = 0 AND d.act = 0 AND x.id > d.id) AS sent_again,
       iif(st.feed = 'by hand', (SELECT json_extract(article, '$.guid') FROM revisions WHERE story_id = st.id AND revision = 0),
           st.url) AS story
FROM (SELECT min(d.id) AS first, count(*) AS n
      FROM (SELECT id FROM deliveries INDEXED BY deliveries_trouble WHERE state = 2
            UNION ALL SELECT id FROM deliveries INDEXED BY deliveries_trouble WHERE state = 6
            UNION ALL SELECT id FROM deliveries INDEXED BY deliveries_failed WHERE state = 5 AND ended_at >= :since) one
      CROSS JOIN deliveries d ON d.id = one.id
      WHERE d.act <> 5
      GROUP BY d.subject_id, d.channel_id, d.act, d.part, d.revision, d.state, d.held_by, d.held_until,
               iif(d.recipient = 0, d.id, 0)
      ORDER BY d.state, d.held_until IS NULL, d.held_until, min(d.id) LIMIT :most) alike
CROSS JOIN deliveries d ON d.id = alike.first
JOIN channels c ON c.id = d.channel_id
LEFT JOIN stories st ON st.id = d.subject_id
LEFT JOIN issues i ON i.id = d.subject_id
ORDER BY d.state, d.held_until IS NULL, d.held_until, d.id;

-- name: decisions
-- What people decided, by the index of what is not the program's own (its condition, word for word).
SELECT e.at, e.kind, e.actor, e.detail, st.headline,
       iif(st.feed = 'by hand', (SELECT json_extract(article, '$.guid') FROM revisions WHERE story_id = st.id AND revision = 0),
           st.url) AS story, c.name AS channel
FROM events e INDEXED BY events_decided LEFT JOIN deliveries d ON d.id = e.delivery_id
LEFT JOIN stories st ON st.id = coalesce(e.subject_id, d.subject_id)
LEFT JOIN channels c ON c.id = d.channel_id
WHERE e.at >= :since AND e.actor <> '' AND e.actor <> 'lane' AND e.actor <> 'clock' AND e.actor <> 'verifier'
ORDER BY e.id LIMIT :most;
