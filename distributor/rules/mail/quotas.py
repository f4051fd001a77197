"""How many mails a relay may still take, and when it may take the next. Must not look at a clock or a store.

Uses are counted by the clock minute. A quota for a minute holds for each clock minute; those for an hour and a day hold
for any, counted with the whole minute in which the time began, so that no relay's own counting comes to more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from distributor.model.mail import RelayTerms
from distributor.rules.mail.warmup import allowance

#: a clock minute, counted from 1970 (UTC), and the mails of it
Uses = Sequence[tuple[int, int]]

_HOUR, _DAY = 60, 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What a relay may take now; None: without limit."""

    left: int | None
    #: where nothing is left: when there is room again, and which limit it was
    opens: datetime | None = None
    reason: str = ""


def minute_of(now: datetime) -> int:
    """The clock minute of an instant."""
    return int(now.timestamp()) // 60


def room(terms: RelayTerms, uses: Uses, now: datetime) -> Room:
    """What is left of all quotas of a relay; ``uses`` in the order of time, of the last day at least."""
    if terms.warmup_from is not None and now < terms.warmup_from:
        return Room(left=0, opens=terms.warmup_from, reason="it is not used before its first day")
    minute = minute_of(now)
    found = [_room(most, window, said, uses, minute) for most, window, said in _limits(terms, now)]
    if not found:
        return Room(left=None)
    full = [one for one in found if not one.left]
    return max(full, key=lambda one: one.opens or now) if full else min(found, key=lambda one: one.left or 0)


def _limits(terms: RelayTerms, now: datetime) -> Iterator[tuple[int, int, str]]:
    """Each limit in force: the most, the minutes that count, and its name."""
    if terms.per_minute:
        yield terms.per_minute, 1, f"{terms.per_minute} a minute"
    if terms.per_hour:
        yield terms.per_hour, _HOUR + 1, f"{terms.per_hour} an hour"
    if terms.per_day:
        yield terms.per_day, _DAY + 1, f"{terms.per_day} a day"
    warming = allowance(terms.warmup_from, now) if terms.warmup_from else None
    if warming is not None:
        yield warming, _DAY + 1, f"{warming} a day while it is new"


def _room(most: int, window: int, said: str, uses: Uses, minute: int) -> Room:
    counted = [(at, n) for at, n in uses if minute - window < at <= minute]
    over = sum(n for _, n in counted) - most
    if over < 0:
        return Room(left=-over)
    passed = accumulate(n for _, n in counted)
    opens = next(at + window for (at, _), gone in zip(counted, passed, strict=True) if gone > over)
    return Room(left=0, opens=datetime.fromtimestamp(opens * 60, tz=UTC), reason=said)


#: uses older than this count for nothing any more
KEPT = timedelta(minutes=_DAY + 1)
