"""What each channel carried of a day's stories, read in pieces; the day's sums as an event. Decides nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from distributor.rules.fate.reconcile import ChannelDay, Fate, balance, sentence
from distributor.store.codes import STATES, from_ms, to_ms
from distributor.store.connection import Row, queries
from distributor.store.ledger.events import Event, append
from distributor.store.readers import Readers
from distributor.store.writer import Writer

#: Stories read at a time.
PIECE = 1000


class Daybook:
    """The days of the store."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        """Share the store's writer and readers."""
        self._writer = writer
        self._readers = readers
        self._sql = queries("daybook")

    def fates(self, channel: str, start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[Fate]:
        """What became on one channel of each story first seen from ``start`` to before ``end``; baselines are none.

        ``zone`` is for the time of a round-up.
        """
        number = self._readers.query(self._sql["channel"], (channel,))[0]["id"]
        fields = {"channel": number, "from": to_ms(start), "to": to_ms(end), "most": PIECE}
        after = 0
        while rows := self._readers.query(self._sql["fates"], {**fields, "after": after}):
            yield from (_fate(row, zone) for row in rows)
            after = rows[-1]["id"]

    def note(self, day: date, found: Sequence[ChannelDay], now: datetime) -> None:
        """Put a reconciled day on record."""
        detail = json.dumps({"day": day.isoformat(), "channels": [sentence(one) for one in found]}, ensure_ascii=False)
        self._writer.call(lambda c: append(c, Event(at=now, kind="reconciled", actor="clock", detail=detail)))

    def reckon(self, day: date, zone: ZoneInfo, channels: Iterable[str], now: datetime) -> Sequence[ChannelDay]:
        """A local day of the desk, channel by channel."""
        start = datetime.combine(day, time(), zone).astimezone(UTC)
        end = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
        return [balance(name, self.fates(name, start, end, zone), now) for name in channels]


def _fate(row: Row, zone: ZoneInfo) -> Fate:
    folded = row["folded"] or ""
    if row["roundup_at"] is not None:
        folded = f"the round-up of {from_ms(row['roundup_at']).astimezone(zone):%H:%M}"
    return Fate(
        url=row["url"],
        state=None if row["state"] is None else STATES[row["state"]],
        reason=row["reason"] or "",
        due_at=from_ms(row["due_at"]),
        held_until=from_ms(row["held_until"]),
        folded=folded,
    )
