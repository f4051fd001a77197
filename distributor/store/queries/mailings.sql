-- name: begin
-- The readers of a revision's erroneous text stand up to the last one that the store knows now; none, no row.
INSERT INTO mailings (story_id, revision, channel_id, alone, upto, written, last, priority, due_at, reason, held_by,
                      held_until)
SELECT :story, :revision, c.id, :alone, (SELECT coalesce(max(id), 0) FROM deliveries), 0,
       (SELECT max(id) FROM subscribers), :priority, :due_at, :reason, :held_by, :held_until
FROM channels c WHERE c.name = :channel AND EXISTS (SELECT 1 FROM subscribers)
ON CONFLICT (story_id, revision, channel_id) DO NOTHING;

-- name: unfinished
SELECT story_id, revision, channel_id, alone, upto, written, last, priority, due_at, reason, held_by,
       held_until FROM mailings
ORDER BY priority, story_id, revision, channel_id LIMIT 1;

-- name: of
SELECT story_id, revision, channel_id, alone, upto, written, last, priority, due_at, reason, held_by,
       held_until FROM mailings
WHERE story_id = :story AND revision = :revision AND channel_id = (SELECT id FROM channels WHERE name = :channel);

-- name: write
-- One row for every reader of a slice whose mail carried an earlier revision, alone or in an issue; the latest mail is the
-- one that is answered. What waits to go out once more with its first words counts. A slice is a range of readers' numbers,
-- so that one statement writes no more rows than that, however many readers and issues there are.
INSERT INTO deliveries (subject_id, channel_id, recipient, act, part, revision, state, priority, due_at, planned_at,
                        reason, parent_id, held_by, held_until)
SELECT :story, :channel, d.recipient, :act, 0, :revision, :state, :priority, :due_at, :now, :reason, max(d.id), :held_by,
       :held_until
FROM deliveries d
WHERE d.subject_id IN (SELECT :story UNION ALL SELECT issue_id FROM issue_stories WHERE story_id = :story AND NOT :alone)
  AND d.channel_id = :channel AND d.recipient > :written AND d.recipient <= :to AND d.act = 0 AND d.id <= :upto
  AND (d.state IN (3, 4, 6) OR (d.state IN (0, 1, 2) AND d.doubts > 0))
  AND EXISTS (SELECT 1 FROM message_stories m
              WHERE m.message_id = d.message_id AND m.story_id = :story AND m.revision < :revision)
GROUP BY d.recipient
ON CONFLICT (subject_id, channel_id, recipient, act, part, revision) DO NOTHING;

-- name: move
UPDATE mailings SET written = :to
WHERE story_id = :story AND revision = :revision AND channel_id = :channel AND written = :written;

-- name: end
DELETE FROM mailings WHERE story_id = :story AND revision = :revision AND channel_id = :channel AND written >= last;

-- name: waiting
-- How many readers of a revision still get their row: counted by what was mailed to them, as "write" does.
SELECT count(DISTINCT d.recipient) AS n FROM mailings g JOIN deliveries d ON d.channel_id = g.channel_id
WHERE g.story_id = :story AND g.revision = :revision
  AND d.subject_id IN (SELECT :story UNION ALL SELECT issue_id FROM issue_stories WHERE story_id = :story AND NOT g.alone)
  AND d.recipient > g.written AND d.recipient <= g.last AND d.act = 0 AND d.id <= g.upto
  AND (d.state IN (3, 4, 6) OR (d.state IN (0, 1, 2) AND d.doubts > 0))
  AND EXISTS (SELECT 1 FROM message_stories m
              WHERE m.message_id = d.message_id AND m.story_id = g.story_id AND m.revision < g.revision);

-- name: planned
-- The readers who have their row.
SELECT count(*) AS n FROM deliveries
WHERE subject_id = :story AND revision = :revision AND recipient > 0 AND act = 2 AND state <> 7;

-- name: is_held
-- Whether what holds a mailing still does: rows that are written after somebody's yes are free.
SELECT (SELECT count(*) FROM approvals WHERE subject_id = :story AND channel_id = :channel) < k.approvals AS is_so
FROM conditions k WHERE k.subject_id = :story AND k.channel_id = :channel;
