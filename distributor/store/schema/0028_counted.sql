-- What became of an issue's mails when it was closed, by state, as JSON: it is asked for often, and never moves again but
-- for what was in doubt. The event of the closing has said it since there are issues.
ALTER TABLE issues ADD COLUMN counts TEXT;
UPDATE issues SET counts = e.counts
FROM (SELECT subject_id, json_extract(detail, '$.counts') AS counts FROM events WHERE kind = 'closed' AND json_valid(detail)) e
WHERE e.subject_id = issues.id;

-- Every mail of a reader, also what was never made; who is frozen for whom changes no more, so freezing costs no index now.
DROP INDEX deliveries_mailed;
CREATE INDEX deliveries_mailed ON deliveries (recipient, planned_at) WHERE recipient > 0;
