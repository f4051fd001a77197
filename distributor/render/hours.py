"""Schedules in sentences, in the language of a page: "Weekdays at 07:30". Must not decide when anything fires.

In English such a sentence is itself a schedule that can be written (but for days of the month).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from distributor.render.catalogues import Say
from distributor.render.words import date_in_words
from distributor.rules.queue.telling import Days, Told, tell
from distributor.rules.queue.timing import parse_schedule, upcoming

#: Instants that are shown where no sentence says a schedule.
NEXT = 3
_HOUR = 60


def in_words(told: Told, say: Say) -> str:
    """What a schedule says, as one sentence without its full stop."""
    if told.every is None:
        return say("%(days)s at %(times)s", days=_days(told, say), times=listed(told.times, say))
    pace = _pace(told.every, say)
    if told.window:
        pace = say("%(pace)s from %(begin)s to %(end)s", pace=pace, begin=told.window[0], end=told.window[1])
    return pace if told.days is Days.EVERY else say("%(pace)s %(days)s", pace=pace, days=_on_days(told, say))


def listed(names: Sequence[str], say: Say) -> str:
    """``a, b and c``."""
    *others, last = names
    return say("%(some)s and %(last)s", some=", ".join(others), last=last) if others else last


def told_hours(text: str, say: Say, language: str, zone: str, now: datetime) -> str:
    """A schedule as it was written, in words; one that no sentence says stands with its next instants (of ``zone``)."""
    schedule = parse_schedule(text)
    told = tell(schedule)
    if told is not None:
        return in_words(told, say)
    found = (f"{date_in_words(at, language)}, {at:%H:%M}" for at in upcoming(schedule, ZoneInfo(zone), now, NEXT))
    return say("%(text)s, next: %(instants)s", text=schedule.text, instants="; ".join(found))


def _days(told: Told, say: Say) -> str:
    match told.days:
        case Days.EVERY:
            return say("Every day")
        case Days.WEEKDAYS:
            return say("Weekdays")
        case Days.WEEKENDS:
            return say("Weekends")
        case Days.WEEK:
            return _first_large(listed([_weekday(day, say) for day in told.on], say))
        case _:
            return say("On the %(days)s of each month", days=listed([_ordinal(day, say) for day in told.on], say))


def _on_days(told: Told, say: Say) -> str:
    match told.days:
        case Days.WEEKDAYS:
            return say("on weekdays")
        case Days.WEEKENDS:
            return say("on weekends")
        case Days.MONTH:
            return say("on the %(days)s of each month", days=listed([_ordinal(day, say) for day in told.on], say))
        case _:
            return say("on %(days)s", days=listed([_weekday(day, say) for day in told.on], say))


def _weekday(day: int, say: Say) -> str:
    names = [say("Mondays"), say("Tuesdays"), say("Wednesdays"), say("Thursdays")]
    return [*names, say("Fridays"), say("Saturdays"), say("Sundays")][day - 1]


def _ordinal(day: int, say: Say) -> str:
    """``1st``; in Russian ``1-го``: what stands behind a number is the language's own."""
    ending = {1: say("%(day)sst"), 2: say("%(day)snd"), 3: say("%(day)srd")}
    usual = say("%(day)sth")
    return (usual if 10 < day < 14 else ending.get(day % 10, usual)) % {"day": day}


def _pace(minutes: int, say: Say) -> str:
    if minutes == 1:
        return say("Every minute")
    if minutes == _HOUR:
        return say("Every hour")
    if minutes % _HOUR == 0:
        return say("Every %(count)s hours", count=minutes // _HOUR)
    return say("Every %(count)s minutes", count=minutes)


def _first_large(text: str) -> str:
    return text[:1].upper() + text[1:]
