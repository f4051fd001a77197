from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    EndPointNotFound,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.warnings import PTBDeprecationWarning

from distributor.channels._bot import translate
from distributor.channels._loop import Loop, LoopClosedError
from distributor.channels.telegram import KIND, AskableTelegram, Options, Telegram, link, may_post, open_telegram
from distributor.errors import (
    AlreadyThere,
    ChannelError,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
    UnknownOutcome,
)
from distributor.model import Entity, Message, Parcel, Receipt
from distributor.secret import Secret
from tests.raw_http import Script, Seen, Server, answer, closed_port, dripping, dropped, reset, serve, silent, truncated

TOKEN = "123456:the-bot-token-value"
NAMED = {"id": -1001000000001, "type": "channel", "title": "Desk", "username": "desk"}


def sent(number: int = 7, chat: dict[str, Any] | None = None) -> Script:
    message = {"message_id": number, "date": 1796022000, "chat": chat or NAMED, "text": "Rain"}
    return answer(200, {"ok": True, "result": message})


def refused(status: int, description: str, **parameters: int) -> Script:
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    return answer(status, {**body, "parameters": parameters} if parameters else body)


def parcel(text: str = "Rain", **more: Any) -> Parcel:
    return Parcel(message=Message(text=text, **more), key="k2", first_sent_at=datetime(2026, 11, 30, tzinfo=UTC))


@contextmanager
def platform(script: Script, chat: str = "@desk", **more: Any) -> Iterator[tuple[Server, Telegram]]:
    with serve(script) as server:
        options = Options(**{"token": Secret(TOKEN), "chat": chat, "base_url": server.url, "timeout": 5.0, **more})
        bot = Telegram("tg", options)
        try:
            yield server, bot
        finally:
            bot.close()


def fields(seen: Seen) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(seen.body.decode()).items()}


def refusal(script: Script) -> ChannelError:
    with (
        platform(script, timeout=0.25 if script in (silent, dripping) else 5.0) as (server, bot),
        pytest.raises(ChannelError) as caught,
    ):
        bot.send(parcel())
    assert len(server.seen) == 1
    return caught.value


def test_a_message_is_one_request_with_explicit_entities_and_no_markup() -> None:
    entities = (
        Entity(type="bold", offset=0, length=4),
        Entity(type="text_link", offset=5, length=2, url="https://example.org/1"),
    )
    with platform(sent()) as (server, bot):
        receipt = bot.send(parcel("Rain & <b>", entities=entities, link="https://example.org/1?utm_id=k2"))
    assert receipt == Receipt(remote_id="7", url="https://t.me/desk/7")
    (seen,) = server.seen
    assert seen.path == f"/bot{TOKEN}/sendMessage"
    values = fields(seen)
    assert json.loads(values.pop("entities")) == [
        {"type": "bold", "offset": 0, "length": 4},
        {"type": "text_link", "offset": 5, "length": 2, "url": "https://example.org/1"},
    ]
    assert json.loads(values.pop("link_preview_options")) == {
        "url": "https://example.org/1?utm_id=k2",
        "prefer_large_media": True,
    }
    assert values == {"chat_id": "@desk", "text": "Rain & <b>", "disable_notification": "False"} or values == {
        "chat_id": "@desk",
        "text": "Rain & <b>",
        "disable_notification": "false",
    }


@pytest.mark.parametrize(
    ("preview", "expected"),
    [
        ("large", {"url": "https://example.org/1", "prefer_large_media": True}),
        ("small", {"url": "https://example.org/1", "prefer_small_media": True}),
        ("none", {"is_disabled": True}),
        ("large-above", {"url": "https://example.org/1", "prefer_large_media": True, "show_above_text": True}),
    ],
)
def test_the_preview_is_as_configured(preview: str, expected: dict[str, Any]) -> None:
    with platform(sent(), preview=preview) as (server, bot):
        bot.send(parcel(link="https://example.org/1"))
    assert json.loads(fields(server.seen[0])["link_preview_options"]) == expected


