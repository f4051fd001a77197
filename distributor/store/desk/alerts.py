"""What somebody must know, once however often it is noticed, and that it is over. Delivers nothing itself.

An alert is a subject of its own: its deliveries (act ``alert``, revision 0 raised, 1 recovered) take the same road as
stories and can never start another.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from distributor.model import FLASH, Act, Alert, DeliveryIntent, SubjectKind
from distributor.store.codes import from_ms, to_ms
from distributor.store.connection import Connection, Row, queries
from distributor.store.ledger.deliveries import add_intents
from distributor.store.ledger.events import Event, append
from distributor.store.readers import Readers
from distributor.store.writer import Writer

#: Keys of these kinds are about one channel: its own trouble cannot be told through itself.
_OF_CHANNELS = ("paused", "unknown", "lane")


class Alerts:
    """The alerts of the store."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        """Share the store's writer and readers."""
        self._writer = writer
        self._readers = readers
        self._sql = queries("alerts")
        self._targets: Sequence[tuple[str, int]] = ()

    def tell(self, targets: Sequence[tuple[str, int]]) -> None:
        """Who is told from now on: channels with a recipient each (0: the channel's own audience)."""
        self._targets = tuple(targets)

    def raise_alert(self, key: str, text: str, *, hint: str = "", now: datetime) -> bool:
        """Somebody must know; whether it is news (an alert of this key that is not over is not raised again)."""
        return self._writer.call(lambda c: self.raise_within(c, key, text, hint=hint, now=now))

    def raise_within(self, connection: Connection, key: str, text: str, *, hint: str = "", now: datetime) -> bool:
        """The same in the caller's transaction, with what it is about."""
        if connection.query(self._sql["open_one"], (key,)):
            return False
        subject = int(connection.query(self._sql["new_subject"], (int(SubjectKind.ALERT),))[0]["id"])
        connection.run(self._sql["raise"], (subject, key, text, hint, to_ms(now)))
        append(connection, Event(at=now, kind="alert", subject_id=subject, actor="clock", detail=text))
        add_intents(connection, subject, self._intents(key, 0, now), now)
        return True

    def say_within(self, connection: Connection, key: str, text: str, *, hint: str, lasts: bool, now: datetime) -> None:
        """Tell the desk something in the caller's transaction; what does not last is over as soon as it is told."""
        self.raise_within(connection, key, text, hint=hint, now=now)
        if not lasts:
            self._recover(connection, key, "", now=now, quiet=True)

    def over_within(self, connection: Connection, key: str, text: str, *, now: datetime) -> None:
        """What lasted is over, in the caller's transaction; nothing where it did not last."""
        self._recover(connection, key, text, now=now, quiet=False)

    def restate(self, key: str, text: str) -> bool:
        """While it stands, show it in other words, such as a count that has grown; nobody is told again."""
        return self._writer.call(lambda c: c.run(self._sql["restate"], {"key": key, "text": text})) > 0

    def is_open(self, key: str) -> bool:
        """Whether it is known and not over; what is just being raised may not be seen yet."""
        return bool(self._readers.query(self._sql["open_one"], (key,)))

    def standing(self, key: str) -> Alert | None:
        """The alert of this key that is not over."""
        rows = self._readers.query(self._sql["open_one"], (key,))
        return self.get(rows[0]["id"]) if rows else None

    def recover(self, key: str, text: str, *, now: datetime, quiet: bool = False) -> bool:
        """It is over; whether there was such an alert. ``quiet`` tells nobody."""
        return self._writer.call(lambda c: self._recover(c, key, text, now=now, quiet=quiet))

    def announce(self, key: str, text: str, *, hint: str, now: datetime) -> bool:
        """Tell the desk something that is no trouble: over as soon as it is told; False where this key was told."""
        if self._readers.query(self._sql["ever"], (key,)):
            return False
        self.raise_alert(key, text, hint=hint, now=now)
        return self.recover(key, "", now=now, quiet=True)

    def open_alerts(self) -> Sequence[Alert]:
        """What is not over, the oldest first."""
        return [_alert(row) for row in self._readers.query(self._sql["open"])]

    def get(self, alert: int) -> Alert | None:
        """One alert."""
        return next((_alert(row) for row in self._readers.query(self._sql["get"], (alert,))), None)

    def prove_writable(self, now: datetime) -> None:
        """Write a word that means nothing. Raises StoreError where nothing can be written."""
        self._writer.call(lambda c: c.run(self._sql["beat"], (str(to_ms(now)),)))

    def sanity(self) -> str:
        """What SQLite finds wrong with its file (it reads all of it); empty: nothing."""
        found = str(self._readers.query(self._sql["sane"])[0][0])  # type: ignore[index]  # a pragma's only column
        return "" if found == "ok" else found

    def _recover(self, connection: Connection, key: str, text: str, *, now: datetime, quiet: bool) -> bool:
        found = connection.query(self._sql["recover"], {"key": key, "text": text, "now": to_ms(now)})
        for row in found:
            append(connection, Event(at=now, kind="recovered", subject_id=row["id"], actor="clock", detail=text))
            add_intents(connection, row["id"], () if quiet else self._intents(key, 1, now), now)
        return bool(found)

    def _intents(self, key: str, revision: int, now: datetime) -> Sequence[DeliveryIntent]:
        return [
            DeliveryIntent(
                channel=channel,
                recipient=recipient,
                act=Act.ALERT,
                revision=revision,
                due_at=now,
                priority=FLASH,
                reason=f"alert {key}",
            )
            for channel, recipient in self._targets
            if key not in {f"{about}:{channel}" for about in _OF_CHANNELS}
        ]


def _alert(row: Row) -> Alert:
    return Alert(
        id=row["id"],
        key=row["key"],
        text=row["text"],
        hint=row["hint"],
        raised_at=from_ms(row["raised_at"]),
        recovered_at=from_ms(row["recovered_at"]),
        recovery=row["recovery"],
    )
