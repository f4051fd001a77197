"""Deliveries whose fate nobody knows, and what can be decided about one. Holds no behaviour that touches the world."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from distributor.model.channels import Seen
from distributor.model.deliveries import Delivery, Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubtful:
    """A delivery in doubt, with all that it can be recognised by."""

    delivery: Delivery
    #: what left, word for word; None where only a replaced store could have sent it
    message: Message | None
    #: the address of its story; empty for an issue or an alert
    story: str
    #: when its outcome became unknown
    since: datetime
    #: whether its story is not to be told any more: it is still looked for, but never sent again
    is_withdrawn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """It stands on its channel."""

    post: Seen


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAgain:
    """Nothing is known yet; ``counts``: the platform answered, and did not show it."""

    at: datetime
    counts: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SendAgain:
    """It is due once more, word for word as it left before."""

    at: datetime
    reason: str
    #: it does not stand there: what its call cost is given back
    is_absent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveUp:
    """It failed: it was repeated for long enough."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """It is skipped, whether it stands there or not."""

    reason: str
    #: it does not stand there: what its call cost is given back
    is_absent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AskSomebody:
    """A person decides."""

    reason: str


Settlement = Found | LookAgain | SendAgain | GiveUp | Drop | AskSomebody
