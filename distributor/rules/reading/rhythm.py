"""When a feed is asked again: by its own rhythm, and by what its server asks for. Must not look at a clock or a store.

A newsroom has hours: a feed that brings ten stories each morning and none at night is asked often in the morning and
seldom at night. What the server says comes first: 410, ``Retry-After``, ``Cache-Control`` (RFC 9110 sections 15.5.11
and 10.2.3, RFC 9111 section 5.2.2.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
#: How far back a feed's own rhythm is read, and how long it must be known before it has one.
LOOKBACK, KNOWN = timedelta(days=7), DAY
#: So many looks for each story that may be expected: a story is found after an eighth of the usual gap, on average.
LOOKS = 4
#: A document may be called fresh for a year by a careless server; it is asked again after this all the same.
LONGEST_FRESH = HOUR
#: No pause that a server asks for, and no pause after failures, is longer.
LONGEST_PAUSE = DAY
#: An address that is gone for good (410) is asked again so seldom.
GONE = timedelta(days=7)


#: Why a document that was read is left alone: its server says so, also to a program that has just begun.
FRESH = "its server calls it fresh so long"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often a feed may be asked, by its configuration."""

    #: where nothing is known of its rhythm
    usual: timedelta
    #: in its liveliest hours
    fastest: timedelta
    #: in its quietest
    slowest: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is known of a feed after it was asked."""

    #: failures in a row, this one among them
    failures: int = 0
    #: how long the server asks to be left alone; zero where it does not
    rest: timedelta = timedelta(0)
    #: the address is gone for good
    gone: bool = False
    #: how long the feed has been read
    known_for: timedelta = timedelta(0)
    #: stories by how many whole hours ago they came
    hours: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """When a feed is asked again, and why not sooner, in words."""

    at: datetime
    why: str


def next_reading(pace: Pace, told: Told, now: datetime) -> Next:
    """When to ask again."""
    if told.gone:
        return Next(at=now + GONE, why="its address is gone for good (410)")
    if told.failures:
        return _after_failure(pace, told, now)
    wait, why = _own_rhythm(pace, told)
    fresh = min(told.rest, LONGEST_FRESH)
    if fresh > wait:
        return Next(at=now + fresh, why=FRESH)
    return Next(at=now + wait, why=why)


def _after_failure(pace: Pace, told: Told, now: datetime) -> Next:
    """Twice as long after each failure, to once a day; longer only where the server asks for it."""
    doubled = pace.usual * 2 ** min(told.failures - 1, 20)
    wait = min(doubled, LONGEST_PAUSE)
    if told.rest > wait:
        return Next(at=now + min(told.rest, LONGEST_PAUSE), why="its server asked for a pause")
    times = "once" if told.failures == 1 else f"{told.failures} times in a row"
    return Next(at=now + wait, why=f"it could not be read {times}")


def _own_rhythm(pace: Pace, told: Told) -> tuple[timedelta, str]:
    if told.known_for < KNOWN:
        return pace.usual, "its rhythm is not known yet"
    rate = expected(told.hours, told.known_for)
    if rate * LOOKS * pace.slowest.total_seconds() <= HOUR.total_seconds():
        return pace.slowest, "it is quiet at this hour"
    wait = timedelta(seconds=HOUR.total_seconds() / (rate * LOOKS))
    if wait <= pace.fastest:
        return pace.fastest, "it is lively at this hour"
    return wait, "its own rhythm"


def expected(hours: Mapping[int, int], known_for: timedelta) -> float:
    """Stories an hour that may be expected now: as many as lately, or as at this hour of the days before."""
    lately = (hours.get(0, 0) + hours.get(1, 0)) / 2
    days = min(known_for, LOOKBACK) // DAY
    around = sum(count for ago, count in hours.items() if ago > 1 and (ago + 1) % 24 <= 2 and ago < days * 24 + 2)
    return max(lately, around / (3 * days) if days else 0.0)
