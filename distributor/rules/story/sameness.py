"""Whether two articles are one story, weighed and told in words. Must not look at a clock or a store.

What names a story (its page's address, its feed's id, the site's own number) weighs most, and only words that have
nothing in common speak against it: a re-used id. Without such a name all must fit, headline, text, figures and instant,
for a story told twice is a smaller harm than one that is never told.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import lru_cache
from heapq import nlargest
from urllib.parse import parse_qsl, urlsplit

from distributor.model import Article
from distributor.rules.story.likeness import by_words, page
from distributor.rules.story.templates import is_template
from distributor.text.links import canonical
from distributor.text.marks import split_marks

#: So much evidence makes two articles one story.
THRESHOLD = 1.0
#: What names a story.
ADDRESS, GUID, OTHER_FEEDS_GUID, NUMBER = 1.0, 1.0, 0.8, 0.9
#: What is told of it, where nothing names it; each has its opposite below.
HEADLINE, ALIKE, EVERY_WORD, LONG_TEXT, LEAD, PART, INSTANT, PLACE = 0.45, 0.3, 0.95, 0.55, 0.35, 0.2, 0.25, 0.1
OTHER_FIGURES, OTHER_TEXT, OTHER_PLACE, OTHER_SITE, HOURS_APART, DAYS_APART = -1.0, -0.5, -0.3, -0.3, -0.2, -0.4
#: Words in common beside a name; and none at all, which makes it a name that was used again.
MOSTLY, SOME, NOTHING = 0.2, 0.1, -0.6
#: Two tellings of one story carry one instant, to the minute; so far apart they are hardly one.
MINUTE, HOURS, DAYS = timedelta(minutes=1), timedelta(hours=6), timedelta(hours=48)
#: Fewer words than this say nothing; so many make a long text.
FEW, MANY, EXACT = 8, 40, 60
#: A lead is no longer than this (words).
_LEAD = 40

_WORD = re.compile(r"[^\W_]+")
#: A figure, its date's parts included; "1,200" and "1.200" are one.
_FIGURE = re.compile(r"\d+(?:[.,:]\d+)*")
#: The site's own number in an address: a part of its own, or at the end or the beginning of the slug.
_NUMBERED = re.compile(
    r"(?:^|.*-)(?P<last>\d{5,})(?:-(?:19|20)\d\d)?(?:\.[a-z]{2,5})?"
    r"|(?:[a-z]{1,2}-?)?(?P<first>\d{5,})(?:[-_.].*)?",
    re.IGNORECASE,
)
_DATE = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])?(?:\d{4}(?:\d\d)?)?")
_QUERY_NUMBERS = ("id", "p", "aid", "newsid", "news_id", "article", "articleid", "story", "storyid")
_SUBDOMAIN = re.compile(r"^(?:www\d?|m|mobile|amp)\.")


class Verdict(StrEnum):
    """What two articles are to each other."""

    SAME = "same"
    #: one story in two languages: linked, and never posted for each other
    EDITION = "edition"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One thing that speaks for or against."""

    #: ``address``, ``guid``, ``number``, ``headline``, ``text``, ``figures``, ``instant``, ``dateline``, ``site``,
    #: ``words``, ``language``
    about: str
    weight: float
    #: in words
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sameness:
    """What two articles are to each other, and why."""

    verdict: Verdict
    evidence: tuple[Evidence, ...]

    @property
    def weight(self) -> float:
        """The sum of the evidence."""
        return round(sum(one.weight for one in self.evidence), 2)

    @property
    def is_same(self) -> bool:
        """Whether they are one story in one language."""
        return self.verdict is Verdict.SAME


