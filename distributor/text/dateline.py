"""The dateline of a wire story, taken off its first paragraph. Must never strip what only looks like one.

What counts as proof: a news agency by name, or a well-known city with a date, or one in capitals with
a long dash or a colon.
Without proof nothing is stripped: a dateline too many is a blemish, a lost beginning an error.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable
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
_OWNER = r"(?i:INTERFAX\.RU|ИНТЕРФАКС|INTERFAX|TASS|ТАСС)"


def split_dateline(text: str, agencies: Iterable[str] = ()) -> tuple[Dateline | None, str]:
    """The dateline at the beginning of ``text``, if there surely is one, and the text without it.

    ``agencies`` are the newsroom's own names for its sources, beside the built-in list. A text that is nothing but a
    dateline is left alone.
    """
    stripped = text.lstrip()
    for form in _forms(tuple(sorted(agencies))):
        match = form.match(stripped)
        if match and _is_believable(match, stripped):
            rest = stripped[match.end() :].lstrip()
            if rest:
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
    is_city = place.partition(",")[0].upper() in _cities()
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
    """One form of datelines. Its pattern names hundreds of agencies and months and is slow to compile, so that is
    done for the first text that could have the form; most stories begin with none.
    """

    pattern: str
    #: False only of texts that the pattern cannot match
    may_match: Callable[[str], bool] = bool

    def match(self, text: str) -> re.Match[str] | None:
        return _compiled(self.pattern).match(text) if self.may_match(text) else None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _begins_in_capitals(text: str) -> bool:
    return _TWO_CAPITALS.match(text) is not None


def _names_its_owner(text: str) -> bool:
    return re.search(_OWNER, text) is not None


@cache
def _forms(agencies: tuple[str, ...]) -> tuple[_Form, ...]:
    """The forms of datelines, most certain first."""
    spellings = {spelling for name in (*_known_agencies(), *agencies) if name for spelling in (name, name.upper())}
    names = "|".join(re.escape(name) for name in sorted(spellings, key=len, reverse=True))

    def names_agency(text: str) -> bool:
        beginning = text[:_REACH]
        return any(name in beginning for name in spellings)

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
    return (
        _Form(rf"{place}[,.]? {date},?\.? ?{signed}(?:{end}|[.:]\s*|\s+)", names_agency),
        _Form(rf"{place}[,.]?,? {signed}(?:{end}|[.:]\s+)", names_agency),
        _Form(rf"{date},? {place} ?{signed}(?:{end}|[.:]?\s+)", names_agency),
        _Form(rf"{date},? {signed}{end}", names_agency),
        _Form(rf"{place}[,.] {date},?\.? ?{_DASH} ?[(/]?{agency}[)/]?{author}(?:{end}|[.:]\s+|\s+)", names_agency),
        _Form(rf"{place}, {date},? {bare}(?:{end}|[.:]\s+|\s+(?=[{_U}\d«“\"]))", names_agency),
        _Form(rf"(?P<place>{_CAPITALS})\. {bare}{end}", names_agency),
        _Form(rf"(?P<place>{arabic}) ?\({agency}\){end}", names_agency),
        _Form(rf"{signed}{end}{place}, {date}{end}", names_agency),
        _Form(
            rf"{place}\. {date}\. (?P<agency>(?i:INTERFAX(?:\.RU|-[A-Z]+)?|ИНТЕРФАКС(?:-[А-Я]+)?|TASS|ТАСС)){end}",
            _names_its_owner,
        ),
        _Form(rf"(?P<place>{_CAPITALS}), {date}(?: ?\([^()]{{2,30}}\))?{end}", _begins_in_capitals),
        _Form(
            r"[(（【\[]?(?P<agency>新华社|新華社|中新社|中央社|中通社)(?P<place>[^\d（）()，。]{1,8}?)(?P<date>(?:\d{1,2}月)?\d{1,2}日)[电電讯訊][)）】\]]?(?:[（(]记者[^）)]{1,20}[）)])?\s*"
        ),
        _Form(r"【(?P<place>[^【】=＝]{1,12}?)[=＝]?(?P<agency>共同|時事|ロイター|AFP時事|AFP)】\s*"),
        _Form(rf"\[(?P<place>\S{{1,12}})\s+(?P<date>\d{{1,2}}日)\s+(?P<agency>ロイター|AP|AFP)\]\s*{_DASH}\s*"),
        _Form(r"\((?P<place>[^()=]{1,12})=(?P<agency>연합뉴스|뉴시스|뉴스1)\)\s*(?:[^=\n]{2,20}\s기자\s*=\s*)?"),
        _Form(rf"(?P<place>{_CAPITALS}):\s+(?=[{_U}]\S*\s+\S+\s+\S)", _begins_in_capitals),
        _Form(rf"(?P<place>{_CAPITALS})\s+(?:—|–|--)\s+(?=[\"“«„'‘\d{_U}])", _begins_in_capitals),
    )
