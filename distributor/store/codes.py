"""The numbers that stand for states and acts in the database, and instants as integers. Must never renumber."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import overload

from distributor.model import Act, State

#: Position is the number in the column ``deliveries.state``.
STATES = (
    State.PLANNED,
    State.DUE,
    State.HELD,
    State.SENDING,
    State.SENT,
    State.FAILED,
    State.UNKNOWN,
    State.SKIPPED,
)
#: Position is the number in the column ``deliveries.act``.
ACTS = (Act.POST, Act.EDIT, Act.REPLY, Act.DELETE, Act.ROUNDUP, Act.ALERT)

_STATE_NUMBERS = {state: number for number, state in enumerate(STATES)}
_ACT_NUMBERS = {act: number for number, act in enumerate(ACTS)}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def state_number(state: State) -> int:
    """The number of a state."""
    return _STATE_NUMBERS[state]


def act_number(act: Act) -> int:
    """The number of an act."""
    return _ACT_NUMBERS[act]


def to_ms(instant: datetime) -> int:
    """Milliseconds since 1970 UTC of an aware instant (fractions are dropped)."""
    return (instant - _EPOCH) // _MILLISECOND


@overload
def from_ms(value: int) -> datetime: ...
@overload
def from_ms(value: None) -> None: ...
def from_ms(value: int | None) -> datetime | None:
    """The aware UTC instant of a stored number; None stays None."""
    return None if value is None else _EPOCH + value * _MILLISECOND
