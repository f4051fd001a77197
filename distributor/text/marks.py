"""The marks that desks and wires set before a headline: "CORRECTED:", "[KILL]", "URGENT -", "UPDATE 2-". Must never
take for a mark what belongs to the headline.

What counts as proof: the word alone in brackets; the word in capitals before a colon, or before a dash that stands
alone; for some words ordinary letters before a colon. data/marks.toml says which, in which languages. Without proof
it is the headline's own word: "Kill Bill returns", "TEST-TUBE BABY", "Test: the new Golf".
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any


class MarkKind(StrEnum):
    """What a mark says of the story behind it."""

    CORRECTION = "correction"
    #: spelling, a wrong link, a repetition
    REFILE = "refile"
    UPDATE = "update"
    #: it is taken back
    KILL = "kill"
    #: not to be published, or not yet
    INTERNAL = "internal"
    FLASH = "flash"
    URGENT = "urgent"
    WRAP_UP = "wrap-up"


#: Kinds that may also stand behind a headline, in brackets: "Minister resigns (updated)".
BEHIND = (MarkKind.CORRECTION, MarkKind.REFILE, MarkKind.UPDATE)

#: Kinds that may be cried out: "URGENT! Minister resigns".
HURRIED = (MarkKind.FLASH, MarkKind.URGENT)

#: Kinds that a note to editors may tell, the gravest first.
NOTED = (MarkKind.KILL, MarkKind.CORRECTION, MarkKind.REFILE)

#: A feed's own words, beside those that are known.
OwnMarks = Mapping[MarkKind, Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One mark as it was found."""

    kind: MarkKind
    #: as the table knows it, in lower case
    word: str
    #: of "UPDATE 2-": 2; 0 where there is none
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """A headline, and the marks that stood around it."""

    #: in the order in which they stood
    marks: tuple[Mark, ...]
    #: the headline without them; empty where it was nothing else
    headline: str

    def has(self, kind: MarkKind) -> bool:
        """Whether a mark of this kind is among them."""
        return any(mark.kind is kind for mark in self.marks)


#: How much proof a word needs, the least first.
_OWN, _SPOKEN, _SHOUTED, _BRACKETED = range(4)
_MANNERS = {"spoken": _SPOKEN, "shouted": _SHOUTED, "bracketed": _BRACKETED}
#: What desks set before a mark to be seen, beside brackets: stars, bullets, signs.
_ORNAMENT = "[\\s*!#•·►▶❗❕‼⚡\U0001f534\U0001f6a8\ufe0f]*"
_OPENING, _CLOSING = r"(?P<open>[\[(<{【〔［（])", r"[\])>}】〕］）]"
_DASH = r"[-–—−=/|]+"
#: What parts a mark from its headline: a colon, a dash that stands alone, a long dash, stars, nothing more; a cry, for
#: news that hurries; or a hyphen that touches (see ``joined`` in the file).
_END = rf"\s*[:：]+\s*| {_DASH} |\s*(?:--|—)\s*|\s*\*{{1,3}} |[\s!.*]*\Z|(?P<cry>!{{1,3}} )|(?P<touch>[-/])(?=\S)"


def split_marks(headline: str, own: OwnMarks | None = None) -> Marked:
    """The headline without its marks, and these.

    ``own`` are a feed's own words; they count in any letters, in brackets or before a colon or a dash.
    """
    table = _table(tuple((kind, tuple(words)) for kind, words in (own or {}).items()))
    rest = " ".join(unicodedata.normalize("NFC", headline).split())
    found: list[Mark] = []
    while taken := _before(rest, table):
        mark, rest = taken
        found.append(mark)
    while taken := _behind(rest, table):
        mark, rest = taken
        found.append(mark)
    return Marked(marks=tuple(found), headline=rest)


def note_kind(text: str) -> MarkKind | None:
    """What a note to editors says that a new version is: a correction, a refiling, a kill; None: it says none of it.

    Only the note's first words count: "Corrects the name in paragraph 2", not "A rival paper corrects itself".
    """
    marked = split_marks(text)
    for kind in NOTED:
        if marked.has(kind):
            return kind
    said = marked.headline.strip(' («"“„[*-–—').lower()
    return next((kind for kind in NOTED if _beginnings(kind).match(said)), None)


@cache
def _beginnings(kind: MarkKind) -> re.Pattern[str]:
    words = "|".join(re.escape(word) for word in _file()["notes"][kind.value])
    return re.compile(rf"(?:{words})(?!\w)")


