"""On which line each key of a TOML text stands. Reads only texts that tomllib has accepted, and judges nothing.

tomllib keeps no positions, and a problem without a line is a search for people. The grammar is that of
https://toml.io/en/v1.0.0: tables, arrays of tables, dotted and quoted keys, inline tables, arrays over several lines.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right

#: the way to a value: keys, and the index within an array
KeyPath = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
# the multi-line forms first; up to two quotes may stand directly before the closing three
_STRING = re.compile(
    r"""
      "{3} (?: \\. | [^\\] )*? "{3,5}
    | '{3} .*? '{3,5}
    | " (?: \\. | [^"\\\n] )* "
    | ' [^'\n]* '
    """,
    re.DOTALL | re.VERBOSE,
)
_SCALAR = re.compile(r"[^,\]}\n#]*")


def key_lines(text: str) -> dict[KeyPath, int]:
    """The line, counted from 1, of every table, key and array element of a valid TOML text.

    A table that only exists through its children has the line of the first of them.
    """
    return _Scanner(text).scan()


class _Scanner:
    """One walk over one text; ``_at`` is the place of the next character."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._starts = [match.end() for match in re.finditer("\n", text)]
        self._lines: dict[KeyPath, int] = {}
        self._last: dict[KeyPath, int] = {}

    def scan(self) -> dict[KeyPath, int]:
        """Read headers and pairs to the end of the text."""
        table: KeyPath = ()
        self._skip_blank()
        while self._at < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip_blank()
        return self._lines

    def _skip_blank(self) -> None:
        match = _BLANK.match(self._text, self._at)
        assert match is not None
        self._at = match.end()

    def _mark(self, path: KeyPath, offset: int) -> None:
        """Note the line of the path, and of each table above it that has none yet."""
        line = bisect_right(self._starts, offset) + 1
        for end in range(1, len(path) + 1):
            self._lines.setdefault(path[:end], line)

    def _header(self) -> KeyPath:
        """``[a.b]`` or ``[[a.b]]``; the path of the table that it opens."""
        start, double = self._at, self._text.startswith("[[", self._at)
        self._at += 2 if double else 1
        *above, last = self._key()
        path = (*self._inside(tuple(above)), last)
        if double:
            self._last[path] = self._last.get(path, -1) + 1
        path = self._inside_last(path)
        self._at += 2 if double else 1
        self._mark(path, start)
        return path

    def _inside(self, keys: KeyPath) -> KeyPath:
        """The keys with, after each array of tables, the index of its newest table."""
        path: KeyPath = ()
        for key in keys:
            path = self._inside_last((*path, key))
        return path

    def _inside_last(self, path: KeyPath) -> KeyPath:
        return (*path, self._last[path]) if path in self._last else path

    def _key(self) -> KeyPath:
        """A bare, quoted or dotted key; leaves the place at what follows it."""
        parts: list[str] = []
        while True:
            self._skip_blank()
            parts.append(self._quoted_key() if self._text[self._at] in "\"'" else self._take(_BARE))
            self._skip_blank()
            if self._text[self._at] != ".":
                return tuple(parts)
            self._at += 1

    def _quoted_key(self) -> str:
        value = tomllib.loads(f"key = {self._take(_STRING)}")["key"]
        assert isinstance(value, str)
        return value

    def _take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._at)
        assert match is not None
        self._at = match.end()
        return match[0]

    def _pair(self, table: KeyPath) -> None:
        """``key = value`` inside a table."""
        start = self._at
        path = table + self._key()
        self._mark(path, start)
        self._at += 1  # the equals sign
        self._value(path)

    def _value(self, path: KeyPath) -> None:
        self._skip_blank()
        opening = self._text[self._at]
        if opening == "[":
            self._array(path)
        elif opening == "{":
            self._inline_table(path)
        else:
            self._take(_STRING if opening in "\"'" else _SCALAR)

    def _array(self, path: KeyPath) -> None:
        self._at += 1
        index = 0
        self._skip_blank()
        while self._text[self._at] != "]":
            self._mark((*path, index), self._at)
            self._value((*path, index))
            self._skip_blank()
            if self._text[self._at] == ",":
                self._at += 1
                index += 1
                self._skip_blank()
        self._at += 1

    def _inline_table(self, path: KeyPath) -> None:
        self._at += 1
        self._skip_blank()
        while self._text[self._at] != "}":
            self._pair(path)
            self._skip_blank()
            if self._text[self._at] == ",":
                self._at += 1
                self._skip_blank()
        self._at += 1
