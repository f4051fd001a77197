"""How a sentence is known again by its pattern: what may stand for each of its values. Knows no sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property

from distributor.render.patterns.words import WORDS

#: A value in a pattern.
NAMED = re.compile(r"%\((\w+)\)s")
#: Values that are sentences themselves.
SENTENCES = frozenset({"why", "what"})
_PLAIN_WORDS = ("class", "level", "role", "state", "where")
#: What may stand for a value, by its name: a number, a sentence, a name out of the operator's file, what somebody typed
#: in (quoted, or without a blank), an element of a mail, a rule of lint; anything else is no further sentence.
_FORMS: Mapping[str, str] = {
    **dict.fromkeys(("count", "most", "of", "number", "sum", "left", "all", "size"), r"[0-9][0-9.,:]*"),
    **dict.fromkeys((*SENTENCES, "said", "problem"), r".+?"),
    **dict.fromkeys(("channel", "route"), r"[^\s:;]+"),
    **dict.fromkeys(("text", "until", "url", "address", "found"), r"(?:'[^\n]*?'|“[^\n]*?”|\S+?)"),
    **{name: "|".join(re.escape(one.pattern) for one in WORDS[name]) for name in _PLAIN_WORDS},
    "sign": r"\S|[\w-]*[=<].*",
    "tag": r"<[^>\n]+>",
    "rule": r"[a-z]+(?:-[a-z]+)+",
}
_OTHER = r"(?:(?!; )[^\n])+?"


class Form:
    """One pattern as it is known again."""

    def __init__(self, pattern: str, *, is_loose: bool = False) -> None:
        """``is_loose``: its values may be anything but a further sentence."""
        self.pattern = pattern
        self.pieces = NAMED.split(pattern)
        self.is_loose = is_loose

    def values(self, text: str) -> Mapping[str, str] | None:
        """The values of a text that is wholly of this pattern; None for any other."""
        if not (text.startswith(self.pieces[0]) and text.endswith(self.pieces[-1])):
            return None
        match = self._form.fullmatch(text)
        return None if match is None else match.groupdict()

    @cached_property
    def _form(self) -> re.Pattern[str]:  # few of them are ever asked for, and each costs
        told = [re.escape(one) if place % 2 == 0 else self._group(one) for place, one in enumerate(self.pieces)]
        return re.compile("".join(told), re.DOTALL)

    def _group(self, name: str) -> str:
        return f"(?P<{name}>{_OTHER if self.is_loose else _FORMS.get(name, _OTHER)})"


def in_order(forms: Iterable[Form]) -> tuple[Form, ...]:
    """First what stands around a sentence, and last what begins with a value, for that could be anything."""
    return tuple(sorted(forms, key=_rank))


def _rank(form: Form) -> tuple[int, int]:
    if form.is_loose:  # the one that says more itself
        return 1, -len("".join(form.pieces[::2]))
    if form.pieces[0]:
        return 1, 0
    return (0 if form.pieces[1] in SENTENCES else 2), 0
