-- name: to_look
-- What a verifier looks at now, with all that it can be recognised by. What was planned in doubt, behind a fence, is in
-- doubt since its time came: "look_at" moves on with every look that was refused. What tells of a withdrawal, or carries
-- it out, is not withdrawn with its story.
SELECT d.*, s.kind AS subject_kind, c.name AS channel, m.content, st.url AS story_url,
       CASE WHEN d.act = 3 OR (d.act IN (1, 2) AND EXISTS (
           SELECT 1 FROM revisions r WHERE r.story_id = d.subject_id AND r.revision = d.revision AND r.class = 'withdrawal'))
            THEN NULL ELSE st.pubstatus END AS pubstatus,
       coalesce(d.ended_at, max(d.planned_at, d.due_at)) AS since
FROM deliveries d
JOIN subjects s ON s.id = d.subject_id
JOIN channels c ON c.id = d.channel_id
LEFT JOIN messages m ON m.id = d.message_id
LEFT JOIN stories st ON st.id = d.subject_id
WHERE d.channel_id = :channel AND d.state = 6 AND d.look_at <= :now
ORDER BY d.look_at, d.id LIMIT :limit;

-- name: bare
-- Posts that were proved to be there (a refused repetition), of which nobody knows the id yet.
SELECT d.*, s.kind AS subject_kind, c.name AS channel, m.content, st.url AS story_url, CASE WHEN d.act = 3 OR (d.act IN (1, 2) AND EXISTS (
           SELECT 1 FROM revisions r WHERE r.story_id = d.subject_id AND r.revision = d.revision AND r.class = 'withdrawal'))
            THEN NULL ELSE st.pubstatus END AS pubstatus, d.ended_at AS since
FROM deliveries d
JOIN subjects s ON s.id = d.subject_id
JOIN channels c ON c.id = d.channel_id
LEFT JOIN messages m ON m.id = d.message_id
LEFT JOIN stories st ON st.id = d.subject_id
WHERE d.channel_id = :channel AND d.recipient = 0 AND d.started_at IS NOT NULL AND d.started_at > :began
  AND d.state = 4 AND d.act NOT IN (1, 3) AND d.doubts > 0 AND d.remote_id = '' AND d.url = '' AND d.looks < :most
ORDER BY d.id;

-- name: numbers
SELECT d.id FROM deliveries d JOIN channels c ON c.id = d.channel_id
WHERE d.state = 6 AND (:channel IS NULL OR c.name = :channel) ORDER BY d.id;

-- name: unknown
SELECT d.*, s.kind AS subject_kind, c.name AS channel, NULL AS content, NULL AS story_url,
       CASE WHEN d.act = 3 OR (d.act IN (1, 2) AND EXISTS (
           SELECT 1 FROM revisions r WHERE r.story_id = d.subject_id AND r.revision = d.revision AND r.class = 'withdrawal'))
            THEN NULL ELSE st.pubstatus END AS pubstatus,
       coalesce(d.ended_at, max(d.planned_at, d.due_at)) AS since
FROM deliveries d JOIN subjects s ON s.id = d.subject_id JOIN channels c ON c.id = d.channel_id
LEFT JOIN stories st ON st.id = d.subject_id
WHERE d.state = 6 AND d.id IN (SELECT value FROM json_each(?)) ORDER BY d.id;

-- name: states_of
SELECT id, state FROM deliveries WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id;

-- name: taken
-- Posts that are deliveries of ours already: one post settles one doubt.
SELECT remote_id FROM deliveries
WHERE channel_id = :channel AND recipient = 0 AND remote_id <> ''
  AND remote_id IN (SELECT value FROM json_each(:ids))
  AND coalesce(ended_at, 0) >= (SELECT account_at FROM channels WHERE id = :channel);

-- name: ours
-- What the channel became of us since an instant: a look need not read these posts again.
SELECT remote_id FROM deliveries
WHERE channel_id = :channel AND recipient = 0 AND started_at IS NOT NULL AND started_at >= :since
  AND state = 4 AND remote_id <> '' AND coalesce(ended_at, 0) >= (SELECT account_at FROM channels WHERE id = :channel);

-- name: asking
-- How many deliveries of a channel wait for a person; an alert never does.
SELECT count(*) AS n FROM deliveries WHERE channel_id = ? AND state = 6 AND look_at IS NULL AND act <> 5;

-- name: settle
-- Out of doubt, by a verifier or a person. The counters tell this doubt from one that came since it was looked at.
UPDATE deliveries SET state = :state, reason = :reason, remote_id = :remote_id, url = :url, due_at = :due_at,
    ended_at = :ended_at, looks = 0, look_at = NULL
WHERE id = :id AND state = 6 AND doubts = :doubts AND looks = :looks;

-- name: look_later
UPDATE deliveries SET look_at = :at, looks = looks + :counts
WHERE id = :id AND state = 6 AND doubts = :doubts AND looks = :looks;

-- name: ask
UPDATE deliveries SET look_at = NULL, reason = :reason
WHERE id = :id AND state = 6 AND doubts = :doubts AND looks = :looks;

-- name: receipt
-- The id of a post that is sent; the state stays.
UPDATE deliveries SET remote_id = :remote_id, url = :url WHERE id = :id AND state = 4 AND remote_id = '' AND url = '';

-- name: looked
UPDATE deliveries SET looks = looks + 1 WHERE id = ? AND state = 4;

-- name: carried
SELECT story_id, revision FROM message_stories WHERE message_id = ? ORDER BY story_id;
