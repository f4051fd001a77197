-- name: address
SELECT url FROM stories WHERE id = ?;

-- name: find
SELECT first_at, at, looks, facts FROM preflights WHERE story_id = :story AND url = :url;

-- name: of_story
SELECT first_at, at, looks, facts FROM preflights WHERE story_id = ?;

-- name: keep
-- One more look; another address begins anew.
INSERT INTO preflights (story_id, url, first_at, at, looks, facts) VALUES (:story, :url, :now, :now, 1, :facts)
ON CONFLICT (story_id) DO UPDATE SET first_at = CASE url WHEN :url THEN first_at ELSE :now END,
    looks = CASE url WHEN :url THEN looks + 1 ELSE 1 END, url = :url, at = :now, facts = :facts;

-- name: waited
SELECT until FROM page_waits WHERE delivery_id = ? AND is_waiting = 1;

-- name: note
INSERT INTO page_waits (delivery_id, lacks, is_waiting, until) VALUES (:delivery, :lacks, :waiting, :until)
ON CONFLICT (delivery_id) DO UPDATE SET lacks = :lacks, is_waiting = :waiting, until = :until;

-- name: lacks_of_story
SELECT d.id, w.lacks FROM page_waits w JOIN deliveries d ON d.id = w.delivery_id WHERE d.subject_id = ? AND w.lacks <> '';
