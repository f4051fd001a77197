"""What platforms call the pictures that they were given, and why a post had to do without its own. Decides nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from distributor.model import Delivery
from distributor.store.codes import from_ms, to_ms
from distributor.store.connection import Connection, queries
from distributor.store.ledger.events import Event, append
from distributor.store.readers import Readers
from distributor.store.writer import SOON, Writer


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """What a post shows beside its words."""

    #: address of the picture that the platform was given; empty: none
    picture: str = ""
    #: why it leaves without its picture; empty: it does not
    without: str = ""


class Showings:
    """The pictures of the store."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        """Share the store's writer and readers."""
        self._writer = writer
        self._readers = readers
        self._sql = queries("showings")

    def tries(self, delivery: int) -> int:
        """How often a post's picture could not be had."""
        return next((int(row["tries"]) for row in self._readers.query(self._sql["tries"], (delivery,))), 0)

    def tried(self, entry: Delivery, tries: int, reason: str, now: datetime, *, without: bool) -> None:
        """Write a try that failed; that a post leaves without its picture is an event."""
        fields = {"delivery": entry.id, "tries": tries, "reason": reason, "without": int(without)}
        told = Event(
            at=now,
            kind="picture",
            subject_id=entry.subject_id,
            delivery_id=entry.id,
            actor="lane",
            detail=f"it leaves without its picture: {reason}",
        )

        def work(connection: Connection) -> None:
            connection.run(self._sql["tried"], fields)
            if without:
                append(connection, told)

        self._writer.call(work, priority=SOON)

    def find(self, shelf: str, digest: str, now: datetime) -> tuple[str, datetime] | None:
        """What a platform calls a picture, and from when on a post may show it; None where it has not been given it."""
        fields = {"shelf": shelf, "digest": digest, "now": to_ms(now)}
        rows = self._readers.query(self._sql["find"], fields)
        return next(((str(row["name"]), from_ms(row["ready_at"])) for row in rows), None)

    def keep(
        self, shelf: str, digest: str, name: str, *, now: datetime, ready: datetime, ends: datetime | None
    ) -> None:
        """Remember what a platform calls a picture, until it does not any more."""
        fields = {"shelf": shelf, "digest": digest, "name": name, "now": to_ms(now), "ready": to_ms(ready)}

        def work(connection: Connection) -> None:
            connection.run(self._sql["clear"], {"now": to_ms(now)})
            connection.run(self._sql["keep"], {**fields, "ends": to_ms(ends) if ends else None})

        self._writer.call(work, priority=SOON)

    def forget(self, shelf: str, name: str) -> bool:
        """Forget a name that the platform does not know any more; whether it was known here."""
        return self._writer.call(
            lambda c: c.run(self._sql["forget"], {"shelf": shelf, "name": name}) > 0, priority=SOON
        )

    def of_many(self, ids: Sequence[int]) -> Mapping[int, Showing]:
        """By delivery: what each of some posts shows, or why it does not."""
        return {
            row["id"]: Showing(
                picture=row["picture"] or "", without=row["reason"] if row["is_without"] and not row["picture"] else ""
            )
            for row in self._readers.query(self._sql["of_many"], (json.dumps(list(ids)),))
        }
