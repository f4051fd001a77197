"""One rule of the editors' file as it stands: whether and where, and what counts for it without. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from distributor.app import App
from distributor.calls.registry import known
from distributor.config.fields import FIELDS, Field, Sort, told_length, usual
from distributor.config.report import dotted
from distributor.config.settings import Settings
from distributor.errors import CallError, ConfigError
from distributor.model import ChannelPolicy, Style
from distributor.phrases import Phrase, words_of

#: The table of which there is one; a rule of any other has a name.
STYLE = "style"
#: Where a rule stands.
EDITORS, OPERATOR, NOWHERE = "editors", "operator", "nowhere"


def path_of(table: str, name: str | None) -> tuple[str, ...]:
    """Where the editors' file has a rule."""
    return (table,) if table == STYLE else (table, name or "")


def where(app: App, table: str, name: str | None, text: str) -> str:
    """In whose file a rule stands, if in any. Raises CallError."""
    is_named = name is not None or table == STYLE
    if is_named and standing(text, path_of(table, name)) is not None:
        return EDITORS
    return OPERATOR if name in names(app.settings, table) else NOWHERE


def standing(text: str, path: tuple[str, ...]) -> dict[str, Any] | None:
    """What the editors' file says of a rule; None: it has none at this place. Raises CallError."""
    from distributor.config import amending

    try:
        return amending.standing(text, path)
    except amending.NotByFields as error:
        raise _by_hand(error) from error


def unknown(path: tuple[str, ...], names: Iterable[str]) -> CallError:
    """What is raised where there is no such rule."""
    return CallError("unknown_rule", Phrase("there is no %(what)s", what=dotted(path)), hint=known(names))


def names(settings: Settings, table: str) -> list[str]:
    """The rules in force, by their names."""
    return [] if table == STYLE else [one.name for one in getattr(settings, table)]


def written(way: str, text: str, path: tuple[str, ...], values: Mapping[str, Any], given: Mapping[str, Any]) -> str:
    """The editors' file with a rule changed, added or removed; ``given`` counts without it. Raises CallError."""
    from distributor.config import amending

    try:
        if way == "remove":
            return amending.removed(text, path)
        return (amending.added if way == "add" else amending.amended)(text, path, values, given)
    except amending.NotByFields as error:
        raise _by_hand(error) from error


def _by_hand(error: Exception) -> CallError:
    return CallError("by_hand", words_of(error), hint=Phrase("change the text of the file"))


def counting(app: App, table: str, name: str, text: str) -> dict[str, Any]:
    """What counts for a rule where the editors' file says nothing of it, as it would be written. Raises CallError."""
    if table not in FIELDS:
        raise CallError("bad_arguments", f"there are no rules {table!r:.80}", hint=known(FIELDS))
    if table == "digests":
        return {**usual(table), "title": name, "zone": app.settings.desk.zone}
    if table == "routes":
        return usual(table)
    found = _operators(app, path_of(table, name), text)
    return _of_style(found.style) if table == STYLE else _of_channel(found, name)


def _operators(app: App, path: tuple[str, ...], text: str) -> Settings:
    """The settings without what the editors' file says of a rule."""
    if standing(text, path) is not None:
        text = written("remove", text, path, {}, {})
    try:
        return app.read(text)
    except ConfigError as error:
        raise CallError("bad_rules", words_of(error), hint=Phrase("mend the text of the file first")) from error


def _of_style(style: Style) -> dict[str, Any]:
    tags = [section if words == section else f"{section} = {words}" for section, words in style.hashtags]
    found = {one.key: getattr(style, one.key) for one in FIELDS[STYLE]} | {"hashtags": tags}
    return {key: list(value) if isinstance(value, tuple) else value for key, value in found.items()}


def _of_channel(found: Settings, name: str) -> dict[str, Any]:
    policies = {one.name: one.policy for one in found.channels}
    if name not in policies:
        raise unknown(("channels", name), policies)
    return {one.key: _raw(policies[name], one) for one in FIELDS["channels"]}


def _raw(policy: ChannelPolicy, field: Field) -> Any:
    value = getattr(policy, field.key)
    match field.sort:
        case Sort.LENGTH:
            return told_length(value)
        case Sort.AMOUNT:
            return None if value is None else value / 1_000_000
        case Sort.SLOTS:
            return list(value)
        case Sort.CHOICE:
            return value.value
        case _:
            return value
