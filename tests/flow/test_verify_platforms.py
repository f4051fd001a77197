"""Unknown outcomes settle themselves, on the loopback platforms; their journals say what readers saw."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from click.testing import CliRunner

from distributor.app import App, open_app
from distributor.cli.root import cli
from distributor.config import load
from distributor.model import State
from tests.platforms import Loop, everywhere, until
from tests.support import HandClock

SEND = {"x": "/2/tweets", "telegram": "/sendMessage", "hooks": "/stories"}
CHANNEL = {"x": "x", "telegram": "telegram", "hooks": "hook"}
#: A short silence counts as a lost answer, so that tests need not wait.
IMPATIENT = [(f'type = "{kind}"', f'type = "{kind}"\ntimeout = 0.5') for kind in ("twitter", "telegram", "webhook")]


@pytest.fixture
def newsroom(loop: Loop) -> Loop:
    loop.configure(*IMPATIENT)
    return loop


@contextmanager
def opened(loop: Loop) -> Iterator[tuple[App, HandClock]]:
    """The whole app in this process, on a clock of its own."""
    clock = HandClock(datetime.now(UTC))
    with closing(open_app(load(loop.config, environ={}, cwd=loop.folder), clock=clock, threaded=False)) as app:
        yield app, clock


def read(app: App, clock: HandClock) -> None:
    for ingester in app.ingesters.values():
        until(lambda one=ingester: not one.run_once(clock.now()).error)  # type: ignore[misc]


def work(app: App, clock: HandClock, seconds: int = 200) -> None:
    """Time passes until nothing is in doubt any more."""
    for _ in range(seconds):
        for name, deliverer in app.deliverers.items():
            while deliverer.run_once():
                pass
            app.verifiers[name].run_once()
        if not any(set(states) & {State.UNKNOWN, State.DUE, State.PLANNED} for states in counts(app).values()):
            return
        clock.advance(1)
    pytest.fail(f"still open: {counts(app)}")


def counts(app: App) -> dict[str, dict[State, int]]:
    return {channel: dict(states) for channel, states in app.store.deliveries.counts().items()}


FAULTS = [
    {"action": "hang_after"},
    {"action": "reset_before"},
    {"action": "reset_after"},
    {"action": "lost_response"},
    {"action": "html_502", "after": True},
    {"action": "html_503", "after": False},
    {"action": "bad_json_200", "after": True},
    {"action": "truncate_body"},
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: "-".join(map(str, fault.values())))
def test_a_lost_answer_ends_in_one_post_and_nothing_unknown(newsroom: Loop, fault: dict[str, Any]) -> None:
    urls = newsroom.publish("One story", "Another story")
    for platform, path in SEND.items():
        newsroom.platforms.fault(platform, path=path, method="POST", **fault)
    with opened(newsroom) as (app, clock):
        read(app, clock)
        work(app, clock)
        assert all(counts(app)[name] == {State.SENT: len(urls)} for name in CHANNEL.values())
        rows = [row for row in app.store.deliveries.list() if row["channel"] in ("x", "telegram")]
        assert all(re.fullmatch(r"[0-9]+", row["remote_id"]) and row["url"] for row in rows)
    assert everywhere(newsroom, urls)
    assert set(newsroom.shown("x").values()) == set(newsroom.shown("telegram").values()) == {1}
    ids = {line["id"] for line in newsroom.lines("hooks")}
    assert len(ids) == len(urls), "a receiver that keeps ids sees each story once"


def test_a_second_answer_lost_while_it_is_sent_again_is_settled_like_the_first(newsroom: Loop) -> None:
    urls = newsroom.publish("One story")
    for platform in ("x", "telegram"):
        newsroom.platforms.fault(platform, path=SEND[platform], method="POST", action="reset_before", times=2)
        newsroom.platforms.fault(platform, path=SEND[platform], method="POST", action="lost_response")
    with opened(newsroom) as (app, clock):
        read(app, clock)
        work(app, clock, 600)
        assert {row["doubts"] for row in app.store.deliveries.list() if row["channel"] in ("x", "telegram")} == {3}
    assert everywhere(newsroom, urls)
    assert set(newsroom.shown("x").values()) == set(newsroom.shown("telegram").values()) == {1}


def test_a_post_that_x_shows_late_is_proved_by_its_guard_and_found_later(newsroom: Loop) -> None:
    newsroom.publish("One story")
    newsroom.platforms.control("x", "config", {"replication_lag": 600.0})
    newsroom.platforms.fault("x", path=SEND["x"], method="POST", action="lost_response")
    with opened(newsroom) as (app, clock):
        read(app, clock)
        app.deliverers["x"].run_once()
        for seconds in (5, 25, 90):
            clock.advance(seconds)
            app.verifiers["x"].run_once()
        app.deliverers["x"].run_once()
        (row,) = app.store.deliveries.list(channel="x")
        assert (row["state"], row["remote_id"], row["doubts"]) == (4, "", 1)
        newsroom.platforms.control("x", "config", {"replication_lag": 0.0})
        clock.advance(5)
        app.verifiers["x"].run_once()
        assert app.store.deliveries.list(channel="x")[0]["url"].startswith("https://x.com/newsroom/status/")
    assert len(newsroom.lines("x")) == 1


def test_a_protected_channel_asks_a_person_whose_word_settles_it(newsroom: Loop) -> None:
    newsroom.publish("One story")
    newsroom.platforms.control("telegram", "protect", {"chat": "@newsroom"})
    newsroom.platforms.fault("telegram", path=SEND["telegram"], action="lost_response")
    with opened(newsroom) as (app, clock):
        read(app, clock)
        app.deliverers["telegram"].run_once()
        clock.advance(5)
        app.verifiers["telegram"].run_once()
        (row,) = app.store.deliveries.list(channel="telegram")
        assert (row["state"], row["look_at"]) == (6, None)
        assert [alert.key for alert in app.store.alerts.open_alerts()] == ["unknown:telegram"]
    number = str(row["id"])
    shown = command(newsroom, "deliveries", "--state", "unknown")
    assert f"distributor settle {number}" in " ".join(shown.split())
    assert "exactly one verdict" in command(newsroom, "settle", number, code=1)
    said = command(newsroom, "settle", number, "--sent", "https://t.me/newsroom/1", "--by", "Night desk")
    assert said == "1 deliveries stand there, on the word of Night desk\n"
    assert "is sent" in command(newsroom, "settle", number, "--drop", code=1)
    proof = command(newsroom, "prove", "--all")
    assert "Traceback" not in proof
    with opened(newsroom) as (app, _):
        app.verifiers["telegram"].run_once()
        assert app.store.alerts.open_alerts() == []
        assert app.store.deliveries.list(channel="telegram")[0]["remote_id"] == "1"


def command(loop: Loop, *arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(cli, arguments, env={"DISTRIBUTOR_CONFIG": str(loop.config), "NO_COLOR": "1"})
    assert done.exit_code == code, done.output
    return done.stdout if code == 0 else done.output


def test_the_machine_s_own_name_for_a_person_is_the_default(newsroom: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "ann")
    assert command(newsroom, "settle", "--all", "--drop") == "0 deliveries are dropped, on the word of ann\n"

    def nobody() -> str:
        raise KeyError

    monkeypatch.setattr("getpass.getuser", nobody)
    assert "no login name; say --by NAME" in command(newsroom, "settle", "--all", "--resend", code=2)


def test_a_post_killed_at_the_wire_is_settled_by_the_next_run(newsroom: Loop) -> None:
    urls = newsroom.publish("One story")
    newsroom.configure()  # a patient daemon, killed while it waits for the answer
    newsroom.platforms.fault("x", path=SEND["x"], method="POST", action="hang_after")
    newsroom.platforms.fault("telegram", path=SEND["telegram"], action="hang_before")
    with newsroom.daemon() as daemon:
        until(lambda: all(daemon.counts(name).get("sending") for name in ("x", "telegram")))
        until(lambda: newsroom.shown("x"))
        daemon.kill()
    with opened(newsroom) as (app, clock):
        assert all(counts(app)[name] == {State.UNKNOWN: 1} for name in ("x", "telegram"))
        work(app, clock)
    assert everywhere(newsroom, urls)
    assert set(newsroom.shown("x").values()) == set(newsroom.shown("telegram").values()) == {1}


def test_the_running_daemon_settles_by_itself(newsroom: Loop) -> None:
    urls = newsroom.publish("One story")
    for platform in ("x", "telegram"):
        newsroom.platforms.fault(platform, path=SEND[platform], method="POST", action="lost_response")
    with newsroom.daemon() as daemon:
        until(lambda: all(daemon.counts(name) == {"sent": 1} for name in ("x", "telegram")))
        assert daemon.end() == 0
    assert everywhere(newsroom, urls)
    assert set(newsroom.shown("x").values()) == {1}
