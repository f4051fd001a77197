"""One suite for every channel that can be asked what stands there, on the loopback platforms."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from distributor.channels import telegram, twitter
from distributor.errors import (
    AlreadyThere,
    ChannelError,
    OutOfCredit,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
    UnknownOutcome,
)
from distributor.interfaces import Channel, Heedful, Verifiable
from distributor.model import Entity, Message, Parcel, Seen
from distributor.sandbox import accounts, client
from distributor.secret import Secret
from tests.raw_http import answer, closed_port, dropped, serve

_numbers = itertools.count(1)


@dataclass(frozen=True, kw_only=True)
class Case:
    """One platform that can be asked: how to open it, and what a look's request has in its path."""

    platform: str
    send: str
    look: str
    open: Callable[[str, float], Channel]
    #: the message that carries a link
    linked: Callable[[str, str], Message]


def _twitter(url: str, timeout: float) -> Channel:
    options = twitter.Options(
        api_key=Secret(accounts.X_CONSUMER_KEY),
        api_secret=Secret(accounts.X_CONSUMER_SECRET),
        access_token=Secret(accounts.X_ACCESS_TOKEN),
        access_secret=Secret(accounts.X_ACCESS_TOKEN_SECRET),
        username=accounts.X_USERNAME,
        base_url=url,
        timeout=timeout,
    )
    return twitter.KIND.open("desk", options)


def _telegram(url: str, timeout: float, **more: Any) -> Channel:
    told: dict[str, Any] = {"chat": accounts.TELEGRAM_CHANNEL, "ops_chat": str(accounts.TELEGRAM_OPERATIONS_ID)}
    options = telegram.Options(token=Secret(accounts.TELEGRAM_TOKEN), base_url=url, timeout=timeout, **(told | more))
    return telegram.KIND.open("desk", options)


