"""What readers chose, and what they have been mailed: asked when issues open, and at the wire. Decides nothing."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

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

    def footing(self, entries: Sequence[Delivery], since: datetime) -> Mapping[int, Footing]:
        """By delivery id: what its reader chose and was mailed since an instant; rows for nobody's choice are left out.

        Readers who left, or whom nobody may mail, are none.
        """
        looked = self._looked(self._readers, entries, since)
        numbers = {number: json.loads(past.messages) for number, (_, past) in looked.items()}
        carried = self._stories_of(self._readers, {one for found in numbers.values() for one in found})
        return {
            number: replace(
                _footing(row),
                had=_NONE.union(*(carried[one] for one in numbers[number])),
                mails=tuple(from_ms(at) for at in json.loads(past.instants)),
                mark=_mark(row, past),
            )
            for number, (row, past) in looked.items()
        }

    def marks(self, entries: Sequence[Delivery], since: datetime, connection: Connection) -> Mapping[int, Hashable]:
        """The mark that each footing would have now, asked inside a transaction: it is told without taking it apart."""
        return {number: _mark(*found) for number, found in self._looked(connection, entries, since).items()}

    def _looked(
        self, asked: Connection | Readers, entries: Sequence[Delivery], since: datetime
    ) -> Mapping[int, tuple[Row, _Past]]:
        """By delivery id, for those who may be mailed: what they chose, and their mails."""
        ids = json.dumps([entry.id for entry in entries])
        rows = asked.query(self._sql["footing"], {"ids": ids})
        mails = asked.query(self._sql["mailed"], {"ids": ids, "since": to_ms(since)})
        past = {row["delivery_id"]: _Past(row["ids"], row["messages"], row["instants"]) for row in mails}
        return {
            row["id"]: (row, past.get(row["id"], _Past()))
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
        carried = self._stories_of(self._readers, {one["message_id"] for one in mails})
        told = [Mailed(id=one["id"], stories=carried[one["message_id"]], at=from_ms(one["at"])) for one in mails]
        counted = tuple(from_ms(one["at"]) for one in mails if one["counts"])
        had = _NONE.union(*(one.stories for one in told))
        return Reading(
            id=row["id"],
            wish=wish_of({**row, "language": row["language"] if multilingual else None}),
            footing=replace(_footing({**row, "number": None}), had=had, mails=counted) if row["state"] else None,
            mailed=told if row["state"] else (),
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


class _Past(NamedTuple):
    """A reader's mails of late, as JSON: the rows, their messages, and when those came that the reader limits."""

    ids: str = "[]"
    messages: str = "[]"
    instants: str = "[]"


def _mark(row: Row, past: _Past) -> Hashable:
    """All that a decision is made by; instants of answers are no part of it."""
    return tuple(row[name] for name in row.keys()), past.ids, past.messages  # noqa: SIM118 (no true mapping)


def _footing(row: Row) -> Footing:
    frozen = {name.removeprefix("g_"): row[name] for name in _FROZEN} if row["number"] is not None else None
    return Footing(choice=choice_of(row), dials=dials_of(row), segment=None if frozen is None else segment(frozen))


_NONE: frozenset[int] = frozenset()
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
