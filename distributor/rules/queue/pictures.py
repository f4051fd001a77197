"""What becomes of a post whose picture cannot be had or handed over: it waits for a while, and then leaves without it.
Must not look at a clock or a store.

::

    the picture cannot be shown at all (damaged, too small, refused)      -> without it
    it cannot be had now (no answer, an error, a limit that is over soon) -> wait, at most twice
    a flash, or what may have left before                                 -> one try, no waiting
"""

from __future__ import annotations

from datetime import datetime, timedelta

from distributor.errors import FetchRefused, OutOfCredit, ParseError, RateLimited, Rejected, Unauthorized
from distributor.model import FLASH, Delivery
from distributor.rules.queue.holds import Wait

#: The name under which a post waits for its picture.
GATE = "picture"
#: Tries before a post leaves without its picture, and the waits between them.
WAITS = (timedelta(seconds=10), timedelta(minutes=1))
MOST_TRIES = len(WAITS) + 1
#: A limit of the platform's that is over within this time is waited for; news is not worth waiting longer.
LONGEST = timedelta(minutes=5)


def is_lost(error: Exception) -> bool:
    """Whether another try can bring nothing else."""
    return isinstance(error, (ParseError, FetchRefused, Rejected))


def counts(error: Exception) -> bool:
    """Whether a failure is the picture's own; what stops the whole channel says nothing about its pictures."""
    return not isinstance(error, (Unauthorized, OutOfCredit))


def after(error: Exception, entry: Delivery, tries: int, now: datetime) -> Wait | None:
    """How long a post waits for its picture after so many tries, the last one a failure; None: it leaves without it."""
    in_haste = entry.priority <= FLASH or entry.doubts > 0
    if in_haste or is_lost(error) or not counts(error) or tries >= MOST_TRIES:
        return None
    wait = WAITS[tries - 1]
    if isinstance(error, RateLimited) and error.retry_after is not None:
        wait = max(wait, error.retry_after)
    return until(now + wait, f"its picture: {error}") if wait <= LONGEST else None


def until(at: datetime, reason: str) -> Wait:
    """A wait for a picture that the clock ends."""
    return Wait(by=GATE, reason=reason, until=at)
