"""A feed that brings far more than ever: held as a whole, told once, released or skipped by somebody."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from distributor.calls import dispatch
from distributor.engine.engine import Engine
from distributor.engine.round import run_round
from distributor.errors import CallError, StoreError
from distributor.flows.digest import Digester
from distributor.inlets import make_ingester
from distributor.model import Digest, State, Window
from tests.apps import told_app
from tests.flow.test_gates import CONFIG, Desk
from tests.support import NOON, ToldSource, article

GUARDED = CONFIG.replace("surge = 0\n", "surge_least = 20\n")
POLICY = 'stale = "fold"\nfold_above = 20\ngap = "1m"'


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A newsroom whose feed has been read for a week: two stories an hour, five at nine o'clock. Its guard is on."""
    folder = tmp_path_factory.mktemp("week")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.flow.test_gates.CONFIG", GUARDED)
        found = Desk(folder, POLICY)
    found.clock.at = NOON - timedelta(days=7)
    found.publish(9999)
    number = 1000
    while found.clock.at < NOON:
        found.clock.advance(3600)
        count = 5 if found.clock.at.hour == 9 else 2
        found.publish(*range(number, number + count))
        number += count
    found.app.store.deliveries._writer.call(
        lambda c: c.run("UPDATE deliveries SET state = 7, reason = 'before the test'")
    )
    found.app.close()
    (folder / "state").rename(folder / "week")
    return folder


