"""A database whose pages are damaged: one plain error with the way out, everywhere, and no empty store in its place."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from distributor.calls import dispatch
from distributor.cli.root import cli
from distributor.config import load
from distributor.engine.clock import Timekeeper
from distributor.engine.round import run_round
from distributor.engine.rounds import Rounds
from distributor.errors import StoreDamaged, StoreError, StoreForeign
from distributor.store.connection import damage_in
from distributor.store.file.backup import copy, prove
from distributor.store.file.fence import Fence
from distributor.store.file.restore import restore
from distributor.store.opening import FILE, open_store
from distributor.trying import check_all
from distributor.web.desk.refusals import told_of
from tests.apps import told_app
from tests.platforms import everywhere, until, without_warnings
from tests.support import NOON, HandClock, ToldSource, article

WAY_OUT = "put the latest backup in its place: distributor restore FILE"
PAGE = 4096


def damage(path, *, first=4):
    """Overwrite the first half of every page from the ``first`` on, as a dying disk may."""
    with closing(sqlite3.connect(path)) as hand:
        hand.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    end = path.stat().st_size
    with path.open("r+b") as file:
        for place in range(PAGE * first, end, PAGE):
            file.seek(place)
            file.write(b"\xde\xad\xbe\xef" * (PAGE // 8))


@pytest.fixture
def folder(tmp_path):
    """The state folder of a store that ran live."""
    with closing(told_app(tmp_path, source=ToldSource([article(1), article(2)]), clock=HandClock())) as app:
        run_round(app)
    return tmp_path / "state"


def plain(error):
    """The error is one line in our words, with the way out; an empty folder is none."""
    text = str(error.value)
    assert WAY_OUT in text
    assert "another folder" not in text
    assert "\n" not in text
    return True


@pytest.mark.parametrize("threaded", [False, True])
def test_readers_and_the_writer_meet_a_damaged_page_with_one_plain_error(folder, threaded):
    with closing(open_store(folder, threaded=threaded)) as store:
        told = []
        store.damage.then(lambda: told.append("found"))
        damage(folder / FILE)
        with pytest.raises(StoreDamaged) as read:
            store.deliveries.list()
        with pytest.raises(StoreDamaged) as written:
            store.alerts.raise_alert("key", "text", now=NOON)
        assert plain(read)
        assert plain(written)
        assert store.damage.found is not None
        assert told == ["found"]


@pytest.mark.parametrize("first", [0, 1, 4])
def test_a_store_that_is_damaged_at_its_opening_is_never_told_to_lie_in_another_folder(folder, first):
    damage(folder / FILE, first=first)
    with pytest.raises(StoreError) as caught, closing(open_store(folder, threaded=False)) as store:
        store.deliveries.list()
    assert isinstance(caught.value, StoreDamaged)
    assert plain(caught)


def one_page(path, table):
    """Damage the first page of a table that no start reads."""
    with closing(sqlite3.connect(path)) as hand:
        hand.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = hand.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
    with path.open("r+b") as file:
        file.seek(PAGE * (page - 1))
        file.write(b"\xde\xad\xbe\xef" * (PAGE // 4))


def test_what_was_found_damaged_once_is_not_opened_again_though_a_start_would_not_touch_it(folder):
    backup = folder.parent / "backup.sqlite3"
    copy(folder / FILE, backup)
    one_page(folder / FILE, "approvals")
    with closing(open_store(folder, threaded=False)) as store, pytest.raises(StoreDamaged):
        store._readers.query("SELECT * FROM approvals")
    with pytest.raises(StoreDamaged) as caught:
        open_store(folder, threaded=False)
    assert plain(caught)
    assert not checked(folder)[0]["ok"]
    restore(folder, backup, Fence(feeds=(), digests=(), askable=()), actor="operator", now=NOON)
    assert not (folder / "damaged").exists()
    open_store(folder, threaded=False).close()


def test_a_note_of_damage_in_a_sound_database_goes_when_all_of_it_was_looked_at(folder):
    (folder / "damaged").write_text("a bad cable\n")
    open_store(folder, threaded=False).close()
    assert not (folder / "damaged").exists()


def test_of_a_file_that_nothing_says_was_a_store_both_ways_are_told(folder):
    damage(folder / FILE, first=0)
    (folder / "marker").unlink()
    with pytest.raises(StoreForeign, match="if it was one") as caught:
        open_store(folder, threaded=False)
    assert plain(caught)


def test_a_damaged_backup_is_told_as_that_and_not_as_a_damaged_store(folder):
    damage(folder / FILE, first=1)
    with pytest.raises(StoreError, match="is damaged: ") as caught:
        prove(folder / FILE)
    assert "latest backup" not in str(caught.value)
    (folder / FILE).write_bytes(b"anything else" * 1000)
    with pytest.raises(StoreForeign, match="is no backup: it is no database"):
        prove(folder / FILE)


def test_every_command_and_the_check_say_it_in_one_line(folder):
    config = folder.parent / "config.toml"
    damage(folder / FILE)
    for command in (["deliveries"], ["channels"], ["prove", "--all"], ["run", "--once"]):
        done = CliRunner().invoke(cli, ["--config", str(config), *command])
        assert done.exit_code == 1, command
        (line,) = [line for line in done.stderr.splitlines() if not line.startswith("warning: ")]
        assert WAY_OUT in line
    (told,) = checked(folder)
    assert not told["ok"]
    assert WAY_OUT in told["detail"]


def checked(folder):
    return check_all(load(folder.parent / "config.toml", environ={}, cwd=folder.parent))["store"]


def test_a_database_that_is_gone_beside_its_marker_is_no_new_store_to_the_check(folder):
    assert [one["ok"] for one in checked(folder)] == [True]
    (folder / FILE).unlink()
    (told,) = checked(folder)
    assert not told["ok"]
    assert "its database is gone" in told["detail"]
    assert WAY_OUT in told["detail"]
    (folder / "marker").unlink()
    assert checked(folder) == []


@pytest.mark.parametrize(("free", "is_ok", "words"), [(0, False, "nothing can be written"), (9, True, "nearly full")])
def test_a_disk_without_room_is_told_by_the_check(folder, monkeypatch, free, is_ok, words):
    room = SimpleNamespace(f_bavail=free << 20, f_frsize=1, f_blocks=1 << 40)
    monkeypatch.setattr("distributor.trying.os.statvfs", lambda _: room)
    (told,) = checked(folder)
    assert told["ok"] is is_ok
    assert words in told["detail"]


def test_pages_of_the_desk_name_the_way_out():
    told = told_of(StoreDamaged("database disk image is malformed"))
    assert (told.status, told.hint) == (503, "distributor restore FILE")
    assert "damaged" in told.why


def test_what_is_no_damage_keeps_its_own_error():
    assert damage_in(sqlite3.OperationalError("database is locked")) is None
    assert damage_in(ValueError("a bug")) is None


def test_threads_leave_the_word_to_the_daemon(caplog):
    def hurt():
        raise StoreDamaged("database disk image is malformed")

    class Hurt(Rounds):
        def _round(self):
            return hurt()

    Hurt("x", "lane-x")._run()  # it ends: no round follows
    Timekeeper()._told("chores", hurt)()
    assert caplog.text == ""


@pytest.mark.no_cover
def test_a_daemon_whose_database_is_damaged_says_so_once_and_ends_and_a_restore_brings_it_back(loop):
    with loop.daemon() as daemon:
        urls = loop.publish("Before the backup")
        until(lambda: everywhere(loop, urls))
        (backup,) = [daemon.call("backup")["path"]]
        damage(loop.state / FILE)
        until(lambda: not daemon.alive())
        assert daemon.process.returncode == 1
        lines = without_warnings(daemon.log.read_text("utf-8"))
    assert lines[-1].startswith("the store's database is damaged")
    assert [line for line in lines if "damaged" in line] == [lines[-1]]
    assert "Traceback" not in "".join(lines)
    again = loop.command("run")
    assert again.returncode == 1
    (line,) = without_warnings(again.stderr)
    assert WAY_OUT in line
    assert loop.command("restore", backup, "--yes").returncode == 0
    with loop.daemon() as daemon:
        urls += loop.publish("After the restore")
        until(lambda: daemon.call("status")["fence"] is None)
        assert daemon.end() == 0
    assert set(loop.shown("x").values()) == {1}


def test_a_call_of_the_running_daemon_is_refused_in_the_same_words(folder):
    with closing(told_app(folder.parent, clock=HandClock())) as app:
        damage(folder / FILE)
        with pytest.raises(StoreDamaged) as caught:
            dispatch(app, "deliveries", {})
        assert plain(caught)
