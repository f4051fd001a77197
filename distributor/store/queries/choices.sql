-- name: wishes
-- What the confirmed readers of a digest have chosen, each choice once; every change of a reader counts itself (triggers).
SELECT nullif(rhythm, '') AS rhythm, nullif(hour, '') AS hour, nullif(weekday, -1) AS weekday, zone, sections,
       CASE WHEN :multilingual THEN language END AS language
FROM choices WHERE topic = :topic AND n > 0
GROUP BY 1, 2, 3, 4, 5, 6;

-- name: footing
-- Who a mail at the wire is for and what they have chosen, for its topic and for all. What follows a mail (parent) is a
-- matter of what that came with. Alerts to the desk and letters are nobody's choice.
SELECT d.id, coalesce(g.digest, i.digest, c.name) AS topic, p.state, p.rhythm, p.hour, p.weekday,
       coalesce(p.sections, '') AS sections, u.language, u.zone, u.quiet_from, u.quiet_to, u.most_per_day, u.text_only,
       u.paused_until, EXISTS (SELECT 1 FROM suppressions x WHERE x.address = u.address) AS is_suppressed,
       g.number, g.everybody, g.rhythm AS g_rhythm, g.hour AS g_hour, g.weekday AS g_weekday, g.zone AS g_zone,
       g.sections AS g_sections, g.language AS g_language, g.after_id, g.waited_since, g.reason
FROM deliveries d
JOIN subjects s ON s.id = d.subject_id
JOIN channels c ON c.id = d.channel_id
JOIN subscribers u ON u.id = d.recipient
LEFT JOIN deliveries f ON f.id = d.parent_id
LEFT JOIN segments g ON g.subject_id = coalesce(f.subject_id, d.subject_id) AND g.number = coalesce(f.segment, d.segment)
LEFT JOIN issues i ON i.id = coalesce(f.subject_id, d.subject_id)
LEFT JOIN subscriptions p ON p.subscriber_id = u.id AND p.topic = coalesce(g.digest, i.digest, c.name)
WHERE d.id IN (SELECT value FROM json_each(:ids)) AND s.kind IN (1, 2);

-- name: mailed
-- What the readers of some rows have been mailed since an instant, or may have been; found by the reader, whichever
-- channel, digest or story it was. The row itself is none of it. Each row's are told as lists, for a reader may have
-- hundreds of late; instants only where somebody limits their mails, and of stories and issues alone.
SELECT d.id AS delivery_id, json_group_array(e.id) AS ids, json_group_array(e.message_id) AS messages,
       json_group_array(CASE e.state WHEN 4 THEN coalesce(e.ended_at, e.started_at) ELSE e.started_at END)
           FILTER (WHERE u.most_per_day IS NOT NULL AND s.kind IN (1, 2)) AS instants
FROM deliveries d
CROSS JOIN subscribers u ON u.id = d.recipient
CROSS JOIN deliveries e ON e.recipient = d.recipient AND e.recipient > 0 AND e.message_id IS NOT NULL
    AND e.planned_at >= :since AND e.id <> d.id AND (e.state = 3 OR e.state = 4 OR e.state = 6 OR e.doubts > 0)
JOIN subjects s ON s.id = e.subject_id
WHERE d.id IN (SELECT value FROM json_each(:ids)) AND d.recipient > 0
GROUP BY d.id;

-- name: carried
SELECT message_id, story_id FROM message_stories WHERE message_id IN (SELECT value FROM json_each(?));

-- name: open_issues
-- The issues of a digest that are under way, the newest first.
SELECT id, slot FROM issues WHERE digest = ? AND (state = 'freezing' OR state = 'open') ORDER BY id DESC;

-- name: waiting_in
-- Of some issues, the rows that wait for the readers of others, with their segments.
SELECT d.id AS delivery_id, e.subject_id, e.segment
FROM deliveries d
CROSS JOIN deliveries e ON e.subject_id IN (SELECT value FROM json_each(:issues)) AND e.channel_id = d.channel_id
    AND e.recipient = d.recipient AND e.subject_id > d.subject_id AND e.act = 0
    AND (e.state = 0 OR e.state = 1 OR e.state = 2) AND e.doubts = 0
WHERE d.id IN (SELECT value FROM json_each(:ids)) AND d.recipient > 0;

-- name: reader
-- One reader as an issue at the wire would find them; state is NULL for who has never been subscribed to the topic.
SELECT u.id, :topic AS topic, p.state, p.rhythm, p.hour, p.weekday, coalesce(p.sections, '') AS sections, u.language, u.zone,
       u.quiet_from, u.quiet_to, u.most_per_day, u.text_only, u.paused_until,
       EXISTS (SELECT 1 FROM suppressions x WHERE x.address = u.address) AS is_suppressed
FROM subscribers u LEFT JOIN subscriptions p ON p.subscriber_id = u.id AND p.topic = :topic
WHERE u.address = :address;

-- name: reader_mailed
-- What a reader has been mailed since an instant, as "mailed" says, and by which mail.
SELECT 0 AS delivery_id, e.id, e.message_id, s.kind IN (1, 2) AS counts, c.name AS channel, i.digest, i.slot,
       CASE e.state WHEN 4 THEN coalesce(e.ended_at, e.started_at) ELSE e.started_at END AS at
FROM deliveries e JOIN subjects s ON s.id = e.subject_id JOIN channels c ON c.id = e.channel_id
LEFT JOIN issues i ON i.id = e.subject_id
WHERE e.recipient = :reader AND e.recipient > 0 AND e.message_id IS NOT NULL AND e.planned_at >= :since
    AND (e.state = 3 OR e.state = 4 OR e.state = 6 OR e.doubts > 0);

-- name: is_suppressed
SELECT EXISTS (SELECT 1 FROM suppressions WHERE address = ?) AS is_so;
