"""What the standard library's reader of TOML says of a text, for people. Must not read one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from distributor.phrases import Phrase

_POSITION = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
#: Everything that it says, with what it says of a value in the place of ``%(what)s``.
KNOWN: Final[Sequence[Phrase]] = (
    Phrase("Invalid statement"),
    Phrase("Expected newline or end of document after a statement"),
    Phrase("Expected %(what)s", what="%(what)s"),
    Phrase("Found invalid character %(what)s", what="%(what)s"),
    Phrase("Cannot declare %(what)s twice", what="%(what)s"),
    Phrase("Cannot overwrite a value"),
    Phrase("Expected ']' at the end of a table declaration"),
    Phrase("Cannot mutate immutable namespace %(what)s", what="%(what)s"),
    Phrase("Expected ']]' at the end of an array declaration"),
    Phrase("Cannot redefine namespace %(what)s", what="%(what)s"),
    Phrase("Expected '=' after a key in a key/value pair"),
    Phrase("Invalid initial character for a key part"),
    Phrase("Unclosed array"),
    Phrase("Duplicate inline table key %(what)s", what="%(what)s"),
    Phrase("Unclosed inline table"),
    Phrase("Unescaped '\\' in a string"),
    Phrase("Invalid hex value"),
    Phrase("Escaped character is not a Unicode scalar value"),
    Phrase("Unterminated string"),
    Phrase("Illegal character %(what)s", what="%(what)s"),
    Phrase("Invalid date or datetime"),
    Phrase("Invalid value"),
)


def told(message: str) -> tuple[int | None, Phrase]:
    """The line that a message names, where it names one, and what it says; it names no values."""
    position = _POSITION.search(message)
    line = int(position[1]) if position and position[1] else None
    what = _said(_POSITION.sub("", message))
    if position and line is None:
        return None, Phrase("not valid TOML (%(what)s (at end of document))", what=what)
    return line, Phrase("not valid TOML (%(what)s)", what=what)


def _said(words: str) -> Phrase:
    """The words as one of :data:`KNOWN`; as they are, where another version says something new."""
    if exact := next((one for one in KNOWN if not one.values and one == words), None):
        return exact
    for one in (one for one in KNOWN if one.values):
        begin, _, end = one.pattern.partition("%(what)s")
        if words.startswith(begin) and words.endswith(end):
            return Phrase(one.pattern, what=words[len(begin) : len(words) - len(end)])
    return Phrase.as_it_is(words)
