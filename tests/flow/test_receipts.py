"""A story's receipt for a CMS: who may see it, for how long, in whose frame, and what it never says."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distributor.calls import dispatch
from distributor.engine.round import run_round
from distributor.errors import CallError, Rejected
from distributor.rules.people.receipts import opened, signed
from tests.flow.test_desk import Desk, cheap  # noqa: F401 - a fixture
from tests.support import NOON, ToldChannel, ToldSource, article

URL = article().url
WEB = '[web]\npublic = "https://desk.example.org"\nreceipts = ["https://cms.example.org"]\n'


@pytest.fixture
def desk(tmp_path):
    found = Desk(
        tmp_path,
        WEB,
        source=ToldSource([article(headline="Fish & chips <3")]),
        channels={"y": ToldChannel("y", Rejected("an internal reason"))},
    )
    run_round(found.app)
    yield found
    found.app.close()


def link(desk, **args):
    return dispatch(desk.app, "receipt_link", {"url": URL, **args})


def test_a_program_with_a_token_to_read_is_told_what_went_where_and_nothing_internal(desk):
    browser = desk.browser()
    assert browser.get("/api/v1/receipt", params={"url": URL}).status_code == 401
    found = browser.get("/api/v1/receipt", params={"url": URL}, headers=desk.token("read"))
    assert found.json()["result"] == {
        "story": {
            "headline": "Fish & chips <3", "url": URL, "published": "2026-11-24T11:55:00Z", "withdrawn": False
        },
        "at": "2026-11-24T12:00:00Z",
        "deliveries": [
            {"channel": "x", "act": "post", "state": "sent", "url": "https://x.test/1", "at": "2026-11-24T12:00:00Z"},
            {"channel": "y", "act": "post", "state": "failed", "url": None, "at": "2026-11-24T12:00:00Z"},
        ],
    }  # fmt: skip
    assert "internal reason" not in found.text
    lost = browser.get("/api/v1/receipt", params={"url": "https://no.example.org/"}, headers=desk.token("act"))
    assert (lost.status_code, lost.json()["error"]["code"]) == (404, "unknown_story")


def test_a_link_shows_one_story_in_the_frames_of_named_sites_and_is_over_soon(desk):
    told = link(desk)
    assert told["url"] == "https://desk.example.org" + told["path"]
    browser = desk.browser()
    page = browser.get(told["path"])
    assert page.status_code == 200
    assert page.headers["content-security-policy"].endswith("frame-ancestors https://cms.example.org")
    assert "Fish &amp; chips &lt;3" in page.text
    assert "internal reason" not in page.text
    assert "https://x.test/1" in page.text
    desk.clock.advance(3600)
    assert browser.get(told["path"]).status_code == 410
    assert browser.get("/receipt/forged").status_code == 404


def test_a_link_lasts_a_day_at_most(desk):
    with pytest.raises(CallError, match="at most 24"):
        link(desk, hours=25)


def test_without_named_sites_nobody_frames_it_and_without_a_public_address_there_is_a_path_alone(tmp_path):
    found = Desk(tmp_path)
    try:
        run_round(found.app)
        told = link(found)
        assert told["url"] is None
        policy = found.browser().get(told["path"]).headers["content-security-policy"]
        assert policy.endswith("frame-ancestors 'none'")
    finally:
        found.app.close()


def test_a_withdrawn_story_says_so_in_the_readers_language(desk):
    told = {"url": URL, "reason": "Wrong.", "who": "Edda", "through": "desk"}
    dispatch(desk.app, "withdraw", told)
    page = desk.browser().get(link(desk)["path"], params={"lang": "ru"})
    assert "Этот материал отозван." in page.text


def test_mails_with_the_same_fate_are_one_line_without_their_number(desk, monkeypatch):
    found = [(one, 1) for one, _ in desk.app.store.deliveries.answers_of(1)]
    mails = [(replace(found[0][0], recipient=number), 7) for number in (1, 2)]
    monkeypatch.setattr(type(desk.app.store.deliveries), "answers_of", lambda *_: mails)
    told = dispatch(desk.app, "receipt", {"url": URL})["deliveries"]
    assert len(told) == 1
    assert "7" not in json.dumps(told).replace("2026-11-24T12:00:00Z", "")


@given(st.text(max_size=60))
def test_no_text_that_we_have_not_signed_opens_anything(text):
    assert opened(b"key", text, NOON) is None


def test_a_token_of_another_store_opens_nothing():
    token = signed(b"key", 7, NOON + timedelta(hours=1))
    assert opened(b"key", token, NOON) == (7, True)
    assert opened(b"other", token, NOON) is None
    assert opened(b"key", token[:-2], NOON) is None
