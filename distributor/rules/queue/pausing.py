"""When a paused channel is asked whether it works again. Must not ask anything itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from distributor.errors import ChannelError, OutOfCredit
from distributor.model import Pause

#: The first question after a pause, and the longest time between two. A question is a call, and may cost money.
FIRST_ASK, LONGEST_ASK = timedelta(minutes=5), timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """How far the questions about one pause have come."""

    #: when that pause began
    since: datetime
    #: when to ask next
    at: datetime
    #: the time between the last two questions
    wait: timedelta
    #: when the answer was that all is well; None: not yet
    ended: datetime | None = None


def begin(pause: Pause, before: Asking | None, begun: datetime) -> Asking:
    """The questions about a new pause; ``before`` are those about the one before, ``begun`` the start of this run.

    What an earlier run paused is asked about at once: a restart is how new keys come in. A pause goes on where the
    one before had come to when nothing was accepted in between (the question was answered well, and posting was
    refused again), or when that ended less than an hour ago.
    """
    if pause.since < begun:
        return Asking(since=pause.since, at=begun, wait=FIRST_ASK)
    wait = min(LONGEST_ASK, 2 * before.wait) if before is not None and _goes_on(pause, before) else FIRST_ASK
    return Asking(since=pause.since, at=pause.since + wait, wait=wait)


def _goes_on(pause: Pause, before: Asking) -> bool:
    return pause.is_again or (before.ended is not None and pause.since - before.ended < LONGEST_ASK)


def refused(asking: Asking, refusal: ChannelError, now: datetime) -> Asking:
    """When to ask again: twice as long as before, and where money is missing at once as rarely as ever."""
    wait = LONGEST_ASK if isinstance(refusal, OutOfCredit) else min(LONGEST_ASK, 2 * asking.wait)
    return Asking(since=asking.since, at=now + wait, wait=wait)
