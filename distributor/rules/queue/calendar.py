"""Days and weeks of the desk's zone, with 23, 24 or 25 hours, and what lies in them. Must not look at a clock.

A day is the time between two instants: from the first at which the wall shows or passes its midnight to that of the
next. A day that the zone skipped altogether has no time in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from distributor.rules.queue.quiet import QuietHours
from distributor.rules.queue.timing import DAY, begins, parse_schedule

HOUR = timedelta(hours=1)
#: Instants of one schedule that are told of one day; one for every minute would be 1,440.
MOST = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One local day."""

    date: date
    #: in UTC: the first instant of it, and the first of the day after
    begins: datetime
    ends: datetime

    @property
    def hours(self) -> Sequence[datetime]:
        """Where each of its hours begins."""
        count = -(-(self.ends - self.begins) // HOUR)
        return [self.begins + number * HOUR for number in range(count)]


def day_of(day: date, zone: ZoneInfo) -> Day:
    """One day of a zone."""
    return Day(date=day, begins=begins(day, zone), ends=begins(day + DAY, zone))


def week_of(day: date, zone: ZoneInfo) -> Sequence[Day]:
    """The seven days, from Monday on, among which a day is (ISO 8601)."""
    monday = day - timedelta(days=day.weekday())
    return [day_of(monday + timedelta(days=number), zone) for number in range(7)]


def label(at: datetime, zone: ZoneInfo) -> str:
    """The wall's time at an instant; with the offset where the wall shows this time twice."""
    local = at.astimezone(zone)
    both = {local.replace(fold=fold).utcoffset() for fold in (0, 1)}
    is_twice = len(instants(local.replace(tzinfo=None, fold=0), zone)) > 1
    return f"{local:%H:%M} ({local:%z})" if is_twice and len(both) > 1 else f"{local:%H:%M}"


def instants(wall: datetime, zone: ZoneInfo) -> Sequence[datetime]:
    """When the wall shows a time (naive): once, twice when clocks go back, never when they go forward over it."""
    told = [wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    shown = [at for at in told if at.astimezone(zone).replace(tzinfo=None, fold=0) == wall]
    return sorted(set(shown))


def quiet_spans(text: str, zone: ZoneInfo, day: Day) -> Sequence[tuple[datetime, datetime]]:
    """The parts of a day that lie in quiet hours (``23:00-06:00``; empty: none)."""
    quiet, found, at = QuietHours(text, zone), [], day.begins
    while quiet and at < day.ends:
        if quiet.holds(at):
            end = min(quiet.end(at), day.ends)
            found.append((at, end))
            at = end
        else:
            at = min(quiet.begin(at), day.ends)
    return found


def slots(schedules: Sequence[str], zone: ZoneInfo, day: Day) -> Sequence[datetime]:
    """The instants of some schedules within a day, in their order; of each at most :data:`MOST`."""
    return sorted({at for text in schedules for at in _within(text, zone, day)})


def _within(text: str, zone: ZoneInfo, day: Day) -> Iterator[datetime]:
    schedule, at = parse_schedule(text), day.begins - timedelta(microseconds=1)
    for _ in range(MOST):
        at = schedule.after(at, zone)
        if at >= day.ends:
            return
        yield at
