"""What waits and what went, day by day, a page at a time: however much it is. Changes nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from distributor.store.codes import to_ms
from distributor.store.connection import Row, queries
from distributor.store.readers import Readers

#: Among so many of the latest tries troubles are looked for.
AMONG = 2000


class Agenda:
    """The days of the ledger."""

    def __init__(self, readers: Readers) -> None:
        """Share the store's readers."""
        self._readers = readers
        self._sql = queries("agenda")

    def ahead(
        self,
        channel: int,
        days: Sequence[tuple[datetime, datetime]],
        now: datetime,
        *,
        expected: Mapping[int, datetime],
        skip: int,
        most: int,
    ) -> Sequence[Row]:
        """What the clock lets go on a channel (its row's id): ``day`` counts the days, ``n`` is how many it has.

        ``expected`` says of some of it (by number) when it is expected, which may be later.
        """
        instants = json.dumps([[number, to_ms(at)] for number, at in expected.items()])
        told = {"channel": channel, "days": _days(days), "now": to_ms(now), "skip": skip, "most": most}
        return self._readers.query(self._sql["ahead"], {**told, "expected": instants})

    def gone(self, channel: int, days: Sequence[tuple[datetime, datetime]], *, skip: int, most: int) -> Sequence[Row]:
        """What left there, in the same form."""
        told = {"channel": channel, "days": _days(days), "skip": skip, "most": most}
        return self._readers.query(self._sql["gone"], told)

    def for_somebody(self, channel: int, most: int) -> Sequence[Row]:
        """What waits there until somebody says so, the oldest first."""
        return self._readers.query(self._sql["for_somebody"], {"channel": channel, "most": most})

    def one(self, number: int) -> Row | None:
        """One delivery by its number."""
        return next(iter(self._readers.query(self._sql["one"], {"id": number})), None)

    def troubles(self, most: int) -> Sequence[Row]:
        """The latest tries of each channel (``channel_id``) that did not go well, newest first."""
        return self._readers.query(self._sql["troubles"], {"among": AMONG, "most": most})


def _days(days: Sequence[tuple[datetime, datetime]]) -> str:
    return json.dumps([[to_ms(begins), to_ms(ends)] for begins, ends in days])
