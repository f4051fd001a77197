-- name: earlier
-- A post by hand is named by its own name, for the address that it leads to is another story's.
-- What a channel's readers saw, or may have seen, or did not see, since an instant; by its own index, newest first.
SELECT d.id, d.act, d.state, d.reason, d.url, d.started_at AS at, coalesce(st.headline, a.text, '') AS headline,
       iif(st.feed = 'by hand', (SELECT json_extract(article, '$.guid') FROM revisions WHERE story_id = st.id AND revision = 0),
           st.url) AS story
FROM deliveries d INDEXED BY deliveries_posted
LEFT JOIN stories st ON st.id = d.subject_id LEFT JOIN alerts a ON a.id = d.subject_id
WHERE d.channel_id = :channel AND d.recipient = 0 AND d.started_at IS NOT NULL AND d.started_at >= :since
  AND d.state IN (3, 4, 5, 6)
ORDER BY d.started_at DESC LIMIT :most;

-- name: trouble
-- What needs somebody: held until somebody says so, failed since an instant, and unknown. A mail to many counts by reader.
-- Counted in indexes alone; only a held row has an instant at which the clock lets it go.
SELECT (SELECT count(*) FROM deliveries WHERE state = 2)
       - (SELECT count(*) FROM deliveries INDEXED BY deliveries_waiting WHERE held_until IS NOT NULL) AS held,
       (SELECT count(*) FROM deliveries INDEXED BY deliveries_failed WHERE state = 5 AND ended_at >= :since) AS failed,
       (SELECT count(*) FROM deliveries WHERE state = 6) AS unknown;

-- name: issues
SELECT id, digest, slot, state, reason, recipients, opened_at FROM issues
WHERE digest = :digest AND opened_at >= :since ORDER BY opened_at DESC LIMIT :most;