def test_the_link_stands_on_a_button_where_the_message_has_one_and_stays_in_a_change() -> None:
    link = "https://example.org/1?utm_id=a"
    button = {"inline_keyboard": [[{"text": "Read in full", "url": link}]]}
    with platform(sent()) as (server, bot):
        bot.send(parcel(link=link, button="Read in full"))
        bot.edit(replace(parcel(link=link, button="Read in full"), target="7"))
        bot.send(parcel(link="", button="Read in full"))
    assert [json.loads(fields(seen)["reply_markup"]) for seen in server.seen[:2]] == [button, button]
    assert "reply_markup" not in fields(server.seen[2])


def test_a_message_without_a_link_names_no_page_to_preview() -> None:
    with platform(sent()) as (server, bot):
        bot.send(parcel())
    assert json.loads(fields(server.seen[0])["link_preview_options"]) == {"prefer_large_media": True}


@pytest.mark.parametrize(("channel", "message"), [(True, False), (False, True), (True, True)])
def test_a_message_is_silent_when_the_channel_or_the_message_says_so(channel: bool, message: bool) -> None:
    with platform(sent(), silent=channel, topic=42) as (server, bot):
        bot.send(parcel(silent=message))
    values = fields(server.seen[0])
    assert values["disable_notification"].lower() == "true"
    assert values["message_thread_id"] == "42"


@pytest.mark.parametrize(
    ("chat", "described", "url"),
    [
        ("@desk", NAMED, "https://t.me/desk/7"),
        ("-1001000000001", {**NAMED, "username": None}, "https://t.me/c/1000000001/7"),
        ("-1001000000001", NAMED, "https://t.me/desk/7"),
        ("-55", {"id": -55, "type": "group", "title": "Small"}, ""),
        ("55", {"id": 55, "type": "private"}, ""),
    ],
)
def test_the_receipt_links_to_the_message_where_telegram_has_an_address(
    chat: str, described: dict[str, Any], url: str
) -> None:
    with platform(sent(chat=described), chat) as (server, bot):
        assert bot.send(parcel()).url == url
    assert fields(server.seen[0])["chat_id"] == chat


def test_links_to_numeric_chats_leave_the_mark_out() -> None:
    assert link("", -100123, 5) == "https://t.me/c/123/5"
    assert link("", 123, 5) == ""


@pytest.mark.parametrize(
    "script",
    [
        dropped,
        reset,
        silent,
        dripping,
        answer(200, "not json"),
        answer(200, {"ok": True}),
        answer(200, {"ok": True, "result": {}}),
        answer(200, {"ok": True, "result": True}),
        answer(200, {"ok": True, "result": {"message_id": 1, "date": 10**30, "chat": NAMED}}),
        answer(200, ["x"]),
        truncated(200, b'{"ok": true, "result": {'),
        answer(500, {"ok": False, "error_code": 500, "description": "Internal Server Error"}),
        answer(502, "<html><h1>502 Bad Gateway</h1></html>"),
        answer(504, ""),
    ],
)
def test_without_a_believable_answer_the_outcome_is_unknown(script: Script) -> None:
    assert type(refusal(script)) is UnknownOutcome


@pytest.mark.parametrize(
    ("status", "description", "kind"),
    [
        (400, "Bad Request: message is too long", Rejected),
        (400, "Bad Request: message text is empty", Rejected),
        (400, "Bad Request: can't parse entities: x", Rejected),
        (400, "Bad Request: PHOTO_INVALID_DIMENSIONS", Rejected),
        (400, "Bad Request: chat not found", Unauthorized),
        (400, "Bad Request: not enough rights to send text messages to the chat", Unauthorized),
        (400, "Bad Request: need administrator rights in the channel chat", Unauthorized),
        (400, "Bad Request: CHAT_WRITE_FORBIDDEN", Unauthorized),
        (400, "Bad Request: message thread not found", Unauthorized),
        (400, "Bad Request: TOPIC_CLOSED", Unauthorized),
        (401, "Unauthorized", Unauthorized),
        (403, "Forbidden: bot was kicked from the channel chat", Unauthorized),
        (403, "Forbidden: bot was blocked by the user", Unauthorized),
        (404, "Not Found", Unauthorized),
        (413, "Request Entity Too Large", Rejected),
        (429, "Too Many Requests: retry after 5", RateLimited),
        (409, "Conflict: terminated by other getUpdates request", UnknownOutcome),
        (500, "Internal Server Error: restart", UnknownOutcome),
    ],
)
def test_each_refusal_has_its_outcome(status: int, description: str, kind: type[ChannelError]) -> None:
    assert type(refusal(refused(status, description))) is kind


