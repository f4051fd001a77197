"""Lanes, the clock and the engine: on the real database, with channels and feeds that answer as told."""

from __future__ import annotations

import logging
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from distributor.clock import SystemClock
from distributor.engine import clock as clock_module
from distributor.engine import engine as engine_module
from distributor.engine import rounds
from distributor.engine.clock import AT_ONCE, SlotTrigger, Timekeeper
from distributor.engine.engine import Engine
from distributor.engine.lanes import Lane
from distributor.engine.round import run_round
from distributor.errors import FetchError, StoreError, Unauthorized
from distributor.model import IssueState, State
from distributor.rules.queue.timing import parse_schedule
from distributor.store.writer import ThreadWriter
from tests.apps import CONFIG, told_app
from tests.platforms import until
from tests.support import HandClock, ToldChannel, ToldSource, article


class HangingChannel(ToldChannel):
    """Keeps every parcel at the wire until it is let go."""

    def __init__(self, name="x"):
        super().__init__(name)
        self.at_the_wire = threading.Event()
        self.let_go = threading.Event()

    def send(self, parcel):
        self.at_the_wire.set()
        assert self.let_go.wait(20)
        return super().send(parcel)


class NoQuestions:
    """A channel of another's making, without ``check``."""

    kind = "console"
    limits = ToldChannel.limits
    name = "x"

    def send(self, parcel):
        raise Unauthorized("bad token")

    def close(self):
        return None


@pytest.fixture
def opened(short):
    """Makes apps and closes them."""
    apps = []

    def make(**options):
        apps.append(told_app(short, **options))
        return apps[-1]

    yield make
    for app in apps:
        app.close()


@pytest.fixture
def running(opened):
    """An engine of an app that runs on the real clock."""
    engines = []

    def make(**options):
        engine = Engine(opened(clock=SystemClock(), threaded=True, **options))
        engines.append(engine)
        engine.start()
        return engine

    yield make
    for engine in engines:
        engine.stop()


def sent(app, channel):
    return app.store.deliveries.counts().get(channel, {}).get(State.SENT, 0)


# -- lanes


def test_a_lane_that_is_woken_sends_at_once_what_was_planned(opened):
    app = opened(clock=SystemClock(), threaded=True)
    lane = Lane(app.deliverers["x"], app.store.deliveries, app.clock)
    before = lane.moved_at
    lane.start()
    until(lambda: lane.moved_at > before)
    app.ingesters["politics"].run_once(app.clock.now())
    lane.wake()
    until(lambda: sent(app, "x") == 1)
    lane.stop()
    assert lane.join(10)


def test_a_lane_sends_by_itself_when_a_delivery_falls_due(opened):
    config = CONFIG.replace('channels = ["x", "y"]', 'channels = ["x"]\ndelay = "1s"')
    app = opened(clock=SystemClock(), threaded=True, config=config)
    app.ingesters["politics"].run_once(app.clock.now())
    lane = Lane(app.deliverers["x"], app.store.deliveries, app.clock)
    lane.start()
    until(lambda: sent(app, "x") == 1)
    (entry,) = app.store.deliveries.of_subject(1)
    assert entry.first_sent_at >= entry.due_at
    lane.stop()
    assert lane.join(10)


def test_a_channel_that_hangs_delays_no_other(running):
    hanging = HangingChannel()
    engine = running(channels={"x": hanging})
    until(lambda: sent(engine._app, "y") == 1)
    assert hanging.at_the_wire.wait(10)
    assert sent(engine._app, "x") == 0
    hanging.let_go.set()
    until(lambda: sent(engine._app, "x") == 1)


@pytest.mark.parametrize("failure", [StoreError("the disk is full"), RuntimeError("a bug of ours")])
def test_a_failing_round_is_logged_and_does_not_end_the_lane(opened, monkeypatch, caplog, failure):
    monkeypatch.setattr(rounds, "AFTER_FAILURE", timedelta(milliseconds=10))
    app = opened(clock=SystemClock(), threaded=True)
    app.ingesters["politics"].run_once(app.clock.now())
    deliverer, failures = app.deliverers["x"], [failure, failure]
    real = deliverer.run_once
    monkeypatch.setattr(
        deliverer, "run_once", lambda **_k: (_ for _ in ()).throw(failures.pop()) if failures else real(**_k)
    )
    lane = Lane(deliverer, app.store.deliveries, app.clock)
    with caplog.at_level(logging.ERROR):
        lane.start()
        until(lambda: sent(app, "x") == 1)
    assert not failures
    assert caplog.text.count("x: ") >= 2
    assert lane.alive(app.clock.now())
    lane.stop()
    assert lane.join(10)


