"""What may become of a delivery: the table of legal moves, and the verdict on an answer. Must not write anything."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from distributor.errors import (
    AlreadyThere,
    ChannelError,
    Deferred,
    OutOfCredit,
    PictureRefused,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
    UnknownOutcome,
)
from distributor.model import Failed, Outcome, Receipt, RetryAt, Sent, State, Unknown

#: The law of the ledger. ``unknown`` is left only through a verifier or a person; what had not left becomes unknown
#: only by a restore, because the store that was replaced may have sent it.
MOVES: Mapping[State, frozenset[State]] = {
    State.PLANNED: frozenset({State.DUE, State.HELD, State.SKIPPED, State.UNKNOWN}),
    State.DUE: frozenset({State.SENDING, State.HELD, State.SKIPPED, State.UNKNOWN}),
    State.HELD: frozenset({State.DUE, State.SKIPPED, State.UNKNOWN}),
    State.SENDING: frozenset({State.SENT, State.DUE, State.FAILED, State.UNKNOWN}),
    State.SENT: frozenset(),
    State.FAILED: frozenset(),
    State.UNKNOWN: frozenset({State.SENT, State.DUE, State.FAILED, State.SKIPPED}),
    State.SKIPPED: frozenset(),
}

#: States in which something may still happen to a row without a person asking for it.
OPEN: frozenset[State] = frozenset({State.PLANNED, State.DUE, State.HELD, State.SENDING})

#: First wait after a failure to connect, doubled each time up to the longest.
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(minutes=15)

#: Tries that reached nobody before a delivery fails; with the waits above about a day of outage.
MOST_TRIES = 100

#: Tries of what is put off for one recipient, and the longest time between two: about four and a half days.
MOST_DEFERRALS, LONGEST_DEFERRAL = 30, timedelta(hours=4)

#: The wait after a refusal that names no time (platforms.md: 1, 2, 4 ... 15 minutes; one minute to start with).
UNSAID_WAIT = timedelta(minutes=1)

#: How long after a lost answer the platform is first asked: what it accepted needs a moment to be seen.
FIRST_LOOK = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What an answer means for the delivery, and for the channel it came through."""

    outcome: Outcome
    #: the channel sends nothing before this instant
    not_before: datetime | None = None
    #: accounts and applications that may do nothing before an instant: (scope, instant, reason)
    limits: tuple[tuple[str, datetime, str], ...] = ()
    #: why the channel pauses until its credentials work again; empty: it does not
    pause: str = ""
    #: whether the platform took it: it lets us write
    is_proof: bool = False


def backoff(tries: int) -> timedelta:
    """The wait after the given number of tries in a row that reached nobody (1 or more)."""
    return min(LONGEST_WAIT, FIRST_WAIT * (1 << min(tries - 1, 16)))


def unsaid_wait(waits: int) -> timedelta:
    """The wait after a refusal that names no time, when so many came before it in a row: 1, 2, 4 ... 15 minutes."""
    return min(LONGEST_WAIT, UNSAID_WAIT * (1 << min(waits, 16)))


def decide(
    answer: Receipt | ChannelError, *, tries: int, now: datetime, doubted: bool = False, waits: int = 0
) -> Verdict:
    """The verdict on one answer; ``tries`` counts this one. A rate limit or a pause uses up no try.

    ``waits``: rate limits in a row before this answer; where the platform names no time, each wait doubles the last.
    ``doubted``: the same message left before and its outcome is unknown, so "it is there already" proves that it came.
    """
    match answer:
        case Receipt():
            used_up = tuple((quota.scope, now + quota.wait, quota.reason) for quota in answer.quotas)
            return Verdict(outcome=Sent(receipt=answer), limits=used_up, is_proof=True)
        case AlreadyThere() if doubted:
            return Verdict(outcome=Sent(receipt=Receipt()))
        case PictureRefused():  # the next try is made without it, or with the file in the place of its name
            return Verdict(outcome=RetryAt(at=now, reason=str(answer), counts=False))
        case Rejected():
            return Verdict(outcome=Failed(reason=str(answer)))
        case UnknownOutcome():
            return Verdict(outcome=Unknown(reason=str(answer)))
        case Deferred():
            return _deferred(answer, tries, now)
        case RateLimited():
            return _wait(now + (answer.retry_after or unsaid_wait(waits)), answer)
        case Unavailable():
            return _unreached(str(answer), tries, now)
        case Unauthorized() | OutOfCredit():
            again = RetryAt(at=now, reason=str(answer), counts=False)
            return Verdict(outcome=again, pause=str(answer))
        case _:
            raise answer


def _wait(until: datetime, answer: RateLimited) -> Verdict:
    """The row waits; so does whoever the limit belongs to: an account that others share, or this channel alone."""
    again = RetryAt(at=until, reason=str(answer), counts=False)
    if answer.scope:
        return Verdict(outcome=again, limits=((answer.scope, until, str(answer)),))
    return Verdict(outcome=again, not_before=until)


def _deferred(answer: Deferred, tries: int, now: datetime) -> Verdict:
    """One recipient waits, each time twice as long, and then no more (RFC 5321 section 4.5.4.1: 4 to 5 days)."""
    if tries >= MOST_DEFERRALS:
        return Verdict(outcome=Failed(reason=f"gave up after {tries} tries: {answer}"))
    wait = min(LONGEST_DEFERRAL, (answer.retry_after or unsaid_wait(0)) * (1 << min(tries - 1, 8)))
    return Verdict(outcome=RetryAt(at=now + wait, reason=str(answer), counts=True))


def _unreached(reason: str, tries: int, now: datetime) -> Verdict:
    if tries >= MOST_TRIES:
        return Verdict(outcome=Failed(reason=f"gave up after {tries} tries: {reason}"))
    until = now + backoff(tries)
    return Verdict(outcome=RetryAt(at=until, reason=reason, counts=True), not_before=until)


def spoken(verdict: Verdict, delivery: int) -> tuple[int, str, bool]:
    """What somebody has to know of a verdict: how grave it is (``logging``), the words behind the channel's name, and
    whether the whole channel waits. No words: nothing.
    """
    match verdict.outcome:
        case Sent():
            return logging.DEBUG, "", False
        case Unknown(reason=reason):
            return logging.WARNING, f": delivery {delivery} may have arrived or not: {reason}", False
        case Failed(reason=reason):
            return logging.WARNING, f": delivery {delivery} failed: {reason}", False
    wait = verdict.outcome
    if verdict.pause:
        return logging.ERROR, f" pauses: {wait.reason}", True
    if verdict.not_before is None and not verdict.limits:
        return logging.WARNING, f": delivery {delivery} is tried once more: {wait.reason}", False
    return logging.WARNING, f" sends nothing before {wait.at:%Y-%m-%dT%H:%M:%SZ}: {wait.reason}", True


#: Where each kind of outcome takes a delivery that is in ``sending``.
_AFTER: Mapping[type[Outcome], State] = {
    Sent: State.SENT,
    RetryAt: State.DUE,
    Failed: State.FAILED,
    Unknown: State.UNKNOWN,
}


def state_after(outcome: Outcome) -> State:
    """The state that a delivery in ``sending`` moves to."""
    return _AFTER[type(outcome)]
