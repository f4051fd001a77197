"""The hand-over sheet in words, for a terminal, a chat and a mail alike. Pure: JSON in, lines out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
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
    quiet: list[str] = []
    for name, told in _sections(sheet, _clock(sheet)):
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
#: An instant as JSON has it, in the desk's time.
Clock = Callable[[str], str]


def _clock(sheet: Sheet) -> Clock:
    """``14:05`` on the day of the sheet, ``24 Nov 14:05`` on another; its title names the zone."""
    zone = ZoneInfo(sheet["zone"])
    today = datetime.fromisoformat(sheet["until"]).astimezone(zone).date()

    def told(text: str) -> str:
        at = datetime.fromisoformat(text).astimezone(zone)
        return f"{at:%H:%M}" if at.date() == today else f"{at.day} {at:%b %H:%M}"

    return told


def _sections(sheet: Sheet, clock: Clock) -> Iterator[tuple[str, Sequence[str]]]:
    yield (
        "Needs somebody",
        [*_shadow(sheet), *_stops(sheet, clock), *_paused(sheet), *(f"{one['text']}" for one in sheet["alerts"])],
    )
    yield "Unknown", _open(sheet["unknown"], clock)
    yield "Failed", _open(sheet["failed"], clock)
    yield "Held", _open(sheet["held"], clock)
    yield "Embargoes ahead", _open(sheet["embargoes"], clock)
    yield "Sent", [*_sent(sheet), *(_issue(one) for one in sheet["issues"])]
    yield "Decided", [_decision(one, clock) for one in sheet["decisions"]]
    yield "Money left", [_money(one) for one in sheet["money"]]


def _shadow(sheet: Sheet) -> list[str]:
    return [] if sheet["mode"] == "live" else ["nothing is sent: the program runs in shadow"]


def _stops(sheet: Sheet, clock: Clock) -> list[str]:
    """What is stopped, also where nothing has piled up yet: the next shift must know why nothing leaves."""
    return [f"{_stopped(one)}, by {one['who']}: {one['reason']}{_until(one['until'], clock)}" for one in sheet["stops"]]


def _stopped(one: Sheet) -> str:
    scope = " ".join(part for part in (one["channel"], one["category"]) if part)
    return f"stopped: {scope or 'everything'} ({one['held']} held)"


def _until(at: str | None, clock: Clock) -> str:
    return f", until {clock(at)}" if at else ""


def _paused(sheet: Sheet) -> list[str]:
    return [f"channel {name} is paused" for name in sheet["paused"]]


def _sent(sheet: Sheet) -> list[str]:
    return [f"{channel}: {count} {'post' if count == 1 else 'posts'}" for channel, count in sheet["posted"].items()]


def _issue(one: Sheet) -> str:
    counts = ", ".join(f"{count} {state}" for state, count in one["deliveries"].items())
    return f"{one['digest']} {one['slot']}: {counts or one['reason'] or one['state']}"


def _open(rows: Sequence[Sheet], clock: Clock) -> list[str]:
    """A line for each story and why it waits; the channels where it does so for the same are named in it."""
    places: dict[tuple[str, str], list[str]] = {}
    for one in rows:
        by = f"{one['held_by']}{_until(one['held_until'], clock)}: " if one["held_by"] else ""
        many = f" to {one['count']} readers" if one["count"] > 1 else ""
        places.setdefault((one["headline"], f"{by}{one['reason']}"), []).append(f"{one['channel']} {one['id']}{many}")
    return [f"{headline} ({', '.join(names)}) - {why}" for (headline, why), names in places.items()]


def _decision(one: Sheet, clock: Clock) -> str:
    about = f" {one['headline']}" if one["headline"] else ""
    many = f" ({one['count']} deliveries)" if one["count"] > 1 else ""
    where = f" on {', '.join(one['channels'])}" if one["channels"] else many
    said = _said(one["detail"])
    detail = f": {said}" if said else ""
    return f"{clock(one['at'])} {one['who']}: {one['kind']}{about}{where}{detail}"


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
