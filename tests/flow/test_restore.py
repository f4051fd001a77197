"""A restored backup: behind a fence nothing is doubled and nothing lost; the old database or the new, never half."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from distributor.calls import dispatch
from distributor.calls.desk import keeping
from distributor.calls.desk.keeping import restore_backup, watch_fence
from distributor.config import load
from distributor.engine.round import run_round
from distributor.errors import CallError, StoreError, StoreForeign, StoreLocked
from distributor.model import IssueState, State, Window
from distributor.store.file.backup import prove
from distributor.store.file.fence import JUMP
from distributor.store.file.marker import NAME
from distributor.store.ledger.events import verify
from distributor.store.opening import FILE, open_store
from tests.apps import CONFIG, told_app
from tests.flow.test_binding import Asked
from tests.flow.test_verify import Wall
from tests.support import NOON, HandClock, ToldBulk, ToldChannel, ToldSource, article

#: Restores one backup again and again, until somebody ends it.
FOR_EVER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from distributor.store.file.fence import Fence
from distributor.store.file.restore import restore
print("begins", flush=True)
fence = Fence(feeds=(), digests=(), askable=())
while True:
    restore(Path(sys.argv[1]), Path(sys.argv[2]), fence, actor="operator", now=datetime.now(UTC))
    print("restored", flush=True)
"""


class House:
    """One folder in which apps live one after the other, on one clock and beside lasting channels."""

    def __init__(self, folder, config=CONFIG):
        self.folder = folder
        self.config = config
        self.clock = HandClock()
        self.channels = {"x": Asked("x"), "y": ToldChannel("y"), "mail": ToldBulk("mail")}

    def open(self, *articles):
        source = ToldSource(list(articles)) if articles else ToldSource(None)
        return told_app(self.folder, channels=self.channels, source=source, clock=self.clock, config=self.config)

    def settings(self):
        return load(self.folder / "config.toml", environ={}, cwd=self.folder)

    def restore(self, file):
        return restore_backup(self.settings(), file, self.clock.now())

    @property
    def database(self):
        return self.folder / "state" / FILE

    def parcels(self):
        return {name: len(channel.parcels) for name, channel in self.channels.items()}


@pytest.fixture
def house(tmp_path, monkeypatch):
    found = House(tmp_path)
    monkeypatch.setattr(keeping, "open_channels", lambda settings, stack: found.channels)
    return found


def backed_up(house, *articles, planned=()):
    """The path of a backup of a store that sent ``articles``, and had ``planned`` waiting."""
    with closing(house.open(*articles)) as app:
        dispatch(app, "subscribe", {"address": "a@example.org", "topics": ["morning"]})
        run_round(app)
    with closing(house.open(*articles, *planned)) as app:
        for ingester in app.ingesters.values() if planned else ():
            ingester.run_once(house.clock.now())
        return Path(dispatch(app, "backup", {"to": str(house.folder / "copies")})["path"])


def test_what_was_sent_after_the_backup_is_sent_no_second_time(house):
    file = backed_up(house, article(1), planned=[article(2)])
    with closing(house.open(article(1), article(2), article(3))) as app:
        run_round(app)
        lost = max(row["id"] for row in app.store.deliveries.list())
    assert house.parcels() == {"x": 3, "y": 3, "mail": 0}
    house.clock.advance(3600 * 24)
    found = house.restore(file)
    assert (found["unknown"], found["feeds"], found["shadow"], found["epoch"]) == (2, 1, None, 2)
    with closing(house.open(article(1), article(2), article(3))) as app:
        assert app.mode == "live"
        run_round(app)
        rows = app.store.deliveries.list(state=State.UNKNOWN)
        assert {(row["headline"], row["channel"]) for row in rows} == {
            (f"Headline number {number}", channel) for number in (2, 3) for channel in ("x", "y")
        }
        assert {(row["channel"], row["look_at"] is not None) for row in rows} == {("x", True), ("y", False)}
        assert all(row["reason"].startswith("restore: ") and row["doubts"] == 0 for row in rows)
        assert max(row["id"] for row in rows) > lost + JUMP
        assert min(row["subject_id"] for row in rows if row["headline"].endswith("3")) > JUMP
        assert verify(app.store._readers.query("SELECT * FROM events ORDER BY id")) is None
        (event,) = app.store._readers.query("SELECT * FROM events WHERE kind = 'restored' AND delivery_id IS NULL")
        assert json.loads(event["detail"])["replaced"]["delivery"] == lost
    assert house.parcels() == {"x": 3, "y": 3, "mail": 0}


