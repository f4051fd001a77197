-- name: add
INSERT INTO editorials (at, kind, who, through, reason, text, problem)
VALUES (:now, :kind, :who, :through, :reason, :text, :problem) RETURNING id;

-- name: latest
SELECT * FROM editorials ORDER BY id DESC LIMIT ?;

-- name: get
SELECT * FROM editorials WHERE id = ?;
