"""Another address for a reader, to which both addresses must agree. Decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from distributor.model import LetterKind, Moving
from distributor.rules.mail.readers.asking import Wish
from distributor.store.codes import to_ms
from distributor.store.connection import Connection, Row, queries
from distributor.store.mail.asks import Asks, Rule
from distributor.store.mail.letters import Consent, Letters, agree
from distributor.store.readers import Readers
from distributor.store.writer import Writer


class Moves:
    """The changes of address of the store."""

    def __init__(self, writer: Writer, readers: Readers, letters: Letters, asks: Asks) -> None:
        """Share the store's writer, readers, letters, and the count of who asked how often."""
        self._writer = writer
        self._readers = readers
        self._letters = letters
        self._asks = asks
        self._sql = queries("dials")

    def ask(self, subscriber: int, wish: Wish, rule: Rule, now: datetime) -> bool:
        """Write to the reader's address and to the new one, if the rule lets the new one be written to."""

        def work(connection: Connection) -> bool:
            if self._asks.count_within(connection, wish, rule, now) is None:
                return False
            letters = [
                self._letters.write_within(connection, subscriber, kind, now=now, **fields)
                for kind, fields in (
                    (LetterKind.ADDRESS_OLD, {"new": wish.address}),
                    (LetterKind.ADDRESS_NEW, {"to": wish.address}),
                )
            ]
            place = {"id": subscriber, "address": wish.address, "now": to_ms(now)}
            connection.run(self._sql["move"], {**place, "old": letters[0].id, "new": letters[1].id})
            return True

        return self._writer.call(work)

    def get(self, subscriber: int, letter: int) -> Moving | None:
        """The change that a reader's letter asks about."""
        place = {"id": subscriber, "letter": letter}
        return next((_moving(row, letter) for row in self._readers.query(self._sql["move_of"], place)), None)

    def agree(self, subscriber: int, letter: int, *, network: str, now: datetime) -> bool:
        """One of the two addresses says yes, once; whether mail goes to the new one from now on."""

        def work(connection: Connection) -> bool:
            place = {"id": subscriber, "letter": letter, "now": to_ms(now)}
            rows: Sequence[Row] = connection.query(self._sql["move_of"], place)
            for row in rows:
                fields: dict[str, Any] = place | {"move": row["id"], "address": row["address"]}
                connection.run(self._sql["agree_old"], fields)
                connection.run(self._sql["agree_new"], fields)
                if connection.run(self._sql["finish"], fields):
                    said = Consent(act="moved", source="letters to both addresses", network=network)
                    agree(connection, subscriber, said, now)
                    self._move(connection, fields)
                    return True
            return False

        return self._writer.call(work)

    def _move(self, connection: Connection, fields: dict[str, Any]) -> None:
        """The reader has the new address; who had it already, and has agreed as well, gets what the reader had."""
        for row in connection.query(self._sql["other"], fields):
            connection.run(self._sql["hand_over"], fields | {"other": row["id"]})
            connection.run(queries("subscribers")["end"], fields | {"topics": "[]"})
            return
        connection.run(self._sql["rename"], fields)


def _moving(row: Row, letter: int) -> Moving:
    is_old = row["old_letter"] == letter
    return Moving(
        address=row["address"],
        is_agreed=(row["old_at"] if is_old else row["new_at"]) is not None,
        is_done=row["done_at"] is not None,
    )
