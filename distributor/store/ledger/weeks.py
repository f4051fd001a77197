"""Some days as the ledger has them: which stories came, what each channel had done and what waited on it. Changes and
decides nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from distributor.model import Act, State, Story, Waiting, Wish
from distributor.model.forecast import Before, Queued
from distributor.rules.forecast.queues import free_at
from distributor.rules.queue.holds import APPROVAL, GATES
from distributor.rules.story.identity import BY_HAND
from distributor.store.codes import ACTS, STATES, act_number, from_ms, to_ms
from distributor.store.connection import Row, queries
from distributor.store.ledger import shadowed
from distributor.store.ledger.queue import by_time
from distributor.store.ledger.segments import wish_of
from distributor.store.news.revisions import story_of_row
from distributor.store.readers import Readers

#: How far back a channel's own posts are counted.
LATELY = timedelta(days=1)
_ALERT = {"alert": act_number(Act.ALERT)}


class Weeks:
    """What happened on some days."""

    def __init__(self, readers: Readers) -> None:
        """Share the store's readers."""
        self._readers = readers
        self._sql = queries("weeks")

    def came(self, since: datetime, until: datetime) -> Sequence[Story]:
        """The stories that came after one instant until another, in their order, as they were first told."""
        fields = {"since": to_ms(since), "until": to_ms(until), "by_hand": BY_HAND}
        return [story_of_row(row) for row in self._readers.query(self._sql["came"], fields)]

    def before(
        self, channel: int, at: datetime, money_since: tuple[datetime, datetime], *, in_shadow: bool = False
    ) -> Before:
        """What a channel (its row's id) had done at an instant, and what waited on it.

        ``in_shadow`` counts what would have left as if it had.
        """
        rows = self._readers.query(self._sql["queue"], {"channel": channel, "at": to_ms(at), **_ALERT})
        return self._before(channel, at, money_since, rows, in_shadow)

    def waiting(
        self,
        channel: int,
        now: datetime,
        money_since: tuple[datetime, datetime],
        most: int,
        *,
        in_shadow: bool = False,
    ) -> Before:
        """The same of this instant, with no more of what waits than the clock lets go next, and ``most`` of it."""
        rows = self._readers.query(self._sql["waiting"], {"channel": channel, "most": most, **_ALERT})
        return self._before(channel, now, money_since, rows, in_shadow)

    def _before(
        self,
        channel: int,
        at: datetime,
        money_since: tuple[datetime, datetime],
        queue: Sequence[Row],
        in_shadow: bool,
    ) -> Before:
        fields = {"channel": channel, "at": to_ms(at)}
        started = self._readers.query(self._sql["started"], {**fields, "since": to_ms(at - LATELY)})
        day, month = (
            self._readers.query(self._sql["spent"], {**fields, "since": to_ms(since)})[0]["micros"]
            for since in money_since
        )
        if in_shadow:
            started = by_time(started, shadowed.lately(self._readers, channel, at - LATELY, at))
            would = shadowed.spent(self._readers, channel, money_since, at)
            day, month = day + would[0], month + would[1]
        return Before(
            started=tuple(from_ms(row["at"]) for row in started),
            categories=tuple(row["category"] for row in started),
            spent_today=day,
            spent_this_month=month,
            queue=tuple(_queued(row, at) for row in queue),
        )

    def wishes(self, digest: str) -> Mapping[Wish, int]:
        """What decides about the slots of a digest's readers, and how many of them chose it."""
        found: Counter[Wish] = Counter()
        for row in self._readers.query(self._sql["wishes"], {"topic": digest}):
            found[wish_of(row)] += row["n"]
        return found


def _queued(row: Row, at: datetime) -> Queued:
    act = ACTS[row["act"]]
    free = _looks_at(row, at)
    waiting = Waiting(
        id=row["id"],
        act=act,
        priority=row["priority"],
        due_at=from_ms(row["due_at"]),
        planned_at=from_ms(row["planned_at"]),
        stale_at=from_ms(row["stale_at"]),
        category=row["category"],
        doubts=row["doubts"],
        follows=row["parent_id"] is not None,
    )
    return Queued(
        waiting=waiting,
        subject=row["subject_id"],
        headline=row["headline"],
        url=row["url"],
        looks_at=free,
        reason=row["reason"],
        tells=max(1, row["tells"]),
    )


def _looks_at(row: Row, at: datetime) -> datetime | None:
    """When a row's gates are asked: at once where they hold it themselves, or where people only have to say yes."""
    due = from_ms(int(row["due_at"]))
    if STATES[row["state"]] is not State.HELD or row["held_by"] in (*GATES, APPROVAL):
        return max(due, at)
    if row["held_until"] is None:
        return None
    return free_at(due, row["held_by"], from_ms(int(row["held_until"])))
