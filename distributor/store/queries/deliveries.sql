-- name: channel
INSERT INTO channels (name, kind) VALUES (:name, :kind) ON CONFLICT (name) DO UPDATE SET kind = :kind RETURNING id;

-- name: skip_waiting
-- What was planned for one kind of platform is not meant for another under the same name.
UPDATE deliveries SET state = 7, reason = :reason, held_by = '', held_until = NULL, ended_at = :now,
    lease_owner = NULL, lease_until = NULL
WHERE channel_id = :channel AND state IN (0, 1, 2);

-- name: another_account
-- Numbers of posts belong to an account or chat: where another stands under the name they begin anew.
UPDATE channels SET account = :account, account_at = CASE account WHEN '' THEN 0 ELSE :now END,
    last_remote_id = CASE account WHEN '' THEN last_remote_id ELSE '' END,
    fence_id = CASE account WHEN '' THEN fence_id ELSE '' END
WHERE id = :channel AND account <> :account RETURNING account_at;

-- name: forget_place
-- What has left once for the old account has no place in the numbers of the new one.
UPDATE deliveries SET after_id = '' WHERE channel_id = :channel AND state IN (1, 2) AND after_id <> '';

-- name: cannot_be_asked
UPDATE deliveries SET after_id = '', look_at = NULL,
    reason = reason || '; the channel has another account or chat now, where it cannot be looked for'
WHERE channel_id = :channel AND state = 6;

-- name: old_sightings
UPDATE sightings SET remote_id = remote_id || ' before ' || :now WHERE channel_id = :channel;

-- name: channels
SELECT id, name, kind, not_before, paused_at, paused_reason, unproven FROM channels ORDER BY name;

-- name: plan
-- Planning is idempotent: the key decides, the first decision stands. What is in doubt from the start (behind a fence)
-- is looked for behind the newest post that the store knew when it was fenced.
INSERT INTO deliveries (subject_id, channel_id, recipient, act, part, revision, state, priority, due_at, planned_at,
                        template, reason, held_by, stale_at, category, look_at, held_until, parent_id, after_id)
SELECT ?, id, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, CASE WHEN ? THEN fence_id ELSE '' END FROM channels WHERE id = ?
ON CONFLICT (subject_id, channel_id, recipient, act, part, revision) DO NOTHING;

-- name: fall_due
-- The most urgent first, and not a whole great issue at once: one statement over a million rows would hold up every lane.
UPDATE deliveries SET state = 1 WHERE id IN (
    SELECT id FROM deliveries WHERE channel_id = ? AND state = 0 AND due_at <= ? ORDER BY priority, due_at LIMIT 200)
  AND state = 0;

-- name: let_go
-- What waited behind a gate until an instant that has come; what has more to pass is looked at row by row ("lapsed").
UPDATE deliveries SET state = 1, held_by = '', held_until = NULL, reason = 'waited: ' || reason
WHERE channel_id = :channel AND held_until IS NOT NULL AND held_until <= :now AND state = 2
  AND NOT (held_by IN ('approval', 'embargo', 'undo', 'desk', 'stop')
           AND EXISTS (SELECT 1 FROM conditions k
                       WHERE k.subject_id = deliveries.subject_id AND k.channel_id = deliveries.channel_id));

-- name: turn
-- Whether a channel may send (neither paused nor told to wait, nor any account or application that it shares), whether
-- any stop may concern it, whether it has yet to prove itself after a pause, and whether there is anything to fall due or
-- to let go: most claims find nothing, and one statement says so.
SELECT c.paused_at IS NULL AND c.not_before <= :now AND NOT EXISTS (
           SELECT 1 FROM channel_scopes s JOIN limits l ON l.scope = s.scope
           WHERE s.channel_id = :channel AND l.not_before > :now) AS is_open,
       c.unproven IS NOT NULL AS is_trial,
       EXISTS (SELECT 1 FROM deliveries WHERE channel_id = :channel AND state = 0 AND due_at <= :now) AS falls_due,
       EXISTS (SELECT 1 FROM deliveries
               WHERE channel_id = :channel AND held_until IS NOT NULL AND held_until <= :now) AS is_let_go,
       EXISTS (SELECT 1 FROM stops WHERE lifted_at IS NULL AND (until IS NULL OR until > :now)
               AND channel IN ('', c.name))
           OR EXISTS (SELECT 1 FROM issue_controls WHERE holds = 1) AS is_stopped
