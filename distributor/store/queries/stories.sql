-- name: known
-- The stories behind a set of keys (a JSON array), for identity to decide with.
SELECT k.key, k.fingerprint AS told, s.id AS story_id, s.fingerprint, s.revision, s.pubstatus, s.feed,
       json_extract(r.article, '$.categories') AS categories,
       json_extract(r.article, '$.embargoed') IS NOT NULL AS is_embargoed
FROM story_keys k JOIN stories s ON s.id = k.story_id
JOIN revisions r ON r.story_id = s.id AND r.revision = s.revision
WHERE k.key IN (SELECT value FROM json_each(?));

-- name: get
-- One story as it reads now.
SELECT s.id, s.first_seen_at, s.baseline, r.article
FROM stories s JOIN revisions r ON r.story_id = s.id AND r.revision = s.revision
WHERE s.id = ?;

-- name: some
-- Several (a JSON array) as they read now.
SELECT s.id, s.first_seen_at, s.baseline, r.article
FROM stories s JOIN revisions r ON r.story_id = s.id AND r.revision = s.revision
WHERE s.id IN (SELECT value FROM json_each(?));

-- name: candidates
-- Candidates for an issue: those of its window and those that an issue of late has left. What a feed held before we first
-- read it never was news to our readers; what somebody has skipped everywhere is none. "is_held": it waits for somebody
-- who has looked (prepared obituaries, perhaps), not for a template or a take-over.
WITH waited (id, at) AS (
    SELECT l.story_id, max(i.opened_at) FROM issues i JOIN issue_left l ON l.issue_id = i.id
    WHERE i.digest = :digest AND i.opened_at >= :waited_since GROUP BY 1)
SELECT s.id, s.first_seen_at, s.baseline, r.article, looked.at AS waited_at,
       EXISTS (SELECT 1 FROM deliveries d WHERE d.subject_id = s.id AND +d.state = 2
               AND (d.held_until IS NULL OR d.held_by IN ('approval', 'desk', 'stop'))
               AND d.held_by NOT IN ('template', 'take-over', 'dials')) AS is_held
FROM (SELECT id, max(at) AS at FROM (
          SELECT id, NULL AS at FROM stories WHERE id > :after AND id <= :upto UNION ALL SELECT id, at FROM waited)
      GROUP BY id) looked
JOIN stories s ON s.id = looked.id
JOIN revisions r ON r.story_id = s.id AND r.revision = s.revision
WHERE s.baseline = 0
  AND (NOT EXISTS (SELECT 1 FROM events e WHERE e.subject_id = s.id AND e.kind = 'skipped')
       OR EXISTS (SELECT 1 FROM deliveries d WHERE d.subject_id = s.id AND d.state <> 7))
ORDER BY s.id;

-- name: undecided
-- The same for those who get a digest's stories at once, one by one.
WITH looked (id, at) AS (
    SELECT id, NULL FROM stories WHERE first_seen_at >= :since AND id > :after AND NOT EXISTS (
        SELECT 1 FROM at_once a WHERE a.digest = :digest AND a.story_id = stories.id)
    UNION ALL SELECT story_id, waited_at FROM at_once WHERE digest = :digest AND decided = 0)
SELECT s.id, s.first_seen_at, s.baseline, r.article, looked.at AS waited_at,
       EXISTS (SELECT 1 FROM deliveries d WHERE d.subject_id = s.id AND +d.state = 2
               AND (d.held_until IS NULL OR d.held_by IN ('approval', 'desk', 'stop'))
               AND d.held_by NOT IN ('template', 'take-over', 'dials')) AS is_held
FROM looked JOIN stories s ON s.id = looked.id
JOIN revisions r ON r.story_id = s.id AND r.revision = s.revision
WHERE s.baseline = 0
  AND (NOT EXISTS (SELECT 1 FROM events e WHERE e.subject_id = s.id AND e.kind = 'skipped')
       OR EXISTS (SELECT 1 FROM deliveries d WHERE d.subject_id = s.id AND d.state <> 7))
