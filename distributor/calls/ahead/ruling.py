"""Calls about one editorial rule: its fields, and the editors' file with some of them changed. Nothing is written here:
what comes out is looked at and saved as a text that somebody wrote (``editorial_check``, ``editorial_save``).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from difflib import unified_diff
from typing import Any

from distributor.app import App, proved_renderer
from distributor.calls.ahead.editing import digest, not_the_same, read_file, under
from distributor.calls.ahead.standing import (
    EDITORS,
    NOWHERE,
    STYLE,
    counting,
    names,
    path_of,
    standing,
    unknown,
    where,
    written,
)
from distributor.calls.ahead.telling import told_digest, told_route, told_style, told_times
from distributor.calls.delivery.stopping import sections
from distributor.calls.registry import LARGEST, Json, call, known
from distributor.config.checks import NAME_HINT
from distributor.config.fields import FIELDS, Field, Sort, usual, words
from distributor.config.report import dotted
from distributor.config.settings import Settings
from distributor.errors import CallError, ConfigError, DistributorError
from distributor.looks import instant
from distributor.phrases import Phrase, words_of
from distributor.rules.words.lint import RULES

#: What can be done to a rule.
WAYS = ("change", "add", "remove")
_TELLERS: Mapping[str, Callable[[Any], Json]] = {"routes": told_route, "digests": told_digest, "channels": told_times}
_MANY = (Sort.NAMES, Sort.WORDS, Sort.SLOTS, Sort.CHOICES, Sort.LEVELS)


@call
def rule(app: App, *, table: str, name: str | None = None) -> Json:
    """One editorial rule by its fields; without a name, what a new one begins with."""
    text = read_file(app)
    given = counting(app, table, name or "", text)
    stands = where(app, table, name, text)
    if name is not None and (stands == NOWHERE or table == STYLE):
        raise unknown((table, name), names(app.settings, table))
    found = (standing(text, path_of(table, name)) if name or table == STYLE else None) or {}
    return {
        "table": table,
        "name": name,
        "stands": stands,
        "at": instant(app.clock.now()),
        "digest": digest(text),
        "fields": [_field(app, table, one, found, given) for one in FIELDS[table]],
        "others": sorted(found.keys() - given.keys()),
        "rule": _told(app.settings, table, name),
    }


@call
def rule_change(
    app: App, *, table: str, based_on: str, values: dict[str, Any], name: str = "", way: str = "change"
) -> Json:
    """The editors' file with one rule changed, added or removed, and what is wrong with it; nothing is written."""
    text = read_file(app)
    given = counting(app, table, name, text)
    _check(app, table, name, text, way)
    if digest(text) != based_on:
        raise not_the_same()
    if odd := sorted(values.keys() - given.keys()):
        raise CallError("bad_arguments", f"{table} have no field {odd[0]!r:.80}", hint=known(given))
    if wrong := [key for key, value in values.items() if not _is_plain(value)]:
        raise CallError("bad_arguments", f"rule_change: {wrong[0]} cannot be that")
    made = written(way, text, path_of(table, name), values, given)
    lines = unified_diff(text.splitlines(), made.splitlines(), "before", "after", lineterm="", n=1)
    changes = "\n".join(list(lines)[2:])
    return {"text": made, "digest": digest(made), "changes": changes, **_judged(app, table, name, made)}


def _check(app: App, table: str, name: str, text: str, way: str) -> None:
    """Raise CallError for what cannot be done to this rule."""
    stands = where(app, table, name, text)
    if way not in WAYS:
        raise CallError("bad_arguments", f"nobody can {way!r:.80} a rule", hint=f"one of {', '.join(WAYS)}")
    if way == "add" and table == "channels":
        raise CallError("bad_arguments", "a channel is made in the operator's file", hint="config.toml")
    if way == "add" and not (0 < len(name) <= 64 and all(char.isalnum() or char in "-_." for char in name)):
        raise CallError("bad_name", Phrase("%(name)s is no name", name=f"{name!r:.80}"), hint=NAME_HINT)
    if way == "add" and stands != NOWHERE:
        told = Phrase("there is a %(name)s already", name=dotted((table, name)))
        raise CallError("not_new", told, hint=Phrase("another name"))
    if table == STYLE and (name or way != "change"):
        raise CallError("bad_arguments", "there is one [style], without a name", hint="it can be changed alone")
    if way == "change" and table in ("channels", STYLE):
        return
    if way != "add" and stands != EDITORS:
        told = Phrase("%(name)s does not stand in the editors' file", name=dotted((table, name)))
        raise CallError("not_theirs", told, hint="config.toml")


def _judged(app: App, table: str, name: str, text: str) -> Json:
    """The rule under a text, or what is wrong: with fields of this rule, and with anything else."""
    try:
        settings = under(app, text)
        proved_renderer(settings)
    except ConfigError as error:
        places = {dotted((*path_of(table, name), one.key)): one.key for one in FIELDS[table]}
        own = [one for one in error.problems if one.key in places]
        told = [{"key": places[one.key], "found": one.found, "hint": one.hint} for one in own]
        rest = Phrase.joined("\n", [one.said for one in error.problems if one not in own])
        return {"problem": rest or None, "problems": told, "rule": None}
    except DistributorError as error:
        return {"problem": words_of(error), "problems": [], "rule": None}
    return {"problem": None, "problems": [], "rule": _told(settings, table, name)}


def _field(app: App, table: str, field: Field, found: Mapping[str, Any], given: Mapping[str, Any]) -> Json:
    value = found.get(field.key, given[field.key])
    if field.sort in _MANY:
        value = [str(one) for one in value] if isinstance(value, list) else []
    elif not isinstance(value, str | int | float | None):
        value = str(value)
    return {
        "key": field.key,
        "sort": field.sort.value,
        "value": value,
        "usual": given[field.key],
        "choices": _choices(app, table, field),
        # one key of [style] stands in one file, while all times of a channel can be the editors'
        "locked": table == STYLE and given[field.key] != usual(table)[field.key],
    }


def _choices(app: App, table: str, field: Field) -> list[str]:
    """What there is to choose from; nothing where a key takes words of one's own."""
    channels = app.settings.channels
    match field.key:
        case "categories":
            return sections(app)
        case "feeds":
            return [one.name for one in app.settings.feeds]
        case "channels":
            return [one.name for one in channels]
        case "channel":
            return [one.name for one in channels if one.kind == "email"]
        case "template":
            kinds = {one.kind for one in channels if (one.kind == "email") == (table == "digests")}
            return ["", *app.renderer.choices(kinds)]
        case "lint":
            return [*RULES]
        case _:
            return list(words(table, field.key))


def _told(settings: Settings, table: str, name: str | None) -> Json | None:
    if table == STYLE:
        return told_style(settings.style)
    return next((_TELLERS[table](one) for one in getattr(settings, table) if one.name == name), None)


def _is_plain(value: Any) -> bool:
    """Whether a value is one that TOML has a way to write, and a rule a use for."""
    if isinstance(value, list):
        return all(isinstance(one, str) and _is_plain(one) for one in value)
    if isinstance(value, str):
        return not any("\ud800" <= char <= "\udfff" for char in value)
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, bool) or (isinstance(value, int) and abs(value) <= LARGEST)
