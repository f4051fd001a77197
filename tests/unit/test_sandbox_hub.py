"""The loopback hub: it believes nobody unasked, signs what it tells, and forgets whoever does not renew."""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from distributor.sandbox.client import Running, SandboxError, start
from tests.platforms import until

TOPIC = "http://127.0.0.1:9/feed"


class Subscriber(BaseHTTPRequestHandler):
    """Gives challenges back unless its path says no, and keeps what it is pushed."""

    asked: list[dict[str, str]]
    pushed: list[tuple[dict[str, str], bytes]]

    def do_GET(self) -> None:
        fields = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        self.asked.append(fields)
        self.send_response(404 if self.path.startswith("/no") else 200)
        self.end_headers()
        self.wfile.write(fields.get("hub.challenge", "").encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.pushed.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(202)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        return


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with start(tmp_path_factory.mktemp("hub"), only=["hub"]) as running:
        yield running


@pytest.fixture
def hub(server: Running) -> Running:
    server.reset("hub")
    server.clear_faults("hub")
    return server


@pytest.fixture
def subscriber() -> Iterator[Any]:
    handler = type("OneSubscriber", (Subscriber,), {"asked": [], "pushed": []})
    listening = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
    thread.start()
    handler.url = f"http://127.0.0.1:{listening.server_address[1]}"  # type: ignore[attr-defined]
    yield handler
    listening.shutdown()
    listening.server_close()
    thread.join()


def ask(hub: Running, method: str = "POST", **fields: str) -> int:
    connection = HTTPConnection(hub.urls["hub"].removeprefix("http://"), timeout=10)
    connection.request(method, "/", urlencode({f"hub.{name}": value for name, value in fields.items()}))
    status = connection.getresponse().status
    connection.close()
    return status


def subscribe(hub: Running, callback: str, **fields: str) -> None:
    before = len(hub.journal("hub"))
    asked = {"mode": "subscribe", "topic": TOPIC, "callback": callback, "secret": "s3cret"} | fields
    assert ask(hub, **asked) == 202
    until(lambda: len(hub.journal("hub")) > before)


def push(hub: Running, body: str = "") -> int:
    told: int = hub.control("hub", "push", {"topic": TOPIC, "body": body})["told"]
    return told


def test_who_gives_the_challenge_back_is_told_of_news_with_a_signature(hub: Running, subscriber: Any) -> None:
    subscribe(hub, f"{subscriber.url}/a?x=1", lease_seconds="600")
    (asked,) = subscriber.asked
    assert (asked["hub.mode"], asked["hub.topic"], asked["hub.lease_seconds"]) == ("subscribe", TOPIC, "600")
    (one,) = hub.control("hub", "state")["subscribers"]
    assert (one["topic"], one["callback"]) == (TOPIC, f"{subscriber.url}/a?x=1")
    assert push(hub, "<rss/>") == 1
    until(lambda: subscriber.pushed)
    fields, body = subscriber.pushed[0]
    assert body == b"<rss/>"
    assert fields["x-hub-signature"] == "sha256=" + hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
    assert "s3cret" not in (hub.state / "hub.jsonl").read_text("utf-8")


def test_a_publisher_can_ring_too_and_who_leaves_is_told_nothing(hub: Running, subscriber: Any) -> None:
    subscribe(hub, subscriber.url, secret="")
    assert ask(hub, mode="publish", url=TOPIC) == 202
    until(lambda: subscriber.pushed)
    assert "x-hub-signature" not in subscriber.pushed[0][0]
    subscribe(hub, subscriber.url, mode="unsubscribe")
    assert push(hub) == 0


def test_who_did_not_ask_for_it_is_not_subscribed(hub: Running, subscriber: Any) -> None:
    subscribe(hub, f"{subscriber.url}/no")
    assert [(line["act"], line["status"]) for line in hub.journal("hub")] == [("unverified", 404)]
    subscribe(hub, "http://127.0.0.1:9/nobody")
    assert [(line["act"], line["status"]) for line in hub.journal("hub")][1:] == [("unverified", 0)]
    assert push(hub) == 0


def test_a_lease_ends_and_no_lease_is_longer_than_the_hub_gives(hub: Running, subscriber: Any) -> None:
    hub.control("hub", "config", {"lease": 300})
    subscribe(hub, subscriber.url, lease_seconds="864000")
    assert subscriber.asked[0]["hub.lease_seconds"] == "300"
    hub.advance(299)
    assert push(hub) == 1
    hub.advance(2)
    assert push(hub) == 0
    assert hub.control("hub", "state") == {"subscribers": []}


def test_a_hub_that_denies_says_why(hub: Running, subscriber: Any) -> None:
    hub.control("hub", "config", {"denies": "not today"})
    subscribe(hub, subscriber.url)
    assert (subscriber.asked[0]["hub.mode"], subscriber.asked[0]["hub.reason"]) == ("denied", "not today")
    assert push(hub) == 0


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"mode": "shout"},
        {"mode": "publish"},
        {"mode": "subscribe", "callback": "http://127.0.0.1:9/"},
        {"mode": "subscribe", "topic": TOPIC, "callback": "http://198.51.100.1/"},
        {"mode": "subscribe", "topic": TOPIC, "callback": "file:///etc/passwd"},
        {"mode": "subscribe", "topic": TOPIC, "callback": "http://127.0.0.1:9/", "secret": "x" * 200},
        {"mode": "subscribe", "topic": TOPIC, "callback": "http://127.0.0.1:9/", "lease_seconds": "soon"},
    ],
)
def test_what_is_not_asked_properly_is_refused(hub: Running, fields: dict[str, str]) -> None:
    assert ask(hub, **fields) == 400


def test_only_a_post_is_a_question_and_unknown_commands_are_refused(hub: Running) -> None:
    assert ask(hub, "PUT", mode="publish", url=TOPIC) == 405
    for verb, payload in (("config", {"colour": "red"}), ("sing", {})):
        with pytest.raises(SandboxError):
            hub.control("hub", verb, payload)
