-- name: of
-- What is on record for what a delivery says.
SELECT f.rule, f.level, f.found, f.fix, f.passed_by FROM findings f JOIN deliveries d
ON f.subject_id = d.subject_id AND f.channel_id = d.channel_id AND f.act = d.act AND f.revision = d.revision
WHERE d.id = ? ORDER BY f.position;

-- name: of_many
-- The same for many deliveries at once.
SELECT d.id, f.rule, f.level, f.found, f.fix, f.passed_by FROM findings f JOIN deliveries d
ON f.subject_id = d.subject_id AND f.channel_id = d.channel_id AND f.act = d.act AND f.revision = d.revision
WHERE d.id IN (SELECT value FROM json_each(?)) ORDER BY d.id, f.position;

-- name: forget
-- What is not found any more; what somebody has let go is let go for these words alone.
DELETE FROM findings WHERE (subject_id, channel_id, act, revision) IN (
    SELECT subject_id, channel_id, act, revision FROM deliveries WHERE id = ?);

-- name: note
INSERT INTO findings (subject_id, channel_id, act, revision, position, rule, level, found, fix, passed_by)
SELECT subject_id, channel_id, act, revision, ?, ?, ?, ?, ?, ? FROM deliveries WHERE id = ?;

-- name: about
SELECT subject_id FROM deliveries WHERE id = ?;

-- name: let_go
-- Somebody has looked and wants these words to leave as they are.
UPDATE findings SET passed_by = :who WHERE level = 'block' AND passed_by = ''
  AND (subject_id, channel_id, act, revision) IN (
    SELECT subject_id, channel_id, act, revision FROM deliveries WHERE id IN (SELECT value FROM json_each(:ids)));

-- name: reworded
-- What lint holds of a story has other words now: it is set and looked at anew.
UPDATE deliveries SET state = 1, held_by = '', held_until = NULL, reason = 'it has other words: linted anew'
WHERE subject_id = :story AND state = 2 AND held_by = 'lint';