def test_after_a_restore_what_was_published_before_is_in_doubt_whenever_it_comes_and_what_comes_since_is_news(house):
    file = backed_up(house, article(1))
    house.clock.advance(3600 * 24)
    house.restore(file)
    with closing(house.open(article(1), article(2))) as app:
        run_round(app)
        assert app.store.stories.feed("politics").fenced is False
    house.clock.advance(600)
    since = house.clock.now()
    late = [article(2), article(3), article(4, published=since), article(5, published=None)]
    with closing(house.open(article(1), *late)) as app:
        run_round(app)
        fates = {row["headline"][-1]: State(row["state"]) for row in faces(app)}
        sent, unknown = State.SENT, State.UNKNOWN
        assert fates == {"1": sent, "2": unknown, "3": unknown, "4": sent, "5": sent}
    assert house.parcels()["x"] == 3


def faces(app):
    """What became of each story on x."""
    return dispatch(app, "deliveries", {"channel": "x"})["deliveries"]


def test_after_a_restore_a_change_of_before_is_in_doubt_whenever_it_comes(house):
    before = house.clock.now() + timedelta(minutes=1)
    file = backed_up(house, article(1))
    house.clock.advance(3600 * 24)
    house.restore(file)
    with closing(house.open(article(1))) as app:
        run_round(app)
    changed = article(1, body="It was another minister.", correction="It was another minister.", updated=before)
    with closing(house.open(changed)) as app:
        run_round(app)
        states = {row["act"]: State(row["state"]) for row in faces(app) if row["act"] != "post"}
        assert set(states.values()) <= {State.UNKNOWN, State.SKIPPED}, states


def test_what_is_pushed_anew_after_a_restore_is_in_doubt_each_time(house):
    file = backed_up(house, article(1))
    house.clock.advance(3600 * 24)
    house.restore(file)
    with closing(house.open()) as app:
        for number in (2, 3, 4):
            app.ingesters["politics"].take([article(number)], house.clock.now())
        run_round(app)
        assert app.store.deliveries.counts()["x"] == {State.SENT: 1, State.UNKNOWN: 3}
    assert house.parcels()["x"] == 1


def test_a_feed_in_which_nothing_changed_brings_nothing_in_doubt(house):
    file = backed_up(house, article(1))
    house.restore(file)
    with closing(house.open()) as app:
        assert app.store.stories.feed("politics").fenced
        app.ingesters["politics"].run_once(house.clock.now())
        assert not app.store.stories.feed("politics").fenced


def test_a_fence_that_comes_while_a_feed_is_read_refuses_what_was_planned_without_it(house):
    class Meanwhile(ToldSource):
        def parse(self, fetched):
            app.store._writer.call(lambda c: c.run("UPDATE feeds SET fenced = 1"))
            return super().parse(fetched)

    backed_up(house, article(1))
    source = Meanwhile([article(1), article(2)])
    app = told_app(house.folder, source=source, clock=house.clock, config=house.config)
    with pytest.raises(StoreError, match="fenced while it was read"):
        app.ingesters["politics"].run_once(house.clock.now())
    source.documents = [[article(1), article(2)]]
    app.ingesters["politics"].run_once(house.clock.now())
    assert {row["state"] for row in app.store.deliveries.list(limit=2)} == {6}
    app.close()


