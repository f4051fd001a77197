"""What somebody or the clock does with one issue while it leaves. Holds no behaviour that touches the world."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from distributor.model.deliveries import State


class Phase(StrEnum):
    """How one issue is controlled."""

    #: nobody has touched it, or what held it is over
    FREE = "free"
    #: a share has left first, the rest is held
    CANARY = "canary"
    #: what the share brought back waits for somebody's judgement
    HALTED = "halted"
    STOPPED = "stopped"
    #: what had not left is not sent
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """Who of an issue's recipients gets it first, and how long the others wait for what comes back."""

    #: of the recipients, 0.02 is 2 %; 0: a number
    share: float = 0.0
    number: int = 0
    wait: timedelta = timedelta(minutes=20)

    def of(self, recipients: int) -> int:
        """How many of so many: at least one."""
        return min(recipients, max(1, self.number or round(self.share * recipients)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """How one issue stands."""

    issue: int
    phase: Phase = Phase.FREE
    reason: str = ""
    who: str = ""
    through: str = ""
    at: datetime | None = None
    canary: Canary | None = None
    #: when the canary was drawn, and when the others were let go
    drawn_at: datetime | None = None
    judged_at: datetime | None = None
    #: no mail leaves before; None: it had no window
    begins_at: datetime | None = None

    @property
    def is_watched(self) -> bool:
        """Whether its canary is still to be judged."""
        return self.canary is not None and self.judged_at is None

    @property
    def watched_until(self) -> datetime | None:
        """When the canary's time is over; None: it has not been drawn, or there is none."""
        if self.canary is None or self.drawn_at is None:
            return None
        return max(self.drawn_at, self.begins_at or self.drawn_at) + self.canary.wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Fated:
    """Recipients of an issue whose mails share one fate."""

    segment: int
    state: State
    held_by: str
    reason: str
    was_tried: bool
    count: int
    #: of what a relay had accepted: the class of the bounce that came later, or ``complained``
    came_back: str = ""
