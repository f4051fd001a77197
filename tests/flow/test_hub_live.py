"""A hub on this machine that does what the standard says: it verifies us, rings with its signature, and ends leases."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest

from distributor.app import open_app
from distributor.config import load
from distributor.drills.loopback import SITE
from distributor.rules.reading.leases import Standing
from distributor.web.opening import open_web
from tests.platforms import Loop, everywhere, until
from tests.support import HandClock

#: how the feed calls itself
TOPIC = f"{SITE}/rss.xml"


def configure(loop: Loop, *changes: tuple[str, str]) -> None:
    """A newsroom whose feed names the hub, and a desk that the hub can reach."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    web = f'\n[web]\nlisten = "127.0.0.1:{port}"\npublic = "http://127.0.0.1:{port}"\n'
    hub = loop.platforms.urls["hub"]
    loop.configure(("allow = [", f'allow = ["{hub.removeprefix("http://")}", '), *changes, more=web)
    loop.platforms.control("site", "config", {"hub": hub})


class Desk:
    """The feed, its hub's keeper and the door at which the hub rings, with a clock that is moved by hand."""

    def __init__(self, loop: Loop) -> None:
        self.platforms, self.clock = loop.platforms, HandClock()
        self.app = open_app(load(loop.config, environ={}, cwd=loop.folder), clock=self.clock, threaded=True)
        self.rung: list[str] = []
        self.ahead = 0.0
        web = open_web(self.app, lambda *_: {}, self.rung.append)
        assert web is not None
        self.web = web
        self.web.start()

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.platforms.advance(seconds)
        self.ahead += seconds

    def read(self) -> bool:
        """Read the feed as the clock does; whether its hub was asked."""
        now, source = self.clock.now(), self.app.sources["news"]
        assert not self.app.ingesters["news"].run_once(now).error
        return self.app.keepers["news"].run_once(source.hub, source.topic, now)  # type: ignore[attr-defined]

    def acts(self) -> list[str]:
        return [line["act"] for line in self.platforms.journal("hub")]

    def push(self) -> int:
        """How many the hub rings."""
        told: int = self.platforms.control("hub", "push", {"topic": TOPIC})["told"]
        return told

    def standing(self) -> Standing:
        known = self.app.store.hubs.get("news")
        assert known is not None
        return known.standing

    def close(self) -> None:
        self.platforms.advance(-self.ahead)
        self.web.close()
        self.app.close()


@pytest.fixture
def desk(loop: Loop) -> Iterator[Desk]:
    configure(loop)
    with closing(Desk(loop)) as opened:
        yield opened


def test_a_feed_is_subscribed_rung_for_and_renewed_before_its_lease_ends(desk: Desk) -> None:
    desk.platforms.control("hub", "config", {"lease": 1000})
    assert desk.read()
    until(lambda: desk.acts() == ["subscribe"])
    known = desk.app.store.hubs.get("news")
    assert known is not None
    assert (known.standing, known.until) == (Standing.ACTIVE, desk.clock.now() + timedelta(seconds=1000))
    assert desk.push() == 1
    until(lambda: desk.rung == ["news"])

    desk.advance(790)
    assert not desk.read()
    desk.advance(20)
    assert desk.read()
    until(lambda: desk.acts() == ["subscribe", "push", "subscribe"])
    desk.advance(700)  # the first lease is long over
    assert desk.push() == 1
    until(lambda: desk.rung == ["news", "news"])
    desk.advance(400)  # and nobody renewed the second
    assert desk.push() == 0


def test_a_dead_hub_costs_no_reading_and_is_asked_again(desk: Desk) -> None:
    desk.platforms.fault("hub", action="html_503", method="POST")
    assert desk.read()
    assert desk.standing() is Standing.FAILED
    assert not desk.read()
    desk.platforms.clear_faults("hub")
    desk.advance(600)
    assert desk.read()
    until(lambda: desk.acts() == ["subscribe"])
    assert desk.standing() is Standing.ACTIVE


def test_a_hub_that_denies_is_told_of_and_asked_again_later(desk: Desk) -> None:
    desk.platforms.control("hub", "config", {"denies": "not today"})
    assert desk.read()
    until(lambda: desk.acts() == ["denied"])
    known = desk.app.store.hubs.get("news")
    assert known is not None
    assert (known.standing, known.until) == (Standing.FAILED, None)
    assert not desk.read()


def test_a_ring_brings_a_story_to_every_channel_an_hour_before_its_feeds_turn(loop: Loop) -> None:
    configure(loop, ('every = "10s"', 'every = "1h"'))
    with loop.daemon():
        until(lambda: loop.platforms.control("hub", "state")["subscribers"])
        urls = loop.publish("The bridge is open")
        assert loop.shown("x") == {}
        loop.platforms.control("hub", "push", {"topic": TOPIC})
        until(lambda: everywhere(loop, urls))
    assert [line["status"] for line in loop.platforms.journal("hub") if line["act"] == "push"] == [202]
