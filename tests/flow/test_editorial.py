"""The editors' file: saved, returned to, edited by hand, and taken over by a running program."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from distributor import daemon
from distributor.app import App
from distributor.calls import dispatch
from distributor.calls.ahead.editing import ALERT, LONGEST, digest, notice
from distributor.errors import CallError
from tests.apps import CONFIG, told_app

OPERATORS, _, EDITORS = CONFIG.partition("[routes.all]")
RULES = f"# ours\n[routes.all]{EDITORS}"
SLOWER = f'{RULES}\n[channels.x]\ngap = "5m"  # calmer\n'
WHO = {"who": "Anna", "through": "desk"}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    (tmp_path / "editorial.toml").write_text(RULES, "utf-8")
    with closing(told_app(tmp_path, config=OPERATORS)) as opened:
        yield opened


def save(app: App, text: str, **fields: Any) -> Any:
    shown = dispatch(app, "editorial_show", {})
    return dispatch(
        app, "editorial_save", {"text": text, "based_on": shown["digest"], "reason": "calmer", **WHO, **fields}
    )


def refused(app: App, call: str, args: dict[str, Any]) -> str:
    with pytest.raises(CallError) as found:
        dispatch(app, call, args)
    return found.value.code


def versions(app: App) -> list[tuple[str, str, str, bool]]:
    found = dispatch(app, "editorial_history", {})["versions"]
    return [(one["kind"], one["who"], one["reason"], one["problem"] is None) for one in found]


def test_a_save_is_written_as_it_is_and_in_the_history(app: App) -> None:
    found = save(app, SLOWER)
    assert app.settings.desk.editorial.read_text("utf-8") == SLOWER
    assert found == {"version": 2, "digest": digest(SLOWER)}
    assert versions(app) == [("saved", "Anna", "calmer", True), ("found", "somebody", "as found", True)]
    newest = dispatch(app, "editorial_history", {"limit": 1})["versions"][0]
    assert '+gap = "5m"  # calmer' in newest["changes"]
    assert "# ours" not in newest["changes"]


def test_any_version_can_be_returned_to(app: App) -> None:
    based_on = save(app, SLOWER)["digest"]
    dispatch(app, "editorial_return", {"version": 1, "based_on": based_on, "reason": "too slow", **WHO})
    assert app.settings.desk.editorial.read_text("utf-8") == RULES
    assert versions(app)[0] == ("returned", "Anna", "version 1: too slow", True)
    gone = {"version": 9, "based_on": based_on, "reason": "x", **WHO}
    assert refused(app, "editorial_return", gone) == "unknown_version"


def test_what_a_hand_has_changed_is_never_overwritten(app: App) -> None:
    based_on = dispatch(app, "editorial_show", {})["digest"]
    by_hand = RULES.replace("# ours", "# theirs")
    app.settings.desk.editorial.write_text(by_hand, "utf-8")
    args = {"text": SLOWER, "based_on": based_on, "reason": "calmer", **WHO}
    assert refused(app, "editorial_save", args) == "not_the_same"
    assert app.settings.desk.editorial.read_text("utf-8") == by_hand
    assert versions(app)[0] == ("found", "somebody", "as found", True)


def test_a_text_that_is_not_valid_is_refused_with_its_problems(app: App) -> None:
    wrong = RULES.replace('["x", "y"]', '["nowhere"]')
    checked = dispatch(app, "editorial_check", {"text": wrong})
    assert "unknown channel" in checked["problem"]
    assert checked["plan"] is None
    base = {"based_on": digest(RULES), "reason": "calmer", **WHO}
    assert refused(app, "editorial_save", {**base, "text": wrong}) == "bad_rules"
    assert refused(app, "editorial_save", {**base, "text": "#" * (LONGEST + 1)}) == "bad_rules"
    assert refused(app, "editorial_save", {**base, "text": SLOWER, "reason": " "}) == "no_reason"
    assert app.settings.desk.editorial.read_text("utf-8") == RULES


def test_a_text_is_tried_with_what_it_changes(app: App) -> None:
    found = dispatch(app, "editorial_check", {"text": SLOWER, "forecast": 2})
    assert found["problem"] is None
    assert found["plan"]["forecast"]["difference"] == {"changes": [], "days": []}


def test_a_wrong_edit_by_hand_changes_nothing_and_somebody_is_told_until_it_is_mended(app: App) -> None:
    now = app.clock.now()
    notice(app, now)
    app.settings.desk.editorial.write_text("[routes", "utf-8")
    assert daemon.taken(app, notice(app, now)) is None
    assert [one.key for one in app.store.alerts.open_alerts()] == [ALERT]
    assert versions(app)[0] == ("found", "somebody", "edited by hand", False)
    assert dispatch(app, "editorial_show", {})["problem"]
    save(app, SLOWER)
    assert app.store.alerts.open_alerts() == []


def test_a_running_program_takes_over_what_is_valid(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemon, "LOOK", 0.01)
    threading.Timer(0.1, app.settings.desk.editorial.write_text, (SLOWER, "utf-8")).start()
    found = daemon._watch(app, None, threading.Event())  # type: ignore[arg-type]
    assert found is not None
    assert found.text == SLOWER
    other = found.settings
    assert {one.name: one.policy.gap for one in other.channels}["x"] == timedelta(minutes=5)
    assert (other.routes, other.feeds, other.file) == (app.settings.routes, app.settings.feeds, app.settings.file)


def test_what_the_running_program_does_not_have_waits_for_a_restart(app: App) -> None:
    app.settings.file.write_text(f'{OPERATORS}\n[channels.new]\ntype = "console"\n', "utf-8")
    text = RULES.replace('["x", "y"]', '["new"]')
    assert "restart the program first" in dispatch(app, "editorial_check", {"text": text})["problem"]


def test_a_file_that_cannot_be_read_or_written_is_said_so(app: App) -> None:
    file = app.settings.desk.editorial
    file.unlink()
    assert dispatch(app, "editorial_show", {})["text"] == ""
    file.mkdir()
    assert refused(app, "editorial_show", {}) == "not_readable"
    assert daemon._changed(app, None) is None
    assert daemon.taken(app, RULES) is None
