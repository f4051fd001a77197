"""``distributor why``: two stories of the store, or two items of a saved document."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from distributor.calls.stories.weighing import why
from distributor.cli.root import cli
from distributor.errors import CallError
from tests.flow.test_known_again import SITE, Desk, told
from tests.unit.same_stories import STORIES

ITEM = "<item><title>{0}</title><link>/{1}</link><guid>{2}</guid><description>{3}</description></item>"


@pytest.fixture
def app(tmp_path):
    desk = Desk(tmp_path)
    desk.feed("politics", [told(1, 0), told(2, 1), told(3, 2, url=f"{SITE}/view/library-184231-2026/", guid="l")])
    desk.feed("politics", [told(9, 0, url=f"{SITE}/moved", guid="moved")])
    yield SimpleNamespace(store=desk.store, settings=SimpleNamespace(feeds=[SimpleNamespace(name="politics")]))
    desk.store.close()


def test_two_addresses_of_one_story_are_one_and_two_stories_are_told_apart_in_words(app):
    known = why(app, one=told(1, 0).url, other=f"{SITE}/moved")
    assert (known["same"], known["verdict"], known["evidence"][0]["about"]) == (True, "same", "store")
    found = why(app, one="1", other=told(2, 1).url)
    assert (found["same"], found["verdict"], found["threshold"]) == (False, "other", 1.0)
    assert [story["id"] for story in found["stories"]] == [1, 2]
    assert found["weight"] == pytest.approx(sum(piece["weight"] for piece in found["evidence"]))
    assert all(piece["says"] for piece in found["evidence"])


@pytest.mark.parametrize("name", ["99", "https://news.example.org/none"])
def test_a_story_that_nothing_has_is_refused_by_its_name(app, name):
    with pytest.raises(CallError, match=name) as caught:
        why(app, one="1", other=name)
    assert caught.value.code == "unknown_story"


@pytest.fixture
def saved(tmp_path):
    first, other = STORIES[0], STORIES[1]
    items = [
        ITEM.format(first[3], "view/talks-184231-2026/", "a", first[5]),
        ITEM.format(first[4], "view/border-184231-2026/", "b", first[6]),
        ITEM.format(other[3], "view/rate-184232-2026/", "c", other[5]),
    ]
    file = tmp_path / "saved.xml"
    text = "".join(items)
    file.write_text(f'<?xml version="1.0"?><rss version="2.0"><channel><title>t</title>{text}</channel></rss>', "utf-8")

    def run(*arguments):
        return CliRunner().invoke(cli, ["why", "--file", str(file), "--base", "https://n.example/", *arguments])

    return run


def test_two_items_of_a_saved_document_are_weighed_without_a_store(saved):
    same = saved("1", "2", "--json")
    assert same.exit_code == 0, same.output
    assert {piece["about"] for piece in json.loads(same.stdout)["evidence"]} >= {"number", "words"}
    other = saved("1", "https://n.example/view/rate-184232-2026/")
    assert other.exit_code == 1
    assert "two stories (" in other.stdout
    assert "Central bank keeps key rate at 9.5%" in other.stdout


@pytest.mark.parametrize("name", ["0", "4", "9" * 12, "https://n.example/none"])
def test_an_item_that_the_document_has_not_is_refused(saved, name):
    found = saved("1", name)
    assert found.exit_code == 1
    assert found.stderr == f"the file has no item {name}; it has 3 items\n"
