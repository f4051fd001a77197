"""The stop button of the desk: in reach on every page, two presses, and how a stop ends."""

from __future__ import annotations

import re

import pytest

from distributor.errors import StoreError
from distributor.rules.people.access import is_look
from distributor.store.desk.stops import Stops
from tests.flow.test_desk import OWN, PASSWORD, cheap, desk  # noqa: F401 - fixtures
from tests.support import ToldSource, article


@pytest.fixture
def newsroom(desk):  # noqa: F811
    """Two stories wait on two channels."""
    made = desk(source=ToldSource([article(1), article(2, headline="<img src=x onerror=alert(1)>")]))
    made.app.ingesters["politics"].run_once(made.clock.now())
    made.do("user_add", name="Cleo", role="chief", password=PASSWORD)
    return made


def press(browser, call, **fields):
    done = browser.post(f"/desk/act/{call}", data={"back": "/desk/stop", **fields}, headers=OWN)
    assert (done.status_code, done.headers["location"]) == (303, f"/desk/stop?did={call}")
    return browser.get("/desk/stop").text


def test_everything_is_stopped_in_two_presses_from_any_page(newsroom):
    browser = newsroom.entered()
    for path in ("/desk", "/desk/list/held", "/desk/stop"):
        assert re.search(r'<a id="stop-mark" class="stop-mark" href="/desk/stop"', browser.get(path).text)
    page = browser.get("/desk/stop").text
    for shown in ('name="everything" value="on"', 'name="channel" value="x"', 'name="minutes" value="15"', "required"):
        assert shown in page
    page = press(browser, "stop", everything="on", reason="Something is wrong", minutes="15")
    assert "Something is wrong" in page
    assert "until 24 November 2026, 15:15 (Europe/Minsk)" in page
    assert "Piled up: 4" in page
    assert "<img" not in page
    bar = re.search(r'<a id="stop-mark" class="stop-mark on".*?</a>', browser.get("/desk").text)
    assert bar
    assert "Stopped: everything · waiting: 4" in bar[0]


def test_a_viewer_sees_what_is_stopped_and_has_no_button(newsroom):
    browser = newsroom.entered("Vera")
    assert 'id="stop-mark"' not in browser.get("/desk").text
    assert "Nothing is stopped." in browser.get("/desk/stop").text
    newsroom.do("stop", channel="x", reason="<script>alert(1)</script>")
    newsroom.do("stop", category="Politics", reason="b")
    newsroom.do("stop", category="Sport", channel="y", reason="c")
    page = browser.get("/desk/stop").text
    assert "Stopped: <bdi>x</bdi>, <bdi>Politics</bdi> +1 · waiting: 4" in page
    assert "&lt;script&gt;" in page
    assert page.count("<form") == 1, "nothing but the way out"


def test_a_stop_ends_with_one_decision_and_exceptions(newsroom):
    browser = newsroom.entered("Cleo")
    page = press(browser, "stop", channel="x", reason="wait")
    first, *_ = re.findall(r'name="keep" value="(\d+)"', page)
    page = press(browser, "stop", category="Politics", reason="wait", minutes="60")
    assert page.count('type="radio" name="stop"') == 3, "all, and each"
    page = press(browser, "resume", decision="drop", stop="", keep=first)
    assert "Nothing is stopped." not in page, "there is the button to stop instead"
    assert "In force" not in page
    fates = {row["id"]: row["state"] for row in newsroom.app.store.deliveries.list(channel="x")}
    assert sorted(fates.values()) != [7, 7]
    assert fates[int(first)] != 7
    assert ("Cleo", "lifted") in [(who, kind) for who, kind, _ in newsroom.events()]


def test_of_what_has_piled_up_a_page_shows_a_part(newsroom, monkeypatch):
    monkeypatch.setattr("distributor.web.desk.stop.SHOWN", 1)
    monkeypatch.setattr("distributor.calls.delivery.stopping.GLANCE", 3)
    newsroom.do("stop", everything=True, reason="wait")
    page = newsroom.entered("Vera").get("/desk/stop").text
    assert "and 3 more" in page
    assert "waiting: 3+" in page


@pytest.mark.parametrize(
    ("fields", "status", "told"),
    [
        ({"minutes": "600000"}, 422, "600000 minutes are too many"),
        ({"minutes": "5", "until": "2026-11-25T07:00+03:00"}, 422, "two ends are named"),
        ({"minutes": "soon"}, 422, "minutes cannot be"),
        ({"channel": "x"}, 409, "not clear what is to be stopped"),
    ],
)
def test_a_stop_that_is_not_clear_is_refused_in_words(newsroom, fields, status, told):
    asked = {"everything": "on", "reason": "x", "back": "/desk/stop", **fields}
    refused = newsroom.entered().post("/desk/act/stop", data=asked, headers=OWN)
    assert refused.status_code == status
    assert told in refused.text


def test_a_page_that_says_that_the_store_cannot_be_read_does_not_fail_itself(newsroom, monkeypatch):
    def fail(*_args, **_fields):
        raise StoreError("disk full")

    browser = newsroom.entered()
    for broken in ("begin", "in_force"):
        monkeypatch.setattr(Stops, broken, fail)
    asked = {"everything": "on", "reason": "x", "back": "/desk"}
    assert browser.post("/desk/act/stop", data=asked, headers=OWN).status_code == 503


def test_the_glance_changes_nothing_and_reads_one_index(newsroom):
    assert is_look("stopped")
    newsroom.do("stop", everything=True, reason="wait")
    sql = newsroom.app.store.stops._sql["heap"]
    plan = newsroom.app.store.stops._readers.query(f"EXPLAIN QUERY PLAN {sql}", {"most": 1})
    assert any("deliveries_stopped" in row["detail"] for row in plan)
