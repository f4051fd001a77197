"""The moves on the wire's two sides, for all callers that wait for them together. Decides nothing.

What comes of them is what would come of each caller after the other: what many rows have in common is read once, but
every row is looked at and written at its own turn.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from distributor.model import Delivery, Outcome, Rendered, RetryAt, Sent, SubjectKind, Unknown
from distributor.rules.fate.lifecycle import FIRST_LOOK, Verdict, state_after
from distributor.store.codes import state_number, to_ms
from distributor.store.connection import Connection, Row, queries
from distributor.store.desk.stopping import is_stopped
from distributor.store.ledger.charges import Purse, charge, lacking, settle
from distributor.store.ledger.events import Event, append, outcome_told, placed
from distributor.store.ledger.findings import note
from distributor.store.ledger.messages import Content, freeze


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """Claimed rows that one caller wants to send; instants are milliseconds but for ``now``."""

    rows: Sequence[tuple[Rendered, Content]]
    owner: int
    now: datetime
    at: int
    until: int
    purse: Purse | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The answers that one caller has, each with the fields of its row (:func:`answer`)."""

    rows: Sequence[tuple[Delivery, Verdict, Mapping[str, object]]]
    channel: str
    #: the channel's own row
    number: int
    now: datetime


def start(connection: Connection, parts: Sequence[Leaving]) -> Sequence[Mapping[int, int]]:
    """Make "about to touch the wire" durable; for each caller the rows that may be sent, with their first start."""
    rendered = [entry for part in parts for entry, _ in part.rows]
    places, revisions = _places(connection, rendered), _revisions(connection, rendered)
    return [_start(connection, part, places, revisions) for part in parts]


def _places(connection: Connection, rendered: Iterable[Rendered]) -> Mapping[int, Row]:
    ids = json.dumps([entry.delivery_id for entry in rendered])
    return {row["id"]: row for row in connection.query(queries("deliveries")["places"], (ids,))}


def _revisions(connection: Connection, rendered: Iterable[Rendered]) -> Mapping[int, int]:
    """The latest revisions of the stories that some messages carry."""
    stories = {story for entry in rendered for story, _ in entry.carried}
    if not stories:
        return {}
    rows = connection.query(queries("deliveries")["revisions"], (json.dumps(sorted(stories)),))
    return {row["id"]: row["revision"] for row in rows}


def _start(
    connection: Connection, part: Leaving, places: Mapping[int, Row], revisions: Mapping[int, int]
) -> Mapping[int, int]:
    sql, started = queries("deliveries")["start"], {}
    for entry, content in part.rows:
        place = places[entry.delivery_id]
        # one after the other: what the first costs is spent when the next is looked at
        if not _may_start(connection, part, entry, place, revisions):
            continue
        freeze(connection, content, part.at)
        fields = {"message": content.hash, "id": entry.delivery_id, "owner": part.owner, "now": part.at}
        if connection.run(sql, {**fields, "until": part.until}):
            first = place["started_at"]
            started[entry.delivery_id] = part.at if first is None else first
            note(connection, entry, part.now)
            if part.purse is not None:
                charge(connection, part.purse, entry, part.now)
    return started


def _may_start(
    connection: Connection, part: Leaving, entry: Rendered, place: Row, revisions: Mapping[int, int]
) -> bool:
    """Whether nothing has come between claim and wire: a stop, a wait, a new text, a lane that spent the money."""
    if place["may_be_stopped"] and is_stopped(connection, entry.delivery_id, part.now):
        return False
    sql, row = queries("deliveries"), {"id": entry.delivery_id, "owner": part.owner}
    is_open = place["paused_at"] is None and place["not_before"] <= part.at
    if not is_open or (not place["doubts"] and _is_outdated(entry, revisions)):
        connection.run(sql["give_this_back"], row)
        return False
    lack = lacking(connection, part.purse, entry, place["channel"], part.now) if part.purse else None
    if lack is not None:
        connection.run(sql["wait_for_money"], {**row, "until": to_ms(lack.until), "reason": lack.reason})
    return lack is None


def _is_outdated(entry: Rendered, revisions: Mapping[int, int]) -> bool:
    """Whether a story has had a new text since the words were set: whoever wrote it counted on this row to carry it,
    for it had not left. Words in doubt stay as they left.
    """
    return any(revisions.get(story, revision) > revision for story, revision in entry.carried)


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
    events = [event for part in parts for event in _record(connection, part, messages, newest)]
    for channel, remote_id in newest.items():
        fields = {"remote_id": remote_id, "channel": channel}
        connection.run(queries("deliveries")["newest_post"], fields)
    if events:
        append(connection, *events)
    return [None] * len(parts)


def _messages(connection: Connection, parts: Sequence[Answered]) -> Mapping[int, bytes]:
    """The hashes of the exact messages of what was sent."""
    sent = [entry.id for part in parts for entry, verdict, _ in part.rows if isinstance(verdict.outcome, Sent)]
    if not sent:
        return {}
    rows = connection.query(queries("deliveries")["message_hashes"], (json.dumps(sent),))
    return {row["id"]: row["hash"] for row in rows}


def _record(
    connection: Connection, part: Answered, messages: Mapping[int, bytes], newest: dict[int, str]
) -> Sequence[Event]:
    """Write one caller's answers; the events that they are. ``newest`` keeps each channel's newest post."""
    sql = queries("deliveries")["record"]
    events: list[Event] = []
    for entry, verdict, fields in part.rows:
        outcome = verdict.outcome
        if connection.run(sql, fields):
            settle(connection, entry, outcome, part.now)
            _try(connection, entry, outcome, part.now)
            if isinstance(outcome, Sent) and not entry.recipient:
                newest[part.number] = max(newest.get(part.number, ""), outcome.receipt.remote_id, key=_age)
            events += _ends(entry, outcome, messages, part.now)
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
