"""A running program that takes over other editorial rules, and one that cannot: on the real store, a real port."""

from __future__ import annotations

import gc
import http.client
import socket
import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from distributor import daemon
from distributor.app import open_app
from distributor.calls.ahead.editing import ALERT
from distributor.config import load
from distributor.control import ask
from distributor.errors import CallError, ListenError, StoreError, StoreLocked
from distributor.store.opening import open_store
from tests.platforms import until

OPERATORS = """\
[store]
folder = "state"

[feeds.cms]
type = "push"
secret = "a-secret-of-the-newsroom"

[channels.x]
type = "console"

[web]
listen = "127.0.0.1:0"
"""
RULES = '[routes.all]\nchannels = ["x"]\n'
SLOWER = f'{RULES}\n[channels.x]\ngap = "5m"\n'
SLOWEST = f'{RULES}\n[channels.x]\ngap = "9m"\n'


class Running:
    """The program in a thread; ``gap`` is called whenever everything is opened anew."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(daemon, "LOOK", 0.01)
        self.folder, self.state = folder, folder / "state"
        self.gap: Callable[[], object] = lambda: None
        self.houses: list[daemon.House] = []
        self.opened = 0
        self.renderers: list[weakref.ref[object]] = []
        real, house = open_app, daemon.House.__init__

        def opening(*args: Any, **more: Any) -> Any:
            self.gap()
            self.opened += 1
            app = real(*args, **more)
            self.renderers.append(weakref.ref(app.renderer))
            return app

        def built(made: daemon.House, *args: Any) -> None:
            house(made, *args)
            self.houses.append(made)

        monkeypatch.setattr(daemon, "open_app", opening)
        monkeypatch.setattr(daemon.House, "__init__", built)
        (folder / "config.toml").write_text(OPERATORS, "utf-8")
        self.write(RULES)
        self.stop = threading.Event()
        settings = load(folder / "config.toml", environ={}, cwd=folder)
        self.thread = threading.Thread(target=daemon.work, args=(settings, self.stop))
        self.thread.start()
        until(lambda: self.opened == 1 and self.gap_of() == 0)

    def write(self, text: str) -> None:
        (self.folder / "editorial.toml").write_text(text, "utf-8")

    def call(self, name: str) -> dict[str, Any]:
        answer = ask(self.state, name, {})
        assert answer is not None
        return answer

    def gap_of(self) -> int:
        return int(self.call("schedules")["channels"][0]["gap"])

    def address(self) -> tuple[str, int]:
        taken = self.houses[0].address
        assert taken is not None
        host, port = taken.getsockname()[:2]
        return str(host), int(port)

    def healthy(self) -> bool:
        wire = http.client.HTTPConnection(*self.address(), timeout=20)
        wire.request("GET", "/healthz")
        found = wire.getresponse().status == 200
        wire.close()
        return found

    def alerts(self) -> list[str]:
        return [str(one["text"]) for one in self.call("alerts")["alerts"] if one["key"] == ALERT]

    def end(self) -> None:
        self.stop.set()
        self.thread.join(30)
        assert not self.thread.is_alive()


@pytest.fixture
def running(short: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    found = Running(short, monkeypatch)
    yield found
    found.end()


def test_while_other_rules_are_taken_over_nobody_can_take_the_port_the_store_or_the_socket(running: Running) -> None:
    def intrude() -> None:
        with socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with pytest.raises(OSError, match="in use"):
                other.bind(running.address())
        with pytest.raises(StoreLocked):
            open_store(running.state, threaded=False)
        waiting.start()

    asked: list[int] = []
    waiting = threading.Thread(target=lambda: asked.append(running.gap_of()))
    running.gap = intrude
    running.write(SLOWER)
    until(lambda: asked == [300])
    running.gap = lambda: None
    assert running.healthy()
    assert running.opened == 2
    assert running.alerts() == []


def test_what_worked_under_the_rules_before_takes_no_memory_any_more(running: Running) -> None:
    for text, gap in ((SLOWER, 300), (SLOWEST, 540)):
        running.write(text)
        until(lambda gap=gap: running.gap_of() == gap)  # type: ignore[misc]
    assert gc.get_freeze_count() > 0
    gc.unfreeze()  # whatever a thread held a moment too long may go now
    *before, present = running.renderers
    assert len(before) == 2
    until(lambda: gc.collect() >= 0 and [made() for made in before] == [None] * len(before))
    assert present() is not None


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (ListenError("web.listen: cannot listen on 127.0.0.1:80 (taken)"), "cannot listen on 127.0.0.1:80 (taken)"),
        (OSError("token-of-somebody"), "OSError; the log has the details"),
    ],
)
def test_rules_that_cannot_be_taken_over_leave_those_before_in_force_and_somebody_is_told(
    running: Running, failure: Exception, said: str
) -> None:
    failures = [failure]

    def fail() -> None:
        if failures:
            raise failures.pop()

    running.gap = fail
    running.write(SLOWER)
    until(lambda: running.opened == 2 and running.alerts())
    (told,) = running.alerts()
    assert told.endswith(said)
    assert "the rules before them stay in force" in told
    assert (running.gap_of(), running.healthy()) == (0, True)
    shown = running.call("editorial_show")
    assert (shown["text"], shown["problem"]) == (SLOWER, told)
    assert running.call("editorial_history")["versions"][0]["problem"] == told
    assert running.opened == 2  # it is not tried again and again
    running.write(SLOWEST)
    until(lambda: running.gap_of() == 540)
    until(lambda: not running.alerts())
    assert running.call("editorial_show")["problem"] == ""


def test_the_same_text_is_in_force_after_a_restart_and_nothing_is_said_against_it_any_more(
    short: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Running(short, monkeypatch)
    failures: list[Exception] = [StoreError("the disk is full")]
    first.gap = lambda: (_ for _ in ()).throw(failures.pop()) if failures else None
    first.write(SLOWER)
    until(first.alerts)
    first.end()
    monkeypatch.undo()
    monkeypatch.setattr(daemon, "LOOK", 0.01)
    stop = threading.Event()
    settings = load(short / "config.toml", environ={}, cwd=short)
    thread = threading.Thread(target=daemon.work, args=(settings, stop))
    thread.start()
    until(lambda: (ask(short / "state", "editorial_show", {}) or {"problem": "away"})["problem"] == "")
    until(lambda: (ask(short / "state", "alerts", {}) or {})["alerts"] == [])
    stop.set()
    thread.join(30)


@pytest.mark.parametrize(
    ("looks", "found"),
    [
        ([RULES], None),
        ([SLOWER[:20], SLOWER], None),
        ([SLOWER, SLOWER], SLOWER),
        ([SLOWER, CallError("no_file", "")], None),
    ],
)
def test_a_file_that_is_just_being_written_is_not_taken_over_half(
    looks: list[str | CallError], found: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(_: Any) -> str:
        look = looks.pop(0)
        if isinstance(look, CallError):
            raise look
        return look

    monkeypatch.setattr(daemon, "read_file", read)
    monkeypatch.setattr(daemon, "SETTLED", 0.0)
    app: Any = None
    assert daemon._changed(app, RULES) == found
    assert looks == []


def test_a_start_that_fails_ends_the_program(short: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (short / "config.toml").write_text(OPERATORS + RULES, "utf-8")
    settings = load(short / "config.toml", environ={}, cwd=short)
    monkeypatch.setattr(daemon, "open_app", lambda *_, **__: (_ for _ in ()).throw(StoreError("the disk is full")))
    with pytest.raises(StoreError, match="the disk is full"):
        daemon.work(settings, threading.Event())
    open_store(short / "state", threaded=False).close()  # everything is given back