@dataclass(frozen=True, slots=True)
class _Table:
    """Every word by its meaning, and the patterns that find them."""

    #: kind and manner by word in lower case
    words: Mapping[str, tuple[MarkKind, int]]
    joined: frozenset[str]
    bracketed: re.Pattern[str]
    plain: re.Pattern[str]
    behind: re.Pattern[str]


def _before(text: str, table: _Table) -> tuple[Mark, str] | None:
    """The mark at the beginning of a text and what follows it, if there surely is one."""
    for pattern, is_proved in ((table.bracketed, _is_enclosed), (table.plain, _is_apart)):
        match = pattern.match(text)
        if match is not None and (mark := _mark(match, table)) is not None:
            rest = text[match.end() :]
            return (mark, rest) if is_proved(match, mark, rest, table) else None
    return None


def _behind(text: str, table: _Table) -> tuple[Mark, str] | None:
    """The mark in brackets at the end of a text, and what stands before it."""
    match = table.behind.search(text)
    mark = _mark(match, table) if match is not None else None
    if match is None or mark is None or mark.kind not in BEHIND:
        return None
    return mark, text[: match.start()]


def _is_enclosed(match: re.Match[str], mark: Mark, _rest: str, table: _Table) -> bool:
    """Whether a word in brackets is a mark: in round ones a shouted word must be shouted."""
    return match["open"] not in "(（" or match["word"].isupper() or table.words[mark.word][1] != _SHOUTED


def _is_apart(match: re.Match[str], mark: Mark, rest: str, table: _Table) -> bool:
    """Whether a word without brackets is a mark, and not the first word of the headline."""
    is_capital, manner = match["word"].isupper(), table.words[mark.word][1]
    if match["touch"]:
        is_known = mark.word in table.joined or mark.number > 0
        return is_known and is_capital and any(letter.islower() for letter in rest)
    if match["cry"]:
        return is_capital and mark.kind in HURRIED
    if manner == _SPOKEN:
        return is_capital or _has_colon(match["end"])
    return manner == _OWN or (is_capital and manner == _SHOUTED)


def _has_colon(end: str) -> bool:
    return ":" in end or "：" in end


def _mark(match: re.Match[str], table: _Table) -> Mark | None:
    """The mark that a pattern found; None for a letter that only looks like one of the word's ("ſ")."""
    word = match["word"].lower()
    if word not in table.words:
        return None
    return Mark(kind=table.words[word][0], word=word, number=int(match["first"] or match["number"] or 0))


@cache
def _table(own: tuple[tuple[MarkKind, tuple[str, ...]], ...]) -> _Table:
    words = dict(_known())
    for kind, those in own:
        words |= {word: (kind, _OWN) for text in those if (word := _bare(text))}
    names = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    # "2ND UPDATE", "UPDATE 2", "KILL KILL KILL"
    word = (
        rf"(?:(?P<first>[0-9])(?:st|nd|rd|th|\.)? )?(?P<word>{names})(?![^\W\d_])"
        r"(?:[ \-]?(?P<number>[0-9]{1,2})(?!\w))?(?:[ ,!*\-]+(?P=word)(?!\w))*"
    )
    return _Table(
        words=words,
        joined=frozenset(_file()["joined"]["words"]),
        bracketed=re.compile(rf"{_ORNAMENT}{_OPENING} ?{word} ?{_CLOSING}(?: ?[:：]| {_DASH}(?= ))?\s*", re.IGNORECASE),
        plain=re.compile(rf"{_ORNAMENT}{word}(?P<end>{_END})", re.IGNORECASE),
        behind=re.compile(rf"(?<=\w)\W?\s*{_OPENING} ?{word} ?{_CLOSING}\Z", re.IGNORECASE),
    )


@cache
def _known() -> Mapping[str, tuple[MarkKind, int]]:
    """Every word of the file; where languages differ in how sure a word is, the more careful one is right."""
    found: dict[str, tuple[MarkKind, int]] = {}
    for kind in MarkKind:
        for language in _file()[kind.value].values():
            for manner, words in language.items():
                for word in words:
                    known = found.get(word, (kind, _SPOKEN))[1]
                    found[word] = (kind, max(known, _MANNERS[manner]))
    return found


@cache
def _file() -> dict[str, Any]:
    return tomllib.loads((files("distributor.text") / "data" / "marks.toml").read_text(encoding="utf-8"))


def _bare(text: str) -> str:
    """An operator's word as it is looked for: without brackets and what parts it from a headline."""
    return " ".join(unicodedata.normalize("NFC", text).split()).strip("[](){}<>【】〔〕 :：-–—|/*!").lower()
