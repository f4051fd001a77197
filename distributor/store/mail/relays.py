"""What relays took and which are left alone, and how fast providers are mailed, through restarts. Decides nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from distributor.rules.mail.lanes import Slowed
from distributor.rules.mail.quotas import KEPT, minute_of
from distributor.rules.mail.relaying import Rest
from distributor.store.codes import from_ms, to_ms
from distributor.store.connection import Connection, queries
from distributor.store.readers import Readers
from distributor.store.writer import Writer


class Relays:
    """The books on relays and providers."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        """Share the store's writer and readers."""
        self._writer = writer
        self._readers = readers
        self._sql = queries("relays")

    def uses(self, channel: str, now: datetime) -> Mapping[str, Sequence[tuple[int, int]]]:
        """By relay, the mails of each clock minute of the last day, in the order of time."""
        found: dict[str, list[tuple[int, int]]] = {}
        since = minute_of(now - KEPT)
        for row in self._readers.query(self._sql["uses"], {"channel": channel, "since": since}):
            found.setdefault(row["relay"], []).append((row["minute"], row["n"]))
        return found

    def use(self, channel: str, relay: str, n: int, now: datetime, *, unused: tuple[int, int] = (0, 0)) -> None:
        """Count mails for a relay; ``unused`` are a minute and how many of its mails did not leave after all."""
        fields = {"channel": channel, "relay": relay}
        minute, back = unused

        def work(connection: Connection) -> None:
            if back:
                connection.run(self._sql["give_back"], {**fields, "minute": minute, "n": back})
            connection.run(self._sql["use"], {**fields, "minute": minute_of(now), "n": n})
            connection.run(self._sql["forget"], {"channel": channel, "before": minute_of(now - KEPT)})

        self._writer.call(work)

    def rests(self, channel: str) -> Mapping[str, Rest]:
        """The relays that had trouble last, until when they are left alone."""
        return {
            row["relay"]: Rest(count=row["count"], until=from_ms(row["until"]), reason=row["reason"])
            for row in self._readers.query(self._sql["rests"], (channel,))
        }

    def rest(self, channel: str, relay: str, found: Rest) -> None:
        """Leave a relay alone."""
        fields = {"count": found.count, "until": to_ms(found.until), "reason": found.reason}
        self._writer.call(lambda c: c.run(self._sql["rest"], {"channel": channel, "relay": relay, **fields}))

    def rested(self, channel: str, relay: str) -> None:
        """A relay takes mail again."""
        self._writer.call(lambda c: c.run(self._sql["rested"], (channel, relay)))

    def rates(self, channel: str) -> Mapping[str, Slowed]:
        """The providers that are mailed more slowly."""
        return {
            row["provider"]: Slowed(
                rate=row["rate"] / 1000, changed_at=from_ms(row["changed_at"]), reason=row["reason"]
            )
            for row in self._readers.query(self._sql["rates"], (channel,))
        }

    def slow(self, channel: str, provider: str, found: Slowed) -> None:
        """Mail a provider more slowly from now on."""
        fields = {
            "channel": channel,
            "provider": provider,
            "rate": max(1, round(found.rate * 1000)),
            "changed_at": to_ms(found.changed_at),
            "reason": found.reason,
        }
        self._writer.call(lambda c: c.run(self._sql["slow"], fields))

    def free(self, channel: str, provider: str) -> None:
        """A provider is mailed as fast as it may be again."""
        self._writer.call(lambda c: c.run(self._sql["free"], (channel, provider)))

    def address(self, subscriber: int) -> str:
        """Where a reader is mailed; empty for nobody."""
        rows = self._readers.query(self._sql["address"], (subscriber,))
        return str(rows[0]["address"]) if rows else ""
