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

-- name: candidates
-- Candidates for an issue: those of its window and those that the issue before left, if no issue of the digest carries
-- them. What a feed held before we first read it never was news to our readers; what somebody has skipped everywhere is
-- none. "is_held": it waits for somebody who has looked (prepared obituaries, perhaps), not for a template or a take-over.
WITH looked (id) AS (
    SELECT id FROM stories WHERE id > :after AND id <= :upto
    UNION
    SELECT story_id FROM issue_left WHERE issue_id = :before)
SELECT s.id, s.first_seen_at, s.baseline, r.article,
       EXISTS (SELECT 1 FROM deliveries d WHERE d.subject_id = s.id AND +d.state = 2
               AND (d.held_until IS NULL OR d.held_by IN ('approval', 'desk', 'stop'))
               AND d.held_by NOT IN ('template', 'take-over')) AS is_held
FROM looked JOIN stories s ON s.id = looked.id
JOIN revisions r ON r.story_id = s.id AND r.revision = s.revision
WHERE s.baseline = 0
  AND (:published_since IS NULL OR coalesce(s.published_at, s.first_seen_at) >= :published_since)
  AND NOT EXISTS (SELECT 1 FROM issue_stories x JOIN issues i ON i.id = x.issue_id
                  WHERE x.story_id = s.id AND i.digest = :digest AND i.state <> 'skipped')
  AND (NOT EXISTS (SELECT 1 FROM events e WHERE e.subject_id = s.id AND e.kind = 'skipped')
       OR EXISTS (SELECT 1 FROM deliveries d WHERE d.subject_id = s.id AND d.state <> 7))
ORDER BY s.id;

-- name: released
SELECT EXISTS (SELECT 1 FROM events WHERE subject_id = ? AND kind = 'released') AS is_so;

-- name: newest
SELECT coalesce(max(id), 0) AS id FROM stories WHERE :before IS NULL OR first_seen_at <= :before;

-- name: of_issue
SELECT s.id, s.first_seen_at, s.baseline, r.article
FROM issue_stories i
JOIN stories s ON s.id = i.story_id
JOIN revisions r ON r.story_id = s.id AND r.revision = s.revision
WHERE i.issue_id = ? AND s.pubstatus = 'usable'
ORDER BY i.position;

-- name: latest
SELECT s.id, s.first_seen_at, s.baseline, r.article
FROM stories s JOIN revisions r ON r.story_id = s.id AND r.revision = s.revision
ORDER BY s.id DESC LIMIT ?;

-- name: by_key
SELECT story_id FROM story_keys WHERE key = ?;

-- name: feed_state
SELECT etag, modified, body_hash, baseline_at, checked_at, changed_at, failures, last_error, fenced, next_at, next_why
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

-- name: came
SELECT first_seen_at AS at FROM stories WHERE feed = ? AND first_seen_at >= ? AND baseline = 0 ORDER BY first_seen_at;
