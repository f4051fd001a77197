"""The dateline of a wire story, taken off its first paragraph. Must never strip what only looks like one.

What counts as proof: a news agency by name, or a well-known city with a date, or one in capitals with
a long dash or a colon.
Without proof nothing is stripped: a dateline too many is a blemish, a lost beginning an error.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from distributor.model import Dateline
from distributor.text.languages import all_months

_U, _L = "A-ZÀ-ÖØ-ÞĀ-ŽȘȚƏА-ЯЁЎІЇЄҐЈЉЊЋЂЏΑ-Ω", "a-zß-öø-ÿā-žșțəа-яёўіїєґјљњћђџά-ώ"
_JOIN = r"(?:[ \-’'./]+|, )"
#: a place in capitals: MINSK, ST. PETERSBURG, RIO DE JANEIRO, TALLAHASSEE, Fla.
_CAPITALS = rf"[{_U}]{{2,}}(?:{_JOIN}[{_U}][{_U}’']*)*(?:, [{_U}][{_L}]+\.?(?: [{_U}]?[{_L}]+\.?){{0,2}})?"
#: the same in ordinary letters: Warszawa, São Paulo, Frankfurt am Main
_ORDINARY = (
    rf"[{_U}][{_U}{_L}’'\-]+(?:[ /\-](?:[{_U}][{_L}’'\-]*|am|an|der|de|del|la|do|da|di|en|sur|upon|on|na|nad))"
    rf"{{0,4}}(?:, [{_U}][{_L}. ]+)?"
)
#: capitals up to this length are rather an abbreviation than a place
_SHORT = 3
#: a dateline is over after so many characters
_REACH = 300
_DASH = r"(?:—|–|--|-|=|―)"
_TWO_CAPITALS = re.compile(rf"[{_U}]{{2}}")
#: agencies that sign their own site's stories without brackets
_OWNER = re.compile(r"INTERFAX\.RU|ИНТЕРФАКС|INTERFAX|TASS|ТАСС", re.IGNORECASE)
_WORD = re.compile(r"\w+")
#: how Chinese, Japanese and Korean agencies sign
_EASTERN = (
    r"[(（【\[]?(?P<agency>新华社|新華社|中新社|中央社|中通社)(?P<place>[^\d（）()，。]{1,8}?)(?P<date>(?:\d{1,2}月)?\d{1,2}日)[电電讯訊][)）】\]]?(?:[（(]记者[^）)]{1,20}[）)])?\s*",
    r"【(?P<place>[^【】=＝]{1,12}?)[=＝]?(?P<agency>共同|時事|ロイター|AFP時事|AFP)】\s*",
    rf"\[(?P<place>\S{{1,12}})\s+(?P<date>\d{{1,2}}日)\s+(?P<agency>ロイター|AP|AFP)\]\s*{_DASH}\s*",
    r"\((?P<place>[^()=]{1,12})=(?P<agency>연합뉴스|뉴시스|뉴스1)\)\s*(?:[^=\n]{2,20}\s기자\s*=\s*)?",
)


def split_dateline(text: str, agencies: Iterable[str] = ()) -> tuple[Dateline | None, str]:
    """The dateline at the beginning of ``text``, if there surely is one, and the text without it.

    ``agencies`` are the newsroom's own names for its sources, beside the built-in list. A text that is nothing but a
    dateline is left alone.
    """
    stripped = text.lstrip()
    for form in _forms(tuple(sorted(agencies))):
        for match in form.matches(stripped):
            if _is_believable(match, stripped) and (rest := stripped[match.end() :].lstrip()):
                return _dateline(match.groupdict()), rest
    return None, text


def _dateline(groups: dict[str, str | None]) -> Dateline:
    def part(name: str, ends: str) -> str:
        return (groups.get(name) or "").strip(ends)

    return Dateline(place=part("place", " ,"), date=part("date", " ,."), agency=part("agency", " ,."))


def _is_believable(match: re.Match[str], text: str) -> bool:
    """Whether it is a dateline for sure: what stands at its place may be one, and somebody known signed it.

    Without an agency, or with one whose name is also a word or a company's, the place must be a city we know; without
    agency and date not one of two in a row ("LONDON — PARIS").
    """
    groups = match.groupdict()
    place, agency, date = ((groups.get(name) or "").strip(" ,.") for name in ("place", "agency", "date"))
    if _is_no_place(place):
        return False
    # "JERUSALEM / ISLAMABAD"
    is_city = all(one.strip() in _cities() for one in place.partition(",")[0].upper().split("/"))
    if agency:
        is_weak = agency.upper() in _weak() or (place.isupper() and len(place) <= _SHORT)
        return bool(date) or is_city or not is_weak
    if date:
        return is_city
    following = text[match.end() :].lstrip().upper()
    return is_city and not any(following.startswith(other) for other in _cities())


def _is_no_place(place: str) -> bool:
    """An article or a desk's word ("PHOTO (AP)"), or whose something is ("McDonald's")."""
    return place.partition(" ")[0].lower() in _no_place() or place.endswith(("'s", "’s"))


@cache
def _no_place() -> frozenset[str]:
    return frozenset(_words()["no_place"].split())


@cache
def _weak() -> frozenset[str]:
    return frozenset(_words()["weak"])


@cache
def _cities() -> frozenset[str]:
    return frozenset(_words()["cities"])


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads((files("distributor.text") / "data" / "datelines.toml").read_text(encoding="utf-8"))


