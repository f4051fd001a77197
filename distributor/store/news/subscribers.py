"""Readers who receive mail, what they asked for, and whom never to mail. Sends nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from distributor.model import Delivery, Reader, Recipient
from distributor.store.codes import to_ms
from distributor.store.connection import Connection, Row, queries
from distributor.store.readers import Readers
from distributor.store.writer import Writer


class Subscribers:
    """The readers of the store."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        """Share the store's writer and readers."""
        self._writer = writer
        self._readers = readers
        self._sql = queries("subscribers")

    def subscribe(
        self,
        address: str,
        topics: Sequence[str],
        *,
        now: datetime,
        source: str,
        name: str = "",
        language: str = "",
        zone: str = "",
    ) -> int:
        """Confirm a reader for topics (digests, or email channels for single stories); the subscriber's id."""
        told = {"address": address, "name": name, "language": language, "zone": zone, "now": to_ms(now)}

        def work(connection: Connection) -> int:
            number = int(connection.query(self._sql["add"], told)[0]["id"])
            for topic in topics:
                fields = {"id": number, "topic": topic, "source": source, "now": to_ms(now)}
                connection.run(self._sql["confirm"], fields)
            return number

        return self._writer.call(work)

    def leave(self, address: str, topic: str | None, now: datetime) -> int:
        """End a reader's subscriptions, all or one; how many ended."""
        fields = {"address": address, "topic": topic, "now": to_ms(now)}
        return self._writer.call(lambda c: c.run(self._sql["leave"], fields))

    def suppress(self, address: str, *, kind: str, reason: str, now: datetime) -> None:
        """Never mail this address again; ``kind`` is bounce, complaint or manual."""
        self._writer.call(lambda c: c.run(self._sql["suppress"], (address, kind, reason, to_ms(now))))

    def audience(self, topic: str) -> Sequence[int]:
        """The subscribers who may be mailed on a topic now, by id."""
        return [row["id"] for row in self._readers.query(self._sql["audience"], (topic,))]

    def addresses(self, topic: str) -> Sequence[str]:
        """Where they may be mailed."""
        return [row["address"] for row in self._readers.query(self._sql["audience"], (topic,))]

    def readers(self, entries: Sequence[Delivery]) -> Mapping[int, Reader]:
        """By delivery id: who it is for, and whether they may still be mailed; rows for no one reader are left out."""
        ids = [entry.id for entry in entries if entry.recipient]
        if not ids:
            return {}
        rows = self._readers.query(self._sql["at_the_wire"], (json.dumps(ids),))
        return {row["delivery_id"]: _reader(row) for row in rows}

    def list(self) -> Sequence[Row]:
        """Every reader with every subscription, a row each."""
        return self._readers.query(self._sql["list"])


def _reader(row: Row) -> Reader:
    refusal = "the address is suppressed" if row["suppressed"] else ""
    if not refusal and not row["confirmed"]:
        refusal = "the reader has left"
    recipient = Recipient(address=row["address"], name=row["name"], language=row["language"])
    return Reader(recipient=recipient, refusal=refusal)