def test_no_digest_of_before_the_restore_is_mailed_and_none_of_its_stories_twice(house):
    file = backed_up(house, article(1))
    house.clock.advance(3600)
    with closing(house.open(article(1), article(2))) as app:
        run_round(app)
    assert house.parcels()["mail"] == 1
    house.clock.advance(600)
    house.restore(file)
    with closing(house.open(article(1), article(2))) as app:
        run_round(app)
        assert app.store.issues.list() == []
    assert house.parcels()["mail"] == 1
    after = house.clock.now() + timedelta(minutes=1)
    # what another reading brings and was published before: the replaced store may have known it
    news = [article(3, published=after), article(4, published=house.clock.now() - timedelta(minutes=1))]
    house.clock.advance(3600 * 24)
    with closing(house.open(article(1), article(2), *news)) as app:
        run_round(app)
        assert carried(app) == ["Headline number 3"]
    house.clock.advance(3600 * 24)
    late = article(5, published=NOON - timedelta(days=900))
    with closing(house.open(article(4), late, article(6, published=house.clock.now()))) as app:
        run_round(app)
        assert carried(app) == ["Headline number 6"]
    assert house.parcels()["mail"] == 3


def carried(app):
    """Headlines of the latest issue."""
    return [story.article.headline for story in app.store.stories.of_issue(app.store.issues.list(1)[0].id)]


def test_where_somebody_says_that_no_issue_was_mailed_the_next_one_carries_on(house):
    file = backed_up(house, article(1))
    house.clock.advance(3600)
    house.restore(file)
    with closing(house.open(article(1))) as app:
        run_round(app)
        with pytest.raises(CallError, match="there is no digest 'noon'"):
            dispatch(app, "digest_carry", {"name": "noon", "who": "the night editor"})
        told = {"name": "morning", "who": "the night editor"}
        assert dispatch(app, "digest_carry", told) == {"digest": "morning", "carried": True}
        (event,) = [one for one in app.store.deliveries.events(1000) if one["kind"] == "carried on"]
        assert event["actor"] == "the night editor"
        with pytest.raises(CallError, match="no restore keeps anything out of the next issue of morning"):
            dispatch(app, "digest_carry", told)
        house.clock.advance(3600 * 24)
        run_round(app)
        assert carried(app) == ["Headline number 1"]
    assert house.parcels()["mail"] == 1


def test_a_digest_that_the_backup_does_not_know_is_fenced_like_the_others(house):
    file = backed_up(house, article(1))
    with closing(sqlite3.connect(file)) as copy, copy:
        copy.execute("DELETE FROM digests")
    house.restore(file)
    with closing(house.open(article(1))) as app:
        run_round(app)
    with closing(house.open(article(2, published=NOON + timedelta(hours=1)))) as app:
        run_round(app)
        house.clock.advance(3600)
        run_round(app)
        assert carried(app) == ["Headline number 2"]


def test_an_issue_that_was_being_frozen_is_cut_short_and_nobody_is_added_to_it(house):
    with closing(house.open(article(1))) as app:
        dispatch(app, "subscribe", {"address": "a@example.org", "topics": ["morning"]})
        app.store.issues.open("morning", "s", NOON, window=Window(after=0, upto=0), stories=[], skipped="", now=NOON)
        file = Path(dispatch(app, "backup", {})["path"])
    assert house.restore(file)["issues"] == 1
    with closing(house.open()) as app:
        assert app.store.issues.unfinished() == []
        (issue,) = app.store.issues.list()
        assert (issue.state, issue.reason.startswith("restore:")) == (IssueState.OPEN, True)


