"""A bot that listens on the loopback Telegram: what it is told, what is forgotten, and what others take."""

from __future__ import annotations

import gc
import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.request import Request, urlopen

import pytest

from distributor.channels.telegram import KIND, Options, Telegram
from distributor.errors import ChannelError, Rejected, Unauthorized, Unavailable, UnknownOutcome
from distributor.interfaces import Listening
from distributor.model import Message, Parcel
from distributor.sandbox import accounts, client
from distributor.secret import Secret
from tests.raw_http import answer, closed_port, serve

NOW = timedelta(0)
LONG = timedelta(seconds=20)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[client.Running]:
    with client.start(tmp_path_factory.mktemp("platforms"), only=("telegram",)) as platforms:
        yield platforms


@pytest.fixture
def bot(running: client.Running) -> Iterator[Telegram]:
    running.reset("telegram")
    found = opened(running.urls["telegram"])
    yield found
    found.close()


def opened(url: str, chat: str = accounts.TELEGRAM_CHANNEL) -> Telegram:
    options = Options(token=Secret(accounts.TELEGRAM_TOKEN), chat=chat, base_url=url)
    found = KIND.open("desk", options)
    assert isinstance(found, Telegram)
    assert isinstance(found, Listening)
    return found


def say(running: client.Running, text: str, chat: str | int = accounts.TELEGRAM_CHANNEL) -> int:
    return int(running.control("telegram", "say", {"chat": chat, "text": text})["message_id"])


def ask(running: client.Running, method: str, **values: object) -> None:
    """A call of another program with the same token."""
    url = f"{running.urls['telegram']}/bot{accounts.TELEGRAM_TOKEN}/{method}"
    body = json.dumps(values).encode()
    with urlopen(Request(url, body, {"Content-Type": "application/json"}), timeout=30) as told:
        told.read()


def asked(running: client.Running) -> int:
    return sum("getUpdates" in line["path"] for line in running.log("telegram"))


def test_a_post_of_a_person_is_told_with_its_place_its_address_and_its_links(bot, running):
    number = say(running, "Flash: https://news.example.org/a?utm_id=k1 and news.example.org/b")
    news = bot.listen(0, NOW)
    ((places, seen),) = news.posts
    assert places == {accounts.TELEGRAM_CHANNEL, str(accounts.TELEGRAM_CHANNEL_ID)}
    assert bot.place in places
    assert opened(running.urls["telegram"], str(accounts.TELEGRAM_CHANNEL_ID)).place in places
    assert (seen.remote_id, seen.url) == (str(number), f"https://t.me/newsroom/{number}")
    assert seen.links == ("https://news.example.org/a?utm_id=k1", "news.example.org/b")
    assert abs(seen.at - datetime.now(UTC)) < timedelta(hours=1)


def test_what_was_told_comes_again_until_it_is_asked_on(bot, running):
    say(running, "one")
    say(running, "two")
    first = bot.listen(0, NOW)
    assert bot.listen(0, NOW) == first
    assert len(first.posts) == 2
    assert bot.listen(first.next, NOW).next == 0
    assert bot.listen(0, NOW).posts == ()


def test_the_bots_own_posts_are_never_told_and_what_is_said_in_groups_is_no_post(bot, running):
    bot.send(Parcel(message=Message(text="ours"), key="k", first_sent_at=datetime.now(UTC)))
    bot.listen(0, NOW)  # from now on only what people do is kept for us
    say(running, "in the group", accounts.TELEGRAM_OPERATIONS_ID)
    say(running, "by hand")
    news = bot.listen(0, NOW)
    assert [seen.text for _, seen in news.posts] == ["by hand"]
    assert [said.text for said in news.said] == ["in the group"]


def test_a_wait_ends_with_the_first_news(bot, running):
    heard = []
    thread = threading.Thread(target=lambda: heard.append(bot.listen(0, LONG)))
    thread.start()
    while not asked(running):
        time.sleep(0.01)
    say(running, "now")
    thread.join(15)
    assert [seen.text for news in heard for _, seen in news.posts] == ["now"]


def failure(bot: Telegram, disturb) -> ChannelError:
    """What a long wait raises when it is disturbed; it ends long before its time."""
    caught: list[ChannelError] = []

    def listen() -> None:
        try:
            bot.listen(0, LONG)
        except ChannelError as error:
            caught.append(error)

    thread = threading.Thread(target=listen)
    thread.start()
    while not caught and thread.is_alive():
        disturb()
        thread.join(0.2)
    (error,) = caught
    assert accounts.TELEGRAM_TOKEN not in str(error)
    return error


def test_another_program_with_the_same_bot_is_a_conflict(bot, running):
    error = failure(bot, lambda: ask(running, "getUpdates"))
    assert isinstance(error, Rejected)
    assert "another program or a webhook" in str(error)


def test_a_webhook_is_a_conflict(bot, running):
    ask(running, "setWebhook", url="https://hook.example.org/")
    with pytest.raises(Rejected, match="another program or a webhook"):
        bot.listen(0, NOW)
    ask(running, "deleteWebhook")
    assert bot.listen(0, NOW).posts == ()


# a request that is cut off while it connects leaves its socket to the collector, in the library's own hands
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_wait_is_ended_from_another_thread_and_the_bot_can_still_post_and_listen(bot):
    assert isinstance(failure(bot, bot.hush), UnknownOutcome)
    bot.send(Parcel(message=Message(text="ours"), key="k", first_sent_at=datetime.now(UTC)))
    assert bot.listen(0, NOW).posts == ()
    bot.close()
    bot.hush()
    gc.collect()


def test_a_platform_that_is_away_or_refuses_is_told_as_for_a_post():
    away = opened(f"http://127.0.0.1:{closed_port()}")
    with pytest.raises(Unavailable):
        away.listen(0, NOW)
    away.close()
    refusal = {"ok": False, "error_code": 401, "description": "Unauthorized"}
    with serve(answer(401, refusal)) as server:
        refused = opened(server.url)
        with pytest.raises(Unauthorized):
            refused.listen(0, NOW)
        refused.close()


CHAT = {"id": -1001, "type": "channel", "title": "Desk"}
POST = {"message_id": 7, "date": 1796022000, "chat": CHAT}


@pytest.mark.parametrize(
    ("message", "text", "links"),
    [
        ({"photo": [], "caption": "See here", "caption_entities": [
            {"type": "text_link", "offset": 4, "length": 4, "url": "https://a.example.org/1"}
        ]}, "See here", ("https://a.example.org/1",)),
        ({"text": "😀 here", "entities": [{"type": "text_link", "offset": 3, "length": 4, "url": "https://a.example.org/2"}],
          "link_preview_options": {"url": "https://a.example.org/3"}}, "😀 here",
         ("https://a.example.org/2", "https://a.example.org/3")),
        ({"text": "none", "link_preview_options": {"is_disabled": True}}, "none", ()),
        ({"photo": []}, "", ()),
    ],
)  # fmt: skip
def test_links_behind_words_in_captions_and_in_the_preview_are_seen(message, text, links):
    updates = [{"update_id": 5, "channel_post": POST | message}, {"update_id": 9, "poll": None}]
    with serve(answer(200, {"ok": True, "result": updates})) as server:
        bot = opened(server.url)
        news = bot.listen(5, NOW)
        bot.close()
    ((places, seen),) = news.posts
    assert places == {"-1001"}
    assert news.next == 10
    assert (seen.text, seen.links, seen.url) == (text, links, "https://t.me/c/1/7")
