"""The platforms' answers, for all callers that have one to write. Decides nothing.

What comes of them is what would come of each caller after the other: they are written at once, or each at its own turn
where a row is no longer its caller's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from distributor.model import Delivery, Outcome, RetryAt, Sent, SubjectKind, Unknown
from distributor.rules.fate.lifecycle import FIRST_LOOK, Verdict, state_after
from distributor.store.codes import state_number, to_ms
from distributor.store.connection import Connection, queries
from distributor.store.ledger.charges import settle
from distributor.store.ledger.events import Event, append, outcome_told, placed


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The answers that one caller has, each with the fields of its row (:func:`answer`)."""

    rows: Sequence[tuple[Delivery, Verdict, Mapping[str, object]]]
    channel: str
    #: the channel's own row
    number: int
    now: datetime
    #: the hashes of the messages with which some of the rows were started; others are read
    messages: Mapping[int, bytes]


def answer(entry: Delivery, outcome: Outcome, *, owner: int, now: datetime) -> Mapping[str, object]:
    """What an answer makes of its row."""
    retry = outcome if isinstance(outcome, RetryAt) else None
    receipt = outcome.receipt if isinstance(outcome, Sent) else None
    # what an earlier try met is no longer the reason of a row that was sent; the attempts tell it
    reason = outcome_told(outcome)[1] if receipt is None else "" if entry.first_sent_at else entry.reason
    return {
        "id": entry.id,
        "owner": owner,
        "doubts": entry.doubts,
        "state": state_number(state_after(outcome)),
        "reason": reason,
        "counts": int(retry is None or retry.counts),
        "due_at": to_ms(retry.at if retry else entry.due_at),
        "remote_id": receipt.remote_id if receipt else "",
        "url": receipt.url if receipt else "",
        "ended_at": None if retry else to_ms(now),
        "look_at": to_ms(now + FIRST_LOOK) if isinstance(outcome, Unknown) else None,
    }


def record(connection: Connection, parts: Sequence[Answered]) -> Sequence[None]:
    """Write the answers, what they mean for their channels, and the events that tell of them."""
    messages = _messages(connection, parts)
    newest: dict[int, str] = {}
    written = _recorded(connection, parts)
    events = [event for part in parts for event in _record(connection, part, messages, newest, written)]
    for channel, remote_id in newest.items():
        fields = {"remote_id": remote_id, "channel": channel}
        connection.run(queries("deliveries")["newest_post"], fields)
    if events:
        append(connection, *events)
    return [None] * len(parts)


def _messages(connection: Connection, parts: Sequence[Answered]) -> Mapping[int, bytes]:
    """The hashes of the exact messages of what was sent."""
    found = {number: mark for part in parts for number, mark in part.messages.items()}
    sent = [entry.id for part in parts for entry, verdict, _ in part.rows if isinstance(verdict.outcome, Sent)]
    missing = [number for number in sent if number not in found]
    rows = connection.query(queries("deliveries")["message_hashes"], (json.dumps(missing),)) if missing else ()
    return {**found, **{row["id"]: row["hash"] for row in rows}}


def _recorded(connection: Connection, parts: Sequence[Answered]) -> bool:
    """Write all rows at once; False, and none is written, where one is no longer its caller's."""
    fields = [fields for part in parts for _, _, fields in part.rows]
    if len(fields) < 2:
        return False
    connection.run("SAVEPOINT together")
    is_whole = connection.run_many(queries("deliveries")["record"], fields) == len(fields)
    if not is_whole:
        connection.run("ROLLBACK TO together")
    connection.run("RELEASE together")
    return is_whole


def _record(
    connection: Connection, part: Answered, messages: Mapping[int, bytes], newest: dict[int, str], is_written: bool
) -> Sequence[Event]:
    """Write one caller's answers, where they are not written; the events that they are.

    ``newest`` keeps each channel's newest post.
    """
    sql = queries("deliveries")["record"]
    events: list[Event] = []
    for entry, verdict, fields in part.rows:
        outcome = verdict.outcome
        if is_written or connection.run(sql, fields):
            settle(connection, entry, outcome, part.now)
            _try(connection, entry, outcome, part.now)
            if isinstance(outcome, Sent) and not entry.recipient:
                newest[part.number] = max(newest.get(part.number, ""), outcome.receipt.remote_id, key=_age)
            events += _ends(entry, outcome, messages, part.now)
        if entry.is_trial and verdict.is_proof:
            connection.run(queries("deliveries")["proven"], (part.number,))
        events += _restrain(connection, part, verdict)
    return events


def _age(remote_id: str) -> tuple[int, str]:
    """Grows with the ids of a platform, as the statement ``newest_post`` says."""
    return len(remote_id), remote_id


def _try(connection: Connection, entry: Delivery, outcome: Outcome, now: datetime) -> None:
    """Put every try but a first success on record."""
    if entry.attempts or not isinstance(outcome, Sent):
        word, detail = outcome_told(outcome)
        connection.run(queries("deliveries")["add_attempt"], (entry.id, to_ms(now), word, detail))


def _ends(entry: Delivery, outcome: Outcome, messages: Mapping[int, bytes], now: datetime) -> Sequence[Event]:
    """The event of an end.

    A mail of an issue that was sent without a doubt is none of its own: the issue is sealed as a whole when it closes.
    """
    if isinstance(outcome, RetryAt):
        return ()
    is_sealed = entry.recipient and entry.subject_kind is SubjectKind.ISSUE and not entry.doubts
    if is_sealed and isinstance(outcome, Sent):
        return ()
    word, detail = outcome_told(outcome)
    told = placed(messages[entry.id], outcome.receipt) if isinstance(outcome, Sent) else detail
    return (Event(at=now, kind=word, subject_id=entry.subject_id, delivery_id=entry.id, actor="lane", detail=told),)


def _restrain(connection: Connection, part: Answered, verdict: Verdict) -> Sequence[Event]:
    """Write what an answer forbids its channel; the event of a pause."""
    sql: Mapping[str, Any] = queries("deliveries")
    if verdict.not_before is not None:
        connection.run(sql["not_before"], (to_ms(verdict.not_before), part.number))
    for scope, until, reason in verdict.limits:
        connection.run(sql["limit"], {"scope": scope, "until": to_ms(until), "reason": reason})
    if verdict.pause and connection.run(sql["pause"], (to_ms(part.now), verdict.pause, part.number)):
        return (Event(at=part.now, kind="paused", actor="lane", detail=f"{part.channel}: {verdict.pause}"),)
    return ()
