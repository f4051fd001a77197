"""A week of shadow mode on the real store, held against the files that the platforms give."""

from __future__ import annotations

import json
import zipfile
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from distributor.calls import dispatch
from distributor.calls.delivery.shadowing import shadow_report
from distributor.cli.root import cli
from distributor.engine.round import run_round
from distributor.errors import CallError, ParseError
from tests.api.fitting import misfits
from tests.apps import CONFIG, told_app
from tests.support import ToldSource, article
from tests.test_docs import shape
from tests.unit.test_archives import ARCHIVE, EXPORT

UTC_ZONE = ZoneInfo("UTC")
SHADOW = f'mode = "shadow"\n{CONFIG}'


@pytest.fixture
def found(tmp_path):
    app = told_app(tmp_path, source=ToldSource([article(1), article(2)]), config=SHADOW)
    run_round(app)
    kinds = dispatch(app, "shadow", {})["kinds"]
    app.close()
    rows = kinds.pop("console")
    assert len(rows) == 4
    return {"kinds": {"telegram": rows, "twitter": rows}}


def test_each_channel_is_held_against_its_own_posts(found, tmp_path):
    (tmp_path / "result.json").write_text(EXPORT, "utf-8")
    with zipfile.ZipFile(tmp_path / "archive.zip", "w") as archive:
        archive.writestr("data/tweets.js", ARCHIVE)
        archive.writestr("data/account.js", "window.YTD.account.part0 = []")
    told = shadow_report(
        found, telegram=tmp_path / "result.json", x=tmp_path / "archive.zip", since=None, zone=UTC_ZONE
    )
    assert misfits(told, shape("distributor shadow report")) == []
    telegram, twitter = told["channels"]
    assert (telegram["matched"], telegram["minutes_gained"]["median"]) == (1, 9.0)
    assert (twitter["matched"], twitter["minutes_gained"]["median"]) == (1, 5.0)
    assert [one["text"] for one in telegram["only_theirs"]] == ["Plain"]
    assert [one["headline"] for one in telegram["only_ours"]] == ["Headline number 2"]
    plain = tmp_path / "tweets.js"
    plain.write_text(ARCHIVE, "utf-8")
    again = shadow_report(found, telegram=None, x=plain, since="2026-11-24T12:30:00Z", zone=UTC_ZONE)
    assert again["channels"][0]["matched"] == 0


def test_files_that_cannot_be_read_are_named(found, tmp_path):
    def refused(name, content):
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(ParseError) as caught:
            shadow_report(found, telegram=None, x=path, since=None, zone=UTC_ZONE)
        return str(caught.value)

    assert "there is no such file" in refused("gone.js", None)
    assert "no text in UTF-8 at byte 0" in refused("latin.js", b"\xff\xfe")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("data/likes.js", "")
    whole = (tmp_path / "other.zip").read_bytes()
    assert "no data/tweets.js in it" in refused("other.zip", whole)
    with zipfile.ZipFile(tmp_path / "hurt.zip", "w") as archive:
        archive.writestr("data/tweets.js", ARCHIVE)
    hurt = (tmp_path / "hurt.zip").read_bytes().replace(b"Headline", b"headline")
    assert "the archive is damaged" in refused("hurt.zip", hurt)
    with pytest.raises(CallError, match="nothing to compare"):
        shadow_report(found, telegram=None, x=None, since=None, zone=UTC_ZONE)


def test_a_file_larger_than_any_export_is_refused(found, tmp_path, monkeypatch):
    monkeypatch.setattr("distributor.calls.delivery.shadowing.LONGEST", 10)
    (tmp_path / "result.json").write_text(EXPORT, "utf-8")
    with pytest.raises(ParseError, match="larger than 1 GiB"):
        shadow_report(found, telegram=tmp_path / "result.json", x=None, since=None, zone=UTC_ZONE)
    with zipfile.ZipFile(tmp_path / "archive.zip", "w") as archive:
        archive.writestr("data/tweets.js", ARCHIVE)
    with pytest.raises(ParseError, match="larger than 1 GiB"):
        shadow_report(found, telegram=None, x=tmp_path / "archive.zip", since=None, zone=UTC_ZONE)


def test_the_command_tells_people_and_scripts(tmp_path):
    app = told_app(tmp_path, source=ToldSource([article(1)]), config=SHADOW)
    run_round(app)
    app.close()
    (tmp_path / "result.json").write_text(EXPORT, "utf-8")
    command = ["--config", str(tmp_path / "config.toml"), "shadow", "report"]
    assert CliRunner().invoke(cli, command).exit_code == 2
    told = CliRunner().invoke(cli, [*command, "--telegram", str(tmp_path / "result.json")])
    assert told.exit_code == 0, told.output
    assert "telegram, from" in told.output
    as_json = CliRunner().invoke(cli, [*command, "--telegram", str(tmp_path / "result.json"), "--json"])
    assert json.loads(as_json.stdout)["channels"][0]["kind"] == "telegram"
    (tmp_path / "result.json").write_text("{", "utf-8")
    wrong = CliRunner().invoke(cli, [*command, "--telegram", str(tmp_path / "result.json")])
    assert (wrong.exit_code, "result.json:1" in wrong.output) == (1, True)
