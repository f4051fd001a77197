-- name: new_subject
INSERT INTO subjects (kind) VALUES (?) RETURNING id;

-- name: insert
INSERT INTO stories (id, feed, url, headline, fingerprint, revision, pubstatus, baseline, first_seen_at, published_at, take_of)
VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?);

-- name: update
UPDATE stories SET url = ?, headline = ?, fingerprint = ?, revision = ?, pubstatus = ?
WHERE id = ? AND revision = ? - 1;

-- name: add_revision
INSERT INTO revisions (story_id, revision, seen_at, article, class, note, who) VALUES (?, ?, ?, ?, ?, ?, ?);

-- name: add_key
-- A key that already names a story keeps naming it: the first meaning wins.
INSERT INTO story_keys (key, story_id, fingerprint) VALUES (?, ?, ?)
ON CONFLICT (key) DO UPDATE SET fingerprint = excluded.fingerprint
WHERE story_id = excluded.story_id AND fingerprint <> excluded.fingerprint;

-- name: widen
-- A story's categories are no text: what another feed adds belongs to the revision that stands.
UPDATE revisions SET article = json_set(article, '$.categories', json(:categories))
WHERE story_id = :story AND revision = :revision
  AND json_extract(article, '$.categories') <> json(:categories);

-- name: unroute
-- The answer "no route accepts it" gives way to a route that does now. The row never touched anything: what any gate,
-- person or event ended is not such a row. It goes, because a skipped row never moves again.
DELETE FROM deliveries
WHERE subject_id = :story AND channel_id = (SELECT id FROM channels WHERE name = :channel)
  AND act = 0 AND state = 7 AND reason GLOB 'route *: *' AND ended_at IS NULL AND started_at IS NULL
  AND message_id IS NULL AND attempts = 0 AND NOT EXISTS (SELECT 1 FROM events e WHERE e.delivery_id = deliveries.id);

-- name: answered
-- The channels that have an answer for a story's own post; all of them have one for what was the baseline.
SELECT c.name AS channel FROM channels c
WHERE EXISTS (SELECT 1 FROM deliveries d WHERE d.subject_id = :story AND d.channel_id = c.id AND d.act = 0)
   OR EXISTS (SELECT 1 FROM stories s WHERE s.id = :story AND s.baseline = 1);

-- name: story
SELECT s.id, s.first_seen_at, r.article
FROM stories s JOIN revisions r ON r.story_id = s.id AND r.revision = s.revision WHERE s.id = ?;

-- name: told
-- What a feed told last of a story, before any editor.
SELECT article FROM revisions WHERE story_id = :story AND who = '' AND json_extract(article, '$.feed') = :feed
ORDER BY revision DESC LIMIT 1;

-- name: by_hand
SELECT EXISTS (SELECT 1 FROM revisions WHERE story_id = ? AND who <> '') AS is_so;

-- name: named
SELECT k.key, k.story_id FROM story_keys k WHERE k.key IN (SELECT value FROM json_each(?));

-- name: lately
-- The newest first; of one feed, or of all.
SELECT s.id, s.first_seen_at, r.article
FROM stories s JOIN revisions r ON r.story_id = s.id AND r.revision = s.revision
WHERE s.first_seen_at >= :since AND (:feed IS NULL OR s.feed = :feed)
ORDER BY s.first_seen_at DESC, s.id DESC LIMIT :most;

-- name: last_word
SELECT revision, class, note, who, seen_at FROM revisions WHERE story_id = ? ORDER BY revision DESC LIMIT 1;

-- name: faces
-- The stories of the last day without their texts, which are known by all this.
SELECT id, revision, fingerprint, url, feed, pubstatus FROM stories
WHERE first_seen_at >= :since ORDER BY first_seen_at DESC, id DESC LIMIT :most;

-- name: standing
-- The posts by which readers may have a story: its own and answers (acts 0, 2), and round-ups that name it (4); without
-- those that are being taken away, each with the newest revision that it shows. What waits to go out once more, with the
-- words of its first try, counts. Channel by channel (CROSS JOIN keeps SQLite from making an index of the whole ledger for it),
-- so that a great issue's mails are not walked through.
SELECT d.*, s.kind AS subject_kind, c.name AS channel,
    max(coalesce((SELECT m.revision FROM message_stories m
                  WHERE m.message_id = d.message_id AND m.story_id = :story), -1),
        coalesce((SELECT max(m.revision) FROM deliveries e
                  JOIN message_stories m ON m.message_id = e.message_id AND m.story_id = :story
                  WHERE e.parent_id = d.id AND e.act = 1 AND e.state = 4), -1)) AS shown
