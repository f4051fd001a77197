"""The commands of the stop button, of holds and of approvals, as somebody types them."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from distributor.cli.root import cli
from tests.api.fitting import misfits
from tests.apps import told_app
from tests.flow.desk import url
from tests.support import NOON, HandClock, ToldSource, article
from tests.test_docs import shape

CONFIG = """\
[desk]
zone = "Europe/Minsk"

[feeds.politics]
url = "https://news.example.org/rss"
first_run = "publish"
surge = 0

[channels.screen]
type = "console"
stream = "stderr"

[routes.all]
channels = ["screen"]
approval = "two"
"""

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Commands on a store in which two stories wait for approvals."""
    with closing(
        told_app(tmp_path, config=CONFIG, source=ToldSource([article(1), article(2)]), clock=HandClock())
    ) as app:
        app.ingesters["politics"].run_once(NOON)

    def found(*arguments: str, code: int = 0) -> Result:
        config = ["--config", str(tmp_path / "config.toml")]
        result = CliRunner().invoke(cli, [*config, *arguments], env={"STATE_DIRECTORY": None, "LOGNAME": "ann"})
        assert result.exit_code == code, result.output
        return result

    return found


def as_json(run: Run, *arguments: str) -> Any:
    found = json.loads(run(*arguments, "--json").stdout)
    assert misfits(found, shape(f"distributor {arguments[0]}")) == []
    return found


def test_stop_stops_and_resume(run: Run) -> None:
    assert run("stops").stdout == "nothing is stopped\n"
    said = run("stop", "--all", "--reason", "the front page is wrong").stdout
    assert said == "stop 1 is in force: everything; 0 held\n"
    said = run("stop", "--channel", "screen", "--category", "sport", "--reason", "x", "--by", "Ben").stdout
    assert said == "stop 2 is in force: channel screen, section sport; 0 held\n"
    lines = run("stops").stdout.splitlines()
    assert "since (Europe/Minsk)" in lines[0]
    assert lines[1].split()[:3] == ["1", "everything", "ann"]
    assert run("resume", "send", "--stop", "2").stdout.startswith("1 lifted: nothing had piled up\n")
    assert as_json(run, "resume", "fold")["lifted"] == [1]
    assert run("resume", "send", code=1).stderr == "no stop is in force; distributor stops\n"
    assert run("resume", "perhaps", code=2)
    assert run("stop", "--reason", "x", code=1)


def test_what_has_piled_up_is_shown_and_dropped_but_for_one(run: Run) -> None:
    for number in (1, 2):
        for name in ("Ann", "Ben"):
            run("approve", url(number), "--by", name)
    assert as_json(run, "stop", "--channel", "screen", "--reason", "wait")["stop"]["held"] == 2
    shown = run("stops").stdout
    assert ("Headline number 1" in shown, "Headline number 2" in shown) == (True, True)
    kept = next(one["ids"][0] for one in as_json(run, "stops")["waiting"] if one["story"] == url(1))
    assert run("resume", "drop", "--keep", str(kept)).stdout.startswith("1 lifted: 1 sent, 1 dropped\n")


def test_approve_says_how_far_it_has_come(run: Run) -> None:
    assert run("approve", url(1), "--by", "Ann").stdout == "screen: 1 of 2 (Ann)\n"
    assert run("approve", url(1), "--by", "ann").stdout == "screen: 1 of 2 (Ann); this name has said yes already\n"
    assert as_json(run, "approve", url(1), "--by", "Ben")["channels"][0]["released"] == 1


def test_hold_release_skip_and_send_now(run: Run) -> None:
    assert run("hold", url(1), "--reason", "a call first").stdout == "1 held\n"
    assert run("release", url(1)).stdout == "1 released; something else holds 1 of them now\n"
    assert as_json(run, "hold", "--all", "--reason", "x", "--until", "2099-01-01T00:00+00:00")["held"] == 2
    assert as_json(run, "release", "--held-by", "desk")["still_held"] == 2
    said = run("send-now", url(1), code=1).stderr
    assert said == "the story is held by approval; approval: distributor approve\n"
    for name in ("Ann", "Ben"):
        run("approve", url(1), "--by", name)
    assert run("send-now", url(1)).stdout == "1 sent at once\n"
    assert as_json(run, "send-now", url(1))["sent_now"] == 1
    assert as_json(run, "skip", url(2))["skipped"] == 1
    assert run("skip", "--channel", "screen").stdout == "1 skipped\n"
    assert run("release", code=2)
    assert run("release", "--surge", "politics", "--held-by", "desk", code=2)
    assert "nothing waits" in run("release", "--surge", "politics", code=1).stderr


def test_upcoming_shows_the_desks_time(run: Run) -> None:
    assert as_json(run, "upcoming")["upcoming"] == []
    for name in ("Ann", "Ben"):
        run("approve", url(1), "--by", name)
    shown = run("upcoming", "--limit", "1").stdout
    assert "leaves (Europe/Minsk)" in shown
    assert "Headline number 1" in shown
