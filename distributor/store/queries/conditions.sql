-- name: ask
-- What was planned first stands, as for the deliveries themselves.
INSERT INTO conditions (subject_id, channel_id, internal, approvals, edits, silence, patience, asked_at, embargo, undo)
SELECT :subject, id, :internal, :approvals, :edits, :silence, :patience, :asked_at, :embargo, :undo FROM channels WHERE id = :channel
ON CONFLICT (subject_id, channel_id) DO NOTHING;

-- name: rows
-- Rows that one hold holds.
SELECT id, subject_id, channel_id, priority FROM deliveries
WHERE id IN (SELECT value FROM json_each(:ids)) AND state = 2 AND held_by = :hold ORDER BY id;

-- name: of
-- What held rows must pass, once for each subject and channel, with who has said yes.
SELECT DISTINCT d.subject_id, d.channel_id, k.internal, k.approvals, k.silence, k.patience, k.asked_at, k.embargo, k.undo,
       (SELECT json_group_array(a.who) FROM approvals a
        WHERE a.subject_id = k.subject_id AND a.channel_id = k.channel_id) AS approved
FROM deliveries d JOIN conditions k ON k.subject_id = d.subject_id AND k.channel_id = d.channel_id
WHERE d.id IN (SELECT value FROM json_each(?));

-- name: asked
UPDATE conditions SET asked_at = :now WHERE subject_id = :subject AND channel_id = :channel AND asked_at IS NULL;

-- name: looked_at
-- Somebody has looked at what seemed to be internal.
UPDATE conditions SET internal = '' WHERE subject_id = :subject AND channel_id = :channel;

-- name: lifted
-- Somebody has said that it may be published before the instant that its source gave.
UPDATE conditions SET embargo = NULL WHERE subject_id = :subject AND channel_id = :channel;

-- name: waived
-- Nobody answered in time, which means that it is sent.
UPDATE conditions SET approvals = 0 WHERE subject_id = :subject AND channel_id = :channel;

-- name: go
-- To the gates; what was released is news again for a while. An instant that is still to come (a delay) stays, but for
-- that of an embargo which somebody has lifted.
UPDATE deliveries SET state = 1, held_by = '', held_until = NULL, reason = :reason, lease_owner = NULL, lease_until = NULL,
    due_at = CASE WHEN :early THEN :now ELSE max(due_at, :now) END,
    stale_at = CASE WHEN stale_at < :fresh THEN :fresh ELSE stale_at END
WHERE id IN (SELECT value FROM json_each(:ids)) AND state = 2 RETURNING id;

-- name: wait
-- Held by something else from now on; an approval that is still asked for keeps its time.
UPDATE deliveries SET reason = :reason, held_until = CASE WHEN held_by = :by THEN held_until ELSE :until END, held_by = :by
WHERE id IN (SELECT value FROM json_each(:ids)) AND state = 2 RETURNING id;

-- name: lapsed
-- What the clock lets go on a channel and still has something to pass, or was to be answered by now.
SELECT d.id, d.subject_id, d.held_by, k.silence FROM deliveries d
JOIN conditions k ON k.subject_id = d.subject_id AND k.channel_id = d.channel_id
WHERE d.channel_id = :channel AND d.held_until IS NOT NULL AND d.held_until <= :now AND d.state = 2
  AND d.held_by IN ('approval', 'embargo', 'undo', 'desk', 'stop') LIMIT 1000;

-- name: approve
INSERT INTO approvals (subject_id, channel_id, who, through, at) VALUES (:subject, :channel, :who, :through, :now);

-- name: approvals
SELECT who FROM approvals WHERE subject_id = :subject AND channel_id = :channel ORDER BY at;

-- name: asks
-- Where a story must be approved: on which channels, how often, by whom it was, and what waits there.
SELECT k.channel_id, c.name AS channel, k.approvals,
       (SELECT json_group_array(d.id) FROM deliveries d WHERE d.subject_id = k.subject_id AND d.channel_id = k.channel_id
        AND +d.state = 2 AND d.held_by = 'approval') AS waiting,
       EXISTS (SELECT 1 FROM deliveries d WHERE d.subject_id = k.subject_id AND d.channel_id = k.channel_id
               AND d.state IN (0, 1, 2)) AS is_open
FROM conditions k JOIN channels c ON c.id = k.channel_id
WHERE k.subject_id = :subject AND k.approvals > 0 AND (:channel IS NULL OR c.name = :channel) ORDER BY c.name;

-- name: unanswered
-- Stories that wait for an approval longer than their route has patience.
SELECT count(DISTINCT d.subject_id) AS n FROM deliveries d
JOIN conditions k ON k.subject_id = d.subject_id AND k.channel_id = d.channel_id
WHERE d.state = 2 AND d.held_by = 'approval' AND k.asked_at + k.patience <= ?;

-- name: waiting_posts
-- A story's first posts that have not left: what a new text changes for them.
SELECT id, channel_id, state, held_by, priority FROM deliveries
WHERE subject_id = ? AND act = 0 AND state IN (0, 1, 2) ORDER BY id;

-- name: revise
-- What a new text asks for. What somebody has let go although it looked internal is not held for that again.
INSERT INTO conditions (subject_id, channel_id, internal, approvals, silence, patience, embargo, undo)
VALUES (:subject, :channel, coalesce(:internal, ''), 0, 'hold', 0, :embargo, 0)
ON CONFLICT (subject_id, channel_id) DO UPDATE SET embargo = :embargo, internal = CASE
    WHEN :internal IS NULL THEN internal
    WHEN :internal = '' OR internal <> '' THEN :internal
    WHEN EXISTS (SELECT 1 FROM events e WHERE e.subject_id = :subject AND e.kind = 'released') THEN ''
    ELSE :internal END;

-- name: void
-- A yes is to a text; another text wants another one.
DELETE FROM approvals WHERE subject_id = :subject AND channel_id = :channel
  AND EXISTS (SELECT 1 FROM conditions k WHERE k.subject_id = :subject AND k.channel_id = :channel AND k.approvals > 0);

-- name: conditions_of
SELECT k.*, (SELECT json_group_array(a.who) FROM approvals a
             WHERE a.subject_id = k.subject_id AND a.channel_id = k.channel_id) AS approved
FROM conditions k WHERE k.subject_id = :subject AND k.channel_id = :channel;

-- name: hold_again
-- A new text asks for something that is not passed; a claimed row included.
UPDATE deliveries SET state = 2, held_until = CASE WHEN held_by = 'approval' AND :by = 'approval' THEN held_until ELSE :until END,
    held_by = :by, reason = :reason, lease_owner = NULL, lease_until = NULL
WHERE id IN (SELECT value FROM json_each(:ids)) AND state IN (0, 1, 2) RETURNING id;

-- name: edited
-- The channels on which a later text of a story's feed waits for one person: its first post has left.
SELECT c.name AS channel, k.* FROM conditions k JOIN channels c ON c.id = k.channel_id
WHERE k.subject_id = :story AND k.edits = 1 AND NOT EXISTS (
    SELECT 1 FROM deliveries d WHERE d.subject_id = k.subject_id AND d.channel_id = k.channel_id AND d.act = 0
    AND d.part = 0 AND d.state IN (0, 1, 2));

-- name: ask_again
-- One person's yes to this text is wanted; what was said of an earlier one, and passed, is done.
UPDATE conditions SET approvals = 1, asked_at = :now, internal = '', embargo = NULL, undo = 0
WHERE subject_id = :subject AND channel_id = :channel;
