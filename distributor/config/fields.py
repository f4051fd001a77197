"""Which keys of the editors' file have a field in a form, and of what sort. Must not know how a form looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal, get_args, get_origin

from distributor.config.checks import canary_of
from distributor.config.durations import parse_duration

if TYPE_CHECKING:
    from distributor.config import schema


class Sort(StrEnum):
    """What stands in a field."""

    #: names that are there to choose from, and perhaps others
    NAMES = "names"
    #: words of one's own
    WORDS = "words"
    #: one of a few words
    CHOICE = "choice"
    #: some of a few words
    CHOICES = "choices"
    LENGTH = "length"
    NUMBER = "number"
    AMOUNT = "amount"
    FLAG = "flag"
    #: hours such as ``23:00-06:00``
    HOURS = "hours"
    #: schedules
    SLOTS = "slots"
    #: a time of day
    CLOCK = "clock"
    #: a share or a number of readers
    SHARE = "share"
    #: rules of lint with their levels
    LEVELS = "levels"
    #: the name of a template; empty: the usual one
    TEMPLATE = "template"
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One key of a rule that a form has."""

    key: str
    sort: Sort


def _fields(**sorts: Sort) -> tuple[Field, ...]:
    return tuple(Field(key=key, sort=sort) for key, sort in sorts.items())


#: The keys of each table, in the order of the form.
FIELDS: Final[Mapping[str, tuple[Field, ...]]] = {
    "routes": _fields(
        categories=Sort.NAMES,
        feeds=Sort.NAMES,
        channels=Sort.NAMES,
        keywords=Sort.WORDS,
        languages=Sort.WORDS,
        urgency=Sort.NUMBER,
        delay=Sort.LENGTH,
        shelf_life=Sort.LENGTH,
        approval=Sort.CHOICE,
        approval_edits=Sort.FLAG,
        silence=Sort.CHOICE,
        silence_after=Sort.LENGTH,
        undo=Sort.LENGTH,
        template=Sort.TEMPLATE,
        lint=Sort.LEVELS,
    ),
    "digests": _fields(
        title=Sort.TEXT,
        description=Sort.TEXT,
        slots=Sort.SLOTS,
        zone=Sort.TEXT,
        categories=Sort.NAMES,
        feeds=Sort.NAMES,
        most=Sort.NUMBER,
        least=Sort.NUMBER,
        order=Sort.CHOICE,
        lead=Sort.CHOICE,
        grouping=Sort.CHOICE,
        sections=Sort.WORDS,
        template=Sort.TEMPLATE,
        channel=Sort.CHOICE,
        languages=Sort.WORDS,
        rhythms=Sort.CHOICES,
        morning=Sort.CLOCK,
        evening=Sort.CLOCK,
        undo=Sort.LENGTH,
        canary=Sort.SHARE,
        canary_wait=Sort.LENGTH,
        offered=Sort.FLAG,
        archive=Sort.FLAG,
    ),
    "channels": _fields(
        gap=Sort.LENGTH,
        most_per_hour=Sort.NUMBER,
        most_per_day=Sort.NUMBER,
        quiet=Sort.HOURS,
        quiet_silent=Sort.FLAG,
        slots=Sort.SLOTS,
        fold_above=Sort.NUMBER,
        stale=Sort.CHOICE,
        fair_share=Sort.FLAG,
        budget_per_day=Sort.AMOUNT,
        budget_per_month=Sort.AMOUNT,
    ),
    "style": _fields(
        blocked_words=Sort.WORDS,
        hosts=Sort.WORDS,
        hashtags=Sort.WORDS,
        tags=Sort.WORDS,
        most_tags=Sort.NUMBER,
    ),
}


@cache
def sort_of(table: str, key: str) -> Sort | None:
    """The sort of a key's field; None: it has none."""
    return next((one.sort for one in FIELDS[table] if one.key == key), None)


def meaning(table: str, key: str, value: Any) -> Any:
    """A value as it counts: lengths and shares written otherwise are the same, and so are lists of either kind."""
    if isinstance(value, list | tuple):
        return tuple(value)
    if sort_of(table, key) is Sort.SHARE and type(value) in (int, str):
        return canary_of(str(value)) or value
    if sort_of(table, key) is Sort.LENGTH:
        try:
            return parse_duration(value)
        except ValueError:
            return value
    # true is no 1, and 1 no 1.0, to whoever reads the file
    return value if value is None or isinstance(value, str) else (type(value), value)


def told_length(length: timedelta) -> str:
    """A length as people write it: ``90m``, ``2d``."""
    seconds = length.total_seconds()
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds / size:.0f}{unit}"
    return f"{seconds:.6f}".rstrip("0").rstrip(".") + "s"


def usual(table: str) -> dict[str, Any]:
    """The values that count where nobody says anything, as they would be written; None: there is none."""
    from pydantic_core import PydanticUndefined

    model = _model(table)
    found = {one.key: model.model_fields[one.key].get_default() for one in FIELDS[table]}
    return {
        key: None if value is PydanticUndefined else list(value) if isinstance(value, tuple) else value
        for key, value in found.items()
    }


def words(table: str, key: str) -> tuple[str, ...]:
    """The few words that a key takes; none where it takes others."""
    hint = _model(table).model_fields[key].annotation
    inner = get_args(hint)[0] if get_origin(hint) is tuple else hint
    return get_args(inner) if get_origin(inner) is Literal else ()


def _model(table: str) -> type[schema.Table]:
    from distributor.config import schema

    models: dict[str, type[schema.Table]] = {
        "routes": schema.RouteTable,
        "digests": schema.DigestTable,
        "channels": schema.Policy,
        "style": schema.Style,
    }
    return models[table]
