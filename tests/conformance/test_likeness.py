"""Headlines of real newsrooms, read from where they lie: each is itself, and no two stories are taken for one."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import pytest

from distributor.model import Article
from distributor.rules.story.likeness import EVIDENCE, by_words
from distributor.sources.feedparse import parse_document
from distributor.sources.parsed import Reading

pytestmark = pytest.mark.conformance

#: two newsrooms (or two pages of one) that tell the same event: the feed and the place of each story in it
ONE_EVENT = {
    frozenset({"dawn-world 27", "japan-today-world 21"}),
    frozenset({"japan-today-world 10", "npr-world 8"}),
}


@pytest.fixture(scope="module")
def articles() -> dict[str, Article]:
    found = os.environ.get("DISTRIBUTOR_CONFORMANCE")
    samples = Path(found or ".").parent / "samples" / "feeds"
    if not found or not samples.is_dir():
        pytest.skip("the captured feeds are not beside the conformance data")
    told: dict[str, Article] = {}
    for path in sorted(samples.iterdir()):
        parsed = parse_document(path.read_bytes(), "https://feeds.example/rss", "text/xml", Reading(feed="sample"))
        name = path.name.partition(".")[0]
        told |= {f"{name} {place}": article for place, article in enumerate(parsed.articles)}
    return told


def test_every_headline_with_enough_words_is_alike_itself_in_capitals_too(articles: dict[str, Article]) -> None:
    unlike = [
        article.headline
        for article in articles.values()
        for post in (article.headline, article.headline.upper(), f"{article.headline}\n\n{article.summary}")
        if not by_words(post, article.headline, article.summary, article.body).is_same
    ]
    assert all(sum(len(word) > 3 for word in headline.split()) < EVIDENCE for headline in unlike), unlike


def test_no_headline_is_taken_for_another_story(articles: dict[str, Article]) -> None:
    confused = {
        frozenset((one, other))
        for (one, post), (other, story) in itertools.permutations(articles.items(), 2)
        if by_words(post.headline, story.headline, story.summary, story.body).is_same
    }
    assert confused == ONE_EVENT
