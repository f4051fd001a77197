"""Readers who receive mail, what they asked for, and whom never to mail. Sends nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from distributor.model import Delivery, Letter, LetterKind, Reader, ReaderLinks, Recipient
from distributor.rules.mail.links import Addressee, Links
from distributor.store.codes import to_ms
from distributor.store.connection import Connection, Row, queries
from distributor.store.mail.letters import Consent, Letters, agree, letter_of
from distributor.store.readers import Readers
from distributor.store.writer import Writer


class Subscribers:
    """The readers of the store."""

    def __init__(self, writer: Writer, readers: Readers, letters: Letters) -> None:
        """Share the store's writer, readers and letters."""
        self._writer = writer
        self._readers = readers
        self._letters = letters
        self._links: Links | None = None
        self._sql = queries("subscribers")

    def tell(self, links: Links | None) -> None:
        """What makes readers' own links from now on; None: nothing public is configured."""
        self._links = links

    def subscribe(
        self,
        address: str,
        topics: Sequence[str],
        *,
        now: datetime,
        source: str = "operator",
        name: str = "",
        language: str = "",
        zone: str = "",
        consent: Consent | None = None,
    ) -> int:
        """Confirm a reader for topics (digests, or email channels for single stories); the subscriber's id.

        ``consent`` is what stands on record of it; None: that ``source`` has brought them.
        """
        said = consent or Consent(act="operator", source=source, topics=topics)
        told = {"address": address, "name": name, "language": language, "zone": zone, "now": to_ms(now)}

        def work(connection: Connection) -> int:
            number = int(connection.query(self._sql["add"], told)[0]["id"])
            for topic in topics:
                fields = {"id": number, "topic": topic, "source": said.source, "now": to_ms(now)}
                connection.run(self._sql["confirm"], fields)
            agree(connection, number, said, now)
            return number

        return self._writer.call(work)

    def leave(self, address: str, topic: str | None, now: datetime, source: str = "operator") -> int:
        """End a reader's subscriptions, all or one, on the word of ``source``; how many ended."""
        fields = {"address": address, "topic": topic, "now": to_ms(now)}

        def work(connection: Connection) -> int:
            rows = connection.query(self._sql["leaving"], fields)
            if rows:
                connection.run(self._sql["leave"], fields)
                left = Consent(act="left", source=source, topics=[row["topic"] for row in rows])
                agree(connection, rows[0]["subscriber_id"], left, now)
            return len(rows)

        return self._writer.call(work)

    def end(self, subscriber: int, topics: Sequence[str], *, source: str, network: str = "", now: datetime) -> bool:
        """A reader leaves some topics, or all where none is named; whether anything ended.

        What had been confirmed is told to the reader by a letter, with the way back.
        """
        place = {"id": subscriber, "topics": _json(topics), "now": to_ms(now)}

        def work(connection: Connection) -> bool:
            standing = connection.query(self._sql["standing"], place)
            open_ones = [row["topic"] for row in standing if row["state"] != "unsubscribed"]
            if not open_ones:
                return False
            connection.run(self._sql["end"], place)
            left = Consent(act="left", source=source, topics=open_ones, network=network)
            agree(connection, subscriber, left, now)
            had = [row["topic"] for row in standing if row["state"] == "confirmed"]
            if had:
                self._letters.write_within(connection, subscriber, LetterKind.LEFT, topics=had, now=now)
            return True

        return self._writer.call(work)

    def take_back(self, subscriber: int, left: Letter, *, source: str, network: str = "", now: datetime) -> bool:
        """A reader takes back having left, as a letter told it; whether anything came back."""
        place = {"id": subscriber, "topics": _json(left.topics), "at": to_ms(left.created_at)}

        def work(connection: Connection) -> bool:
            is_back = connection.run(self._sql["take_back"], place) > 0
            if is_back:
                back = Consent(act="returned", source=source, topics=left.topics, network=network)
                agree(connection, subscriber, back, now)
            return is_back

        return self._writer.call(work)

    def ended(self, subscriber: int, left: Letter) -> Sequence[str]:
        """The subscriptions that a letter tells the end of and that no later act has touched."""
        place = {"id": subscriber, "topics": _json(left.topics), "at": to_ms(left.created_at)}
        return [row["topic"] for row in self._readers.query(self._sql["ended"], place)]

    def standing(self, subscriber: int, topics: Sequence[str]) -> Mapping[str, str]:
        """The states of a reader's subscriptions to some topics; to all, where none is named."""
        place = {"id": subscriber, "topics": _json(topics)}
        return {row["topic"]: row["state"] for row in self._readers.query(self._sql["standing"], place)}

    def language(self, subscriber: int) -> str | None:
        """The language of a reader, empty where none is known; None: there is no such reader any more."""
        return next((row["language"] for row in self._readers.query(self._sql["language"], (subscriber,))), None)

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
        return {row["delivery_id"]: self._reader(row) for row in rows}

    def list(self) -> Sequence[Row]:
        """Every reader with every subscription, a row each."""
        return self._readers.query(self._sql["list"])

    def _reader(self, row: Row) -> Reader:
        refusal = "the address is suppressed" if row["suppressed"] else ""
        if not refusal and not row["confirmed"]:
            refusal = "the reader has left"
        links = ReaderLinks()
        if self._links is not None:
            letter = letter_of(row) if row["kind"] is not None else None
            links = self._links.of(
                Addressee(subscriber=row["subscriber"], delivery=row["delivery_id"], topic=row["topic"], letter=letter)
            )
        recipient = Recipient(address=row["address"], name=row["name"], language=row["language"] or "", links=links)
        return Reader(recipient=recipient, refusal=refusal)


def _json(topics: Sequence[str]) -> str:
    return json.dumps(list(topics), ensure_ascii=False)
