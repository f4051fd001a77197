"""Captured feeds of real newsrooms, read from where they lie: nothing lost, nothing invented."""

from __future__ import annotations

import html
import os
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest

from distributor.sources import readers
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
#: by hand, from the files: when the first and the last item were published (UTC), and how the first one's address ends
CHECKED = {
    "allafrica.xml": ("2026-02-17T14:12:06", "2026-02-17T14:56:07", "/stories/202602170434.html"),
    "bbc-news.xml": ("2026-02-17T18:55:33", "2026-02-14T06:00:21", "?at_medium=RSS&at_campaign=rss"),
    "dawn-world.xml": ("2026-02-17T15:01:20", "2026-02-16T03:08:09", "-after-tougher-content-rules"),
    "deutsche-welle.rdf.xml": ("2026-02-18T00:15:00", "2026-01-20T10:31:00", "/a-75995188?maca=en-rss-en-all-1573-rdf"),
    "el-pais-english.xml": ("2026-02-17T08:53:24", "2025-10-24T13:02:50", "-on-a-long-legal-saga.html"),
    "japan-today-world.xml": ("2026-02-18T01:58:03", "2026-02-15T21:36:59", "-reported-in-california-mountains"),
    "mercopress.xml": ("2026-02-18T03:12:00", "2026-02-16T17:11:00", "&utm_campaign=rss"),
    "npr-world.xml": ("2026-02-17T18:56:24", "2026-02-17T07:01:58", "-alleged-secret-chinese-nuclear-test"),
}
#: by hand, too: how many characters the first and the last headline have, and a word of each
HEADLINES = {
    "allafrica.xml": (
        (88, "Ebola"),
        (67, "Journalist"),
    ),  # ebola; a journalist in Nigeria
    "bbc-news.xml": ((49, "Jackson"), (59, "Pelicot")),  # the death of Jesse Jackson; an interview of Gisèle Pelicot
    "dawn-world.xml": ((84, "constitution"), (53, "rapporteur")),  # India and the platforms; a rapporteur of the UN
    "deutsche-welle.rdf.xml": ((50, "arrests"), (74, "algae")),  # nine arrests in France; algae in the Arctic
    "el-pais-english.xml": ((64, "Cubans"), (77, "NBA")),  # Cubans in the US; the mafia and basketball
    "japan-today-world.xml": ((80, "skiers"), (75, "submarine")),  # skiers under an avalanche; submarines for Australia
    "mercopress.xml": (
        (99, "oceanographic"),
        (96, "strike"),
    ),  # a research ship; a general strike
    "npr-world.xml": ((64, "nuclear"), (63, "Iran")),  # a nuclear test of China; talks of the US and Iran
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


@pytest.mark.parametrize("name", sorted(CHECKED))
def test_the_first_and_the_last_item_are_as_somebody_read_them(name: str) -> None:
    articles = parsed(name).articles
    first, last, ending = CHECKED[name]
    instants = [article.published for article in (articles[0], articles[-1])]
    assert [each and each.astimezone(UTC).isoformat()[:19] for each in instants] == [first, last]
    assert articles[0].url.endswith(ending)
    for article, (length, word) in zip((articles[0], articles[-1]), HEADLINES[name], strict=True):
        assert (len(article.headline), word in article.headline) == (length, True)


@pytest.mark.parametrize("name", sorted(CHECKED))
def test_every_headline_address_and_instant_is_that_of_the_file_read_by_other_means(name: str) -> None:
    raw = (folder() / name).read_text(encoding="utf-8")
    items = [item for item in ElementTree.fromstring(raw).iter() if item.tag.rpartition("}")[2] == "item"]
    told = [{child.tag.rpartition("}")[2]: (child.text or "").strip() for child in item} for item in items]
    articles = parsed(name).articles
    for one, article in zip(told, articles, strict=True):
        # one headline holds zero-width spaces, which no reader sees and no counter of characters should
        assert " ".join(html.unescape(one["title"]).replace("\u200b", "").split()) == article.headline
        assert one["link"] == article.url
        written = one.get("pubDate") or one["date"]
        instant = datetime.fromisoformat(written) if written[:2] == "20" else parsedate_to_datetime(written)
        assert instant == article.published


@pytest.mark.parametrize("name", sorted(CHECKED))
def test_the_kind_of_a_sample_is_detected(name: str) -> None:
    body = (folder() / name).read_bytes()
    assert readers.parse(body, "https://feeds.example/rss", "", Reading(feed="sample", kind="auto")) == parsed(name)
