"""Subscriptions at hubs: asked for, verified, renewed, refused; a push means "read it now", and nothing more."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from urllib.parse import parse_qs

import pytest
from starlette.testclient import TestClient

from distributor.errors import FetchError
from distributor.flows.hubs import HubKeeper
from distributor.rules.reading.leases import LEASE, Standing
from distributor.store.opening import open_store
from distributor.web.site import make_site
from distributor.web.websub import HubDoor
from tests.support import HandClock

HUB, TOPIC = "https://hub.example.org/", "https://news.example.org/feed"


class Hub:
    """A hub that takes what it is asked, or does not answer."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.error: FetchError | None = None
        self.meanwhile: Callable[[], object] = lambda: None

    def __call__(self, url: str, body: bytes, headers: dict[str, str]) -> None:
        assert (url, headers["content-type"]) == (HUB, "application/x-www-form-urlencoded")
        self.asked.append({name: values[0] for name, values in parse_qs(body.decode()).items()})
        self.meanwhile()
        if self.error:
            raise self.error


@pytest.fixture
def desk(tmp_path):
    with closing(open_store(tmp_path / "state", threaded=False)) as store:
        yield Desk(store)


class Desk:
    def __init__(self, store) -> None:
        self.book, self.clock, self.hub = store.hubs, HandClock(), Hub()
        self.read: list[str] = []
        self.keeper = HubKeeper(
            "news", self.book, self.hub, callback=lambda token: f"https://desk.example.org/hub/{token}"
        )
        door = HubDoor(self.book, self.read.append, self.clock.now)
        self.client = TestClient(make_site(door.routes))
        self.path = f"/hub/{self.book.token('news')}"

    def ask(self) -> bool:
        return self.keeper.run_once(HUB, TOPIC, self.clock.now())

    def verify(self, **fields: str):
        asked = {"mode": "subscribe", "topic": TOPIC, "challenge": "c<b>", "lease_seconds": "86400"} | fields
        return self.client.get(self.path, params={f"hub.{name}": value for name, value in asked.items()})

    def push(self, *, secret: str = "", body: bytes = b"<rss/>"):
        digest = hmac.new((secret or self.book.secret("news")).encode(), body, hashlib.sha256).hexdigest()
        return self.client.post(self.path, content=body, headers={"x-hub-signature": f"sha256={digest}"})


def test_a_subscription_is_asked_for_verified_and_renewed_before_its_end(desk):
    assert desk.ask()
    (asked,) = desk.hub.asked
    assert asked["hub.mode"] == "subscribe"
    assert asked["hub.topic"] == TOPIC
    assert asked["hub.callback"] == f"https://desk.example.org{desk.path}"
    assert asked["hub.lease_seconds"] == str(int(LEASE.total_seconds()))
    assert not desk.ask()
    answer = desk.verify()
    assert (answer.status_code, answer.text) == (200, "c<b>")
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["x-content-type-options"] == "nosniff"
    known = desk.book.get("news")
    assert (known.standing, known.until) == (Standing.ACTIVE, desk.clock.now() + timedelta(days=1))
    desk.clock.advance(0.7 * 86400)
    assert not desk.ask()
    desk.clock.advance(0.1 * 86400)
    assert desk.ask()
    assert desk.book.get("news").until is not None  # the old lease runs until the new one is verified
    assert desk.push().status_code == 202
    assert desk.read == ["news"]


def test_a_hub_that_verifies_while_it_is_being_asked_is_answered(desk):
    answers = []
    desk.hub.meanwhile = lambda: answers.append(desk.verify().status_code)
    assert desk.ask()
    assert answers == [200]
    assert desk.book.get("news").standing is Standing.ACTIVE


def test_only_what_was_asked_for_is_verified(desk):
    assert desk.verify().status_code == 404
    desk.ask()
    assert desk.verify(topic="https://evil.example.org/feed").status_code == 404
    assert desk.verify(mode="unsubscribe").status_code == 404
    assert desk.verify(challenge="").status_code == 404
    desk.path = "/hub/another-token"
    assert desk.verify().status_code == 404
    assert desk.book.get("news").standing is Standing.ASKED


def test_a_push_is_heeded_only_with_the_hubs_signature(desk):
    desk.ask()
    desk.verify()
    assert desk.push(secret="somebody else's").status_code == 202
    assert desk.client.post(desk.path, content=b"news").status_code == 202
    assert desk.read == []
    assert desk.client.post("/hub/another-token", content=b"news").status_code == 404
    assert desk.push().status_code == 202
    assert desk.read == ["news"]


def test_a_hub_that_refuses_or_is_down_is_asked_again_later_and_more_and_more_seldom(desk):
    desk.hub.error = FetchError("answered 503", status=503)
    assert desk.ask()
    assert desk.book.get("news").failures == 1
    desk.clock.advance(599)
    assert not desk.ask()
    desk.clock.advance(1)
    desk.hub.error = None
    assert desk.ask()
    assert desk.verify(mode="denied", reason="not today").status_code == 200
    known = desk.book.get("news")
    assert (known.standing, known.failures) == (Standing.FAILED, 2)
    assert desk.verify(mode="denied").status_code == 200


def test_a_feed_without_a_hub_asks_nobody(desk):
    assert not desk.keeper.run_once("", "", desk.clock.now())
    assert desk.hub.asked == []


def test_a_document_that_has_not_changed_since_the_program_began_still_renews_its_lease(desk):
    desk.ask()
    desk.verify()
    assert not desk.keeper.run_once("", "", desk.clock.now())
    desk.clock.advance(0.8 * 86400)
    assert desk.keeper.run_once("", "", desk.clock.now())
    assert [asked["hub.topic"] for asked in desk.hub.asked] == [TOPIC, TOPIC]


def test_another_hub_begins_a_new_lease(desk):
    desk.ask()
    desk.verify()
    desk.clock.advance(1)
    assert desk.keeper.run_once(HUB, TOPIC + "2", desk.clock.now())
    assert desk.book.get("news").until is None


def test_secrets_and_tokens_are_the_stores_own_and_stand_in_no_table(desk, tmp_path):
    desk.ask()
    assert len({desk.book.token("news"), desk.book.secret("news"), desk.book.token("other")}) == 3
    raw = (tmp_path / "state" / "distributor.sqlite3").read_bytes()
    assert desk.book.secret("news").encode() not in raw


def test_the_id_of_a_pushed_message_is_known_for_an_hour(desk):
    now = desk.clock.now()
    desk.book.pushed("cms", "push_1", now)
    desk.book.pushed("cms", "push_1", now)
    assert desk.book.was_pushed("cms", "push_1")
    assert not desk.book.was_pushed("other", "push_1")
    desk.book.pushed("cms", "push_2", now + timedelta(hours=2))
    assert not desk.book.was_pushed("cms", "push_1")
