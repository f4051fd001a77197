-- name: add
INSERT INTO subscribers (address, name, language, zone, created_at) VALUES (:address, :name, :language, :zone, :now)
ON CONFLICT (address) DO UPDATE SET name = CASE WHEN :name <> '' THEN :name ELSE name END,
    language = CASE WHEN :language <> '' THEN :language ELSE language END,
    zone = CASE WHEN :zone <> '' THEN :zone ELSE zone END
RETURNING id;

-- name: know
-- A stranger's word changes nothing of what a reader has told us.
INSERT INTO subscribers (address, name, language, zone, created_at) VALUES (:address, :name, :language, :zone, :now)
ON CONFLICT (address) DO UPDATE SET language = CASE WHEN language = '' THEN :language ELSE language END
RETURNING id;

-- name: confirm
INSERT INTO subscriptions (subscriber_id, topic, state, source, created_at, confirmed_at)
VALUES (:id, :topic, 'confirmed', :source, :now, :now)
ON CONFLICT (subscriber_id, topic) DO UPDATE
SET state = 'confirmed', confirmed_at = :now, unsubscribed_at = NULL, source = :source;

-- name: choose
-- A reader's own choice, by a link of theirs.
INSERT INTO subscriptions (subscriber_id, topic, state, source, created_at, confirmed_at)
VALUES (:id, :topic, 'confirmed', :source, :now, :now)
ON CONFLICT (subscriber_id, topic) DO UPDATE SET state = 'confirmed', unsubscribed_at = NULL,
    confirmed_at = CASE WHEN state = 'confirmed' THEN confirmed_at ELSE :now END;

-- name: leaving
SELECT p.subscriber_id, p.topic FROM subscriptions p JOIN subscribers u ON u.id = p.subscriber_id
WHERE u.address = :address AND p.state <> 'unsubscribed' AND (:topic IS NULL OR p.topic = :topic) ORDER BY p.topic;

-- name: leave
UPDATE subscriptions SET state = 'unsubscribed', unsubscribed_at = :now
WHERE state <> 'unsubscribed' AND (:topic IS NULL OR topic = :topic)
  AND subscriber_id = (SELECT id FROM subscribers WHERE address = :address);

-- name: standing
-- What a reader has of some topics; of all, where none is named.
SELECT topic, state FROM subscriptions
WHERE subscriber_id = :id AND (:topics = '[]' OR topic IN (SELECT value FROM json_each(:topics))) ORDER BY topic;

-- name: end
UPDATE subscriptions SET state = 'unsubscribed', unsubscribed_at = :now
WHERE subscriber_id = :id AND state <> 'unsubscribed'
  AND (:topics = '[]' OR topic IN (SELECT value FROM json_each(:topics)));

-- name: ended
-- What one act has ended that is still at an end.
SELECT topic FROM subscriptions
WHERE subscriber_id = :id AND state = 'unsubscribed' AND unsubscribed_at = :at AND confirmed_at IS NOT NULL
  AND topic IN (SELECT value FROM json_each(:topics)) ORDER BY topic;

-- name: take_back
-- Only what one act has ended, at its very instant, and nothing that ended later.
UPDATE subscriptions SET state = 'confirmed', unsubscribed_at = NULL
WHERE subscriber_id = :id AND state = 'unsubscribed' AND unsubscribed_at = :at AND confirmed_at IS NOT NULL
  AND topic IN (SELECT value FROM json_each(:topics));

-- name: language
SELECT language FROM subscribers WHERE id = ? AND erased_at IS NULL;

-- name: audience
-- Who may be mailed on a topic now.
SELECT u.id, u.address FROM subscriptions p JOIN subscribers u ON u.id = p.subscriber_id
WHERE p.topic = ? AND p.state = 'confirmed'
  AND NOT EXISTS (SELECT 1 FROM suppressions x WHERE x.address = u.address)
ORDER BY u.id;

-- name: at_the_wire
-- Asked again for every row just before it leaves: a reader who left meanwhile gets nothing. The topic of an issue
-- is its digest, that of a single story the email channel or the digest whose readers get it at once, that of an alert the
-- word alerts; what follows a mail goes to
-- those who still want what that came with. A letter was asked for by the reader, and needs no topic; but nobody is asked
-- to confirm what is settled.
SELECT d.id AS delivery_id, u.id AS subscriber, u.name, l.id, l.kind, l.fields, l.created_at,
       CASE WHEN l.language <> '' THEN l.language ELSE u.language END AS language,
       CASE s.kind WHEN 4 THEN '' WHEN 3 THEN 'alerts' ELSE coalesce(g.digest, i.digest, c.name) END AS topic,
       CASE WHEN s.kind <> 4
            THEN EXISTS (SELECT 1 FROM subscriptions p WHERE p.subscriber_id = u.id AND p.state = 'confirmed'
                         AND p.topic = CASE s.kind WHEN 3 THEN 'alerts' ELSE coalesce(g.digest, i.digest, c.name) END)
            WHEN l.kind = 'confirm'
            THEN EXISTS (SELECT 1 FROM subscriptions p WHERE p.subscriber_id = u.id AND p.state = 'unconfirmed')
            ELSE u.erased_at IS NULL END AS confirmed,
       coalesce(json_extract(l.fields, '$.to'), u.address) AS address,
       EXISTS (SELECT 1 FROM suppressions x
               WHERE x.address = coalesce(json_extract(l.fields, '$.to'), u.address)) AS suppressed
FROM deliveries d
JOIN subjects s ON s.id = d.subject_id
JOIN channels c ON c.id = d.channel_id
JOIN subscribers u ON u.id = d.recipient
LEFT JOIN deliveries f ON f.id = d.parent_id
LEFT JOIN issues i ON i.id = coalesce(f.subject_id, d.subject_id)
LEFT JOIN letters l ON l.id = d.subject_id
LEFT JOIN segments g ON g.subject_id = coalesce(f.subject_id, d.subject_id) AND g.number = coalesce(f.segment, d.segment)
WHERE d.id IN (SELECT value FROM json_each(?));

-- name: list
SELECT u.id, u.address, u.name, u.language, u.zone, p.topic, p.state
FROM subscribers u LEFT JOIN subscriptions p ON p.subscriber_id = u.id
WHERE u.erased_at IS NULL ORDER BY u.id, p.topic;

-- name: suppress
INSERT INTO suppressions (address, kind, reason, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING;
