"""What stories must pass before they leave at all: written down with their plan, and looked at again whenever a hold
ends. Runs in the caller's transaction; ``rules.queue.holds`` decides.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from distributor.model import FLASH, Change, Conditions, DeliveryIntent, RevisionClass, Silence, State
from distributor.rules.queue import holds
from distributor.rules.queue.holds import APPROVAL, EMBARGO, Wait, next_wait
from distributor.store.codes import from_ms, to_ms
from distributor.store.connection import Connection, Row, queries
from distributor.store.ledger.events import Event, append

#: What somebody released is news for at least so long again.
FRESH_AGAIN = timedelta(hours=6)
_WORDED = "an editor has other words for it: approvals are asked anew"
#: A subject and a channel (its row's id).
Place = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A hold that is over for some rows."""

    ids: Sequence[int]
    #: the name of the hold; rows that something else holds stay as they are
    hold: str
    #: of rows that may go now
    reason: str
    #: whether they are news again for a while: somebody looked
    fresh: bool = False
    #: whether the condition behind the hold is met by its end; otherwise it is looked at like the others
    met: bool = True


def ask(
    connection: Connection,
    subject: int,
    intents: Sequence[DeliveryIntent],
    numbers: Mapping[str, int],
    now: datetime,
) -> None:
    """Write the conditions of a plan."""
    found = {numbers[one.channel]: one for one in intents if one.conditions is not None}
    for channel, intent in found.items():
        fields = _fields(intent.conditions or Conditions())
        asked_at = to_ms(now) if intent.held_by == APPROVAL else None
        row = {"subject": subject, "channel": channel, "asked_at": asked_at, **fields}
        connection.run(queries("conditions")["ask"], row)


def pass_on(connection: Connection, ended: Ended, now: datetime) -> tuple[Sequence[int], Sequence[int]]:
    """Let rows go whose hold is over, or to what they must pass next; the ids of either.

    A condition that is met by the end of its hold is met for good, and on record.
    """
    sql = queries("conditions")
    held = connection.query(sql["rows"], {"ids": _json(ended.ids), "hold": ended.hold})
    rows = {row["id"]: row for row in held}
    places: dict[Place, list[int]] = {}
    for number, row in rows.items():
        places.setdefault((row["subject_id"], row["channel_id"]), []).append(number)
    asked = {(row["subject_id"], row["channel_id"]): row for row in connection.query(sql["of"], (_json(rows),))}
    free = [number for place, ids in places.items() if place not in asked for number in ids]
    waiting: list[int] = []
    for place, row in asked.items():
        ids = places[place]
        wait = _next(connection, row, ended, urgent=rows[ids[0]]["priority"] <= FLASH, now=now)
        if wait is None:
            free.extend(ids)
        else:
            waiting.extend(_hold(connection, place, ids, wait, now))
    return _go(connection, free, ended, now), waiting


def let_go(connection: Connection, channel: int, now: datetime) -> None:
    """The clock's turn on a channel: what it lets go passes on; silence means what the route says that it means."""
    lapsed = connection.query(queries("conditions")["lapsed"], {"channel": channel, "now": to_ms(now)})
    unanswered = [row for row in lapsed if row["held_by"] == APPROVAL]
    dropped = [row for row in unanswered if Silence(row["silence"]) is Silence.SKIP]
    if dropped:
        reason = "nobody approved it in time"
        fields = {"ids": _json([row["id"] for row in dropped]), "reason": reason, "now": to_ms(now)}
        connection.query(queries("holds")["drop"], fields)
        _tell(connection, dropped, "skipped", reason, now)
    sent = [row for row in unanswered if row not in dropped]
    _tell(connection, sent, "released", "nobody answered in time", now)
    for by in {row["held_by"] for row in lapsed}:
        ids = [row["id"] for row in lapsed if row["held_by"] == by and row not in dropped]
        pass_on(connection, Ended(ids=ids, reason=f"waited: {by}", hold=by), now)


def revise(connection: Connection, story: int, change: Change, now: datetime) -> None:
    """What a new text means for a story's posts that have not left: another embargo, a mark, approvals asked anew.

    A refile leaves approvals as they are: the facts stand.
    """
    sql = queries("conditions")
    places: dict[int, list[Row]] = {}
    for row in connection.query(sql["waiting_posts"], (story,)):
        places.setdefault(row["channel_id"], []).append(row)
    for channel, rows in places.items():
        place = {"subject": story, "channel": channel}
        embargo = to_ms(change.article.embargoed) if change.article.embargoed else None
        known = connection.query(sql["conditions_of"], place)
        if not known and embargo is None and not change.looks:
            continue
        connection.run(sql["revise"], {**place, "internal": change.looks, "embargo": embargo})
        if change.meaning is not RevisionClass.REFILE and connection.run(sql["void"], place):
            detail = "its text has changed: approvals are asked anew"
            append(connection, Event(at=now, kind="voided", subject_id=story, actor="clock", detail=detail))
        (row,) = connection.query(sql["conditions_of"], place)
        _hold_anew(connection, (story, channel), row, rows, now)


def reworded(connection: Connection, story: int, channel: int, now: datetime, why: str = _WORDED) -> None:
    """An editor's own words on a channel (its row's id): a yes to the words before is none to these."""
    sql, place = queries("conditions"), {"subject": story, "channel": channel}
    if not connection.run(sql["void"], place):
        return
    append(connection, Event(at=now, kind="voided", subject_id=story, actor="clock", detail=why))
    rows = [row for row in connection.query(sql["waiting_posts"], (story,)) if row["channel_id"] == channel]
    (known,) = connection.query(sql["conditions_of"], place)
    _hold_anew(connection, (story, channel), known, rows, now)