def test_telegram_s_wait_reaches_the_caller() -> None:
    error = refusal(refused(429, "Too Many Requests: retry after 17", retry_after=17))
    assert isinstance(error, RateLimited)
    assert error.retry_after == timedelta(seconds=17)


@pytest.mark.parametrize(("seconds", "is_bots"), [(17, False), (60, False), (61, True), (43_200, True)])
def test_a_wait_longer_than_any_chat_s_window_is_the_bot_s(seconds: int, is_bots: bool) -> None:
    error = refusal(refused(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds))
    assert isinstance(error, RateLimited)
    assert error.scope == (f"telegram:bot:{TOKEN.partition(':')[0]}" if is_bots else "")
    assert error.retry_after == timedelta(seconds=seconds)


def test_the_scope_of_a_bot_shows_nothing_of_its_key() -> None:
    with platform(answer(200, {})) as (_, bot):
        assert bot.scopes == (f"telegram:bot:{TOKEN.partition(':')[0]}",)
        assert TOKEN.partition(":")[2] not in bot.scopes[0]


def test_a_wait_without_a_number_and_a_page_instead_of_an_answer_are_still_waits() -> None:
    for script in (refused(429, "Too Many Requests"), answer(429, "<html>")):
        error = refusal(script)
        assert isinstance(error, RateLimited)
        assert error.retry_after is None


@pytest.mark.parametrize("setting", ["true", "false"])
def test_the_wait_may_be_seconds_or_a_timedelta(setting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", setting)
    if setting == "true":
        verdict = translate(RetryAfter(17))
    else:
        with pytest.warns(PTBDeprecationWarning):
            verdict = translate(RetryAfter(17))
    assert isinstance(verdict, RateLimited)
    assert verdict.retry_after == timedelta(seconds=17)


REQUEST = httpx.Request("POST", "https://api.telegram.org/")


def caused(error: TelegramError, cause: Exception | None) -> TelegramError:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "cause", "kind"),
    [
        (TimedOut(), httpx.ConnectTimeout(""), Unavailable),
        (TimedOut(), httpx.PoolTimeout(""), Unavailable),
        (TimedOut(), httpx.ReadTimeout(""), UnknownOutcome),
        (TimedOut(), httpx.WriteTimeout(""), UnknownOutcome),
        (TimedOut(), None, UnknownOutcome),
        (NetworkError("x"), httpx.ConnectError("refused"), Unavailable),
        (NetworkError("x"), httpx.ProxyError("407"), Unavailable),
        (NetworkError("x"), httpx.UnsupportedProtocol(""), Unavailable),
        (NetworkError("x"), httpx.InvalidURL("bad"), Unavailable),
        (NetworkError("x"), httpx.RemoteProtocolError("gone"), UnknownOutcome),
        (NetworkError("x"), httpx.ReadError(""), UnknownOutcome),
        (NetworkError("x"), httpx.WriteError(""), UnknownOutcome),
        (NetworkError("Bad Gateway (502)"), None, UnknownOutcome),
        (NetworkError("Request Entity Too Large"), None, Rejected),
        (TelegramError("Invalid server response"), ValueError(), UnknownOutcome),
        (ChatMigrated(-100123), None, Unavailable),
        (Forbidden("Forbidden: bot was blocked by the user"), None, Unauthorized),
        (InvalidToken("Unauthorized"), None, Unauthorized),
        (BadRequest("Chat not found"), None, Unauthorized),
        (BadRequest("Message is too long"), None, Rejected),
        (Conflict("other"), None, UnknownOutcome),
        (EndPointNotFound("x"), None, UnknownOutcome),
    ],
)
def test_each_error_of_the_library_has_its_outcome(
    error: TelegramError, cause: Exception | None, kind: type[ChannelError]
) -> None:
    assert type(translate(caused(error, cause))) is kind


