"""The sign of life: given while all is well, withheld when the store cannot be written, whatever the reason."""

from __future__ import annotations

import json
import logging
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from distributor.engine.engine import Engine
from distributor.errors import FetchError, StoreError
from distributor.rules.fate.binding import Judgement, Standing
from distributor.store.file.whole import write_whole
from distributor.store.opening import FILE
from tests.apps import CONFIG, told_app
from tests.flow.test_full_disk import full_disk, told
from tests.platforms import until
from tests.support import NOON, HandClock

URL = "https://watch.example.org/ping/very-secret-key"
BEATING = CONFIG + f'\n[alerts]\nheartbeat_file = "beat"\nheartbeat_url = "{URL}"\n'


class Asked:
    """A fetcher that remembers what it was asked for."""

    def __init__(self, error=None):
        self.urls = []
        self.error = error

    def get(self, url):
        self.urls.append(url)
        if self.error:
            raise self.error


def well(app):
    app.store.alerts.prove_writable(NOON)
    return True


@pytest.fixture
def engine(short):
    app = told_app(short, config=BEATING, clock=HandClock())
    found: Any = Engine(app)
    found.heartbeat._fetcher = Asked()
    found.heartbeat._is_well = lambda: well(app)
    yield found
    app.close()


def beat_file(engine):
    return engine._app.settings.file.parent / "beat"


def test_while_all_is_well_the_file_is_touched_and_the_address_asked(engine):
    assert engine.heartbeat.beat(NOON)
    assert json.loads(beat_file(engine).read_text("utf-8")) == {
        "at": "2026-11-24T12:00:00Z",
        "mode": "live",
        "alerts": 0,
    }
    assert engine.heartbeat._fetcher.urls == [URL]


def test_a_lane_that_stands_ends_the_signs_of_life_and_the_log_says_why_once(engine, caplog):
    engine.heartbeat._is_well = lambda: False
    assert not engine.heartbeat.beat(NOON)
    assert not engine.heartbeat.beat(NOON)
    assert [one.levelno for one in caplog.records] == [logging.CRITICAL]
    assert "a lane does not move" in caplog.text
    assert not beat_file(engine).exists()
    engine.heartbeat._is_well = lambda: True
    assert engine.heartbeat.beat(NOON)
    assert "signs of life are given again" in caplog.text


def test_behind_a_fence_there_is_no_sign_of_life_until_the_take_over(engine, monkeypatch, caplog):
    binding = engine._app.store.binding
    live = binding.judgement
    monkeypatch.setattr(binding, "judgement", Judgement(standing=Standing.MOVED, reason="it lies elsewhere"))
    assert not engine.heartbeat.beat(NOON)
    assert "no sign of life is given any more: nothing is sent: it lies elsewhere" in caplog.text
    assert engine.heartbeat._fetcher.urls == []
    monkeypatch.setattr(binding, "judgement", live)
    assert engine.heartbeat.beat(NOON)


def test_lanes_that_were_never_started_are_no_sign_of_life(short):
    with closing(told_app(short, config=BEATING)) as app:
        assert not Engine(app).heartbeat.beat(NOON)


def test_a_full_database_ends_the_signs_of_life(engine, caplog):
    """No page more than it has: SQLite's own "database or disk is full"."""
    raw = engine._app.store.alerts._writer._connection.raw
    (pages,) = raw.execute("PRAGMA page_count").fetchone()
    raw.execute(f"PRAGMA max_page_count = {pages}")
    engine.heartbeat._is_well = lambda: _fill(engine)
    assert not engine.heartbeat.beat(NOON)
    assert "no sign of life is given any more: the store cannot be written: database or disk is full" in caplog.text


def _fill(engine):
    for number in range(10_000):
        engine._app.store.alerts.raise_alert(f"{number}", "x" * 1000, now=NOON)
    return True


def test_a_damaged_database_ends_the_signs_of_life(short, caplog):
    app = told_app(short, config=BEATING, clock=HandClock())
    engine: Any = Engine(app)
    engine.heartbeat._fetcher = Asked()
    engine.heartbeat._is_well = lambda: well(app)
    with closing(sqlite3.connect(app.store.folder / FILE)) as hand:
        hand.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with (app.store.folder / FILE).open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * 200_000)
    assert not engine.heartbeat.beat(NOON)
    assert "no sign of life is given any more" in caplog.text
    assert engine.heartbeat._fetcher.urls == []
    app.close()


def test_an_address_that_does_not_answer_is_a_warning_without_its_key(engine, caplog):
    engine.heartbeat._fetcher = Asked(FetchError("answered 503"))
    assert engine.heartbeat.beat(NOON)
    assert "answered 503" in caplog.text
    assert "very-secret-key" not in caplog.text
    assert "very-secret-key" not in repr(engine._app.settings)


def test_a_file_that_cannot_be_written_is_critical_and_the_old_one_stays(engine, caplog, monkeypatch):
    assert engine.heartbeat.beat(NOON)
    before = beat_file(engine).read_text("utf-8")
    monkeypatch.setattr("distributor.store.file.whole.os.fsync", _no_room)
    assert engine.heartbeat.beat(NOON.replace(hour=13))
    assert "No space left" in caplog.text
    assert beat_file(engine).read_text("utf-8") == before
    assert [path.name for path in beat_file(engine).parent.glob(".beat*")] == []


def _no_room(_):
    raise OSError(28, "No space left on device")


def test_a_file_is_replaced_whole_and_is_its_owners_alone(tmp_path):
    path = tmp_path / "beat"
    for text in ("a" * 1000, "b"):
        write_whole(path, text)
        assert path.read_text("utf-8") == text
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_store_that_cannot_be_proved_is_told_from_one_that_can(engine):
    engine._app.store.alerts.prove_writable(NOON)
    engine._app.store.close()
    with pytest.raises((StoreError, sqlite3.Error)):
        engine._app.store.alerts.prove_writable(NOON)


def test_a_daemon_whose_disk_is_full_gives_no_more_signs_of_life_and_gives_them_again(loop):
    loop.configure(more=f'\n[alerts]\nheartbeat_file = "{loop.folder}/beat"\nheartbeat_every = "10s"\n')
    beat = loop.folder / "beat"
    with loop.daemon() as daemon:
        until(beat.exists)
        with full_disk(daemon):
            until(lambda: told(daemon, "CRITICAL", "no sign of life", "the store cannot be written"))
            before = beat.read_text("utf-8")
        until(lambda: told(daemon, "signs of life are given again"))
        until(lambda: beat.read_text("utf-8") != before)
        assert daemon.end() == 0