def test_a_stop_finishes_the_one_in_hand_and_frees_the_rest(opened):
    hanging = HangingChannel()
    app = opened(
        clock=SystemClock(),
        threaded=True,
        channels={"x": hanging},
        source=ToldSource([article(1), article(2), article(3)]),
    )
    engine = Engine(app)
    engine.start()
    assert hanging.at_the_wire.wait(20)
    ending = threading.Thread(target=engine.stop)
    ending.start()
    assert engine.lanes["x"]._stopping.wait(20)
    hanging.let_go.set()
    ending.join(20)
    assert not ending.is_alive()
    assert app.store.deliveries.counts()["x"] == {State.SENT: 1, State.DUE: 2}
    assert len(app.deliverers["x"]._ledger.claim_due("x", now=app.clock.now(), limit=9, lease=timedelta(1))) == 2


def test_a_stop_that_comes_too_late_for_a_send_says_which_channel(opened, monkeypatch, caplog):
    monkeypatch.setattr(engine_module, "GRACE", 0.02)
    hanging = HangingChannel()
    app = opened(clock=SystemClock(), threaded=True, channels={"x": hanging})
    engine = Engine(app)
    engine.start()
    assert hanging.at_the_wire.wait(20)
    engine.stop()
    assert "still at the wire after 0.02 s: x" in caplog.text
    assert app.store.deliveries.counts()["x"] == {State.SENDING: 1}
    hanging.let_go.set()
    assert engine.lanes["x"].join(20)


def test_a_lane_that_has_not_moved_for_longer_than_a_lease_is_not_alive(opened):
    clock = HandClock()
    hanging = HangingChannel()
    app = opened(clock=clock, threaded=True, channels={"x": hanging})
    engine = Engine(app)
    assert not engine.healthy()  # not started yet
    app.ingesters["politics"].run_once(clock.now())
    for thread in engine._threads():
        thread.start()
    assert hanging.at_the_wire.wait(20)
    assert engine.healthy()
    clock.advance(60 * 60 + 31)
    engine.wake()
    until(lambda: engine.lanes["y"].moved_at == clock.now())
    assert not engine.lanes["x"].alive(clock.now())
    assert not engine.healthy()
    hanging.let_go.set()
    until(lambda: engine.lanes["x"].alive(clock.now()))
    engine.stop()


def test_a_store_that_does_not_answer_is_no_health(opened, monkeypatch):
    app = opened()
    engine = Engine(app)
    app.close()
    with pytest.raises(Exception, match=r"closed|Cannot operate"):
        engine.healthy()


# -- the clock


def test_the_real_clock_knows_its_zone_and_sleeps():
    clock = SystemClock()
    before = clock.now()
    clock.sleep(0.01)
    assert before.tzinfo is UTC
    assert clock.now() - before >= timedelta(milliseconds=9)


def test_nothing_runs_twice_at_the_same_moment(caplog):
    running, most, done = [], [], threading.Event()

    def work():
        running.append(1)
        most.append(len(running))
        done.wait(0.05)
        running.pop()

    keeper = Timekeeper()
    keeper.every("work", timedelta(milliseconds=10), work, first=datetime.now(UTC))
    keeper.start()
    until(lambda: len(most) > 3)
    keeper.stop()
    assert max(most) == 1
    assert not running


