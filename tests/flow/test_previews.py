"""``distributor preview``: real stories through any template, on every channel, without a trace."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from distributor.calls import dispatch
from distributor.cli.root import cli
from distributor.errors import CallError, TemplateError
from distributor.render.gallery import picture_line
from distributor.showing import draft_template
from tests.api.fitting import misfits
from tests.apps import told_app
from tests.support import NOON, HandClock, ToldSource, article
from tests.test_docs import shape

CONFIG = """\
[feeds.politics]
url = "https://news.example.org/rss"
first_run = "publish"

[channels.x]
type = "twitter"
api_key = "a"
api_secret = "b"
access_token = "1-c"
access_secret = "d"
links = "top"
utm = ["source=x"]

[channels.telegram]
type = "telegram"
token = "123456:AAAA-bbbb"
chat = "@example_news"
button = true

[channels.screen]
type = "console"

[routes.all]
channels = ["x", "telegram"]

[style]
hashtags = ["Politics"]
"""
FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>N</title><link>https://news.example.org/</link>
<item><title>Fish &amp;amp;amp; chips</title><link>https://news.example.org/1</link><guid>1</guid>
<description>The price of fish rose on Monday in every harbour of the country.</description></item></channel></rss>"""
LONG = "They met, " * 60

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    stories = [article(1, summary=LONG), article(2, urgency=1)]
    with closing(told_app(tmp_path, config=CONFIG, source=ToldSource(stories), clock=HandClock())) as app:
        app.ingesters["politics"].run_once(NOON)

    def found(*arguments: str, code: int = 0) -> Result:
        result = CliRunner().invoke(cli, ["preview", *arguments], env={"STATE_DIRECTORY": None})
        assert result.exit_code == code, result.output
        return result

    return found


def shown(run: Run, *arguments: str) -> dict[str, Any]:
    found = json.loads(run(*arguments, "--json").stdout)
    assert misfits(found, shape("distributor preview")) == []
    return {f"{one['channel']} {one['headline'][-1]}": one for one in found["previews"]}


def test_every_channel_shows_what_was_dropped_and_what_it_costs(run: Run, tmp_path: Path) -> None:
    found = shown(run)
    assert set(found) == {f"{name} {number}" for name in ("x", "telegram", "screen") for number in "12"}
    one = found["x 1"]
    assert one["link"] is None
    assert (one["price"], one["price_with_link"], one["route"]) == (0.015, 0.2, "all")
    assert one["dropped"] == ["tags"]
    assert [cut["of"] for cut in one["cut"]] == ["summary"]
    assert "280 fit" in one["why"]
    assert found["x 2"]["link"].endswith("?utm_source=x&utm_id=" + "x" * 16)
    assert found["telegram 2"]["button"] == "Read in full"
    assert found["telegram 2"]["text"].endswith("#Politics")
    assert found["screen 1"]["route"] is None


def test_one_story_on_one_channel_as_somebody_reads_it(run: Run) -> None:
    text = run("--url", article(1).url, "--channel", "x").stdout
    assert text.startswith("x  (")
    assert "costs 0.015, with a link 0.2)" in text
    assert "dropped: tags" in text
    assert "summary cut at a" in text
    text = run("--url", article(2).url, "--channel", "telegram").stdout
    assert "[ Read in full ]" in text


def test_a_template_that_is_not_in_use_yet_is_tried_where_it_belongs(run: Run, tmp_path: Path) -> None:
    (tmp_path / "telegram").mkdir()
    (tmp_path / "telegram" / "short.html.j2").write_text("<i>{{ story.headline }}</i>")
    (tmp_path / "short.txt.j2").write_text("{{ story.headline }} (…)\n\n...")
    (tmp_path / "bad.txt.j2").write_text("{{ story.nothing }}")
    found = shown(run, "--template", "telegram/short.html.j2", "--last", "1")
    assert [(one["channel"], one["entities"][0]["type"]) for one in found.values()] == [("telegram", "italic")]
    found = shown(run, "--template", str(tmp_path / "short.txt.j2"), "--last", "1")
    assert [(one["channel"], [f["rule"] for f in one["lint"]]) for one in found.values()] == [
        ("x", ["only-dots"]),
        ("screen", ["only-dots"]),
    ]
    text = run("--template", "bad.txt.j2", "--last", "1", "--channel", "x").stdout
    assert "bad.txt.j2:1:" in text
    found = shown(run, "--template", "nowhere", "--last", "1", "--channel", "x")
    assert "no such template" in next(iter(found.values()))["error"]


def test_a_file_that_no_template_is_called_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "short.j2").write_text("x")
    assert "no template is called so" in run("--template", "short.j2", code=1).output
    for name in ("telegram/.html.j2", "x/short.md.j2", "short"):
        with pytest.raises(TemplateError), draft_template(name, ""):
            pass


def test_a_saved_document_needs_no_store_and_leaves_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("config.toml").write_text(CONFIG)
    Path("saved.xml").write_text(FEED)
    result = CliRunner().invoke(
        cli, ["preview", "--file", "saved.xml", "--html", "p.html"], env={"STATE_DIRECTORY": None}
    )
    assert result.exit_code == 0, result.output
    assert "Fish" in Path("p.html").read_text("utf-8")
    assert not Path("state").exists()
    assert CliRunner().invoke(cli, ["preview", "--file", "saved.xml", "--url", "https://x.org"]).exit_code == 2


def test_pictures_that_cannot_be_read_here_say_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("distributor.outlets.can_develop", lambda: False)
    Path("config.toml").write_text(CONFIG)
    picture = '<enclosure type="image/jpeg" url="https://news.example.org/a.jpg" length="1"/>'
    Path("saved.xml").write_text(FEED.replace("<guid>", f"{picture}<guid>"))
    arguments = ["preview", "--file", "saved.xml", "--pictures", "--channel", "x"]
    told = CliRunner().invoke(cli, arguments, env={"STATE_DIRECTORY": None})
    assert "picture: pictures need the extra “images”: pip install 'distributor[images]'" in told.stdout
    read = CliRunner().invoke(cli, [*arguments, "--json"], env={"STATE_DIRECTORY": None})
    (one,) = json.loads(read.stdout)["previews"]
    assert picture_line(one["picture"] | {"width": 10, "height": 5, "bytes": 900, "error": "too small"}) == (
        "picture: 10 x 5 pixels, 1 kB: too small"
    )


def test_an_editors_own_words_are_shown_and_an_unknown_channel_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with closing(told_app(tmp_path, config=CONFIG, source=ToldSource([article(1)]), clock=HandClock())) as app:
        app.ingesters["politics"].run_once(NOON)
        by_ann = {"who": "Ann", "through": "command line"}
        dispatch(app, "reword", {**by_ann, "url": article(1).url, "channel": "x", "text": "In my own words"})
        (one,) = dispatch(app, "preview", {"channel": "x"})["previews"]
        assert (one["text"], one["dropped"], one["why"]) == ("In my own words", [], None)
        with pytest.raises(CallError, match="there is no channel 'z'"):
            dispatch(app, "preview", {"channel": "z"})


def test_where_nothing_is_known_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("config.toml").write_text('[channels.screen]\ntype = "console"\n')
    result = CliRunner().invoke(cli, ["preview"], env={"STATE_DIRECTORY": None})
    assert result.stdout == "no story is known yet\n"
