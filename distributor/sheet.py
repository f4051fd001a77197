"""The hand-over sheet in words, for a terminal, a chat and a mail alike. Pure: JSON in, lines out."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

#: Lines of one sort; what is more is a number.
MOST_LINES = 12

Sheet = Mapping[str, Any]


def title(sheet: Sheet) -> str:
    """``Hand-over, 26 November, 06:00 to 14:00 (Europe/Minsk)``."""
    zone = ZoneInfo(sheet["zone"])
    begin, end = (datetime.fromisoformat(sheet[key]).astimezone(zone) for key in ("since", "until"))
    first = f"{begin:%H:%M}" if begin.date() == end.date() else f"{begin:%Y-%m-%d %H:%M}"
    return f"Hand-over, {first} to {end:%Y-%m-%d %H:%M} ({zone.key})"


def lines(sheet: Sheet) -> Iterator[str]:
    """The sheet, section by section; a section about which there is nothing to say is one short line at its end."""
    zone = ZoneInfo(sheet["zone"])
    quiet: list[str] = []
    for name, told in _sections(sheet, zone):
        if told:
            yield f"{name}: {len(told)}" if name in _COUNTED else name
            yield from (f"  {line}" for line in told[:MOST_LINES])
            if len(told) > MOST_LINES:
                yield f"  and {len(told) - MOST_LINES} more"
            yield ""
        else:
            quiet.append(name.lower())
    if quiet:
        yield f"Nothing: {', '.join(quiet)}"


#: Sections whose heading says how many there are.
_COUNTED = frozenset({"Held", "Failed", "Unknown", "Embargoes ahead", "Alerts"})


def _sections(sheet: Sheet, zone: ZoneInfo) -> Iterator[tuple[str, Sequence[str]]]:
    yield (
        "Needs somebody",
        [*_shadow(sheet), *_stops(sheet, zone), *_paused(sheet), *(f"{one['text']}" for one in sheet["alerts"])],
    )
    yield "Unknown", [_open(one, zone) for one in sheet["unknown"]]
    yield "Failed", [_open(one, zone) for one in sheet["failed"]]
    yield "Held", [_open(one, zone) for one in sheet["held"]]
    yield "Embargoes ahead", [_open(one, zone) for one in sheet["embargoes"]]
    yield "Sent", [*_sent(sheet), *(_issue(one) for one in sheet["issues"])]
    yield "Decided", [_decision(one, zone) for one in sheet["decisions"]]
    yield "Money left", [_money(one) for one in sheet["money"]]


def _shadow(sheet: Sheet) -> list[str]:
    return [] if sheet["mode"] == "live" else ["nothing is sent: the program runs in shadow"]


def _stops(sheet: Sheet, zone: ZoneInfo) -> list[str]:
    """What is stopped, also where nothing has piled up yet: the next shift must know why nothing leaves."""
    return [f"{_stopped(one)}, by {one['who']}: {one['reason']}{_until(one['until'], zone)}" for one in sheet["stops"]]


def _stopped(one: Sheet) -> str:
    scope = " ".join(part for part in (one["channel"], one["category"]) if part)
    return f"stopped: {scope or 'everything'} ({one['held']} held)"


def _until(at: str | None, zone: ZoneInfo) -> str:
    return f", until {_at(at, zone)}" if at else ""


def _paused(sheet: Sheet) -> list[str]:
    return [f"channel {name} is paused" for name in sheet["paused"]]


def _sent(sheet: Sheet) -> list[str]:
    counts = Counter(one["channel"] for one in sheet["sent"])
    return [f"{channel}: {count} {'post' if count == 1 else 'posts'}" for channel, count in sorted(counts.items())]


def _issue(one: Sheet) -> str:
    counts = ", ".join(f"{count} {state}" for state, count in one["deliveries"].items())
    return f"{one['digest']} {one['slot']}: {counts or one['reason'] or one['state']}"


def _open(one: Sheet, zone: ZoneInfo) -> str:
    by = f"{one['held_by']}{_until(one['held_until'], zone)}: " if one["held_by"] else ""
    return f"{one['headline']} ({one['channel']}, {one['id']}) - {by}{one['reason']}"


def _decision(one: Sheet, zone: ZoneInfo) -> str:
    about = f" {one['headline']}" if one["headline"] else ""
    many = f" ({one['count']} deliveries)" if one["count"] > 1 else ""
    said = _said(one["detail"])
    detail = f": {said}" if said else ""
    return f"{_at(one['at'], zone)} {one['who']}: {one['kind']}{about}{many}{detail}"


def _said(detail: str) -> str:
    """What an event says; of one whose facts are for programs, the words among them."""
    if not detail.startswith("{"):
        return detail
    return str(json.loads(detail).get("note", ""))


def _money(one: Sheet) -> str:
    left = [
        f"{one[key]:.2f} {words}"
        for key, words in (("left_today", "today"), ("left_this_month", "this month"))
        if one[key] is not None
    ]
    spent = f"{one['spent_today']:.2f} spent today, {one['spent_this_month']:.2f} this month"
    return f"{one['name']}: {spent}; {'left ' + ', '.join(left) if left else 'no budget'}"


def _at(text: str, zone: ZoneInfo) -> str:
    return f"{datetime.fromisoformat(text).astimezone(zone):%H:%M}"
