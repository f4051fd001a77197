"""When the readers of a digest get their issues: a choice's slots in its own zone, and how far back an issue of theirs
reaches. Must not look at a clock or a store.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from distributor.model import Digest, Rhythm, Wish
from distributor.rules.queue.timing import DAY, Schedule, latest, parse_schedule

#: Those who get each story by itself have no issues.
SINGLE = (Rhythm.AT_ONCE, Rhythm.FLASH)
#: How long a story is news at least for those who have not had it; a weekly reader's week is longer.
NEWS, WEEK = DAY, 7 * DAY
#: The day of who chose a weekly issue and no day (ISO 8601).
MONDAY = 1
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
#: How far back the slot before a digest's own is looked for.
_LOOKBACK = 32 * DAY


def rhythm_of(digest: Digest, rhythm: Rhythm | None) -> Rhythm | None:
    """The rhythm by which a reader is served: none that is offered no more."""
    return rhythm if rhythm in digest.rhythms else None


def zone_of(digest: Digest, name: str | None) -> ZoneInfo:
    """A reader's zone; the digest's where they named none, or one that this machine does not know."""
    return zone(name or "", digest.zone)


@lru_cache(maxsize=1024)
def zone(name: str, otherwise: str) -> ZoneInfo:
    """A zone by its IANA name; another one where it is empty or unknown."""
    try:
        return ZoneInfo(name or otherwise)
    except (
        KeyError,
        ValueError,
        OSError,
    ):  # an unknown name is a KeyError; one like "../x" or "." is one of the others
        return ZoneInfo(otherwise)


def next_slot(digest: Digest, wish: Wish, after: datetime) -> datetime | None:
    """The first slot of a choice strictly after an instant; None: it has none."""
    where = zone_of(digest, wish.zone)
    return min((one.after(after, where) for one in _schedules(digest, wish)), default=None)


def reach(digest: Digest, wish: Wish, slot: datetime) -> timedelta:
    """How long a story is news for the readers of a choice: since the slot before, but at least a day."""
    rhythm = rhythm_of(digest, wish.rhythm)
    if rhythm is Rhythm.WEEKLY:
        return WEEK
    if rhythm is not None:
        return NEWS
    where, just_before = zone_of(digest, wish.zone), slot - timedelta(seconds=1)
    past = [found for one in _own(digest) if (found := latest(one, where, just_before, _LOOKBACK)) is not None]
    return max(NEWS, slot - max(past)) if past else NEWS


def _schedules(digest: Digest, wish: Wish) -> Sequence[Schedule]:
    hour = wish.hour or digest.morning
    match rhythm_of(digest, wish.rhythm):
        case None:
            return _own(digest)
        case Rhythm.HOURLY:
            return (_schedule("0 * * * *", ""),)
        case Rhythm.MORNING:
            return (_schedule(f"every day at {digest.morning}", ""),)
        case Rhythm.EVENING:
            return (_schedule(f"every day at {digest.evening}", ""),)
        case Rhythm.DAILY:
            return (_schedule(f"every day at {hour}", f"every day at {digest.morning}"),)
        case Rhythm.WEEKLY:
            day = _DAYS[(wish.weekday or MONDAY) - 1]
            return (_schedule(f"{day} at {hour}", f"{day} at {digest.morning}"),)
    return ()


def _own(digest: Digest) -> Sequence[Schedule]:
    return tuple(_schedule(text, "") for text in digest.slots)


@lru_cache(maxsize=4096)
def _schedule(text: str, otherwise: str) -> Schedule:
    """A schedule; another one where a reader's hour is none."""
    try:
        return parse_schedule(text)
    except ValueError:
        if not otherwise:
            raise
        return parse_schedule(otherwise)
