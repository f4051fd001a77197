-- name: by_address
-- Readers whose address begins so, in its own order: a range of the one index that addresses have.
SELECT id, address, name FROM subscribers
WHERE address >= :from AND address < :to AND erased_at IS NULL ORDER BY address LIMIT :most;

-- name: by_domain
-- Readers at the domains that begin so.
SELECT id, address, name FROM subscribers
WHERE lower(substr(address, instr(address, '@') + 1)) >= :from AND lower(substr(address, instr(address, '@') + 1)) < :to
  AND erased_at IS NULL
ORDER BY lower(substr(address, instr(address, '@') + 1)) LIMIT :most;

-- name: standing
-- What some readers have, and whether they may be mailed.
SELECT u.id, p.topic, p.state, EXISTS (SELECT 1 FROM suppressions x WHERE x.address = u.address) AS suppressed
FROM subscribers u LEFT JOIN subscriptions p ON p.subscriber_id = u.id
WHERE u.id IN (SELECT value FROM json_each(?)) ORDER BY u.id, p.topic;

-- name: reader
SELECT id, address, name, created_at FROM subscribers WHERE id = ? AND erased_at IS NULL;

-- name: number
SELECT id FROM subscribers WHERE address = ? AND erased_at IS NULL;

-- name: mails
-- The last mails that were made for a reader, by the index that the rule "no story twice" reads.
SELECT d.id, d.state, d.reason, d.planned_at, d.started_at, d.ended_at, c.name AS channel, i.id AS issue, i.digest, i.slot,
       s.headline, l.kind AS letter
FROM deliveries d INDEXED BY deliveries_mailed
JOIN channels c ON c.id = d.channel_id
LEFT JOIN issues i ON i.id = d.subject_id
LEFT JOIN stories s ON s.id = d.subject_id
LEFT JOIN letters l ON l.id = d.subject_id
WHERE d.recipient = :reader AND d.recipient > 0 AND d.message_id IS NOT NULL
ORDER BY d.planned_at DESC, d.id DESC LIMIT :most;

-- name: returns
-- What came back of an address, the latest first.
SELECT id, at, source, kind, address, delivery_id, class, status, action, proof, reason, unknown FROM returns
WHERE address = :address AND address <> '' ORDER BY id DESC LIMIT :most;

-- name: suppression
SELECT kind, reason, at FROM suppressions WHERE address = ?;

-- name: score
SELECT halves, day, rests, until FROM bounce_scores WHERE address = ?;

-- name: said
-- How often readers said something within each of some spans, which begin and end at quarters of an hour.
SELECT span.key AS span, s.act, sum(s.n) AS n
FROM json_each(:spans) span CROSS JOIN json_each(:acts) act CROSS JOIN said s
WHERE s.act = act.value AND s.quarter >= json_extract(span.value, '$[0]') / 900000
  AND s.quarter < json_extract(span.value, '$[1]') / 900000
GROUP BY span.key, s.act;

-- name: suppressed
SELECT d.key AS span, (SELECT count(*) FROM suppressions x WHERE x.at >= json_extract(d.value, '$[0]')
                       AND x.at < json_extract(d.value, '$[1]')) AS n
FROM json_each(:spans) d;

-- name: topics
-- How many readers each newsletter has, and how many have not said yes yet, who are few: nobody asks all readers.
SELECT topic, 'confirmed' AS state, sum(n) AS n FROM choices GROUP BY topic
UNION ALL SELECT topic, 'unconfirmed', count(*) FROM subscriptions INDEXED BY subscriptions_unconfirmed
WHERE state = 'unconfirmed' GROUP BY topic;

-- name: all_suppressed
SELECT count(*) AS n FROM suppressions;

-- name: of_topic
SELECT coalesce(sum(n), 0) AS n FROM choices WHERE topic = ?;