def _behind_words(text: str, url: str) -> Message:
    link = Entity(type="text_link", offset=0, length=len(text.encode("utf-16-le")) // 2, url=url)
    return Message(text=text, entities=(link,), link=url)


CASES = [
    Case(
        platform="x",
        send="/2/tweets",
        look=f"/2/users/{accounts.X_USER_ID}/tweets",
        open=_twitter,
        linked=lambda text, url: Message(text=f"{text} {url}", link=url),
    ),
    Case(platform="telegram", send="/sendMessage", look="/forwardMessage", open=_telegram, linked=_behind_words),
]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[client.Running]:
    with client.start(tmp_path_factory.mktemp("platforms"), only=("x", "telegram")) as platforms:
        yield platforms


@dataclass(kw_only=True)
class Stage:
    """One case on its freshly emptied platform."""

    case: Case
    platforms: client.Running
    opened: list[Channel] = field(default_factory=list)

    def open(self, timeout: float = 5.0, url: str = "") -> Channel:
        channel = self.case.open(url or self.platforms.urls[self.case.platform], timeout)
        self.opened.append(channel)
        return channel

    def parcel(self, message: Message) -> Parcel:
        return Parcel(message=message, key=f"key{next(_numbers)}", first_sent_at=datetime.now(UTC))

    def send(self, *messages: Message) -> list[str]:
        channel = self.open()
        return [channel.send(self.parcel(message)).remote_id for message in messages]

    def look(self, after: str = "", **more: Any) -> Sequence[Seen]:
        channel = self.open(**more)
        assert isinstance(channel, Verifiable)
        return channel.posts_after(after)


@pytest.fixture(params=CASES, ids=lambda case: case.platform)
def stage(request: pytest.FixtureRequest, running: client.Running) -> Iterator[Stage]:
    running.clear_faults(request.param.platform)
    running.reset(request.param.platform)
    running.control(request.param.platform, "config", {"factor": 100.0})
    current = Stage(case=request.param, platforms=running)
    yield current
    for channel in current.opened:
        channel.close()


URL = "https://news.example.org/politics/talks-begin/?utm_source=x&utm_id=abcdefgh23456777"


def test_a_post_is_seen_with_its_link_as_it_was_written(stage: Stage) -> None:
    (number,) = stage.send(stage.case.linked("Talks begin", URL))
    (seen,) = stage.look()
    assert seen.remote_id == number
    assert URL in seen.links
    assert seen.url.endswith(f"/{number}")
    assert abs(seen.at - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_post_without_a_link_is_seen_with_its_very_words(stage: Stage) -> None:
    text = "“Мы — <едины> & сильны”,  said 5 < 6 &amp; more"
    stage.send(Message(text=text))
    (seen,) = stage.look()
    assert seen.text == text
    assert seen.links == ()


def test_posts_come_oldest_first_and_only_those_behind_the_one_that_is_known(stage: Stage) -> None:
    first, *others = stage.send(*(Message(text=f"Post {number}") for number in range(4)))
    assert [seen.remote_id for seen in stage.look(first)] == others
    assert [seen.text for seen in stage.look()] == [f"Post {number}" for number in range(4)]
    assert stage.look(others[-1]) == ()


def test_a_post_whose_answer_was_lost_is_seen(stage: Stage) -> None:
    (known,) = stage.send(Message(text="Before"))
    stage.platforms.fault(stage.case.platform, action="lost_response", path=stage.case.send)
    with pytest.raises(UnknownOutcome):
        stage.send(Message(text="Answer lost"))
    assert [seen.text for seen in stage.look(known)] == ["Answer lost"]


def test_a_post_that_never_came_is_not_seen(stage: Stage) -> None:
    (known,) = stage.send(Message(text="Before"))
    stage.platforms.fault(stage.case.platform, action="reset_before", path=stage.case.send)
    with pytest.raises(UnknownOutcome):
        stage.send(Message(text="Never came"))
    assert stage.look(known) == ()


def test_looking_shows_readers_nothing(stage: Stage) -> None:
    stage.send(Message(text="One"))
    before = len([line for line in stage.platforms.journal(stage.case.platform) if shown(line)])
    stage.look()
    assert len([line for line in stage.platforms.journal(stage.case.platform) if shown(line)]) == before


def shown(line: dict[str, Any]) -> bool:
    """Whether a line of the journal is a post to readers, not a copy in the operations chat."""
    return bool(line["act"] == "post" and line["account"] != str(accounts.TELEGRAM_OPERATIONS_ID))


@pytest.mark.parametrize("seconds", [None, 40])
def test_too_many_looks_are_a_wait(stage: Stage, seconds: int | None) -> None:
    stage.send(Message(text="One"))
    stage.platforms.fault(stage.case.platform, action="rate_limit", path=stage.case.look, seconds=seconds)
    with pytest.raises(RateLimited) as caught:
        stage.look()
    assert (caught.value.retry_after is None) == (seconds is None)


@pytest.mark.parametrize("fault", ["hang_after", "lost_response", "bad_json_200", "html_502"])
def test_a_lost_look_is_taken_again_later_since_it_changes_nothing(stage: Stage, fault: str) -> None:
    stage.send(Message(text="One"))
    stage.platforms.fault(stage.case.platform, action=fault, path=stage.case.look)
    with pytest.raises(Unavailable):
        stage.look(timeout=0.3 if fault == "hang_after" else 5.0)
    assert [seen.text for seen in stage.look()] == ["One"]


def test_without_a_connection_nothing_is_said_about_posts(stage: Stage) -> None:
    with pytest.raises(Unavailable):
        stage.look(url=f"http://127.0.0.1:{closed_port()}")


# -- X alone -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def x(running: client.Running) -> Iterator[Stage]:
    running.clear_faults("x")
    running.reset("x")
    running.control("x", "config", {"factor": 100.0})
    current = Stage(case=CASES[0], platforms=running)
    yield current
    for channel in current.opened:
        channel.close()


def test_a_long_timeline_is_read_page_by_page(x: Stage) -> None:
    numbers = x.send(*(Message(text=f"Post {number}") for number in range(230)))
    assert [seen.remote_id for seen in x.look(numbers[0])] == numbers[1:]
    assert [seen.remote_id for seen in x.look()] == numbers[-100:]


def test_the_account_is_asked_for_its_number_once(x: Stage) -> None:
    channel = x.open()
    assert isinstance(channel, Verifiable)
    for _ in range(3):
        channel.posts_after("")
    assert sum("/2/users/me" in line["path"] for line in x.platforms.log("x")) == 1


def test_a_repeated_text_is_refused_as_there_already(x: Stage) -> None:
    x.send(Message(text="Same words"))
    with pytest.raises(AlreadyThere, match=r"^duplicate: "):
        x.send(Message(text="Same words"))


POST = {"id": "7", "text": "One", "created_at": "2026-11-30T07:00:00.000Z"}


@pytest.mark.parametrize(
    "body",
    [
        "not json",
        {"data": [POST]},
        {"meta": {"result_count": 1}, "data": POST},
        {"meta": {}, "data": ["7"]},
        {"meta": {}, "data": [{**POST, "id": 7}]},
        {"meta": {}, "data": [{**POST, "id": "seven"}]},
        {"meta": {}, "data": [{**POST, "created_at": "yesterday"}]},
        {"meta": {}, "data": [{**POST, "created_at": "2026-11-30T07:00:00"}]},
        {"meta": {}, "data": [{**POST, "text": None}]},
        {"meta": {}, "data": [{**POST, "entities": {"urls": ["https://a.example"]}}]},
    ],
)
def test_an_unreadable_timeline_is_not_an_empty_one(body: object) -> None:
    def script(connection: Any, seen: Any) -> None:
        whose = {"data": {"id": "1000", "username": "newsroom"}}
        answer(200, whose if seen.path.endswith("/me") else body)(connection, seen)

    with serve(script) as server, pytest.raises(Unavailable):
        look_at(server.url)


def test_an_account_without_a_number_cannot_be_looked_at_now() -> None:
    with serve(answer(200, {"data": {"username": "newsroom"}})) as server, pytest.raises(Unavailable):
        look_at(server.url)


def test_a_timeline_that_never_ends_cannot_be_asked() -> None:
    def script(connection: Any, seen: Any) -> None:
        whose = {"data": {"id": "1000", "username": "newsroom"}}
        endless = {"data": [POST], "meta": {"next_token": "more"}}
        answer(200, whose if seen.path.endswith("/me") else endless)(connection, seen)

    with serve(script) as server, pytest.raises(Rejected, match="more than 3200 posts"):
        look_at(server.url, "5")
    assert len(server.seen) == 33


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, {}, Unauthorized),
        (402, {}, OutOfCredit),
        (403, {"type": "https://api.twitter.com/2/problems/client-forbidden"}, Unauthorized),
        (403, {}, Rejected),
    ],
)
def test_a_refused_look_says_why(status: int, body: object, kind: type[ChannelError]) -> None:
    with serve(answer(status, body)) as server, pytest.raises(kind) as caught:
        look_at(server.url)
    assert type(caught.value) is kind


