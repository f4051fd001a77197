"""Stories, their revisions and names, and the state of each feed. Decides nothing: a plan is written as it is."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from distributor.errors import StoreError
from distributor.interfaces import Validators
from distributor.model import Article, Candidate, Change, DeliveryIntent, PubStatus, Story, Window
from distributor.rules.change.background import Background
from distributor.rules.change.planning import Word
from distributor.rules.reading.rhythm import Next
from distributor.rules.story.identity import Known, keys, story_of
from distributor.store.codes import from_ms, to_ms
from distributor.store.connection import Connection, Row, queries
from distributor.store.desk.alerts import Alerts
from distributor.store.news.revisions import Days, StoreBackground, add_names, story_of_row, write_change
from distributor.store.readers import Readers
from distributor.store.writer import NORMAL, Writer

#: An instant that nothing came after: what waited is not looked at.
_NEVER = 1 << 62

#: From what the store knows to what shall be written: every change with its plan.
Planner = Callable[[Mapping[str, Known], Background], Sequence[tuple[Change, Sequence[DeliveryIntent]]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """What is remembered of a feed between two readings."""

    validators: Validators = field(default_factory=Validators)
    #: when it was first read with success; None: never yet
    baseline_at: datetime | None = None
    checked_at: datetime | None = None
    changed_at: datetime | None = None
    #: failures in a row
    failures: int = 0
    last_error: str = ""
    #: when it is to be read again, as far as anybody decided, and why not sooner
    next_at: datetime | None = None
    why: str = ""
    #: whether what it brings as new at its next reading may have been sent by a store that was replaced
    fenced: bool = False
    #: when a store was last replaced by a backup or by a take-over; None: never
    fenced_at: datetime | None = None

    @property
    def read_at(self) -> datetime | None:
        """When it was last read without a failure, as far as is known; never later than it was."""
        return self.changed_at if self.failures else self.checked_at


class Stories:
    """The stories and feeds of the store."""

    def __init__(self, writer: Writer, readers: Readers, alerts: Alerts) -> None:
        """Share the store's writer and readers; ``alerts`` are raised with what they are about."""
        self._writer = writer
        self._readers = readers
        self._alerts = alerts
        self._sql = queries("stories")
        self._days = Days()

    def ingest(
        self,
        feed: str,
        articles: Sequence[Article],
        planner: Planner,
        *,
        validators: Validators,
        baseline: bool,
        now: datetime,
        fenced: bool = False,
        is_doubtful: Callable[[Change], bool] = lambda _: False,
        words: Callable[[], Sequence[Word]] = tuple,
        again: Next | None = None,
    ) -> Sequence[Change]:
        """Write what a document means, in one transaction: stories, deliveries, and only then the feed's validators.

        ``articles`` are all of the document; ``planner`` sees what is known of them inside the transaction, so two
        feeds that bring the same story at the same moment cannot both think it new, and it may ask for their past. A
        new name of a known story is kept even if nothing else changed: another feed may know the story by that name
        alone. The planner may replace members of ``articles`` by what it judged them to be. ``fenced`` is what the
        caller knew of the feed's fence; a fence that came meanwhile refuses the plan (StoreError). What
        ``is_doubtful`` is no news for a digest, as a baseline is none. ``words`` is asked
        after the planner for what somebody must be told of the plan.
        """

        def work(connection: Connection) -> Sequence[Change]:
            for row in connection.query(self._sql["is_fenced"], (feed,)):
                if row["fenced"] and not fenced:
                    raise StoreError(f"the feed {feed} was fenced while it was read; it is read again")
            names = [name for article in articles for name in keys(article)]
            known = self._known(connection, names)
            plans = planner(known, StoreBackground(connection, self._days))
            for change, intents in plans:
                write_change(connection, change, intents, baseline=baseline or is_doubtful(change), now=now)
            now_known = self._known(connection, names)
            for article in articles:
                if (story := story_of(keys(article), now_known)) is not None:
                    add_names(connection, article, story.story_id)
            fields = {"etag": validators.etag, "modified": validators.modified, "body_hash": validators.body_hash}
            connection.run(self._sql["feed_read"], {"name": feed, "now": to_ms(now), **fields, **_next(again)})
            for word in words():
                if word.is_over:
                    self._alerts.over_within(connection, word.key, word.text, now=now)
                else:
                    self._alerts.say_within(connection, word.key, word.text, hint=word.hint, lasts=word.lasts, now=now)
            return [change for change, _ in plans]

        return self._writer.call(work, priority=NORMAL)

    def feed(self, name: str) -> FeedState:
        """What is remembered of a feed; an unknown one has never been read."""
        rows = self._readers.query(self._sql["feed_state"], (name,))
        if not rows:
            return FeedState()
        row = rows[0]
        validators = Validators(etag=row["etag"], modified=row["modified"], body_hash=row["body_hash"])
        return FeedState(validators=validators, fenced_at=from_ms(row["fenced_at"]), **_feed_facts(row))

    def feeds(self) -> Mapping[str, FeedState]:
        """All feeds ever read, by name."""
        rows = self._readers.query(self._sql["feeds"])
        return {row["name"]: FeedState(**_feed_facts(row)) for row in rows}

    def rhythm(self, feed: str, since: datetime, now: datetime) -> Mapping[int, int]:
        """How many stories a feed brought after ``since``, by how many whole hours before ``now``."""
        fields = {"feed": feed, "since": to_ms(since), "now": to_ms(now)}
        return {row["ago"]: row["n"] for row in self._readers.query(self._sql["rhythm"], fields)}

    def feed_unchanged(self, name: str, now: datetime, again: Next | None = None) -> None:
        """The server said that nothing changed. Written within about a second: if lost, it is asked again."""
        fields = {"name": name, "now": to_ms(now), **_next(again)}
        self._writer.jot(lambda c: c.run(self._sql["feed_unchanged"], fields))

    def feed_failed(self, name: str, reason: str, now: datetime, again: Next | None = None) -> None:
        """The feed could not be read; its validators stay, so nothing is lost."""
        fields = {"name": name, "now": to_ms(now), "reason": reason, **_next(again)}
        self._writer.call(lambda c: c.run(self._sql["feed_failed"], fields))

    def came_since(self, feed: str, since: datetime) -> Sequence[datetime]:
        """When the stories of a feed came, the oldest first, without what it held at its first reading."""
        return [from_ms(row["at"]) for row in self._readers.query(self._sql["came"], (feed, to_ms(since)))]

    def brought_after(self, feed: str, subject: int, *, since: datetime) -> bool:
        """Whether a feed has brought a story after a subject came; one that it first saw before ``since`` is none."""
        fields = {"feed": feed, "subject": subject, "since": to_ms(since)}
        return bool(self._readers.query(self._sql["brought_after"], fields)[0]["found"])

    def get(self, story_id: int) -> Story | None:
        """One story as it reads now."""
        return next(iter(self._stories("get", story_id)), None)

    def some(self, ids: Collection[int]) -> Mapping[int, Story]:
        """Several stories as they read now, by their ids; what is none is left out."""
        return {one.id: one for one in self._stories("some", json.dumps(sorted(ids)))} if ids else {}

    def candidates(self, digest: str, window: Window) -> tuple[Sequence[Candidate], frozenset[int]]:
        """What an issue has to choose from, oldest first, without baselines; and which of it somebody still holds."""
        waited_since = _NEVER if window.waited_since is None else to_ms(window.waited_since)
        fields = {"digest": digest, "after": window.after, "upto": window.upto, "waited_since": waited_since}
        return _candidates(self._readers.query(self._sql["candidates"], fields))

    def undecided(self, digest: str, *, after: int, since: datetime) -> tuple[Sequence[Candidate], frozenset[int]]:
        """The stories that came since an instant, behind a story, and those that waited, as far as nobody has decided
        whether a digest's readers get them at once; and which of them somebody still holds.
        """
        fields = {"digest": digest, "after": after, "since": to_ms(since)}
        return _candidates(self._readers.query(self._sql["undecided"], fields))

    def looked_at(self, issue_id: int) -> Sequence[tuple[int, int, datetime | None]]:
        """All that an issue looks at, in its order, without withdrawn ones: story, revision, when it was last held."""
        rows = self._readers.query(self._sql["looked_at"], (issue_id,))
        return [(row["id"], row["revision"], from_ms(row["waited_at"])) for row in rows]

    def texts(self, ids: Sequence[int]) -> Sequence[Story]:
        """Some stories as they read now."""
        return self._stories("texts", json.dumps(list(ids))) if ids else ()

    def was_released(self, story_id: int) -> bool:
        """Whether somebody has looked at a story and let it go."""
        return bool(self._readers.query(self._sql["released"], (story_id,))[0]["is_so"])

    def newest(self, *, before: datetime | None = None) -> int:
        """The id of the story that came last (not after an instant); 0 when there is none."""
        at = None if before is None else to_ms(before)
        return int(self._readers.query(self._sql["newest"], {"before": at})[0]["id"])

    def of_issue(self, issue_id: int) -> Sequence[Story]:
        """The stories of an issue as they read now, in its order; withdrawn ones are gone."""
        return self._stories("of_issue", issue_id)

    def latest(self, count: int) -> Sequence[Story]:
        """The stories that came last, newest first."""
        return self._stories("latest", count)

    def find(self, names: Sequence[str]) -> Story | None:
        """The story behind any of these keys."""
        for name in names:
            for row in self._readers.query(self._sql["by_key"], (name,)):
                return self.get(row["story_id"])
        return None

    def _stories(self, name: str, *params: object) -> Sequence[Story]:
        return [story_of_row(row) for row in self._readers.query(self._sql[name], params)]

    def _known(self, connection: Connection, names: Sequence[str]) -> Mapping[str, Known]:
        rows = connection.query(self._sql["known"], (json.dumps(names),))
        return {
            row["key"]: Known(
                story_id=row["story_id"],
                fingerprint=row["fingerprint"],
                revision=row["revision"],
                pubstatus=PubStatus(row["pubstatus"]),
                told=row["told"],
                feed=row["feed"],
                is_embargoed=bool(row["is_embargoed"]),
                categories=tuple(json.loads(row["categories"] or "[]")),
            )
            for row in rows
        }


def _candidates(rows: Sequence[Row]) -> tuple[Sequence[Candidate], frozenset[int]]:
    found = [Candidate(story=story_of_row(row), waited_at=from_ms(row["waited_at"])) for row in rows]
    return found, frozenset(row["id"] for row in rows if row["is_held"])


def _next(again: Next | None) -> dict[str, object]:
    return {"next_at": again and to_ms(again.at), "why": again.why if again else ""}


def _feed_facts(row: Row) -> dict[str, Any]:
    return {
        "baseline_at": from_ms(row["baseline_at"]),
        "checked_at": from_ms(row["checked_at"]),
        "changed_at": from_ms(row["changed_at"]),
        "failures": row["failures"],
        "last_error": row["last_error"],
        "next_at": from_ms(row["next_at"]),
        "why": row["next_why"],
        "fenced": bool(row["fenced"]),
    }
