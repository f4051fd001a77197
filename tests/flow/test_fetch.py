"""The command ``fetch`` on addresses: documents, sites, and what the guard says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from distributor.cli.output import in_a_row, in_words
from distributor.cli.root import cli
from distributor.sandbox.client import Running
from tests.flow.test_every_source import STORIES

Shell = Callable[..., str]


@pytest.fixture
def site(platforms: Running) -> Running:
    platforms.reset("site")
    platforms.control("site", "publish", STORIES)
    return platforms


@pytest.fixture
def shell(short: Path, site: Running, monkeypatch: pytest.MonkeyPatch) -> Shell:
    address = site.urls["site"].removeprefix("http://")
    (short / "config.toml").write_text(
        f'[net]\nallow = ["{address}"]\n[desk]\nzone = "Europe/Minsk"\n[channels.x]\ntype = "console"\n', "utf-8"
    )
    monkeypatch.chdir(short)

    def run(*arguments: str, code: int = 0) -> str:
        result = CliRunner().invoke(cli, ["fetch", *arguments], env={"STATE_DIRECTORY": None})
        assert result.exit_code == code, result.output
        return result.output

    return run


def test_an_address_that_the_guard_admits_or_refuses_is_said_so_with_its_reason(shell: Shell, site: Running) -> None:
    address = site.urls["site"]
    assert "would be contacted at 127.0.0.1" in shell("--guard", address)
    assert "will not contact a private address 10.0.0.1" in shell("--guard", "http://10.0.0.1/", code=1)
    found = json.loads(shell("--guard", "http://0x7f.1/", "--json", code=1))
    assert found == {
        "url": "http://0x7f.1/",
        "allowed": False,
        "reason": "will not contact an address in an unusual spelling, 0x7f.1",
        "addresses": [],
    }


def test_a_document_at_an_address_shows_its_articles(shell: Shell, site: Running) -> None:
    found = json.loads(shell(f"{site.urls['site']}/feed.json", "--json"))
    assert found["kind"] == "JSON Feed 1.1"
    assert len(found["articles"]) == 3
    assert found["found"][0]["type"] == "jsonfeed"
    said = shell(f"{site.urls['site']}/ninjs.json")
    assert "ninjs 3.0: 3 articles" in said
    assert 'type = "ninjs"' in said


def test_a_site_shows_what_it_offers_and_what_to_configure(shell: Shell, site: Running) -> None:
    said = shell(f"{site.urls['site']}/")
    assert "To read it, put into the configuration:" in said
    assert 'link rel="alternate"' in said
    assert 'type = "feed"' in said


def test_a_site_that_offers_nothing_ends_with_code_1_and_one_that_does_not_answer_with_4(
    shell: Shell, site: Running
) -> None:
    raw: dict[str, Any] = {"/": {"body": "<html><title>Soon</title></html>", "content_type": "text/html"}}
    site.control("site", "config", {"feedless": True, "raw": raw})
    assert "no links that read as headlines" in shell(f"{site.urls['site']}/", code=1)
    site.control("site", "config", {"raw": {"/": {"status": 503}}})
    shell(f"{site.urls['site']}/", code=4)


def test_what_is_asked_for_in_two_ways_or_in_none_is_wrong_usage(shell: Shell, short: Path) -> None:
    shell(code=2)
    shell("--guard", code=2)
    shell("https://x.example/", "--file", "config.toml", code=2)


def test_the_guard_and_saved_documents_need_no_configuration(short: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(short)
    monkeypatch.setattr("distributor.config.location.SYSTEM_FILE", short / "none.toml")
    (short / "a.md").write_text("---\ntitle: A\nurl: https://n.example/a\n---\nText.\n")
    run = CliRunner().invoke
    assert run(cli, ["fetch", "--guard", "http://127.0.0.1/"]).exit_code == 1
    found = json.loads(run(cli, ["fetch", "--file", "a.md", "--json"]).output)
    assert (found["kind"], found["articles"][0]["headline"]) == ("Markdown file", "A")
    assert set(found) == {"kind", "articles", "warnings"}


def test_a_page_without_news_is_said_to_be_one(loop):
    shop = {"body": "<html><title>Shop</title><body>buy</body></html>", "content_type": "text/html"}
    loop.platforms.control("site", "config", {"raw": {"/shop": shop}, "feedless": True})
    done = CliRunner().invoke(cli, ["--config", str(loop.config), "fetch", f"{loop.platforms.urls['site']}/shop"])
    assert done.exit_code == 1
    assert done.stdout.startswith("nothing here can be read as news; name the page that lists the stories")


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("answered 410", "answered 410: it is gone for good"),
        ("answered 503", "answered 503: the server is in trouble itself"),
        ("answered 418", "answered 418"),
        ("timed out after 5 s", "timed out after 5 s"),
    ],
)
def test_a_bare_number_is_told_in_words(reason, said):
    assert in_words(reason) == said
    assert (in_a_row(1), in_a_row(2)) == ("once", "2 times in a row")
