"""The loopback webhook receiver: what it believes, what it shows, and what it shows only once."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from http.client import HTTPConnection
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from distributor.sandbox.accounts import HOOKS_SECRET
from distributor.sandbox.client import Running, SandboxError, start
from distributor.sandbox.hooks import signature
from distributor.sandbox.text import addresses

BODY = json.dumps({"headline": "A story", "url": "https://news.example/a"}).encode()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with start(tmp_path_factory.mktemp("hooks"), only=["hooks"]) as running:
        yield running


@pytest.fixture
def hooks(server: Running) -> Running:
    server.reset("hooks")
    return server


def now(running: Running) -> int:
    return int(datetime.fromisoformat(running.control("hooks", "clock")["now"]).timestamp())


def post(
    running: Running,
    hook_id: str = "msg_1",
    *,
    secret: str = HOOKS_SECRET,
    age: int = 0,
    body: bytes = BODY,
    headers: Mapping[str, str] | None = None,
) -> int:
    stamp = str(now(running) - age)
    sent = {"webhook-id": hook_id, "webhook-timestamp": stamp, "Content-Type": "application/json"}
    sent["webhook-signature"] = signature(secret, hook_id, stamp, body)
    sent |= headers or {}
    connection = HTTPConnection(running.urls["hooks"].removeprefix("http://"), timeout=5)
    try:
        connection.request("POST", "/desk", body, {key: value for key, value in sent.items() if value})
        response = connection.getresponse()
        response.read()
        return response.status
    finally:
        connection.close()


def test_the_signature_is_that_of_the_standard() -> None:
    key = b"sandbox-hooks-key-24byte"
    mine = hmac.new(key, b"msg_1.1700000000." + BODY, hashlib.sha256).digest()
    assert signature(HOOKS_SECRET, "msg_1", "1700000000", BODY) == "v1," + base64.b64encode(mine).decode()


def test_a_signed_hook_is_shown(hooks: Running) -> None:
    assert post(hooks) == 200
    (line,) = hooks.journal("hooks")
    assert (line["act"], line["id"], line["account"]) == ("hook", "msg_1", "/desk")
    assert line["urls"] == ["https://news.example/a"]
    assert json.loads(line["text"])["headline"] == "A story"


def test_a_repeated_id_is_accepted_and_not_shown_twice(hooks: Running) -> None:
    assert [post(hooks), post(hooks), post(hooks, "msg_2")] == [200, 200, 200]
    assert [line["id"] for line in hooks.journal("hooks")] == ["msg_1", "msg_2"]
    assert hooks.control("hooks", "state")["repeats"] == 1


@pytest.mark.parametrize("age", [301, -302])
def test_a_hook_from_another_time_is_not_believed(hooks: Running, age: int) -> None:
    assert post(hooks, age=age) == 401
    assert hooks.journal("hooks") == []


def test_once_the_platforms_clock_was_moved_the_machines_is_believed_too(tmp_path: Path) -> None:
    with start(tmp_path, only=["hooks"]) as running:
        running.advance(7200)
        assert [post(running, "msg_1"), post(running, "msg_2", age=7200), post(running, "msg_3", age=3600)] == [
            200, 200, 401,
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"webhook-signature": "v1,AAAA"}, 401),
        ({"webhook-signature": "v1a,пока".encode().decode("latin-1")}, 401),
        ({"webhook-signature": ""}, 400),
        ({"webhook-id": ""}, 400),
        ({"webhook-timestamp": "soon"}, 401),
    ],
)
def test_a_hook_with_broken_headers_is_not_believed(hooks: Running, headers: dict[str, str], status: int) -> None:
    assert post(hooks, headers=headers) == status
    assert hooks.journal("hooks") == []


def test_a_changed_body_is_not_believed(hooks: Running) -> None:
    good = signature(HOOKS_SECRET, "msg_1", str(now(hooks)), BODY)
    assert post(hooks, body=BODY + b" ", headers={"webhook-signature": good}) == 401


def test_during_a_rotation_either_secret_is_believed(hooks: Running) -> None:
    new = "whsec_" + base64.b64encode(b"another-key").decode()
    assert post(hooks, secret=new) == 401
    hooks.control("hooks", "config", {"secrets": [HOOKS_SECRET, new]})
    assert [post(hooks, secret=new), post(hooks, "msg_2")] == [200, 200]
    both = "v1,AAAA " + signature(new, "msg_3", str(now(hooks)), BODY)
    assert post(hooks, "msg_3", headers={"webhook-signature": both}) == 200


def test_a_receiver_can_be_told_to_refuse(hooks: Running) -> None:
    hooks.control("hooks", "config", {"status": 503})
    assert post(hooks) == 503
    hooks.control("hooks", "config", {"status": 200})
    assert post(hooks) == 200
    with pytest.raises(SandboxError, match="400"):
        hooks.control("hooks", "config", {"colour": "red"})


def test_only_a_post_is_taken(hooks: Running) -> None:
    connection = HTTPConnection(hooks.urls["hooks"].removeprefix("http://"), timeout=5)
    connection.request("GET", "/desk")
    assert connection.getresponse().status == 405
    connection.close()


def test_what_was_shown_is_remembered_over_a_restart(tmp_path: Path) -> None:
    for _ in range(2):
        with start(tmp_path, only=["hooks"]) as running:
            assert post(running) == 200
    assert len(running.journal("hooks")) == 1


def test_addresses_leave_the_sentence_behind() -> None:
    text = (
        "See (https://a.example/x_(y)), https://b.example/?q=1&r=2. Or “http://c.example/…” https://b.example/?q=1&r=2"
    )
    assert addresses(text) == ["https://a.example/x_(y)", "https://b.example/?q=1&r=2", "http://c.example/"]


@given(st.text())
@hypothesis_settings(max_examples=200, deadline=None)
def test_addresses_are_parts_of_the_text(text: str) -> None:
    assert all(address in "https://" + text for address in addresses("https://" + text))


@pytest.mark.parametrize(
    ("body", "act", "about"),
    [
        ({"type": "post", "about": "k1"}, "hook", ""),
        ({"headline": "no type at all"}, "hook", ""),
        ({"type": "edit", "about": "k1"}, "edit", "k1"),
        ({"type": "reply", "about": "k1"}, "reply", "k1"),
        ({"type": "delete", "about": None}, "delete", ""),
        ([{"type": "delete"}], "hook", ""),
    ],
)
def test_what_a_body_says_happens_to_a_post_is_what_the_journal_says(
    hooks: Running, body: object, act: str, about: str
) -> None:
    assert post(hooks, body=json.dumps(body).encode()) == 200
    (line,) = hooks.journal("hooks")
    assert (line["act"], line["about"]) == (act, about)
    assert post(hooks, body=b"again") == 200
    assert len(hooks.journal("hooks")) == 1