def sameness(one: Article, other: Article) -> Sameness:
    """Whether two articles are one story."""
    named = tuple(_names(one, other))
    evidence = (*named, *(_beside_a_name(one, other, named) if named else _by_words(one, other)))
    weight = round(sum(each.weight for each in evidence), 2)
    linked = _links(one, other) or _links(other, one)
    if (apart := _languages(one, other)) and not any(each.about == "address" for each in named):
        evidence = (*evidence, Evidence(about="language", weight=0.0, says=apart))
        is_edition = linked or any(each.about in ("guid", "number") for each in named)
        return Sameness(verdict=Verdict.EDITION if is_edition else Verdict.OTHER, evidence=evidence)
    if linked:
        evidence = (*evidence, Evidence(about="language", weight=0.0, says="one names the other as another language"))
        return Sameness(verdict=Verdict.EDITION, evidence=evidence)
    return Sameness(verdict=Verdict.SAME if weight >= THRESHOLD else Verdict.OTHER, evidence=evidence)


def hints(article: Article) -> tuple[str, ...]:
    """Names under which a story may be known that prove nothing alone: its number on its site, its id in another feed,
    and its very text.
    """
    site, number = site_of(article.url), number_of(article.url)
    found = [f"number:{site}:{number}"] if number else []
    if _is_distinctive(article):
        found.append(f"id:{site}:{article.guid}")
    if article.fingerprint:
        found.append(f"text:{article.fingerprint}")
    return tuple(found)


def site_of(url: str) -> str:
    """The host of an address without what only says how it is shown; empty for no address."""
    try:
        return _SUBDOMAIN.sub("", (urlsplit(url).hostname or "").rstrip("."))
    except ValueError:
        return ""


def number_of(url: str) -> str:
    """The number by which a site knows a story, where its address has one: five digits or more, no date, not round."""
    try:
        parts = urlsplit(url)
        query = parse_qsl(parts.query)
    except ValueError:
        return ""
    for segment in reversed(parts.path.strip("/").split("/")):
        match = _NUMBERED.fullmatch(segment)
        number = (match["last"] or match["first"]) if match else ""
        if number and _is_own(number):
            return number
    return next((value for name, value in query if name.lower() in _QUERY_NUMBERS and _is_own(value)), "")


#: Of the articles whose headlines share words, so many are judged: those that share most, the newest first. Where a
#: thousand headlines are of one mould, who judged all would hold up for minutes whoever waits for the store.
MOST = 40
#: what counts more than any words that a headline can have
_HINTED = 1_000


@lru_cache(maxsize=4_000)
def _found_under(article: Article) -> tuple[str, ...]:
    """The words of an article's headline, and its hints; those of the day are asked for with every new story."""
    return (*set(_stems(article.headline)), *hints(article))


class Lineup:
    """Many articles, to find the one that tells a story; each is asked only where its headline shares words."""

    def __init__(self, articles: Iterable[tuple[int, Article]] = ()) -> None:
        """Each article with the number that stands for it; a greater one stands for what came later."""
        self._articles: dict[int, Article] = {}
        self._places: dict[str, set[int]] = {}
        for number, article in articles:
            self.add(number, article)

    def add(self, number: int, article: Article) -> None:
        """One more, under a number that is free."""
        for name in _found_under(article):
            self._places.setdefault(name, set()).add(number)
        self._articles[number] = article

    def remove(self, number: int) -> None:
        """One less."""
        for name in _found_under(self._articles.pop(number)):
            self._places[name].discard(number)
            if not self._places[name]:
                del self._places[name]

    def find(self, article: Article) -> int | None:
        """The number of the article that tells the same story most surely; None: none does."""
        shared: Counter[int] = Counter()
        for word in set(_stems(article.headline)):
            shared.update(self._places.get(word, ()))
        for name in hints(article):
            shared.update(dict.fromkeys(self._places.get(name, ()), _HINTED))
        likely = nlargest(MOST, ((count, number) for number, count in shared.items() if count > 1))
        judged = [(sameness(self._articles[number], article), number) for _, number in likely]
        same = [(found.weight, number) for found, number in judged if found.is_same]
        return max(same)[1] if same else None


def is_another(before: Article, after: Article) -> bool:
    """Whether an id was used again: what comes under it now has nothing in common with what came before."""
    return any(one.about == "words" and one.weight == NOTHING for one in sameness(before, after).evidence)


