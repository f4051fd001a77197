"""Captured feeds of real newsrooms, read again in every disguise: no story is ever posted twice."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from distributor.model import Article, ChangeKind
from tests.conformance.test_samples import COUNTS, parsed
from tests.flow.test_flows import Newsroom

pytestmark = pytest.mark.conformance


def _shuffled(articles: Sequence[Article]) -> Sequence[Article]:
    return random.Random(1).sample(list(articles), len(articles))


def _edited(articles: Sequence[Article]) -> Sequence[Article]:
    first, *rest = articles
    return [replace(first, headline=f"{first.headline}, officials say"), *rest]


def _ids(articles: Sequence[Article]) -> Sequence[Article]:
    return [replace(one, guid=f"urn:new:{number}") for number, one in enumerate(articles)]


def _slugs(articles: Sequence[Article]) -> Sequence[Article]:
    """Every address anew, ids as they were."""
    return [replace(one, url=f"https://moved.example/{number}/a-new-slug") for number, one in enumerate(articles)]


def _plain(articles: Sequence[Article]) -> Sequence[Article]:
    """What was https is http, also in ids that are addresses."""
    return [
        replace(one, url=one.url.replace("https:", "http:"), guid=one.guid.replace("https:", "http:"))
        for one in articles
    ]


def _section(articles: Sequence[Article]) -> Sequence[Article]:
    return [replace(one, feed="second", categories=("Second",)) for one in articles]


DISGUISES: tuple[Callable[[Sequence[Article]], Sequence[Article]], ...] = (
    list,
    _shuffled,
    _edited,
    _ids,
    _slugs,
    _plain,
    _section,
)


def host(article: Article) -> str:
    return article.url.split("/")[2]


def _names(articles: Sequence[Article]) -> Sequence[Article]:
    """Address and id at once: known by the words alone, on its own site."""
    return [
        replace(one, url=f"https://{host(one)}/anew/{number}", guid=f"anew:{number}")
        for number, one in enumerate(articles)
    ]


@pytest.mark.parametrize("name", sorted(COUNTS))
def test_a_real_feed_in_every_disguise_brings_no_story_twice(name: str, tmp_path: Path) -> None:
    room = Newsroom(tmp_path)
    try:
        articles = [replace(one, feed="politics") for one in parsed(name).articles]
        first = room.read(articles)
        posts = len(room.store.deliveries.list(limit=1000))
        # a captured feed may hold a story twice, in two editions of one page
        assert posts == len(first.changes) <= len(articles)
        for disguise in DISGUISES:
            told = disguise(articles)
            kinds = Counter(change.kind for change in room.read(told).changes)
            assert kinds[ChangeKind.NEW] == 0, disguise.__name__
            assert len(room.store.deliveries.list(limit=1000)) == posts
    finally:
        room.store.close()


@pytest.mark.parametrize("name", sorted(COUNTS))
def test_a_real_feed_that_changes_every_address_and_id_at_once_is_known_by_its_words(name: str, tmp_path: Path) -> None:
    room = Newsroom(tmp_path)
    try:
        articles = [replace(one, feed="politics") for one in parsed(name).articles]
        room.read(articles)
        kinds = Counter(change.kind for change in room.read(_names(articles)).changes)
        assert kinds[ChangeKind.NEW] == 0
    finally:
        room.store.close()