def test_a_group_that_became_a_supergroup_gets_the_next_attempt_at_its_new_id() -> None:
    moved = refused(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=-1009)
    with platform(moved, "-55") as (server, bot):
        with pytest.raises(Unavailable, match="-1009"):
            bot.send(parcel())
        server.script = sent(chat={"id": -1009, "type": "supergroup", "title": "Small"})
        assert bot.send(parcel()).url == "https://t.me/c/9/7"
    assert [fields(seen)["chat_id"] for seen in server.seen] == ["-55", "-1009"]


def test_a_refused_connection_means_nothing_left() -> None:
    bot = Telegram("tg", Options(token=Secret(TOKEN), chat="@desk", base_url=f"http://127.0.0.1:{closed_port()}"))
    with pytest.raises(Unavailable, match="no connection to Telegram"):
        bot.send(parcel())
    bot.close()


def test_a_proxy_that_refuses_the_tunnel_means_nothing_left(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        serve(answer(407)) as proxy,
        platform(sent(), base_url="https://tg.example", proxy=proxy.url) as (_, bot),
        pytest.raises(Unavailable),
    ):
        bot.send(parcel())
    assert proxy.seen[0].method == "CONNECT"
    monkeypatch.setenv("http_proxy", proxy.url)
    monkeypatch.setenv("no_proxy", "")
    with serve(sent()) as named, pytest.MonkeyPatch.context() as patch:
        patch.setenv("http_proxy", named.url)
        with platform(sent(), base_url="http://tg.example", proxy="environment") as (_, bot):
            bot.send(parcel())
    assert named.seen[0].path == f"http://tg.example/bot{TOKEN}/sendMessage"


def test_the_environment_s_proxy_is_not_used_unless_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{closed_port()}")
    with platform(sent()) as (server, bot):
        bot.send(parcel())
    assert len(server.seen) == 1


def test_no_connection_is_kept_for_the_next_message() -> None:
    with platform(sent()) as (server, bot):
        bot.send(parcel())
        bot.send(parcel())
    assert server.connections == 2


def test_the_token_never_reaches_a_reason() -> None:
    error = refusal(refused(400, f"Bad Request: no /bot{TOKEN}/sendMessage\nhere"))
    assert "the-bot-token" not in str(error)
    assert "\n" not in str(error)


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate()}


def test_the_thread_starts_at_first_use_ends_at_close_and_starts_again() -> None:
    with platform(sent()) as (server, bot):
        assert "telegram-tg" not in threads()
        bot.send(parcel())
        assert "telegram-tg" in threads()
        bot.close()
        bot.close()
        assert "telegram-tg" not in threads()
        bot.send(parcel())
    assert len(server.seen) == 2
    assert "telegram-tg" not in threads()


def test_a_close_in_the_middle_of_a_send_leaves_an_unknown_outcome() -> None:
    with platform(silent, timeout=5.0) as (server, bot):
        caught: list[ChannelError] = []

        def send() -> None:
            try:
                bot.send(parcel())
            except ChannelError as error:
                caught.append(error)

        sender = threading.Thread(target=send)
        sender.start()
        give_up = time.monotonic() + 5
        while not server.seen and time.monotonic() < give_up:
            time.sleep(0.005)
        bot.close()
        sender.join(5)
    assert [type(error) for error in caught] == [UnknownOutcome]


