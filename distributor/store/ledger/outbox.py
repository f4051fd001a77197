"""How far each receiver of webhooks was told. The chain of events itself is the outbox: only what was committed can be
told, and nothing that was can be forgotten. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from distributor.model.tidings import Tiding, Told, Waiting
from distributor.store.codes import ACTS, from_ms, to_ms
from distributor.store.connection import Connection, Row, queries
from distributor.store.readers import Readers
from distributor.store.writer import Writer


class Outbox:
    """The receivers of the store."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        """Share the store's writer and readers."""
        self._writer = writer
        self._readers = readers
        self._sql = queries("hooks")

    def know(self, name: str) -> Told:
        """How a receiver stands; a new one begins with what happens from now on."""
        found = self.get(name)
        if found is None:
            self._writer.call(lambda c: c.run(self._sql["know"], {"name": name}))
            found = self.get(name)
        assert found is not None
        return found

    def get(self, name: str) -> Told | None:
        """How a receiver stands; None for one that was never told anything."""
        return next((_told(row) for row in self._readers.query(self._sql["get"], (name,))), None)

    def aside(self, name: str, now: datetime, most: int) -> Sequence[Tiding]:
        """What was put aside and whose time has come, the oldest first; one of each story."""
        fields = {"hook": name, "now": to_ms(now), "most": most}
        return [_tiding(row) for row in self._readers.query(self._sql["aside"], fields)]

    def ahead(self, name: str, after: int, most: int) -> tuple[Sequence[Tiding], int]:
        """What happened after an event, in its order, and the number up to which nothing else did."""
        head = int(self._readers.query(self._sql["head"])[0]["id"])
        rows = self._readers.query(self._sql["ahead"], {"hook": name, "after": after, "most": most})
        last = rows[-1]["id"] if rows else after
        return [_tiding(row) for row in rows], last if len(rows) == most else max(last, head)

    def put_by(self, name: str) -> Waiting:
        """What was put aside."""
        row = self._readers.query(self._sql["put_by"], {"hook": name})[0]
        return Waiting(count=row["n"], oldest=from_ms(row["oldest"]), error=row["error"])

    def told(self, name: str, tiding: Tiding, now: datetime) -> None:
        """It was taken: the cursor moves, or what was put aside is done with."""

        def work(connection: Connection) -> None:
            self._done(connection, name, tiding.event)
            connection.run(self._sql["took"], {"hook": name, "now": to_ms(now)})

        self._writer.call(work)

    def passed(self, name: str, event: int) -> None:
        """It is none of the receiver's matter, nor is anything before it that is not put aside."""
        self._writer.call(lambda c: self._done(c, name, event))

    def put_aside(self, name: str, tiding: Tiding, *, tries: int, until: datetime, error: str) -> None:
        """It waits until then, while others are told."""
        fields = {"hook": name, "event": tiding.event, "subject": tiding.subject_id}

        def work(connection: Connection) -> None:
            told = {"tries": tries, "until": to_ms(until), "error": error}
            connection.run(self._sql["put_aside"], fields | told)
            connection.run(self._sql["pass"], {"hook": name, "event": tiding.event})

        self._writer.call(work)

    def failed(self, name: str, *, until: datetime, error: str) -> None:
        """The receiver cannot be told anything until then."""
        fields = {"hook": name, "until": to_ms(until), "error": error}
        self._writer.call(lambda c: c.run(self._sql["failed"], fields))

    def ended(self, name: str, now: datetime, error: str) -> None:
        """It wants no more; what it was not told stays."""
        fields = {"hook": name, "now": to_ms(now), "error": error}
        self._writer.call(lambda c: c.run(self._sql["ended"], fields))

    def resume(self, name: str) -> None:
        """Tell it again from where it was left, and at once."""

        def work(connection: Connection) -> None:
            connection.run(self._sql["resume"], {"hook": name})
            connection.run(self._sql["resume_aside"], {"hook": name})

        self._writer.call(work)

    def _done(self, connection: Connection, name: str, event: int) -> None:
        fields = {"hook": name, "event": event}
        connection.run(self._sql["forget"], fields)
        connection.run(self._sql["pass"], fields)


def _told(row: Row) -> Told:
    return Told(
        event=row["told"],
        at=from_ms(row["told_at"]),
        tries=row["tries"],
        not_before=from_ms(row["not_before"]) if row["not_before"] else None,
        error=row["error"],
        ended_at=from_ms(row["ended_at"]),
    )


def _tiding(row: Row) -> Tiding:
    return Tiding(
        event=row["id"],
        # the hash covers everything before it: a store that was restored never gives one name to two events
        key=f"evt_{row['hash'].hex()[:32]}" if row["hash"] else f"evt_{row['id']}",
        at=from_ms(row["at"]),
        kind=row["kind"],
        detail=row["detail"],
        subject_id=row["subject_id"],
        story=row["story"],
        headline=row["headline"],
        feed=row["feed"],
        delivery_id=row["delivery_id"],
        channel=row["channel"] or "",
        channel_kind=row["channel_kind"] or "",
        act=None if row["act"] is None else ACTS[row["act"]],
        part=row["part"] or 0,
        remote_id=row["remote_id"] or "",
        url=row["url"] or "",
        tries=row["tries"],
        is_behind=bool(row["is_behind"]),
    )
