"""From what went wrong to one plain line each: file, line, key, what was found, what would be right.

Must never print the value of a secret, nor any value of a key it does not know (a misspelt secret is a secret).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from distributor.config.checks import did_you_mean
from distributor.config.scanner import KeyPath
from distributor.errors import ConfigError, Problem
from distributor.phrases import Phrase, words_of
from distributor.secret import Secret, redact

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

_LONGEST = 60
_BARE = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a value came from."""

    #: the file, ``environment`` or ``credential NAME``
    where: str
    line: int | None = None
    #: how the key is called there; empty: the dotted key
    key: str = ""
    #: whether it stands in a configuration file
    is_file: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One source of values: a file, the credentials, or the environment."""

    data: Mapping[str, Any] = field(repr=False)
    places: Mapping[KeyPath, Place]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableKeys:
    """What messages need to know of the keys of one table."""

    #: every key with what it is for (or an empty text)
    meanings: Mapping[str, str]
    #: keys whose values are never shown
    hidden: frozenset[str] = frozenset()


def dotted(path: Iterable[str | int]) -> str:
    """A key as it would be written in TOML: ``routes."my route".feeds``; indexes are left out."""
    keys = [part for part in path if isinstance(part, str)]
    return ".".join(key if _BARE.fullmatch(key) else '"' + key.replace('"', '\\"') + '"' for key in keys)


def show(value: object, *, hidden: bool = False) -> Phrase:
    """A found value in few words, without what an address may hide (passwords, tokens); hidden: only its type."""
    match value:
        case str() | int() | float() if hidden:
            return Phrase("a text") if isinstance(value, str) else Phrase("a bare value")
        case bool():
            return Phrase.as_it_is(str(value).lower())
        case int() | float():
            return Phrase.as_it_is(str(value))
        case str():
            return Phrase.as_it_is(_show_text(value))
        case dict():
            return Phrase("a table")
        case list() | tuple():
            return Phrase("a list") if value else Phrase("an empty list")
        case Secret():
            return Phrase("a secret")
        case _:
            return Phrase("a date or time")


def found(value: object, *, hidden: bool = False) -> Phrase:
    """The same as a sentence."""
    return Phrase("found %(what)s", what=show(value, hidden=hidden))


def _show_text(text: str) -> str:
    text = re.sub(r"//[^/@\s]*@", "//***@", text)
    text = re.sub(r"\?.*", "?...", text, flags=re.DOTALL) if "//" in text else text
    text = "".join(char if char.isprintable() else " " for char in text)
    return f'"{text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."}"'


def known_hint(word: str, known: Iterable[str]) -> Phrase:
    """``did you mean ...?`` where a known word is near, otherwise all known words."""
    names = sorted(known)
    near = did_you_mean(word, names)
    if near:
        return Phrase('did you mean "%(near)s"?', near=near)
    if not names:
        return Phrase("there is none yet")
    return Phrase("expected one of %(words)s", words=", ".join(f'"{name}"' for name in names))


class Report:
    """Collects every problem and warning of one loading, and knows where each value came from."""

    #: where values come from, the strongest first; set as soon as they are read
    layers: tuple[Layer, ...]

    def __init__(self, main: str) -> None:
        """``main`` is the name of the configuration file."""
        self.layers = ()
        self._main = main
        self._problems: dict[Problem, int] = {}
        self._warnings: list[str] = []

    def place(self, path: KeyPath) -> Place:
        """Where the value came from, or else the nearest table above it."""
        for end in range(len(path), 0, -1):
            for layer in self.layers:
                if path[:end] in layer.places:
                    return layer.places[path[:end]]
        return Place(where=self._main)

    def problem(self, path: KeyPath, found: Phrase, hint: Phrase) -> None:
        """Note a problem with the value at this key."""
        place = self.place(path)
        self.problem_at(place, place.key or dotted(path), found, hint)

    def problem_at(self, place: Place, key: str, found: Phrase, hint: Phrase) -> None:
        """Note a problem at a place that is already known."""
        found, hint = found.changed(redact), hint.changed(redact)
        self.add(Problem(where=place.where, line=place.line, key=redact(key), found=found, hint=hint))

    def add(self, problem: Problem) -> None:
        """Note a problem that is already put into words; each once."""
        self._problems.setdefault(problem, len(self._problems))

    def unknown_key(self, path: KeyPath, known: Iterable[str]) -> None:
        """Note a key that does not exist; its value is never shown."""
        self.problem(path, Phrase("unknown key"), known_hint(str(path[-1]), known))

    def unknown_feed(self, path: KeyPath, name: str, known: Iterable[str]) -> None:
        """Note a feed that is named but not defined."""
        self.problem(path, Phrase("unknown feed %(name)s", name=show(name)), known_hint(name, known))

    def unknown_channel(self, path: KeyPath, name: str, known: Iterable[str]) -> None:
        """Note a channel that is named but not defined."""
        self.problem(path, Phrase("unknown channel %(name)s", name=show(name)), known_hint(name, known))

    def warning(self, path: KeyPath, text: str) -> None:
        """Note what works but should be changed."""
        place = self.place(path)
        line = f":{place.line}" if place.line is not None else ""
        self.remark(f"{place.where}{line}: {place.key or dotted(path)}: {text}")

    def remark(self, line: str) -> None:
        """Note a warning that is already a whole line; each once."""
        if redact(line) not in self._warnings:
            self._warnings.append(redact(line))

    def refused(self, path: KeyPath, error: ValidationError, keys: TableKeys) -> None:
        """Note everything that pydantic refused in the table at this path."""
        for detail in error.errors(include_url=False):
            full = (*path, *detail["loc"])
            match detail["type"]:
                case "extra_forbidden":
                    self.unknown_key(full, keys.meanings)
                case "missing":
                    self.problem(full, Phrase("missing"), _required(keys.meanings.get(str(full[-1]), "")))
                case _:
                    is_hidden = detail["loc"][:1] in {(name,) for name in keys.hidden}
                    self.problem(full, found(detail["input"], hidden=is_hidden), _hint(detail))

    def raise_problems(self) -> None:
        """Raise ConfigError with all problems, in the order of files and lines; return when there is none."""
        if not self._problems:
            return
        rank = {name: number for number, name in enumerate([self._main, *self._file_names()])}
        ordered = sorted(
            self._problems.items(),
            key=lambda pair: (rank.get(pair[0].where, len(rank)), pair[0].where, pair[0].line or 0, pair[1]),
        )
        raise ConfigError(tuple(problem for problem, _ in ordered))

    def _file_names(self) -> list[str]:
        names = {place.where for layer in self.layers for place in layer.places.values() if place.is_file}
        return sorted(names - {self._main})

    @property
    def warnings(self) -> tuple[str, ...]:
        """All warnings in the order in which they were found."""
        return tuple(self._warnings)


def _required(meaning: str) -> Phrase:
    return Phrase("this key is required: %(meaning)s", meaning=meaning) if meaning else Phrase("this key is required")


def _hint(detail: ErrorDetails) -> Phrase:
    """What would be right, for one kind of error of pydantic-core."""
    context = detail.get("ctx", {})
    hints: dict[str, Callable[[], Phrase]] = {
        "string_type": lambda: Phrase("expected a text in quotes"),
        "int_type": lambda: Phrase("expected a whole number"),
        "float_type": lambda: Phrase("expected a number"),
        "finite_number": lambda: Phrase("expected a finite number"),
        "bool_type": lambda: Phrase("expected true or false"),
        "tuple_type": lambda: Phrase('expected a list, such as ["one", "two"]'),
        "literal_error": lambda: _one_of(re.split(", | or ", context["expected"])),
        "greater_than_equal": lambda: Phrase("expected %(least)s or more", least=context["ge"]),
        "less_than_equal": lambda: Phrase("expected %(most)s or less", most=context["le"]),
        "too_short": lambda: Phrase("expected a list that is not empty"),
        "value_error": lambda: Phrase.as_it_is(words_of(context["error"])),
    }
    return hints.get(detail["type"], lambda: Phrase("expected: %(what)s", what=detail["msg"]))()


def _one_of(words: Sequence[str]) -> Phrase:
    *some, last = (word.replace("'", '"') for word in words)
    if not some:
        return Phrase("expected %(word)s", word=last)
    return Phrase("expected %(some)s or %(last)s", some=", ".join(some), last=last)
