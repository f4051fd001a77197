"""A bot that serves a chat on the loopback Telegram: what people say and press, cards, answers, and what can fail."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.request import Request, urlopen

import pytest

from distributor.channels.telegram import KIND, Options, Telegram
from distributor.errors import Rejected, Unauthorized, Unavailable, UnknownOutcome
from distributor.interfaces import Conversation, Conversing
from distributor.model import Button, Card, Entity, Said
from distributor.sandbox import accounts, client
from distributor.secret import Secret
from tests.raw_http import answer, closed_port, serve

OPS = accounts.TELEGRAM_OPERATIONS_ID
EDITOR, READER = 200001, 200002
NOW = timedelta(0)
CARD = Card(
    text="Council votes on the bridge",
    entities=(Entity(type="bold", offset=0, length=7),),
    buttons=((Button(words="Approve", data="a:1"), Button(words="Page", url="https://news.example.org/")),),
)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[client.Running]:
    with client.start(tmp_path_factory.mktemp("platforms"), only=("telegram",)) as platforms:
        yield platforms


@pytest.fixture
def bot(running: client.Running) -> Iterator[Telegram]:
    running.reset("telegram")
    found = opened(running.urls["telegram"])
    found.listen(0, NOW)
    yield found
    found.close()


@pytest.fixture
def talk(bot: Telegram) -> Conversation:
    return bot.converse(str(OPS))


def opened(url: str) -> Telegram:
    options = Options(token=Secret(accounts.TELEGRAM_TOKEN), chat=accounts.TELEGRAM_CHANNEL, base_url=url)
    found = KIND.open("desk", options)
    assert isinstance(found, Telegram)
    assert isinstance(found, Conversing)
    return found


def do(running: client.Running, verb: str, **values: Any) -> dict[str, Any]:
    told: dict[str, Any] = running.control("telegram", verb, {"chat": OPS, "user": EDITOR} | values)
    return told


def heard(bot: Telegram) -> list[Said]:
    return list(bot.listen(0, NOW).said)


def messages(running: client.Running) -> dict[int, dict[str, Any]]:
    found = running.control("telegram", "state")["messages"]
    return {one["message"]["message_id"]: one["message"] for one in found if one["message"]["chat"]["id"] == OPS}


def test_what_a_person_writes_is_told_with_who_where_and_the_links_in_it(bot, running):
    number = do(running, "say", text="look https://news.example.org/a")["message_id"]
    (said,) = heard(bot)
    assert (said.person, said.name, said.chat, said.topic) == (EDITOR, "Editor", OPS, 0)
    assert (said.message_id, said.text, said.answers) == (number, "look https://news.example.org/a", 0)
    assert said.links == ("https://news.example.org/a",)
    assert abs(said.at - datetime.now(UTC)) < timedelta(hours=1)
    assert (said.pressed, said.press_id) == ("", "")


def test_a_topic_is_told_and_saying_something_there_is_no_answer(bot, talk, running):
    topic = int(ask(running, "createForumTopic", chat_id=OPS, name="Desk")["message_thread_id"])
    card = talk.show(CARD, topic=topic)
    do(running, "say", text="plain", thread=topic)
    do(running, "say", text="answer", thread=topic, reply_to=card)
    do(running, "say", text="general", reply_to=do(running, "say", text="question")["message_id"])
    told = [(one.text, one.topic, bool(one.answers)) for one in heard(bot)]
    assert told == [("plain", topic, False), ("answer", topic, True), ("question", 0, False), ("general", 0, True)]


def ask(running: client.Running, method: str, **values: Any) -> Any:
    """A call as any bot could make it."""
    import json
    from urllib.request import Request, urlopen

    url = f"{running.urls['telegram']}/bot{accounts.TELEGRAM_TOKEN}/{method}"
    request = Request(url, json.dumps(values).encode(), {"Content-Type": "application/json"})
    with urlopen(request, timeout=30) as told:
        return json.load(told)["result"]


def test_a_press_is_told_and_answered_to_the_one_who_pressed(bot, talk, running):
    number = talk.show(CARD)
    do(running, "press", message=number, data="a:1", user=READER)
    (said,) = heard(bot)
    assert (said.person, said.chat, said.message_id, said.pressed, said.text) == (READER, OPS, number, "a:1", "")
    talk.answer(said.press_id, "Done. " * 60)
    (press,) = running.control("telegram", "state")["callbacks"]
    assert len(press["answer"]["text"]) == 200
    assert press["answer"]["show_alert"]
    with pytest.raises(Rejected, match=r"(?i)query is too old"):
        talk.answer(said.press_id, "again")


def test_a_press_on_a_card_that_is_not_to_be_had_any_more_is_told_with_its_number(bot, talk, running):
    number = talk.show(CARD)
    do(running, "press", message=number, data="a:1", is_gone=True)
    (said,) = heard(bot)
    assert (said.message_id, said.chat, said.topic, said.pressed) == (number, OPS, 0, "a:1")


def test_data_that_no_button_has_comes_from_a_client_of_ones_own(bot, talk, running):
    number = talk.show(CARD)
    with pytest.raises(client.SandboxError):
        do(running, "press", message=number, data="a:2")
    do(running, "press", message=number, data="a:2", forged=True)
    assert [one.pressed for one in heard(bot)] == ["a:2"]


def test_in_a_group_that_the_bot_does_not_administer_only_what_is_meant_for_it_is_told(bot, talk, running):
    assert talk.us().hears_all
    card = talk.show(CARD)
    running.control("telegram", "config", {"rights": {"chat": OPS, "status": "member"}})
    for fields in ({"text": "/status"}, {"text": "no matter"}, {"text": "text", "reply_to": card}):
        do(running, "say", **fields)
    do(running, "say", text="you there, @newsroom_sandbox_bot")
    assert [one.text for one in heard(bot)] == ["/status", "text", "you there, @newsroom_sandbox_bot"]
    assert not bot.converse(str(OPS)).us().hears_all


def test_who_we_are_is_asked_once(talk, running):
    first = talk.us()
    assert (first.username, first.chat, first.title) == ("newsroom_sandbox_bot", OPS, "Newsroom operations")
    asked = len(running.log("telegram"))
    assert talk.us() is first
    assert len(running.log("telegram")) == asked


def test_a_bot_that_was_thrown_out_is_told_of_as_such(talk, running):
    running.control("telegram", "config", {"rights": {"chat": OPS, "status": "kicked"}})
    with pytest.raises(Unauthorized):
        talk.us()


def test_a_card_is_posted_changed_in_place_and_a_change_to_the_same_is_no_error(talk, running):
    number = talk.show(CARD)
    shown = messages(running)[number]
    assert shown["entities"] == [{"type": "bold", "offset": 0, "length": 7}]
    assert [one["text"] for one in shown["reply_markup"]["inline_keyboard"][0]] == ["Approve", "Page"]
    talk.change(number, CARD)
    talk.change(number, Card(text="Approved by Anna"))
    assert messages(running)[number]["text"] == "Approved by Anna"
    assert "reply_markup" not in messages(running)[number]


def test_a_question_names_the_one_it_is_for_and_answers_what_they_said(talk, running):
    said = do(running, "say", text="/post")["message_id"]
    number = talk.show(Card(text="Anna, reply with the text", asks=EDITOR, asks_name="Anna"), answers=said)
    shown = messages(running)[number]
    (mark,) = shown["entities"]
    assert (mark["type"], mark["length"], mark["user"]["id"]) == ("text_mention", 4, EDITOR)
    assert shown["reply_to_message"]["message_id"] == said
    assert talk.show(Card(text="what it answers is gone"), answers=999)


def test_what_cannot_be_changed_is_a_refusal(talk):
    with pytest.raises(Rejected, match=r"(?i)message to edit not found"):
        talk.change(4711, CARD)


def test_a_group_that_became_a_supergroup_is_found_under_its_new_number(bot, running):
    running.control("telegram", "config", {"chat": {"id": -7, "type": "group", "title": "Desk"}})
    talk = bot.converse("-7")
    assert talk.us().chat == -7
    running.control("telegram", "migrate", {"chat": -7, "to": -1001000000777})
    with pytest.raises(Unavailable):
        talk.show(CARD)
    assert talk.show(CARD)
    assert talk.us().chat == -1001000000777


def test_a_platform_that_is_away_or_loses_the_answer_is_told_as_for_a_post(running):
    away = opened(f"http://127.0.0.1:{closed_port()}").converse(str(OPS))
    with pytest.raises(Unavailable):
        away.show(CARD)
    away.close()
    away.close()
    bot = opened(running.urls["telegram"])
    running.fault("telegram", action="lost_response")
    with pytest.raises(UnknownOutcome):
        bot.converse(str(OPS)).show(CARD)
    running.clear_faults("telegram")
    bot.close()


CHAT = {"id": OPS, "type": "supergroup", "title": "Desk"}
PERSON = {"id": EDITOR, "is_bot": False, "first_name": "Anna", "last_name": "B"}
MESSAGE = {"message_id": 7, "date": 1796022000, "chat": CHAT}


@pytest.mark.parametrize(
    ("update", "told"),
    [
        ({"message": MESSAGE | {"from": PERSON, "text": "x"}}, ("Anna B", "x", 0)),
        ({"message": MESSAGE | {"from": PERSON, "photo": [], "caption": "see"}}, ("Anna B", "see", 0)),
        # a chain of answers outside a forum has a number of a thread, which is no topic
        ({"message": MESSAGE | {"from": PERSON, "text": "x", "message_thread_id": 5}}, ("Anna B", "x", 0)),
        ({"message": MESSAGE | {"from": PERSON, "text": "x", "message_thread_id": 5, "is_topic_message": True}},
         ("Anna B", "x", 5)),
        ({"message": MESSAGE | {"from": PERSON, "new_chat_title": "Desk"}}, None),
        ({"message": MESSAGE | {"text": "x"}}, None),
        ({"callback_query": {"id": "1", "from": PERSON, "chat_instance": "1", "data": "a"}}, None),
        ({"callback_query": {"id": "1", "from": PERSON, "chat_instance": "1", "message": MESSAGE}}, None),
    ],
)  # fmt: skip
def test_only_what_a_person_wrote_or_pressed_is_said(update, told):
    numbers = itertools.count(5)
    with serve(answer(200, {"ok": True, "result": [{"update_id": next(numbers)} | update]})) as server:
        bot = opened(server.url)
        said = bot.listen(0, NOW).said
        bot.close()
    assert [(one.name, one.text, one.topic) for one in said] == ([told] if told else [])


# -- before it serves


def test_a_bot_finds_out_what_stands_in_its_way_and_shows_nothing(running, bot, talk):
    found = talk.survey(people=[EDITOR, READER, 999])
    assert (found.us.chat, found.kind, found.refusal, found.topic_refusal, found.webhook) == (
        OPS,
        "supergroup",
        "",
        "",
        "",
    )
    assert 999 in found.absent
    assert EDITOR not in found.absent
    assert "thread not found" in talk.survey(topic=4711).topic_refusal.lower()
    assert messages(running) == {}
    api(running, "setWebhook", url="https://hooks.example.org/secret/path")
    assert talk.survey().webhook == "hooks.example.org"
    api(running, "deleteWebhook")


def api(running: client.Running, method: str, **values: Any) -> None:
    url = f"{running.urls['telegram']}/bot{accounts.TELEGRAM_TOKEN}/{method}"
    with urlopen(Request(url, json.dumps(values).encode(), {"Content-Type": "application/json"}), timeout=30) as told:
        assert json.load(told)["ok"]
