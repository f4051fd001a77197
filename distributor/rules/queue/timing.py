"""Schedules: cron lines and plain sentences, and the instants they mean in a zone. Must not read a clock.

Two promises hold on the nights when a zone's clocks change (the cron library is asked for calendar days only):

* a fixed local time (``30 2 * * *``, ``every day at 02:30``) comes once on every local day: at the first valid instant
  after a gap, at the first of two occurrences in a fold, and never for a day that the zone skipped altogether;
* an interval (``*/30 * * * *``, ``every 15 minutes``) runs on through both nights: what a repeated hour holds comes
  twice, and what a gap swallowed comes at the end of the gap.

As in Debian's cron, a cron line is an interval when its minute or its hour begins with a star.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from distributor.phrases import Phrase
from distributor.rules.queue.cronline import DAY_OF_MONTH, DAY_OF_WEEK, HOUR, MINUTE, MONTH, NOTHING

DAY: Final = timedelta(days=1)
#: from a wall clock's time to an instant
_Resolve: TypeAlias = Callable[[datetime, ZoneInfo], datetime]
_DAY_MINUTES: Final = 24 * 60
#: any past date does: parsing only asks whether a day ever comes
_EPOCH: Final = datetime(2026, 1, 1)  # noqa: DTZ001  a calendar day, not an instant

_DAY_NAMES: Final = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_ALIASES: Final = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Which local times on which local days; made by :func:`parse_schedule`."""

    #: as it was written, white space tidied
    text: str
    #: minutes after the local midnight of a day, sorted; 1440 and more is the night after it
    minutes: tuple[int, ...]
    #: the last three fields of a cron line: day of month, month, day of week
    days: str
    #: whether a local time that comes twice (autumn) fires twice
    interval: bool
    #: what :meth:`explain` says
    words: str
    #: the days of the week (Sunday 0) where nothing else decides about days; the library need not be asked then
    weekdays: frozenset[int] | None = None

    def after(self, instant: datetime, zone: ZoneInfo) -> datetime:
        """The next instant strictly after ``instant`` (aware), in UTC. Raises ValueError when none ever comes."""
        moment = _utc(instant)
        best: datetime | None = None
        for day in self._forward(_local(moment, zone).date() - 2 * DAY):
            if best is not None and _first(_naive(day), zone) > best:
                break
            for found in self._on(day, zone, moment, 0):
                best = found if best is None else min(best, found)
        if best is None:
            raise ValueError(f"{self.text}: no such day comes any more")
        return best

    def explain(self) -> str:
        """The schedule in plain English, for the person who wrote it."""
        return self.words

    def _forward(self, day: date) -> Iterator[date]:
        """The schedule's days from ``day`` on; ends when none comes within 50 years."""
        if self.weekdays is not None:
            return (one for one in (day + n * DAY for n in count()) if one.isoweekday() % 7 in self.weekdays)
        start = _naive(day) - timedelta(seconds=1)
        return (found.date() for found in CronSim(f"0 0 {self.days}", start))

    def _backward(self, day: date) -> Iterator[date]:
        """The schedule's days from ``day`` backwards."""
        if self.weekdays is not None:
            return (one for one in (day - n * DAY for n in count()) if one.isoweekday() % 7 in self.weekdays)
        start = _naive(day) + timedelta(seconds=1)
        return (found.date() for found in CronSim(f"0 0 {self.days}", start, reverse=True))

    def _on(self, day: date, zone: ZoneInfo, moment: datetime, back: int) -> Iterator[datetime]:
        """Of one day's instants, the one after ``moment`` (back 0) or the one at or before it (back 1)."""
        if _local(_first(_naive(day), zone), zone).date() != day:
            return  # the zone skipped this day (Pacific/Apia had no 30 December 2011)
        for resolve in (_first, _last) if self.interval else (_first,):
            at = _resolver(day, zone, resolve)
            index = bisect_right(self.minutes, moment, key=at) - back
            if 0 <= index < len(self.minutes):
                yield at(self.minutes[index])


