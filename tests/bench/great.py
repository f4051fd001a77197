"""A newsroom's store after years: 100,000 stories on three channels, 1,000,000 readers, trouble, and a tail of what is
to come. Written by plain SQL on the real schema.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from distributor.model import Article, Message
from distributor.store.codes import to_ms
from distributor.store.connection import SqliteConnection, open_writer
from distributor.store.ledger.messages import message_to_json
from distributor.store.news.articles import article_to_json

#: The channels that stories are posted on, and the one that mails.
CHANNELS, MAIL = ("x", "telegram", "web"), "mail"
CONFIG = """\
[desk]
name = "Northern Wire"
zone = "Europe/Minsk"

[store]
folder = "state"

[web]
public = "http://127.0.0.1:8464"
news = true
corrections = true

[feeds.politics]
url = "https://news.example.org/rss"

[channels.x]
type = "console"

[channels.telegram]
type = "console"

[channels.web]
type = "console"

[channels.mail]
type = "email"
host = "127.0.0.1"
tls = "none"
sender = "News <news@example.org>"

[routes.all]
channels = ["x", "telegram", "web"]

[digests.morning]
channel = "mail"
slots = ["0 7 * * *"]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much stands in the store."""

    stories: int = 100_000
    readers: int = 1_000_000
    #: between two stories, milliseconds: 400 a day
    every: int = 216_000
    #: closed issues of a digest, and the mails on record of each
    issues: int = 700
    mails: int = 100
    #: mails of the issue of this morning, which is still under way
    under_way: int = 20_000
    #: of all posts, one of so many failed, is unknown, waits for somebody, waits for the clock
    failed: int = 100
    unknown: int = 1_000
    held: int = 600
    waiting: int = 1_000
    #: stories that are planned for the hours to come, on each channel
    planned: int = 300
    #: of one story (:attr:`told`): its texts, and the readers who got a mail of its own
    revisions: int = 40
    alerted: int = 20_000
    #: of the first reader: mails of single stories
    letters: int = 2_000
    #: versions of the editorial rules
    rules: int = 300

    @property
    def told(self) -> int:
        """The story that was told and changed most, half an hour ago."""
        return self.stories - 10

    @property
    def deliveries(self) -> int:
        """Rows of the ledger."""
        posts = (self.stories + self.planned) * len(CHANNELS)
        return posts + self.issues * self.mails + self.under_way + self.alerted + self.letters


def fill(file: Path, now: datetime, size: Size) -> None:
    """Write it into a store that knows the channels."""
    with closing(open_writer(file)) as writer:
        writer.run("PRAGMA synchronous = OFF")
        writer.run("PRAGMA cache_size = -1000000")  # a gigabyte: indexes grow at random places
        fields = {
            **asdict(size),
            "told": size.told,
            "now": to_ms(now),
            "article": _article(),
            "message": message_to_json(Message(text="%1")),
            "rows": _rows(writer),
        }
        writer.run("BEGIN")
        for sql in (*_FILL, *_GREAT):
            writer.run(sql, {name: value for name, value in fields.items() if f":{name}" in sql})
        writer.run("COMMIT")
        writer.query("PRAGMA wal_checkpoint(TRUNCATE)")


def _rows(writer: SqliteConnection) -> int:
    """The mail channel's number; the others have those before it."""
    numbers = {row["name"]: row["id"] for row in writer.query("SELECT id, name FROM channels")}
    return int(numbers[MAIL])


def _article() -> str:
    """A story's text of about two thousand characters, with its number left open."""
    told = Article(
        feed="politics",
        guid="guid-%1",
        url="https://news.example.org/politics/story-%1/",
        headline="Headline number %1 about what was decided",
        summary="Summary of story %1.",
        body="A paragraph of what was said and by whom, of a hundred characters, as they have.\n\n" * 18,
        categories=("Politics",),
        language="en",
    )
    return article_to_json(told)


