"""The thread that looks for posts by hand: its first look, its failures, its end."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

from distributor.engine import rounds, watching
from distributor.engine.engine import Engine
from distributor.engine.watching import Watch
from distributor.errors import StoreError
from tests.apps import told_app

SOON = timedelta(milliseconds=1)


class ToldWatcher:
    """Looks as told, and waits for news until it is hushed."""

    name = "x"

    def __init__(self, *answers: Exception | timedelta) -> None:
        self.answers = list(answers)
        self.looks: list[bool] = []
        self.done = threading.Event()
        self.hushed = threading.Event()

    def run_once(self, *, waits: bool = False) -> timedelta:
        self.looks.append(waits)
        if not self.answers:
            self.done.set()
            self.hushed.wait(30)
            return SOON
        found = self.answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    def hush(self) -> None:
        self.hushed.set()


def test_the_first_look_does_not_wait_and_a_stop_ends_the_one_that_does():
    watcher = ToldWatcher(SOON)
    watch = Watch(cast(Any, watcher))
    watch.start()
    assert watch.looked(30)
    assert watcher.done.wait(30)
    assert watcher.looks == [False, True]
    watch.stop()
    assert watch.join(30)
    assert watch.join(0)


def test_a_failing_store_and_a_bug_are_told_and_the_look_comes_again(monkeypatch, caplog):
    monkeypatch.setattr(rounds, "AFTER_FAILURE", SOON)
    watcher = ToldWatcher(StoreError("the disk is full"), ValueError("a bug"))
    watch = Watch(cast(Any, watcher))
    watch.start()
    assert watcher.done.wait(30)
    watch.stop()
    assert watch.join(30)
    assert [record.getMessage() for record in caplog.records] == [
        "posts by hand on x: the disk is full",
        "posts by hand on x: a round ended in an unexpected error",
    ]


def test_a_watch_that_does_not_end_is_said_to_run_on(monkeypatch):
    watcher = ToldWatcher()
    monkeypatch.setattr(watcher, "hush", lambda: None)
    watch = Watch(cast(Any, watcher))
    watch.start()
    assert watcher.done.wait(30)
    watch.stop()
    assert not watch.join(0.01)
    watcher.hushed.set()
    assert watch.join(30)


def test_the_engine_waits_a_moment_for_the_first_looks_and_not_for_ever(short, monkeypatch):
    monkeypatch.setattr("distributor.engine.engine.FIRST_LOOKS", 0.05)
    slow = ToldWatcher()
    app = replace(told_app(short, threaded=True), watchers=(cast(Any, slow),))
    engine = Engine(app)
    engine.start()
    assert not slow.answers
    assert slow.looks == [False]
    engine.stop()
    app.close()


def test_behind_a_fence_nobody_is_asked_and_after_the_take_over_the_looks_begin(monkeypatch):
    monkeypatch.setattr(watching, "FENCED", SOON)
    fenced, watcher = threading.Event(), ToldWatcher()
    watch = Watch(cast(Any, watcher), is_live=fenced.is_set)
    watch.start()
    assert watch.looked(30)
    assert watcher.looks == []
    fenced.set()
    assert watcher.done.wait(30)
    watch.stop()
    assert watch.join(30)
