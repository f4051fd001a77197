"""The ledger held against its own chain of events: every row, message, seal and sum, in pieces. Changes nothing.

::

    events   -> the chain is whole, and every delivery that an event names is there
    rows     -> each says what its events say
    messages -> each still has the content of its hash
    issues   -> each closed one still has its seal's hash
    sums     -> planned = sent + failed + unknown + skipped + open
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from distributor.model import SubjectKind
from distributor.rules.fate.proof import Kept, disagreement, told
from distributor.store.codes import STATES
from distributor.store.connection import Row, queries
from distributor.store.ledger.events import verify
from distributor.store.ledger.seals import PIECE, seal
from distributor.store.readers import Readers

#: Troubles of one kind that are named one by one.
MOST_NAMED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """The chain of events as it was found."""

    #: how many there are
    events: int
    #: the hash of the last one, in hex; empty without a chain
    head: str
    #: the first event that is not what it was (one behind the last: the end was cut off); None: the chain is whole
    broken_at: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """One subject's deliveries: what was planned, and what became of it."""

    subject: int
    kind: SubjectKind
    planned: int
    sent: int
    failed: int
    unknown: int
    skipped: int
    open: int
    #: recipients frozen into an issue that was opened; None for other subjects
    frozen: int | None

    @property
    def is_conserved(self) -> bool:
        """Whether the parts make the whole, and the whole is what was frozen."""
        parts = self.sent + self.failed + self.unknown + self.skipped + self.open
        return parts == self.planned and self.frozen in (None, self.planned)


