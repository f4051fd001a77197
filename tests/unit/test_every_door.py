"""Every address that a stranger's document can name is asked for through the one guard: a picture and its redirect, a
page that is looked at as a crawler would, the picture of its card, its site's rules, and a hub.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from distributor.errors import FetchError, FetchRefused
from distributor.flows.hubs import HubKeeper
from distributor.model import Frame
from distributor.net import Answer, Fetcher
from distributor.sources.crawler import Crawler
from distributor.sources.darkroom import Darkroom
from distributor.text.meta import Meta
from tests.unit.test_net import PUBLIC, REFUSED, TARGETS, Scripted, World, redirect

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
PAGE = "https://news.example/1"


class Wall:
    """Reads no picture, for none may come; a page names the picture that it was told."""

    def __init__(self, image: str = "") -> None:
        self.image = image

    def ask(self, asked: Mapping[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        raise AssertionError(f"{body!r} came, and {asked} was asked of it")

    def look(self, body: bytes, url: str, content_type: str = "") -> Meta:
        assert (body, url, content_type) == (b"page", PAGE, "")
        return Meta(values={"og:image": (self.image,)})


class Book:
    """Remembers nothing but what a hub could not be asked for."""

    def __init__(self) -> None:
        self.errors: list[str] = []

    def get(self, feed: str) -> None:
        return None

    def token(self, feed: str) -> str:
        return f"token of {feed}"

    def secret(self, feed: str) -> str:
        return f"secret of {feed}"

    def asked(self, feed: str, hub: str, topic: str, now: datetime) -> None:
        assert (feed, topic, now) == ("news", PAGE, NOW), hub

    def confirmed(self, feed: str, until: datetime) -> None:
        raise AssertionError(f"{feed} until {until}")

    def denied(self, feed: str, error: str) -> None:
        assert feed == "news"
        self.errors.append(error)


def picture(url: str, fetcher: Fetcher) -> str:
    with pytest.raises(FetchError) as caught:
        Darkroom(fetcher.get, Wall()).develop(url, Frame(most_bytes=1000))
    return str(caught.value)


def measured(url: str, fetcher: Fetcher) -> str:
    with pytest.raises(FetchError) as caught:
        Darkroom(fetcher.get, Wall()).measures(url)
    return str(caught.value)


def page(url: str, fetcher: Fetcher) -> str:
    return Crawler(fetcher.get, Wall(), None).look(url).problem


def card(url: str, fetcher: Fetcher) -> str:
    """The picture that a readable page names; the crawler has no other way to it than the fetcher."""

    class Site:
        def __call__(self, url: str, *, headers: Mapping[str, str], deadline: float) -> Answer:
            if url == PAGE:
                return Answer(status=200, url=PAGE, body=b"page")
            return fetcher.get(url, headers=headers, deadline=deadline)

    return Crawler(Site(), Wall(url), None).look(PAGE).image_problem


def hub(url: str, fetcher: Fetcher) -> str:
    book = Book()
    keeper = HubKeeper(
        "news", book, lambda at, body, fields: fetcher.post(at, body, headers=fields), callback=lambda token: token
    )
    assert keeper.run_once(url, PAGE, NOW)
    return book.errors.pop()


DOORS: Mapping[str, Callable[[str, Fetcher], str]] = {one.__name__: one for one in (picture, measured, page, card, hub)}


@pytest.mark.parametrize("door", DOORS)
def test_no_document_leads_to_a_forbidden_address_by_any_door(door: str) -> None:
    world = World()
    fetcher = world.fetcher()
    forms = [url for url in REFUSED if url]  # an empty one names nothing
    told = {url: DOORS[door](url, fetcher) for url in forms}
    assert len(forms) >= 60
    assert {url: reason for url, reason in told.items() if not reason.startswith("will not contact ")} == {}
    assert (world.connected, world.asked) == ([], [])


@pytest.mark.parametrize("door", DOORS)
def test_a_name_that_leads_into_the_house_is_refused_at_every_door(door: str) -> None:
    world = World({"trap.example": ["10.0.0.1"]})
    assert DOORS[door]("http://trap.example/", world.fetcher()) == "will not contact a private address 10.0.0.1"
    assert (world.connected, world.asked) == ([], ["trap.example"])


@pytest.mark.parametrize("door", [name for name in DOORS if name != "hub"])
def test_no_redirect_leads_a_picture_or_a_page_to_a_forbidden_address(door: str) -> None:
    assert len(TARGETS) >= 60
    for url in TARGETS:
        world = Scripted({"news.example": [PUBLIC]}, redirect(url))
        try:
            reason = DOORS[door]("http://news.example/", world.fetcher())
        finally:
            world.close()
        assert reason.startswith("redirected to "), url
        assert world.connected == [(PUBLIC, 80)], url


def test_a_hub_leads_nowhere_else() -> None:
    world = Scripted({"news.example": [PUBLIC]}, redirect("http://other.example/"))
    try:
        assert hub("http://news.example/", world.fetcher()) == "redirected to http://other.example/"
    finally:
        world.close()
    assert (world.connected, world.asked) == ([(PUBLIC, 80)], ["news.example"])


def test_the_rules_of_a_site_are_asked_for_by_the_same_door() -> None:
    asked: list[str] = []

    def fetch(url: str, *, headers: Mapping[str, str], deadline: float) -> Answer:
        asked.append(url)
        if url == PAGE:
            return Answer(status=200, url=PAGE, body=b"page")
        raise FetchRefused("will not contact a private address 10.0.0.1")

    assert Crawler(fetch, Wall(), None, names=["bot"]).look(PAGE).forbidden == ()
    assert asked == [PAGE, "https://news.example/robots.txt"]
