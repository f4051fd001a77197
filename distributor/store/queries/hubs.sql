-- name: get
SELECT * FROM hubs WHERE feed = ?;

-- name: all
SELECT * FROM hubs;

-- name: asked
-- A renewal leaves a lease that still runs as it is: until the hub has verified the new one, pushes come under the old.
INSERT INTO hubs (feed, hub, topic, standing, asked_at, failures, last_error)
VALUES (:feed, :hub, :topic, 'asked', :now, 0, '')
ON CONFLICT (feed) DO UPDATE SET standing = 'asked', asked_at = :now, last_error = '',
    until = CASE WHEN hub = :hub AND topic = :topic THEN until END, hub = :hub, topic = :topic;

-- name: confirmed
UPDATE hubs SET standing = 'active', until = ?, failures = 0, last_error = '' WHERE feed = ?;

-- name: denied
UPDATE hubs SET standing = 'failed', last_error = ?, failures = failures + 1 WHERE feed = ?;

-- name: was_pushed
SELECT 1 AS is_so FROM pushes WHERE feed = ? AND key = ?;

-- name: pushed
INSERT INTO pushes (feed, key, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING;

-- name: forget
DELETE FROM pushes WHERE at < ?;