def test_what_waited_for_a_person_waits_for_a_person_still(house):
    file = backed_up(house, article(1), planned=[article(2), article(3)])
    with sqlite3.connect(file) as copy:
        copy.execute("UPDATE deliveries SET state = 2, held_by = 'surge', reason = 'too many' WHERE id = 3")
        copy.execute(
            "UPDATE deliveries SET state = 2, held_by = 'pacing', reason = 'later', held_until = 1 WHERE id = 5"
        )
    copy.close()
    house.restore(file)
    with closing(house.open()) as app:
        rows = {row["id"]: row for row in app.store.deliveries.list(state=State.UNKNOWN, channel="x")}
        assert (rows[3]["look_at"], rows[3]["held_by"]) == (None, "")
        assert "it was held by surge: too many" in rows[3]["reason"]
        assert rows[5]["look_at"] is not None


def test_somebody_knows_until_nothing_of_the_fence_is_left(house):
    file = backed_up(house, article(1), planned=[article(2)])
    house.restore(file)
    with closing(house.open(article(1), article(2))) as app:
        watch_fence(app)
        watch_fence(app)
        (alert,) = app.store.alerts.open_alerts()
        assert alert.key == "restore"
        run_round(app)
        watch_fence(app)
        assert "restore" in {alert.key for alert in app.store.alerts.open_alerts()}
        app.store._writer.call(lambda c: c.run("UPDATE deliveries SET state = 7, look_at = NULL WHERE state = 6"))
        watch_fence(app)
        assert "restore" not in {alert.key for alert in app.store.alerts.open_alerts()}


def test_an_alert_that_waited_is_no_news_after_a_restore(house):
    with closing(house.open(article(1))) as app:
        app.store.alerts.tell([("y", 0)])
        app.store.alerts.raise_alert("feed:politics", "the feed fails", now=NOON)
        file = Path(dispatch(app, "backup", {})["path"])
    house.restore(file)
    with closing(house.open()) as app:
        (row,) = app.store.deliveries.list(channel="y")
        assert (row["state"], row["reason"].startswith("restore:")) == (7, True)


def test_a_post_that_was_at_the_wire_in_the_backup_has_a_doubt_of_its_own(house):
    file = backed_up(house, article(1), planned=[article(2)])
    with sqlite3.connect(file) as copy:
        copy.execute(
            "UPDATE deliveries SET state = 3, lease_owner = 1, lease_until = 1, started_at = 1, message_id = 1"
            " WHERE id = 3"
        )
    copy.close()
    house.restore(file)
    with closing(house.open()) as app:
        assert {row["id"]: row["doubts"] for row in app.store.deliveries.list(state=State.UNKNOWN)} == {3: 1, 4: 0}


# -- the change of the files


def counts(house):
    with closing(open_store(house.folder / "state", threaded=False)) as store:
        return store.deliveries.counts()


def test_the_replaced_database_is_kept_whole(house):
    file = backed_up(house, article(1))
    with closing(house.open(article(1), article(2))) as app:
        run_round(app)
        before = app.store.deliveries.counts()
    kept = Path(house.restore(file)["kept"])
    assert kept.parent == house.database.parent
    prove(kept)
    assert counts(house) != before
    (house.folder / "aside" / "state").mkdir(parents=True)
    shutil.copy(kept, house.folder / "aside" / "state" / FILE)
    assert counts(House(house.folder / "aside")) == before


def test_a_backup_is_restored_where_there_is_no_store_any_more_and_new_numbers_stand_above_the_markers(house):
    file = backed_up(house, article(1))
    with closing(house.open(article(1), article(2))) as app:
        run_round(app)
    house.database.unlink()
    found = house.restore(file)
    assert (found["kept"], found["epoch"]) == (None, 2)
    with closing(house.open(article(1), article(3))) as app:
        run_round(app)
        assert max(row["id"] for row in app.store.deliveries.list()) > 4 + JUMP


@pytest.mark.parametrize("damage", [b"not a database", b""])
def test_a_damaged_store_is_kept_aside_with_its_log(house, damage):
    file = backed_up(house, article(1))
    log = house.database.with_name(f"{FILE}-wal")
    house.database.write_bytes(damage)
    log.write_bytes(b"what was not written yet")
    kept = Path(house.restore(file)["kept"])
    assert kept.read_bytes() == damage or not damage
    assert counts(house)["x"] == {State.SENT: 1}


