-- name: add
-- What an issue may tell of earlier ones, fixed when it is opened: the last correction or withdrawal of each story that an
-- issue of the same digest carried before. Which readers are told is asked at the wire.
INSERT INTO issue_lines (issue_id, story_id, revision)
SELECT :issue, r.story_id, max(r.revision) FROM revisions r
WHERE r.class IN ('correction', 'withdrawal') AND r.class IN (SELECT value FROM json_each(:classes)) AND r.seen_at > :since
  AND EXISTS (SELECT 1 FROM issue_stories x JOIN issues i ON i.id = x.issue_id
              WHERE x.story_id = r.story_id AND i.digest = :digest AND i.state <> 'skipped' AND i.id <> :issue)
GROUP BY r.story_id;

-- name: owed
-- Of rows of issues: the readers who have a text from before a correction of which the issue tells, in any issue of the
-- channel, and have been told of it by none; with the revision that they have. What may have arrived counts.
SELECT d.id AS delivery_id, l.story_id, l.revision, max(m.revision) AS got
FROM deliveries d
CROSS JOIN issue_lines l ON l.issue_id = d.subject_id
CROSS JOIN deliveries e ON e.subject_id IN (
        SELECT issue_id FROM issue_stories x WHERE x.story_id = l.story_id
        UNION SELECT issue_id FROM issue_lines y WHERE y.story_id = l.story_id)
    AND e.channel_id = d.channel_id AND e.recipient = d.recipient AND e.id <> d.id AND e.act = 0
    AND (e.state IN (3, 4, 6) OR e.doubts > 0)
CROSS JOIN message_stories m ON m.message_id = e.message_id AND m.story_id = l.story_id
WHERE d.id IN (SELECT value FROM json_each(:ids)) AND d.recipient > 0
  -- who was mailed the correction itself knows it
  AND NOT EXISTS (SELECT 1 FROM deliveries t WHERE t.subject_id = l.story_id AND t.channel_id = d.channel_id
                  AND t.recipient = d.recipient AND t.act = 2 AND t.revision >= l.revision AND t.state NOT IN (5, 7))
GROUP BY d.id, l.story_id HAVING max(m.revision) < l.revision
ORDER BY d.id, l.story_id;

-- name: told
-- How many readers of each issue were told of a story's corrections.
SELECT i.digest, i.slot, l.revision, count(d.id) AS n
FROM issue_lines l JOIN issues i ON i.id = l.issue_id
JOIN deliveries d ON d.subject_id = l.issue_id AND d.act = 0 AND d.recipient > 0 AND (d.state IN (3, 4, 6) OR d.doubts > 0)
JOIN message_stories m ON m.message_id = d.message_id AND m.story_id = l.story_id AND m.revision >= l.revision
WHERE l.story_id = :story GROUP BY i.id ORDER BY i.id;

-- name: waiting
-- How many readers of a channel have an issue's text from before a revision, and have not been told of it.
SELECT count(*) AS n FROM (
    SELECT d.recipient FROM channels c
    CROSS JOIN deliveries d ON d.subject_id IN (
            SELECT issue_id FROM issue_stories WHERE story_id = :story
            UNION SELECT issue_id FROM issue_lines WHERE story_id = :story)
        AND d.channel_id = c.id AND d.recipient > 0 AND d.act = 0 AND (d.state IN (3, 4, 6) OR d.doubts > 0)
    CROSS JOIN message_stories m ON m.message_id = d.message_id AND m.story_id = :story
    WHERE c.name = :channel AND NOT EXISTS (
        SELECT 1 FROM deliveries t WHERE t.subject_id = :story AND t.channel_id = c.id AND t.recipient = d.recipient
        AND t.act = 2 AND t.revision >= :revision AND t.state NOT IN (5, 7))
    GROUP BY d.recipient HAVING max(m.revision) < :revision);

-- name: article
SELECT article FROM revisions WHERE story_id = ? AND revision = ?;
