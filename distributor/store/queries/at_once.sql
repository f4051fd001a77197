-- name: decide
-- Decided once; what waits may be seen waiting again and again.
INSERT INTO at_once (digest, story_id, decided, waited_at) VALUES (:digest, :story, :decided, :waited_at)
ON CONFLICT (digest, story_id) DO UPDATE SET decided = :decided, waited_at = coalesce(:waited_at, waited_at)
WHERE decided = 0;
