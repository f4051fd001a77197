-- name: watch
-- Of an issue that is being opened: a share leaves first.
INSERT INTO issue_controls (issue_id, phase, at, share, number, wait) VALUES (:issue, 'canary', :now, :share, :number, :wait);

-- name: get
SELECT issue_id, phase, reason, who, through, at, share, number, wait, drawn_at, judged_at FROM issue_controls
WHERE issue_id = ?;

-- name: in_hand
-- What is not where it belongs yet, and every canary that is watched.
SELECT issue_id, phase, reason, who, through, at, share, number, wait, drawn_at, judged_at FROM issue_controls
WHERE is_done = 0 ORDER BY issue_id;

-- name: place
-- An issue beside its control.
SELECT i.state, i.digest, i.begins_at, i.opened_at, i.recipients, i.rest_of,
       (SELECT x.id FROM issues x WHERE x.rest_of = i.id) AS rest FROM issues i WHERE i.id = ?;

-- name: hold
-- Nothing of it passes a claim or a start from now on. Only from the phase that was looked at.
INSERT INTO issue_controls (issue_id, phase, reason, who, through, at, holds)
SELECT :issue, :phase, :reason, :who, :through, :at, 1 FROM issues WHERE id = :issue AND state IN ('freezing', 'open')
ON CONFLICT (issue_id) DO UPDATE SET phase = :phase, reason = :reason, who = :who, through = :through, at = :at, holds = 1,
    is_done = 0
WHERE phase = :from;

-- name: go_on
UPDATE issue_controls SET phase = :phase, reason = '', who = :who, through = :through, at = :at, holds = 0, is_done = 0,
    judged_at = CASE WHEN :phase = 'free' THEN coalesce(judged_at, :at) ELSE judged_at END
WHERE issue_id = :issue AND phase = :from;

-- name: drawn
UPDATE issue_controls SET drawn_at = :now WHERE issue_id = :issue AND phase = 'canary' AND drawn_at IS NULL;

-- name: done
UPDATE issue_controls SET is_done = 1, holds = holds AND phase <> 'ended' WHERE issue_id = :issue AND phase = :phase;

-- name: recipients
-- Whom an issue was frozen for, with what becomes of mail at their provider.
SELECT d.id, d.recipient, lower(substr(u.address, instr(u.address, '@') + 1)) AS domain
FROM deliveries d JOIN subscribers u ON u.id = d.recipient
WHERE d.subject_id = ? AND d.act = 0;

-- name: add_canary
INSERT INTO issue_canaries (issue_id, delivery_id) VALUES (?, ?) ON CONFLICT DO NOTHING;

-- name: let_go_first
UPDATE deliveries SET state = 1, held_by = '', held_until = NULL
WHERE id IN (SELECT value FROM json_each(:ids)) AND state = 2 AND held_by = 'canary';

-- name: evidence
-- What the canary has brought back so far.
SELECT d.state, d.attempts > 0 AS was_tried, CASE d.state WHEN 4 THEN '' ELSE d.reason END AS reason, count(*) AS n
FROM issue_canaries k JOIN deliveries d ON d.id = k.delivery_id WHERE k.issue_id = ? GROUP BY 1, 2, 3;

-- name: came_back
-- What came back later of the canary's mails that a relay had accepted.
SELECT r.kind, r.class, count(DISTINCT r.delivery_id) AS n
FROM issue_canaries k JOIN deliveries d ON d.id = k.delivery_id AND d.state = 4 JOIN returns r ON r.delivery_id = d.id
WHERE k.issue_id = ? AND r.kind IN ('bounce', 'complaint') GROUP BY 1, 2;

-- name: waiting
-- Some of an issue's rows that could still leave.
SELECT id FROM deliveries WHERE subject_id = :issue AND (state = 0 OR state = 1) LIMIT :most;

-- name: held
SELECT id FROM deliveries WHERE subject_id = :issue AND state = 2 AND held_by IN ('issue', 'canary') LIMIT :most;

-- name: held_by_stop
SELECT id FROM deliveries WHERE subject_id = :issue AND state = 2 AND held_by = 'issue' LIMIT :most;

-- name: unsent
SELECT id FROM deliveries WHERE subject_id = :issue AND state IN (0, 1, 2) LIMIT :most;

-- name: put_aside
-- A claimed row included: its claimer finds it gone before it touches the wire.
UPDATE deliveries SET state = 2, held_by = 'issue', held_until = NULL, reason = :reason, lease_owner = NULL, lease_until = NULL
WHERE id IN (SELECT value FROM json_each(:ids)) AND state IN (0, 1);

-- name: let_go
UPDATE deliveries SET state = 1, held_by = '', held_until = NULL, reason = :reason
WHERE id IN (SELECT value FROM json_each(:ids)) AND state = 2 AND held_by IN ('issue', 'canary');

