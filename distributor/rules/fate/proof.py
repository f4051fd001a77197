"""Whether a row of the ledger says what its events say. Pure: rows and events in, a sentence about the first
disagreement out.

An event of the kind ``sent``, ``failed`` or ``unknown`` tells the state that a lane wrote; ``settled`` the one that a
verifier or a person chose ("failed: why"), ``adopted`` that a post made by hand stands for the row, which is skipped.
Any other kind on a delivery is something that was done to it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from distributor.model import State

#: Kinds that tell a state by themselves.
_TOLD = {"sent": State.SENT, "failed": State.FAILED, "unknown": State.UNKNOWN, "adopted": State.SKIPPED}
#: States that nothing follows.
_FINAL = (State.SENT, State.FAILED, State.SKIPPED)
#: Kinds that change nothing: the verifier gave up and asked somebody; a post leaves without its picture, or
#: before its page was ready.
_UNDECIDED = ("asked", "picture", "page")
_STATES = {state.value: state for state in State}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One event about a delivery, as far as a row can agree with it."""

    kind: str
    #: the state that the row then had; None where it tells none
    state: State | None
    detail: str = ""
    #: the detail's members, where it is a JSON object
    facts: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What the row itself says."""

    state: State
    #: SHA-256 of its message in hex; empty where it has none
    message: str
    remote_id: str
    url: str
    #: a mail of an issue that never was in doubt: the issue's seal stands for an event of its own
    is_sealed: bool


def told(kind: str, detail: str) -> Told:
    """The event of a kind with its detail, which may be JSON or plain words."""
    try:
        facts = json.loads(detail)
    except (ValueError, RecursionError):
        facts = None
    state = _TOLD.get(kind)
    if kind == "settled":
        state = _STATES.get(detail.partition(": ")[0])
    return Told(kind=kind, state=state, detail=detail, facts=facts if isinstance(facts, dict) else {})


def disagreement(row: Kept, events: Sequence[Told]) -> str:
    """What the row says and its events (oldest first) do not, in one sentence; empty when they agree."""
    last = next((one for one in reversed(events) if one.state is not None), None)
    if last is None:
        is_told = row.is_sealed if row.state is State.SENT else bool(events)
        needs_event = row.state in (State.SENT, State.FAILED, State.UNKNOWN)
        return f"the row says {row.state.value}, and no event does" if needs_event and not is_told else ""
    if last.state is row.state:
        return _place(row, events, last) if row.state is State.SENT or last.kind == "adopted" else ""
    is_done_since = next((one for one in reversed(events) if one.kind not in _UNDECIDED), last) is not last
    if last.state in _FINAL or (last.state is State.UNKNOWN and not is_done_since):
        return f"the row says {row.state.value}, its last event {last.kind}"
    # what a restore has put in doubt and somebody let go out again is under its issue's seal like the others
    is_untold = row.state is State.SENT and not row.is_sealed
    if is_untold or (row.state in (State.FAILED, State.UNKNOWN) and not is_done_since):
        return f"the row says {row.state.value}, and no event does"
    return ""


def _place(row: Kept, events: Sequence[Told], last: Told) -> str:
    """Whether the last event tells the post's place as its row does, and the last that names a message its hash."""
    if last.kind == "settled":
        place = row.url or row.remote_id
        wrong = [] if place in last.detail else ["place"]
    else:
        kept = {"remote_id": row.remote_id, "url": row.url}
        wrong = [name for name, value in kept.items() if last.facts.get(name, value) != value]
        wrong += [name for name in kept if last.kind == "sent" and name not in last.facts]
    message = next((one.facts["message"] for one in reversed(events) if "message" in one.facts), None)
    if message != row.message and (message is not None or last.kind == "sent"):
        wrong.insert(0, "message")
    return f"the row's {' and '.join(wrong)} is not what its event {last.kind} says" if wrong else ""
