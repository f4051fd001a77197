"""The line of every key: the scanner sees exactly the keys that tomllib sees."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.config.scanner import KeyPath, key_lines

TEXT = r'''# a comment with [brackets] and "quotes"
top = 1 # [not.a.table]
[desk] # a table
name = "A \"quoted\" # name" # comment
'literal key' = 'C:\no\escape'
"quoted.key" = true
"uni\u00e9" = 1979-05-27T07:32:00Z

[routes."my route".inner]
a.b . c = 1
list = [
  "one", # first
  # nothing here
  'two ] ',
  ["nested", {x = 1, "y z" = [2]}],

  { deep = { er = "}" } },
]
many = """
[not.a.table]
key = "no"
still "" in ""\" it"""""
lit = """"quoted" at the start"""
raw = \'\'\'
x = [ '' ]\'\'\'\'
after = -1.5e3
[[times]]
at = 1
[[times]]
at = 2
[times.sub]
z = {}
[[times.sub.more]]
w = []
[later]
'''.replace("\\'", "'")

LINES: dict[KeyPath, int] = {
    ("top",): 2,
    ("desk",): 3,
    ("desk", "name"): 4,
    ("desk", "literal key"): 5,
    ("desk", "quoted.key"): 6,
    ("desk", "unié"): 7,
    ("routes",): 9,
    ("routes", "my route", "inner", "a", "b", "c"): 10,
    ("routes", "my route", "inner", "list"): 11,
    ("routes", "my route", "inner", "list", 0): 12,
    ("routes", "my route", "inner", "list", 1): 14,
    ("routes", "my route", "inner", "list", 2, 1, "y z", 0): 15,
    ("routes", "my route", "inner", "list", 3, "deep", "er"): 17,
    ("routes", "my route", "inner", "many"): 19,
    ("routes", "my route", "inner", "lit"): 23,
    ("routes", "my route", "inner", "raw"): 24,
    ("routes", "my route", "inner", "after"): 26,
    ("times",): 27,
    ("times", 0, "at"): 28,
    ("times", 1): 29,
    ("times", 1, "at"): 30,
    ("times", 1, "sub", "z"): 32,
    ("times", 1, "sub", "more", 0, "w"): 34,
    ("later",): 35,
}


def _paths(value: Any, path: KeyPath = ()) -> set[KeyPath]:
    """Every path in a parsed document."""
    children: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        children = list(value.items())
    elif isinstance(value, list):
        children = list(enumerate(value))
    return ({path} if path else set()).union(*(_paths(child, (*path, key)) for key, child in children))


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_every_way_to_write_a_key_has_its_line(newline: str) -> None:
    text = TEXT.replace("\n", newline)
    found = key_lines(text)
    assert {path: found[path] for path in LINES} == LINES
    assert set(found) == _paths(tomllib.loads(text))


def test_a_text_without_keys_has_no_lines() -> None:
    assert key_lines("") == key_lines("# only\n\n  # comments") == {}


def test_a_last_line_without_an_end_counts_too() -> None:
    assert key_lines("\n\na = 1") == {("a",): 3}


KEYS = st.sampled_from(["a", "b-1", "é", "x y", 'q"', "d.d", "#", "[", "'"])
STRINGS = st.text(st.sampled_from("ab\"'\\#[]{}=,.\n\té "), max_size=12)
SCALARS = st.one_of(st.booleans(), st.integers(-9, 9), st.floats(allow_nan=False, allow_infinity=False), STRINGS)
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8
)
DOCUMENTS = st.dictionaries(KEYS, VALUES, max_size=4)


class _Writer:
    """Writes a document in one of the many forms that TOML allows, and notes on which line each key begins."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self.text = ""
        self.lines: dict[KeyPath, int] = {}

    def _mark(self, path: KeyPath) -> None:
        self.lines.setdefault(path, self.text.count("\n") + 1)

    def document(self, tables: dict[str, Any], path: KeyPath = ()) -> None:
        later = {key: value for key, value in tables.items() if isinstance(value, dict) and self._draw(st.booleans())}
        for key, value in tables.items():
            if key not in later:
                self._gap()
                self._mark((*path, key))
                self._pair(key, value, path)
                self.text += self._draw(st.sampled_from(["\n", " # end\n"]))
        for key, value in later.items():
            self._gap()
            self._mark((*path, key))
            self.text += "[" + " . ".join(json.dumps(part) for part in (*path, key)) + "]\n"
            self.document(value, (*path, key))

    def _gap(self) -> None:
        self.text += self._draw(st.sampled_from(["", "\n", '# a = "\n', "  "]))

    def _pair(self, key: str, value: Any, path: KeyPath) -> None:
        bare = key.isascii() and key.replace("-", "").isalnum()
        self.text += (key if bare and self._draw(st.booleans()) else json.dumps(key)) + " = "
        self._value(value, (*path, key))

    def _value(self, value: Any, path: KeyPath) -> None:
        match value:
            case dict():
                self.text += "{ "
                for number, (key, inner) in enumerate(value.items()):
                    self.text += ", " if number else ""
                    self._mark((*path, key))
                    self._pair(key, inner, path)
                self.text += " }"
            case list():
                self.text += "["
                for number, inner in enumerate(value):
                    self.text += self._draw(st.sampled_from(["", "\n", " # ]\n "]))
                    self._mark((*path, number))
                    self._value(inner, (*path, number))
                    self.text += ","
                self.text += "]"
            case str():
                self.text += self._string(value)
            case _:
                self.text += json.dumps(value)

    def _string(self, value: str) -> str:
        forms = [json.dumps(value), '"""' + value.replace("\\", "\\\\").replace('"', '\\"') + '"""']
        if "'" not in value and "\n" not in value:
            forms.append(f"'{value}'")
        if "'''" not in value and not value.endswith("'"):
            forms.append(f"'''\n{value}'''")
        return self._draw(st.sampled_from(forms))


@st.composite
def _written(draw: st.DrawFn) -> tuple[str, dict[KeyPath, int]]:
    writer = _Writer(draw)
    writer.document(draw(DOCUMENTS))
    return writer.text, writer.lines


@given(_written())
@settings(max_examples=250, deadline=None)
def test_the_scanner_sees_what_tomllib_sees_and_where_it_was_written(written: tuple[str, dict[KeyPath, int]]) -> None:
    text, lines = written
    assert set(lines) == _paths(tomllib.loads(text))
    assert key_lines(text) == lines