FROM channels c WHERE c.id = :channel;

-- name: claim_due
-- One statement finds and marks, so no two claims can hold a row. The state stays "due" under a lease; a lease that
-- has run out (its owner died before touching the wire) is claimable again.
UPDATE deliveries SET lease_owner = :owner, lease_until = :until
WHERE id IN (
    SELECT d.id FROM deliveries d
    WHERE d.channel_id = :channel AND d.state = 1 AND d.priority <= :floor AND d.due_at <= :now
      AND (d.lease_until IS NULL OR d.lease_until <= :now)
    ORDER BY d.priority, d.due_at, d.id LIMIT :limit)
RETURNING *, (SELECT kind FROM subjects WHERE id = subject_id) AS subject_kind,
    (SELECT name FROM channels WHERE id = channel_id) AS channel;

-- name: waiting
-- A channel's queue as its gates see it.
SELECT id, subject_id, act, priority, due_at, planned_at, stale_at, category, doubts, parent_id FROM deliveries
WHERE channel_id = :channel AND state = 1 AND priority <= :floor AND due_at <= :now
  AND (lease_until IS NULL OR lease_until <= :now)
ORDER BY priority, due_at, id LIMIT :most;

-- name: started_lately
-- What readers of a channel may have seen of it (acts 0, 4: posts and round-ups), also what was in doubt once, whatever
-- became of it. A row that surely came back from the wire unsent does not count; one that left at a later try counts
-- from then on, if its first try is not older than "first".
SELECT CASE WHEN state = 3 THEN :now ELSE max(started_at, coalesce(ended_at, 0)) END AS at, category FROM deliveries
WHERE channel_id = :channel AND recipient = 0 AND started_at IS NOT NULL AND started_at > :first
  AND act IN (0, 4) AND (state IN (3, 4, 6) OR doubts > 0)
  AND (state = 3 OR max(started_at, coalesce(ended_at, 0)) > :since)
ORDER BY at DESC;

-- name: claim_these
-- Rows that the gates let through; the WHERE is that of claim_due, so that the same laws hold.
UPDATE deliveries SET lease_owner = :owner, lease_until = :until
WHERE id IN (SELECT value FROM json_each(:ids)) AND channel_id = :channel AND state = 1
  AND (lease_until IS NULL OR lease_until <= :now)
RETURNING id;

-- name: hold_these
UPDATE deliveries SET state = 2, held_by = :by, held_until = :until, reason = :reason, lease_owner = NULL, lease_until = NULL
WHERE id IN (SELECT value FROM json_each(:ids)) AND state = 1;

-- name: skip_these
UPDATE deliveries SET state = 7, reason = :reason, ended_at = :now, lease_owner = NULL, lease_until = NULL
WHERE id IN (SELECT value FROM json_each(:ids)) AND state = 1 RETURNING id, subject_id;

-- name: by_ids
SELECT d.*, s.kind AS subject_kind, c.name AS channel
FROM deliveries d JOIN subjects s ON s.id = d.subject_id JOIN channels c ON c.id = d.channel_id
WHERE d.id IN (SELECT value FROM json_each(?))
ORDER BY d.priority, d.due_at, d.id;

-- name: add_message
-- None of the statements that every delivery passes has a RETURNING: SQLite keeps its rows in a table of their own, which
-- costs more than the row's change itself (sqlite.org/lang_returning.html, section 2.1); what is to be known is asked after.
INSERT INTO messages (hash, content, created_at) VALUES (?, ?, ?) ON CONFLICT (hash) DO NOTHING;

-- name: message
SELECT content FROM messages WHERE id = ?;

-- name: add_message_story
INSERT INTO message_stories (message_id, story_id, revision) SELECT id, ?, ? FROM messages WHERE hash = ?
ON CONFLICT DO NOTHING;