ORDER BY s.id;

-- name: released
SELECT EXISTS (SELECT 1 FROM events WHERE subject_id = ? AND kind = 'released') AS is_so;

-- name: newest
SELECT coalesce(max(id), 0) AS id FROM stories WHERE :before IS NULL OR first_seen_at <= :before;

-- name: of_issue
-- What is news in an issue.
SELECT s.id, s.first_seen_at, s.baseline, r.article
FROM issue_stories i
JOIN stories s ON s.id = i.story_id
JOIN revisions r ON r.story_id = s.id AND r.revision = s.revision
WHERE i.issue_id = ? AND i.is_new = 1 AND s.pubstatus = 'usable'
ORDER BY i.position;

-- name: looked_at
-- All that an issue looks at, without the texts, which are known by their revisions.
SELECT s.id, s.revision, i.waited_at
FROM issue_stories i JOIN stories s ON s.id = i.story_id
WHERE i.issue_id = ? AND s.pubstatus = 'usable'
ORDER BY i.position;

-- name: texts
SELECT s.id, s.first_seen_at, s.baseline, r.article FROM stories s JOIN revisions r ON r.story_id = s.id AND r.revision = s.revision
WHERE s.id IN (SELECT value FROM json_each(?));

-- name: latest
SELECT s.id, s.first_seen_at, s.baseline, r.article
FROM stories s JOIN revisions r ON r.story_id = s.id AND r.revision = s.revision
ORDER BY s.id DESC LIMIT ?;

-- name: by_key
SELECT story_id FROM story_keys WHERE key = ?;

-- name: feed_state
SELECT etag, modified, body_hash, baseline_at, checked_at, changed_at, failures, last_error, fenced, next_at, next_why,
       (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'fenced_at') AS fenced_at
FROM feeds WHERE name = ?;

-- name: feed_read
INSERT INTO feeds (name, etag, modified, body_hash, baseline_at, checked_at, changed_at, next_at, next_why)
VALUES (:name, :etag, :modified, :body_hash, :now, :now, :now, :next_at, :why)
ON CONFLICT (name) DO UPDATE SET etag = :etag, modified = :modified, body_hash = :body_hash,
    baseline_at = coalesce(baseline_at, :now), checked_at = :now, changed_at = :now, failures = 0, last_error = '',
    fenced = 0, next_at = :next_at, next_why = :why;

-- name: is_fenced
SELECT fenced FROM feeds WHERE name = ?;

-- name: feed_unchanged
-- The feed is as the restored store knew it: it brings nothing that another may have sent.
UPDATE feeds SET checked_at = :now, failures = 0, last_error = '', fenced = 0, next_at = :next_at, next_why = :why
WHERE name = :name;

-- name: feed_failed
INSERT INTO feeds (name, checked_at, failures, last_error, next_at, next_why)
VALUES (:name, :now, 1, :reason, :next_at, :why)
ON CONFLICT (name) DO UPDATE SET checked_at = :now, failures = failures + 1, last_error = :reason, next_at = :next_at,
    next_why = :why;

-- name: feeds
SELECT name, baseline_at, checked_at, changed_at, failures, last_error, fenced, next_at, next_why FROM feeds
ORDER BY name;

-- name: rhythm
-- A feed's stories by the hours since they came.
SELECT (:now - first_seen_at) / 3600000 AS ago, count(*) AS n FROM stories
WHERE feed = :feed AND first_seen_at > :since AND first_seen_at <= :now GROUP BY 1;

-- name: brought_after
-- Whether a feed has brought a story since another subject (an alert) came, by their numbers: they are given in the order of
-- the commits, and a story bears the instant at which its reading began. "since" only spares the look at years of stories.
SELECT EXISTS (SELECT 1 FROM stories
               WHERE feed = :feed AND first_seen_at >= :since AND id > :subject AND baseline = 0) AS found;

-- name: came
SELECT first_seen_at AS at FROM stories WHERE feed = ? AND first_seen_at >= ? AND baseline = 0 ORDER BY first_seen_at;
