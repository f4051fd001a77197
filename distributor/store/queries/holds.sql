-- name: chosen
-- What waits of a scope: not at the wire, no alert (act 5), and a deletion (3) only where it is asked for or named, for
-- whoever holds or skips a story means its posts. Each state has an index of its own.
SELECT d.id, d.subject_id, d.channel_id, d.recipient, d.act, d.state, d.held_by, d.held_until, d.stale_at, c.name AS channel
FROM (SELECT * FROM deliveries INDEXED BY deliveries_planned WHERE state = 0
      UNION ALL SELECT * FROM deliveries INDEXED BY deliveries_due WHERE state = 1
      UNION ALL SELECT * FROM deliveries INDEXED BY deliveries_trouble WHERE state = 2) d
JOIN channels c ON c.id = d.channel_id
WHERE d.act <> 5 AND (d.act <> 3 OR :deletions OR :ids IS NOT NULL)
  AND (:channel IS NULL OR c.name = :channel) AND (:by IS NULL OR d.held_by = :by)
  AND (:subject IS NULL OR d.subject_id = :subject)
  AND (:ids IS NULL OR d.id IN (SELECT value FROM json_each(:ids)))
  AND (:feed IS NULL OR d.subject_id IN (SELECT id FROM stories WHERE feed = :feed))
ORDER BY d.id;

-- name: at_the_wire
-- What of a scope can no longer be held.
SELECT count(*) AS n FROM deliveries d JOIN channels c ON c.id = d.channel_id
WHERE d.lease_owner IS NOT NULL AND d.state = 3 AND d.act <> 5
  AND (:channel IS NULL OR c.name = :channel) AND (:subject IS NULL OR d.subject_id = :subject)
  AND (:ids IS NULL OR d.id IN (SELECT value FROM json_each(:ids)));

-- name: sections
-- The sections of stories, and of the stories that issues carry, as JSON arrays.
SELECT s.id AS subject_id, json_extract(r.article, '$.categories') AS categories
FROM stories s JOIN revisions r ON r.story_id = s.id AND r.revision = s.revision
WHERE s.id IN (SELECT value FROM json_each(:ids))
UNION ALL
SELECT x.issue_id, json_extract(r.article, '$.categories')
FROM issue_stories x JOIN stories s ON s.id = x.story_id
JOIN revisions r ON r.story_id = s.id AND r.revision = s.revision
WHERE x.issue_id IN (SELECT value FROM json_each(:ids));

-- name: put_on_hold
-- Whatever waits, a claimed row included: its claimer finds it gone before it touches the wire.
UPDATE deliveries SET state = 2, held_by = :by, held_until = :until, reason = :reason, lease_owner = NULL, lease_until = NULL
WHERE id IN (SELECT value FROM json_each(:ids)) AND state IN (0, 1, 2) RETURNING id, subject_id, channel_id, recipient;

-- name: drop
UPDATE deliveries SET state = 7, held_by = '', held_until = NULL, reason = :reason, ended_at = :now,
    lease_owner = NULL, lease_until = NULL
WHERE id IN (SELECT value FROM json_each(:ids)) AND state IN (0, 1, 2) RETURNING id, subject_id, channel_id, recipient;

-- name: hurry
-- Sent next, as a flash is: past every gate that only asks for patience.
UPDATE deliveries SET priority = 1, due_at = :now, stale_at = CASE WHEN stale_at < :fresh THEN :fresh ELSE stale_at END
WHERE id IN (SELECT value FROM json_each(:ids)) AND state IN (0, 1, 2);

-- name: fall_due
UPDATE deliveries SET state = 1, reason = :reason WHERE id IN (SELECT value FROM json_each(:ids)) AND state = 0;

-- name: move_planned
-- Another time for what is planned, within its shelf life.
UPDATE deliveries SET due_at = :at, reason = :reason WHERE id IN (SELECT value FROM json_each(:ids)) AND state = 0
  AND (stale_at IS NULL OR stale_at > :at) RETURNING id, subject_id, channel_id, recipient;

-- name: move_due
-- What is due already waits anew, held by the desk; what another hold has taken meanwhile is that one's. A claimed row
-- included: its claimer finds it gone before it touches the wire.
UPDATE deliveries SET state = 2, held_by = :by, held_until = :at, reason = :reason, lease_owner = NULL, lease_until = NULL
WHERE id IN (SELECT value FROM json_each(:ids)) AND state IN (1, 2) AND held_by IN (SELECT value FROM json_each(:from))
  AND (stale_at IS NULL OR stale_at > :at) RETURNING id, subject_id, channel_id, recipient;

-- name: people
-- Whose deliveries rows are, for the record.
SELECT id, subject_id, channel_id, recipient FROM deliveries WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id;

-- name: waiting_for_somebody
SELECT d.held_by, coalesce(st.feed, '') AS feed, c.name AS channel, count(*) AS n
FROM deliveries d JOIN channels c ON c.id = d.channel_id LEFT JOIN stories st ON st.id = d.subject_id
WHERE d.state = 2 AND d.held_until IS NULL
GROUP BY d.held_by, st.feed, c.name ORDER BY d.held_by, st.feed, c.name;

-- name: reconsider
-- What the channel's gates hold (rules.holds.GATES), and what its reader wants later (dials); either may be another one now.
UPDATE deliveries SET state = 1, held_by = '', held_until = NULL, reason = 'waited: ' || reason
WHERE state = 2 AND held_until IS NOT NULL
  AND held_by IN ('pacing', 'quiet hours', 'slots', 'budget', 'dials');

-- name: upcoming
-- What leaves next, as far as the clock lets it: each post, and the mails to many readers as one. Of each group SQLite shows
-- the row of its minimum (sqlite.org/lang_select.html, section 2.5). Each state has an index of its own; the groups are
-- made of the few columns that they need, and told whole once they are chosen.
SELECT w.leaves_at, w.n, d.*, s.kind AS subject_kind, c.name AS channel,
       st.headline AS headline, st.url AS story_url, i.digest AS digest, i.slot AS slot, a.text AS alert
FROM (SELECT min(leaves_at) AS leaves_at, count(*) AS n, id, priority, due_at FROM (
          SELECT max(due_at, :now) AS leaves_at, id, subject_id, channel_id, act, recipient, priority, due_at
          FROM deliveries INDEXED BY deliveries_planned WHERE state = 0
          UNION ALL SELECT max(due_at, :now), id, subject_id, channel_id, act, recipient, priority, due_at
          FROM deliveries INDEXED BY deliveries_due WHERE state = 1
          UNION ALL SELECT max(held_until, :now), id, subject_id, channel_id, act, recipient, priority, due_at
          FROM deliveries INDEXED BY deliveries_waiting WHERE held_until IS NOT NULL AND state = 2)
      GROUP BY subject_id, channel_id, act, CASE WHEN recipient = 0 THEN id END
      ORDER BY min(leaves_at), priority, due_at, id LIMIT :limit) w
JOIN deliveries d ON d.id = w.id
JOIN subjects s ON s.id = d.subject_id JOIN channels c ON c.id = d.channel_id
LEFT JOIN stories st ON st.id = d.subject_id LEFT JOIN issues i ON i.id = d.subject_id LEFT JOIN alerts a ON a.id = d.subject_id
ORDER BY w.leaves_at, d.priority, d.due_at, d.id;