def test_feeds_that_hang_delay_no_chore_and_those_that_wait_for_them_are_not_begun_after_the_stop():
    let_go, begun, chores = threading.Event(), [], threading.Event()

    def feed():
        begun.append(1)
        assert let_go.wait(20)

    keeper = Timekeeper()
    for number in range(3 * AT_ONCE):
        keeper.every(f"feed {number}", timedelta(hours=1), feed, first=datetime.now(UTC), pool="feeds")
    keeper.every("chores", timedelta(hours=1), chores.set, first=datetime.now(UTC))
    keeper.start()
    until(lambda: len(begun) == AT_ONCE)
    assert chores.wait(5)
    stopping = threading.Thread(target=keeper.stop)
    stopping.start()
    until(keeper._stopping.is_set)
    let_go.set()
    stopping.join(20)
    assert len(begun) == AT_ONCE


def test_an_error_in_scheduled_work_is_logged_and_the_work_comes_again(caplog):
    calls = []

    def work():
        calls.append(1)
        raise RuntimeError("a bug of ours")

    keeper = Timekeeper()
    keeper.every("chores", timedelta(milliseconds=10), work, first=datetime.now(UTC))
    keeper.start()
    until(lambda: len(calls) > 2)
    keeper.stop()
    assert "chores ended in an unexpected error" in caplog.text


def test_slots_that_passed_while_nothing_ran_fire_once_and_a_rule_may_end():
    """What was missed is found in the store; the clock itself only has to come back, once."""
    begun = datetime.now(UTC) - timedelta(hours=3)
    slots = [begun + timedelta(hours=hour) for hour in range(3)]
    calls = []
    keeper = Timekeeper()
    keeper.at("slot", lambda after: next((slot for slot in slots if slot > after), None), lambda: calls.append(1))
    keeper.at("past", lambda after: slots[0] if after > slots[-1] else None, lambda: calls.append(2))
    keeper.start()
    until(lambda: calls and keeper._scheduler.get_job("past") is None)  # the clock itself has seen that the rule ended
    keeper.stop()
    assert calls == [2]


def test_where_the_clock_is_set_back_an_hour_no_feed_waits_for_that_hour_to_come_again(monkeypatch):
    monkeypatch.setattr(clock_module, "WATCH", 0.01)
    shifts = iter([timedelta(0), timedelta(0), -timedelta(hours=1)])
    read = threading.Event()
    keeper = Timekeeper(wall=lambda: datetime.now(UTC) + next(shifts, -timedelta(hours=1)))
    keeper.every("feed news", timedelta(seconds=10), read.set, first=datetime.now(UTC) + timedelta(hours=1))
    keeper.start()
    assert read.wait(20)
    keeper.stop()


def test_work_is_run_again_when_it_says_so_and_at_once_when_somebody_asks():
    runs, asked, let_go = [], threading.Event(), threading.Event()

    def work():
        runs.append(1)
        if len(runs) == 2:
            asked.set()
            assert let_go.wait(20)
        return datetime.now(UTC) + timedelta(hours=1)

    keeper = Timekeeper()
    keeper.then("feed news", work, first=datetime.now(UTC) + timedelta(hours=1))
    keeper.start()
    keeper.at_once("feed news")
    until(lambda: len(runs) == 1)
    keeper.at_once("feed news")
    assert asked.wait(20)
    keeper.at_once("feed news")  # while it runs: what came meanwhile may not have been seen
    let_go.set()
    until(lambda: len(runs) == 3)
    keeper.stop()
    keeper.at_once("feed news")
    assert len(runs) == 3


def test_work_that_fails_comes_again_after_a_while(caplog):
    runs = []

    def work():
        runs.append(1)
        raise StoreError("full")

    keeper = Timekeeper()
    keeper.then("feed news", work, first=datetime.now(UTC), after=timedelta(milliseconds=20))
    keeper.start()
    until(lambda: len(runs) > 2)
    keeper.stop()
    assert "feed news: full" in caplog.text


def test_a_feed_that_is_unchanged_waits_for_no_commit_and_fails_no_more(opened, monkeypatch):
    source = ToldSource([], FetchError("timed out after 20 s"), None, None)
    app = opened(clock=SystemClock(), threaded=True, source=source)
    engine, feed = Engine(app), app.ingesters["politics"]
    assert not engine.read(feed).error
    assert engine.read(feed).failures == 1
    del source.documents[0]
    monkeypatch.setattr(ThreadWriter, "call", lambda *_, **__: pytest.fail("a commit was waited for"))
    assert [engine.read(feed).failures for _ in range(2)] == [0, 0]
    until(lambda: not app.store.stories.feed("politics").failures)


