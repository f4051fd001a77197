-- name: list
SELECT id, name, role, created_at, password_at FROM people ORDER BY key;

-- name: find
-- With what is kept of the password, for nothing but to compare it.
SELECT id, name, role, created_at, password_at, password FROM people WHERE key = ?;

-- name: add
INSERT INTO people (name, key, role, password, created_at, password_at)
VALUES (:name, :key, :role, :password, :now, :now) ON CONFLICT (key) DO NOTHING;

-- name: set_role
UPDATE people SET role = :role WHERE key = :key;

-- name: set_password
UPDATE people SET password = :password, password_at = :now WHERE key = :key;

-- name: remove
DELETE FROM people WHERE key = :key;

-- name: end_all
-- A new password ends what was opened with the old one.
DELETE FROM sessions WHERE person_id = (SELECT id FROM people WHERE key = :key);

-- name: open
-- Only for the password that was found right: another may have been set meanwhile.
INSERT INTO sessions (hash, person_id, at, seen_at)
SELECT :hash, id, :now, :now FROM people WHERE id = :id AND password = :password;

-- name: bind
-- The first time decides; whoever is gone meanwhile is bound to nobody.
INSERT INTO vouched (person_id, issuer, subject, at)
SELECT id, :issuer, :subject, :now FROM people WHERE id = :id ON CONFLICT (person_id, issuer) DO NOTHING;

-- name: open_vouched
-- Only for the one whom the provider vouched for at the first time: names are given away anew, its own numbers never.
INSERT INTO sessions (hash, person_id, at, seen_at)
SELECT :hash, person_id, :now, :now FROM vouched WHERE person_id = :id AND issuer = :issuer AND subject = :subject;

-- name: forget_sessions
DELETE FROM sessions WHERE at <= :oldest OR seen_at <= :idle;

-- name: whose
SELECT p.name, p.role, s.seen_at FROM sessions s JOIN people p ON p.id = s.person_id
WHERE s.hash = :hash AND s.at > :oldest AND s.seen_at > :idle;

-- name: seen
UPDATE sessions SET seen_at = :now WHERE hash = :hash AND seen_at < :now;

-- name: end
DELETE FROM sessions WHERE hash = :hash;

-- name: tokens
SELECT name, scope, created_at FROM tokens ORDER BY name;

-- name: add_token
INSERT INTO tokens (hash, name, scope, created_at) VALUES (:hash, :name, :scope, :now) ON CONFLICT (name) DO NOTHING;

-- name: remove_token
DELETE FROM tokens WHERE name = ?;

-- name: token
SELECT name, scope, created_at FROM tokens WHERE hash = ?;
