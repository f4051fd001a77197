"""Readers as the desk looks them up: by a part of their address, one by one, and how many came and went. Changes
nothing.

Each question is answered by an index, however many readers there are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from distributor.rules.mail.returning.scores import Score
from distributor.store.codes import to_ms
from distributor.store.connection import Row, queries
from distributor.store.mail.bounces import score_of
from distributor.store.readers import Readers

#: behind every text that begins the same
_LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One reader of a search."""

    id: int
    address: str
    name: str
    #: by topic, the state of the subscription
    topics: Mapping[str, str]
    is_suppressed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """How many came and went within a span of time."""

    #: by what they said (``consents.act``)
    said: Mapping[str, int]
    suppressed: int


class Audience:
    """The readers of the store, to be looked at."""

    def __init__(self, readers: Readers) -> None:
        """Share the store's readers."""
        self._readers = readers
        self._sql = queries("audience")

    def find(self, text: str, most: int) -> Sequence[Found]:
        """The readers whose address begins so, then those at the domains that do; ``@`` before it: these alone."""
        rows = [] if text.startswith("@") else self._begins("by_address", text, most)
        if "@" not in text.lstrip("@"):
            known = {row["id"] for row in rows}
            rows += [row for row in self._begins("by_domain", text.lstrip("@").lower(), most) if row["id"] not in known]
        return self._whole(rows[:most])

    def row(self, reader: int) -> Row | None:
        """A reader's ``id``, ``address``, ``name`` and ``created_at``; None: there is none of this number any more."""
        return next(iter(self._readers.query(self._sql["reader"], (reader,))), None)

    def number(self, address: str) -> int | None:
        """The reader who has an address."""
        return next((row["id"] for row in self._readers.query(self._sql["number"], (address,))), None)

    def mails(self, reader: int, most: int) -> Sequence[Row]:
        """The last mails that were made for a reader, newest first; instants are milliseconds."""
        return self._readers.query(self._sql["mails"], {"reader": reader, "most": most})

    def returns(self, address: str, most: int) -> Sequence[Row]:
        """What came back of an address, newest first (as ``bounces.sql``, list, has it)."""
        return self._readers.query(self._sql["returns"], {"address": address, "most": most})

    def suppression(self, address: str) -> Row | None:
        """Why an address is never mailed: ``kind``, ``reason``, ``at``; None: it is."""
        return next(iter(self._readers.query(self._sql["suppression"], (address,))), None)

    def score(self, address: str) -> Score | None:
        """How an address has failed; None: it has not."""
        return next(map(score_of, self._readers.query(self._sql["score"], (address,))), None)

    def came(self, spans: Sequence[tuple[datetime, datetime]], acts: Sequence[str]) -> Sequence[Came]:
        """What readers said within each of some spans, and how many addresses were suppressed."""
        told = json.dumps([(to_ms(begin), to_ms(end)) for begin, end in spans])
        said: list[dict[str, int]] = [{} for _ in spans]
        for row in self._readers.query(self._sql["said"], {"spans": told, "acts": json.dumps(list(acts))}):
            said[row["span"]][row["act"]] = row["n"]
        suppressed = {row["span"]: row["n"] for row in self._readers.query(self._sql["suppressed"], {"spans": told})}
        return [Came(said=one, suppressed=suppressed[number]) for number, one in enumerate(said)]

    def topics(self) -> Mapping[str, Mapping[str, int]]:
        """By topic: how many subscriptions are ``confirmed``, and how many ``unconfirmed``."""
        found: dict[str, dict[str, int]] = {}
        for row in self._readers.query(self._sql["topics"]):
            found.setdefault(row["topic"], {})[row["state"]] = row["n"]
        return found

    def suppressed(self) -> int:
        """How many addresses are never mailed."""
        return int(self._readers.query(self._sql["all_suppressed"])[0]["n"])

    def of_topic(self, topic: str) -> int:
        """How many readers a topic has."""
        return int(self._readers.query(self._sql["of_topic"], (topic,))[0]["n"])

    def _begins(self, name: str, text: str, most: int) -> list[Row]:
        place = {"from": text, "to": f"{text}{_LAST}", "most": most}
        return list(self._readers.query(self._sql[name], place))

    def _whole(self, rows: Sequence[Row]) -> Sequence[Found]:
        ids = json.dumps([row["id"] for row in rows])
        topics: dict[int, dict[str, str]] = {}
        suppressed = set()
        for row in self._readers.query(self._sql["standing"], (ids,)):
            has = topics.setdefault(row["id"], {})
            if row["topic"]:
                has[row["topic"]] = row["state"]
            if row["suppressed"]:
                suppressed.add(row["id"])
        return [
            Found(
                id=row["id"],
                address=row["address"],
                name=row["name"],
                topics=topics.get(row["id"], {}),
                is_suppressed=row["id"] in suppressed,
            )
            for row in rows
        ]