-- name: start
-- "About to touch the wire": only from due, only under our own live lease. The first start's instant stays for good,
-- and with it the newest post that the channel knew then: whoever looks for this one later begins behind that.
UPDATE deliveries SET state = 3, message_id = (SELECT id FROM messages WHERE hash = :message),
    started_at = coalesce(started_at, :now), lease_until = :until,
    after_id = CASE WHEN started_at IS NULL
        THEN (SELECT last_remote_id FROM channels c WHERE c.id = channel_id) ELSE after_id END
WHERE id = :id AND state = 1 AND lease_owner = :owner AND lease_until > :now;

-- name: record
-- The answer: only from sending, only under our own lease, so that a zombie cannot overwrite a verdict; nor can an answer
-- that comes after its own try was given up speak for the next one (doubts).
UPDATE deliveries SET state = :state, reason = :reason, attempts = attempts + :counts, due_at = :due_at,
    remote_id = :remote_id, url = :url, ended_at = :ended_at, lease_owner = NULL, lease_until = NULL,
    doubts = doubts + (:state = 6), look_at = :look_at
WHERE id = :id AND state = 3 AND lease_owner = :owner AND doubts = :doubts;

-- name: message_hashes
-- What the event of a success says: the exact message.
SELECT d.id, m.hash FROM deliveries d JOIN messages m ON m.id = d.message_id
WHERE d.id IN (SELECT value FROM json_each(?));

-- name: newest_post
-- Ids of one platform grow: a longer one is newer, of two equally long ones the greater.
UPDATE channels SET last_remote_id = :remote_id
WHERE id = :channel AND (length(:remote_id) > length(last_remote_id)
                         OR (length(:remote_id) = length(last_remote_id) AND :remote_id > last_remote_id));

-- name: add_attempt
INSERT INTO attempts (delivery_id, at, outcome, detail) VALUES (?, ?, ?, ?);

-- name: put_aside
-- A claimed row that cannot or need not be sent: held (somebody must act, or its post be sent) or skipped (nobody will).
UPDATE deliveries SET state = :state, reason = :reason, held_by = :held_by, held_until = :until, ended_at = :ended_at,
    message_id = coalesce((SELECT id FROM messages WHERE hash = :message), message_id), lease_owner = NULL, lease_until = NULL
WHERE id = :id AND state = 1 AND lease_owner = :owner;

-- name: release_held
UPDATE deliveries SET state = 1, held_by = '', held_until = NULL, reason = 'released'
WHERE state = 2 AND held_by = ?;

-- name: give_back
-- A graceful stop, or a restart: claims of which nothing has started are free again.
UPDATE deliveries SET lease_owner = NULL, lease_until = NULL WHERE state = 1 AND lease_owner IS NOT NULL;

-- name: places
-- Where claimed rows are bound for, until when and why those channels may not send (as "turn" says), and whether any stop
-- may concern them.
SELECT d.id, d.started_at, d.doubts, c.id AS channel, c.paused_at,
  max(c.not_before, (SELECT coalesce(max(l.not_before), 0) FROM channel_scopes s JOIN limits l ON l.scope = s.scope
                     WHERE s.channel_id = c.id)) AS not_before,
  EXISTS (SELECT 1 FROM stops WHERE lifted_at IS NULL AND channel IN ('', c.name))
      OR EXISTS (SELECT 1 FROM issue_controls WHERE holds = 1) AS may_be_stopped
FROM deliveries d JOIN channels c ON c.id = d.channel_id WHERE d.id IN (SELECT value FROM json_each(?));

-- name: revisions
-- The latest texts of the stories that messages carry.
SELECT id, revision FROM stories WHERE id IN (SELECT value FROM json_each(?));

-- name: give_this_back
-- Its channel was told to wait between the claim and the wire, or its words are no longer those of its story.
UPDATE deliveries SET lease_owner = NULL, lease_until = NULL WHERE id = :id AND state = 1 AND lease_owner = :owner;

-- name: wait_for_money
-- The gates let it through, but the money was spent between the claim and the wire.
UPDATE deliveries SET state = 2, held_by = 'budget', held_until = :until, reason = :reason,
    lease_owner = NULL, lease_until = NULL
WHERE id = :id AND state = 1 AND lease_owner = :owner;

