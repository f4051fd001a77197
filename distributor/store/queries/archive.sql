-- name: issues
-- The issues of a digest of which some mail has left, newest first, with the instant at which the first of them did. Those
-- of readers' own hours and zones tell the same once more: the archive has the newsletter's own.
SELECT * FROM (
    SELECT i.id,
           (SELECT d.started_at FROM deliveries d
            WHERE d.subject_id = i.id AND d.act = 0 AND d.state = 4 LIMIT 1) AS left_at
    FROM issues i WHERE i.digest = :digest AND i.state IN ('open', 'closed') AND i.id < :before
      AND (NOT EXISTS (SELECT 1 FROM segments g WHERE g.subject_id = i.id)
           OR EXISTS (SELECT 1 FROM segments g WHERE g.subject_id = i.id AND (g.everybody = 1
                      OR (g.rhythm IS NULL AND g.hour IS NULL AND coalesce(g.zone, '') = ''))))
    ORDER BY i.id DESC LIMIT :most * 4)
WHERE left_at IS NOT NULL ORDER BY id DESC LIMIT :most;

-- name: first_mail
-- The first mail of an issue that left: an issue has a page once one has.
SELECT d.subject_id AS issue_id, d.message_id, d.started_at FROM deliveries d JOIN issues i ON i.id = d.subject_id
WHERE d.subject_id = ? AND d.act = 0 AND d.state = 4 LIMIT 1;

-- name: mail
-- One mail of an issue that has left, or may have.
SELECT d.subject_id AS issue_id, d.message_id, d.started_at FROM deliveries d JOIN issues i ON i.id = d.subject_id
WHERE d.id = ? AND d.act = 0 AND d.recipient > 0 AND d.message_id IS NOT NULL AND d.state IN (3, 4, 6);

-- name: carried
SELECT story_id FROM message_stories WHERE message_id = ?;

-- name: members
SELECT story_id FROM issue_stories WHERE issue_id = ? ORDER BY position;

-- name: news
-- Those that are no news are there for readers alone who have not had them.
SELECT story_id FROM issue_stories WHERE issue_id = ? AND is_new = 1;

-- name: corrected
-- Of some stories the last correction since an instant, and the revision that readers had before it.
SELECT r.story_id, max(r.revision) AS revision,
       (SELECT max(x.revision) FROM revisions x WHERE x.story_id = r.story_id AND x.seen_at <= :since) AS got
FROM revisions r
WHERE r.story_id IN (SELECT value FROM json_each(:stories)) AND r.class = 'correction' AND r.seen_at > :since
GROUP BY r.story_id HAVING got IS NOT NULL;

-- name: recent
-- The newest stories that the public has: posted on a channel of these kinds, or mailed in an issue of these digests. Of
-- the newest two thousand alone: what is older is no news.
SELECT s.id, s.first_seen_at, s.baseline, r.article FROM (SELECT * FROM stories ORDER BY id DESC LIMIT 2000) s
JOIN revisions r ON r.story_id = s.id AND r.revision = s.revision
WHERE s.pubstatus = 'usable' AND (
    EXISTS (SELECT 1 FROM deliveries d JOIN channels c ON c.id = d.channel_id
            WHERE d.subject_id = s.id AND d.act = 0 AND d.state = 4 AND c.kind IN (SELECT value FROM json_each(:kinds)))
    OR EXISTS (SELECT 1 FROM issue_stories x JOIN issues i ON i.id = x.issue_id
               WHERE x.story_id = s.id AND i.digest IN (SELECT value FROM json_each(:digests))
               AND EXISTS (SELECT 1 FROM deliveries d WHERE d.subject_id = i.id AND d.act = 0 AND d.state = 4)))
ORDER BY coalesce(s.published_at, s.first_seen_at) DESC, s.id DESC LIMIT :most;

-- name: last_corrections
-- Of some stories the last correction of what had been posted before it; of what was only mailed, any.
SELECT r.story_id, r.revision, r.class, r.note, r.who, r.seen_at FROM revisions r
WHERE (r.story_id, r.revision) IN (
    SELECT x.story_id, max(x.revision) FROM revisions x
    WHERE x.story_id IN (SELECT value FROM json_each(?)) AND x.class = 'correction' GROUP BY x.story_id)
  AND r.seen_at > coalesce((SELECT min(d.started_at) FROM deliveries d
                            WHERE d.subject_id = r.story_id AND d.act = 0 AND d.state = 4), 0);

-- name: told
-- Corrections and withdrawals of what the public may have read before them (as "recent" has it), newest first, with the
-- story as it reads in that revision.
SELECT s.id, s.first_seen_at, s.baseline, r.revision, r.class, r.note, r.who, r.seen_at, r.article
FROM revisions r JOIN stories s ON s.id = r.story_id
WHERE r.class IN ('correction', 'withdrawal') AND (
    EXISTS (SELECT 1 FROM deliveries d JOIN channels c ON c.id = d.channel_id
            WHERE d.subject_id = s.id AND d.act = 0 AND d.state IN (3, 4, 6) AND d.started_at <= r.seen_at
              AND c.kind IN (SELECT value FROM json_each(:kinds)))
    OR EXISTS (SELECT 1 FROM issue_stories x JOIN issues i ON i.id = x.issue_id
               WHERE x.story_id = s.id AND i.digest IN (SELECT value FROM json_each(:digests))
               AND EXISTS (SELECT 1 FROM deliveries d WHERE d.subject_id = i.id AND d.act = 0
                           AND d.state IN (3, 4, 6) AND d.started_at <= r.seen_at)))
ORDER BY r.seen_at DESC, s.id DESC, r.revision DESC LIMIT :most;

-- name: click
INSERT INTO clicks (issue_id, story_id, clicks) VALUES (?, ?, 1)
ON CONFLICT (issue_id, story_id) DO UPDATE SET clicks = clicks + 1;

-- name: is_told
-- Whether a story stands in an issue: nothing else is ever counted.
SELECT EXISTS (SELECT 1 FROM issue_stories WHERE issue_id = ? AND story_id = ?) AS is_so;

-- name: clicks
SELECT x.issue_id, x.story_id, coalesce(c.clicks, 0) AS clicks FROM issue_stories x
LEFT JOIN clicks c ON c.issue_id = x.issue_id AND c.story_id = x.story_id
WHERE x.issue_id = ? ORDER BY x.position;
