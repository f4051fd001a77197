-- name: add
INSERT INTO segments (subject_id, number, digest, everybody, rhythm, hour, weekday, zone, sections, language, after_id,
                      waited_since, reason, is_written)
VALUES (:subject, :number, :digest, :everybody, :rhythm, :hour, :weekday, :zone, :sections, :language, :after,
        :waited_since, :reason, :reason <> '');

-- name: last
-- A story may be mailed at once to the readers of several digests.
SELECT coalesce(max(number), 0) AS number FROM segments WHERE subject_id = ?;

-- name: of
SELECT number, everybody, rhythm, hour, weekday, zone, sections, language, after_id, waited_since, reason
FROM segments WHERE subject_id = ? ORDER BY number;

-- name: unwritten
SELECT number, digest, everybody, rhythm, hour, weekday, zone, sections, language, written FROM segments
WHERE subject_id = :subject AND digest = :digest AND is_written = 0 ORDER BY number LIMIT 1;

-- name: unwritten_stories
-- Stories whose mails at once were cut short.
SELECT DISTINCT g.subject_id, g.digest FROM segments g JOIN subjects s ON s.id = g.subject_id AND s.kind = 1
WHERE g.is_written = 0;

-- name: members
-- The next readers of a segment: confirmed, not suppressed, with its choice, known when it was fixed. Read beside the
-- writer, in the order of an index, so that a slice costs no more than its readers.
SELECT u.id FROM subscriptions p CROSS JOIN subscribers u ON u.id = p.subscriber_id
WHERE p.topic = :topic AND p.state = 'confirmed' AND p.rhythm IS :rhythm AND p.hour IS :hour AND p.weekday IS :weekday
  AND p.subscriber_id > :written AND p.subscriber_id <= :snapshot
  AND (:zone IS NULL OR u.zone = :zone) AND (:sections IS NULL OR p.sections = :sections)
  AND (:language IS NULL OR u.language = :language)
  AND NOT EXISTS (SELECT 1 FROM suppressions x WHERE x.address = u.address)
ORDER BY p.subscriber_id LIMIT :slice;

-- name: all_members
SELECT u.id FROM subscriptions p CROSS JOIN subscribers u ON u.id = p.subscriber_id
WHERE p.topic = :topic AND p.state = 'confirmed' AND p.subscriber_id > :written AND p.subscriber_id <= :snapshot
  AND NOT EXISTS (SELECT 1 FROM suppressions x WHERE x.address = u.address)
ORDER BY p.subscriber_id LIMIT :slice;

-- name: write
-- One slice of rows; a reader who has one already (of another segment, another digest) keeps that one.
INSERT INTO deliveries (subject_id, channel_id, recipient, act, state, priority, due_at, planned_at, template, reason, segment,
                        held_by)
SELECT :subject, :channel, value, 0, :state, :priority, :due, :now, :template, :reason, :number, :held_by FROM json_each(:ids)
WHERE true
ON CONFLICT (subject_id, channel_id, recipient, act, part, revision) DO NOTHING;

-- name: move
UPDATE segments SET written = :upto, is_written = :is_last
WHERE subject_id = :subject AND number = :number AND written = :written AND is_written = 0;

-- name: newest_reader
SELECT coalesce(max(id), 0) AS id FROM subscribers;