def test_a_look_that_breaks_off_is_taken_again() -> None:
    with serve(dropped) as server, pytest.raises(Unavailable):
        look_at(server.url)


def look_at(url: str, after: str = "") -> Sequence[Seen]:
    channel = _twitter(url, 5.0)
    assert isinstance(channel, Verifiable)
    try:
        return channel.posts_after(after)
    finally:
        channel.close()


# -- Telegram alone ----------------------------------------------------------------------------------------------------


@pytest.fixture
def chat(running: client.Running) -> Iterator[Stage]:
    running.clear_faults("telegram")
    running.reset("telegram")
    running.control("telegram", "config", {"factor": 100.0})
    current = Stage(case=CASES[1], platforms=running)
    yield current
    for channel in current.opened:
        channel.close()


def copies(stage: Stage) -> list[str]:
    """The copies that still stand in the operations chat."""
    lines = [line for line in stage.platforms.journal("telegram") if line["account"] == OPERATIONS]
    gone = {line["id"] for line in lines if line["act"] == "delete"}
    return [line["id"] for line in lines if line["act"] == "post" and line["id"] not in gone]


OPERATIONS = str(accounts.TELEGRAM_OPERATIONS_ID)


def test_the_copies_in_the_operations_chat_are_silent_and_taken_away(chat: Stage) -> None:
    chat.send(Message(text="One"), Message(text="Two"))
    assert len(chat.look()) == 2
    made = [line for line in chat.platforms.journal("telegram") if line["account"] == OPERATIONS]
    assert [line["silent"] for line in made if line["act"] == "post"] == [True, True]
    assert copies(chat) == []