#: Story n came n times "every" before now. Which posts are in trouble is told by their numbers, so that both the last
#: day and the years before have some.
_FILL = (
    """WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :stories + :planned)
       INSERT INTO subjects (id, kind) SELECT i, 1 FROM n""",
    """INSERT INTO stories (id, feed, url, headline, fingerprint, pubstatus, baseline, first_seen_at, published_at)
       SELECT id, 'politics', 'https://news.example.org/politics/story-' || id || '/',
              'Headline number ' || id || ' about what was decided', 'f' || id, 'usable', 0,
              :now - max(0, :stories - id) * :every, :now - max(0, :stories - id) * :every FROM subjects""",
    """INSERT INTO story_words (rowid, headline, url) SELECT id, headline, url FROM stories""",
    """INSERT INTO revisions (story_id, revision, seen_at, article)
       SELECT id, 0, first_seen_at, replace(:article, '%1', id) FROM stories""",
    """INSERT INTO story_keys (key, story_id)
       SELECT 'url:https://news.example.org/politics/story-' || id, id FROM stories
       UNION ALL SELECT 'guid:politics:guid-' || id, id FROM stories""",
    """INSERT INTO messages (id, hash, content, created_at)
       SELECT id, CAST(printf('%032d', id) AS BLOB), replace(:message, '%1', headline), first_seen_at FROM stories""",
    """INSERT INTO message_stories (message_id, story_id, revision) SELECT id, id, 0 FROM stories""",
    # what went out, and what became of the rest: 4 sent, 5 failed, 6 unknown, 2 held, 0 planned
    """WITH post (story, channel, at, n) AS (
           SELECT s.id, c.id, s.first_seen_at, s.id * 3 + c.id FROM stories s, channels c WHERE c.kind = 'console'),
       known (story, channel, at, n, state) AS (
           SELECT *, CASE WHEN story > :stories THEN 0 WHEN n % :failed = 7 THEN 5 WHEN n % :unknown = 11 THEN 6
                          WHEN n % :held = 17 THEN 2 WHEN n % :waiting = 23 THEN 1002 ELSE 4 END FROM post)
       INSERT INTO deliveries (subject_id, channel_id, act, state, due_at, planned_at, attempts, started_at, ended_at,
                               message_id, reason, remote_id, url, held_by, held_until, look_at)
       SELECT story, channel, 0, state % 1000, iif(state, at, :now + (story - :stories) * 250000), at,
              iif(state >= 4 AND state < 1000, 1, 0), iif(state >= 4 AND state < 1000, at + 500, NULL),
              iif(state >= 4 AND state < 1000, at + 900, NULL), iif(state >= 4 AND state < 1000, story, NULL),
              'route all', iif(state = 4, 'remote-' || n, ''), iif(state = 4, 'https://posts.example/' || n, ''),
              CASE state WHEN 2 THEN 'surge' WHEN 1002 THEN 'pacing' ELSE '' END,
              iif(state = 1002, :now + n % 86400 * 1000, NULL), NULL
       FROM known ORDER BY story, channel""",
    """INSERT INTO conditions (subject_id, channel_id, internal, approvals, silence, patience, asked_at, undo)
       SELECT subject_id, channel_id, '', 0, 'hold', 0, NULL, 0 FROM deliveries""",
    """INSERT INTO charges (channel_id, delivery_id, at, micros, what)
       SELECT channel_id, id, started_at, 15000, 'post' FROM deliveries WHERE started_at IS NOT NULL""",
    """WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :readers)
       INSERT INTO subscribers (id, address, language, created_at)
       SELECT i, 'reader.' || i || '@' || substr('abcdefghij', i % 10 + 1, 1) || '.example.org', 'en', :now - i * 1000
       FROM n""",
    """INSERT INTO subscriptions (subscriber_id, topic, state, source, created_at, confirmed_at, unsubscribed_at)
       SELECT id, 'morning', CASE WHEN id % 20 = 3 THEN 'unsubscribed' WHEN id % 50 = 7 THEN 'unconfirmed'
                                  ELSE 'confirmed' END, 'page', created_at, created_at,
              iif(id % 20 = 3, created_at + 900, NULL) FROM subscribers""",
    """INSERT INTO suppressions (address, kind, reason, at)
       SELECT address, 'bounce', '550 5.1.1', created_at FROM subscribers WHERE id % 100 = 9""",
    """INSERT INTO consents (subscriber_id, at, act, topics, source)
       SELECT id, created_at, 'confirmed', '["morning"]', 'page' FROM subscribers""",
    # issues: one a day until yesterday, and the one of this morning
    """WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :issues + 1)
       INSERT INTO subjects (id, kind) SELECT :stories + :planned + i, 2 FROM n""",
    """INSERT INTO issues (id, digest, slot, slot_at, state, window_from, window_to, opened_at, closed_at, recipients,
                           snapshot)
       SELECT s.id, 'morning', 'slot ' || printf('%06d', s.id), :now - g.ago * 86400000 - 18000000,
              iif(g.ago, 'closed', 'open'), 0, 0, :now - g.ago * 86400000 - 18000000,
              iif(g.ago, :now - g.ago * 86400000 - 9000000, NULL), iif(g.ago, :mails, :under_way), :readers
       FROM subjects s JOIN (SELECT id, (SELECT max(id) FROM subjects) - id AS ago FROM subjects WHERE kind = 2) g
       ON g.id = s.id""",
    """INSERT INTO issue_stories (issue_id, position, story_id)
       SELECT i.id, s.value, (i.id % 1000 * 90 + s.value) % :stories + 1
       FROM issues i, json_each('[1,2,3,4,5,6,7,8,9,10]') s""",
    """WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < max(:mails, :under_way))
       INSERT INTO deliveries (subject_id, channel_id, recipient, act, state, due_at, planned_at, attempts, started_at,
                               ended_at, message_id, reason)
       SELECT id, :rows, i, 0, state, opened_at, opened_at, state > 0, iif(state, opened_at, NULL),
              iif(state, opened_at + 900, NULL), iif(state, 1, NULL), 'digest morning'
       FROM (SELECT s.id, n.i, s.opened_at,
                    CASE WHEN s.closed_at IS NULL AND n.i > :under_way / 2 THEN 0 WHEN n.i % 50 = 49 THEN 5 ELSE 4 END
                    AS state
             FROM issues s JOIN n ON n.i <= s.recipients) ORDER BY id, i""",
    """INSERT INTO events (at, kind, subject_id, delivery_id, actor, detail)
       SELECT ended_at, CASE state WHEN 4 THEN 'sent' WHEN 5 THEN 'failed' ELSE 'unknown' END, subject_id, id,
              iif(id % 200 = 5, 'Anna', 'lane'), remote_id
       FROM deliveries WHERE ended_at IS NOT NULL ORDER BY ended_at""",
    """INSERT INTO attempts (delivery_id, at, outcome, detail)
       SELECT id, ended_at, iif(state = 5, 'failed', 'unknown'), 'no answer' FROM deliveries WHERE state IN (5, 6)""",
    """INSERT INTO subjects (kind) VALUES (3)""",
    """INSERT INTO alerts (id, key, text, raised_at)
       SELECT max(id), 'unknown:x', 'deliveries wait for somebody', :now - 3600000 FROM subjects""",
    """INSERT INTO stops (channel, category, reason, who, through, at)
       VALUES ('web', '', 'the page moves', 'Anna', 'desk', :now - 60000)""",
    """INSERT INTO feeds (name, checked_at, changed_at, baseline_at) VALUES ('politics', :now, :now, 1)""",
)
#: What grew great by itself: one story, one reader, the rules.
_GREAT = (
    """WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :revisions)
       INSERT INTO revisions (story_id, revision, seen_at, article)
       SELECT s.id, n.i, s.first_seen_at + n.i * 30000,
              json_set(r.article, '$.revision', n.i, '$.headline', s.headline || ', text ' || n.i)
       FROM stories s JOIN revisions r ON r.story_id = s.id AND r.revision = 0 CROSS JOIN n WHERE s.id = :told""",
    """UPDATE stories SET revision = :revisions WHERE id = :told""",
    """INSERT INTO events (at, kind, subject_id, actor, detail)
       SELECT seen_at, 'revised', story_id, '', revision FROM revisions WHERE story_id = :told AND revision > 0""",
    """WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :alerted)
       INSERT INTO deliveries (subject_id, channel_id, recipient, act, state, due_at, planned_at, attempts, started_at,
                               ended_at, message_id, reason)
       SELECT s.id, :rows, n.i, 0, iif(n.i % 50 = 49, 5, 4), s.first_seen_at, s.first_seen_at, 1, s.first_seen_at,
              s.first_seen_at + 900, s.id, iif(n.i % 50 = 49, '550 5.1.1', 'at once')
       FROM stories s CROSS JOIN n WHERE s.id = :told""",
    """INSERT INTO deliveries (subject_id, channel_id, recipient, act, state, due_at, planned_at, attempts, started_at,
                               ended_at, message_id, reason)
       SELECT id, :rows, 1, 0, 4, first_seen_at, first_seen_at, 1, first_seen_at, first_seen_at + 900, id, 'at once'
       FROM stories WHERE id >= :told - :letters AND id < :told""",
    """WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :rules)
       INSERT INTO editorials (at, kind, who, through, reason, text, problem)
       SELECT :now - (:rules - i) * 86400000, 'saved', 'Anna', 'desk', 'other hours, ' || i,
              '[routes.all]' || char(10) || 'channels = ["x", "telegram", "web"]  # ' || i || char(10), '' FROM n""",
    # as just before its slot: the last issue had all up to a day ago
    """INSERT INTO served (digest, choice, upto, at, looked_at)
       SELECT 'morning', '[null, null, null, "", "", null]', id, first_seen_at, first_seen_at FROM stories
       WHERE id = :stories - 86400000 / :every""",
)
