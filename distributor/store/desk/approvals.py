"""Who said yes to which story on which channel. Decides nothing; who did what is on record."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from distributor.rules.queue.holds import APPROVAL, distinct
from distributor.store.codes import to_ms
from distributor.store.connection import Connection, Row, queries
from distributor.store.desk.acts import By
from distributor.store.ledger.events import Event, append
from distributor.store.news.conditions import Ended, pass_on
from distributor.store.readers import Readers
from distributor.store.writer import Writer


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """How far the approvals of a story on one channel have come."""

    channel: str
    #: those who have said yes, in order
    people: Sequence[str]
    #: how many are needed
    needed: int
    #: whether this act counted: the same person twice is one
    counted: bool
    #: rows that may leave now, and rows that something else holds
    free: int
    waiting: int


class Approvals:
    """The approvals of the store."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        """Share the store's writer and readers."""
        self._writer = writer
        self._readers = readers
        self._sql = queries("conditions")

    def approve(self, story: int, by: By, *, channel: str | None = None) -> Sequence[Approved]:
        """Count somebody's yes where the story waits for one; what that means on each of these channels.

        A story may be approved before its turn, while something else holds it still.
        """

        def work(connection: Connection) -> Sequence[Approved]:
            asks = connection.query(self._sql["asks"], {"subject": story, "channel": channel})
            return [self._count(connection, story, row, by) for row in asks if row["is_open"]]

        return self._writer.call(work)

    def people(self, story: int, channel: int) -> Sequence[str]:
        """Who has said yes to a story on a channel (its row's id), in order."""
        return [row["who"] for row in self._readers.query(self._sql["approvals"], _place(story, channel))]

    def unanswered(self, now: datetime) -> int:
        """How many stories wait for an approval longer than their routes have patience."""
        return int(self._readers.query(self._sql["unanswered"], (to_ms(now),))[0]["n"])

    def _count(self, connection: Connection, story: int, row: Row, by: By) -> Approved:
        place = _place(story, row["channel_id"])
        people = [one["who"] for one in connection.query(self._sql["approvals"], place)]
        is_new = distinct([by.who]).isdisjoint(distinct(people))
        if is_new:
            people.append(by.who)
            fields = {**place, "who": by.who, "through": by.through, "now": to_ms(by.at)}
            connection.run(self._sql["approve"], fields)
            detail = by.told(f"{row['channel']}: {len(people)} of {row['approvals']}")
            append(connection, Event(at=by.at, kind="approved", subject_id=story, actor=by.who, detail=detail))
        ids = json.loads(row["waiting"])
        reason = f"approved by {', '.join(people)}"
        # what is still asked for keeps waiting, with its new reason
        ended = Ended(ids=ids, hold=APPROVAL, reason=reason, fresh=True, met=False)
        free, waiting = pass_on(connection, ended, by.at)
        return Approved(
            channel=row["channel"],
            people=people,
            needed=row["approvals"],
            counted=is_new,
            free=len(free),
            waiting=len(waiting),
        )


def _place(story: int, channel: int) -> Mapping[str, int]:
    return {"subject": story, "channel": channel}
