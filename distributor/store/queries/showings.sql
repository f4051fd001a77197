-- name: tries
SELECT tries FROM showings WHERE delivery_id = ?;

-- name: tried
INSERT INTO showings (delivery_id, tries, reason, is_without) VALUES (:delivery, :tries, :reason, :without)
ON CONFLICT (delivery_id) DO UPDATE SET tries = :tries, reason = :reason, is_without = :without;

-- name: find
SELECT name, ready_at FROM shelves WHERE shelf = :shelf AND digest = :digest AND (ends_at IS NULL OR ends_at > :now);

-- name: keep
INSERT INTO shelves (shelf, digest, name, kept_at, ready_at, ends_at) VALUES (:shelf, :digest, :name, :now, :ready, :ends)
ON CONFLICT (shelf, digest) DO UPDATE SET name = :name, kept_at = :now, ready_at = :ready, ends_at = :ends;

-- name: clear
-- Names that are good for nothing any more.
DELETE FROM shelves WHERE ends_at <= :now;

-- name: forget
DELETE FROM shelves WHERE shelf = :shelf AND name = :name;

-- name: of_many
-- What each of some posts shows, by its frozen message, and why one leaves without its picture.
SELECT d.id, json_extract(m.content, '$.image.url') AS picture, s.reason, coalesce(s.is_without, 0) AS is_without
FROM deliveries d LEFT JOIN messages m ON m.id = d.message_id LEFT JOIN showings s ON s.delivery_id = d.id
WHERE d.id IN (SELECT value FROM json_each(?)) AND (m.id IS NOT NULL OR s.delivery_id IS NOT NULL);