def _names(one: Article, other: Article) -> Iterator[Evidence]:
    """What names both."""
    if page(one.url) and canonical(one.url) == canonical(other.url):
        yield Evidence(about="address", weight=ADDRESS, says=f"one address: {canonical(one.url)}")
    site, is_own_feed = site_of(one.url), one.feed == other.feed
    if one.guid == other.guid and (is_own_feed or (_is_distinctive(one) and site == site_of(other.url))):
        where = "their feed" if is_own_feed else f"two feeds of {site}"
        yield Evidence(about="guid", weight=GUID if is_own_feed else OTHER_FEEDS_GUID, says=f"one id in {where}")
    number = number_of(one.url)
    if number and number == number_of(other.url) and site == site_of(other.url):
        yield Evidence(about="number", weight=NUMBER, says=f"one number in the addresses of {site}: {number}")


def _beside_a_name(one: Article, other: Article, named: Sequence[Evidence]) -> Iterator[Evidence]:
    """What their words say where something names both."""
    if any(each.about == "address" for each in named):
        return  # a page is a page, however often it is written anew
    alike = _headlines(one, other, is_named=True)
    if alike is not None:
        yield alike
    first, second = _vocabulary(one), _vocabulary(other)
    if min(len(first), len(second)) < FEW:
        return
    common = len(first & second) / min(len(first), len(second))
    said = f"{common:.0%} of the words of the shorter one are in both"
    if common >= 0.5:
        yield Evidence(about="words", weight=MOSTLY, says=said)
    elif common >= 0.2:
        yield Evidence(about="words", weight=SOME, says=said)
    elif common < 0.1:
        yield Evidence(about="words", weight=NOTHING, says="entirely different things are said under it")


def _by_words(one: Article, other: Article) -> Iterator[Evidence]:
    """What everything says together where nothing names both."""
    if _is_word_for_word(one, other):
        yield Evidence(about="text", weight=THRESHOLD, says="headline, text and instant are the same, in one feed")
        return
    for found in (_headlines(one, other), _texts(one, other), _figures(one, other), _instants(one, other)):
        if found is not None:
            yield found
    yield from _places(one, other)
    first, second = site_of(one.url), site_of(other.url)
    if first.split(".")[-2:] != second.split(".")[-2:]:
        yield Evidence(about="site", weight=OTHER_SITE, says=f"two sites: {first}, {second}")


def _is_word_for_word(one: Article, other: Article) -> bool:
    """Whether one feed tells the very same at one instant: no series does, whatever its headlines are like."""
    if one.feed != other.feed or one.published is None or one.published != other.published:
        return False
    return bool(_said(one.headline)) and (_said(one.headline), _told(one)) == (_said(other.headline), _told(other))


def _headlines(one: Article, other: Article, *, is_named: bool = False) -> Evidence | None:
    first, second = split_marks(one.headline).headline, split_marks(other.headline).headline
    is_one = _said(first) == _said(second)
    if is_one and not is_named and (is_template(first) or not _said(first)):
        return Evidence(about="headline", weight=0.0, says="one headline, but one that stands over many stories")
    if is_one:
        return Evidence(about="headline", weight=HEADLINE, says="one headline")
    if is_template(first) or is_template(second):
        return None
    # by the headlines alone: what stands in the text too may still take the place of what the other is about
    if by_words(first, second).is_same or by_words(second, first).is_same:
        return Evidence(about="headline", weight=ALIKE, says="the headlines say the same")
    return None


def _texts(one: Article, other: Article) -> Evidence | None:
    """How much of the shorter text stands in the longer one."""
    short, long = sorted((_told(one), _told(other)), key=len)
    if len(short) < FEW:
        return None
    if short == long and len(short) >= EXACT:
        return Evidence(about="text", weight=EVERY_WORD, says=f"every one of {len(short)} words is the same")
    share = _share(short, long)
    said = f"{share:.0%} of {len(short)} words stand in the other"
    if share >= 0.8 and len(short) >= MANY:
        return Evidence(about="text", weight=LONG_TEXT, says=said)
    lead = max(_share(short[:_LEAD], long), share)
    if lead >= 0.8:
        return Evidence(about="text", weight=LEAD, says=said)
    if lead >= 0.4:
        return Evidence(about="text", weight=PART, says=said)
    return Evidence(about="text", weight=OTHER_TEXT, says=said) if lead < 0.1 else None


