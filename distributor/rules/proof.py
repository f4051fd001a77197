"""Whether a row of the ledger says what its events say. Pure: rows and events in, a sentence about the first
disagreement out.

An event of the kind ``sent``, ``failed`` or ``unknown`` tells a row's state. Any other kind on a delivery is what a
verifier or a person did to it; where its detail is JSON with ``remote_id`` or ``url``, it tells where the post stands.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from distributor.model import State

#: Kinds that tell a state which a lane wrote.
TOLD = {"sent": State.SENT, "failed": State.FAILED, "unknown": State.UNKNOWN}
#: Kinds by which somebody says that a post is live without our having seen its answer.
FOUND = ("settled", "adopted")
#: States that nothing follows.
_FINAL = (State.SENT, State.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One event about a delivery, as far as a row can agree with it."""

    kind: str
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
    except ValueError:
        facts = None
    return Told(kind=kind, facts=facts if isinstance(facts, dict) else {})


def disagreement(row: Kept, events: Sequence[Told]) -> str:
    """What the row says and its events (oldest first) do not, in one sentence; empty when they agree."""
    last = next((one for one in reversed(events) if one.kind in TOLD or one.kind in FOUND), None)
    if row.state is State.SENT:
        return "" if row.is_sealed and last is None else _place(row, events)
    if last is not None and last.kind in TOLD and TOLD[last.kind] is not row.state:
        is_decided = last is not events[-1] and TOLD[last.kind] not in _FINAL
        return "" if is_decided else f"the row says {row.state.value}, its last event {last.kind}"
    if row.state in (State.FAILED, State.UNKNOWN) and not events:
        return f"the row says {row.state.value}, and no event does"
    return ""


def _place(row: Kept, events: Sequence[Told]) -> str:
    """Whether the last event that tells where a post stands tells what its row does."""
    found = next((one for one in reversed(events) if _tells_place(one)), None)
    if found is None:
        return "the row says sent, and no event does"
    kept = {"message": row.message, "remote_id": row.remote_id, "url": row.url}
    wrong = [name for name, value in kept.items() if name in found.facts and found.facts[name] != value]
    if found.kind == "sent":
        wrong += [name for name in kept if name not in found.facts]
    return f"the row's {' and '.join(wrong)} is not what its event {found.kind} says" if wrong else ""


def _tells_place(event: Told) -> bool:
    return event.kind in ("sent", *FOUND) or bool(event.facts.keys() & {"remote_id", "url"})