@pytest.mark.parametrize("look", ["check", "posts_after"])
def test_an_operations_chat_that_became_a_supergroup_is_found_again_and_readers_stay_where_they_are(
    chat: Stage, look: str
) -> None:
    """Their posts never go to the chat in which only the desk reads."""
    chat.platforms.control("telegram", "config", {"chat": {"id": -7, "type": "group", "title": "Desk"}})
    (number,) = chat.send(Message(text="Rain"))
    channel = _telegram(chat.platforms.urls["telegram"], 5.0, ops_chat="-7")
    chat.opened.append(channel)
    assert isinstance(channel, telegram.AskableTelegram)
    channel.check()
    chat.platforms.control("telegram", "migrate", {"chat": -7, "to": -1007})
    asked = channel.check if look == "check" else lambda: channel.posts_after("")
    with pytest.raises(Unavailable, match="-1007"):
        asked()
    assert asked()
    assert channel.send(chat.parcel(Message(text="Sun"))).url == f"https://t.me/newsroom/{int(number) + 1}"
    assert [seen.text for seen in channel.posts_after("")] == ["Rain", "Sun"]


def test_a_copy_that_cannot_be_taken_away_hides_nothing(chat: Stage) -> None:
    chat.send(Message(text="One"))
    chat.platforms.fault("telegram", action="status", path="/deleteMessage", status=500)
    assert [seen.text for seen in chat.look()] == ["One"]
    assert len(copies(chat)) == 1


def test_a_chat_that_protects_its_content_cannot_be_asked(chat: Stage) -> None:
    chat.send(Message(text="One"))
    chat.platforms.control("telegram", "protect", {"chat": accounts.TELEGRAM_CHANNEL})
    with pytest.raises(Rejected, match="protected content"):
        chat.look()


def test_gaps_of_deleted_messages_are_passed_and_ten_misses_end_the_look(chat: Stage) -> None:
    numbers = chat.send(*(Message(text=f"Post {number}") for number in range(14)))
    forget(chat, numbers[1:10])
    assert [seen.remote_id for seen in chat.look(numbers[0])] == numbers[10:]
    forget(chat, numbers[10:12])
    assert chat.look(numbers[0]) == ()