class Proof:
    """What the store says of itself."""

    def __init__(self, readers: Readers) -> None:
        """Share the store's readers."""
        self._readers = readers
        self._sql = queries("proof")

    def chain(self) -> Chain:
        """Read the whole chain."""
        last: dict[str, Any] = {"id": 0, "hash": None}

        def rows() -> Iterator[Row]:
            for row in self._pieces("events"):
                last.update(id=row["id"], hash=row["hash"])
                yield row

        broken = verify(rows())
        ever = int(self._readers.query(self._sql["last_number"])[0]["number"])
        if broken is None and ever > last["id"]:
            broken = last["id"] + 1
        return Chain(events=last["id"], head=last["hash"].hex() if last["hash"] else "", broken_at=broken)

    def orphans(self) -> Iterator[str]:
        """Deliveries that events name and that are not there."""
        for row in self._readers.query(self._sql["orphaned"], {"most": MOST_NAMED}):
            yield f"delivery {row['delivery_id']} is gone; event {row['id']} names it"

    def rows(self, subject: int | None = None) -> Iterator[tuple[int, str]]:
        """Every delivery (of one subject) with what is wrong with it; empty when it agrees with its events."""
        before = self._before()["deliveries"]
        span = self._readers.query(self._sql["span"], {"subject": subject})[0]
        pieces = self._pieces("rows", after=span["first"] - 1, last=span["last"], subject=subject)
        for number, group in groupby(pieces, key=lambda row: int(row["id"])):
            found = list(group)
            is_old = number <= before and found[0]["event"] is None
            yield number, "" if is_old else _wrong(found)

    def messages(self, story: int | None = None) -> Iterator[tuple[int, str]]:
        """Every message (that carries one story) with what is wrong with it; empty when its hash still fits."""
        pieces = self._pieces("messages") if story is None else self._pieces("messages_of", story=story)
        for row in pieces:
            carried = sorted(tuple(pair) for pair in json.loads(row["carried"]))
            fits = hashlib.sha256(f"{row['content']}\n{carried}".encode()).digest() == row["hash"]
            yield row["id"], "" if fits else f"message {row['id']} is not what its hash says"

    def issues(self) -> Iterator[tuple[int, str]]:
        """Every closed issue with what is wrong with it."""
        before = self._before()["subjects"]
        for row in self._pieces("closed"):
            is_old = row["id"] <= before and row["seal"] is None
            yield row["id"], "" if is_old else self._unsealed(row["id"], row["seal"])

    def issue(self, number: int) -> tuple[str | None, str]:
        """What sealed one closed issue (None: nothing yet), and what is wrong with it."""
        found = self._readers.query(self._sql["seal_of"], (number,))
        if not found:
            return None, "" if number <= self._before()["subjects"] else "no event says that it was closed"
        return str(found[0]["seal"]), self._unsealed(number, found[0]["seal"])

    def sums(self) -> Iterator[Sum]:
        """Every subject's deliveries, counted: planned = sent + failed + unknown + skipped + open."""
        after = 0
        while rows := self._readers.query(self._sql["conservation"], {"after": after, "most": PIECE}):
            yield from (_sum(row) for row in rows)
            after = rows[-1]["id"]

    def emptied(self) -> Iterator[str]:
        """Issues whose rows are all gone."""
        for row in self._readers.query(self._sql["emptied"], {"most": MOST_NAMED}):
            yield f"issue {row['id']} froze {row['recipients']} rows, and none is there"

    def revisions(self, story: int) -> Sequence[Row]:
        """Every text that a story had."""
        return self._readers.query(self._sql["revisions"], (story,))

    def told(self, subject: int, most: int) -> Sequence[Row]:
        """A story's rows with their messages, the channels' own first."""
        return self._readers.query(self._sql["told"], {"subject": subject, "most": most})

    def attempts(self, delivery: int) -> Sequence[Row]:
        """Every try that did not end in "sent", and every later one."""
        return self._readers.query(self._sql["attempts"], (delivery,))

    def events_of(self, delivery: int) -> Sequence[Row]:
        """What happened to a delivery."""
        return self._readers.query(self._sql["events_of"], (delivery,))

    def events_about(self, subject: int) -> Sequence[Row]:
        """What happened to a story or an issue as a whole."""
        return self._readers.query(self._sql["events_about"], (subject,))

    def _unsealed(self, issue: int, detail: str | None) -> str:
        if detail is None:
            return f"issue {issue} is closed, and no event says so"
        now, then = seal(self._readers, issue), told("closed", detail).facts
        is_same = (now.rows, now.sha256) == (then.get("rows"), then.get("sha256"))
        return "" if is_same else f"issue {issue} is not what it was when it was closed"

    def _before(self) -> Row:
        return self._readers.query(self._sql["before_chain"])[0]

    def _pieces(self, name: str, *, after: int = 0, **fields: object) -> Iterator[Row]:
        """The rows of a statement, so many at a time; it takes the last number seen as ``after``."""
        while rows := self._readers.query(self._sql[name], {**fields, "after": after, "most": PIECE}):
            yield from rows
            after = rows[-1]["id"]


def _wrong(found: Sequence[Row]) -> str:
    row = found[0]
    if row["state"] not in range(len(STATES)):
        return f"delivery {row['id']}: its state does not exist"
    kept = Kept(
        state=STATES[row["state"]],
        message=row["message"].hex() if row["message"] else "",
        remote_id=row["remote_id"],
        url=row["url"],
        is_sealed=bool(row["recipient"]) and row["subject_kind"] == SubjectKind.ISSUE and not row["doubts"],
    )
    events = [told(one["event"], one["detail"]) for one in found if one["event"] is not None]
    wrong = disagreement(kept, events)
    return f"delivery {row['id']}: {wrong}" if wrong else ""


def _sum(row: Row) -> Sum:
    is_frozen = row["issue"] in ("open", "closed")
    return Sum(
        subject=row["id"],
        kind=SubjectKind(row["kind"]),
        planned=row["planned"],
        sent=row["sent"],
        failed=row["failed"],
        unknown=row["unknown"],
        skipped=row["skipped"],
        open=row["open"],
        frozen=row["recipients"] if is_frozen else None,
    )