FROM (SELECT :story AS id UNION ALL SELECT issue_id FROM issue_stories WHERE story_id = :story) told CROSS JOIN channels c
CROSS JOIN deliveries d ON d.subject_id = told.id AND d.channel_id = c.id AND d.recipient = 0
JOIN subjects s ON s.id = d.subject_id
WHERE (d.act IN (0, 2) OR (d.act = 4 AND EXISTS (
        SELECT 1 FROM message_stories m WHERE m.message_id = d.message_id AND m.story_id = :story)))
  AND (d.state IN (3, 4, 6) OR (d.state IN (0, 1, 2) AND d.doubts > 0))
  AND NOT EXISTS (SELECT 1 FROM deliveries x WHERE x.parent_id = d.id AND x.act = 3 AND x.state NOT IN (5, 7))
ORDER BY d.id;

-- name: mailed
-- The channels by which readers were mailed a story, alone or in an issue.
SELECT c.name FROM channels c WHERE EXISTS (
    SELECT 1 FROM deliveries d
    WHERE d.subject_id IN (SELECT :story UNION ALL SELECT issue_id FROM issue_stories WHERE story_id = :story)
      AND d.channel_id = c.id AND d.recipient > 0 AND d.state IN (3, 4, 6))
ORDER BY c.name;

-- name: take_of
SELECT take_of FROM stories WHERE id = ?;

-- name: takes
-- All takes of the story to which one belongs, that one included, the oldest first.
WITH RECURSIVE
    up (id, take_of) AS (SELECT id, take_of FROM stories WHERE id = :story
        UNION SELECT s.id, s.take_of FROM stories s JOIN up ON s.id = up.take_of),
    down (id) AS (SELECT id FROM up WHERE take_of IS NULL
        UNION SELECT s.id FROM stories s JOIN down ON s.take_of = down.id)
SELECT s.id, s.first_seen_at, r.article
FROM down JOIN stories s ON s.id = down.id JOIN revisions r ON r.story_id = s.id AND r.revision = s.revision
ORDER BY s.id;

-- name: mails
-- How many readers were mailed a story and by what: a digest, or a mail of its own (an empty name).
SELECT c.name AS channel, coalesce(i.digest, '') AS digest, coalesce(i.slot, '') AS slot, count(*) AS n
FROM deliveries d JOIN channels c ON c.id = d.channel_id LEFT JOIN issues i ON i.id = d.subject_id
WHERE d.subject_id IN (SELECT :story UNION ALL SELECT issue_id FROM issue_stories WHERE story_id = :story)
  AND d.recipient > 0 AND d.act = 0 AND d.state IN (3, 4, 6)
GROUP BY c.name, i.id ORDER BY c.name, i.id;

-- name: roundups
-- The posts that name a story among several, and whether anything changes them because of it.
SELECT c.name AS channel, d.url, EXISTS (
    SELECT 1 FROM deliveries f WHERE f.parent_id = d.id AND f.subject_id = :story AND f.state NOT IN (5, 7)) AS is_changed
FROM issue_stories x JOIN deliveries d ON d.subject_id = x.issue_id AND d.act = 4 AND d.state IN (3, 4, 6)
JOIN channels c ON c.id = d.channel_id
WHERE x.story_id = :story ORDER BY d.id;

-- name: pages
-- The pages of a feed's stories that readers have (by a post, a mail or in an issue), those looked at longest ago first.
SELECT s.id, s.url, s.first_seen_at, p.at, p.gone_at FROM stories s LEFT JOIN page_looks p ON p.story_id = s.id
WHERE s.feed = :feed AND s.first_seen_at > :since AND s.pubstatus = 'usable' AND s.url LIKE 'http%'
  AND EXISTS (SELECT 1 FROM deliveries d
              WHERE d.subject_id IN (SELECT s.id UNION ALL SELECT issue_id FROM issue_stories WHERE story_id = s.id)
                AND d.state IN (3, 4, 6))
ORDER BY coalesce(p.at, 0), s.id;

-- name: looked
INSERT INTO page_looks (story_id, at, gone_at) VALUES (:story, :now, CASE WHEN :gone THEN :now END)
ON CONFLICT (story_id) DO UPDATE SET at = :now, gone_at = CASE WHEN :gone THEN coalesce(gone_at, :now) END;
