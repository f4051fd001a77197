-- name: add
INSERT INTO editorials (at, kind, who, through, reason, text, problem)
VALUES (:now, :kind, :who, :through, :reason, :text, :problem) RETURNING id;

-- name: latest
SELECT * FROM editorials ORDER BY id DESC LIMIT ?;

-- name: get
SELECT * FROM editorials WHERE id = ?;

-- name: in_force
-- What was taken over last: the newest that nothing is said against.
SELECT text FROM editorials WHERE problem = '' ORDER BY id DESC LIMIT 1;

-- name: judge
-- What a running program met when it took a version over; whoever judged meanwhile is not overruled.
UPDATE editorials SET problem = :problem WHERE id = :number AND problem = :before;