@pytest.fixture
def desk(week: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """The newsroom after its week, half an hour later, in its own place: a store moved elsewhere sends nothing."""
    monkeypatch.setattr("tests.flow.test_gates.CONFIG", GUARDED)
    shutil.rmtree(week / "state", ignore_errors=True)
    shutil.copytree(week / "week", week / "state")
    found = Desk(week, POLICY)
    found.clock.at = NOON + timedelta(minutes=30)
    yield found
    found.app.close()


def call(desk: Desk, name: str, **args: Any) -> Any:
    through = {"through": "command line"} if name in ("release", "skip") else {}
    return dispatch(desk.app, name, {**through, **args})


def alerts(desk: Desk) -> list[tuple[str, str]]:
    return [(one.key, one.text) for one in desk.app.store.alerts.open_alerts()]


OLD = {"published": NOON - timedelta(days=900)}


def test_a_hundred_prepared_obituaries_are_held_as_a_whole_with_one_alert(desk: Desk) -> None:
    desk.publish(*range(100), urgency=1, **OLD)
    desk.clock.advance(60)
    desk.publish(*range(100, 103), **OLD)
    desk.until(8 * 3600, 1800)
    assert not desk.x.parcels
    assert not desk.y.parcels
    rows = desk.rows(State.HELD)
    assert len(rows) == 103
    assert {(one["held_by"], one["held_until"]) for one in rows} == {("surge", None)}
    # the two of the hour before count as well
    assert rows[-1]["reason"] == "surge of its feed: 102 new stories in an hour; its busiest hour usually brings 5"
    ((key, text),) = alerts(desk)
    assert key == "surge:politics"
    assert text.startswith("feed politics: 102 new stories in an hour; its busiest hour usually brings 5. ")


def test_what_a_surge_holds_and_its_alert_are_written_together_or_not_at_all(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end of the program between the two is the same: one transaction, or none."""
    before = desk.app.store.stories.newest()
    with monkeypatch.context() as patch:
        patch.setattr(desk.app.store.alerts, "raise_within", _ends)
        with pytest.raises(StoreError):
            desk.publish(*range(100), **OLD)
    assert desk.app.store.stories.newest() == before
    desk.app.ingesters["politics"].run_once(desk.clock.now())
    assert len(desk.rows(State.HELD)) == 100
    assert [key for key, _ in alerts(desk)] == ["surge:politics"]


def _ends(*_: object, **__: object) -> bool:
    raise StoreError("the program ends here")


def test_released_stories_are_news_again_and_pass_the_gates(desk: Desk) -> None:
    desk.publish(*range(100), **OLD)
    found = call(desk, "release", held_by="surge", feed="politics", channel="x", who="the night editor")
    named = {"held_by": "surge", "feed": "politics", "channel": "x", "category": None, "url": None}
    assert found == {"released": 100, "still_held": 0, **named}
    assert alerts(desk)
    desk.drain()
    assert len(desk.x.parcels) == 1
    assert not desk.y.parcels
    assert desk.fates()[State.HELD] == 19 + 1  # one has left; nineteen and the round-up of eighty wait for the gap
    released = [one for one in desk.app.store.deliveries.events(1000) if one["kind"] == "released"]
    assert len(released) == 100
    assert {(one["actor"], one["detail"]) for one in released} == {
        ("the night editor", "it was held by surge (through command line)")
    }
    call(desk, "release", held_by="surge", feed="politics", who="the night editor")
    assert not alerts(desk)
    desk.until(3600)
    posted = [parcel for parcel in desk.x.parcels if not parcel.message.text.startswith("In brief")]
    assert (len(posted), len(desk.x.parcels), len(desk.y.parcels)) == (20, 21, 100)
    assert call(desk, "prove")["ok"]


def test_skipped_stories_are_not_sent_and_say_who_decided(desk: Desk) -> None:
    desk.publish(*range(100), **OLD)
    assert call(desk, "skip", held_by="surge", who="the night editor")["skipped"] == 200
    assert not alerts(desk)
    assert {one["reason"] for one in desk.rows(State.SKIPPED)} == {"before the test", "skipped by the night editor"}
    assert call(desk, "prove")["ok"]


def digested(desk: Desk) -> int:
    """How many of the stories that came last an issue would have to choose from."""
    now = desk.clock.now()
    stories, held = desk.app.store.stories.candidates("morning", Window(after=0, upto=1 << 40))
    return len([one for one in stories if one.story.first_seen_at >= now and one.story.id not in held])


@pytest.mark.parametrize(("act", "left"), [("release", 100), ("skip", 0)])
def test_no_digest_carries_what_a_surge_holds_nor_what_somebody_skipped(desk: Desk, act: str, left: int) -> None:
    desk.publish(*range(100), **OLD)
    assert digested(desk) == 0
    call(desk, act, held_by="surge", who="the night editor")
    assert digested(desk) == left


HOURLY = Digest(name="hourly", title="", channel="x", slots=("0 * * * *",), zone="UTC", most=1000)


def issued(desk: Desk, digester: Digester) -> list[str]:
    """Headlines of the issue that the next full hour brings; none where there is no issue."""
    desk.clock.at = desk.clock.at.replace(minute=0) + timedelta(hours=1)
    issues = digester.run_due(desk.clock.now())
    return [one.article.headline for issue in issues for one in desk.app.store.stories.of_issue(issue)]


@pytest.fixture
def hourly(desk: Desk) -> Digester:
    """A digest with a reader, whose first issue has left."""
    store = desk.app.store
    store.subscribers.subscribe("a@example.org", ["hourly"], now=desk.clock.now(), source="test")
    digester = Digester(HOURLY, store.issues, store.stories, since=store.issues.know_digest("hourly", desk.clock.now()))
    assert issued(desk, digester)
    return digester


def test_a_story_released_after_a_slot_comes_into_the_next_issue_and_never_twice(desk: Desk, hourly: Digester) -> None:
    desk.publish(*range(100), **OLD)
    assert issued(desk, hourly) == []
    desk.publish(5000)
    assert issued(desk, hourly) == ["Headline number 5000"]
    desk.publish(5001)
    assert issued(desk, hourly) == ["Headline number 5001"]
    call(desk, "release", held_by="surge", feed="politics", who="the night editor")
    desk.publish(5002)
    assert sorted(issued(desk, hourly)) == sorted([f"Headline number {n}" for n in (*range(100), 5002)])
    desk.publish(5003)
    assert issued(desk, hourly) == ["Headline number 5003"]


def test_what_a_skipped_issue_would_have_left_is_not_lost(desk: Desk, hourly: Digester) -> None:
    desk.publish(*range(100), **OLD)
    assert issued(desk, hourly) == []
    store = desk.app.store
    store.subscribers.leave("a@example.org", "hourly", desk.clock.now())
    desk.publish(5000)
    assert issued(desk, hourly) == ["Headline number 5000"]  # opened, and skipped: nobody is subscribed
    store.subscribers.subscribe("a@example.org", ["hourly"], now=desk.clock.now(), source="test")
    call(desk, "release", held_by="surge", feed="politics", who="the night editor")
    assert len(issued(desk, hourly)) == 100
    looked_at = store.stories.looked_at(store.issues.list(1)[0].id)
    told = [story.article.headline for story in store.stories.texts([number for number, _, _ in looked_at])]
    assert "Headline number 5000" in told  # for whoever has not had it


def test_what_is_held_for_good_or_skipped_comes_into_no_issue(desk: Desk, hourly: Digester) -> None:
    desk.publish(*range(100), **OLD)
    assert issued(desk, hourly) == []
    desk.publish(5000)
    assert issued(desk, hourly) == ["Headline number 5000"]
    call(desk, "skip", held_by="surge", feed="politics", who="the night editor")
    desk.publish(5001)
    assert issued(desk, hourly) == ["Headline number 5001"]


def test_a_usual_morning_and_an_outage_are_no_surge(desk: Desk) -> None:
    desk.publish(*range(17))
    desk.clock.advance(12 * 3600)
    at = desk.clock.now()
    desk.source.documents = [
        [article(number, published=at - number * timedelta(minutes=6)) for number in range(1, 100)]
    ]
    desk.app.ingesters["politics"].run_once(at)
    assert State.HELD not in desk.fates()
    assert not alerts(desk)


def test_a_first_reading_is_no_surge_and_makes_no_custom(tmp_path: Path) -> None:
    app = told_app(tmp_path, config=CONFIG.replace("surge = 0\n", "surge_least = 20\n").format(x="", y=""))
    source = ToldSource(*[[article(number) for number in range(*span)] for span in ((60,), (60, 79), (79, 81))])
    ingester = make_ingester(app.settings, app.store, "politics", source)
    for minutes in (0, 5):
        ingester.run_once(NOON + timedelta(minutes=minutes))
    assert app.store.deliveries.counts()["x"] == {State.PLANNED: 79}
    ingester.run_once(NOON + timedelta(minutes=10))
    assert app.store.deliveries.counts()["x"] == {State.PLANNED: 79, State.HELD: 2}
    app.close()


def test_nothing_is_released_that_is_not_held_for_somebody(desk: Desk) -> None:
    desk.publish(*range(5))
    desk.drain("x")
    with pytest.raises(CallError, match="it is held by pacing, which this does not end") as caught:
        call(desk, "release", held_by="pacing", who="x")
    assert caught.value.hint == "pacing: the clock, or distributor send-now"
    for name in ("release", "skip"):
        with pytest.raises(CallError, match="nothing waits for somebody under 'template'") as caught:
            call(desk, name, held_by="template", who="x")
        assert caught.value.hint == "known: (none)"
        with pytest.raises(CallError, match="there is no feed 'sports'"):
            call(desk, name, held_by="surge", who="x", feed="sports")
        with pytest.raises(CallError, match="there is no channel 'z'"):
            call(desk, name, held_by="surge", who="x", channel="z")
    desk.publish(*range(100, 200), **OLD)
    with pytest.raises(CallError) as caught:
        call(desk, "release", held_by="template", who="x")
    assert caught.value.hint == "known: surge (politics, x): 100, surge (politics, y): 100"


def test_what_is_held_is_shown_in_the_order_of_its_end(desk: Desk) -> None:
    desk.publish(1, 2)
    desk.drain("x")
    desk.publish(*range(100, 200), **OLD)
    rows = call(desk, "held", channel="x")["held"]
    assert (len(rows), rows[0]["held_by"], rows[0]["held_until"]) == (101, "pacing", "2026-11-24T12:31:00Z")
    assert {(one["held_by"], one["held_until"]) for one in rows[1:]} == {("surge", None)}


def test_at_a_start_the_gates_decide_anew_under_the_policy_of_today(tmp_path: Path) -> None:
    desk = Desk(tmp_path, 'gap = "10h"')
    desk.publish(1, 2)
    desk.drain("x")
    assert desk.fates() == {State.SENT: 1, State.HELD: 1}
    desk.app.close()
    desk = Desk(tmp_path)
    run_round(desk.app)
    assert desk.fates() == {State.SENT: 2}
    desk.app.close()


def test_the_engine_looks_anew_when_it_starts_and_when_the_clock_goes_back(tmp_path: Path) -> None:
    desk = Desk(tmp_path, 'gap = "10h"')
    desk.publish(1, 2)
    engine = Engine(desk.app)
    desk.clock.advance(86400)
    desk.drain("x")
    engine.chores()
    assert desk.rows(State.HELD)
    desk.clock.advance(-86400)
    engine.chores()
    assert not desk.rows(State.HELD)
    desk.drain("x")
    assert desk.fates() == {State.SENT: 2}
    desk.app.close()
