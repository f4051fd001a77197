"""The chain of events: every fact beside the states, each holding the hash of the one before. Decides nothing.

Whoever changes, drops or inserts an event breaks every hash after it; :func:`verify` finds the first that is wrong.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from distributor.model import Failed, Outcome, Receipt, RetryAt, Sent, Unknown
from distributor.rules.queue.fence import REASON
from distributor.store.codes import to_ms
from distributor.store.connection import Connection, Row, queries

#: What the first event of a chain holds in the place of the hash before it.
START = bytes(32)
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened."""

    at: datetime
    #: a word: sent, failed, unknown, settled, adopted, paused, resumed, released, restored ...
    kind: str
    subject_id: int | None = None
    delivery_id: int | None = None
    #: who or what: lane, clock, verifier, or a person's name
    actor: str = ""
    detail: str = ""
    #: the far side's own id of the event, which is taken once
    remote_id: str | None = None


def append(connection: Connection, *events: Event) -> None:
    """Write events at the end of the chain, inside the caller's transaction."""
    sql = queries("events")
    head = connection.query(sql["head"])
    last, mark = (head[0]["id"], head[0]["hash"] or START) if head else (0, START)
    rows = []
    for number, event in enumerate(events, last + 1):
        facts = (to_ms(event.at), event.kind, event.subject_id, event.delivery_id, event.actor, event.detail)
        mark = link(mark, number, (*facts, event.remote_id))
        rows.append((number, *facts, event.remote_id, mark))
    connection.run_many(sql["append"], rows)


def doubt(subject: int, delivery: int, now: datetime) -> Event:
    """What makes a delivery unknown that this store never saw at the wire."""
    return Event(at=now, kind="restored", subject_id=subject, delivery_id=delivery, actor="clock", detail=REASON)


def link(before: bytes, number: int, facts: Sequence[Any]) -> bytes:
    """The hash of an event: SHA-256 over the hash before it, its number and its facts as JSON."""
    told = _encode([number, *facts])
    return hashlib.sha256(before + told.encode("utf-8", "surrogatepass")).digest()


def verify(rows: Iterable[Row]) -> int | None:
    """The number of the first event that is not what it was, reading all of them in order; None: the chain is whole.

    Events from before the chain began have no hash; none may stand behind one that has.
    """
    before, number = START, 0
    for row in rows:
        number += 1
        if row["id"] != number:
            return number
        if row["hash"] is None and before == START:
            continue
        names = ("at", "kind", "subject_id", "delivery_id", "actor", "detail", "remote_id")
        before = link(before, number, [row[name] for name in names])
        if row["hash"] != before:
            return number
    return None


def placed(message: bytes, receipt: Receipt) -> str:
    """What an event says of something that was sent: where it stands, and the hash of the exact message."""
    return json.dumps({"message": message.hex(), "remote_id": receipt.remote_id, "url": receipt.url})


def outcome_told(outcome: Outcome) -> tuple[str, str]:
    """The word and the detail of an outcome for the table of attempts."""
    match outcome:
        case Sent(receipt=receipt):
            return "sent", receipt.remote_id
        case RetryAt(reason=reason):
            return "retry", reason
        case Failed(reason=reason):
            return "failed", reason
        case Unknown(reason=reason):
            return "unknown", reason