def test_a_send_that_loses_the_race_with_close_leaves_an_unknown_outcome() -> None:
    with platform(sent()) as (_, bot):
        line = bot._opened()
        bot.close()
        with pytest.raises(UnknownOutcome, match="closed"):
            line.ask(lambda api: api.get_me())


def test_a_call_that_waits_on_the_loop_ends_with_the_loop() -> None:
    loop, waiting = Loop("lonely"), threading.Event()

    async def wait() -> None:
        waiting.set()
        await asyncio.Event().wait()

    def close() -> None:
        waiting.wait(5)
        loop.close()

    closer = threading.Thread(target=close)
    closer.start()
    with pytest.raises(LoopClosedError):
        loop.run(wait())
    closer.join(5)


def test_a_bug_of_ours_inside_the_loop_is_not_swallowed() -> None:
    async def broken(_: Any) -> None:
        raise RuntimeError("a bug")

    with platform(sent()) as (_, bot), pytest.raises(RuntimeError, match="a bug"):
        bot._opened().ask(broken)


def test_half_a_surrogate_pair_is_refused_before_anything_is_sent() -> None:
    with platform(sent()) as (server, bot), pytest.raises(Rejected, match="surrogate"):
        bot.send(parcel("\ud83d"))
    assert server.seen == []


ME = {"id": 9, "is_bot": True, "first_name": "Desk", "username": "desk_bot"}
FULL = {"accent_color_id": 0, "max_reaction_count": 0, "accepted_gift_types": {}}
OFFICE = dict.fromkeys(
    [
        "can_be_edited",
        "is_anonymous",
        "can_manage_chat",
        "can_delete_messages",
        "can_manage_video_chats",
        "can_restrict_members",
        "can_promote_members",
        "can_change_info",
        "can_invite_users",
        "can_post_stories",
        "can_edit_stories",
        "can_delete_stories",
    ],
    False,
)


def asked(chat: dict[str, Any], member: dict[str, Any]) -> Script:
    gifts = dict.fromkeys(
        ["unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"], True
    )
    results = {
        "getMe": ME,
        "getChat": {**FULL, "accepted_gift_types": gifts, **chat},
        "getChatMember": {"user": ME, **member},
    }

    def script(connection: Any, seen: Seen) -> None:
        answer(200, {"ok": True, "result": results[seen.path.rpartition("/")[2]]})(connection, seen)

    return script


def test_the_check_says_who_the_bot_is_and_where_it_may_post() -> None:
    with platform(asked(NAMED, {"status": "administrator", **OFFICE, "can_post_messages": True})) as (server, bot):
        assert bot.check() == "@desk_bot, can post to “Desk”"
    assert [seen.path.rpartition("/")[2] for seen in server.seen] == ["getMe", "getChat", "getChatMember"]


def check(script: Script, chat: str = "@desk", **more: Any) -> str:
    with platform(script, chat, **more) as (_, bot):
        return bot.check()


def test_the_check_finds_a_missing_right() -> None:
    with pytest.raises(Unauthorized, match="@desk_bot may not post to “Desk”: it is administrator there"):
        check(asked(NAMED, {"status": "administrator", **OFFICE}))


def test_the_check_finds_that_the_operations_chat_is_the_readers_own_by_another_name() -> None:
    readers, ops = {**NAMED, "id": -1005}, {"id": -1006, "type": "supergroup", "title": "Ops"}
    office = {"status": "administrator", **OFFICE, "can_post_messages": True}
    for place, chat, refused in (("-1005", readers, True), ("-1006", ops, False)):

        def script(connection: Any, seen: Seen, place: str = place, chat: Any = chat) -> None:
            asked(chat if fields(seen).get("chat_id") == place else readers, office)(connection, seen)

        with serve(script) as server:
            options = Options(token=Secret(TOKEN), chat="@desk", ops_chat=place, base_url=server.url)
            bot = open_telegram("tg", options)
            if refused:
                with pytest.raises(Unauthorized, match="ops_chat -1005 and chat @desk are one chat; name another one"):
                    bot.check()
            else:
                assert bot.check() == "@desk_bot, can post to “Desk”"
            bot.close()


