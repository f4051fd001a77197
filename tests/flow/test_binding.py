"""One live instance: a copy, an older file and a store without its marker touch no wire until somebody takes over."""

from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path

import pytest

from distributor.calls import dispatch
from distributor.engine.round import run_round
from distributor.errors import CallError
from distributor.interfaces import Verifiable
from distributor.model import State
from distributor.rules.fate.binding import Standing
from distributor.store.file import binding as binding_module
from distributor.store.file.marker import NAME, SIZE
from distributor.store.ledger.events import verify
from distributor.store.opening import FILE
from tests.apps import CONFIG, told_app
from tests.support import HandClock, ToldChannel, ToldSource, article

POSTS_ONLY = CONFIG.split("[digests.morning]", maxsplit=1)[0]


class Asked(ToldChannel):
    """A channel whose platform can be asked."""

    def posts_after(self, remote_id):
        return ()


class Repeats(ToldChannel):
    """A channel whose receiver tells a repetition from a new parcel."""

    repeats = "the receiver knows its id"


@pytest.fixture
def opened():
    apps = []

    def make(folder, *articles, **options):
        options = {"config": POSTS_ONLY, **options}
        apps.append(told_app(folder, source=ToldSource(list(articles or [article()])), **options))
        return apps[-1]

    yield make
    for app in apps:
        app.close()


def states(app, channel="x"):
    return app.store.deliveries.counts().get(channel, {})


def chain_is_whole(app):
    return verify(app.store._readers.query("SELECT * FROM events ORDER BY id")) is None


def lived(opened, folder):
    """A store that has run live and sent one story."""
    folder.mkdir(exist_ok=True)
    app = opened(folder)
    run_round(app)
    assert states(app) == {State.SENT: 1}
    app.close()
    return folder


def test_the_first_live_run_binds_the_store_and_the_next_finds_it_its_own(opened, tmp_path):
    app = opened(tmp_path)
    assert (app.fence, app.mode) == ("", "live")
    app.close()
    marker = (tmp_path / "state" / NAME).read_bytes()
    assert len(marker) == SIZE
    assert (tmp_path / "state" / NAME).stat().st_mode & 0o777 == 0o600
    again = opened(tmp_path)
    assert again.store.binding.judgement.standing is Standing.OURS
    assert chain_is_whole(again)


def test_the_marker_says_after_every_commit_how_far_the_store_has_come(opened, tmp_path):
    for threaded in (False, True):
        app = opened(tmp_path, article(1 + threaded), threaded=threaded)
        run_round(app)
        told = json.loads((tmp_path / "state" / NAME).read_text("utf-8"))
        (last,) = app.store._readers.query("SELECT id, hash FROM events ORDER BY id DESC LIMIT 1")
        (top,) = app.store._readers.query("SELECT max(id) AS id FROM deliveries")
        assert (told["event"], told["event_hash"], told["delivery"]) == (last["id"], last["hash"].hex(), top["id"])
        app.close()


def test_a_marker_that_somebody_takes_away_is_written_anew(opened, tmp_path):
    app = opened(tmp_path)
    (tmp_path / "state" / NAME).unlink()
    app.store.binding.sync()
    assert (tmp_path / "state" / NAME).exists()


def test_a_marker_that_cannot_be_written_stops_nothing(opened, tmp_path, caplog):
    app = opened(tmp_path)
    (tmp_path / "state" / f"{NAME}.new").mkdir()
    with caplog.at_level(logging.WARNING):
        app.store.binding.sync()
    assert "marker cannot be written" in caplog.text
    run_round(app)
    assert states(app) == {State.SENT: 1}
    (tmp_path / "state" / f"{NAME}.new").rmdir()


def test_a_store_tried_in_shadow_mode_is_bound_by_its_first_live_run_only(opened, tmp_path):
    app = opened(tmp_path, config=f'mode = "shadow"\n{POSTS_ONLY}')
    run_round(app)
    assert states(app) == {State.SKIPPED: 1}
    app.close()
    assert not (tmp_path / "state" / NAME).exists()
    app = opened(tmp_path, article(2))
    assert (app.mode, app.store.binding.judgement.standing) == ("live", Standing.OURS)


@pytest.mark.parametrize("with_log", [True, False])
def test_a_copy_of_a_running_store_in_another_folder_sends_nothing_and_loses_nothing(
    opened, tmp_path, caplog, with_log
):
    (tmp_path / "live").mkdir()
    live = opened(tmp_path / "live")
    run_round(live)
    copy = tmp_path / "copy"
    (copy / "state").mkdir(parents=True)
    names = [FILE, NAME] + [f"{FILE}-wal"] * with_log
    for name in names:
        shutil.copy(tmp_path / "live" / "state" / name, copy / "state" / name)
    channel = ToldChannel("x")
    with caplog.at_level(logging.ERROR):
        app = opened(copy, article(2), channels={"x": channel})
    run_round(app)
    assert channel.parcels == []
    assert "shadow: nothing is sent" in caplog.text
    assert "distributor take-over" in caplog.text
    found = dispatch(app, "status", {})
    assert found["mode"] == "shadow"
    assert found["fence"]
    assert [one.key for one in app.store.alerts.open_alerts()] == ["take-over"]
    held = app.store.deliveries.list(state=State.HELD, channel="x")
    assert [row["held_by"] for row in held] == ["take-over"]
    assert held[0]["message_id"] is not None
    run_round(live)
    assert states(live) == {State.SENT: 1}


