-- name: events
-- What happened to a story and to its posts, newest first; what happened to one reader's mail is that reader's.
SELECT e.id, e.at, e.kind, e.actor, e.detail, c.name AS channel, d.act
FROM events e LEFT JOIN deliveries d ON d.id = e.delivery_id LEFT JOIN channels c ON c.id = d.channel_id
WHERE e.id IN (SELECT id FROM events WHERE subject_id = :story AND subject_id IS NOT NULL
               UNION SELECT x.id FROM deliveries p JOIN events x ON x.delivery_id = p.id
               WHERE p.subject_id = :story AND p.recipient = 0 AND x.delivery_id IS NOT NULL)
ORDER BY e.id DESC LIMIT :most;

-- name: articles
-- Every text of a story, with what it meant and who made it, the first first.
SELECT revision, class, note, who, seen_at, article FROM revisions WHERE story_id = ? ORDER BY revision;

-- name: stands
-- The words of some posts as readers see them: of the last change that was made, else of the post itself; without the
-- posts that were taken away.
SELECT p.id, c.name AS channel, p.state, p.url, p.started_at AS at, m.content,
       (SELECT max(x.revision) FROM message_stories x WHERE x.story_id = :story AND x.message_id IN (
            SELECT p.message_id UNION ALL
            SELECT e.message_id FROM deliveries e WHERE e.parent_id = p.id AND e.act = 1 AND e.state = 4)) AS revision
FROM deliveries p JOIN channels c ON c.id = p.channel_id JOIN messages m ON m.id = coalesce(
    (SELECT e.message_id FROM deliveries e WHERE e.parent_id = p.id AND e.act = 1 AND e.state = 4 AND e.message_id IS NOT NULL
     ORDER BY e.id DESC LIMIT 1), p.message_id)
WHERE p.subject_id = :story AND p.recipient = 0 AND p.act IN (0, 2) AND p.state IN (3, 4, 6)
  AND (p.act = 0 OR p.revision = 0)  -- an answer that tells of a correction is not the story
  AND NOT EXISTS (SELECT 1 FROM deliveries e WHERE e.parent_id = p.id AND e.act = 3 AND e.state = 4)
ORDER BY p.id;

-- name: mailed
-- By what readers were mailed a story: an issue (with the readers that it was frozen for), or mails of its own.
SELECT i.digest, i.slot, i.recipients AS readers, i.opened_at AS at, c.name AS channel, (
    SELECT x.revision FROM deliveries d JOIN message_stories x ON x.message_id = d.message_id AND x.story_id = :story
    WHERE d.subject_id = i.id AND d.state IN (3, 4, 6) LIMIT 1) AS revision
FROM issue_stories s JOIN issues i ON i.id = s.issue_id
JOIN channels c ON c.id = (SELECT d.channel_id FROM deliveries d WHERE d.subject_id = i.id AND d.recipient > 0 LIMIT 1)
WHERE s.story_id = :story AND i.state IN ('open', 'closed')
UNION ALL
SELECT '', '', sum(d.n), min(d.at), c.name, x.revision
FROM (SELECT channel_id, message_id, count(*) AS n, min(started_at) AS at FROM deliveries
      WHERE subject_id = :story AND recipient > 0 AND act = 0 AND state IN (3, 4, 6) GROUP BY channel_id, message_id) d
JOIN channels c ON c.id = d.channel_id JOIN message_stories x ON x.message_id = d.message_id AND x.story_id = :story
GROUP BY c.name, x.revision;

-- name: texts
-- What left, or is about to, with some deliveries, and what was paid for each.
SELECT d.id, d.doubts, m.content, (SELECT coalesce(sum(micros), 0) FROM charges x WHERE x.delivery_id = d.id) AS paid
FROM deliveries d LEFT JOIN messages m ON m.id = d.message_id WHERE d.id IN (SELECT value FROM json_each(?));

-- name: found
-- The stories whose headline or address says all of some words (a JSON array of arrays: the ways in which each may be
-- written), newest first. From the newest on, so that what is usual is found at once; what is rare is looked for by its
-- longest word alone, whose ways stand apart.
SELECT s.*, json_extract(r.article, '$.guid') AS guid FROM (
    SELECT * FROM stories one
    WHERE (instr(one.headline, :as_is) OR instr(one.headline, :small) OR instr(one.headline, :capital)
           OR instr(one.headline, :capitals) OR instr(one.url, :as_is) OR instr(one.url, :small))
      AND NOT EXISTS (
        SELECT 1 FROM json_each(:words) w WHERE NOT EXISTS (
            SELECT 1 FROM json_each(w.value) way WHERE instr(one.headline, way.value) OR instr(one.url, way.value)))
    ORDER BY one.id DESC LIMIT :most) s
JOIN revisions r ON r.story_id = s.id AND r.revision = s.revision ORDER BY s.id DESC;

-- name: waiting
-- The stories of which something waits for somebody, in the order of urgency: flashes and urgents; then what the clock
-- decides if nobody does, the soonest first; then by urgency, and by how long they wait.
SELECT d.subject_id AS id, min(d.priority) AS priority, min(d.held_until) AS until, min(d.planned_at) AS since
FROM deliveries d JOIN stories s ON s.id = d.subject_id
WHERE d.state = 2 AND (d.held_until IS NULL OR d.held_by IN ('approval', 'desk'))
GROUP BY d.subject_id
ORDER BY min(d.priority) > 2, min(d.held_until) IS NULL, min(d.held_until), min(d.priority), min(d.planned_at), d.subject_id
LIMIT :most OFFSET :skip;

-- name: unknown
-- Of whom nobody knows whether they have it: what only a person can tell first, then what the program still asks about.
SELECT d.subject_id AS subject, c.name AS channel, d.act, json_group_array(d.id) AS ids, count(*) AS n, min(d.reason) AS reason,
       min(d.look_at) AS look_at, min(d.started_at) AS at, coalesce(st.headline, i.digest || ' ' || i.slot, '') AS headline
FROM deliveries d JOIN channels c ON c.id = d.channel_id
LEFT JOIN stories st ON st.id = d.subject_id LEFT JOIN issues i ON i.id = d.subject_id
WHERE d.state = 6 AND d.act <> 5
GROUP BY d.subject_id, c.id, d.act, d.look_at IS NULL
ORDER BY min(d.look_at) IS NOT NULL, min(d.priority), min(d.id) LIMIT :most OFFSET :skip;

-- name: changed
-- The stories that their feeds told otherwise since an instant, and nobody at the desk after them, while readers may have
-- an earlier text; newest first.
SELECT s.id, s.first_seen_at, r.article, r.revision, r.class, r.note, r.seen_at
FROM stories s JOIN revisions r ON r.story_id = s.id AND r.revision = s.revision
WHERE s.id IN (SELECT story_id FROM revisions INDEXED BY revisions_later WHERE revision > 0 AND seen_at >= :since)
  AND s.pubstatus = 'usable' AND r.who = '' AND EXISTS (
    SELECT 1 FROM deliveries d
    WHERE d.subject_id IN (SELECT s.id UNION ALL SELECT x.issue_id FROM issue_stories x WHERE x.story_id = s.id)
      AND d.act IN (0, 2) AND d.state IN (3, 4, 6))
ORDER BY r.seen_at DESC, s.id DESC LIMIT :most OFFSET :skip;
