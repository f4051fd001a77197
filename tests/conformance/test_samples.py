"""Captured feeds of real newsrooms, read from where they lie: nothing lost, nothing invented."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from distributor.sources.feedparse import parse_document
from distributor.sources.guard import Guard
from distributor.sources.parsed import Parsed, Reading

pytestmark = pytest.mark.conformance

#: items in the file, items with a picture, items with a byline, items with a language
COUNTS = {
    "allafrica.xml": (32, 0, 8, 32),
    "bbc-news.xml": (33, 33, 0, 33),
    "dawn-world.xml": (30, 30, 30, 30),
    "deutsche-welle.rdf.xml": (141, 0, 0, 141),
    "el-pais-english.xml": (56, 56, 56, 56),
    "japan-today-world.xml": (30, 0, 0, 0),
    "mercopress.xml": (10, 10, 0, 10),
    "npr-world.xml": (10, 4, 10, 10),
}


def folder() -> Path:
    found = os.environ.get("DISTRIBUTOR_CONFORMANCE")
    if not found:
        pytest.skip("DISTRIBUTOR_CONFORMANCE is not set")
    samples = Path(found).parent / "samples" / "feeds"
    if not samples.is_dir():
        pytest.skip("the captured feeds are not beside the conformance data")
    return samples


def parsed(name: str) -> Parsed:
    return parse_document(
        (folder() / name).read_bytes(), "https://feeds.example/rss", "text/xml", Reading(feed="sample")
    )


def test_every_captured_feed_has_its_expectation() -> None:
    assert {path.name for path in folder().iterdir()} == set(COUNTS)


@pytest.mark.parametrize("name", sorted(COUNTS))
def test_nothing_of_a_real_feed_is_lost(name: str) -> None:
    found = parsed(name)
    articles = found.articles
    pictures = sum(article.image is not None for article in articles)
    bylines = sum(bool(article.byline) for article in articles)
    languages = sum(bool(article.language) for article in articles)
    assert (len(articles), pictures, bylines, languages) == COUNTS[name]
    assert found.warnings == ()
    raw = (folder() / name).read_text(encoding="utf-8")
    assert raw.count("<item>") + raw.count("<item ") == len(articles)


@pytest.mark.parametrize("name", sorted(COUNTS))
def test_every_item_has_a_plain_headline_a_web_link_and_a_time(name: str) -> None:
    articles = parsed(name).articles
    for article in articles:
        assert article.headline.strip() == article.headline != ""
        assert not any(mark in article.headline for mark in ("<", ">", "&amp;", "&#", "&quot;", "\n", "\ufffd"))
        assert article.url.startswith("https://")
        assert " " not in article.url
        assert article.published is not None
        # the files are of 18 February 2026; the oldest item is an evergreen of 2021
        assert datetime(2021, 11, 1, tzinfo=UTC) < article.published < datetime(2026, 2, 19, tzinfo=UTC)
        assert article.summary or article.body
        assert "<p" not in article.summary + article.body
        assert "&amp;" not in article.summary + article.body
        assert article.image is None or article.image.url.startswith("https://")
    assert len({article.guid for article in articles}) == len(articles)


@pytest.mark.parametrize("name", sorted(COUNTS))
def test_a_second_reading_and_a_guarded_one_are_equal(name: str) -> None:
    assert parsed(name) == parsed(name)
    guard = Guard(seconds=10)
    try:
        body = (folder() / name).read_bytes()
        assert guard.parse(body, "https://feeds.example/rss", "text/xml", Reading(feed="sample")) == parsed(name)
    finally:
        guard.close()