def test_where_the_clock_is_set_back_no_feed_waits_for_its_own_instant_to_come_again(monkeypatch):
    monkeypatch.setattr(clock_module, "WATCH", 0.01)
    shifts = iter([timedelta(0), timedelta(0), -timedelta(hours=1)])
    read = threading.Event()
    keeper = Timekeeper(wall=lambda: datetime.now(UTC) + next(shifts, -timedelta(hours=1)))

    def work() -> None:
        read.set()

    keeper.then("feed news", work, first=datetime.now(UTC) + timedelta(hours=1))
    keeper.start()
    assert read.wait(20)
    keeper.stop()


def test_a_clock_that_never_ran_can_be_stopped():
    Timekeeper().stop()


@pytest.mark.parametrize(
    ("night", "expected"),
    [
        # 02:30 does not exist: the slot comes when the clock has jumped, and once
        (datetime(2026, 3, 28, 12, tzinfo=UTC), ["2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"]),
        # 02:30 comes twice: the slot comes at the first, and once
        (datetime(2026, 10, 24, 12, tzinfo=UTC), ["2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"]),
    ],
)
def test_a_slot_comes_once_on_the_nights_when_clocks_change(night, expected):
    zone = ZoneInfo("Europe/Berlin")
    schedule = parse_schedule("30 2 * * *")
    trigger = SlotTrigger(lambda after: schedule.after(after, zone))
    found, previous = [], None
    for _ in expected:
        previous = trigger.get_next_fire_time(previous, night.astimezone(zone))
        assert previous is not None
        found.append(previous.astimezone(zone).isoformat())
    assert found == expected


# -- the engine


def test_a_running_engine_reads_sends_and_stops(running):
    engine = running()
    until(lambda: sent(engine._app, "x") == sent(engine._app, "y") == 1)
    until(engine.healthy)
    engine.stop()
    assert not engine.healthy()


def test_a_feed_that_fails_is_logged_and_wakes_nobody(opened, caplog):
    engine = Engine(opened(source=ToldSource(FetchError("timed out after 20 s"))))
    result = engine.read(engine._app.ingesters["politics"])
    assert result.error == "timed out after 20 s"
    assert "feed politics: timed out after 20 s" in caplog.text
    assert not engine.lanes["x"]._wake.is_set()


def test_slots_missed_while_the_program_was_down_are_made_up_for_at_its_start(short):
    config, before = CONFIG.replace('"0 13 * * *"', '"0 * * * *"'), SystemClock().now() - timedelta(hours=3)
    with closing(told_app(short, clock=HandClock(before), config=config)) as app:
        app.store.subscribers.subscribe("a@example.org", ["morning"], now=before, source="test")
        run_round(app)
    with closing(told_app(short, clock=SystemClock(), threaded=True, config=config)) as app:
        engine = Engine(app)
        engine.start()
        until(lambda: len(app.store.issues.list()) >= 3 and sent(app, "mail") == 1)
        engine.stop()
        engine.chores()
        states = [issue.state for issue in reversed(app.store.issues.list())]
    assert states[:3] == [IssueState.CLOSED, IssueState.SKIPPED, IssueState.SKIPPED]


def test_what_never_came_back_from_the_wire_becomes_unknown_and_is_logged(opened, caplog):
    clock = HandClock()
    app = opened(clock=clock, channels={"x": ToldChannel("x", RuntimeError("a bug"))})
    engine = Engine(app)
    app.ingesters["politics"].run_once(clock.now())
    with pytest.raises(RuntimeError):
        app.deliverers["x"].run_once()
    engine.chores()
    assert app.store.deliveries.counts()["x"] == {State.SENDING: 1}
    clock.advance(61 * 60)
    engine.chores()
    assert app.store.deliveries.counts()["x"] == {State.UNKNOWN: 1}
    assert "1 deliveries never came back" in caplog.text


