"""What ``distributor check`` says of the operations chat: each finding with its fix."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from distributor.config import Settings, load
from distributor.errors import Unauthorized
from distributor.model import Survey, Us
from distributor.surveying import findings, survey_chat
from tests.support import ToldChannel

CONFIG = """\
[channels.news]
type = "telegram"
token = "1:a"
chat = "@Newsroom"

[operations]
bot = "news"
chat = "-100"
topic = 5
people = ["11 Anna", "12 Boris"]
"""
US = Us(username="desk_bot", chat=-100, title="Desk", hears_all=True)
GOOD = Survey(us=US, kind="supergroup", public="", refusal="", topic_refusal="", webhook="", absent=())


def settings(folder: Path, text: str = CONFIG) -> Settings:
    (folder / "config.toml").write_text(text, "utf-8")
    return load(folder / "config.toml", environ={}, cwd=folder)


def test_a_chat_that_will_work_has_no_fix(tmp_path):
    found = findings(settings(tmp_path), GOOD)
    assert [one["name"] for one in found] == ["bot", "kind", "posts", "presses", "topic", "links", "people", "readers"]
    assert {(one["ok"], one["fix"]) for one in found} == {(True, None)}


@pytest.mark.parametrize(
    ("name", "changes", "detail", "fix"),
    [
        ("kind", {"kind": "channel"}, "it is a channel, in which", "make a group"),
        ("posts", {"refusal": "Not enough rights"}, "may not write there: Not enough rights", "group's permissions"),
        ("presses", {"webhook": "hooks.example.org"}, "a webhook at hooks.example.org takes them", "deleteWebhook"),
        ("topic", {"topic_refusal": "Message thread not found"}, "in the topic 5: Message thread", "leave topic out"),
        ("people", {"absent": (12,)}, "not in the group: Boris (12)", "named in the log"),
        ("readers", {"public": "newsroom"}, "the channel news posts to this chat", "name another group"),
    ],
)
def test_what_is_wrong_is_named_with_its_fix(tmp_path, name, changes, detail, fix):
    found = {one["name"]: one for one in findings(settings(tmp_path), replace(GOOD, **changes))}
    assert [one for one in found if not found[one]["ok"]] == [name]
    assert detail in found[name]["detail"]
    assert fix in found[name]["fix"]


def test_a_bot_that_is_not_told_of_links_is_advised_and_does_not_fail(tmp_path):
    found = findings(settings(tmp_path), replace(GOOD, us=replace(US, hears_all=False)))
    (links,) = [one for one in found if one["name"] == "links"]
    assert links["ok"]
    assert "privacy mode" in links["fix"]


def test_a_chat_without_people_or_topic(tmp_path):
    text = CONFIG.replace("topic = 5\n", "").replace('["11 Anna", "12 Boris"]', "[]")
    found = {one["name"]: one for one in findings(settings(tmp_path, text), GOOD)}
    assert "topic" not in found
    assert found["people"]["detail"] == "nobody may act there"


def test_the_readers_chat_is_known_by_its_number_too(tmp_path):
    found = findings(settings(tmp_path, CONFIG.replace("@Newsroom", "-100")), GOOD)
    assert found[-1]["detail"] == "the channel news posts to this chat"


def test_without_a_chat_or_a_bot_that_can_talk_nothing_is_found(tmp_path):
    assert survey_chat(settings(tmp_path, CONFIG.partition("[operations]")[0]), {}) == []
    assert survey_chat(settings(tmp_path), {"news": ToldChannel("news")}) == []


def test_a_bot_that_is_not_there_is_one_finding(tmp_path):
    class Talk:
        def survey(self, **_: object) -> Survey:
            raise Unauthorized("@desk_bot is not in the operations chat")

    class Bot(ToldChannel):
        def converse(self, _chat: str) -> object:
            return Talk()

    (found,) = survey_chat(settings(tmp_path), {"news": Bot("news")})
    assert (found["ok"], found["detail"]) == (False, "@desk_bot is not in the operations chat")
    assert "add the bot" in found["fix"]


def test_a_bot_whose_talk_cannot_be_surveyed_is_not_judged(tmp_path):
    class Bot(ToldChannel):
        def converse(self, _chat: str) -> object:
            return object()

    assert survey_chat(settings(tmp_path), {"news": Bot("news")}) == []