-- name: orphans
-- Rows that were about to touch the wire when their owner died, or whose lease has run out without an answer:
-- nobody knows what became of them, and nobody may guess.
UPDATE deliveries SET state = 6, reason = :reason, ended_at = :now, lease_owner = NULL, lease_until = NULL,
    doubts = doubts + 1, look_at = :look_at
WHERE state = 3 AND lease_owner IS NOT NULL AND (lease_owner <> :owner OR lease_until <= :now)
RETURNING id, subject_id;

-- name: skip_open
-- Of a withdrawn story: what surely never left, and changes (act 1) that need not be made any more. What takes a post
-- away (act 3) goes on.
UPDATE deliveries SET state = 7, reason = :reason, held_by = '', held_until = NULL, ended_at = :now,
    lease_owner = NULL, lease_until = NULL
WHERE subject_id = :subject AND state IN (0, 1, 2) AND act <> 3 AND (doubts = 0 OR act = 1);

-- name: doubt_again
-- Of a withdrawn story: what waits to be sent once more, because nobody found its first try. It will not be sent, so only
-- the channel can still show whether it came.
UPDATE deliveries SET state = 6, reason = :reason, held_by = '', held_until = NULL, ended_at = :now, looks = 0,
    look_at = :look_at, lease_owner = NULL, lease_until = NULL
WHERE subject_id = :subject AND state IN (0, 1, 2) AND act NOT IN (1, 3) AND doubts > 0 RETURNING id;

-- name: not_before
UPDATE channels SET not_before = max(not_before, ?) WHERE id = ?;

-- name: scope
INSERT INTO channel_scopes (channel_id, scope) VALUES (?, ?) ON CONFLICT DO NOTHING;

-- name: forget_scopes
DELETE FROM channel_scopes WHERE channel_id = ?;

-- name: limit
-- A limit that is already longer stays.
INSERT INTO limits (scope, not_before, reason) VALUES (:scope, :until, :reason)
ON CONFLICT (scope) DO UPDATE SET not_before = :until, reason = :reason WHERE not_before < :until;

-- name: limits_of
SELECT l.scope, l.not_before, l.reason FROM channel_scopes s JOIN limits l ON l.scope = s.scope
WHERE s.channel_id = ? ORDER BY l.scope;

-- name: pause
UPDATE channels SET paused_at = ?, paused_reason = ? WHERE id = ? AND paused_at IS NULL;

-- name: resume
UPDATE channels SET paused_at = NULL, paused_reason = '', unproven = paused_reason WHERE id = ? AND paused_at IS NOT NULL;

-- name: proven
-- What was claimed after the end of the pause has been accepted.
UPDATE channels SET unproven = NULL WHERE id = ? AND paused_at IS NULL;

-- name: next_due
-- When a lane has something to do again; NULL when nothing waits.
SELECT max(min(waiting.at), c.not_before,
           (SELECT coalesce(max(l.not_before), 0) FROM channel_scopes s JOIN limits l ON l.scope = s.scope
            WHERE s.channel_id = :channel)) AS at
FROM channels c JOIN (
    SELECT min(due_at) AS at FROM deliveries WHERE channel_id = :channel AND state = 0 AND priority <= :floor
    UNION ALL
    SELECT min(due_at) FROM deliveries
    WHERE channel_id = :channel AND state = 1 AND lease_owner IS NULL AND priority <= :floor
    UNION ALL
    SELECT min(held_until) FROM deliveries
    WHERE channel_id = :channel AND held_until IS NOT NULL AND priority <= :floor) waiting
WHERE c.id = :channel AND c.paused_at IS NULL AND waiting.at IS NOT NULL
HAVING count(*) > 0;

-- name: list
-- The latest rows of a state, a channel, or all: found by number first, in the index of what is rare, and then told.
SELECT d.*, s.kind AS subject_kind, c.name AS channel, st.headline AS headline, st.url AS story_url,
       i.digest AS digest, i.slot AS slot, a.text AS alert, l.kind AS letter
