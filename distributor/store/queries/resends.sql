-- name: posts
-- A story's posts on a channel, the oldest first, with the text that each told, the one that stands now, and whether a
-- fence came between: the store before may have done what this one does not know of.
SELECT d.id, d.subject_id, d.channel_id, d.state, d.doubts, d.reason, st.pubstatus, st.revision, r.article,
       (SELECT max(x.revision) FROM message_stories x WHERE x.message_id = d.message_id AND x.story_id = d.subject_id) AS showed,
       coalesce(d.ended_at <= (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'fenced_at'), 0) AS is_before
FROM channels c JOIN deliveries d ON d.channel_id = c.id AND d.subject_id = :story AND d.recipient = 0 AND d.act = 0
JOIN stories st ON st.id = d.subject_id JOIN revisions r ON r.story_id = st.id AND r.revision = st.revision
WHERE c.name = :channel ORDER BY d.id;

-- name: plan
-- A row of its own in the place of one that has ended, under its own key; held by the desk until what it must pass is known.
INSERT INTO deliveries (subject_id, channel_id, recipient, act, part, revision, state, priority, due_at, planned_at,
                        template, reason, held_by, stale_at, category)
SELECT subject_id, channel_id, 0, 0, :part, 0, 2, priority, :now, :now, template, :reason, 'desk', stale_at, category
FROM deliveries WHERE id = :id AND state = 5 AND doubts = 0
RETURNING id, subject_id, channel_id, recipient;
