-- name: ahead
-- A post by hand is named by its own name, for the address that it leads to is another story's.
-- What the clock lets go on a channel, by the days (a JSON array of their two instants) in which it does; of each day a
-- page, and how many there are. "expected" (a JSON array of numbers and instants) says when some of it is expected, which
-- may be later. Each state has an index of its own.
WITH expected AS (SELECT json_extract(value, '$[0]') AS id, json_extract(value, '$[1]') AS at FROM json_each(:expected)),
     days AS (SELECT key AS day, json_extract(value, '$[0]') AS begins, json_extract(value, '$[1]') AS ends FROM json_each(:days)),
     waits AS (SELECT max(due_at, :now) AS at, id, subject_id, act, state, priority, recipient
               FROM deliveries INDEXED BY deliveries_planned WHERE channel_id = :channel AND state = 0
               UNION ALL SELECT max(due_at, :now), id, subject_id, act, state, priority, recipient
               FROM deliveries INDEXED BY deliveries_due WHERE channel_id = :channel AND state = 1
               UNION ALL SELECT max(held_until, :now), id, subject_id, act, state, priority, recipient
               FROM deliveries INDEXED BY deliveries_waiting
               WHERE channel_id = :channel AND held_until IS NOT NULL AND state = 2),
     comes AS (SELECT at, id, priority, recipient FROM waits WHERE id NOT IN (SELECT id FROM expected)
               UNION ALL SELECT e.at, d.id, d.priority, d.recipient FROM expected e CROSS JOIN deliveries d ON d.id = e.id
               WHERE d.channel_id = :channel AND d.state IN (0, 1, 2)),
     placed AS (SELECT days.day, comes.id, comes.at, count(*) OVER (PARTITION BY days.day) AS n,
                       row_number() OVER (PARTITION BY days.day ORDER BY comes.at, comes.priority, comes.id) AS place
                FROM comes JOIN days ON comes.at >= days.begins AND comes.at < days.ends WHERE comes.recipient = 0)
SELECT p.day, p.n, p.at, d.id, d.act, d.state, d.reason, d.url, d.held_by, d.held_until,
       coalesce(st.headline, a.text, i.digest, '') AS headline,
       iif(st.feed = 'by hand', (SELECT json_extract(article, '$.guid') FROM revisions WHERE story_id = st.id AND revision = 0),
           st.url) AS story
FROM placed p JOIN deliveries d ON d.id = p.id LEFT JOIN stories st ON st.id = d.subject_id
LEFT JOIN alerts a ON a.id = d.subject_id LEFT JOIN issues i ON i.id = d.subject_id
WHERE p.place > :skip AND p.place <= :skip + :most ORDER BY p.day, p.place;

-- name: gone
-- The same for what readers saw, may have seen, or did not see.
WITH days AS (SELECT key AS day, json_extract(value, '$[0]') AS begins, json_extract(value, '$[1]') AS ends FROM json_each(:days)),
     placed AS (SELECT days.day, d.id, d.started_at AS at, count(*) OVER (PARTITION BY days.day) AS n,
                       row_number() OVER (PARTITION BY days.day ORDER BY d.started_at, d.id) AS place
                FROM days CROSS JOIN deliveries d INDEXED BY deliveries_posted
                WHERE d.channel_id = :channel AND d.recipient = 0 AND d.started_at IS NOT NULL
                  AND d.started_at >= days.begins AND d.started_at < days.ends AND d.state IN (3, 4, 5, 6))
SELECT p.day, p.n, p.at, d.id, d.act, d.state, d.reason, d.url, d.held_by, d.held_until,
       coalesce(st.headline, a.text, i.digest, '') AS headline,
       iif(st.feed = 'by hand', (SELECT json_extract(article, '$.guid') FROM revisions WHERE story_id = st.id AND revision = 0),
           st.url) AS story
FROM placed p JOIN deliveries d ON d.id = p.id LEFT JOIN stories st ON st.id = d.subject_id
LEFT JOIN alerts a ON a.id = d.subject_id LEFT JOIN issues i ON i.id = d.subject_id
WHERE p.place > :skip AND p.place <= :skip + :most ORDER BY p.day, p.place;

-- name: for_somebody
-- What waits on a channel until somebody says so, the oldest first, by an index of its own.
SELECT d.id, d.act, d.state, d.reason, d.url, d.held_by, d.held_until, d.due_at AS at,
       coalesce(st.headline, a.text, i.digest, '') AS headline,
       iif(st.feed = 'by hand', (SELECT json_extract(article, '$.guid') FROM revisions WHERE story_id = st.id AND revision = 0),
           st.url) AS story
FROM deliveries d INDEXED BY deliveries_for_somebody LEFT JOIN stories st ON st.id = d.subject_id
LEFT JOIN alerts a ON a.id = d.subject_id LEFT JOIN issues i ON i.id = d.subject_id
WHERE d.channel_id = :channel AND d.state = 2 AND d.held_until IS NULL AND d.recipient = 0
ORDER BY d.id LIMIT :most;

-- name: one
SELECT d.id, d.act, d.state, d.reason, d.url, d.held_by, d.held_until, d.due_at, d.started_at, d.stale_at, d.recipient,
       c.name AS channel, coalesce(st.headline, a.text, i.digest, '') AS headline,
       iif(st.feed = 'by hand', (SELECT json_extract(article, '$.guid') FROM revisions WHERE story_id = st.id AND revision = 0),
           st.url) AS story
FROM deliveries d JOIN channels c ON c.id = d.channel_id LEFT JOIN stories st ON st.id = d.subject_id
LEFT JOIN alerts a ON a.id = d.subject_id LEFT JOIN issues i ON i.id = d.subject_id WHERE d.id = :id;

-- name: troubles
-- The latest tries of each channel that did not go well, among the latest of all.
SELECT channel_id, at, outcome, detail FROM (
    SELECT d.channel_id, t.at, t.outcome, t.detail, row_number() OVER (PARTITION BY d.channel_id ORDER BY t.id DESC) AS place
    FROM attempts t JOIN deliveries d ON d.id = t.delivery_id
    WHERE t.id > (SELECT max(id) FROM attempts) - :among AND t.outcome <> 'sent')
WHERE place <= :most ORDER BY channel_id, place;
