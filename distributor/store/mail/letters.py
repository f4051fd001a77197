"""What is written to one reader alone, and what readers agreed to. Renders and sends nothing.

A letter is a subject of its own with one delivery, which takes the same road as a story's: it leaves exactly once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from distributor.model import FLASH, DeliveryIntent, Letter, LetterKind, SubjectKind
from distributor.store.codes import from_ms, to_ms
from distributor.store.connection import Connection, Row, queries
from distributor.store.ledger.deliveries import add_intents
from distributor.store.readers import Readers

#: Behind a flash, and before everything that many readers get: somebody is waiting for it.
PRIORITY = FLASH + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What a reader was shown and said."""

    #: asked, confirmed, left, returned, imported, operator, changed, moved
    act: str
    #: the page, the command, the file, or the system that brought it
    source: str
    topics: Sequence[str] = ()
    #: the words that were agreed to, and their version
    form: str = ""
    version: str = ""
    #: where it came from, never the whole address
    network: str = ""


class Letters:
    """The letters of the store."""

    def __init__(self, readers: Readers) -> None:
        """Share the store's readers; letters are written within what they are about."""
        self._readers = readers
        self._sql = queries("letters")
        self._channel = ""

    def tell(self, channel: str) -> None:
        """Through which channel letters leave from now on; empty: there is none, and none leaves."""
        self._channel = channel

    def get(self, letter: int) -> Letter | None:
        """One letter."""
        return next(map(letter_of, self._readers.query(self._sql["get"], (letter,))), None)

    def belongs(self, letter: int, subscriber: int) -> Mapping[str, Any]:
        """What a reader's letter holds; empty where it is another's."""
        rows = self._readers.query(self._sql["get"], (letter,))
        return next((json.loads(row["fields"]) for row in rows if row["subscriber_id"] == subscriber), {})

    def latest(self, subscriber: int, kind: LetterKind) -> Letter | None:
        """The last letter of a kind that was written to a reader."""
        row = self._readers.query(self._sql["latest"], (subscriber, kind.value))[0]
        return None if row["id"] is None else self.get(row["id"])

    def consents(self, subscriber: int) -> Sequence[Row]:
        """What a reader agreed to, the first first; topics are a JSON array, instants milliseconds."""
        return self._readers.query(self._sql["consents"], (subscriber,))

    def write_within(
        self,
        connection: Connection,
        subscriber: int,
        kind: LetterKind,
        *,
        now: datetime,
        language: str = "",
        **fields: Any,
    ) -> Letter:
        """Write a letter in the caller's transaction, with what it is about; ``fields`` are its template's."""
        number = int(connection.query(self._sql["new_subject"], (int(SubjectKind.LETTER),))[0]["id"])
        row = {"id": number, "subscriber": subscriber, "kind": kind.value, "language": language, "now": to_ms(now)}
        connection.run(self._sql["write"], {**row, "fields": json.dumps(fields, ensure_ascii=False)})
        if self._channel:
            intent = DeliveryIntent(
                channel=self._channel,
                recipient=subscriber,
                due_at=now,
                priority=PRIORITY,
                reason=f"letter {kind.value}",
            )
            add_intents(connection, number, [intent], now)
        return letter_of(connection.query(self._sql["get"], (number,))[0])


def agree(connection: Connection, subscriber: int, consent: Consent, now: datetime) -> None:
    """Put on record what a reader agreed to, in the caller's transaction."""
    fields = {"subscriber": subscriber, "now": to_ms(now), "act": consent.act, "source": consent.source}
    words = {"form": consent.form, "version": consent.version, "network": consent.network}
    topics = json.dumps(list(consent.topics), ensure_ascii=False)
    connection.run(queries("letters")["consent"], {**fields, **words, "topics": topics})


def letter_of(row: Row) -> Letter:
    """The letter of a row."""
    fields = json.loads(row["fields"])
    return Letter(
        id=row["id"],
        kind=LetterKind(row["kind"]),
        created_at=from_ms(row["created_at"]),
        language=row["language"],
        topics=tuple(fields.get("topics", ())),
        to=fields.get("to") or fields.get("new", ""),
    )