FROM (SELECT id FROM (
          SELECT id, channel_id FROM deliveries INDEXED BY deliveries_planned WHERE :state = 0 AND state = 0
          UNION ALL SELECT id, channel_id FROM deliveries INDEXED BY deliveries_due WHERE :state = 1 AND state = 1
          UNION ALL SELECT id, channel_id FROM deliveries INDEXED BY deliveries_trouble
                    WHERE :state IN (2, 5, 6) AND state = :state AND (state = 2 OR state = 5 OR state = 6)
          UNION ALL SELECT id, channel_id FROM deliveries INDEXED BY deliveries_leased
                    WHERE :state = 3 AND state = 3 AND lease_owner IS NOT NULL
          UNION ALL SELECT id, channel_id FROM (
              SELECT id, channel_id FROM deliveries
              WHERE :state IS NULL
                AND (:channel IS NULL OR channel_id = (SELECT id FROM channels WHERE name = :channel))
              ORDER BY id DESC LIMIT :limit)
          UNION ALL SELECT id, channel_id FROM (
              SELECT id, channel_id FROM deliveries
              WHERE :state IN (4, 7) AND state = :state
                AND (:channel IS NULL OR channel_id = (SELECT id FROM channels WHERE name = :channel))
              ORDER BY id DESC LIMIT :limit))
      WHERE :channel IS NULL OR channel_id = (SELECT id FROM channels WHERE name = :channel)
      ORDER BY id DESC LIMIT :limit) f
JOIN deliveries d ON d.id = f.id
JOIN subjects s ON s.id = d.subject_id
JOIN channels c ON c.id = d.channel_id
LEFT JOIN stories st ON st.id = d.subject_id
LEFT JOIN issues i ON i.id = d.subject_id
LEFT JOIN alerts a ON a.id = d.subject_id
LEFT JOIN letters l ON l.id = d.subject_id
ORDER BY d.id DESC;

-- name: of_subject
SELECT d.*, s.kind AS subject_kind, c.name AS channel
FROM deliveries d JOIN subjects s ON s.id = d.subject_id JOIN channels c ON c.id = d.channel_id
WHERE d.subject_id = ? ORDER BY c.name, d.recipient, d.id;

-- name: answers_of
-- The same of several (a JSON array), but what readers of a mail have in common is one row: the first of them. They are
-- counted without what the rows hold besides, and by few keys: act, part, revision and state are sorted as one number.
SELECT d.*, s.kind AS subject_kind, c.name AS channel, alike.n
FROM (SELECT d.id AS first, 1 AS n FROM json_each(:subjects) told CROSS JOIN channels c
      CROSS JOIN deliveries d ON d.subject_id = told.value AND d.channel_id = c.id AND d.recipient = 0
      UNION ALL SELECT min(id), count(*) FROM deliveries
      WHERE subject_id IN (SELECT value FROM json_each(:subjects)) AND recipient > 0
      GROUP BY subject_id, channel_id, act << 56 | part << 40 | revision << 8 | state, held_by) alike
CROSS JOIN deliveries d ON d.id = alike.first
JOIN subjects s ON s.id = d.subject_id JOIN channels c ON c.id = d.channel_id
ORDER BY c.name, d.id;

-- name: posts_of
SELECT d.*, s.kind AS subject_kind, c.name AS channel
FROM deliveries d JOIN subjects s ON s.id = d.subject_id JOIN channels c ON c.id = d.channel_id
WHERE d.subject_id = ? AND d.recipient = 0 ORDER BY c.name, d.id;

-- name: issues_carrying
-- In which a story was news; others may have brought it to those who had not had it.
SELECT i.id, i.digest, i.slot, i.state FROM issues i JOIN issue_stories x ON x.issue_id = i.id
WHERE x.story_id = ? AND x.is_new = 1 ORDER BY i.id;

-- name: counts
-- Behind a number all rows, before it those that had not ended when they were last counted. What no route accepted (skipped,
-- without an end of its own) may go yet ("unroute"), and is counted whole, by its index.
SELECT channel_id, state, count(*) AS n FROM (
    SELECT channel_id, state FROM deliveries WHERE id > :upto AND NOT (state = 7 AND ended_at IS NULL)
    UNION ALL SELECT d.channel_id, d.state FROM json_each(:open) o CROSS JOIN deliveries d ON d.id = o.value
    UNION ALL SELECT channel_id, 7 FROM deliveries INDEXED BY deliveries_unrouted WHERE state = 7 AND ended_at IS NULL)
