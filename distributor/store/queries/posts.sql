-- name: about
-- The posts of follow-ups as their turn finds them. What a post shows is what left with it or with a change of it that was
-- made; a change in doubt is repeated, so it overtakes an earlier one like any that waits.
SELECT f.id AS follow_up, p.*, s.kind AS subject_kind, c.name AS channel,
       (SELECT x.revision FROM message_stories x WHERE x.message_id = p.message_id AND x.story_id = f.subject_id) AS first,
       (SELECT max(x.revision) FROM message_stories x
        WHERE x.story_id = f.subject_id AND x.message_id IN (
            SELECT p.message_id UNION ALL
            SELECT e.message_id FROM deliveries e WHERE e.parent_id = p.id AND e.act = 1 AND e.state = 4)) AS shows,
       EXISTS (SELECT 1 FROM deliveries e
               WHERE e.parent_id = p.id AND e.act = 1 AND e.id > f.id AND e.state NOT IN (5, 7)) AS is_overtaken,
       EXISTS (SELECT 1 FROM deliveries e WHERE e.parent_id = p.id AND e.id <> f.id
               AND (e.state = 3 OR (e.id < f.id AND e.lease_until > :now))) AS is_busy,
       (SELECT e.state FROM deliveries e WHERE e.parent_id = p.id AND e.act = 3 AND e.id <> f.id
        ORDER BY e.id DESC LIMIT 1) AS erasure,
       (SELECT e.reason FROM deliveries e WHERE e.parent_id = p.id AND e.act = 3 AND e.id <> f.id
        ORDER BY e.id DESC LIMIT 1) AS erasure_reason
FROM deliveries f
JOIN deliveries p ON p.id = f.parent_id
JOIN subjects s ON s.id = p.subject_id
JOIN channels c ON c.id = p.channel_id
WHERE f.id IN (SELECT value FROM json_each(:ids));

-- name: revisions
SELECT revision, class, note, who, seen_at FROM revisions WHERE story_id = ? ORDER BY revision;

-- name: shown
-- Of some deliveries the posts and answers that left: the revision that each shows now, and whether it was taken away.
SELECT p.id,
       (SELECT max(x.revision) FROM message_stories x
        WHERE x.story_id = p.subject_id AND x.message_id IN (
            SELECT p.message_id UNION ALL
            SELECT e.message_id FROM deliveries e WHERE e.parent_id = p.id AND e.act = 1 AND e.state = 4)) AS revision,
       EXISTS (SELECT 1 FROM deliveries e WHERE e.parent_id = p.id AND e.act = 3 AND e.state = 4) AS gone
FROM deliveries p WHERE p.id IN (SELECT value FROM json_each(:ids)) AND p.act IN (0, 2) AND p.state IN (3, 4, 6);

-- name: told
-- Corrections and withdrawals of what had begun to leave before them, newest first: readers may have read it. The story
-- as it reads in that revision.
SELECT s.id, s.first_seen_at, r.revision, r.class, r.note, r.who, r.seen_at, r.article
FROM revisions r JOIN stories s ON s.id = r.story_id
WHERE r.class IN ('correction', 'withdrawal') AND EXISTS (
    SELECT 1 FROM deliveries d
    WHERE d.subject_id IN (SELECT s.id UNION ALL SELECT x.issue_id FROM issue_stories x WHERE x.story_id = s.id)
      AND d.act IN (0, 4) AND d.state IN (3, 4, 6) AND d.started_at <= r.seen_at)
ORDER BY r.seen_at DESC, s.id DESC, r.revision DESC LIMIT :most;

-- name: follow_ups
-- What was done about one revision, counted.
SELECT c.name AS channel, d.act, d.state, count(*) AS n FROM deliveries d JOIN channels c ON c.id = d.channel_id
WHERE d.subject_id = :story AND (d.revision = :revision AND d.act IN (1, 2, 3) OR d.act = 0 AND d.part = :revision)
GROUP BY c.name, d.act, d.state ORDER BY c.name, d.act, d.state;