def parse_schedule(text: str) -> Schedule:
    """A schedule from a cron line, an ``@`` word or a sentence. Raises ValueError, which names the wrong field.

    Sentences: ``weekdays at 07:00, 18:30`` | ``every day at 07:00`` | ``mon, thu at 09:00`` | ``weekends at 10:00`` |
    ``every 2 hours`` | ``every 15 minutes from 07:00 to 22:00 on weekdays``. An interval counts from the beginning of
    its window (midnight where none is given) and includes the window's end; a window may run over midnight and then
    belongs to the day on which it begins.
    """
    tidy = " ".join(text.split())
    words = tidy.lower().replace(",", " , ").split()
    if "at" in words:
        return _times(tidy, words)
    if words[:1] == ["every"]:
        return _interval(tidy, words)
    return _cron(tidy)


def upcoming(schedule: Schedule, zone: ZoneInfo, start: datetime, count: int) -> list[datetime]:
    """The next ``count`` instants strictly after ``start``, as local times of the zone (aware, fold set)."""
    found: list[datetime] = []
    for _ in range(count):
        start = schedule.after(start, zone)
        found.append(start.astimezone(zone))
    return found


def latest(schedule: Schedule, zone: ZoneInfo, instant: datetime, lookback: timedelta = 32 * DAY) -> datetime | None:
    """The last instant at or before ``instant``, in UTC, for catching up; None when it lies further back than that."""
    moment = _utc(instant)
    earliest = moment - lookback
    best: datetime | None = None
    for day in schedule._backward(_local(moment, zone).date() + DAY):  # noqa: SLF001  one rule, two functions
        if _resolver(day, zone, _last)(schedule.minutes[-1]) < (best or earliest):
            break
        for found in schedule._on(day, zone, moment, 1):  # noqa: SLF001
            best = found if best is None else max(best, found)
    return best if best is not None and best >= earliest else None


def slot_name(instant: datetime, zone: ZoneInfo) -> str:
    """The name of an instant's slot: the local minute and its zone, ``2026-11-30T07:00[Europe/Minsk]``.

    The second pass of a repeated hour carries its offset as well (RFC 9557: ``T02:30+01:00[Europe/Berlin]``), so that
    an interval's two slots keep two names.
    """
    local = _utc(instant).astimezone(zone)
    if not local.fold:
        local = local.replace(tzinfo=None)
    return f"{local.isoformat(timespec='minutes')}[{zone.key}]"


def begins(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a local day: at which the wall clock first shows or passes its midnight."""
    return _first(_naive(day), zone)


def _utc(instant: datetime) -> datetime:
    """The instant in UTC, where two of them compare rightly (within one zone Python compares wall clocks)."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a zone")
    return instant.astimezone(UTC)


def _local(instant: datetime, zone: ZoneInfo) -> datetime:
    """The wall clock at an instant, naive."""
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


def _naive(day: date) -> datetime:
    """Midnight on the wall."""
    return datetime.combine(day, time())


def _resolver(day: date, zone: ZoneInfo, resolve: _Resolve) -> Callable[[int], datetime]:
    """From a minute of the day to its instant; never falling as the minute rises, so that it can be bisected."""
    midnight = _naive(day)
    return lambda minute: resolve(midnight + timedelta(minutes=minute), zone)


def _first(wall: datetime, zone: ZoneInfo) -> datetime:
    """The instant at which the wall clock first shows or passes ``wall``."""
    instant = wall.replace(tzinfo=zone).astimezone(UTC)
    return instant if _local(instant, zone) == wall else _gap_end(wall, zone)


def _last(wall: datetime, zone: ZoneInfo) -> datetime:
    """The instant at which the wall clock last shows ``wall``; the end of the gap where it never does."""
    instant = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return instant if _local(instant, zone) == wall else _gap_end(wall, zone)


