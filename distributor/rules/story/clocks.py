"""Dates that lie ahead: one story's is when it may leave, many stories' are a clock or a zone that is wrong. Must not
guess what the right date would be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from distributor.model import Article
from distributor.rules.story.identity import Known, keys, story_of

#: Clocks of two machines differ by so much, and it means nothing.
DRIFT = timedelta(minutes=10)
#: A wrong zone is never further away than this.
FARTHEST = timedelta(hours=14)
#: So many stories of a document do not lie ahead together unless its clock does.
MANY = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoned:
    """The articles of a document, with the dates that can be believed."""

    articles: Sequence[Article]
    #: what is wrong with the feed's clock, in words; empty: nothing
    wrong: str = ""
    #: the ids of the articles whose own date is still to come
    ahead: frozenset[str] = frozenset()


def reckoned(articles: Sequence[Article], now: datetime) -> Reckoned:
    """The articles with their dates judged. Where the clock is wrong, the dates ahead are not used at all: when a story
    was first seen is known, when it was published is not.

    What was last changed before the date of its publication was meant for later, and what is under embargo as well.
    """
    ahead = [one for one in articles if one.published is not None and one.published - now > DRIFT]
    strange = [one for one in ahead if not _is_meant(one, now)]
    if len(strange) < MANY:
        return Reckoned(articles=articles, ahead=frozenset(one.guid for one in ahead))
    slips = frozenset(one.guid for one in strange)
    told = [replace(one, published=None, updated=None) if one.guid in slips else one for one in articles]
    meant = frozenset(one.guid for one in ahead) - slips
    return Reckoned(articles=told, wrong=_complaint(strange, len(articles), now), ahead=meant)


def held_until_dated(articles: Sequence[Article], ahead: frozenset[str], known: Mapping[str, Known]) -> list[Article]:
    """The articles, those under embargo until their own date that have it before them and were never let go.

    A date that moves ahead under a story that is known and free is a slip of its site's, and takes nothing back.
    """
    return [_until_dated(one) if one.guid in ahead and _may_wait(one, known) else one for one in articles]


def _may_wait(article: Article, known: Mapping[str, Known]) -> bool:
    story = story_of(keys(article), known)
    return story is None or story.is_embargoed


def _until_dated(article: Article) -> Article:
    assert article.published is not None
    return replace(article, embargoed=max(article.published, article.embargoed or article.published))


def _is_meant(article: Article, now: datetime) -> bool:
    """Whether a date ahead is no slip: an embargo says so, a change before it does, or it lies beyond every zone."""
    assert article.published is not None
    is_planned = article.updated is not None and article.updated <= now + DRIFT
    return article.embargoed is not None or is_planned or article.published - now > FARTHEST


def _complaint(strange: Sequence[Article], count: int, now: datetime) -> str:
    """What is wrong, with the zone that would explain it where one does: the next half hour above all of them."""
    farthest = max(one.published - now for one in strange if one.published is not None)
    halves = -(-int((farthest - DRIFT).total_seconds()) // 1800)
    said = f"{len(strange)} of {count} stories are dated up to {_said(farthest)} ahead"
    return f"{said}, as by a zone that is {halves / 2:g} h wrong"


def _said(span: timedelta) -> str:
    hours, minutes = divmod(int(span.total_seconds()) // 60, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
