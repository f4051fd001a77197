"""A channel's queue before its gates, and their decision written down, inside the caller's transaction. Decides
nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from distributor.model import Act, Decision, History, Waiting
from distributor.store.codes import ACTS, from_ms, to_ms
from distributor.store.connection import Connection, Row, queries
from distributor.store.desk.stopping import halt, screen
from distributor.store.ledger import shadowed
from distributor.store.ledger.charges import spent
from distributor.store.ledger.roundups import fold
from distributor.store.news.conditions import let_go

#: Most rows that the gates look at together; what is beyond waits for the next look.
MOST = 1000
#: How far back a channel's own posts are counted.
LATELY = timedelta(days=1)


class Gate(Protocol):
    """Who decides what of a queue may leave now."""

    @property
    def in_shadow(self) -> bool:
        """Whether what would have left counts as if it had."""
        ...

    def since(self, now: datetime) -> tuple[datetime, datetime]:
        """When the day and the month began for which money is counted."""
        ...

    def decide(self, waiting: Sequence[Waiting], history: History, now: datetime) -> Decision:
        """What becomes of the queue."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What a channel may do at one claim."""

    channel: str
    #: whether it may send at all
    is_open: bool
    #: whether a stop is in force that may cover some of its rows
    is_stopped: bool
    #: whether its pause has ended and nothing has been accepted since: then one row is tried
    is_trial: bool = False

    def screened(self, connection: Connection, rows: Sequence[Row], now: datetime) -> Sequence[Row]:
        """The rows without those that a stop covers."""
        if not self.is_stopped:
            return rows
        held = screen(connection, rows, self.channel, now)
        return [row for row in rows if row["id"] not in held]


def take_turn(connection: Connection, channel: str, fields: Mapping[str, Any], now: datetime) -> Turn:
    """Let go and let fall due what the clock says, and put aside what somebody has stopped."""
    sql = queries("deliveries")
    (turn,) = connection.query(sql["turn"], fields)
    if turn["is_let_go"]:
        let_go(connection, fields["channel"], now)
        connection.run(sql["let_go"], fields)
    is_halted = bool(turn["is_stopped"]) and halt(connection, fields["channel"], channel, now)
    if turn["falls_due"] and not is_halted:
        connection.run(sql["fall_due"], (fields["channel"], to_ms(now)))
    is_open = bool(turn["is_open"]) and not is_halted
    is_stopped, is_trial = bool(turn["is_stopped"]), bool(turn["is_trial"])
    return Turn(channel=channel, is_open=is_open, is_stopped=is_stopped, is_trial=is_trial)


def pass_gate(
    connection: Connection, gate: Gate, *, channel: int, floor: int, now: datetime, turn: Turn
) -> Sequence[int]:
    """Let the gate decide about a channel's queue, write what it holds and skips; the ids that may go, in order.

    Where stories were folded, their round-up has come into the queue, so the gate decides once more.
    """
    sql = queries("deliveries")
    fields = {"channel": channel, "floor": floor, "now": to_ms(now), "most": MOST}
    history = None
    while waiting := turn.screened(connection, connection.query(sql["waiting"], fields), now):
        # an alert tells the desk of trouble; it neither waits behind a gate nor counts as a post
        alerts = [row["id"] for row in waiting if ACTS[row["act"]] is Act.ALERT]
        posts = [_waiting(row) for row in waiting if ACTS[row["act"]] is not Act.ALERT]
        if not posts:
            return alerts
        history = history or _history(connection, gate, channel, now)
        decision = gate.decide(posts, history, now)
        _hold(connection, decision, shadowed.WAITS if gate.in_shadow else "")
        if not _skip(connection, decision, channel, now):
            return (*alerts, *decision.go)
    return ()


def _hold(connection: Connection, decision: Decision, before: str) -> None:
    for held in decision.held:
        reason = before + held.reason
        fields = {"ids": json.dumps(held.ids), "by": held.by, "until": to_ms(held.until), "reason": reason}
        connection.run(queries("deliveries")["hold_these"], fields)


def _skip(connection: Connection, decision: Decision, channel: int, now: datetime) -> int:
    """Write what is skipped; how many stories now stand in a round-up."""
    folded = 0
    for skipped in decision.skipped:
        if skipped.folded:
            folded += fold(connection, channel, skipped, now)
        else:
            fields = {"ids": json.dumps(skipped.ids), "reason": skipped.reason, "now": to_ms(now)}
            connection.query(queries("deliveries")["skip_these"], fields)
    return folded


def _history(connection: Connection, gate: Gate, channel: int, now: datetime) -> History:
    sql = queries("deliveries")
    fields = {"channel": channel, "now": to_ms(now), "since": to_ms(now - LATELY), "first": to_ms(now - 2 * LATELY)}
    rows = connection.query(sql["started_lately"], fields)
    day, month = spent(connection, channel, gate.since(now))
    if gate.in_shadow:
        rows = by_time(rows, shadowed.lately(connection, channel, now - LATELY, now))
        money = shadowed.together(connection, channel, gate.since(now), now)
        day, month = money.spent_today, money.spent_this_month
    return History(
        started=tuple(from_ms(row["at"]) for row in rows),
        categories=tuple(row["category"] for row in rows),
        spent_today=day,
        spent_this_month=month,
    )


def by_time(*parts: Sequence[Row]) -> Sequence[Row]:
    """Posts of several kinds together, the newest first."""
    return sorted((row for part in parts for row in part), key=lambda row: row["at"], reverse=True)


def _waiting(row: Row) -> Waiting:
    return Waiting(
        id=row["id"],
        act=ACTS[row["act"]],
        priority=row["priority"],
        due_at=from_ms(row["due_at"]),
        planned_at=from_ms(row["planned_at"]),
        stale_at=from_ms(row["stale_at"]),
        category=row["category"],
        doubts=row["doubts"],
        follows=row["parent_id"] is not None,
    )
