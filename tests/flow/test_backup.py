"""Backups of a store in use: whole or not there, kept as many as asked, and nobody else's file is touched."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from distributor.calls import dispatch
from distributor.calls.desk.keeping import make_due_backup
from distributor.engine.round import run_round
from distributor.errors import CallError, StoreError, StoreForeign, StoreTooNew
from distributor.store.file.backup import prove
from distributor.store.migrations import NAMES
from distributor.store.opening import FILE, open_store
from tests.apps import told_app
from tests.support import NOON, HandClock, ToldSource, article, store_with

#: Copies a store into a folder where no file may grow beyond a size (setrlimit(2), RLIMIT_FSIZE).
STARVED = """
import resource, sys
from pathlib import Path
from distributor.errors import StoreError
from distributor.store.opening import open_store
from tests.support import NOON
store = open_store(Path(sys.argv[1]), threaded=True)
resource.setrlimit(resource.RLIMIT_FSIZE, (65536, resource.RLIM_INFINITY))
try:
    store.backups.make(Path(sys.argv[2]), keep=3, now=NOON)
except StoreError as error:
    print(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
store.close()
"""
FOR_EVER = """
import sys
from pathlib import Path
from distributor.store.opening import open_store
from tests.support import NOON
store = open_store(Path(sys.argv[1]), threaded=True)
print("begins", flush=True)
while True:
    store.backups.make(Path(sys.argv[2]), keep=1, now=NOON)
"""


def child(script, *arguments):
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


@pytest.fixture
def app(tmp_path):
    found = told_app(tmp_path, source=ToldSource([article()]))
    run_round(found)
    yield found
    found.close()


def grow(store, rows=400):
    for number in range(rows):
        store.stories.feed_failed(f"feed-{number}", "x" * 1000, NOON)


def test_a_backup_is_a_whole_store_of_this_moment_that_only_its_owner_reads(app, tmp_path):
    found = dispatch(app, "backup", {})
    path = Path(found["path"])
    assert path.parent == tmp_path / "state" / "backups"
    assert path.stat().st_mode & 0o777 == 0o600
    assert found["bytes"] == path.stat().st_size
    assert (found["verified"], found["removed"]) == (True, [])
    (last,) = app.store._readers.query("SELECT id, hash FROM events ORDER BY id DESC LIMIT 1")
    assert (found["events"], found["head"]) == (last["id"], last["hash"].hex())
    (tmp_path / "other").mkdir()
    shutil.copy(path, tmp_path / "other" / FILE)
    copy = open_store(tmp_path / "other", threaded=False)
    assert copy.deliveries.counts() == app.store.deliveries.counts()
    assert copy.mark(1) == app.store.mark(1)
    copy.close()
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_a_backup_made_while_lanes_write_is_whole(tmp_path):
    store = store_with(tmp_path / "state", "x", threaded=True)
    stop = threading.Event()

    def write():
        number = 0
        while not stop.is_set():
            number += 1
            store.alerts.raise_alert(f"k{number}", "text", now=NOON)

    writers = [threading.Thread(target=write) for _ in range(4)]
    for one in writers:
        one.start()
    events = [
        store.backups.make(tmp_path / "copies", keep=9, now=NOON + timedelta(seconds=number)).proved.events
        for number in range(5)
    ]
    stop.set()
    for one in writers:
        one.join()
    store.close()
    assert events == sorted(events)
    assert events[-1] > 0


def test_the_newest_are_kept_and_no_file_of_anybody_else_is_deleted(tmp_path):
    store, folder = store_with(tmp_path / "state", "x"), tmp_path / "copies"
    folder.mkdir()
    mine = folder / "distributor-my-own-copy.sqlite3"
    other = folder / "distributor-00000000-20200101T000000Z.sqlite3"
    for path in (mine, other):
        path.write_text("precious", "utf-8")
    made = [store.backups.make(folder, keep=3, now=NOON + timedelta(hours=hour)) for hour in range(5)]
    assert [one.removed for one in made] == [[], [], [], [made[0].path], [made[1].path]]
    assert {path.name for path in folder.iterdir()} == {mine.name, other.name, *(one.path.name for one in made[2:])}
    store.close()


def test_a_backup_for_which_there_is_no_room_leaves_nothing_and_harms_no_store(tmp_path):
    store = store_with(tmp_path / "state", "x")
    grow(store)
    store.close()
    starved = child(STARVED, tmp_path / "state", tmp_path / "copies")
    told, _ = starved.communicate(timeout=30)
    assert "the store cannot be copied" in told
    assert starved.returncode == 0
    assert list((tmp_path / "copies").iterdir()) == []
    again = open_store(tmp_path / "state", threaded=False)
    assert len(again.stories.feeds()) == 400
    again.close()


def test_a_folder_that_cannot_be_used_is_said_plainly(app, tmp_path):
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(StoreError, match=r"no backup in .*file/copies: Not a directory"):
        dispatch(app, "backup", {"to": str(tmp_path / "file" / "copies")})
    with pytest.raises(CallError, match="is not an absolute path"):
        dispatch(app, "backup", {"to": "copies"})


def test_a_kill_during_backups_leaves_whole_ones_and_the_next_clears_away_what_was_unfinished(tmp_path):
    store = store_with(tmp_path / "state", "x")
    grow(store)
    store.close()
    folder = tmp_path / "copies"
    for wait in (0.02, 0.05, 0.1):
        killed = child(FOR_EVER, tmp_path / "state", folder)
        assert killed.stdout is not None
        assert killed.stdout.readline() == "begins\n"
        threading.Event().wait(wait)
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        killed.stdout.close()
        for path in folder.glob("*.sqlite3"):
            prove(path)
    again = open_store(tmp_path / "state", threaded=False)
    made = again.backups.make(folder, keep=1, now=NOON)
    again.close()
    assert [path.name for path in folder.iterdir()] == [made.path.name]


def test_the_clock_tells_somebody_when_there_is_no_backup_and_when_there_is_one_again(tmp_path):
    clock = HandClock()
    app = told_app(tmp_path, clock=clock)
    blocked = tmp_path / "state" / "backups"
    blocked.write_text("", "utf-8")
    for _ in range(2):
        with pytest.raises(StoreError):
            make_due_backup(app)
    (alert,) = app.store.alerts.open_alerts()
    assert (alert.key, alert.hint) == ("backup", "distributor backup")
    blocked.unlink()
    make_due_backup(app)
    assert not app.store.alerts.open_alerts()
    assert len(list(blocked.iterdir())) == 1
    app.close()


# -- proving a file


@pytest.fixture
def copy(app, tmp_path):
    return Path(dispatch(app, "backup", {"to": str(tmp_path / "copies")})["path"])


def change(path, sql):
    with sqlite3.connect(path) as database:
        database.execute(sql)
    database.close()


def test_a_file_of_another_program_or_version_is_no_backup(copy, tmp_path):
    theirs = tmp_path / "theirs.sqlite3"
    change(theirs, "CREATE TABLE theirs (id INTEGER)")
    with pytest.raises(StoreForeign):
        prove(theirs)
    empty = tmp_path / "empty.sqlite3"
    change(empty, "PRAGMA user_version = 3")
    with pytest.raises(StoreError, match="without a distributor's ledger"):
        prove(empty)
    for wrong in (tmp_path / "gone", tmp_path):
        with pytest.raises(StoreError, match="there is no such file"):
            prove(wrong)
    (tmp_path / "nought").touch()
    with pytest.raises(StoreError, match="it is empty"):
        prove(tmp_path / "nought")
    change(copy, f"UPDATE _sqlite_migrations SET name = '9999_future' WHERE name = '{NAMES[-1]}'")
    with pytest.raises(StoreTooNew):
        prove(copy)


def test_a_backup_with_a_changed_event_is_refused(copy):
    change(copy, "UPDATE events SET detail = 'nothing happened' WHERE id = 2")
    with pytest.raises(StoreError, match="chain of events is broken at number 2"):
        prove(copy)


def test_a_backup_from_before_the_chain_is_taken_as_it_is(copy):
    change(copy, f"DELETE FROM _sqlite_migrations WHERE name = '{NAMES[1]}'")
    assert prove(copy).events == 0


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_backup_that_was_cut_off_or_overwritten_is_refused(copy, share):
    whole = copy.read_bytes()
    at = int(len(whole) * share)
    copy.write_bytes(whole[:at])
    with pytest.raises(StoreError):
        prove(copy)
    copy.write_bytes(whole[: at // 4096 * 4096] + b"\xa5" * 4096 + whole[at // 4096 * 4096 + 4096 :])
    with pytest.raises(StoreError):
        prove(copy)