def test_while_a_daemon_runs_nothing_is_restored(house):
    file = backed_up(house, article(1))
    with closing(house.open()), pytest.raises(StoreLocked, match="in use by another distributor"):
        house.restore(file)


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_a_file_that_is_no_whole_backup_changes_nothing(house, share):
    file = backed_up(house, article(1))
    wrong = house.folder / "wrong.sqlite3"
    whole = file.read_bytes()
    wrong.write_bytes(b"x" * 9000 if share == 1 else whole[: int(len(whole) * share)])
    before = {path.name: path.read_bytes() for path in (house.folder / "state").iterdir() if path.is_file()}
    with pytest.raises((StoreError, StoreForeign)):
        house.restore(wrong)
    after = {path.name: path.read_bytes() for path in (house.folder / "state").iterdir() if path.is_file()}
    assert after == before


def test_a_restore_that_ends_before_its_marker_is_written_is_ours_at_the_next_start(house):
    file = backed_up(house, article(1))
    with closing(house.open(article(1), article(2))) as app:
        run_round(app)
    marker = (house.folder / "state" / NAME).read_bytes()
    house.restore(file)
    (house.folder / "state" / NAME).write_bytes(marker)
    with closing(house.open()) as app:
        assert (app.fence, app.mode) == ("", "live")


def test_a_backup_restored_in_another_place_is_in_shadow_and_its_take_over_doubts_what_came_since(house, tmp_path):
    file = backed_up(house, article(1), planned=[article(2)])
    other = House(tmp_path / "other")
    other.folder.mkdir()
    (other.folder / "config.toml").write_text(CONFIG, "utf-8")
    assert "take-over" in other.restore(file)["shadow"]
    # the one that was backed up goes on
    house.clock.advance(3600)
    news = article(3, published=house.clock.now())
    with closing(house.open(article(1), article(2), news)) as app:
        run_round(app)
        assert app.store.deliveries.counts()["x"] == {State.SENT: 3}
    other.clock.at = house.clock.now()
    with closing(other.open(article(1), article(2))) as app:
        run_round(app)
    with closing(other.open(article(1), article(2), news)) as app:
        assert app.mode == "shadow"
        run_round(app)
        assert app.store.deliveries.counts()["x"] == {State.SENT: 1, State.UNKNOWN: 1, State.HELD: 1}
        assert dispatch(app, "take_over", {})["fenced"] is True
        run_round(app)
        assert app.store.deliveries.counts()["x"] == {State.SENT: 1, State.UNKNOWN: 2}
    assert other.parcels()["x"] == 0


