"""What is held: released or skipped by somebody, or looked at anew by the gates. Decides nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from distributor.store.codes import to_ms
from distributor.store.connection import Connection, Row, queries
from distributor.store.events import Event, append
from distributor.store.readers import Readers
from distributor.store.writer import Writer

#: What somebody released is news for at least so long again.
FRESH_AGAIN = timedelta(hours=6)


class Holds:
    """The held rows of the store."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        """Share the store's writer and readers."""
        self._writer = writer
        self._readers = readers
        self._sql = queries("holds")

    def release(
        self, held_by: str, *, who: str, now: datetime, feed: str | None = None, channel: str | None = None
    ) -> int:
        """Let what waits for somebody go to its channels' gates; how many rows, each an event that names ``who``.

        ``feed`` and ``channel`` choose among them. What the clock will release (``held_until``) is left to the clock.
        """
        fields = {"by": held_by, "feed": feed, "channel": channel, "now": to_ms(now), "reason": f"released by {who}"}
        return self._end("release_these", {**fields, "fresh": to_ms(now + FRESH_AGAIN)}, "released", who, now)

    def skip(
        self, held_by: str, *, who: str, now: datetime, feed: str | None = None, channel: str | None = None
    ) -> int:
        """End what waits for somebody unsent; how many rows, each an event that names ``who``."""
        fields = {"by": held_by, "feed": feed, "channel": channel, "now": to_ms(now), "reason": f"skipped by {who}"}
        return self._end("skip_held", fields, "skipped", who, now)

    def waiting(self) -> Sequence[Row]:
        """What waits for somebody: counts by ``held_by``, ``feed`` (empty for issues) and ``channel``."""
        return self._readers.query(self._sql["waiting_for_somebody"])

    def reconsider(self) -> int:
        """Make due what the clock would release, so that the gates decide anew under the policy of today."""
        return self._writer.call(lambda c: c.run(self._sql["reconsider"]))

    def _end(self, name: str, fields: Mapping[str, object], kind: str, who: str, now: datetime) -> int:
        detail = f"it was held by {fields['by']}"

        def work(connection: Connection) -> int:
            rows = connection.query(self._sql[name], fields)
            events = [
                Event(at=now, kind=kind, subject_id=row["subject_id"], delivery_id=row["id"], actor=who, detail=detail)
                for row in rows
            ]
            append(connection, *events)
            return len(rows)

        return self._writer.call(work)