def _gap_end(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first instant after the gap that swallowed ``wall`` (PEP 495: fold 1 is before its end, fold 0 not)."""
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    after = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if _local(middle, zone) < wall:
            before = middle
        else:
            after = middle
    return after


def _cron(tidy: str) -> Schedule:
    """The schedule of a cron line."""
    line = _ALIASES.get(tidy.lower(), tidy)
    if line.startswith("@"):
        known = ", ".join(sorted(_ALIASES))
        raise ValueError(Phrase("%(found)s is unknown; known are %(known)s", found=line, known=known))
    fields = line.lower().split()
    if len(fields) != 5:
        right = Phrase(
            'write five cron fields (minute hour day-of-month month day-of-week) or "weekdays at 07:00, 18:30"'
        )
        raise ValueError(Phrase("%(found)s is not a schedule; %(right)s", found=line or NOTHING, right=right))
    minute, hour = fields[0], fields[1]
    minutes = {60 * h + m for m in MINUTE.values(minute) for h in HOUR.values(hour)}
    days = _cron_days(*fields[2:])
    words = CronSim(f"{minute} {hour} {days}", _EPOCH).explain()
    interval, ordered = minute.startswith("*") or hour.startswith("*"), tuple(sorted(minutes))
    return Schedule(text=tidy, minutes=ordered, days=days, interval=interval, words=words, weekdays=_plain(days))


def _cron_days(dom: str, month: str, dow: str) -> str:
    """The three day fields, checked, in a spelling that cronsim knows; a leading star decides between AND and OR."""
    if dom not in ("l", "lw"):
        DAY_OF_MONTH.values(dom)
    MONTH.values(month)
    if not re.fullmatch(r"[0-7]l|([0-7]|[a-z]{3})#[1-5]", dow):
        DAY_OF_WEEK.values(dow)
    fields = f"{dom} {month} {dow.replace('-sun', '-7')}"
    try:
        comes = next(CronSim(f"0 0 {fields}", _EPOCH), None)
    except CronSimError as error:
        wrong = DAY_OF_WEEK.name if "week" in str(error) else DAY_OF_MONTH.name
        told = Phrase("%(field)s: no such day exists in %(found)s", field=wrong, found=f"{dom} {month} {dow}")
        raise ValueError(told) from error
    if comes is None:
        raise ValueError(
            Phrase("%(field)s: %(found)s never comes", field=DAY_OF_MONTH.name, found=f"{dom} {month} {dow}")
        )
    return fields


def _times(tidy: str, words: list[str]) -> Schedule:
    """The schedule of ``DAYS at TIME, TIME``."""
    at = words.index("at")
    minutes = sorted({_clock(word) for word in _listed(Phrase("time: one is missing"), words[at + 1 :])})
    head = words[1:at] if words[0] in ("every", "on") else words[:at]
    days, called = _weekdays(head)
    spoken = " and ".join(_hhmm(minute) for minute in minutes)
    called = f"At {spoken} {called}"
    return Schedule(text=tidy, minutes=tuple(minutes), days=days, interval=False, words=called, weekdays=_plain(days))


def _interval(tidy: str, words: list[str]) -> Schedule:
    """The schedule of ``every [N] minutes|hours [from TIME to TIME] [on DAYS]``."""
    pattern = r"every(?: (?P<n>\S+))? (?P<unit>minute|hour)s?(?: from (?P<a>\S+) to (?P<b>\S+))?(?: on (?P<days>.+))?"
    found = re.fullmatch(pattern, " ".join(words))
    if found is None:
        right = Phrase('write "every 15 minutes from 07:00 to 22:00 on weekdays"')
        raise ValueError(Phrase('"%(found)s" is not understood; %(right)s', found=tidy, right=right))
    step = _pace(found["n"] or "1", found["unit"])
    start, end = (_clock(found["a"]), _clock(found["b"])) if found["a"] else (0, _DAY_MINUTES - 1)
    if end < start:
        end += _DAY_MINUTES
    days, called = _weekdays((found["days"] or "day").split())
    window = f" from {_hhmm(start)} to {_hhmm(end)}" if found["a"] else ""
    pace = f"{found['n']} {found['unit']}s" if found["n"] else found["unit"]
    spoken = f"Every {pace}{window} {called}"
    minutes = tuple(range(start, end + 1, step))
    return Schedule(text=tidy, minutes=minutes, days=days, interval=True, words=spoken, weekdays=_plain(days))


def _plain(days: str) -> frozenset[int] | None:
    """The days of the week of three fields, where nothing else decides about days."""
    number, month, week = days.split()
    is_plain = (number, month) == ("*", "*") and not {"l", "#"} & set(week)
    return frozenset(day % 7 for day in DAY_OF_WEEK.values(week)) if is_plain else None


def _pace(number: str, unit: str) -> int:
    """Minutes between two instants of an interval."""
    most = _DAY_MINUTES - 1 if unit == "minute" else 23
    if not (number.isascii() and number.isdigit() and 1 <= int(number) <= most):
        told = {"found": number, "most": str(most)}
        raise ValueError(
            Phrase("interval: %(found)s is not a whole number of minutes between 1 and %(most)s", **told)
            if unit == "minute"
            else Phrase("interval: %(found)s is not a whole number of hours between 1 and %(most)s", **told)
        )
    return int(number) * (1 if unit == "minute" else 60)


def _clock(word: str) -> int:
    """``07:05`` as minutes after midnight."""
    found = re.fullmatch(r"([0-9]{1,2}):([0-9]{2})", word)
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        raise ValueError(Phrase("time: %(found)s is not a time of day between 00:00 and 23:59", found=word))
    return int(found[1]) * 60 + int(found[2])


def _hhmm(minute: int) -> str:
    """Minutes after midnight as ``07:05``."""
    return f"{minute // 60 % 24:02}:{minute % 60:02}"


def _listed(missing: Phrase, words: list[str]) -> list[str]:
    """The members of ``a, b and c``. Raises ValueError with ``missing`` where one is."""
    members = [word for word in words if word not in (",", "and")]
    if not members or words[0] == "," or words[-1] in (",", "and"):
        raise ValueError(missing)
    return members


def _weekdays(words: list[str]) -> tuple[str, str]:
    """The three day fields of named days, and how to say them."""
    if words in (["day"], ["daily"], ["days"]):
        return "* * *", "every day"
    numbers: set[int] = set()
    for word in _listed(Phrase("day: one is missing"), words):
        numbers |= _weekday(word)
    groups = {(1, 2, 3, 4, 5): "on weekdays", (0, 6): "on weekends", tuple(range(7)): "every day"}
    chosen = tuple(sorted(numbers))
    # people count the week from Monday
    named = ", ".join(_DAY_NAMES[number] for number in sorted(chosen, key=lambda number: (number - 1) % 7))
    return f"* * {','.join(str(number) for number in chosen)}", groups.get(chosen, f"on {named}")


def _weekday(word: str) -> set[int]:
    """The days that one word means: ``mon``, ``Mondays``, ``mon-fri``, ``weekdays``, ``weekends``."""
    if word in ("weekday", "weekdays"):
        return {1, 2, 3, 4, 5}
    if word in ("weekend", "weekends"):
        return {0, 6}
    if "-" in word:
        first, last = (_one_day(part) for part in word.split("-", 1))
        return {(first + step) % 7 for step in range((last - first) % 7 + 1)}
    return {_one_day(word)}


def _one_day(word: str) -> int:
    """The number of one named day, Sunday 0."""
    for number, name in enumerate(_DAY_NAMES):
        short = name.lower()
        if word in (short, f"{short}s") or (len(word) >= 3 and short.startswith(word)):
            return number
    raise ValueError(Phrase("day: %(found)s is not a day of the week", found=word or NOTHING))