def test_a_kill_during_restores_leaves_the_old_database_or_the_new_one(house):
    file = backed_up(house, article(1), planned=[article(2)])
    waiting, doubtful = {State.SENT: 1, State.PLANNED: 1}, {State.SENT: 1, State.UNKNOWN: 1}
    seen = []
    for number in range(8):
        environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
        command = [sys.executable, "-c", FOR_EVER, str(house.folder / "state"), str(file)]
        killed = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        assert killed.stdout is not None
        assert killed.stdout.readline() == "begins\n"
        for _ in range(number // 3):
            assert killed.stdout.readline() == "restored\n"
        threading.Event().wait(0.02 * number)
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        killed.stdout.close()
        seen.append(counts(house)["x"])
        prove(house.database)
    assert all(one in (waiting, doubtful) for one in seen)
    assert seen[-1] == doubtful
    with closing(house.open(article(1), article(2))) as app:
        assert app.mode == "live"
        run_round(app)
    assert house.parcels()["x"] == 1


def test_a_clock_that_jumps_back_restores_and_backs_up_all_the_same(house):
    file = backed_up(house, article(1), planned=[article(2)])
    house.clock.advance(-3600 * 48)
    house.restore(file)
    with closing(house.open(article(1), article(2))) as app:
        run_round(app)
        assert app.store.deliveries.counts()["x"] == {State.SENT: 1, State.UNKNOWN: 1}
        made = dispatch(app, "backup", {"to": str(house.folder / "copies")})
        assert made["path"] < str(file)
    house.clock.advance(3600 * 48 + timedelta(days=30).total_seconds())
    with closing(house.open(article(1), article(2))) as app:
        run_round(app)
        assert app.store.deliveries.counts()["x"] == {State.SENT: 1, State.UNKNOWN: 1}


def test_what_a_restore_put_in_doubt_is_proved_like_any_other(house):
    file = backed_up(house, article(1), planned=[article(2)])
    house.restore(file)
    with closing(house.open(article(1), article(2), article(3))) as app:
        run_round(app)
        assert not [wrong for _, wrong in app.store.proof.rows() if wrong]


def test_an_embargo_outlives_a_restore(house):
    until = NOON + timedelta(hours=30)
    file = backed_up(house, article(1), planned=[article(2, embargoed=until)])
    house.restore(file)
    with closing(house.open(article(1), article(2, embargoed=until))) as app:
        for _ in range(200):
            house.clock.advance(5)
            app.verifiers["x"].run_once()
            app.deliverers["x"].run_once()
        assert house.parcels()["x"] == 1
        house.clock.at = until
        run_round(app)
    assert house.parcels()["x"] == 2


class Paged(Wall):
    """Of a channel's whole past it shows the latest posts alone, as X does."""

    def posts_after(self, remote_id):
        return super().posts_after(remote_id)[0 if remote_id else -2 :]


def test_what_was_sent_since_the_backup_is_found_however_much_it_is(house):
    house.channels["x"] = wall = Paged("x", house.clock)
    stories = [article(number) for number in range(1, 9)]
    file = backed_up(house, stories[0], planned=stories[1:4])
    with closing(house.open(*stories)) as app:
        run_round(app)
    assert len(wall.posts) == 8
    house.restore(file)
    with closing(house.open(*stories)) as app:
        run_round(app)
        for _ in range(200):
            house.clock.advance(5)
            app.verifiers["x"].run_once()
            app.deliverers["x"].run_once()
        assert app.store.deliveries.counts()["x"] == {State.SENT: 8}
    assert len(wall.parcels) == 8


def test_what_another_store_sent_without_a_link_is_not_sent_again_but_asked_about(house):
    house.channels["x"] = wall = Wall("x", house.clock)
    file = backed_up(house, article(1), planned=[article(2)])
    wall.show("Headline number 2, without its link", "")
    house.restore(file)
    with closing(house.open(article(1), article(2))) as app:
        for _ in range(60):
            house.clock.advance(5)
            app.verifiers["x"].run_once()
            app.deliverers["x"].run_once()
        (row,) = app.store.deliveries.list(state=State.UNKNOWN, channel="x")
        assert row["look_at"] is None
        assert "a post without a link" in row["reason"]
    assert len(wall.parcels) == 1


def test_what_waited_for_a_take_over_is_found_under_the_name_that_another_store_gave_it(house):
    house.channels["x"] = wall = Wall("x", house.clock)
    file = backed_up(house, article(1), planned=[article(2)])
    wall.show("as another store told it", f"{article(2).url}?utm_id=another")
    with sqlite3.connect(file) as copy:
        copy.execute(
            "INSERT INTO messages (id, hash, content, created_at) SELECT 9, zeroblob(32),"
            " replace(content, 'story-1', 'story-2'), 1 FROM messages WHERE id = 1"
        )
        copy.execute(
            "UPDATE deliveries SET state = 2, held_by = 'take-over', reason = 'shadow', message_id = 9 WHERE id = 3"
        )
    copy.close()
    house.restore(file)
    with closing(house.open()) as app:
        for _ in range(60):
            house.clock.advance(5)
            app.verifiers["x"].run_once()
            app.deliverers["x"].run_once()
        assert app.store.deliveries.counts()["x"] == {State.SENT: 2}
    assert len(wall.parcels) == 1
