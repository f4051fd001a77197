"""What the text modules know of each language, read from a data file. Must not decide anything itself."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
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
    joins: frozenset[str]
    compares: frozenset[str]
    likens: frozenset[str]
    leads: frozenset[str]
    adds: frozenset[str]
    modals: frozenset[str]
    tells: frozenset[str]
    relates: frozenset[str]
    intros: frozenset[str]
    verbs: frozenset[str]
    echo: frozenset[str]
    articles: frozenset[str]
    pronouns: frozenset[str]
    definite: frozenset[str]
    speaks: frozenset[str]
    #: what a verb may end with; none: only the list tells
    verb_ends: tuple[str, ...]
    gerunds: tuple[str, ...]
    #: "both" and what must follow it; an opener of two words has a plus between them
    pairs: Mapping[str, frozenset[str]]
    ordinals: bool
    #: whether a capital in mid-sentence is a name, as everywhere but in German
    capitals: bool

    def is_small(self, word: str) -> bool:
        """Whether a word has no meaning of its own; "May" is a month, "may" is not."""
        lower = word.lower()
        return lower in self.stop and not (word[:1].isupper() and lower in self.months)


_SHARED = ("never", "sometimes", "number", "link", "units")
_OWN = (
    *("months", "starters", "stop", "back", "letters", "joins", "compares", "likens", "leads", "adds", "modals"),
    *("tells", "relates", "intros", "verbs", "echo", "articles", "pronouns", "definite", "speaks"),
)


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
    return Language(
        **words,
        verb_ends=tuple(str(table.get("verb_ends", "")).split()),
        gerunds=tuple(str(table.get("gerunds", "")).split()),
        pairs=_pairs(str(table.get("pairs", ""))),
        ordinals=bool(table["ordinals"]),
        capitals=bool(table.get("capitals", True)),
    )


def _pairs(told: str) -> dict[str, frozenset[str]]:
    """``both:and not+only:but,also`` by the opener."""
    return {
        opener: frozenset(partners.split(",")) for opener, _, partners in (one.partition(":") for one in told.split())
    }


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