def _figures(one: Article, other: Article) -> Evidence | None:
    """Figures that differ in what else is alike: another day's rates, another toll."""
    first, second = _figures_of(one.headline), _figures_of(other.headline)
    if first != second:
        said = f"the headlines have other figures: {_listed(first ^ second)}"
        return Evidence(about="figures", weight=OTHER_FIGURES, says=said)
    short, long = sorted((_figures_of(_text(one)), _figures_of(_text(other))), key=len)
    if short - long:
        said = f"the texts have other figures: {_listed(short ^ long)}"
        return Evidence(about="figures", weight=OTHER_FIGURES, says=said)
    return None


def _instants(one: Article, other: Article) -> Evidence | None:
    if one.published is None or other.published is None:
        return None
    apart = abs(one.published - other.published)
    if apart <= MINUTE:
        return Evidence(about="instant", weight=INSTANT, says="published at one instant")
    if apart <= HOURS:
        return None
    said = f"published {apart.total_seconds() / 3600:.0f} hours apart"
    return Evidence(about="instant", weight=HOURS_APART if apart <= DAYS else DAYS_APART, says=said)


def _places(one: Article, other: Article) -> Iterator[Evidence]:
    first, second = (each.dateline.place.casefold() if each.dateline else "" for each in (one, other))
    if first and second:
        weight = PLACE if first == second else OTHER_PLACE
        yield Evidence(about="dateline", weight=weight, says="one place" if first == second else "two places")


def _languages(one: Article, other: Article) -> str:
    """How their languages differ; empty where they do not, or where one is not known."""
    first, second = (each.language.partition("-")[0].casefold() for each in (one, other))
    return f"two languages: {first}, {second}" if first and second and first != second else ""


def _links(one: Article, other: Article) -> bool:
    """Whether one names the other's page as its own story in another language."""
    return canonical(other.url) in {canonical(url) for url in one.translations} - {canonical(one.url)}


def _is_distinctive(article: Article) -> bool:
    """Whether an id can name one thing beyond its feed; a page's address names the page already, "123" nothing."""
    return article.guid != article.url and len(article.guid) >= 8 and any(mark.isdigit() for mark in article.guid)


def _is_own(number: str) -> bool:
    return len(number) >= 5 and number.isdigit() and not number.endswith("000") and _DATE.fullmatch(number) is None


def _listed(figures: frozenset[str]) -> str:
    return ", ".join(sorted(figures)[:4])


@lru_cache(maxsize=4096)
def _figures_of(text: str) -> frozenset[str]:
    return frozenset(found.replace(",", ".") for found in _FIGURE.findall(text))


def _text(article: Article) -> str:
    return article.body if article.summary in article.body else f"{article.summary}\n{article.body}"


def _told(article: Article) -> tuple[str, ...]:
    """The words of a text without its headline."""
    return _said(_text(article))


@lru_cache(maxsize=4096)
def _said(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def _share(short: tuple[str, ...], long: tuple[str, ...]) -> float:
    """The part of the one's runs of three words that stands in the other."""
    runs, others = _runs(short), _runs(long)
    return len(runs & others) / len(runs) if runs else 0.0


@lru_cache(maxsize=4096)
def _runs(words: tuple[str, ...]) -> frozenset[tuple[str, ...]]:
    return frozenset(zip(words, words[1:], words[2:], strict=False))


def _vocabulary(article: Article) -> frozenset[str]:
    """The words of weight of a headline and a lead, by their first letters, so that their forms are one."""
    lead = " ".join(_told(article)[:_LEAD])
    return frozenset(_stems(f"{article.headline} {lead}"))


@lru_cache(maxsize=4096)
def _stems(text: str) -> tuple[str, ...]:
    return tuple(word[:5] for word in _said(text) if len(word) > 3)