@cache
def _known_agencies() -> tuple[str, ...]:
    source = (files("distributor.text") / "data" / "agencies.txt").read_text(encoding="utf-8")
    return tuple(line for line in source.splitlines() if line and not line.startswith("#"))


@dataclass(frozen=True, slots=True)
class _Form:
    """Forms of datelines that one question tells of. Their patterns name hundreds of agencies and months and are slow
    to compile, so that is done for the first text that could have the form; most stories begin with none.
    """

    #: False only of texts that no pattern can match
    may_match: Callable[[str], bool]
    patterns: tuple[str, ...]

    def matches(self, text: str) -> Iterator[re.Match[str]]:
        """What stands at the beginning, the most certain first."""
        if self.may_match(text):
            for pattern in self.patterns:
                if match := _compiled(pattern).match(text):
                    yield match


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _begins_in_capitals(text: str) -> bool:
    return _TWO_CAPITALS.match(text) is not None


def _names_its_owner(text: str) -> bool:
    return _OWNER.search(text, 0, _REACH) is not None


def _begins_in_the_east(text: str) -> bool:
    return text[:1] > "\u1100" or text[:1] in {"(", "["}


def _telling_words(names: Iterable[str]) -> frozenset[str]:
    """The longest word of each name; brackets, spaces or dashes bound a name wherever a dateline has it."""
    return frozenset(max(_WORD.findall(name), key=len, default="") for name in names)


@cache
def _forms(agencies: tuple[str, ...]) -> tuple[_Form, ...]:
    """The forms of datelines, most certain first."""
    spellings = {spelling for name in (*_known_agencies(), *agencies) if name for spelling in (name, name.upper())}
    names = "|".join(re.escape(name) for name in sorted(spellings, key=len, reverse=True))

    words = _telling_words(spellings)

    def names_agency(text: str) -> bool:
        return not words.isdisjoint(_WORD.findall(text, 0, _REACH))

    month = "|".join(
        re.escape(name) for name in sorted(all_months() | set(_words()["months"].split()), key=len, reverse=True)
    )
    date = (
        rf"(?P<date>(?i:\d{{1,2}}(?:\.|er|º|-?го)? (?:de |d’)?(?:{month})\b\.?(?: (?:de )?\d{{4}})?(?: г\.)?"
        rf"|(?:{month})\b\.? \d{{1,2}}(?:, \d{{4}}| d\b)?|\d{{4}}\. (?:{month}) \d{{1,2}}\.(?:, \w+)?"
        rf"|\d{{1,2}}[./]\d{{1,2}}(?:[./]\d{{2,4}})?))"
    )
    correspondents = r"(?:(?:(?i:корр|кор|кар|corr|spec|спец)\.?|By|von)[^()/]{0,20}\s)?"
    agency = rf"(?P<agency>(?:{names})(?:[/\-][\w ]{{2,20}})?)"
    signed = rf"[(/\[]{correspondents}{agency}[)/\]]"
    place = rf"(?P<place>{_CAPITALS}|{_ORDINARY})"
    end = rf"\.?\s*{_DASH}+\s*"
    # "RIA Novosti, Anna Belova."
    author = rf"(?:, [{_U}][{_L}]+(?: [{_U}][{_L}]+){{1,2}})?"
    # signed in capitals without brackets, as in the Caucasus and the Baltics
    bare = rf"(?P<agency>(?:{'|'.join(re.escape(name) for name in _known_agencies() + agencies if name.isupper())}))"
    arabic = "[\u0620-\u064a]+(?: [\u0620-\u064a]+){0,2}"
    by_agency = (
        rf"{place}[,.]? {date},?\.? ?{signed}(?:{end}|[.:]\s*|\s+)",
        rf"{place}[,.]?,? {signed}(?:{end}|[.:]\s+)",
        rf"{date},? {place} ?{signed}(?:{end}|[.:]?\s+)",
        rf"{date},? {signed}{end}",
        rf"{place}[,.] {date},?\.? ?{_DASH} ?[(/]?{agency}[)/]?{author}(?:{end}|[.:]\s+|\s+)",
        rf"{place}, {date},? {bare}(?:{end}|[.:]\s+|\s+(?=[{_U}\d«“\"]))",
        rf"(?P<place>{_CAPITALS})\. {bare}{end}",
        rf"(?P<place>{arabic}) ?\({agency}\){end}",
        rf"{signed}{end}{place}, {date}{end}",
    )
    by_owner = rf"{place}\. {date}\. (?P<agency>(?i:INTERFAX(?:\.RU|-[A-Z]+)?|ИНТЕРФАКС(?:-[А-Я]+)?|TASS|ТАСС)){end}"
    return (
        _Form(names_agency, by_agency),
        _Form(_names_its_owner, (by_owner,)),
        _Form(_begins_in_capitals, (rf"(?P<place>{_CAPITALS}), {date}(?: ?\([^()]{{2,30}}\))?{end}",)),
        _Form(_begins_in_the_east, _EASTERN),
        _Form(
            _begins_in_capitals,
            (
                rf"(?P<place>{_CAPITALS}):\s+(?=[{_U}]\S*\s+\S+\s+\S)",
                rf"(?P<place>{_CAPITALS})\s+(?:—|–|--)\s+(?=[\"“«„'‘\d{_U}])",
            ),
        ),
    )
