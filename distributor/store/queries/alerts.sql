-- name: beat
-- Proof that the store can be written, for whoever watches from outside.
INSERT INTO meta (key, value) VALUES ('beat', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value;

-- name: sane
PRAGMA quick_check(1);

-- name: new_subject
INSERT INTO subjects (kind) VALUES (?) RETURNING id;

-- name: open_one
SELECT id FROM alerts WHERE key = ? AND recovered_at IS NULL;

-- name: raise
INSERT INTO alerts (id, key, text, hint, raised_at) VALUES (?, ?, ?, ?, ?);

-- name: restate
UPDATE alerts SET text = :text WHERE key = :key AND recovered_at IS NULL AND text <> :text;

-- name: recover
UPDATE alerts SET recovered_at = :now, recovery = :text WHERE key = :key AND recovered_at IS NULL RETURNING id;

-- name: open
SELECT id, key, text, hint, raised_at, recovered_at, recovery FROM alerts WHERE recovered_at IS NULL ORDER BY id;

-- name: get
SELECT id, key, text, hint, raised_at, recovered_at, recovery FROM alerts WHERE id = ?;

-- name: ever
SELECT id FROM alerts WHERE key = ? LIMIT 1;
