-- name: fates
-- Each story of a day beside one channel: its own row there (of many readers' rows the one that came furthest), and the
-- issue or round-up in which the channel carried it.
SELECT st.id, st.url, st.pubstatus, d.state, d.reason, d.due_at, d.held_until,
       (SELECT i.digest || ' ' || i.slot FROM issue_stories x JOIN issues i ON i.id = x.issue_id
        WHERE x.story_id = st.id AND EXISTS (SELECT 1 FROM deliveries f WHERE f.subject_id = i.id
                                             AND f.channel_id = :channel AND f.state = 4)
        ORDER BY i.id LIMIT 1) AS folded,
       (SELECT i.slot_at FROM issue_stories x JOIN issues i ON i.id = x.issue_id
        WHERE x.story_id = st.id AND EXISTS (SELECT 1 FROM deliveries f WHERE f.subject_id = i.id
                                             AND f.channel_id = :channel AND f.act = 4 AND f.state = 4)
        ORDER BY i.id LIMIT 1) AS roundup_at
FROM stories st
LEFT JOIN deliveries d ON d.id = (
    SELECT o.id FROM deliveries o WHERE o.subject_id = st.id AND o.channel_id = :channel AND o.act = 0
    ORDER BY CASE o.state WHEN 4 THEN 0 WHEN 6 THEN 1 WHEN 5 THEN 2 WHEN 7 THEN 4 ELSE 3 END, o.id LIMIT 1)
WHERE st.first_seen_at >= :from AND st.first_seen_at < :to AND st.baseline = 0
  AND st.id > :after ORDER BY st.id LIMIT :most;

-- name: channel
SELECT id FROM channels WHERE name = ?;