def moved(folder, to):
    shutil.move(folder, to)
    return to


def test_a_store_moved_with_its_marker_waits_and_after_the_take_over_everything_leaves_once(opened, tmp_path):
    folder = moved(lived(opened, tmp_path / "old"), tmp_path / "new")
    channel = ToldChannel("x")
    app = opened(folder, article(1), article(2), channels={"x": channel})
    run_round(app)
    assert (len(channel.parcels), states(app)) == (0, {State.SENT: 1, State.HELD: 1})
    assert "bound to the folder" in app.fence
    done = dispatch(app, "take_over", {})
    assert (done["released"], done["fenced"], done["epoch"]) == (2, False, 2)
    assert (app.fence, app.mode) == ("", "live")
    run_round(app)
    assert states(app) == {State.SENT: 2}
    assert len(channel.parcels) == 1
    assert not app.store.alerts.open_alerts()
    assert chain_is_whole(app)
    with pytest.raises(CallError, match="not fenced"):
        dispatch(app, "take_over", {})
    app.close()
    assert opened(folder, article(2)).store.binding.judgement.standing is Standing.OURS


def test_a_copy_of_a_killed_store_puts_what_waited_in_doubt_when_it_takes_over(opened, tmp_path):
    folder, source = tmp_path / "copy", tmp_path / "live"
    source.mkdir()
    run_round(opened(source))
    shutil.copytree(source, folder)  # while it runs
    asked, repeats = Asked("x"), Repeats("y")
    app = opened(folder, article(1), article(2), channels={"x": asked, "y": repeats})
    run_round(app)
    assert "had not ended in order" in app.fence
    done = dispatch(app, "take_over", {})
    assert (done["fenced"], done["unknown"], done["released"]) == (True, 2, 0)
    # the number of what came since may be another delivery's there, so its receiver could not tell a repetition
    rows = app.store.deliveries.list(state=State.UNKNOWN)
    assert {(row["channel"], row["look_at"] is not None) for row in rows} == {("x", True), ("y", False)}
    run_round(app)
    assert states(app) == states(app, "y") == {State.SENT: 1, State.UNKNOWN: 1}
    assert not asked.parcels
    assert not repeats.parcels


def test_what_waited_in_a_copy_already_has_its_number_in_both_stores_and_is_repeated_where_that_tells(opened, tmp_path):
    folder, source = tmp_path / "copy", tmp_path / "live"
    source.mkdir()
    live = opened(source)
    run_round(live)
    live.sources["politics"].documents = [[article(1), article(2)]]
    live.ingesters["politics"].run_once(live.clock.now())
    shutil.copytree(source, folder)
    app = opened(folder, article(1), article(2), channels={"x": ToldChannel("x"), "y": Repeats("y")})
    dispatch(app, "take_over", {})
    rows = app.store.deliveries.list(state=State.UNKNOWN)
    assert {(row["channel"], row["look_at"] is not None) for row in rows} == {("x", False), ("y", True)}


def test_a_copy_of_a_closed_store_that_goes_on_afterwards_is_outdated_at_the_take_over(opened, tmp_path):
    source, folder = lived(opened, tmp_path / "live"), tmp_path / "copy"
    shutil.copytree(source, folder)
    channel = Asked("x")
    app = opened(folder, article(1), article(2), channels={"x": channel})
    run_round(app)
    assert not app.store.binding.judgement.is_outdated
    run_round(opened(source, article(1), article(2)))
    assert dispatch(app, "take_over", {})["fenced"] is True
    run_round(app)
    assert not channel.parcels


def test_a_marker_says_whether_the_store_ended_in_order(opened, tmp_path):
    marker = tmp_path / "state" / NAME
    app = opened(tmp_path)
    assert json.loads(marker.read_text("utf-8"))["closed"] is False
    app.close()
    assert json.loads(marker.read_text("utf-8"))["closed"] is True
    assert len(marker.read_bytes()) == SIZE
    again = opened(tmp_path, article(2))
    assert json.loads(marker.read_text("utf-8"))["closed"] is False
    run_round(again)
    assert json.loads(marker.read_text("utf-8"))["closed"] is False


