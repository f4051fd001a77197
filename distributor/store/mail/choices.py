"""What readers chose, and what they have been mailed: asked when issues open, and at the wire. Decides nothing."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache

from distributor.model import (
    Delivery,
    Footing,
    Mailed,
    Reading,
    Segment,
    SubscriptionState,
    Wish,
)
from distributor.store.codes import from_ms, to_ms
from distributor.store.connection import Connection, Row, queries
from distributor.store.ledger.segments import segment, wish_of
from distributor.store.mail.wishes import choice_of, dials_of
from distributor.store.readers import Readers

#: Messages of which it is remembered what they carry; they never change.
REMEMBERED = 20_000


class Choices:
    """The choices of the store's readers."""

    def __init__(self, readers: Readers) -> None:
        """Share the store's readers."""
        self._readers = readers
        self._sql = queries("choices")
        self._carried: dict[int, frozenset[int]] = {}

    def wishes(self, topic: str, *, multilingual: bool = False) -> Sequence[Wish]:
        """What the confirmed readers of a digest have chosen, each choice once."""
        fields = {"topic": topic, "multilingual": int(multilingual)}
        return [wish_of(row) for row in self._readers.query(self._sql["wishes"], fields)]

    def footing(
        self, entries: Sequence[Delivery], since: datetime, connection: Connection | None = None
    ) -> Mapping[int, Footing]:
        """By delivery id: what its reader chose and was mailed since an instant; rows for nobody's choice are left out.

        A ``connection`` asks inside its transaction. Readers who left, or whom nobody may mail, are none.
        """
        asked: Connection | Readers = connection or self._readers
        ids = json.dumps([entry.id for entry in entries])
        rows = asked.query(self._sql["footing"], {"ids": ids})
        mailed = self._mailed(asked, asked.query(self._sql["mailed"], {"ids": ids, "since": to_ms(since)}))
        return {
            row["id"]: _footing(row, tuple(mailed[row["id"]]))
            for row in rows
            if row["state"] == SubscriptionState.CONFIRMED and not row["is_suppressed"]
        }

    def reader(self, address: str, topic: str, since: datetime, *, multilingual: bool = False) -> Reading | None:
        """One reader beside a digest, with what they were mailed since an instant; None: nobody has this address."""
        rows = self._readers.query(self._sql["reader"], {"address": address, "topic": topic})
        if not rows:
            return None
        row = dict(rows[0])
        mails = self._readers.query(self._sql["reader_mailed"], {"reader": row["id"], "since": to_ms(since)})
        mailed = tuple(self._mailed(self._readers, mails)[0])
        return Reading(
            id=row["id"],
            wish=wish_of({**row, "language": row["language"] if multilingual else None}),
            footing=_footing({**row, "number": None}, mailed) if row["state"] else None,
            is_suppressed=bool(row["is_suppressed"]),
            came_by={one["id"]: f"{one['digest']} {one['slot']}" if one["digest"] else one["channel"] for one in mails},
        )

    def is_suppressed(self, address: str) -> bool:
        """Whether nobody may mail an address, a reader's or not."""
        return bool(self._readers.query(self._sql["is_suppressed"], (address,))[0]["is_so"])

    def waiting_in(
        self, entries: Sequence[Delivery], issues: Collection[int]
    ) -> Mapping[int, Sequence[tuple[int, int]]]:
        """By delivery id: which of some issues still wait for the same reader, each with the number of the segment."""
        found: dict[int, list[tuple[int, int]]] = defaultdict(list)
        fields = {"ids": json.dumps([entry.id for entry in entries]), "issues": json.dumps(sorted(issues))}
        for row in self._readers.query(self._sql["waiting_in"], fields):
            found[row["delivery_id"]].append((row["subject_id"], row["segment"]))
        return found

    def open_issues(self, digest: str) -> Sequence[tuple[int, str]]:
        """The issues of a digest that are under way, newest first, each with its slot."""
        return [(row["id"], row["slot"]) for row in self._readers.query(self._sql["open_issues"], (digest,))]

    def segments(self, issue: int) -> Mapping[int, Segment]:
        """The segments of an issue by their numbers."""
        rows = self._readers.query(queries("segments")["of"], (issue,))
        return {row["number"]: segment(row) for row in rows}

    def _mailed(self, asked: Connection | Readers, rows: Sequence[Row]) -> Mapping[int, list[Mailed]]:
        carried = self._stories_of(asked, {row["message_id"] for row in rows})
        found: dict[int, list[Mailed]] = defaultdict(list)
        for row in rows:
            found[row["delivery_id"]].append(_told(row["id"], carried[row["message_id"]], row["at"], row["counts"]))
        return found

    def _stories_of(self, asked: Connection | Readers, messages: Collection[int]) -> Mapping[int, frozenset[int]]:
        """By message, the stories that it carries."""
        unknown = [number for number in messages if number not in self._carried]
        if unknown:
            fresh: dict[int, set[int]] = {number: set() for number in unknown}
            for row in asked.query(self._sql["carried"], (json.dumps(unknown),)):
                fresh[row["message_id"]].add(row["story_id"])
            is_full = len(self._carried) + len(unknown) > REMEMBERED
            kept = {one: self._carried[one] for one in messages if one in self._carried} if is_full else self._carried
            # replaced as a whole: lanes of several channels look into it at the same time
            self._carried = {**kept, **{number: frozenset(stories) for number, stories in fresh.items()}}
        return self._carried


@lru_cache(maxsize=REMEMBERED)
def _told(number: int, stories: frozenset[int], at: int, counts: int) -> Mailed:
    """One of a reader's mails; the next mail to them, and the writer's own look before it leaves, ask for it again."""
    return Mailed(id=number, stories=stories, at=from_ms(at), counts=bool(counts))


def _footing(row: Row, mailed: tuple[Mailed, ...]) -> Footing:
    frozen = {name.removeprefix("g_"): row[name] for name in _FROZEN} if row["number"] is not None else None
    return Footing(
        choice=choice_of(row),
        dials=dials_of(row),
        segment=None if frozen is None else segment(frozen),
        mailed=mailed,
    )


_FROZEN = (
    "number",
    "everybody",
    "g_rhythm",
    "g_hour",
    "g_weekday",
    "g_zone",
    "g_sections",
    "g_language",
    "after_id",
    "waited_since",
    "reason",
)
