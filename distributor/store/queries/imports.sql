-- name: known
-- What is known of an address: who it is, and how each of some topics stands.
SELECT u.id, u.language, u.name,
       EXISTS (SELECT 1 FROM suppressions x WHERE x.address = :address) AS suppressed,
       EXISTS (SELECT 1 FROM erased e WHERE e.hash = :hash) AS erased
FROM (SELECT 1) LEFT JOIN subscribers u ON u.address = :address;

-- name: standing
SELECT state, unsubscribed_at FROM subscriptions WHERE subscriber_id = :id AND topic = :topic;

-- name: bring
-- A reader of a list: only where this topic has nothing on record.
INSERT INTO subscriptions (subscriber_id, topic, state, source, created_at, confirmed_at, unsubscribed_at)
VALUES (:id, :topic, :state, :source, :now, :confirmed_at, :unsubscribed_at)
ON CONFLICT (subscriber_id, topic) DO UPDATE SET state = :state, source = :source, confirmed_at = :confirmed_at
WHERE state = 'unconfirmed' AND unsubscribed_at IS NULL;

-- name: page
-- Readers for a file, a row for each subscription, in slices by number.
SELECT u.id, u.address, u.name, u.language, u.zone, p.topic, p.state, p.rhythm, p.hour, p.weekday, p.sections,
       coalesce(p.unsubscribed_at, p.confirmed_at, p.created_at) AS since_at, p.source,
       EXISTS (SELECT 1 FROM suppressions x WHERE x.address = u.address) AS suppressed
FROM subscribers u JOIN subscriptions p ON p.subscriber_id = u.id
WHERE u.erased_at IS NULL AND u.id > :after AND u.id IN (
    SELECT id FROM subscribers WHERE id > :after ORDER BY id LIMIT :most)
ORDER BY u.id, p.topic;

-- name: last
SELECT max(id) AS id FROM (SELECT id FROM subscribers WHERE id > :after ORDER BY id LIMIT :most);

-- name: lone_suppressions
-- Whom never to mail and who is no reader here: a file without them would bring them back elsewhere.
SELECT x.address, x.kind, x.at FROM suppressions x
WHERE NOT EXISTS (SELECT 1 FROM subscribers u WHERE u.address = x.address) ORDER BY x.address;
