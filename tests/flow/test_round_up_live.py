"""Round-ups on the loopback platforms, which judge by themselves what fits; and the commands for what is held."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from distributor.cli.root import cli
from tests.api.fitting import misfits
from tests.platforms import Loop, complaints, until
from tests.test_docs import shape

HEADLINES = [f"Дом № {number}: the council of the {number}th district opens “school” 🏫 & pool" for number in range(24)]


def test_the_platforms_accept_a_round_up_of_twenty_stories(loop: Loop) -> None:
    loop.configure(("fold_above = 0", "fold_above = 3"), ('stale = "send"', 'stale = "fold"'))
    loop.publish(*HEADLINES)
    # on a busy machine the guarded parser may be stopped; the feed is then read anew
    done = until(lambda: (found := loop.command("run", "--once", "--json")).returncode == 0 and found)
    assert done
    assert complaints(done) == []
    counts = json.loads(done.stdout)["counts"]
    held = len(loop.texts("hooks"))  # what the feed brought
    assert held > 10
    for platform, channel in (("x", "x"), ("telegram", "telegram")):
        texts = loop.texts(platform)
        (told,) = [text for text in texts if "In brief" in text]
        assert len(texts) == 4
        assert counts[channel] == {"sent": 4, "skipped": held - 3}
        shown = [line for line in told.splitlines() if "•" in line]
        assert shown
        if platform == "x":
            assert told.endswith(f"and {held - 3 - len(shown)} more")
    (seen,) = [line for line in loop.platforms.journal("telegram") if "In brief" in str(line.get("text"))]
    assert len([url for url in seen["urls"] if "utm_id=" in url]) == held - 3


CONFIG = """
[feeds.politics]
url = "https://127.0.0.1:9/rss"
[channels.screen]
type = "console"
gap = "1h"
[routes.all]
channels = ["screen"]
"""


@pytest.fixture
def held(tmp_path: Path) -> list[str]:
    """A store in which one story is held under the name ``somebody here``."""
    from distributor.interfaces import Validators
    from distributor.model import Change, ChangeKind, State
    from distributor.store.opening import open_store
    from tests.support import NOON, article, intent

    (tmp_path / "config.toml").write_text(CONFIG, "utf-8")
    store = open_store(tmp_path / "state", threaded=False)
    store.deliveries.know_channel("screen", "console", NOON)
    change = Change(kind=ChangeKind.NEW, article=article())
    plan = [intent("screen", state=State.HELD, held_by="somebody here", reason="to be looked at")]
    store.stories.ingest("politics", (), lambda *_: [(change, plan)], validators=Validators(), baseline=False, now=NOON)
    store.close()
    return ["--config", str(tmp_path / "config.toml")]


def test_what_is_held_is_shown_with_the_command_that_releases_it(held: list[str]) -> None:
    for command in (["schedule", "held"], ["deliveries"], ["where", "https://news.example.org/politics/story-1/"]):
        said = " ".join(CliRunner().invoke(cli, [*held, *command], env={"COLUMNS": "400"}).stdout.split())
        assert "to be looked at (distributor release --held-by 'somebody here', or distributor skip)" in said
    found = json.loads(CliRunner().invoke(cli, [*held, "schedule", "held", "--json"]).stdout)
    assert misfits(found, shape("distributor schedule held")) == []
    assert found["held"][0]["held_by"] == "somebody here"


@pytest.mark.parametrize(("command", "word"), [("release", "released"), ("skip", "skipped")])
def test_somebody_decides_by_a_command_and_it_says_how_many(held: list[str], command: str, word: str) -> None:
    told = [*held, command, "--held-by", "somebody here"]
    found = json.loads(CliRunner().invoke(cli, [*told, "--channel", "screen", "--by", "ann", "--json"]).stdout)
    assert misfits(found, shape(f"distributor {command}")) == []
    assert found[word] == 1
    result = CliRunner().invoke(cli, told, env={"LOGNAME": "ann"})
    assert (result.exit_code, result.stderr) == (
        1,
        "nothing waits for somebody under 'somebody here'; known: (none)\n",
    )


@pytest.mark.parametrize(("command", "word"), [("release", "released"), ("skip", "skipped")])
def test_it_is_said_in_words_too(held: list[str], command: str, word: str) -> None:
    result = CliRunner().invoke(cli, [*held, command, "--held-by", "somebody here"], env={"LOGNAME": "ann"})
    assert (result.exit_code, result.stdout) == (0, f"1 {word}\n")


def test_a_command_must_say_which_and_who(held: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 4711")

    for which in ([], ["--surge", "politics", "--held-by", "template"]):
        assert CliRunner().invoke(cli, [*held, "release", *which]).exit_code == 2
    monkeypatch.setattr("getpass.getuser", nobody)
    result = CliRunner().invoke(cli, [*held, "release", "--surge", "politics"])
    assert (result.exit_code, "say --by NAME" in result.stderr) == (2, True)
