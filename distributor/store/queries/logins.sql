-- name: lately
-- Failures within the window, and the last of each sort; those of name and network together since they last succeeded.
WITH recent AS (SELECT * FROM logins WHERE at > :window AND ok = 0),
     both AS (SELECT at FROM recent WHERE name = :name AND network = :network AND id > (
         SELECT coalesce(max(id), 0) FROM logins WHERE name = :name AND network = :network AND ok = 1))
SELECT (SELECT count(*) FROM both) AS both, (SELECT max(at) FROM both) AS both_at,
       (SELECT count(*) FROM recent WHERE name = :name) AS name, (SELECT max(at) FROM recent WHERE name = :name) AS name_at,
       (SELECT count(*) FROM recent WHERE network = :network) AS network,
       (SELECT max(at) FROM recent WHERE network = :network) AS network_at,
       (SELECT count(*) FROM recent) AS everybody, (SELECT max(at) FROM recent) AS everybody_at,
       EXISTS (SELECT 1 FROM logins WHERE name = :name AND network = :network AND ok = 1) AS is_at_home;

-- name: note
INSERT INTO logins (at, name, network) VALUES (:now, :name, :network) RETURNING id;

-- name: succeeded
UPDATE logins SET ok = 1 WHERE id = ? AND ok = 0;

-- name: forget
DELETE FROM logins WHERE at <= :month OR (at <= :window AND ok = 0);
