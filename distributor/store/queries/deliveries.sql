-- name: channel
INSERT INTO channels (name, kind) VALUES (:name, :kind) ON CONFLICT (name) DO UPDATE SET kind = :kind RETURNING id;

-- name: skip_waiting
-- What was planned for one kind of platform is not meant for another under the same name.
UPDATE deliveries SET state = 7, reason = :reason, held_by = '', ended_at = :now, lease_owner = NULL, lease_until = NULL
WHERE channel_id = :channel AND state IN (0, 1, 2);

-- name: channels
SELECT id, name, kind, not_before, paused_at, paused_reason FROM channels ORDER BY name;

-- name: plan
-- Planning is idempotent: the key decides, the first decision stands.
INSERT INTO deliveries (subject_id, channel_id, recipient, act, part, revision, state, priority, due_at, planned_at,
                        template, reason)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (subject_id, channel_id, recipient, act, part, revision) DO NOTHING;

-- name: fall_due
UPDATE deliveries SET state = 1 WHERE channel_id = ? AND state = 0 AND due_at <= ?;

-- name: claim_due
-- One statement finds and marks, so no two claims can hold a row. The state stays "due" under a lease; a lease that
-- has run out (its owner died before touching the wire) is claimable again.
UPDATE deliveries SET lease_owner = :owner, lease_until = :until
WHERE id IN (
    SELECT d.id FROM deliveries d
    WHERE d.channel_id = :channel AND d.state = 1 AND d.due_at <= :now
      AND (d.lease_until IS NULL OR d.lease_until <= :now)
      AND EXISTS (SELECT 1 FROM channels c WHERE c.id = :channel AND c.paused_at IS NULL AND c.not_before <= :now)
    ORDER BY d.priority, d.due_at, d.id LIMIT :limit)
RETURNING id;

-- name: by_ids
SELECT d.*, s.kind AS subject_kind, c.name AS channel
FROM deliveries d JOIN subjects s ON s.id = d.subject_id JOIN channels c ON c.id = d.channel_id
WHERE d.id IN (SELECT value FROM json_each(?))
ORDER BY d.priority, d.due_at, d.id;

-- name: add_message
INSERT INTO messages (hash, content, created_at) VALUES (?, ?, ?) ON CONFLICT (hash) DO NOTHING;

-- name: message_id
SELECT id FROM messages WHERE hash = ?;

-- name: message
SELECT content FROM messages WHERE id = ?;

-- name: add_message_story
INSERT INTO message_stories (message_id, story_id, revision) VALUES (?, ?, ?) ON CONFLICT DO NOTHING;

-- name: start
-- "About to touch the wire": only from due, only under our own live lease. The first start's instant stays for good.
UPDATE deliveries SET state = 3, message_id = :message, started_at = coalesce(started_at, :now), lease_until = :until
WHERE id = :id AND state = 1 AND lease_owner = :owner AND lease_until > :now
RETURNING id, started_at;

-- name: record
-- The answer: only from sending, only under our own lease, so that a zombie cannot overwrite a verdict.
UPDATE deliveries SET state = :state, reason = :reason, attempts = attempts + :counts, due_at = :due_at,
    remote_id = :remote_id, url = :url, ended_at = :ended_at, lease_owner = NULL, lease_until = NULL
WHERE id = :id AND state = 3 AND lease_owner = :owner;

-- name: add_attempt
INSERT INTO attempts (delivery_id, at, outcome, detail) VALUES (?, ?, ?, ?);

-- name: put_aside
-- A claimed row that cannot or need not be sent: held (somebody must act) or skipped (nobody will).
UPDATE deliveries SET state = :state, reason = :reason, held_by = :held_by, ended_at = :ended_at,
    message_id = coalesce(:message, message_id), lease_owner = NULL, lease_until = NULL
WHERE id = :id AND state = 1 AND lease_owner = :owner;

-- name: release_held
UPDATE deliveries SET state = 1, held_by = '', reason = 'released'
WHERE state = 2 AND state IN (2, 5, 6) AND held_by = ?;

-- name: give_back
-- A graceful stop, or a restart: claims of which nothing has started are free again.
UPDATE deliveries SET lease_owner = NULL, lease_until = NULL WHERE state = 1 AND lease_owner IS NOT NULL;

-- name: orphans
-- Rows that were about to touch the wire when their owner died, or whose lease has run out without an answer:
-- nobody knows what became of them, and nobody may guess.
UPDATE deliveries SET state = 6, reason = :reason, ended_at = :now, lease_owner = NULL, lease_until = NULL
WHERE state = 3 AND lease_owner IS NOT NULL AND (lease_owner <> :owner OR lease_until <= :now) RETURNING id;

-- name: skip_open
UPDATE deliveries SET state = 7, reason = :reason, held_by = '', ended_at = :now, lease_owner = NULL, lease_until = NULL
WHERE subject_id = :subject AND state IN (0, 1, 2);

-- name: not_before
UPDATE channels SET not_before = max(not_before, ?) WHERE id = ?;

-- name: pause
UPDATE channels SET paused_at = ?, paused_reason = ? WHERE id = ? AND paused_at IS NULL;

-- name: resume
UPDATE channels SET paused_at = NULL, paused_reason = '' WHERE id = ? AND paused_at IS NOT NULL;

-- name: next_due
-- When a lane has something to do again; NULL when nothing waits.
SELECT max(min(waiting.at), c.not_before) AS at
FROM channels c JOIN (
    SELECT min(due_at) AS at FROM deliveries WHERE channel_id = :channel AND state = 0
    UNION ALL
    SELECT min(due_at) FROM deliveries WHERE channel_id = :channel AND state = 1 AND lease_owner IS NULL) waiting
WHERE c.id = :channel AND c.paused_at IS NULL AND waiting.at IS NOT NULL
HAVING count(*) > 0;

-- name: list
SELECT d.*, s.kind AS subject_kind, c.name AS channel, st.headline AS headline, st.url AS story_url,
       i.digest AS digest, i.slot AS slot
FROM deliveries d
JOIN subjects s ON s.id = d.subject_id
JOIN channels c ON c.id = d.channel_id
LEFT JOIN stories st ON st.id = d.subject_id
LEFT JOIN issues i ON i.id = d.subject_id
WHERE (:state IS NULL OR d.state = :state) AND (:channel IS NULL OR c.name = :channel)
ORDER BY d.id DESC LIMIT :limit;

-- name: of_subject
SELECT d.*, s.kind AS subject_kind, c.name AS channel
FROM deliveries d JOIN subjects s ON s.id = d.subject_id JOIN channels c ON c.id = d.channel_id
WHERE d.subject_id = ? ORDER BY c.name, d.recipient, d.id;

-- name: issues_carrying
SELECT i.id, i.digest, i.slot, i.state FROM issues i JOIN issue_stories x ON x.issue_id = i.id
WHERE x.story_id = ? ORDER BY i.id;

-- name: counts
SELECT c.name AS channel, d.state AS state, count(*) AS n
FROM deliveries d JOIN channels c ON c.id = d.channel_id GROUP BY c.id, d.state;

-- name: subject_counts
SELECT state, count(*) AS n FROM deliveries WHERE subject_id = ? GROUP BY state;

-- name: event
INSERT INTO events (at, kind, subject_id, delivery_id, actor, detail) VALUES (?, ?, ?, ?, ?, ?);

-- name: events
SELECT at, kind, actor, detail FROM events ORDER BY id DESC LIMIT ?;
