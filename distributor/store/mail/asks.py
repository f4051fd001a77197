"""Wishes for newsletters: counted, answered by at most one letter, and confirmed. Decides nothing."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from datetime import datetime

from distributor.model import LetterKind
from distributor.rules.mail.readers.asking import DAY, HOUR, Lately, Standing, Wish
from distributor.store.codes import to_ms
from distributor.store.connection import Connection, queries
from distributor.store.mail.letters import Consent, Letters, agree
from distributor.store.writer import Writer

#: Decides which letter goes to the address of a wish (``rules.mail.readers.asking.letter_for``).
Rule = Callable[[Wish, Standing, Lately], LetterKind | None]


class Asks:
    """Whoever asks for newsletters."""

    def __init__(self, writer: Writer, letters: Letters, key: bytes) -> None:
        """Share the store's writer and letters; ``key`` is the store's own."""
        self._writer = writer
        self._letters = letters
        self._key = hmac.new(key, b"asks", hashlib.sha256).digest()
        self._sql = queries("asks")

    def ask(self, wish: Wish, rule: Rule, now: datetime) -> LetterKind | None:
        """Put a wish on record and write the letter that the rule says; which, or None."""

        def work(connection: Connection) -> LetterKind | None:
            kind = self.count_within(connection, wish, rule, now)
            if kind is not None:
                self._write(connection, wish, kind, now)
            return kind

        return self._writer.call(work)

    def count_within(self, connection: Connection, wish: Wish, rule: Rule, now: datetime) -> LetterKind | None:
        """Count a wish in the caller's transaction; which letter the rule lets go to its address."""
        place = {
            "address": self._hash(wish.address.lower()),
            "domain": self._hash(wish.domain),
            "network": self._hash(wish.network),
            "now": to_ms(now),
            "day": to_ms(now - DAY),
            "hour": to_ms(now - HOUR),
        }
        connection.run(self._sql["forget"], place)
        lately = Lately(**dict(connection.query(self._sql["lately"], place)[0]))
        kind = rule(wish, self._standing(connection, wish.address), lately)
        connection.run(self._sql["note"], {**place, "written": int(kind is not None)})
        return kind

    def say_yes(
        self, subscriber: int, topics: Sequence[str], *, source: str, version: str, network: str, now: datetime
    ) -> bool:
        """A reader confirms what is unconfirmed of some topics; whether anything was."""

        def work(connection: Connection) -> bool:
            place = {"id": subscriber, "now": to_ms(now)}
            said = [t for t in topics if connection.run(self._sql["say_yes"], {**place, "topic": t})]
            if said:
                yes = Consent(act="confirmed", source=source, topics=said, version=version, network=network)
                agree(connection, subscriber, yes, now)
            return bool(said)

        return self._writer.call(work)

    def _standing(self, connection: Connection, address: str) -> Standing:
        rows = connection.query(self._sql["of_address"], (address,))
        is_suppressed = bool(connection.query(self._sql["is_suppressed"], (address,)))
        return Standing(is_suppressed=is_suppressed, topics={row["topic"]: row["state"] for row in rows})

    def _write(self, connection: Connection, wish: Wish, kind: LetterKind, now: datetime) -> None:
        fresh = {"address": wish.address, "name": wish.name, "language": wish.language, "zone": "", "now": to_ms(now)}
        number = int(connection.query(queries("subscribers")["know"], fresh)[0]["id"])
        for topic in wish.topics:
            row = {"id": number, "topic": topic, "source": wish.source, "now": to_ms(now)}
            connection.run(self._sql["wish"], row)
        asked = Consent(
            act="asked",
            source=wish.source,
            topics=wish.topics,
            form=wish.form,
            version=wish.version,
            network=wish.network,
        )
        agree(connection, number, asked, now)
        self._letters.write_within(connection, number, kind, topics=wish.topics, language=wish.language, now=now)

    def _hash(self, text: str) -> bytes:
        return hmac.new(self._key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()
