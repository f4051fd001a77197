-- name: events
-- The chain in pieces: it only ever grows at its end.
SELECT id, at, kind, subject_id, delivery_id, actor, detail, remote_id, hash FROM events
WHERE id > :after ORDER BY id LIMIT :most;

-- name: last_number
-- The highest number that an event ever had; SQLite keeps it when rows are deleted.
SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0) AS number;

-- name: orphaned
-- Events about deliveries that are not there any more.
SELECT min(id) AS id, delivery_id FROM events
WHERE delivery_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.id = events.delivery_id)
GROUP BY delivery_id ORDER BY delivery_id LIMIT :most;

-- name: rows
-- Rows with their events, a piece at a time; one statement sees one state of both. The plus sign keeps SQLite on the
-- rows' own order.
SELECT d.id, d.state, d.recipient, d.remote_id, d.url, d.doubts, s.kind AS subject_kind, m.hash AS message,
       e.kind AS event, e.detail
FROM (SELECT * FROM deliveries WHERE id > :after AND (:subject IS NULL OR +subject_id = :subject) AND id <= :last
      ORDER BY id LIMIT :most) d
JOIN subjects s ON s.id = d.subject_id
LEFT JOIN messages m ON m.id = d.message_id
LEFT JOIN events e ON e.delivery_id = d.id
ORDER BY d.id, e.id;

-- name: span
-- The first and the last row of a subject (of all: NULL), each by its own index: one condition for both would read the
-- whole ledger at the end of every issue.
SELECT coalesce(iif(:subject IS NULL, (SELECT min(id) FROM deliveries),
                    (SELECT min(id) FROM deliveries WHERE subject_id = :subject)), 0) AS first,
       coalesce(iif(:subject IS NULL, (SELECT max(id) FROM deliveries),
                    (SELECT max(id) FROM deliveries WHERE subject_id = :subject)), 0) AS last;

-- name: messages
SELECT m.id, m.hash, m.content,
       (SELECT json_group_array(json_array(x.story_id, x.revision)) FROM message_stories x WHERE x.message_id = m.id) AS carried
FROM messages m WHERE m.id > :after ORDER BY m.id LIMIT :most;

-- name: messages_of
SELECT m.id, m.hash, m.content,
       (SELECT json_group_array(json_array(x.story_id, x.revision)) FROM message_stories x WHERE x.message_id = m.id) AS carried
FROM messages m WHERE m.id IN (SELECT message_id FROM message_stories WHERE story_id = :story) AND m.id > :after
ORDER BY m.id LIMIT :most;

-- name: conservation
-- Every subject's sum, and its parts counted by themselves.
SELECT d.subject_id AS id, s.kind, count(*) AS planned, sum(d.state = 4) AS sent, sum(d.state = 5) AS failed,
       sum(d.state = 6) AS unknown, sum(d.state = 7) AS skipped, sum(d.state IN (0, 1, 2, 3)) AS open,
       i.state AS issue, i.recipients
FROM deliveries d JOIN subjects s ON s.id = d.subject_id LEFT JOIN issues i ON i.id = d.subject_id
WHERE d.subject_id > :after GROUP BY d.subject_id ORDER BY d.subject_id LIMIT :most;

-- name: emptied
-- Issues whose frozen rows are all gone: the sums above cannot show them.
SELECT id, recipients FROM issues
WHERE recipients > 0 AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.subject_id = issues.id) ORDER BY id LIMIT :most;

-- name: closed
-- Closed issues with what sealed them.
SELECT i.id, i.digest, i.slot, (SELECT e.detail FROM events e WHERE e.subject_id = i.id AND e.kind = 'closed'
                                ORDER BY e.id LIMIT 1) AS seal
FROM issues i WHERE i.state = 'closed' AND i.id > :after ORDER BY i.id LIMIT :most;

-- name: seal_of
SELECT detail AS seal FROM events WHERE subject_id = ? AND kind = 'closed' ORDER BY id LIMIT 1;

-- name: sealed_rows
-- What a seal covers: rows that never were in doubt, which are final when the issue closes. One line of JSON for each.
SELECT d.id, json_array(d.id, d.recipient, d.state, d.remote_id, d.url, lower(hex(m.hash)), d.ended_at) AS line
FROM deliveries d LEFT JOIN messages m ON m.id = d.message_id
WHERE d.id > :after AND d.id <= :last AND +d.subject_id = :subject AND d.doubts = 0 ORDER BY d.id LIMIT :most;

-- name: before_chain
-- Up to which row and subject a ledger came from before there was a chain.
SELECT coalesce(max(CASE key WHEN 'unchained_deliveries' THEN CAST(value AS INTEGER) END), 0) AS deliveries,
       coalesce(max(CASE key WHEN 'unchained_subjects' THEN CAST(value AS INTEGER) END), 0) AS subjects
FROM meta WHERE key IN ('unchained_deliveries', 'unchained_subjects');

-- name: revisions
SELECT revision, seen_at, article FROM revisions WHERE story_id = ? ORDER BY revision;

-- name: told
-- A story's rows with their messages, the channels' own first; at most so many.
SELECT d.*, s.kind AS subject_kind, c.name AS channel, m.hash AS message, m.content,
       (SELECT x.revision FROM message_stories x WHERE x.message_id = d.message_id AND x.story_id = d.subject_id) AS carried
FROM deliveries d JOIN subjects s ON s.id = d.subject_id JOIN channels c ON c.id = d.channel_id
LEFT JOIN messages m ON m.id = d.message_id
WHERE d.subject_id = :subject ORDER BY d.recipient > 0, d.id LIMIT :most;

-- name: attempts
SELECT at, outcome, detail FROM attempts WHERE delivery_id = ? ORDER BY id;

-- name: events_of
SELECT id, at, kind, actor, detail FROM events WHERE delivery_id = ? ORDER BY id;

-- name: events_about
SELECT id, at, kind, actor, detail FROM events WHERE subject_id = ? AND delivery_id IS NULL ORDER BY id;
