-- name: known
SELECT aside FROM returns WHERE remote_id = ? LIMIT 1;

-- name: file
INSERT INTO returns (remote_id, part, at, source, kind, address, delivery_id, class, status, action, proof, reason,
    aside, unknown)
VALUES (:remote_id, :part, :at, :source, :kind, :address, :delivery, :class, :status, :action, :proof, :reason, :aside, :unknown);

-- name: about
-- Whom a delivery went to, through which channel and on which topic (as subscribers.sql, at_the_wire, has it).
SELECT d.id, u.id AS subscriber, u.address, c.name AS channel,
       coalesce(i.digest, c.name) AS topic
FROM deliveries d JOIN channels c ON c.id = d.channel_id JOIN subscribers u ON u.id = d.recipient
LEFT JOIN deliveries f ON f.id = d.parent_id LEFT JOIN issues i ON i.id = coalesce(f.subject_id, d.subject_id)
WHERE d.id = ?;

-- name: reader
SELECT id AS subscriber, address FROM subscribers WHERE address = ?;

-- name: lately
-- A reader's last deliveries, for a Message-ID alone does not tell its number. Only the newest are looked through.
SELECT id FROM deliveries WHERE recipient = :subscriber AND recipient > 0 AND id > (SELECT max(id) FROM deliveries) - :most ORDER BY id DESC;

-- name: suppress
INSERT INTO suppressions (address, kind, reason, at, remote_id) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING;

-- name: unsuppress
DELETE FROM suppressions WHERE address = ?;

-- name: suppressed
SELECT address, kind, reason, at FROM suppressions ORDER BY at DESC, address LIMIT ?;

-- name: score
SELECT halves, day, rests, until FROM bounce_scores WHERE address = ?;

-- name: set_score
INSERT INTO bounce_scores (address, halves, day, rests, until) VALUES (:address, :halves, :day, :rests, :until)
ON CONFLICT (address) DO UPDATE SET halves = :halves, day = :day, rests = :rests, until = :until;

-- name: forget_score
DELETE FROM bounce_scores WHERE address = ?;

-- name: scores
SELECT address, halves, day, rests, until FROM bounce_scores ORDER BY halves DESC, address LIMIT ?;

-- name: resting
SELECT s.address, s.until FROM bounce_scores s WHERE s.until > :now AND s.until IS NOT NULL;

-- name: pause
SELECT count, until FROM provider_pauses WHERE channel = :channel AND domain = :domain;

-- name: set_pause
INSERT INTO provider_pauses (channel, domain, count, at, until, status, reason)
VALUES (:channel, :domain, :count, :now, :until, :status, :reason)
ON CONFLICT (channel, domain) DO UPDATE
SET count = :count, at = :now, until = :until, status = :status, reason = :reason;

-- name: pauses
SELECT channel, domain, count, at, until, status, reason FROM provider_pauses WHERE until > ? ORDER BY until, domain;

-- name: resume
UPDATE provider_pauses SET until = :now WHERE domain = :domain AND until > :now;

-- name: told
-- Alerts about providers that are not over.
SELECT key FROM alerts WHERE key LIKE 'provider:%' AND recovered_at IS NULL;

-- name: list
SELECT id, remote_id, at, source, kind, address, delivery_id, class, status, action, proof, reason, unknown FROM returns
WHERE (:unknown = 0 OR unknown = 1) AND (:address = '' OR address = :address) ORDER BY id DESC LIMIT :limit;

-- name: unknown_count
SELECT count(*) AS n FROM returns WHERE unknown = 1;

-- name: seen
UPDATE returns SET unknown = 0 WHERE unknown = 1;
