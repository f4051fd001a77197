-- name: add
INSERT INTO subscribers (address, name, language, zone, created_at) VALUES (:address, :name, :language, :zone, :now)
ON CONFLICT (address) DO UPDATE SET name = CASE WHEN :name <> '' THEN :name ELSE name END,
    language = CASE WHEN :language <> '' THEN :language ELSE language END,
    zone = CASE WHEN :zone <> '' THEN :zone ELSE zone END
RETURNING id;

-- name: confirm
INSERT INTO subscriptions (subscriber_id, topic, state, source, created_at, confirmed_at)
VALUES (:id, :topic, 'confirmed', :source, :now, :now)
ON CONFLICT (subscriber_id, topic) DO UPDATE
SET state = 'confirmed', confirmed_at = :now, unsubscribed_at = NULL, source = :source;

-- name: leave
UPDATE subscriptions SET state = 'unsubscribed', unsubscribed_at = :now
WHERE state <> 'unsubscribed' AND (:topic IS NULL OR topic = :topic)
  AND subscriber_id = (SELECT id FROM subscribers WHERE address = :address);

-- name: find
SELECT id FROM subscribers WHERE address = ?;

-- name: audience
-- Who may be mailed on a topic now.
SELECT u.id, u.address FROM subscriptions p JOIN subscribers u ON u.id = p.subscriber_id
WHERE p.topic = ? AND p.state = 'confirmed'
  AND NOT EXISTS (SELECT 1 FROM suppressions x WHERE x.address = u.address)
ORDER BY u.id;

-- name: at_the_wire
-- Asked again for every row just before it leaves: a reader who left meanwhile gets nothing. The topic of an issue
-- is its digest, that of a single story the email channel, that of an alert the word alerts; what follows a mail goes to
-- those who still want what that came with. A letter was asked for by the reader, and needs no topic.
SELECT d.id AS delivery_id, u.address, u.name, u.language,
       (s.kind = 4 OR EXISTS (SELECT 1 FROM subscriptions p WHERE p.subscriber_id = u.id AND p.state = 'confirmed'
               AND p.topic = CASE s.kind WHEN 3 THEN 'alerts' ELSE coalesce(i.digest, c.name) END)) AS confirmed,
       EXISTS (SELECT 1 FROM suppressions x WHERE x.address = u.address) AS suppressed
FROM deliveries d
JOIN subjects s ON s.id = d.subject_id
JOIN channels c ON c.id = d.channel_id
JOIN subscribers u ON u.id = d.recipient
LEFT JOIN deliveries f ON f.id = d.parent_id
LEFT JOIN issues i ON i.id = coalesce(f.subject_id, d.subject_id)
WHERE d.id IN (SELECT value FROM json_each(?));

-- name: list
SELECT u.id, u.address, u.name, u.language, u.zone, p.topic, p.state
FROM subscribers u LEFT JOIN subscriptions p ON p.subscriber_id = u.id
ORDER BY u.id, p.topic;

-- name: suppress
INSERT INTO suppressions (address, kind, reason, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING;
