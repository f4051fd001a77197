-- name: reader
SELECT id, address, name, language, zone, quiet_from, quiet_to, most_per_day, text_only, paused_until, clicks, created_at
FROM subscribers WHERE id = ? AND erased_at IS NULL;

-- name: choices
SELECT topic, state, sections, rhythm, hour, weekday, source, created_at, confirmed_at, unsubscribed_at
FROM subscriptions WHERE subscriber_id = ? ORDER BY topic;

-- name: set_reader
UPDATE subscribers SET language = :language, zone = :zone, quiet_from = :quiet_from, quiet_to = :quiet_to,
    most_per_day = :most_per_day, text_only = :text_only, paused_until = :paused_until, clicks = :clicks
WHERE id = :id AND erased_at IS NULL;

-- name: set_choice
UPDATE subscriptions SET sections = :sections, rhythm = :rhythm, hour = :hour, weekday = :weekday
WHERE subscriber_id = :id AND topic = :topic;

-- name: recent_letter
-- A letter of a kind that tells the reader already, or soon will: all changes since are told by it, and taken back by it.
SELECT max(id) AS id FROM letters WHERE subscriber_id = :id AND kind = :kind AND created_at > :since;

-- name: letters
SELECT kind, language, created_at FROM letters WHERE subscriber_id = ? ORDER BY id;

-- name: mails
-- Every mail that was planned for a reader; what is planned carries no address.
SELECT d.id, d.state, d.planned_at, d.started_at, d.ended_at, d.reason, c.name AS channel, i.digest, i.slot, s.headline,
       l.kind AS letter
FROM deliveries d JOIN channels c ON c.id = d.channel_id
LEFT JOIN issues i ON i.id = d.subject_id
LEFT JOIN stories s ON s.id = d.subject_id
LEFT JOIN letters l ON l.id = d.subject_id
WHERE d.recipient = ? AND d.recipient > 0 ORDER BY d.id;

-- name: remember_erased
INSERT INTO erased (hash, at) VALUES (:hash, :now) ON CONFLICT (hash) DO NOTHING;

-- name: forget_reader
-- The row stays, for deliveries count it; its name for the world is one that nobody can have (RFC 2606).
UPDATE subscribers SET address = 'erased-' || id || '@erased.invalid', name = '', language = '', zone = '',
    quiet_from = NULL, quiet_to = NULL, most_per_day = NULL, text_only = 0, paused_until = NULL, clicks = NULL,
    erased_at = :now
WHERE id = :id AND erased_at IS NULL;

-- name: forget_subscriptions
DELETE FROM subscriptions WHERE subscriber_id = :id;

-- name: forget_consents
DELETE FROM consents WHERE subscriber_id = :id;

-- name: forget_moves
DELETE FROM moves WHERE subscriber_id = :id;

-- name: forget_letters
UPDATE letters SET fields = '{}', language = '' WHERE subscriber_id = :id;

-- name: forget_suppression
DELETE FROM suppressions WHERE address = :address;

-- name: forget_answers
-- What relays answered may name the address.
UPDATE attempts SET detail = replace(detail, :address, '(erased)')
WHERE delivery_id IN (SELECT id FROM deliveries WHERE recipient = :id AND recipient > 0) AND instr(detail, :address) > 0;

-- name: forget_reasons
UPDATE deliveries SET reason = replace(reason, :address, '(erased)')
WHERE recipient = :id AND recipient > 0 AND instr(reason, :address) > 0;

-- name: forget_returns
-- What came back of their mails counts on, without saying of whom.
UPDATE returns SET address = '', reason = replace(reason, :address, '(erased)')
WHERE address = :address OR instr(reason, :address) > 0;

-- name: forget_score
DELETE FROM bounce_scores WHERE address = :address;

-- name: move
INSERT INTO moves (subscriber_id, address, asked_at, old_letter, new_letter)
VALUES (:id, :address, :now, :old, :new);

-- name: move_of
SELECT id, subscriber_id, address, old_letter, new_letter, old_at, new_at, done_at FROM moves
WHERE subscriber_id = :id AND (old_letter = :letter OR new_letter = :letter);

-- name: agree_old
UPDATE moves SET old_at = :now WHERE id = :move AND old_at IS NULL AND old_letter = :letter;

-- name: agree_new
UPDATE moves SET new_at = :now WHERE id = :move AND new_at IS NULL AND new_letter = :letter;

-- name: finish
UPDATE moves SET done_at = :now WHERE id = :move AND done_at IS NULL AND old_at IS NOT NULL AND new_at IS NOT NULL;

-- name: rename
UPDATE subscribers SET address = :address WHERE id = :id;

-- name: other
SELECT id FROM subscribers WHERE address = :address AND id <> :id;

-- name: hand_over
-- The new address is a reader already: it gets what the old one had.
INSERT INTO subscriptions (subscriber_id, topic, state, rhythm, hour, sections, weekday, source, created_at, confirmed_at)
SELECT :other, topic, state, rhythm, hour, sections, weekday, source, :now, :now
FROM subscriptions WHERE subscriber_id = :id AND state = 'confirmed'
ON CONFLICT (subscriber_id, topic) DO UPDATE SET state = 'confirmed', confirmed_at = :now, unsubscribed_at = NULL
WHERE state <> 'confirmed';

-- name: strangers
-- Who was asked and never said yes to anything, here or anywhere: nobody's reader.
SELECT u.id, u.address FROM subscribers u
WHERE u.erased_at IS NULL AND u.created_at <= :before
  AND EXISTS (SELECT 1 FROM letters l WHERE l.subscriber_id = u.id AND l.kind = 'confirm')
  AND NOT EXISTS (SELECT 1 FROM letters l WHERE l.subscriber_id = u.id AND l.created_at > :before)
  AND NOT EXISTS (SELECT 1 FROM subscriptions p WHERE p.subscriber_id = u.id AND (p.state <> 'unconfirmed'
                  OR p.confirmed_at IS NOT NULL OR p.unsubscribed_at IS NOT NULL))
LIMIT 200;
