"""The words of the chat: texts with marks, times in the desk's zone, and what stands where. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from distributor.chat.facts import Place
from distributor.model import Entity
from distributor.rules.queue.holds import Way, hold_of
from distributor.text.measure import utf16_length

#: A message of the chat has at most 4,096 units; a card stays far below.
LONGEST = 3800

_STANDS = {
    "planned": "waits",
    "due": "leaves next",
    "held": "held",
    "sending": "leaving now",
    "sent": "sent",
    "failed": "failed",
    "unknown": "nobody knows whether it is there",
    "skipped": "not sent",
}


class Words:
    """A text that is written piece by piece, with marks counted in UTF-16 units as the platform counts them."""

    def __init__(self) -> None:
        """An empty text."""
        self.text = ""
        self.entities: list[Entity] = []

    def add(self, text: str, mark: str = "", url: str = "") -> Words:
        """Write on; ``mark`` is a kind of entity. What finds no room any more is left out."""
        room = LONGEST - utf16_length(self.text)
        kept = text if utf16_length(text) <= room else shortened(text, room)
        if mark and kept.strip():
            begin, length = utf16_length(self.text), utf16_length(kept.rstrip())
            self.entities.append(Entity(type=mark, offset=begin, length=length, url=url))
        self.text += kept
        return self

    def line(self, text: str = "", mark: str = "") -> Words:
        """A line of its own."""
        return self.add(text, mark).add("\n")


def shortened(text: str, most: int) -> str:
    """The beginning of a text in so many UTF-16 units, with a mark where something is missing."""
    if utf16_length(text) <= most:
        return text
    kept = text[: max(0, most - 1)]
    while kept and utf16_length(kept) > most - 1:
        kept = kept[:-1]
    return kept.rstrip() + "…" if kept else ""


def moment(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """``14:05 +03`` on the same day, ``24 Nov 14:05 +03`` on another."""
    local = at.astimezone(zone)
    same = local.date() == now.astimezone(zone).date()
    return f"{local:%H:%M %Z}" if same else f"{local.day} {local:%b %H:%M %Z}"


def write_place(words: Words, place: Place, zone: ZoneInfo, now: datetime) -> None:
    """A channel's line: ``x: held until 14:12 +03 (pacing)``."""
    act = "" if place.act == "post" else f"{place.act} "
    many = f" to {place.count} readers" if place.count > 1 else ""
    words.add(f"{place.channel}: ")
    words.add(
        f"{act}{_STANDS[place.state]}{many}{_when(place, zone, now)}", "text_link" if place.url else "", place.url
    )
    words.line(_why(place))


def _when(place: Place, zone: ZoneInfo, now: datetime) -> str:
    if place.state == "held" and place.until is not None:
        return f" until {moment(place.until, zone, now)}"
    is_told = place.at is not None and (place.state == "sent" or (place.state in ("planned", "due") and place.at > now))
    return f" {moment(place.at, zone, now)}" if is_told and place.at is not None else ""


def finding_line(one: Mapping[str, Any]) -> str:
    """What lint says, as its JSON face has it: ``lint holds this: entity-left: “&amp;” in the text; write &``."""
    holds = one["level"] == "block" and not one["passed_by"]
    let_go = f" (let go by {one['passed_by']})" if one["passed_by"] else ""
    return f"{'lint holds this' if holds else 'lint warns'}: {one['rule']}: {one['found']}; {one['fix']}{let_go}"


def _why(place: Place) -> str:
    if place.state == "held":
        return f" ({place.held_by}){_held_for(place)}"
    return f": {shortened(place.reason, 160)}" if place.state in ("failed", "skipped") and place.reason else ""


def _held_for(place: Place) -> str:
    """Why somebody is asked to release it; what the clock or a card of its own lets go is named well enough."""
    if hold_of(place.held_by).way is not Way.RELEASE or not place.reason:
        return ""
    return f": {shortened(place.reason.rpartition('internal material: ')[2], 160)}"
