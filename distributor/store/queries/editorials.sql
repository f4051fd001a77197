-- name: add
INSERT INTO editorials (at, kind, who, through, reason, text, problem)
VALUES (:now, :kind, :who, :through, :reason, :text, :problem) RETURNING id;

-- name: latest
SELECT * FROM editorials ORDER BY id DESC LIMIT ?;

-- name: get
SELECT * FROM editorials WHERE id = ?;

-- name: judge
-- What a running program met when it took a version over; whoever judged meanwhile is not overruled.
UPDATE editorials SET problem = :problem WHERE id = :number AND problem = :before;