-- name: drop
UPDATE deliveries SET state = 7, held_by = '', held_until = NULL, reason = :reason, ended_at = :now,
    lease_owner = NULL, lease_until = NULL
WHERE id IN (SELECT value FROM json_each(:ids)) AND state IN (0, 1, 2);

-- name: holding
-- The issues of which nothing may leave.
SELECT issue_id, reason, who FROM issue_controls WHERE holds = 1;

-- name: receipt
-- Every recipient of an issue, by what became of their mail, beside the sum that was frozen: one statement, so that both
-- are of one instant.
SELECT d.segment, d.state, d.held_by, d.attempts > 0 AS was_tried,
       CASE d.state WHEN 4 THEN '' ELSE d.reason END AS reason,
       CASE d.state WHEN 4 THEN coalesce((SELECT CASE r.kind WHEN 'complaint' THEN 'complained' ELSE r.class END FROM returns r
           WHERE r.delivery_id = d.id AND r.kind IN ('bounce', 'complaint') ORDER BY r.kind, r.id LIMIT 1), '')
           ELSE '' END AS came_back,
       count(*) AS n,
       (SELECT CASE state WHEN 'freezing' THEN NULL ELSE recipients END FROM issues WHERE id = :issue) AS frozen
FROM deliveries d WHERE d.subject_id = :issue AND d.act = 0 GROUP BY 1, 2, 3, 4, 5, 6;

-- name: fates
-- The same for a list of issues, which says no reasons: counted in one pass that sorts nothing; what came back of the mails
-- that left is looked up from its own few rows.
SELECT c.*, (
    SELECT count(DISTINCT d.id) FROM returns r INDEXED BY returns_of CROSS JOIN deliveries d
    WHERE r.delivery_id >= c.first AND r.delivery_id <= c.last AND r.kind = 'bounce'
      AND d.id = r.delivery_id AND d.subject_id = :issue AND d.act = 0 AND d.state = 4) AS bounced
FROM (SELECT count(*) AS n, count(*) FILTER (WHERE state = 4) AS sent, count(*) FILTER (WHERE state = 5) AS failed,
             count(*) FILTER (WHERE state = 6) AS unknown, count(*) FILTER (WHERE state = 7) AS skipped,
             min(id) AS first, max(id) AS last
      FROM deliveries WHERE subject_id = :issue AND act = 0) c;

-- name: stamp
-- What can still change the fates of a closed issue's recipients.
SELECT (SELECT coalesce(max(id), 0) FROM returns) AS returned,
       (SELECT count(*) FROM deliveries d INDEXED BY deliveries_doubtful WHERE d.state = 6 AND d.subject_id = i.id) AS doubtful
FROM issues i WHERE i.id = ? AND i.state = 'closed';

-- name: carried
-- Which text of each story readers have of it, and how many.
SELECT x.story_id, x.revision, s.headline, count(*) AS n
FROM deliveries d JOIN message_stories x ON x.message_id = d.message_id JOIN stories s ON s.id = x.story_id
WHERE d.subject_id = ? AND d.act = 0 AND d.state IN (3, 4, 6) GROUP BY 1, 2 ORDER BY 1, 2;

-- name: open_rest
INSERT INTO issues (id, digest, slot, slot_at, state, window_from, window_to, opened_at, snapshot, begins_at, rest_of)
SELECT :id, digest, :slot, :now, 'freezing', window_from, window_to, :now, snapshot, :begins, id FROM issues WHERE id = :of;

-- name: same_stories
INSERT INTO issue_stories (issue_id, position, story_id, is_new, waited_at)
SELECT :id, position, story_id, is_new, waited_at FROM issue_stories WHERE issue_id = :of;

-- name: same_segments
INSERT INTO segments (subject_id, number, digest, everybody, rhythm, hour, weekday, zone, sections, language, after_id,
                      waited_since, reason, is_written)
SELECT :id, number, digest, everybody, rhythm, hour, weekday, zone, sections, language, after_id, waited_since, reason, 1
FROM segments WHERE subject_id = :of;

-- name: left_out
-- Readers of an ended issue whom its end left out, in order.
SELECT id, recipient FROM deliveries
WHERE subject_id = :of AND act = 0 AND state = 7 AND doubts = 0 AND reason LIKE 'ended by %' AND id > :after
ORDER BY id LIMIT :most;

-- name: write_rest
INSERT INTO deliveries (subject_id, channel_id, recipient, act, state, priority, due_at, planned_at, template, reason, segment)
SELECT :id, channel_id, recipient, act, 0, priority, :begins, :now, template, :reason, segment FROM deliveries
WHERE id IN (SELECT value FROM json_each(:ids))
ON CONFLICT (subject_id, channel_id, recipient, act, part, revision) DO NOTHING;

-- name: unfinished_rests
SELECT id FROM issues WHERE state = 'freezing' AND rest_of IS NOT NULL;
