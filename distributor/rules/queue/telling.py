"""What a schedule says, for sentences and for fields: which days, and which times of them. Speaks no language.

Only what a short sentence can say whole is told: every instant of the schedule, and none beside them. Days of the month
after the 28th, months of a year and other uneven rhythms are told by nobody; their next instants are shown instead.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final

from distributor.rules.queue.timing import Schedule, parse_schedule

_DAY: Final = 24 * 60
#: More times of a day, or days of a month, than these are no sentence any more.
MOST: Final = 8
#: The last day that every month has.
LAST: Final = 28
#: How the days of the week are written, from Monday on.
NAMES: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Days(StrEnum):
    """What the days of a schedule are called."""

    EVERY = "every"
    WEEKDAYS = "weekdays"
    WEEKENDS = "weekends"
    #: named days of the week
    WEEK = "week"
    #: numbered days of each month
    MONTH = "month"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A schedule taken apart."""

    days: Days
    #: which: of the week from Monday (1) on, or of the month
    on: tuple[int, ...]
    #: times of the day, ``07:30``; empty where it is an interval
    times: tuple[str, ...] = ()
    #: minutes from one instant to the next, where it is an interval
    every: int | None = None
    #: the first and the last time of an interval that does not run all day
    window: tuple[str, str] | None = None


def tell(schedule: Schedule) -> Told | None:
    """The schedule taken apart; None: no short sentence says it."""
    found = _days(schedule)
    if found is None:
        return None
    days, on = found
    if schedule.interval:
        return _interval(schedule.minutes, days, on)
    if len(schedule.minutes) > MOST:
        return None
    return Told(days=days, on=on, times=tuple(clock(one) for one in schedule.minutes))


def clock(minute: int) -> str:
    """Minutes after midnight as ``07:05``; those of the night after the day as its own."""
    return f"{minute // 60 % 24:02}:{minute % 60:02}"


def _interval(minutes: Sequence[int], days: Days, on: tuple[int, ...]) -> Told | None:
    steps = {after - before for before, after in pairwise(minutes)}
    if len(steps) != 1:
        return None
    (step,) = steps
    if minutes[0] == 0 and minutes[-1] + step >= _DAY > minutes[-1]:
        return Told(days=days, on=on, every=step)
    return Told(days=days, on=on, every=step, window=(clock(minutes[0]), clock(minutes[-1])))


def _days(schedule: Schedule) -> tuple[Days, tuple[int, ...]] | None:
    """What its days are called, and which they are."""
    if schedule.weekdays is not None:
        return _week(schedule.weekdays)
    number, month, week = schedule.days.split()
    days = number.split(",")
    if (month, week) != ("*", "*") or not all(one.isdecimal() for one in days):
        return None
    found = tuple(sorted({int(one) for one in days}))
    return (Days.MONTH, found) if len(found) <= MOST and found[-1] <= LAST else None


def _week(week: frozenset[int]) -> tuple[Days, tuple[int, ...]]:
    on = tuple(sorted(day or 7 for day in week))
    groups = {tuple(range(1, 8)): Days.EVERY, tuple(range(1, 6)): Days.WEEKDAYS, (6, 7): Days.WEEKENDS}
    return groups.get(on, Days.WEEK), on


def write(days: Collection[int], times: Sequence[str], like: str = "") -> str:
    """What somebody would write for days of the week (Monday 1) and times, in the manner of the schedule before.

    That one itself, where it says the same; a cron line, where it was one and can be one still. Judges neither: no day
    or a wrong time make a text that is no schedule, and parsing it says so.
    """
    sentence = f"{_named(frozenset(days))} at {', '.join(times)}".strip()
    try:
        before, after = parse_schedule(like), parse_schedule(sentence)
    except ValueError:
        return sentence
    if (before.minutes, before.weekdays, before.interval) == (after.minutes, after.weekdays, False):
        return like
    fields = like.split()
    if len(fields) != 5 or "at" in fields or before.weekdays is None:
        return sentence
    return _cron(fields, before, after) or sentence


def _cron(fields: Sequence[str], before: Schedule, after: Schedule) -> str | None:
    """A cron line with what differs written anew; None: one line cannot say it."""
    minute, hour, number, month, week = fields
    if before.minutes != after.minutes:
        if len({one % 60 for one in after.minutes}) != 1:
            return None
        minute, hour = str(after.minutes[0] % 60), ",".join(str(one // 60) for one in after.minutes)
    if before.weekdays != after.weekdays and after.weekdays is not None:
        week = _of_week(after.weekdays)
    return f"{minute} {hour} {number} {month} {week}"


def _of_week(days: frozenset[int]) -> str:
    """Sunday is 0, and a run of days from Monday on is ``1-5``."""
    on = sorted(days)
    if len(on) == 7:
        return "*"
    is_run = len(on) > 2 and on == list(range(on[0], on[-1] + 1))
    return f"{on[0]}-{on[-1]}" if is_run else ",".join(str(day) for day in on)


def _named(days: frozenset[int]) -> str:
    groups = {frozenset(range(1, 8)): "every day", frozenset(range(1, 6)): "weekdays", frozenset((6, 7)): "weekends"}
    return groups.get(days, ", ".join(NAMES[day - 1] for day in sorted(days)))
