"""Subscriptions at WebSub hubs, and the ids of what was pushed to us. Decides nothing."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta

from distributor.rules.reading.leases import Standing, Subscription
from distributor.store.codes import from_ms, to_ms
from distributor.store.connection import Connection, Row, queries
from distributor.store.readers import Readers
from distributor.store.writer import Writer

#: For how long the id of a pushed message is known: twice as long as its signature is believed, and then some.
REMEMBERED = timedelta(hours=1)


class Hubs:
    """The subscriptions of the store."""

    def __init__(self, writer: Writer, readers: Readers, key: bytes) -> None:
        """Share the store's writer and readers; ``key`` is the store's own, which never leaves."""
        self._writer = writer
        self._readers = readers
        self._key = hmac.new(key, b"websub", hashlib.sha256).digest()
        self._sql = queries("hubs")

    def get(self, feed: str) -> Subscription | None:
        """How a feed's subscription stands; None where no hub was ever asked."""
        return next(map(_subscription, self._readers.query(self._sql["get"], (feed,))), None)

    def by_token(self, token: str) -> Subscription | None:
        """The subscription whose callback has this token; None for one that we never gave."""
        for row in self._readers.query(self._sql["all"]):
            if hmac.compare_digest(self.token(row["feed"]).encode(), token.encode("utf-8", "replace")):
                return _subscription(row)
        return None

    def token(self, feed: str) -> str:
        """What stands in the address at which a hub finds us; nobody can guess it."""
        return self._drawn(feed, "token")

    def secret(self, feed: str) -> str:
        """What a hub signs with (``hub.secret``); it never stands in the database."""
        return self._drawn(feed, "secret")

    def asked(self, feed: str, hub: str, topic: str, now: datetime) -> None:
        """A hub is being asked."""
        fields = {"feed": feed, "hub": hub, "topic": topic, "now": to_ms(now)}
        self._writer.call(lambda c: c.run(self._sql["asked"], fields))

    def confirmed(self, feed: str, until: datetime) -> None:
        """The hub verified the subscription; it lasts until then."""
        self._writer.call(lambda c: c.run(self._sql["confirmed"], (to_ms(until), feed)))

    def denied(self, feed: str, error: str) -> None:
        """The hub refused it, or could not be asked."""
        self._writer.call(lambda c: c.run(self._sql["denied"], (error, feed)))

    def was_pushed(self, feed: str, key: str) -> bool:
        """Whether a message of this id was taken already."""
        return bool(self._readers.query(self._sql["was_pushed"], (feed, key)))

    def pushed(self, feed: str, key: str, now: datetime) -> None:
        """A message was taken; old ids are forgotten."""

        def work(connection: Connection) -> None:
            connection.run(self._sql["forget"], (to_ms(now - REMEMBERED),))
            connection.run(self._sql["pushed"], (feed, key, to_ms(now)))

        self._writer.call(work)

    def _drawn(self, feed: str, what: str) -> str:
        return hmac.new(self._key, f"{what} {feed}".encode(), hashlib.sha256).hexdigest()[:40]


def _subscription(row: Row) -> Subscription:
    asked_at = from_ms(row["asked_at"])
    assert asked_at is not None
    return Subscription(
        feed=row["feed"],
        hub=row["hub"],
        topic=row["topic"],
        standing=Standing(row["standing"]),
        asked_at=asked_at,
        until=from_ms(row["until"]),
        failures=row["failures"],
    )
