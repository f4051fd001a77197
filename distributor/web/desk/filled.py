"""What a form's fields say, as the editors' file would write it. Judges nothing: what is wrong there is told by whoever
reads the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from distributor.config.durations import parse_duration
from distributor.config.fields import told_length
from distributor.rules.queue.telling import write
from distributor.web.readers.forms import Form, first

#: The units of a length, as a form has them; the smallest first.
UNITS: Final = ("s", "m", "h", "d")
#: What a share is counted in; anything else is a number of readers.
SHARE: Final = "%"
#: The most schedules of one rule that a form has.
MOST = 24


def values_of(fields: Sequence[Mapping[str, Any]], form: Form) -> dict[str, Any]:
    """The values of a rule's fields by their keys; None: what is usual counts."""
    return {one["key"]: _SORTS[one["sort"]](one["key"], form) for one in fields if not one.get("locked")}


def _names(key: str, form: Form) -> list[str]:
    chosen = [*form.get(key, ()), *_listed(first(form, f"{key}.more"))]
    return list(dict.fromkeys(one for one in chosen if one))


def _words(key: str, form: Form) -> list[str]:
    return [one.strip() for one in first(form, key).splitlines() if one.strip()]


def _text(key: str, form: Form) -> str | None:
    return first(form, key) or None


def _flag(key: str, form: Form) -> bool:
    return key in form


def _length(key: str, form: Form) -> str | None:
    """A number with its unit, or a whole length such as ``1h30m``, which has its own."""
    number, unit = first(form, key).replace(",", "."), first(form, f"{key}.unit")
    text = f"{number} {unit if unit in UNITS else ''}".strip()
    for told in (number, text):
        # as it is shown again after a look, so that it stays the same text
        with suppress(ValueError):
            return told_length(parse_duration(told))
    return text if number else None


def _number(key: str, form: Form) -> int | str | None:
    """A whole number; what is none is written as it is, so that it is told what it is not."""
    text = first(form, key)
    return int(text) if re.fullmatch(r"-?\d{1,12}", text, re.ASCII) else text or None


def _amount(key: str, form: Form) -> float | str | None:
    text = first(form, key).replace(",", ".")
    return float(text) if re.fullmatch(r"-?\d{1,12}(\.\d{1,6})?", text, re.ASCII) else text or None


def _share(key: str, form: Form) -> str | int | None:
    """A share (``2%``) or a number of readers."""
    text = first(form, key).replace(",", ".").removesuffix("%").strip()
    return (f"{text}%" if first(form, f"{key}.unit") == SHARE else _number(key, form)) if text else None


def _levels(key: str, form: Form) -> list[str]:
    """The rules that have a level of their own: those that had one before, in their order, then the others."""
    chosen = {name.removeprefix(f"{key}."): first(form, name) for name in form if name.startswith(f"{key}.")}
    before = {one: one.partition(" ")[0] for one in form.get(key, ())}
    rules = dict.fromkeys([*before.values(), *chosen])
    odd = {rule: text for text, rule in before.items() if rule not in chosen}
    return [odd.get(rule) or f"{rule} {chosen[rule]}" for rule in rules if rule in odd or chosen[rule]]


def _hours(key: str, form: Form) -> str:
    begin, end = first(form, f"{key}.from"), first(form, f"{key}.until")
    return f"{begin}-{end}" if begin or end else ""


def _slots(key: str, form: Form) -> list[str]:
    """Each schedule: as it was where its days and times are the same, else in its manner; without times it is none."""
    found = []
    for place in (f"{key}.{number}" for number in range(MOST)):
        was, text = first(form, f"{place}.was"), first(form, f"{place}.text")
        times = [one for one in form.get(f"{place}.times", ()) if one]
        if text:
            found.append(text)
        elif times:
            days = {int(one) for one in form.get(f"{place}.days", ()) if one in set("1234567")}
            found.append(write(days, times, was))
    return found


def _listed(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]


_SORTS: Final[Mapping[str, Callable[[str, Form], Any]]] = {
    "names": _names,
    "choices": _names,
    "words": _words,
    "choice": _text,
    "length": _length,
    "number": _number,
    "amount": _amount,
    "flag": _flag,
    "hours": _hours,
    "slots": _slots,
    "clock": _text,
    "share": _share,
    "levels": _levels,
    "template": _text,
    "text": _text,
}
