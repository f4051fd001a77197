"""Mails about a revision are written in slices: none is large, a crash between two loses and doubles nobody."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from distributor.app import App
from distributor.calls import dispatch
from distributor.engine.round import run_round
from distributor.engine.upkeep import Upkeep
from distributor.model import State
from distributor.store.connection import SqliteConnection
from distributor.store.ledger import mailings
from tests.apps import CONFIG, told_app
from tests.flow.test_lines import Answering
from tests.support import NOON, HandClock, ToldSource, article

MAILED = CONFIG.replace('channels = ["x", "y"]', 'channels = ["mail"]')
READERS, SLICE = 23, 5


@pytest.fixture(autouse=True)
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailings, "SLICE", SLICE)


def published(folder: Path, relay: Answering) -> App:
    """A story that every reader was mailed."""
    app = opened(folder, relay)
    for number in range(READERS):
        app.store.subscribers.subscribe(f"reader{number}@example.org", ["mail"], now=NOON, source="test")
    app.ingesters["politics"].run_once(NOON)
    while app.deliverers["mail"].run_once():
        continue
    return app


def opened(folder: Path, relay: Answering) -> App:
    told: dict[str, Any] = {"source": ToldSource([article()]), "clock": HandClock(), "config": MAILED}
    return told_app(folder, channels={"mail": relay}, **told)


def correct(app: App) -> Any:
    args = {"who": "Anna", "through": "command line", "url": article().url, "note": "It was another minister."}
    return dispatch(app, "correct", args)


def replies(app: App) -> list[int]:
    """The readers who have a row for the correction."""
    rows = app.store.deliveries.list(limit=1000)
    return sorted(row["recipient"] for row in rows if row["act"] == 2)


def test_no_statement_writes_more_rows_than_a_slice_and_all_readers_are_reached(tmp_path, monkeypatch):
    app = published(tmp_path, Answering("mail"))
    counted: list[int] = []
    run = SqliteConnection.run

    def counting(self: SqliteConnection, sql: str, params: Any = ()) -> int:
        found = run(self, sql, params)
        if re.search(r"INSERT INTO deliveries", sql):
            counted.append(found)
        return found

    monkeypatch.setattr(SqliteConnection, "run", counting)
    found = correct(app)
    assert (counted, found["mailed"]) == ([SLICE], READERS)  # the report counts those still to come
    while app.store.mailings.write(NOON):
        continue
    assert counted == [5, 5, 5, 5, 3]
    assert replies(app) == list(range(1, READERS + 1))
    assert not app.store.mailings.write(NOON)
    app.close()


def test_a_crash_between_two_slices_loses_and_doubles_nobody(tmp_path):
    relay = Answering("mail")
    app = published(tmp_path, relay)
    correct(app)
    app.store.mailings.write(NOON)
    app.close()  # nothing else of it stands in memory
    app = opened(tmp_path, relay)
    assert len(replies(app)) == 2 * SLICE
    relay.parcels.clear()
    run_round(app)
    assert sorted(one.recipient.address for one in relay.parcels) == sorted(
        f"reader{number}@example.org" for number in range(READERS)
    )
    counts = app.store.deliveries.counts()["mail"]
    assert counts == {State.SENT: 2 * READERS}
    app.close()


def test_a_slice_that_fails_leaves_no_half_of_it(tmp_path, monkeypatch):
    app = published(tmp_path, Answering("mail"))
    correct(app)
    run = SqliteConnection.run

    def failing(self: SqliteConnection, sql: str, params: Any = ()) -> int:
        if "UPDATE mailings" in sql:
            raise RuntimeError("power cut")
        return run(self, sql, params)

    with monkeypatch.context() as broken:
        broken.setattr(SqliteConnection, "run", failing)
        with pytest.raises(RuntimeError):
            app.store.mailings.write(NOON)
    assert len(replies(app)) == SLICE
    app.store.mailings.write(NOON)
    assert len(replies(app)) == 2 * SLICE
    app.close()


def test_who_is_mailed_the_story_after_its_correction_gets_none(tmp_path):
    app = published(tmp_path, Answering("mail"))
    correct(app)
    app.store.subscribers.subscribe("late@example.org", ["mail"], now=NOON, source="test")
    while app.store.mailings.write(NOON):
        continue
    assert len(replies(app)) == READERS
    app.close()


def test_the_engine_writes_some_slices_at_a_time_and_wakes_the_lanes(tmp_path):
    app = published(tmp_path, Answering("mail"))
    correct(app)
    woken: list[int] = []
    upkeep = Upkeep(app, lambda: woken.append(1))
    upkeep.write_mailings()
    assert len(woken) == 4
    upkeep.write_mailings()
    assert len(woken) == 4
    assert len(replies(app)) == READERS
    app.close()


def test_a_mail_that_waits_to_leave_once_more_with_its_first_words_is_corrected_too(tmp_path):
    app = published(tmp_path, Answering("mail"))
    first = app.store.deliveries.list(limit=1000)[-1]["id"]
    app.store._writer.call(lambda c: c.run("UPDATE deliveries SET state = 1, doubts = 1 WHERE id = ?", (first,)))
    correct(app)
    while app.store.mailings.write(NOON):
        continue
    assert len(replies(app)) == READERS
    app.close()
