-- name: know_digest
INSERT INTO digests (name, since) VALUES (?, ?) ON CONFLICT (name) DO NOTHING;

-- name: since
SELECT since FROM digests WHERE name = ?;

-- name: find
SELECT id FROM issues WHERE digest = ? AND slot = ?;

-- name: horizon
-- Behind the fence of a restore no number is looked at that the replaced store may have given; of what came until the
-- first issue after it (none has a higher number yet), nothing either that was published before.
SELECT d.since, d.fence_subject, (
    SELECT i.window_to FROM issues i
    WHERE i.digest = d.name AND i.id > d.fence_subject AND i.state <> 'skipped' ORDER BY i.id LIMIT 1) AS upto
FROM digests d WHERE d.name = ?;

-- name: looked
SELECT looked_at FROM digests WHERE name = ?;

-- name: look
UPDATE digests SET looked_at = :now WHERE name = :name AND looked_at IS NOT :now;

-- name: served
SELECT choice, upto, at, looked_at FROM served
WHERE digest = :digest AND choice IN (SELECT value FROM json_each(:choices));

-- name: serve
INSERT INTO served (digest, choice, upto, at, looked_at) VALUES (:digest, :choice, :upto, :at, :looked_at)
ON CONFLICT (digest, choice) DO UPDATE SET upto = :upto, at = :at, looked_at = :looked_at;

-- name: carry
-- Somebody knows that the replaced store mailed no issue: the fence is no more for this digest. Once an issue of after
-- the restore has looked further, nothing is left to be carried.
UPDATE digests SET fence_subject = 0
WHERE name = :name AND fence_subject > coalesce(
    (SELECT max(id) FROM issues WHERE digest = :name AND state <> 'skipped'), 0);

-- name: open
-- UNIQUE(digest, slot) is the truth about "once"; a clock that fires twice changes nothing.
INSERT INTO issues (id, digest, slot, slot_at, state, reason, window_from, window_to, opened_at, closed_at, begins_at,
                    snapshot)
VALUES (:id, :digest, :slot, :slot_at, :state, :reason, :window_from, :window_to, :now, :closed_at, :begins_at,
        (SELECT coalesce(max(id), 0) FROM subscribers));

-- name: add_story
INSERT INTO issue_stories (issue_id, position, story_id, is_new, waited_at) VALUES (?, ?, ?, ?, ?);

-- name: leave
INSERT INTO issue_left (issue_id, story_id) VALUES (?, ?);

-- name: snapshot
-- Whom it is for, when its first mail leaves, and whether a share of them gets it first.
SELECT snapshot, begins_at, EXISTS (SELECT 1 FROM issue_controls k WHERE k.issue_id = issues.id AND k.share + k.number > 0)
    AS is_watched FROM issues WHERE id = ?;

-- name: set_open
UPDATE issues SET state = 'open', recipients = (SELECT count(*) FROM deliveries WHERE subject_id = :id)
WHERE id = :id AND state = 'freezing';

-- name: skip
UPDATE issues SET state = 'skipped', reason = ?, closed_at = ? WHERE id = ? AND state IN ('freezing', 'open');

-- name: unfinished
-- What goes to those whom another issue left out is finished with the control of issues.
SELECT id, digest, slot, state, reason, opened_at, 0 AS again FROM issues WHERE state = 'freezing' AND rest_of IS NULL;

-- name: closable
SELECT id FROM issues
-- What only a restore has put in doubt is under the seal, which is final: until it is settled the issue stays open.
WHERE state = 'open' AND NOT EXISTS (
    SELECT 1 FROM deliveries d
    WHERE d.subject_id = issues.id AND (d.state IN (0, 1, 2, 3) OR (d.state = 6 AND d.doubts = 0)));

-- name: close
UPDATE issues SET state = 'closed', closed_at = ?, counts = ? WHERE id = ? AND state = 'open';

-- name: get
-- "again": an earlier slot of the same local day had an issue, so the day alone would not tell the two apart.
SELECT id, digest, slot, state, reason, opened_at,
       EXISTS (SELECT 1 FROM issues x WHERE x.digest = i.digest AND x.slot < i.slot AND x.state <> 'skipped'
               AND substr(x.slot, 1, 10) = substr(i.slot, 1, 10)) AS again
FROM issues i WHERE id = ?;

-- name: list
SELECT id, digest, slot, state, reason, opened_at, 0 AS again FROM issues ORDER BY id DESC LIMIT ?;

-- name: channel_name
SELECT name FROM channels WHERE id = ?;

-- name: waiting_roundup
-- The round-up (act 4) that waits on a channel: due, or held until an instant; in nobody's hand, never at the wire.
SELECT i.id, i.slot FROM issues i WHERE i.id IN (
    SELECT subject_id FROM deliveries
    WHERE channel_id = :channel AND state = 1 AND act = 4 AND lease_owner IS NULL AND started_at IS NULL
    UNION ALL
    SELECT subject_id FROM deliveries
    WHERE channel_id = :channel AND held_until IS NOT NULL AND state = 2 AND act = 4 AND started_at IS NULL)
ORDER BY i.id DESC LIMIT 1;

-- name: open_roundup
-- It looks at no window of stories, and no digest can bear its name: a table's name has no blank.
INSERT INTO issues (id, digest, slot, slot_at, state, window_from, window_to, opened_at, recipients)
VALUES (:id, :digest, :slot, :now, 'open', 0, 0, :now, 1);

-- name: post_roundup
INSERT INTO deliveries (subject_id, channel_id, act, state, priority, due_at, planned_at, reason)
VALUES (:issue, :channel, :act, :state, :priority, :now, :now, :reason);

-- name: join
-- A story stands once in a round-up, behind those that were folded before.
INSERT INTO issue_stories (issue_id, position, story_id)
VALUES (:issue, (SELECT coalesce(max(position) + 1, 0) FROM issue_stories WHERE issue_id = :issue), :story)
ON CONFLICT DO NOTHING;
