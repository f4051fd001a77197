"""What became of an issue, reader by reader: each in one of five fates, and why. Must not look at a store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from distributor.model import Fated, State
from distributor.rules.mail.returning.causes import Refusal, cause


class Fate(StrEnum):
    """Where one recipient of an issue stands; nobody stands in two."""

    ACCEPTED = "accepted"
    BOUNCED = "bounced"
    #: it has not left, or is tried once more
    RETRYING = "retrying"
    #: it left, and nobody knows whether it arrived
    UNKNOWN = "unknown"
    EXCLUDED = "excluded"


#: Who got the mail and told their provider that it is none of theirs.
COMPLAINED = "complained"
#: What stands in a row's reason -> why its reader got nothing, in a word.
_EXCLUDED = (
    ("ended by ", "stopped"),
    ("the reader has left", "left"),
    ("the reader is unknown", "left"),
    ("the address is suppressed", "suppressed"),
    ("nothing in it is new", "nothing new"),
    ("the reader pauses", "paused"),
    ("wants no more", "most per day"),
    ("another rhythm", "another rhythm"),
    (" tells it", "told by a newer issue"),
    ("was withdrawn", "withdrawn"),
    ("shadow:", "shadow"),
    ("no longer configured", "not configured"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """A receipt, or one segment's part of it."""

    fates: Counter[Fate] = field(default_factory=Counter)
    #: by fate, the reasons
    why: dict[Fate, Counter[str]] = field(default_factory=dict)

    @property
    def recipients(self) -> int:
        """All of them."""
        return self.fates.total()

    def add(self, one: Fated) -> None:
        """Count some recipients in."""
        fate, why = fate_of(one)
        self.fates[fate] += one.count
        self.why.setdefault(fate, Counter())
        if why:
            self.why[fate][why] += one.count


def fate_of(one: Fated) -> tuple[Fate, str]:
    """The one fate of some recipients, and why in a word; no word where nothing is to be said."""
    match one.state:
        case State.SENT if one.came_back and one.came_back != COMPLAINED:
            return Fate.BOUNCED, one.came_back
        case State.SENT:
            return Fate.ACCEPTED, one.came_back
        case State.FAILED:
            return Fate.BOUNCED, cause(Refusal(status="", said=one.reason)).value
        case State.UNKNOWN:
            return Fate.UNKNOWN, ""
        case State.SKIPPED:
            return Fate.EXCLUDED, why_excluded(one.reason)
        case State.HELD:
            return Fate.RETRYING, f"held by {one.held_by}"
        case State.SENDING:
            return Fate.RETRYING, "at the wire"
        case _:
            return Fate.RETRYING, "tried before" if one.was_tried else "waiting"


def why_excluded(reason: str) -> str:
    """Why a reader got nothing, in a word."""
    return next((word for part, word in _EXCLUDED if part in reason), "other")


def summed(rows: Iterable[Fated]) -> tuple[Sums, dict[int, Sums]]:
    """A receipt: all of it, and by segment."""
    whole, parts = Sums(), dict[int, Sums]()
    for one in rows:
        whole.add(one)
        parts.setdefault(one.segment, Sums()).add(one)
    return whole, parts
