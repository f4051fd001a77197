"""What the text modules know of each language, read from a data file. Must not decide anything itself."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """Word lists of one language, lower case; data/languages.toml explains each."""

    never: frozenset[str]
    sometimes: frozenset[str]
    number: frozenset[str]
    months: frozenset[str]
    starters: frozenset[str]
    stop: frozenset[str]
    link: frozenset[str]
    back: frozenset[str]
    units: frozenset[str]
    letters: frozenset[str]
    ordinals: bool
    #: whether a capital in mid-sentence is a name, as everywhere but in German
    capitals: bool

    def is_small(self, word: str) -> bool:
        """Whether a word has no meaning of its own; "May" is a month, "may" is not."""
        lower = word.lower()
        return lower in self.stop and not (word[:1].isupper() and lower in self.months)


_SHARED = ("never", "sometimes", "number", "link", "units")
_OWN = ("months", "starters", "stop", "back", "letters")


@cache
def _tables() -> dict[str, Language]:
    text = (files("distributor.text") / "data" / "languages.toml").read_text(encoding="utf-8")
    raw = tomllib.loads(text)
    return {tag: _language(table, raw["default"]) for tag, table in raw.items()}


def _language(table: dict[str, str | bool], shared: dict[str, str | bool]) -> Language:
    """One language; what all languages share is in each."""
    words = {name: frozenset(str(table.get(name, "")).split()) for name in _SHARED + _OWN}
    for name in _SHARED:
        words[name] |= frozenset(str(shared[name]).split())
    return Language(**words, ordinals=bool(table["ordinals"]), capitals=bool(table.get("capitals", True)))


def language_of(tag: str) -> Language:
    """The language of a BCP 47 tag by its first part; the common rules where it is unknown or empty."""
    tables = _tables()
    return tables.get(tag.replace("_", "-").partition("-")[0].lower(), tables["default"])


@cache
def all_units() -> frozenset[str]:
    """Units of every language: what follows a figure needs no language tag, and tags are often wrong."""
    return frozenset().union(*(language.units for language in _tables().values()))


@cache
def all_months() -> frozenset[str]:
    """Names of months in every language of the data file."""
    return frozenset().union(*(language.months for language in _tables().values()))
