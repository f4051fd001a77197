-- name: begin
INSERT INTO stops (channel, category, reason, who, through, at, until)
VALUES (:channel, :category, :reason, :who, :through, :at, :until) RETURNING id;

-- name: in_force
-- For one channel, or for any (NULL).
SELECT id, channel, category, reason, who, through, at, until FROM stops
WHERE lifted_at IS NULL AND (until IS NULL OR until > :now) AND (:channel IS NULL OR channel IN ('', :channel)) ORDER BY id;

-- name: waiting
-- What of a channel would leave now; a deletion (act 3) takes something back, an alert (5) is the desk's own.
SELECT id, subject_id FROM (
    SELECT * FROM deliveries WHERE channel_id = :channel AND state = 0 AND due_at <= :now
    UNION ALL SELECT * FROM deliveries WHERE channel_id = :channel AND state = 1 AND due_at <= :now)
WHERE act NOT IN (3, 5) LIMIT :most;

-- name: subjects
-- What is told by anything that would leave now.
SELECT DISTINCT subject_id FROM (
    SELECT * FROM deliveries WHERE channel_id = :channel AND state = 0 AND due_at <= :now
    UNION ALL SELECT * FROM deliveries WHERE channel_id = :channel AND state = 1 AND due_at <= :now)
WHERE act NOT IN (3, 5);

-- name: waiting_of
SELECT id FROM deliveries WHERE subject_id = :subject AND channel_id = :channel AND state IN (0, 1)
  AND due_at <= :now AND act NOT IN (3, 5) LIMIT :most;

-- name: stop_these
-- A claimed row included: its claimer finds it gone before it touches the wire.
UPDATE deliveries SET state = 2, held_by = 'stop', held_until = :until, reason = :reason, lease_owner = NULL, lease_until = NULL
WHERE id IN (SELECT value FROM json_each(:ids)) AND state IN (0, 1) AND act NOT IN (3, 5) RETURNING id;

-- name: one
SELECT d.subject_id, d.act, c.name AS channel FROM deliveries d JOIN channels c ON c.id = d.channel_id WHERE d.id = ?;

-- name: lift
UPDATE stops SET lifted_at = :now, lifted_by = :who, decision = :decision WHERE id = :id AND lifted_at IS NULL;

-- name: piled_up
-- What stops have made wait, with all that a decision about it needs; what the clock lets go by now is the clock's.
SELECT d.id, d.subject_id, d.channel_id, c.name AS channel, d.recipient, d.act, d.doubts, s.kind AS subject_kind
FROM deliveries d JOIN channels c ON c.id = d.channel_id JOIN subjects s ON s.id = d.subject_id
WHERE d.state = 2 AND d.held_by = 'stop' AND d.id > :after
  AND (d.held_until IS NULL OR d.held_until > :now) ORDER BY d.id LIMIT :most;

-- name: shown
-- The same for people: each story or issue once on each channel.
SELECT d.subject_id, c.name AS channel, count(*) AS n, min(d.id) AS id, d.act, d.reason, st.headline, st.url,
       i.digest, i.slot, group_concat(CASE WHEN d.recipient = 0 THEN d.id END) AS ids
FROM deliveries d JOIN channels c ON c.id = d.channel_id
LEFT JOIN stories st ON st.id = d.subject_id LEFT JOIN issues i ON i.id = d.subject_id
WHERE d.state = 2 AND d.held_by = 'stop'
GROUP BY d.subject_id, c.name, d.act ORDER BY min(d.id);

-- name: heap
-- How much stops hold, counted to a limit by an index of its own: every page of the desk asks.
SELECT count(*) AS n FROM (SELECT 1 FROM deliveries INDEXED BY deliveries_stopped WHERE state = 2 AND held_by = 'stop' LIMIT :most);

-- name: last_decision
SELECT decision, lifted_by FROM stops WHERE lifted_at IS NOT NULL ORDER BY lifted_at DESC, id DESC LIMIT 1;