def test_another_configuration_file_or_machine_is_another_place(opened, tmp_path, monkeypatch):
    folder = lived(opened, tmp_path / "a")
    machine = tmp_path / "machine-id"
    machine.write_text("0123\n", "utf-8")
    monkeypatch.setattr(binding_module, "_MACHINE", machine)
    app = opened(folder)
    assert "another machine" in app.fence
    app.close()
    machine.unlink()
    app = opened(folder)
    assert "another machine" in app.fence
    app.close()
    monkeypatch.undo()
    state = folder / "state"
    other = tmp_path / "b"
    other.mkdir()
    app = opened(other, config=POSTS_ONLY.replace('folder = "state"', f'folder = "{state}"'))
    assert app.fence == f"the store is bound to the configuration {folder / 'config.toml'}"


def test_a_command_that_only_looks_binds_no_store_and_writes_no_marker(opened, tmp_path):
    from distributor.app import open_app
    from distributor.config import load

    opened(tmp_path, config=f'mode = "shadow"\n{POSTS_ONLY}').close()
    (tmp_path / "config.toml").write_text(POSTS_ONLY, "utf-8")
    settings = load(tmp_path / "config.toml", environ={}, cwd=tmp_path)
    app = open_app(settings, clock=HandClock(), threaded=False, runs=False)
    assert app.store.binding.judgement.standing is Standing.FIRST
    app.close()
    assert not (tmp_path / "state" / NAME).exists()


def older(opened, folder):
    """A store that sent two stories, with the file in its place that knew only the first one, as waiting."""
    folder.mkdir(exist_ok=True)
    app = opened(folder, channels={"x": ToldChannel("x"), "y": ToldChannel("y")})
    for ingester in app.ingesters.values():
        ingester.run_once(app.clock.now())
    app.close()
    old = (folder / "state" / FILE).read_bytes()
    app = opened(folder, article(1), article(2))
    run_round(app)
    assert states(app) == {State.SENT: 2}
    app.close()
    (folder / "state" / FILE).write_bytes(old)
    return folder


def test_an_older_file_copied_in_by_hand_sends_nothing_and_a_take_over_puts_all_of_it_in_doubt(opened, tmp_path):
    folder = older(opened, tmp_path)
    asked, plain = Asked("x"), ToldChannel("y")
    assert isinstance(asked, Verifiable)
    app = opened(folder, article(1), article(2), channels={"x": asked, "y": plain})
    assert "older copy" in app.fence
    run_round(app)
    done = dispatch(app, "take_over", {})
    assert (done["fenced"], done["unknown"], done["released"]) == (True, 4, 0)
    run_round(app)
    assert (asked.parcels, plain.parcels) == ([], [])
    rows = app.store.deliveries.list(state=State.UNKNOWN)
    assert len(rows) == 4
    assert {(row["channel"], row["look_at"] is not None) for row in rows} == {("x", True), ("y", False)}
    assert all(row["reason"].startswith("restore: ") for row in rows)
    assert chain_is_whole(app)
    assert app.mode == "live"


def test_a_store_whose_marker_is_gone_is_fenced_by_its_take_over(opened, tmp_path):
    folder = lived(opened, tmp_path / "a")
    (folder / "state" / NAME).unlink()
    app = opened(folder, article(1), article(2))
    assert "its marker" in app.fence
    run_round(app)
    assert dispatch(app, "take_over", {})["fenced"] is True
    assert states(app) == {State.SENT: 1, State.UNKNOWN: 1}


@pytest.mark.parametrize("damage", [b"", b"{", b"[1]", b'{"store": 1}', b"\xff\xfe", b'{"store": "a", "epoch": "b"}'])
def test_a_marker_that_cannot_be_understood_is_none(opened, tmp_path, damage):
    folder = lived(opened, tmp_path / "a")
    (folder / "state" / NAME).write_bytes(damage)
    assert opened(folder).store.binding.judgement.standing is Standing.UNMARKED


def test_a_configured_shadow_skips_also_in_a_strange_place(opened, tmp_path):
    folder = moved(lived(opened, tmp_path / "a"), tmp_path / "b")
    app = opened(folder, article(2), config=f'mode = "shadow"\n{POSTS_ONLY}')
    run_round(app)
    assert states(app) == {State.SENT: 1, State.SKIPPED: 1}


def test_what_waits_for_a_take_over_is_told_the_gates_when_it_is_released(opened, tmp_path):
    folder = moved(lived(opened, tmp_path / "a"), tmp_path / "b")
    app = opened(folder, article(2))
    run_round(app)
    dispatch(app, "take_over", {})
    (row,) = app.store.deliveries.list(state=State.DUE, channel="x")
    assert (row["reason"], row["held_by"], row["doubts"]) == ("released", "", 0)


def test_here_is_the_real_place_whatever_it_is_called(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert binding_module.here(tmp_path / "link", tmp_path / "link" / "c.toml") == binding_module.here(
        tmp_path / "real", Path(tmp_path / "real" / "c.toml")
    )