def test_the_check_names_an_operations_chat_that_the_bot_cannot_see() -> None:
    def script(connection: Any, seen: Seen) -> None:
        if fields(seen).get("chat_id") == "-1006":
            answer(400, {"ok": False, "error_code": 400, "description": "Bad Request: chat not found"})(
                connection, seen
            )
        else:
            asked(NAMED, {"status": "administrator", **OFFICE, "can_post_messages": True})(connection, seen)

    with serve(script) as server:
        bot = open_telegram("tg", Options(token=Secret(TOKEN), chat="@desk", ops_chat="-1006", base_url=server.url))
        with pytest.raises(Unauthorized, match="ops_chat -1006: "):
            bot.check()
        bot.close()


def test_names_of_chats_are_alike_in_any_case() -> None:
    with pytest.raises(ValueError, match="ops_chat must be another chat than chat"):
        Options(token=Secret(TOKEN), chat="@Desk", ops_chat="@desk")


def test_the_check_finds_missing_topics() -> None:
    group = {"id": -1005, "type": "supergroup", "title": "Ops"}
    with pytest.raises(Unauthorized, match="has no topics"):
        check(asked(group, {"status": "member"}), "-1005", topic=3)
    forum = {**group, "is_forum": True}
    assert check(asked(forum, {"status": "member"}), "-1005", topic=3) == "@desk_bot, can post to “Ops”"


def test_a_check_that_telegram_refuses_is_a_missing_right() -> None:
    with pytest.raises(Unauthorized, match="Member list is inaccessible"):
        check(refused(400, "Bad Request: member list is inaccessible"))


