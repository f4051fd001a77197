"""Tries to log in, counted by keyed hashes of name and network. Decides nothing."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime, timedelta

from distributor.rules.people.knocking import WINDOW, Failures, Lately
from distributor.store.codes import from_ms, to_ms
from distributor.store.connection import Connection, Row, queries
from distributor.store.writer import Writer

#: For so long a network is where somebody is at home.
MONTH = timedelta(days=30)

#: Says how long the next try must wait (``rules.people.knocking.wait``).
Rule = Callable[[Lately, datetime], timedelta]


class Logins:
    """Who knocked of late."""

    def __init__(self, writer: Writer, key: bytes) -> None:
        """Share the store's writer; ``key`` is the store's own."""
        self._writer = writer
        self._key = hmac.new(key, b"logins", hashlib.sha256).digest()
        self._sql = queries("logins")

    def knock(self, name: str, network: str, rule: Rule, now: datetime) -> int | timedelta:
        """The number of a try, which counts as failed from now on; or how long the next one must wait.

        Counted before anything is compared, so that tries at the same time count as tries one after the other.
        """
        fields = {
            "name": self._hash(name),
            "network": self._hash(network),
            "now": to_ms(now),
            "window": to_ms(now - WINDOW),
            "month": to_ms(now - MONTH),
        }

        def work(connection: Connection) -> int | timedelta:
            connection.run(self._sql["forget"], fields)
            wait = rule(_lately(connection.query(self._sql["lately"], fields)[0]), now)
            if wait > timedelta(0):
                return wait
            return int(connection.query(self._sql["note"], fields)[0]["id"])

        return self._writer.call(work)

    def succeeded(self, number: int) -> None:
        """The password of a try was right."""
        self._writer.call(lambda connection: connection.run(self._sql["succeeded"], (number,)))

    def _hash(self, text: str) -> bytes:
        return hmac.new(self._key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()


def _lately(row: Row) -> Lately:
    sorts = {name: _failures(row, name) for name in ("both", "name", "network", "everybody")}
    return Lately(**sorts, is_at_home=bool(row["is_at_home"]))


def _failures(row: Row, name: str) -> Failures:
    return Failures(count=row[name], last=from_ms(row[f"{name}_at"]))
