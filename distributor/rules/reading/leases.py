"""Subscriptions at WebSub hubs: when to ask, when to ask again, and which answer of a hub is to be believed.

W3C Recommendation WebSub (23 January 2018), sections 5 to 7. Must not look at a clock, a store or a network.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

#: What is asked for; a hub may give less.
LEASE = timedelta(days=10)
#: A hub that names no lease, or a foolish one, is asked again after this.
SHORTEST, LONGEST = timedelta(minutes=5), timedelta(days=30)
#: How long a hub has to verify what was asked.
PATIENCE = timedelta(minutes=10)
#: Pauses after failures: doubled each time, within these.
PAUSE, LONGEST_PAUSE = timedelta(minutes=5), timedelta(days=1)


class Standing(Enum):
    """How a subscription stands."""

    #: asked for; the hub has not come back to verify it
    ASKED = "asked"
    #: verified; pushes come until the lease ends
    ACTIVE = "active"
    #: the hub refused, or could not be asked
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One feed's subscription at its hub."""

    feed: str
    hub: str
    topic: str
    standing: Standing
    #: when the hub was last asked
    asked_at: datetime
    #: when the lease ends; None before it was verified
    until: datetime | None = None
    #: failures in a row
    failures: int = 0


def is_due(known: Subscription | None, hub: str, topic: str, now: datetime) -> bool:
    """Whether the hub is to be asked now: for the first time, anew, or because the lease nears its end."""
    if known is None or (known.hub, known.topic) != (hub, topic):
        return True
    if known.asked_at > now:  # the clock was set back
        return True
    if known.standing is Standing.ACTIVE and known.until is not None:
        return now >= renewal(known.asked_at, known.until)
    wait = PATIENCE if known.standing is Standing.ASKED else PAUSE
    pause: timedelta = min(wait * 2 ** min(known.failures, 20), LONGEST_PAUSE)
    return now >= known.asked_at + pause


def renewal(asked_at: datetime, until: datetime) -> datetime:
    """When a lease is asked for anew: after four fifths of it, so that a hub that is down for a while costs nothing."""
    return asked_at + (until - asked_at) * 4 / 5


def lease(text: str) -> timedelta:
    """The lease that a hub names (``hub.lease_seconds``), within reason."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        return LEASE
    return min(max(timedelta(seconds=int(text)), SHORTEST), LONGEST)


def may_confirm(known: Subscription | None, mode: str, topic: str) -> bool:
    """Whether a hub's question is about what was asked for, and nothing else (section 5.3.1)."""
    if known is None or topic != known.topic or mode != "subscribe":
        return False
    return known.standing in (Standing.ASKED, Standing.ACTIVE)
