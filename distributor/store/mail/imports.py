"""Lists of readers brought in and given out, in slices. Nobody who left, was suppressed or erased comes back by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from distributor.rules.mail.readers.importing import Brought, Fate
from distributor.store.codes import from_ms, to_ms
from distributor.store.connection import Connection, Row, queries
from distributor.store.mail.dials import DialStore
from distributor.store.mail.letters import Consent, agree
from distributor.store.readers import Readers
from distributor.store.writer import LATER, Writer


class Became(StrEnum):
    """What becomes of one address of a list for one topic."""

    #: subscribed from now on
    NEW = "new"
    #: subscribed here already
    HAD = "had"
    #: noted as having left, or as never to be mailed, as the list says
    NOTED = "noted"
    #: the list says subscribed, but the reader has left here, must not be mailed, or was erased
    LEFT = "left"
    SUPPRESSED = "suppressed"
    ERASED = "erased"


class Imports:
    """Lists in and out of the store."""

    def __init__(self, writer: Writer, readers: Readers, dials: DialStore) -> None:
        """Share the store's writer and readers; ``dials`` knows who was erased."""
        self._writer = writer
        self._readers = readers
        self._dials = dials
        self._sql = queries("imports")

    def bring(
        self, brought: Sequence[Brought], topics: Sequence[str], *, source: str, is_meant: bool, now: datetime
    ) -> Mapping[str, int]:
        """Take a slice of a list; how many addresses became what. ``is_meant`` False only looks.

        ``topics`` are those of addresses that name none themselves. One transaction, behind everything else.
        """

        def work(connection: Connection) -> Mapping[str, int]:
            found: Counter[str] = Counter()
            for one in brought:
                # whom never to mail is so for every topic
                for topic in ("",) if one.fate is Fate.SUPPRESSED else one.topics or topics:
                    found[self._one(connection, one, topic, source, is_meant, now).value] += 1
            return dict(found)

        return self._writer.call(work, priority=LATER)

    def page(self, after: int, most: int) -> tuple[Sequence[Mapping[str, Any]], int | None]:
        """The subscriptions of the next readers after a number, and the last of these; None: there are no more."""
        place = {"after": after, "most": most}
        last = self._readers.query(self._sql["last"], place)[0]["id"]
        rows = [_told(row) for row in self._readers.query(self._sql["page"], place)]
        return rows, last

    def lone_suppressions(self) -> Sequence[Row]:
        """Whom never to mail and who is no reader here."""
        return self._readers.query(self._sql["lone_suppressions"])

    def _one(
        self, connection: Connection, one: Brought, topic: str, source: str, is_meant: bool, now: datetime
    ) -> Became:
        place = {"address": one.address, "hash": self._dials.hash_of(one.address)}
        known = connection.query(self._sql["known"], place)[0]
        if known["erased"]:
            return Became.ERASED
        if one.fate is Fate.SUPPRESSED:
            if is_meant and not known["suppressed"]:
                reason = f"brought as such by {source}"
                connection.run(queries("subscribers")["suppress"], (one.address, "manual", reason, to_ms(now)))
            return Became.NOTED
        standing = self._standing(connection, known["id"], topic)
        if one.fate is Fate.SUBSCRIBED:
            if known["suppressed"]:
                return Became.SUPPRESSED
            if standing in ("unsubscribed", "confirmed"):
                return Became.LEFT if standing == "unsubscribed" else Became.HAD
        elif standing == "confirmed":  # who said yes here knows better than a list
            return Became.HAD
        if is_meant and standing != "unsubscribed":
            self._write(connection, one, topic, source, now)
        return Became.NEW if one.fate is Fate.SUBSCRIBED else Became.NOTED

    def _standing(self, connection: Connection, reader: int | None, topic: str) -> str:
        """The state that counts here; who left and only asked again has left."""
        for row in connection.query(self._sql["standing"], {"id": reader, "topic": topic}):
            is_out = row["state"] == "unconfirmed" and row["unsubscribed_at"] is not None
            return "unsubscribed" if is_out else str(row["state"])
        return ""

    def _write(self, connection: Connection, one: Brought, topic: str, source: str, now: datetime) -> None:
        sql = queries("subscribers")
        fresh = {"address": one.address, "name": one.name, "language": one.language, "zone": one.zone}
        number = int(connection.query(sql["know"], fresh | {"now": to_ms(now)})[0]["id"])
        is_in, since = one.fate is Fate.SUBSCRIBED, to_ms(one.since or now)
        row = {
            "id": number,
            "topic": topic,
            "state": "confirmed" if is_in else "unsubscribed",
            "source": source,
            "now": to_ms(now),
            "confirmed_at": since if is_in else None,
            "unsubscribed_at": None if is_in else since,
        }
        connection.run(self._sql["bring"], row)
        if is_in:
            told = f"on that list since {one.since:%Y-%m-%d}" if one.since else "on that list since an unknown day"
            agree(connection, number, Consent(act="imported", source=source, topics=[topic], form=told), now)


def _told(row: Row) -> dict[str, Any]:
    """One subscription for a file."""
    state = "suppressed" if row["suppressed"] else row["state"]
    told = {name: row[name] for name in ("address", "name", "language", "zone", "topic")}
    since = from_ms(row["since_at"]).isoformat(timespec="seconds").replace("+00:00", "Z")
    return told | {"state": state, "since": since, "source": row["source"]}
