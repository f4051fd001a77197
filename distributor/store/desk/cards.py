"""The cards of the operations chat, and what was said there. Decides nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum

from distributor.model import Delivery, Shown
from distributor.store.codes import from_ms, to_ms
from distributor.store.connection import Connection, Row, queries
from distributor.store.ledger.view import delivery
from distributor.store.readers import Readers
from distributor.store.writer import Writer

#: For how long it is remembered what was said; the platform tells nothing that is older than a day.
MEMORY = timedelta(days=3)


class Hearing(Enum):
    """What is known of something that was said."""

    NEW = "new"
    #: it is done
    DONE = "done"
    #: the program ended while it was done; nobody knows how far it came
    CUT_SHORT = "cut short"


class Cards:
    """The cards of the store."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        """Share the store's writer and readers."""
        self._writer = writer
        self._readers = readers
        self._sql = queries("cards")

    def hear(self, name: str, now: datetime) -> Hearing:
        """Take note of what was said, by the platform's own name of it, before it is done."""

        def work(connection: Connection) -> Hearing:
            connection.run(self._sql["forget"], (to_ms(now - MEMORY),))
            if connection.run(self._sql["hear"], (name, to_ms(now))):
                return Hearing.NEW
            (row,) = connection.query(self._sql["heard"], (name,))
            return Hearing.CUT_SHORT if row["done_at"] is None else Hearing.DONE

        return self._writer.call(work)

    def done(self, name: str, now: datetime) -> None:
        """What was said is done."""
        self._writer.call(lambda c: c.run(self._sql["done"], (to_ms(now), name)))

    def begin(self, kind: str, about: int, now: datetime, *, detail: str = "", topic: int = 0, ending: str = "") -> int:
        """A new card, not posted yet; its number. One of the same that is open is closed, and says ``ending``."""
        fields = {"kind": kind, "about": about, "detail": detail, "topic": topic, "now": to_ms(now)}

        def work(connection: Connection) -> int:
            for row in connection.query(self._sql["open_one"], fields):
                connection.run(self._sql["close"], {"id": row["id"], "now": to_ms(now), "ending": ending})
            return int(connection.query(self._sql["add"], fields)[0]["id"])

        return self._writer.call(work)

    def posted(self, card: int, message: int | None, shows: str) -> None:
        """It stands there, and shows this."""
        self._writer.call(lambda c: c.run(self._sql["posted"], {"id": card, "message": message, "shows": shows}))

    def decide(self, card: int, word: str) -> None:
        """What was decided on it, and by whom."""
        self._writer.call(lambda c: c.run(self._sql["decide"], {"id": card, "word": word}))

    def close(self, card: int, now: datetime, ending: str) -> None:
        """It asks nothing any more; where it stands in the chat, it is still to say ``ending``."""
        self._writer.call(lambda c: c.run(self._sql["close"], {"id": card, "now": to_ms(now), "ending": ending}))

    def leaving(self) -> Sequence[Shown]:
        """Closed cards that have still to say so."""
        return [_shown(row) for row in self._readers.query(self._sql["leaving"])]

    def left(self, card: int) -> None:
        """It has said so, or is not there any more."""
        self._writer.call(lambda c: c.run(self._sql["left"], (card,)))

    def open_cards(self) -> Sequence[Shown]:
        """The cards that ask or show something, the oldest first."""
        return [_shown(row) for row in self._readers.query(self._sql["open"])]

    def get(self, card: int) -> Shown | None:
        """One card."""
        return next((_shown(row) for row in self._readers.query(self._sql["get"], (card,))), None)

    def under(self, message: int) -> Shown | None:
        """The card that a message of the chat shows."""
        return next((_shown(row) for row in self._readers.query(self._sql["under"], (message,))), None)

    def asking(self, held_by: str, most: int) -> Sequence[int]:
        """The stories that somebody must let go of one hold (approval, lint), the longest waiting first."""
        return [row["id"] for row in self._readers.query(self._sql["asking"], {"held_by": held_by, "most": most})]

    def in_doubt(self, most: int) -> Sequence[int]:
        """The stories and issues of which only a person can settle something, the longest waiting first."""
        return [row["id"] for row in self._readers.query(self._sql["in_doubt"], (most,))]

    def doubts_of(self, subject: int) -> Sequence[tuple[int, str]]:
        """What a person is to settle of a story or issue: each delivery with its channel."""
        return [(row["id"], row["channel"]) for row in self._readers.query(self._sql["doubts_of"], (subject,))]

    def places_of(self, subject: int) -> Sequence[Row]:
        """Each channel's answers for a story or issue: one row however many recipients it has."""
        return self._readers.query(self._sql["places_of"], (subject,))

    def deliveries(self, ids: Sequence[int]) -> Sequence[Delivery]:
        """Some deliveries by their numbers."""
        return [delivery(row) for row in self._readers.query(self._sql["some"], (json.dumps(list(ids)),))]

    def story_of_post(self, urls: Sequence[str]) -> int | None:
        """The story behind the address of a post of ours."""
        rows = self._readers.query(self._sql["story_of_post"], (json.dumps(list(urls)),))
        return next((int(row["id"]) for row in rows), None)


def _shown(row: Row) -> Shown:
    return Shown(
        id=row["id"],
        kind=row["kind"],
        about=row["about"],
        detail=row["detail"],
        shows=row["shows"],
        topic=row["topic"],
        message_id=row["message_id"],
        word=row["word"],
        ending=row["ending"],
        at=from_ms(row["at"]),
        is_open=row["closed_at"] is None,
    )