@pytest.mark.parametrize(
    ("kind", "member", "allowed"),
    [
        ("channel", {"status": "creator"}, True),
        ("channel", {"status": "administrator", "can_post_messages": True}, True),
        ("channel", {"status": "administrator", "can_post_messages": None}, False),
        ("supergroup", {"status": "administrator", "can_post_messages": None}, True),
        ("channel", {"status": "member"}, False),
        ("supergroup", {"status": "member"}, True),
        ("supergroup", {"status": "restricted", "is_member": True, "can_send_messages": True}, True),
        ("supergroup", {"status": "restricted", "is_member": True, "can_send_messages": False}, False),
        ("supergroup", {"status": "restricted", "is_member": False, "can_send_messages": True}, False),
        ("supergroup", {"status": "left"}, False),
        ("channel", {"status": "kicked"}, False),
    ],
)
def test_who_may_post_where(kind: str, member: dict[str, Any], allowed: bool) -> None:
    assert may_post(kind, SimpleNamespace(**member)) is allowed


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"token": Secret("")}, "token is empty"),
        ({"token": Secret("hush")}, "token must be digits"),
        ({"chat": "desk"}, "@name or a numeric id"),
        ({"chat": "@d"}, "@name or a numeric id"),
        ({"chat": "-0"}, "@name or a numeric id"),
        ({"topic": 1}, "leave it out for General"),
        ({"preview": "huge"}, "large, small or none"),
        ({"preview": "none-above"}, "large-above"),
        ({"base_url": "tg"}, "base_url"),
        ({"base_url": "https://tg.example/{token}"}, "braces"),
        ({"proxy": "socks5://127.0.0.1:1"}, "proxy"),
        ({"timeout": 0.0}, "timeout"),
    ],
)
def test_options_that_cannot_be_right_are_refused_in_plain_words(wrong: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Options(**{"token": Secret(TOKEN), "chat": "@desk", **wrong})


def test_the_kind_counts_utf16_units_and_opens_without_contact() -> None:
    bot = KIND.open("tg", Options(token=Secret(TOKEN), chat="@desk"))
    assert bot.limits.text == 4096
    assert bot.limits.measure("😀a") == 3
    assert TOKEN not in repr(Options(token=Secret(TOKEN), chat="@desk"))


@pytest.mark.parametrize(
    ("description", "kind", "words"),
    [
        (
            "Bad Request: message is not modified: specified new message content and reply markup are exactly the same "
            "as a current content and reply markup of the message",
            AlreadyThere,
            "not modified",
        ),
        ("Bad Request: message to delete not found", AlreadyThere, "to delete not found"),
        ("Bad Request: message to edit not found", Rejected, "the post is not there any more"),
        ("Bad Request: message can't be edited", Rejected, "the bot may not change this post"),
        ("Bad Request: message can't be deleted for everyone", Rejected, "posts of the last 48 hours only"),
        ("Bad Request: message can't be deleted", Rejected, "posts of the last 48 hours only"),
        ("Bad Request: MESSAGE_ID_INVALID", Rejected, "Telegram refuses it"),
        ("Bad Request: not enough rights to send text messages to the chat", Unauthorized, "not enough rights"),
    ],
)
def test_each_refusal_of_a_change_has_its_meaning_in_words(
    description: str, kind: type[ChannelError], words: str
) -> None:
    error = translate(BadRequest(description.removeprefix("Bad Request: ")))
    assert type(error) is kind
    assert words in str(error)


def test_a_change_is_one_request_with_the_same_entities_and_preview() -> None:
    entities = (Entity(type="bold", offset=0, length=4),)
    with platform(sent()) as (server, bot):
        receipt = bot.edit(replace(parcel("Rain", entities=entities, link="https://example.org/1"), target="7"))
    assert receipt == Receipt(remote_id="7", url="https://t.me/desk/7")
    (seen,) = server.seen
    assert seen.path == f"/bot{TOKEN}/editMessageText"
    told = fields(seen)
    assert (told["chat_id"], told["message_id"], told["text"]) == ("@desk", "7", "Rain")
    assert json.loads(told["entities"]) == [{"type": "bold", "offset": 0, "length": 4}]
    assert json.loads(told["link_preview_options"])["url"] == "https://example.org/1"


def test_a_change_that_shows_no_message_leaves_a_doubt() -> None:
    with platform(answer(200, {"ok": True, "result": True})) as (_, bot), pytest.raises(UnknownOutcome):
        bot.edit(replace(parcel("Rain"), target="7"))


def test_an_answer_names_what_it_answers_and_may_stand_without_it() -> None:
    with platform(sent(8)) as (server, bot):
        assert bot.reply(replace(parcel("Rain"), target="7")) == Receipt(remote_id="8", url="https://t.me/desk/8")
    told = json.loads(fields(server.seen[0])["reply_parameters"])
    assert told == {"message_id": 7, "allow_sending_without_reply": True}


def test_a_test_goes_to_the_operations_chat_without_a_sound_and_never_to_readers() -> None:
    moved = {"ok": False, "error_code": 400, "description": "upgraded", "parameters": {"migrate_to_chat_id": -1009}}
    chat = {"id": -1006, "type": "supergroup"}
    there = answer(200, {"ok": True, "result": {"message_id": 8, "date": 1, "chat": chat}})
    scripts = iter((there, answer(400, moved), there, sent()))

    def script(connection: Any, seen: Seen) -> None:
        next(scripts)(connection, seen)

    with serve(script) as server:
        bot = open_telegram("tg", Options(token=Secret(TOKEN), chat="@desk", ops_chat="-1006", base_url=server.url))
        assert isinstance(bot, AskableTelegram)
        assert bot.stage == "-1006"
        assert bot.rehearse("TEST").remote_id == "8"
        with pytest.raises(ChannelError):
            bot.rehearse("TEST")
        bot.rehearse("TEST")
        bot.send(parcel("Rain"))
        bot.close()
    told = [fields(seen) for seen in server.seen]
    assert [one["chat_id"] for one in told] == ["-1006", "-1006", "-1009", "@desk"]
    assert str(told[0]["disable_notification"]).lower() == "true"
