"""Embargoes that stand in the text: "EMBARGOED UNTIL 10:00 GMT, 30 November". A story about an embargo is never taken
for one; a notice whose instant cannot be read is told apart, so that somebody looks. Must not look at a clock.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from distributor.model import Article
from distributor.text.moments import names_clock, names_date, read_moment

#: How a notice begins, at the beginning of a headline, of a line or of a note. "sure": no story ever begins so.
_BEGINNING = re.compile(
    r"(?P<open>[\s*#\[(<{!-]*)(?:"
    r"(?P<sure>(?:strictly |strict |under )?embargoed(?: for release)? (?:until|till|to)|under embargo (?:until|till)|"
    r"(?:(?:strictly |under )?embargoed|(?:under|strict) embargo)(?=[\s*\])}>!.]*(?::|\Z))|"
    r"not for (?:publication|release|broadcast|use) (?:before|until)|do not (?:publish|use|release) (?:before|until)|"
    r"(?:embargoed|hold) for release(?: until| at| on)?|sperrfrist(?: bis)?|sous embargo jusqu.(?:à|au)|"
    r"эмбарго до|эмбарга да)"
    r"|(?:press |media |strict )?embargo(?::| until| till| jusqu.(?:à|au)| hasta))(?!\w):?",
    re.IGNORECASE,
)
#: Where a notice ends that more of a headline follows: its own bracket, a colon that is no clock's, a dash, stars.
_END = re.compile(r"\s*(?::(?!\d)|\s[–—|/-]\s|\s--\s?|\*+\s*:?)\s*")
_CLOSING = {"[": re.compile(r"\]+[\s:–—-]*"), "(": re.compile(r"\)+[\s:–—-]*"), "{": re.compile(r"\}+[\s:–—-]*")}
#: So many words behind its beginning are no notice any more.
_MOST_WORDS = 14
#: A notice stands among the first lines of a text.
_LINES = 6
_ORNAMENT = " \t*#[](){}<>:-."


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What an article says of its own embargo."""

    #: the article without the notice and with its instant in ``embargoed``; as it was where that cannot be read
    article: Article
    #: the notice in its own words, where its instant cannot be read; empty otherwise
    unread: str = ""


def taken_out(article: Article, zone: ZoneInfo, now: datetime) -> Notice:
    """Take an embargo's notice out of an article. An instant that names no zone is one of ``zone``, the desk's.

    Where several are told (a field, a notice), the latest holds.
    """
    spoken = [line.strip() for line in article.ednote.splitlines() if _is_notice(line)]
    told = replace(
        article,
        headline=_from_headline(article.headline, spoken),
        summary=_from_text(article.summary, spoken),
        body=_from_text(article.body, spoken),
    )
    reference = (article.published or now).astimezone(zone)
    found = {words: read_moment(_behind(words), reference) for words in spoken}
    instants = [at.astimezone(UTC) for at in (*found.values(), article.embargoed) if at is not None]
    for words, at in found.items():
        if at is None:
            return Notice(article=article, unread=words)
    return Notice(article=replace(told, embargoed=max(instants, default=None)))


def _from_headline(headline: str, spoken: list[str]) -> str:
    """The headline without a notice at its beginning; where it is nothing else, it stays."""
    beginning = _BEGINNING.match(headline)
    if beginning is None:
        return headline
    opening = beginning["open"].strip(" \t*#<!-")[:1]
    end = _CLOSING.get(opening, _END).search(headline, beginning.end())
    words, rest = (headline[: end.start()], headline[end.end() :]) if end else (headline, "")
    if not _is_notice(words):
        return headline
    spoken.append(words.strip(_ORNAMENT))
    return rest or headline


def _from_text(text: str, spoken: list[str]) -> str:
    """A text without those of its first lines that are notices."""
    lines = text.split("\n")
    notices = [line for line in lines[:_LINES] if _is_notice(line)]
    spoken += [line.strip(_ORNAMENT) for line in notices]
    kept = [line for number, line in enumerate(lines) if number >= _LINES or line not in notices]
    return "\n".join(kept).strip("\n") if notices else text


def _is_notice(words: str) -> bool:
    """Whether words are a notice: they name an instant, or are marked so (capitals, brackets) that no sentence is."""
    beginning = _BEGINNING.match(words)
    if beginning is None or len(words[beginning.end() :].split()) > _MOST_WORDS:
        return False
    rest = words[beginning.end() :]
    if not beginning["sure"]:
        return names_clock(rest)
    is_marked = beginning["sure"].isupper() or bool(beginning["open"].strip(" *!-"))
    return is_marked or names_clock(rest) or ("mbarg" in words.casefold() and names_date(rest))


def _behind(words: str) -> str:
    """What follows the beginning of a notice."""
    beginning = _BEGINNING.match(words)
    return words[beginning.end() :] if beginning else words