def forget(chat: Stage, numbers: Sequence[str]) -> None:
    """An editor deletes messages in the app."""
    for number in numbers:
        body = {"chat_id": accounts.TELEGRAM_CHANNEL, "message_id": int(number)}
        request = Request(
            f"{chat.platforms.urls['telegram']}/bot{accounts.TELEGRAM_TOKEN}/deleteMessage",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with build_opener(ProxyHandler({})).open(request, timeout=5) as answered:
            assert answered.status == 200


def test_what_is_no_post_takes_a_number_and_is_passed(chat: Stage) -> None:
    (first,) = chat.send(Message(text="One"))
    body = {"chat_id": accounts.TELEGRAM_CHANNEL, "message_id": int(first)}
    request = Request(
        f"{chat.platforms.urls['telegram']}/bot{accounts.TELEGRAM_TOKEN}/pinChatMessage",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with build_opener(ProxyHandler({})).open(request, timeout=5):
        pass
    chat.send(Message(text="Two"))
    assert [seen.text for seen in chat.look(first)] == ["Two"]


def test_a_post_made_by_hand_in_the_app_is_seen(chat: Stage) -> None:
    said = {"chat": accounts.TELEGRAM_CHANNEL, "text": f"By hand {URL}"}
    chat.platforms.control("telegram", "say", said)
    (seen,) = chat.look()
    assert (seen.text, seen.links) == (said["text"], (URL,))


def test_the_words_under_a_picture_are_its_text() -> None:
    chats = {"id": int(OPERATIONS), "type": "supergroup", "title": "Operations"}
    link = {"type": "text_link", "offset": 0, "length": 4, "url": URL}
    copy = {"message_id": 9, "date": 1796022000, "chat": chats, "caption": "Rain", "caption_entities": [link]}
    absent = {"ok": False, "error_code": 400, "description": "Bad Request: message to forward not found"}

    def script(connection: Any, seen: Any) -> None:
        is_first = seen.path.endswith("/forwardMessage") and b"message_id=8" in seen.body.split(b"&")
        answer(200 if is_first else 400, {"ok": True, "result": copy} if is_first else absent)(connection, seen)

    with serve(script) as server:
        channel = _telegram(server.url, 5.0)
        assert isinstance(channel, Verifiable)
        (seen,) = channel.posts_after("7")
        channel.close()
    assert (seen.remote_id, seen.text, seen.links) == ("8", "Rain", (URL,))


def test_an_old_chat_of_which_nothing_is_known_cannot_be_asked(chat: Stage) -> None:
    numbers = chat.send(*(Message(text=f"Post {number}") for number in range(34)))
    forget(chat, numbers[:31])
    with pytest.raises(Rejected, match="the chat is old"):
        chat.look()
    assert len(chat.look(numbers[30])) == 3


def test_more_messages_than_can_be_gone_through_cannot_be_asked(chat: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telegram, "MOST_NEWER", 3)
    chat.send(*(Message(text=f"Post {number}") for number in range(4)))
    with pytest.raises(Rejected, match="more than 3 messages"):
        chat.look()


def test_a_look_that_met_a_limit_goes_on_where_it_stopped(chat: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telegram, "KEPT", 3)
    chat.send(*(Message(text=f"Post {number}") for number in range(4)))
    channel = chat.open()
    assert isinstance(channel, Verifiable)
    far = sum(mark > telegram.MOST_NEWER for mark in telegram.LANDMARKS)  # a long chat is looked for first
    chat.platforms.fault("telegram", action="rate_limit", path="/forwardMessage", nth=far + 4)
    with pytest.raises(RateLimited):
        channel.posts_after("")
    before = len(chat.platforms.log("telegram"))
    assert len(channel.posts_after("1")) == 3
    assert len(channel.posts_after("1")) == 3
    copied = [line for line in chat.platforms.log("telegram")[before:] if "/forwardMessage" in line["path"]]
    assert len(copied) == 2 * telegram.MISSES + 1


def test_posts_that_are_known_to_be_ours_are_not_read_however_many_they_are(
    chat: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telegram, "MOST_NEWER", 3)
    numbers = chat.send(*(Message(text=f"Post {number}") for number in range(8)))
    channel = chat.open()
    assert isinstance(channel, Verifiable)
    assert isinstance(channel, Heedful)
    channel.heed([*numbers[1:4], *numbers[5:], "not a number"])
    before = len(chat.platforms.log("telegram"))
    assert [seen.text for seen in channel.posts_after(numbers[0])] == ["Post 4"]
    copied = [line for line in chat.platforms.log("telegram")[before:] if "/forwardMessage" in line["path"]]
    assert len(copied) == telegram.MISSES + 1


def test_a_row_of_deleted_messages_ends_no_look_before_the_newest_that_is_ours(chat: Stage) -> None:
    numbers = chat.send(*(Message(text=f"Post {number}") for number in range(telegram.MISSES + 6)))
    forget(chat, numbers[1 : telegram.MISSES + 3])
    channel = chat.open()
    assert isinstance(channel, Verifiable)
    assert isinstance(channel, Heedful)
    assert channel.posts_after(numbers[0]) == ()
    channel.heed([numbers[-1]])
    assert [seen.remote_id for seen in channel.posts_after(numbers[0])] == numbers[-3:-1]


def test_a_private_channel_s_posts_have_addresses_for_its_members(chat: Stage) -> None:
    chat.send(Message(text="One"))
    channel = _telegram(chat.platforms.urls["telegram"], 5.0, chat=str(accounts.TELEGRAM_CHANNEL_ID))
    chat.opened.append(channel)
    assert isinstance(channel, Verifiable)
    assert [seen.url for seen in channel.posts_after("")] == ["https://t.me/c/1000000001/1"]


def test_without_an_operations_chat_telegram_cannot_be_asked(chat: Stage) -> None:
    channel = _telegram(chat.platforms.urls["telegram"], 5.0, ops_chat="")
    assert not isinstance(channel, Verifiable)
    channel.close()


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"ops_chat": "operations"}, "ops_chat must be @name"),
        ({"ops_chat": "@desk", "chat": "@desk"}, "another chat"),
        ({"ops_chat": "@ops", "chat": "200001"}, "channel or supergroup"),
        ({"ops_chat": "@ops", "chat": "-200001"}, "channel or supergroup"),
    ],
)
def test_an_operations_chat_that_cannot_serve_is_refused(told: dict[str, str], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        _telegram("http://127.0.0.1:1", 5.0, **told)