GROUP BY channel_id, state;

-- name: settled
-- Of the rows up to a number, and of those before it that had not ended: how many have for good, and which have not.
SELECT channel_id, state, count(*) AS n, CASE WHEN state < 4 OR state = 6 THEN id END AS open FROM (
    SELECT id, channel_id, state FROM deliveries
    WHERE id > :after AND id <= :upto AND NOT (state = 7 AND ended_at IS NULL)
    UNION ALL SELECT d.id, d.channel_id, d.state FROM json_each(:open) o CROSS JOIN deliveries d ON d.id = o.value)
GROUP BY channel_id, state, open;

-- name: countable
-- The last row, and the one before which so many have not ended; NULL: there are fewer of them.
SELECT (SELECT max(id) FROM deliveries) AS last, (
    SELECT id FROM deliveries WHERE id > :after AND (state < 4 OR state = 6) ORDER BY id LIMIT 1 OFFSET :most) AS open;

-- name: closed_counts
-- What an issue's closing has counted, beside how many of it are in doubt now: only those can have moved since.
SELECT i.counts, (SELECT count(*) FROM deliveries d INDEXED BY deliveries_doubtful
                  WHERE d.state = 6 AND d.subject_id = i.id) AS doubtful
FROM issues i WHERE i.id = ? AND i.state = 'closed' AND i.counts IS NOT NULL;

-- name: subject_counts
SELECT state, count(*) AS n FROM deliveries WHERE subject_id = ? GROUP BY state;

-- name: fence
-- A restored store believes to be unsent what the one that it replaces may have sent. The platform is asked where it can
-- be; what waited for a person waits for a person, or a restore would release it. Only what had left has a doubt of its
-- own; the rest passes its gates like any other once the platform says that it is not there.
UPDATE deliveries SET state = 6, ended_at = :now, held_by = '', held_until = NULL, lease_owner = NULL, lease_until = NULL,
    doubts = doubts + (state = 3),
    -- the words of a post that never left are not those in which another store sent it, nor is its number
    message_id = CASE WHEN started_at IS NULL THEN NULL ELSE message_id END,
    after_id = CASE WHEN started_at IS NULL
        THEN (SELECT fence_id FROM channels c WHERE c.id = channel_id) ELSE after_id END,
    reason = :reason || CASE state WHEN 2 THEN ' (it was held by ' || held_by || ': ' || reason || ')' ELSE '' END,
    -- a change or a deletion (1, 3) can be made a second time on any channel
    look_at = CASE WHEN state = 2 AND held_by NOT IN ('template', 'take-over')
                        AND (held_until IS NULL OR held_by IN ('approval', 'desk', 'stop')) THEN NULL
                   WHEN act IN (1, 3) OR channel_id IN (
                       SELECT c.id FROM channels c WHERE c.name IN (SELECT value FROM json_each(:askable))
                         OR (deliveries.id <= :shared AND c.name IN (SELECT value FROM json_each(:repeatable))))
                   THEN :now END
WHERE state IN (0, 1, 2, 3) RETURNING id, subject_id;

-- name: in_doubt
-- What was planned in doubt, and nothing on record says so yet. The plus sign keeps SQLite on the subject.
SELECT id FROM deliveries WHERE subject_id = ? AND +state = 6 AND id NOT IN (
    SELECT delivery_id FROM events e WHERE e.subject_id = deliveries.subject_id AND delivery_id IS NOT NULL);

-- name: fence_alerts
-- What the desk was to be told before the restore is no news after it, nor is a letter: its reader asks again.
UPDATE deliveries SET state = 7, reason = :reason, ended_at = :now, held_by = '', held_until = NULL,
    lease_owner = NULL, lease_until = NULL
WHERE (act = 5 OR subject_id IN (SELECT id FROM letters)) AND state IN (0, 1, 2);

-- name: fence_left
-- What of a fence nobody has settled yet; feeds that are no longer configured are never read again.
SELECT (SELECT count(*) FROM deliveries WHERE state = 6 AND reason LIKE 'restore:%') AS deliveries,
       (SELECT count(*) FROM feeds WHERE fenced = 1 AND name IN (SELECT value FROM json_each(:feeds))) AS feeds;
