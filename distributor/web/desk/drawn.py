"""What a page needs to draw the fields of a rule, which is the way back from what was filled in. Judges nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from distributor.config.durations import parse_duration
from distributor.config.fields import told_length
from distributor.model import Level
from distributor.rules.queue.telling import Days, tell
from distributor.rules.queue.timing import parse_schedule
from distributor.rules.words.lint import RULES
from distributor.web.desk.filled import SHARE, UNITS

#: The fields that stand open; the others are below them.
OPEN: Mapping[str, Sequence[str]] = {
    "routes": ("categories", "feeds", "channels", "delay", "shelf_life", "approval"),
    "digests": ("title", "slots", "zone", "categories", "most", "least", "order", "channel"),
    "channels": ("gap", "most_per_hour", "most_per_day", "quiet", "quiet_silent", "slots"),
    "style": ("blocked_words", "hosts", "hashtags", "tags", "most_tags"),
}


def drawn(table: str, fields: Sequence[Mapping[str, Any]], values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a rule that stand open, and the others; ``values`` are those that somebody has filled in."""
    shown = [_shown(one, _value(one, values)) for one in fields]
    return {
        "open": [one for key in OPEN[table] for one in shown if one["key"] == key],
        "others": [one for one in shown if one["key"] not in OPEN[table]],
    }


def parted(value: object) -> tuple[str, str]:
    """A length as a number and its unit, such as ``90`` and ``m``; what is no length stays as it is."""
    text = "" if value is None else str(value)
    try:
        length = parse_duration(text)
    except ValueError:
        number, _, unit = text.rpartition(" ")
        return (number, unit) if unit in UNITS else (text, "m")
    told = told_length(length)
    return told[:-1], told[-1] if length else "m"


def _value(field: Mapping[str, Any], values: Mapping[str, Any]) -> Any:
    """What somebody filled in; where they left it empty what is usual; without them what is in force."""
    given = values.get(field["key"], field["value"])
    return field["usual"] if given is None else given


def _shown(field: Mapping[str, Any], value: Any) -> dict[str, Any]:
    """A field with what a page needs to draw it."""
    shown = {**field, "value": value}
    if field["sort"] == "length":
        shown["number"], shown["unit"] = parted(value)
    if field["sort"] == "share":
        is_share = str(value).endswith(SHARE)
        shown["number"], shown["unit"] = str(value).removesuffix(SHARE).strip(), SHARE if is_share or not value else ""
    if field["sort"] == "levels":
        shown |= _levels(field["choices"], value or ())
    if field["sort"] in ("names", "choices", "template"):
        known = [value or ""] if field["sort"] == "template" else value or ()
        shown["choices"] = list(dict.fromkeys([*known, *field["choices"]]))
    if field["sort"] == "hours":
        shown["from"], _, shown["until"] = str(value).partition("-")
    if field["sort"] == "slots":
        shown["slots"] = [*(_slot(one) for one in value), {"was": "", "text": None, "days": [], "times": []}]
    return shown


def _levels(rules: Sequence[str], value: Sequence[str]) -> dict[str, Any]:
    """The rules of lint with the level that each has here (empty: its own), and what is said of others."""
    said = {rule: level for rule, _, level in (one.partition(" ") for one in value)}
    told = [{"rule": one, "usual": RULES[one].level.value, "level": said.get(one, "")} for one in rules]
    return {"rules": told, "known": [one for one in value if one.partition(" ")[0] in rules], "levels": [*Level]}


def _slot(text: str) -> dict[str, Any]:
    """A schedule as days and times where it is one, else as it is written."""
    plain: dict[str, Any] = {"was": text, "text": None, "days": [], "times": []}
    if text.startswith("at "):  # no day was chosen
        return plain | {"was": "", "times": text.removeprefix("at ").split(", ")}
    try:
        told = tell(parse_schedule(text))
    except ValueError:
        return plain | {"text": text, "is_schedule": False}
    if told is None or told.every is not None or told.days is Days.MONTH:
        return plain | {"text": text, "is_schedule": True}
    return plain | {"days": list(told.on), "times": list(told.times)}
