-- name: put
-- The last word counts; every one of them is an event.
INSERT INTO wordings (subject_id, channel_id, text, who, through, at)
SELECT :story, id, :text, :who, :through, :now FROM channels WHERE name = :channel
ON CONFLICT (subject_id, channel_id) DO UPDATE SET text = :text, who = :who, through = :through, at = :now;

-- name: get
SELECT w.text, w.who, w.at FROM wordings w JOIN channels c ON c.id = w.channel_id
WHERE w.subject_id = ? AND c.name = ?;

-- name: waiting
-- Rows of a story on a channel that have not left yet, nor are in doubt: what can still be worded otherwise.
SELECT d.id, d.channel_id FROM deliveries d JOIN channels c ON c.id = d.channel_id
WHERE d.subject_id = ? AND c.name = ? AND d.state IN (0, 1, 2) AND d.doubts = 0 AND d.act = 0;