def test_a_paused_channel_stays_paused_until_its_credentials_work_again(opened, caplog):
    clock = HandClock()
    channel = ToldChannel("x", Unauthorized("bad token"))
    app = opened(clock=clock, channels={"x": channel})
    engine = Engine(app)
    run_round(app)
    paused = {row["name"]: row["paused_reason"] for row in app.store.deliveries.channels() if row["paused_at"]}
    assert paused == {"x": "bad token"}
    assert sent(app, "y") == 1
    channel.refusal = Unauthorized("bad token, still")
    engine.ask_paused()
    assert "stays paused" not in caplog.text  # it was refused a moment ago
    clock.advance(5 * 60)
    engine.ask_paused()
    assert "channel x stays paused: bad token, still" in caplog.text
    assert len(channel.parcels) == 1
    channel.refusal = None
    clock.advance(10 * 60)
    engine.ask_paused()
    assert engine.lanes["x"]._wake.is_set()
    run_round(app)
    assert sent(app, "x") == 1
    engine.ask_paused()  # nobody is paused any more
    assert not [row for row in app.store.deliveries.channels() if row["paused_at"]]


def test_a_paused_channel_that_cannot_be_asked_is_tried_again(opened):
    clock = HandClock()
    app = opened(clock=clock, channels={"x": NoQuestions()})
    engine = Engine(app)
    run_round(app)
    clock.advance(5 * 60)
    engine.ask_paused()
    assert not [row for row in app.store.deliveries.channels() if row["paused_at"]]


def test_a_paused_channel_that_is_no_longer_configured_is_left_alone(short):
    with closing(told_app(short, channels={"y": ToldChannel("y", Unauthorized("bad token"))})) as app:
        run_round(app)
    config = CONFIG.replace('[channels.y]\ntype = "console"\n', "").replace('["x", "y"]', '["x"]')
    with closing(told_app(short, config=config)) as app:
        Engine(app).ask_paused()
        assert [row["name"] for row in app.store.deliveries.channels() if row["paused_at"]] == ["y"]


def test_an_issue_that_opens_wakes_the_lane_of_its_digest(opened, caplog):
    clock = HandClock()
    app = opened(clock=clock)
    engine = Engine(app)
    app.store.subscribers.subscribe("a@example.org", ["morning"], now=clock.now(), source="test")
    app.ingesters["politics"].run_once(clock.now())
    clock.advance(3600)
    with caplog.at_level(logging.INFO):
        engine._issuing(app.digesters["morning"])()
    assert "digest morning: issue" in caplog.text
    assert engine.lanes["mail"]._wake.is_set()
    assert not engine.lanes["x"]._wake.is_set()


def test_scheduled_work_that_meets_a_full_disk_says_so_in_one_line(caplog):
    calls = []

    def work():
        calls.append(1)
        raise StoreError("the store cannot be written: database or disk is full")

    keeper = Timekeeper()
    keeper.every("feed politics", timedelta(milliseconds=10), work, first=datetime.now(UTC))
    keeper.start()
    until(lambda: len(calls) > 2)
    keeper.stop()
    assert "feed politics: the store cannot be written: database or disk is full" in caplog.text
    assert "Traceback" not in caplog.text


def test_a_start_after_a_kill_says_how_many_deliveries_nobody_knows_about(tmp_path, caplog):
    channel = ToldChannel("x", RuntimeError("the end of the process"))
    with closing(told_app(tmp_path, channels={"x": channel})) as app:
        app.ingesters["politics"].run_once(app.clock.now())
        with pytest.raises(RuntimeError):
            app.deliverers["x"].run_once()
    with closing(told_app(tmp_path)) as app:
        (row,) = app.store.deliveries.list(state=State.UNKNOWN)
    assert row["reason"] == "the program ended while it was being sent"
    assert "1 deliveries were at the wire when the program ended" in caplog.text


def test_what_never_began_has_ended_and_a_stop_before_the_start_begins_nothing(opened):
    app = opened(clock=SystemClock(), threaded=True)
    lane = Lane(app.deliverers["x"], app.store.deliveries, app.clock)
    lane.stop()
    assert lane.join(0)
    lane.start()
    assert lane.join(10)
    assert sent(app, "x") == 0
