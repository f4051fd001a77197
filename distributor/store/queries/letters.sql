-- name: new_subject
INSERT INTO subjects (kind) VALUES (?) RETURNING id;

-- name: write
INSERT INTO letters (id, subscriber_id, kind, language, fields, created_at)
VALUES (:id, :subscriber, :kind, :language, :fields, :now);

-- name: get
-- In the reader's language of this moment, which may have changed since it was written.
SELECT l.id, l.subscriber_id, l.kind, l.fields, l.created_at,
       CASE WHEN l.language <> '' THEN l.language ELSE u.language END AS language
FROM letters l JOIN subscribers u ON u.id = l.subscriber_id WHERE l.id = ?;

-- name: latest
SELECT max(id) AS id FROM letters WHERE subscriber_id = ? AND kind = ?;

-- name: consent
INSERT INTO consents (subscriber_id, at, act, topics, source, form, version, network)
VALUES (:subscriber, :now, :act, :topics, :source, :form, :version, :network);

-- name: consents
SELECT at, act, topics, source, form, version, network FROM consents WHERE subscriber_id = ? ORDER BY id;
