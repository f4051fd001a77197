-- name: head
-- The end of the chain.
SELECT id, hash FROM events ORDER BY id DESC LIMIT 1;

-- name: append
INSERT INTO events (id, at, kind, subject_id, delivery_id, actor, detail, remote_id, hash)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: all
SELECT id, at, kind, subject_id, delivery_id, actor, detail, remote_id, hash FROM events ORDER BY id;

-- name: latest
SELECT at, kind, actor, detail FROM events ORDER BY id DESC LIMIT ?;

-- name: about
-- What happened to one story or issue, and to its deliveries.
SELECT id, at, kind, subject_id, delivery_id, actor, detail FROM events
WHERE subject_id = :subject OR delivery_id IN (SELECT id FROM deliveries WHERE subject_id = :subject) ORDER BY id;