def _hold_anew(connection: Connection, place: Place, row: Row, rows: Sequence[Row], now: datetime) -> None:
    """Hold a story's waiting posts for what they must pass now; those that wait for it no more go on."""
    conditions = replace(conditions_of(row), undo=timedelta(0))
    urgent = rows[0]["priority"] <= FLASH
    wait = next_wait(conditions, json.loads(row["approved"]), urgent=urgent, now=now)
    # what surges, stops and the desk hold asks for all of this when it is let go
    own = (holds.INTERNAL, APPROVAL, EMBARGO, holds.UNDO)
    ids = [one["id"] for one in rows if one["held_by"] in ("", *own, *holds.GATES)]
    if wait is not None:
        _hold(connection, place, ids, wait, now, "hold_again")
        return
    over = [one["id"] for one in rows if one["held_by"] in (holds.INTERNAL, APPROVAL, EMBARGO)]
    _go(connection, over, Ended(ids=over, hold=EMBARGO, reason="its new text asks for nothing more", fresh=True), now)


def hold_edits(
    connection: Connection, story: int, change: Change, intents: Sequence[DeliveryIntent], now: datetime
) -> Sequence[DeliveryIntent]:
    """The follow-ups of a revision, held where its route wants somebody's yes to what its feed tells later, too.

    An editor's own correction is that yes; a refile leaves the facts as they are; what takes a story back never waits.
    """
    if change.who or change.meaning in (RevisionClass.REFILE, RevisionClass.WITHDRAWAL):
        return intents
    sql, waits = queries("conditions"), {}
    for row in connection.query(sql["edited"], {"story": story}):
        if not any(one.channel == row["channel"] and one.state is State.PLANNED for one in intents):
            continue
        place = {"subject": story, "channel": row["channel_id"]}
        connection.run(sql["void"], place)
        connection.run(sql["ask_again"], {**place, "now": to_ms(now)})
        asked = {**row, "approvals": 1, "internal": "", "embargo": None, "undo": 0}
        waits[row["channel"]] = next_wait(conditions_of(asked), (), urgent=False, now=now)
    return [_waiting(one, waits.get(one.channel)) for one in intents]


def _waiting(intent: DeliveryIntent, wait: Wait | None) -> DeliveryIntent:
    if wait is None or intent.state is not State.PLANNED:
        return intent
    reason = f"{intent.reason}; {wait.reason}"
    return replace(intent, state=State.HELD, held_by=wait.by, held_until=wait.until, reason=reason)


def conditions_of(row: Row) -> Conditions:
    """The value of a row of ``conditions``."""
    return Conditions(
        internal=row["internal"],
        approvals=row["approvals"],
        silence=Silence(row["silence"]),
        silence_after=timedelta(milliseconds=row["patience"]),
        embargo=from_ms(row["embargo"]),
        undo=timedelta(milliseconds=row["undo"]),
    )


def _next(connection: Connection, row: Row, ended: Ended, *, urgent: bool, now: datetime) -> Wait | None:
    """What is to be passed next, once the hold that has ended is met on record."""
    place = {"subject": row["subject_id"], "channel": row["channel_id"]}
    met: dict[str, object] = {}
    match ended.hold if ended.met else "":
        case holds.INTERNAL:
            connection.run(queries("conditions")["looked_at"], place)
            met = {"internal": ""}
        case holds.APPROVAL:
            connection.run(queries("conditions")["waived"], place)
            met = {"approvals": 0}
        case holds.EMBARGO:
            connection.run(queries("conditions")["lifted"], place)
            met = {"embargo": None, "undo": 0}
        case holds.UNDO | holds.STOP:
            met = {"undo": 0}
    conditions = conditions_of({**row, **met})
    return next_wait(conditions, json.loads(row["approved"]), urgent=urgent, now=now)


def _hold(
    connection: Connection, place: Place, ids: Sequence[int], wait: Wait, now: datetime, how: str = "wait"
) -> Sequence[int]:
    sql = queries("conditions")
    if wait.by == APPROVAL:
        connection.run(sql["asked"], {"subject": place[0], "channel": place[1], "now": to_ms(now)})
    until = to_ms(wait.until) if wait.until else None
    fields = {"ids": _json(ids), "by": wait.by, "until": until, "reason": wait.reason}
    return [row["id"] for row in connection.query(sql[how], fields)]


def _go(connection: Connection, ids: Sequence[int], ended: Ended, now: datetime) -> Sequence[int]:
    if not ids:
        return ()
    fresh = to_ms(now + FRESH_AGAIN) if ended.fresh else 0
    fields = {"ids": _json(ids), "reason": ended.reason, "now": to_ms(now), "fresh": fresh}
    rows = connection.query(queries("conditions")["go"], {**fields, "early": ended.hold == EMBARGO})
    return [row["id"] for row in rows]


def _tell(connection: Connection, rows: Sequence[Row], kind: str, detail: str, now: datetime) -> None:
    told = [
        Event(at=now, kind=kind, subject_id=row["subject_id"], delivery_id=row["id"], actor="clock", detail=detail)
        for row in rows
    ]
    append(connection, *told)


def _fields(conditions: Conditions) -> dict[str, object]:
    return {
        "internal": conditions.internal,
        "approvals": conditions.approvals,
        "edits": int(conditions.edits),
        "silence": conditions.silence.value,
        "patience": conditions.silence_after // timedelta(milliseconds=1),
        "embargo": to_ms(conditions.embargo) if conditions.embargo else None,
        "undo": conditions.undo // timedelta(milliseconds=1),
    }


def _json(ids: object) -> str:
    return json.dumps(list(ids))  # type: ignore[call-overload]
