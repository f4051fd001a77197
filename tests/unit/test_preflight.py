"""Whether a story's page is ready for its card, and what its post does until it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from distributor.errors import FetchError, ParseError
from distributor.model import ChannelPolicy, Looked, PageFacts, Preflight
from distributor.net import Answer
from distributor.rules.queue.holds import hold_of, may_release, may_skip_queue
from distributor.rules.queue.preflight import (
    FRESH,
    GATE,
    LATER,
    SOON,
    is_fresh,
    missing,
    pause,
    verdict,
    waits_for_nothing,
    was_let_go,
)
from distributor.sources.crawler import Crawler
from distributor.text.head import page_meta
from distributor.text.meta import Meta
from tests.support import NOON
from tests.unit.test_picture_waits import ROW

URL = "https://news.example.org/politics/story-1/"
WHOLE = PageFacts(
    title="Rain",
    card="summary_large_image",
    canonical=URL,
    image="https://news.example.org/1.jpg",
    width=1200,
    height=630,
)


def known(facts: PageFacts = WHOLE, looks: int = 1, first: timedelta = timedelta(0)) -> Looked:
    return Looked(facts=facts, first_at=NOON - first, at=NOON, looks=looks)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"problem": "answered 404"}, "cannot be read: answered 404"),
        ({"title": ""}, "no og:title"),
        ({"canonical": "https://news.example.org/"}, "canonical address is another page"),
        ({"forbidden": ("Twitterbot",)}, "robots.txt keeps Twitterbot away"),
        ({"image": ""}, "no og:image"),
        ({"image_problem": "answered 404"}, "picture of its card: answered 404"),
        ({"width": 299}, "too small (299 x 630"),
        ({"height": 156}, "too small (1200 x 156"),
        ({"card": "summary", "width": 143}, "too small (143 x 630"),
    ],
)
def test_what_a_page_lacks_is_said_in_words(change: dict[str, object], words: str) -> None:
    (lack,) = missing(replace(WHOLE, **change), URL, crawler="Twitterbot")  # type: ignore[arg-type]
    assert words in lack


def test_a_page_that_has_all_lacks_nothing() -> None:
    for facts in (
        WHOLE,
        replace(WHOLE, canonical=""),
        replace(WHOLE, canonical=f"{URL}?utm_source=feed"),
        replace(WHOLE, width=0, height=0),
        replace(WHOLE, card="summary", width=144, height=144),
        replace(WHOLE, forbidden=("OtherBot",)),
    ):
        assert not missing(facts, URL, crawler="Twitterbot")
    assert not missing(replace(WHOLE, image=""), URL, shows_picture=True)


def test_a_page_is_looked_at_again_ever_more_rarely() -> None:
    assert [pause(looks) for looks in (1, 2, 3, 4, 50)] == [SOON, 2 * SOON, 4 * SOON, LATER, LATER]
    assert is_fresh(known(), URL, NOON + FRESH - timedelta(seconds=1))
    assert not is_fresh(known(), URL, NOON + FRESH)
    for facts in (PageFacts(problem="answered 404"), replace(WHOLE, forbidden=("Twitterbot",))):
        assert is_fresh(known(facts), URL, NOON)
        assert not is_fresh(known(facts), URL, NOON + SOON)
    assert not is_fresh(known(), "https://news.example.org/other/", NOON + SOON)


def test_a_post_waits_for_its_page_and_then_leaves_or_is_held_as_wanted() -> None:
    for wish in (Preflight.WARN, Preflight.HOLD):
        policy = ChannelPolicy(preflight=wish, preflight_wait=timedelta(minutes=1))
        assert verdict((), known(), policy, NOON) is None
        wait = verdict(("the page has no og:image",), known(), policy, NOON)
        assert wait is not None
        assert (wait.by, wait.until) == (GATE, NOON + SOON)
        assert "no og:image" in wait.reason
        late = verdict(("x",), known(looks=9, first=timedelta(seconds=50)), policy, NOON)
        assert late is not None
        assert late.until == NOON + timedelta(seconds=10), "its last look is at the end of its patience"
        over = verdict(("x",), known(first=timedelta(minutes=1)), policy, NOON)
        assert (over is None) is (wish is Preflight.WARN)
        assert over is None or over.until is None


def test_a_flash_and_what_may_have_left_are_not_looked_at() -> None:
    assert waits_for_nothing(replace(ROW, priority=1))
    assert waits_for_nothing(replace(ROW, doubts=1))
    assert not waits_for_nothing(ROW)


def test_what_somebody_let_go_is_told_from_what_the_clock_let_go() -> None:
    assert was_let_go(None, NOON)
    assert was_let_go(NOON + SOON, NOON)
    assert not was_let_go(NOON, NOON)
    assert hold_of(GATE).by_clock
    assert may_skip_queue(GATE)
    assert may_release(GATE, named=True)


# -- the crawler -------------------------------------------------------------------------------------------------------

PAGE = b"""<html><head><title>Rain</title><link rel=canonical href="/politics/story-1/">
<meta property=og:image content="/1.jpg"><meta property=og:image:alt content="A street in the rain">
<meta name=twitter:card content=summary_large_image></head></html>"""


class Site:
    """Documents by address; what was asked for is remembered."""

    def __init__(self, **more: bytes | Exception) -> None:
        base = "https://news.example.org"
        self.documents: dict[str, bytes | Exception] = {URL: PAGE, f"{base}/1.jpg": b"jpg"}
        self.documents |= {f"{base}/{name}": found for name, found in more.items()}
        self.asked: list[str] = []

    def __call__(self, url: str, *, headers: Mapping[str, str], deadline: float) -> Answer:
        assert headers["accept"]
        assert deadline > 0
        self.asked.append(url)
        found = self.documents.get(url, FetchError("answered 404", status=404))
        if isinstance(found, Exception):
            raise found
        return Answer(status=200, url=url, body=found)


class Plain:
    """Reads a page in this process."""

    def look(self, body: bytes, url: str, content_type: str = "") -> Meta:
        if not body:
            raise ParseError("an empty document")
        return page_meta(body, url, content_type)


NAMES = ("Twitterbot", "", "TelegramBot")


def test_a_page_is_seen_as_a_crawler_sees_it() -> None:
    rules = b"User-agent: Twitterbot\nDisallow: /politics/\n"
    site = Site(**{"robots.txt": rules})
    crawler = Crawler(site, Plain(), lambda _: (1200, 630), names=NAMES)
    assert crawler.look(URL) == replace(WHOLE, image_alt="A street in the rain", forbidden=("Twitterbot",))
    crawler.look(URL)
    assert [url.rpartition("/")[2] for url in site.asked].count("robots.txt") == 1


def test_without_rules_nothing_is_forbidden_and_without_measures_a_picture_is_fetched() -> None:
    site = Site()
    facts = Crawler(site, Plain(), None, names=NAMES).look(URL)
    assert (facts.forbidden, facts.width, facts.image_problem) == ((), 0, "")
    assert "https://news.example.org/1.jpg" in site.asked


def test_whatever_cannot_be_had_is_a_fact() -> None:
    lost = Site(**{"1.jpg": FetchError("answered 404", status=404)})
    assert Crawler(lost, Plain(), None).look(URL).image_problem == "answered 404"
    assert Crawler(Site(), Plain(), None).look("https://news.example.org/gone").problem == "answered 404"
    site = Site()
    site.documents[URL] = b""
    assert "empty" in Crawler(site, Plain(), None).look(URL).problem
    site.documents[URL] = b"<title>Rain</title>"
    bare = Crawler(site, Plain(), None).look(URL)
    assert bare == PageFacts(title="Rain")
