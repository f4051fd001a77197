-- name: hear
-- The first telling of what somebody said; it is done once.
INSERT INTO heard (name, at) VALUES (?, ?) ON CONFLICT DO NOTHING;

-- name: heard
SELECT done_at FROM heard WHERE name = ?;

-- name: done
UPDATE heard SET done_at = ? WHERE name = ? AND done_at IS NULL;

-- name: forget
-- Telegram tells nothing that is older than a day (getUpdates).
DELETE FROM heard WHERE at < ?;

-- name: add
INSERT INTO cards (kind, about, detail, topic, at) VALUES (:kind, :about, :detail, :topic, :now) RETURNING id;

-- name: posted
UPDATE cards SET message_id = :message, shows = :shows WHERE id = :id;

-- name: decide
UPDATE cards SET word = :word WHERE id = :id;

-- name: close
-- A card that stands in the chat is still to say that it asks nothing any more.
UPDATE cards SET closed_at = :now, ending = iif(message_id IS NULL, '', :ending) WHERE id = :id AND closed_at IS NULL;

-- name: leaving
SELECT * FROM cards WHERE ending <> '' ORDER BY id;

-- name: left
UPDATE cards SET ending = '' WHERE id = ?;

-- name: open
SELECT * FROM cards WHERE closed_at IS NULL ORDER BY id;

-- name: open_one
SELECT * FROM cards WHERE closed_at IS NULL AND kind = :kind AND about = :about AND detail = :detail;

-- name: get
SELECT * FROM cards WHERE id = ?;

-- name: under
-- The card that a message shows; numbers of messages are one chat's, and a chat's newest card is meant.
SELECT * FROM cards WHERE message_id = ? ORDER BY id DESC LIMIT 1;

-- name: asking
-- The stories that somebody must let go of one hold (an approval, lint), the longest waiting first.
SELECT d.subject_id AS id, min(d.id) AS first FROM deliveries d JOIN stories s ON s.id = d.subject_id
WHERE d.state = 2 AND d.held_by = :held_by
GROUP BY d.subject_id ORDER BY first LIMIT :most;

-- name: in_doubt
-- What only a person can settle, the longest waiting first; alerts are told by themselves.
SELECT d.subject_id AS id, min(d.id) AS first FROM deliveries d
WHERE d.state = 6 AND d.look_at IS NULL AND d.act <> 5
GROUP BY d.subject_id ORDER BY first LIMIT ?;

-- name: doubts_of
SELECT d.id, c.name AS channel FROM deliveries d JOIN channels c ON c.id = d.channel_id
WHERE d.subject_id = ? AND d.state = 6 AND d.look_at IS NULL ORDER BY d.id;

-- name: story_of_post
-- The story behind a post's own address.
SELECT d.subject_id AS id FROM deliveries d JOIN stories s ON s.id = d.subject_id
WHERE d.url IN (SELECT value FROM json_each(?)) ORDER BY d.id DESC LIMIT 1;

-- name: places_of
-- A channel's answers for a story, however many recipients each has.
SELECT c.id AS number, c.name AS channel, d.act, d.state, d.held_by, min(d.id) AS first, count(*) AS n,
       max(d.url) AS url, min(d.reason) AS reason, min(d.held_until) AS until,
       min(CASE WHEN d.state IN (3, 4, 6) THEN coalesce(d.started_at, d.due_at) ELSE d.due_at END) AS at
FROM deliveries d JOIN channels c ON c.id = d.channel_id
WHERE d.subject_id = ? GROUP BY c.id, d.act, d.part, d.revision, d.state, d.held_by ORDER BY first;

-- name: some
SELECT d.*, s.kind AS subject_kind, c.name AS channel
FROM deliveries d JOIN subjects s ON s.id = d.subject_id JOIN channels c ON c.id = d.channel_id
WHERE d.id IN (SELECT value FROM json_each(?)) ORDER BY d.id;
