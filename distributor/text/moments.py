"""Instants as people write them: "10:00 GMT, 30 November", "6 a.m. ET on Monday". Must not guess: what it does not
know, an ambiguous zone for one, it does not read. Words of months, weekdays and zones stand in data/moments.toml.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

#: No place on earth is further from UTC.
_FURTHEST = timedelta(hours=14)
_ISO = re.compile(r"(?<!\d)(\d{4})-(\d\d)-(\d\d)(?!\d)")
_DOTTED = re.compile(r"(?<!\d)(\d{1,2})\.(\d{1,2})\.(\d{4})(?!\d)")
_DAY_FIRST = re.compile(
    r"(?<!\d)(\d{1,2})(?:st|nd|rd|th|\.)?(?: of| de)? ([^\W\d_]{3,12})\b\.?,?(?: (\d{4})(?!\d))?", re.IGNORECASE
)
_MONTH_FIRST = re.compile(
    r"\b([^\W\d_]{3,12})\.? (\d{1,2})(?:st|nd|rd|th)?(?![\d:.h])(?:,? (\d{4})(?!\d))?", re.IGNORECASE
)
_OFFSET = re.compile(r"\s?(?P<offset>[+-]\d{1,2}(?::?[0-5]\d)?)(?!\w)")
_PLACE = re.compile(r"[\s(]*(?P<zone>[A-Z][A-Za-z]+/[A-Z][A-Za-z_]+)")
#: Capitals behind a clock: a zone, if they are no word of a date.
_CAPITALS = re.compile(r"[\s(]*(?P<word>[A-Z]{2,5})\b")
_NO_ZONES = frozenset(("on", "at", "the", "and", "today", "hrs", "h", "uhr"))


def names_clock(text: str) -> bool:
    """Whether a text names a time of day."""
    return _clock().search(text) is not None


def names_date(text: str) -> bool:
    """Whether a text names a day."""
    return _date(text, date(2000, 1, 1)) is not None


def read_moment(text: str, reference: datetime) -> datetime | None:
    """The first instant that a text names, seen from ``reference``, whose zone is meant where the text has none.

    A time of day without a day is the next such time; a day without a year the nearest one, without a time its
    beginning. None where the text names no instant, or one that cannot be read.
    """
    clock = _clock().search(text)
    zone = reference.tzinfo if clock is None else _zone(text[clock.end() :], reference.tzinfo)
    if zone is None:
        return None
    local = reference.astimezone(zone)
    day = _date(text, local.date())
    if clock is None:
        return None if day is None else datetime.combine(day, time(0), zone)
    if clock["word"] and clock["word"].casefold() == "midnight":
        return datetime.combine((day or local.date()) + timedelta(days=1), time(0), zone)
    at = _time(clock)
    if at is None:
        return None
    if day is None:
        day = local.date() if at >= local.time() else local.date() + timedelta(days=1)
    return datetime.combine(day, at, zone)


def _time(clock: re.Match[str]) -> time | None:
    """The time of day that a clock shows; None for one like "14 p.m."."""
    if clock["word"]:
        return time(12)
    if clock["four"]:
        return time(int(clock["four"][:2]), int(clock["four"][2:]))
    hour, minute = int(clock["hour"]), int(clock["minute"] or 0)
    if not clock["half"]:
        return time(hour, minute)
    return time(hour % 12 + 12 * (clock["half"][0] in "pP"), minute) if 1 <= hour <= 12 else None


def _zone(behind: str, own: tzinfo | None) -> tzinfo | None:
    """The zone that follows a clock; ``own`` where none does, None for one that is not known."""
    if place := _PLACE.match(behind):
        return _place(place["zone"])
    if named := _zones().match(behind):
        return _offset(named["offset"]) if named["offset"] else _known(named["name"])
    if offset := _OFFSET.match(behind):
        return _offset(offset["offset"])
    capitals = _CAPITALS.match(behind)
    word = capitals["word"].casefold() if capitals else ""
    return own if not word or word in _NO_ZONES or word in _months() or word in _weekdays() else None


def _known(name: str) -> tzinfo | None:
    told = _file()["zones"][" ".join(name.casefold().split())]
    return _offset(told) if told[0] in "+-" else _place(told)


def _place(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def _offset(text: str) -> tzinfo | None:
    digits = text[1:].replace(":", "")
    hours, minutes = (digits, "0") if len(digits) <= 2 else (digits[:-2], digits[-2:])
    shift = timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if text[0] == "-" else 1)
    return timezone(shift) if abs(shift) <= _FURTHEST else None


def _date(text: str, reference: date) -> date | None:
    """The day that a text names, seen from another."""
    if match := _ISO.search(text):
        return _day(int(match[1]), int(match[2]), int(match[3]))
    if match := _DOTTED.search(text):
        return _day(int(match[3]), int(match[2]), int(match[1]))
    for pattern, month, day in ((_DAY_FIRST, 2, 1), (_MONTH_FIRST, 1, 2)):
        for match in pattern.finditer(text):
            number = _months().get(match[month].casefold())
            if number is not None:
                return _nearest(match[3], number, int(match[day]), reference)
    for word in re.findall(r"[^\W\d_]+", text.casefold()):
        if word in _weekdays():
            return reference + timedelta(days=(_weekdays()[word] - reference.weekday()) % 7)
        if word in ("today", "tomorrow"):
            return reference + timedelta(days=word == "tomorrow")
    return None


def _nearest(year: str | None, month: int, day: int, reference: date) -> date | None:
    years = [int(year)] if year else [reference.year - 1, reference.year, reference.year + 1]
    days = [found for one in years if (found := _day(one, month, day)) is not None]
    return min(days, key=lambda one: abs(one - reference), default=None)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


@cache
def _clock() -> re.Pattern[str]:
    """A time of day; four figures without a colon are one only before a zone or "hrs"."""
    return re.compile(
        r"(?<![\d.:/+-])(?:"
        r"(?P<hour>[01]?\d|2[0-3])(?:[:.h](?P<minute>[0-5]\d)(?::[0-5]\d)?(?![\d.]\d)|(?= ?[ap]\.?m\b)|(?= Uhr\b))"
        rf"|(?P<four>(?:[01]\d|2[0-3])[0-5]\d)(?= ?(?:hrs?|hours|h)\b|\s(?:{_zone_names()})(?!\w))"
        r"|\b(?P<word>noon|midday|midnight)\b"
        r") ?(?:(?P<half>[ap]\.?m\b\.?)|Uhr\b|hrs?\b|hours\b|h\b)?",
        re.IGNORECASE,
    )


@cache
def _zones() -> re.Pattern[str]:
    return re.compile(rf"[\s(]*(?P<name>{_zone_names()})(?!\w)(?P<offset>[+-]\d{{1,2}}(?::?[0-5]\d)?)?", re.IGNORECASE)


def _zone_names() -> str:
    return "|".join(re.escape(name).replace(r"\ ", r"\s") for name in sorted(_file()["zones"], key=len, reverse=True))


@cache
def _months() -> Mapping[str, int]:
    return {name: int(number) for number, names in _file()["months"].items() for name in names}


@cache
def _weekdays() -> Mapping[str, int]:
    return {name: number for number, name in enumerate(_file()["weekdays"]["names"])}


@cache
def _file() -> dict[str, Any]:
    return tomllib.loads((files("distributor.text") / "data" / "moments.toml").read_text(encoding="utf-8"))
