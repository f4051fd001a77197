"""What somebody may do with a post that waits, and to when it may be moved. Must not look at a clock or a store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from distributor.model import State
from distributor.rules.queue.holds import APPROVAL, DESK, EMBARGO, Way, hold_of, may_release, may_skip_queue

#: States of what has not left and may still leave.
WAITING = (State.PLANNED, State.DUE, State.HELD)
#: How far ahead something can be set.
FARTHEST = timedelta(days=366)
#: How long an instant that is over still means now: a form knows whole minutes, and somebody looks before they press.
PRESSING = timedelta(minutes=2)


def may_move(held_by: str) -> bool:
    """Whether another time may be named for what is held so (empty: it is not held).

    What only the clock lets go, and what the desk itself holds: what waits for somebody's look waits for that first.
    """
    if not held_by or held_by in (DESK, EMBARGO):
        return True
    hold = hold_of(held_by)
    return hold.is_gate or (hold.by_clock and hold.way is Way.SEND_NOW)


def acts(state: State, held_by: str) -> Sequence[str]:
    """The calls that somebody could make about one post, in the order in which they are offered."""
    if state not in WAITING:
        return ()
    held = bool(held_by)
    offered = (
        ("approve", held_by == APPROVAL),
        ("send_now", may_skip_queue(held_by)),
        ("move", may_move(held_by)),
        ("hold", held_by != DESK),
        ("release", held and may_release(held_by, named=True)),
        ("skip", True),
    )
    return tuple(call for call, is_open in offered if is_open)


def set_for(at: datetime, now: datetime) -> datetime | None:
    """When leaves what is set for an instant: then, or now where that has just passed; None: it is no time to come."""
    return max(at, now) if now - PRESSING < at < now + FARTHEST else None


def not_then(to: datetime, *, held_by: str, held_until: datetime | None, stale_at: datetime | None) -> str:
    """Why a post may not wait until an instant, in words; empty: it may."""
    if stale_at is not None and to >= stale_at:
        return "its shelf life ends before that"
    if held_by == EMBARGO and held_until is not None and to < held_until:
        return "it is under embargo until after that"
    return ""
