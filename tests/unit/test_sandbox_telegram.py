"""The loopback Telegram Bot API: in process with a clock that stands still, and as a process behind a real client."""

from __future__ import annotations

import asyncio
import json
import struct
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import telegram
from hypothesis import given, settings
from hypothesis import strategies as st
from telegram.request import HTTPXRequest

from distributor.sandbox.accounts import TELEGRAM_CHANNEL, TELEGRAM_CHANNEL_ID, TELEGRAM_OPERATIONS_ID, TELEGRAM_TOKEN
from distributor.sandbox.client import Running, start
from distributor.sandbox.clock import Clock
from distributor.sandbox.http import Request, Response
from distributor.sandbox.journal import Journal
from distributor.sandbox.telegram import TelegramPlatform, create
from distributor.sandbox.telegram.images import fits, image_size
from distributor.sandbox.telegram.limits import Flood
from distributor.sandbox.telegram.world import EDITOR_ID, READER_ID

Json = dict[str, Any]
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
GROUP = -501


def png(width: int = 40, height: int = 30) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


class Bench:
    """One platform in this process, called without HTTP."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = Clock(base=lambda: NOON)
        self.open()

    def open(self) -> None:
        self.journal = Journal(self.folder / "telegram.jsonl", now=self.clock.now)
        self.platform: TelegramPlatform = create(self.folder, self.clock, self.journal)

    def close(self) -> None:
        self.journal.close()
        self.platform.api.world.close()

    def reopen(self) -> None:
        self.close()
        self.open()

    def knob(self, **options: Any) -> None:
        self.platform.configure(options)

    def raw(self, path: str, *, method: str = "POST", body: bytes = b"", kind: str = "", **query: str) -> Response:
        headers = {"content-type": kind} if kind else {}
        many = {name: [value] for name, value in query.items()}
        request = Request(method=method, path=path, query=many, headers=headers, body=body, at=self.clock.now())
        return asyncio.run(self.platform.handle(request))

    def answer(self, method: str, **values: Any) -> Json:
        body = json.dumps(values).encode()
        response = self.raw(f"/bot{TELEGRAM_TOKEN}/{method}", body=body, kind="application/json")
        answer: Json = json.loads(response.body)
        assert answer["ok"] == (response.status == 200)
        assert answer.get("error_code", 200) == response.status
        return answer

    def ok(self, method: str, **values: Any) -> Any:
        answer = self.answer(method, **values)
        assert answer["ok"], answer
        return answer["result"]

    def fails(self, method: str, **values: Any) -> str:
        answer = self.answer(method, **values)
        assert not answer["ok"], answer
        return str(answer["description"])

    def upload(self, method: str, files: dict[str, tuple[str, bytes]], **values: str) -> Json:
        body = b""
        for name, value in values.items():
            body += f'--B\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, (filename, data) in files.items():
            head = f'Content-Disposition: form-data; name="{name}"; filename="{filename}"\r\nContent-Type: image/png'
            body += b"--B\r\n" + head.encode() + b"\r\n\r\n" + data + b"\r\n"
        path = f"/bot{TELEGRAM_TOKEN}/{method}"
        response = self.raw(path, body=body + b"--B--\r\n", kind="multipart/form-data; boundary=B")
        answer: Json = json.loads(response.body)
        return answer

    def say(self, text: str, chat: Any = TELEGRAM_CHANNEL, **values: Any) -> Json:
        result: Json = self.ok("sendMessage", chat_id=chat, text=text, **values)
        return result


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    one = Bench(tmp_path)
    one.knob(factor=1000, chat={"id": GROUP, "type": "group", "title": "Desk"})
    yield one
    one.close()


# -- routes, parameters, envelope


def test_the_token_the_method_and_the_verb_are_checked(bench: Bench) -> None:
    def status(path: str, method: str = "POST") -> tuple[int, str]:
        response = bench.raw(path, method=method)
        return response.status, json.loads(response.body)["description"]

    assert status("/bot1:wrong/getMe") == (401, "Unauthorized")
    assert status("/botnonsense/getMe") == (404, "Not Found")
    assert status("/elsewhere") == (404, "Not Found")
    assert status(f"/bot{TELEGRAM_TOKEN}/noSuch") == (404, "Not Found: method not found")
    assert status(f"/bot{TELEGRAM_TOKEN}/getMe", "DELETE") == (405, "Method Not Allowed")


def test_every_form_of_parameters_says_the_same(bench: Bench) -> None:
    path = f"/bot{TELEGRAM_TOKEN}/SENDmessage"
    form = b"chat_id=%40newsroom&text=a+b&disable_notification=true"
    answers = [
        bench.raw(path, method="GET", chat_id="@newsroom", text="a b", disable_notification="True"),
        bench.raw(path, body=form, kind="application/x-www-form-urlencoded"),
        bench.raw(
            path,
            body=b'{"chat_id":-1001000000001,"text":"a b","disable_notification":true,"x":null}',
            kind="application/json",
        ),
    ]
    assert [json.loads(one.body)["result"]["message_id"] for one in answers] == [1, 2, 3]
    assert bench.upload("sendMessage", {}, chat_id="@NEWSROOM", text="a b")["result"]["text"] == "a b"
    assert [line["silent"] for line in bench.journal.lines()] == [True, True, True, False]
    assert bench.raw(path, body=b"[1]", kind="application/json").status == 400


def test_a_body_beyond_what_the_platform_takes_is_413(bench: Bench) -> None:
    response = bench.raw(f"/bot{TELEGRAM_TOKEN}/sendPhoto", body=bytes(52 * 1024 * 1024))
    assert (response.status, json.loads(response.body)["description"]) == (413, "Request Entity Too Large")


# -- texts


def test_a_message_is_shown_and_written_down_with_its_links(bench: Bench) -> None:
    message = bench.say('<a href="https://belta.by/x">Read</a> belta.by', parse_mode="HTML")
    assert message["sender_chat"]["username"] == "newsroom"
    assert [one["type"] for one in message["entities"]] == ["text_link", "url"]
    (line,) = bench.journal.lines()
    assert (line["act"], line["account"], line["id"]) == ("post", str(TELEGRAM_CHANNEL_ID), "1")
    assert line["urls"] == ["https://belta.by/x", "belta.by"]


def test_lengths_are_counted_after_parsing_in_code_points_or_in_utf16(bench: Bench) -> None:
    bench.say("<b>" + "😀" * 4096 + "</b>", parse_mode="HTML")
    assert bench.fails("sendMessage", chat_id=TELEGRAM_CHANNEL, text="a" * 4097) == "Bad Request: message is too long"
    bench.knob(length_unit="utf16")
    assert "message is too long" in bench.fails("sendMessage", chat_id=TELEGRAM_CHANNEL, text="😀" * 2049)
    with pytest.raises(ValueError, match="length_unit"):
        bench.knob(length_unit="bytes")


@pytest.mark.parametrize(
    ("values", "description"),
    [
        ({"text": ""}, "message text is empty"),
        ({"text": " \n"}, "text must be non-empty"),
        ({"text": "<x>", "parse_mode": "HTML"}, 'can\'t parse entities: Unsupported start tag "x" at byte offset 0'),
        ({"text": "a", "chat_id": "@nobody"}, "chat not found"),
        ({"text": "a", "chat_id": 999}, "chat not found"),
        ({"text": "a", "chat_id": ""}, "chat_id is empty"),
        ({"text": "a", "message_thread_id": 5}, "message thread not found"),
        ({"text": "a", "reply_parameters": {"message_id": 77}}, "message to be replied not found"),
        ({"text": "a", "entities": "{"}, "can't parse entities JSON object"),
        ({"text": "a", "reply_markup": "[]"}, "object expected as reply markup"),
        ({"text": "a", "reply_markup": {"keyboard": []}}, "inline keyboard expected"),
        (
            {"text": "a", "entities": [{"type": "bold", "offset": 5, "length": 1}]},
            "entity begins after the end of the text at UTF-16 offset 5",
        ),
    ],
)
def test_a_text_that_cannot_be_sent_is_refused(bench: Bench, values: Json, description: str) -> None:
    given_values = {"chat_id": TELEGRAM_CHANNEL} | values
    assert bench.fails("sendMessage", **given_values) == f"Bad Request: {description}"
    assert bench.journal.lines() == []


def test_buttons_are_checked_and_shown(bench: Bench) -> None:
    def keyboard(**button: Any) -> Json:
        return {"inline_keyboard": [[{"text": "x"} | button], []]}

    shown = bench.say("a", reply_markup=keyboard(url="example.org"))
    assert shown["reply_markup"]["inline_keyboard"] == [[{"text": "x", "url": "http://example.org/"}]]
    assert bench.journal.lines()[-1]["buttons"] == ["http://example.org/"]
    bench.say("a", reply_markup=keyboard(callback_data="я" * 32))
    bench.say("a", reply_markup=keyboard(copy_text={"text": "x"}))
    bad = {"chat_id": TELEGRAM_CHANNEL, "text": "a"}
    assert "BUTTON_DATA_INVALID" in bench.fails("sendMessage", **bad, reply_markup=keyboard(callback_data="я" * 33))
    assert "BUTTON_DATA_INVALID" in bench.fails("sendMessage", **bad, reply_markup=keyboard(callback_data=""))
    assert "text buttons are unallowed" in bench.fails("sendMessage", **bad, reply_markup=keyboard())
    assert "is invalid" in bench.fails("sendMessage", **bad, reply_markup=keyboard(url="x"))
    many = {"inline_keyboard": [[{"text": "x", "callback_data": "1"}] * 101]}
    assert "too long" in bench.fails("sendMessage", **bad, reply_markup=many)


def test_link_previews_and_replies_are_shown(bench: Bench) -> None:
    first = bench.say("Flood in Brest")
    options = {"url": "https://belta.by/x", "prefer_large_media": True, "show_above_text": True}
    reply = bench.say(
        "More", link_preview_options=options, reply_parameters={"message_id": first["message_id"], "quote": "Brest"}
    )
    assert reply["link_preview_options"] == options
    assert reply["reply_to_message"]["text"] == "Flood in Brest"
    assert reply["quote"] == {"text": "Brest", "position": 9, "is_manual": True}
    missing = {"message_id": 99, "allow_sending_without_reply": True}
    assert "reply_to_message" not in bench.say("x", reply_parameters=missing)
    bad = {"message_id": first["message_id"], "quote": "Minsk"}
    assert "QUOTE_TEXT_INVALID" in bench.fails("sendMessage", chat_id=TELEGRAM_CHANNEL, text="x", reply_parameters=bad)
    other = {"message_id": first["message_id"], "chat_id": TELEGRAM_CHANNEL}
    across = bench.say("x", TELEGRAM_OPERATIONS_ID, reply_parameters=other)
    assert across["external_reply"]["origin"]["type"] == "channel"


# -- chats and rights


def test_ids_are_sequential_per_channel_and_shared_by_private_chats_and_groups(bench: Bench) -> None:
    ids = [
        bench.say("x", chat)["message_id"]
        for chat in (TELEGRAM_CHANNEL, EDITOR_ID, READER_ID, GROUP, TELEGRAM_CHANNEL_ID, EDITOR_ID)
    ]
    assert ids == [1, 1, 2, 3, 2, 4]


def test_people_who_cannot_be_written_to_answer_403(bench: Bench) -> None:
    bench.knob(user=[{"id": 5}, {"id": 6, "is_started": True}, {"id": 7, "is_started": True}])
    bench.knob(block={"user": 6}, deactivate={"user": 7})
    reasons = [bench.fails("sendMessage", chat_id=number, text="x") for number in (5, 6, 7)]
    assert reasons == [
        "Forbidden: bot can't initiate conversation with a user",
        "Forbidden: bot was blocked by the user",
        "Forbidden: user is deactivated",
    ]
    (update,) = bench.ok("getUpdates")
    assert update["my_chat_member"]["new_chat_member"]["status"] == "kicked"
    bench.knob(unblock={"user": 6})
    bench.say("x", 6)


def test_a_channel_takes_posts_only_from_an_administrator_with_the_right(bench: Bench) -> None:
    def refused(**change: Any) -> str:
        bench.knob(rights={"chat": TELEGRAM_CHANNEL} | change)
        return bench.fails("sendMessage", chat_id=TELEGRAM_CHANNEL, text="x")

    assert "not enough rights to send text messages" in refused(rights={"can_post_messages": False})
    assert "need administrator rights in the channel chat" in refused(status="member")
    assert refused(status="left") == "Forbidden: bot is not a member of the channel chat"
    assert refused(status="kicked") == "Forbidden: bot was kicked from the channel chat"
    assert "kicked" in bench.fails("getChat", chat_id=TELEGRAM_CHANNEL)
    bench.knob(rights={"chat": GROUP, "status": "member", "permissions": {"can_send_messages": False}})
    assert "not enough rights to send text messages" in bench.fails("sendMessage", chat_id=GROUP, text="x")


def test_a_group_that_became_a_supergroup_names_its_new_id(bench: Bench) -> None:
    bench.knob(migrate={"chat": GROUP, "to": -1009})
    answer = bench.answer("sendMessage", chat_id=GROUP, text="x")
    assert answer["parameters"] == {"migrate_to_chat_id": -1009}
    assert answer["description"] == "Bad Request: group chat was upgraded to a supergroup chat"
    bench.say("x", -1009)
    assert bench.ok("getUpdates")[-1]["message"]["migrate_to_chat_id"] == -1009


def test_what_chats_and_members_look_like(bench: Bench) -> None:
    assert bench.ok("getMe")["username"] == "newsroom_sandbox_bot"
    assert bench.ok("getChat", chat_id=READER_ID)["type"] == "private"
    own = bench.ok("getChatMember", chat_id=TELEGRAM_CHANNEL, user_id=100000)
    assert (own["status"], own["can_post_messages"]) == ("administrator", True)
    assert bench.ok("getChatMember", chat_id=GROUP, user_id=EDITOR_ID)["status"] == "member"
    assert "user not found" in bench.fails("getChatMember", chat_id=GROUP, user_id=44)
    assert "invalid user_id" in bench.fails("getChatMember", chat_id=GROUP)
    assert bench.ok("sendChatAction", chat_id=GROUP, action="typing") is True
    assert "wrong parameter action" in bench.fails("sendChatAction", chat_id=GROUP, action="dance")


def test_topics_of_a_forum_take_posts_until_they_are_closed(bench: Bench) -> None:
    topic = bench.ok("createForumTopic", chat_id=TELEGRAM_OPERATIONS_ID, name="Alerts")
    thread = topic["message_thread_id"]
    message = bench.say("x", TELEGRAM_OPERATIONS_ID, message_thread_id=thread)
    assert message["is_topic_message"]
    assert bench.journal.lines()[-1]["thread"] == str(thread)
    bench.knob(topic={"chat": TELEGRAM_OPERATIONS_ID, "thread": thread})
    bench.say("x", TELEGRAM_OPERATIONS_ID, message_thread_id=thread)
    bench.knob(rights={"chat": TELEGRAM_OPERATIONS_ID, "rights": {"can_manage_topics": False}})
    ops = {"chat_id": TELEGRAM_OPERATIONS_ID}
    assert "TOPIC_CLOSED" in bench.fails("sendMessage", **ops, text="x", message_thread_id=thread)
    assert "not found" in bench.fails("sendMessage", **ops, text="x", message_thread_id=1)
    assert "not enough rights to create a topic" in bench.fails("createForumTopic", **ops, name="x")
    assert "not a forum" in bench.fails("createForumTopic", chat_id=TELEGRAM_CHANNEL, name="x")


# -- photos and albums


def test_a_photo_is_kept_shown_and_fetched_again(bench: Bench) -> None:
    sent = bench.upload("sendPhoto", {"photo": ("a.png", png(900, 600))}, chat_id=TELEGRAM_CHANNEL, caption="*x*")
    sizes = sent["result"]["photo"]
    assert [(size["width"], size["height"]) for size in sizes] == [(90, 60), (320, 213), (800, 533), (900, 600)]
    assert bench.journal.lines()[-1]["photo"] == "a.png"
    again = bench.ok("sendPhoto", chat_id=TELEGRAM_CHANNEL, photo=sizes[-1]["file_id"])
    assert again["photo"] == sizes
    path = bench.ok("getFile", file_id=sizes[-1]["file_id"])["file_path"]
    assert bench.raw(f"/file/bot{TELEGRAM_TOKEN}/{path}", method="GET").body == png(900, 600)
    assert bench.raw(f"/file/bot{TELEGRAM_TOKEN}/photos/../x", method="GET").status == 404
    assert "file_id not specified" in bench.fails("getFile")
    assert "wrong file_id" in bench.fails("getFile", file_id="nope")


@pytest.mark.parametrize(
    ("data", "description"),
    [
        (b"", "file must be non-empty"),
        (b"text", "IMAGE_PROCESS_FAILED"),
        (png(9000, 1001), "PHOTO_INVALID_DIMENSIONS"),
        (png(21, 1), "PHOTO_INVALID_DIMENSIONS"),
        (png() + bytes(10 * 1024 * 1024), "too big for a photo"),
    ],
)
def test_what_is_no_photo_is_refused(bench: Bench, data: bytes, description: str) -> None:
    answer = bench.upload("sendPhoto", {"photo": ("a.png", data)}, chat_id=TELEGRAM_CHANNEL)
    assert description in answer["description"]


def test_photos_that_are_only_named_must_be_known(bench: Bench) -> None:
    def refused(photo: str) -> str:
        return bench.fails("sendPhoto", chat_id=TELEGRAM_CHANNEL, photo=photo)

    assert "failed to get HTTP URL content" in refused("https://example.org/a.jpg")
    assert "wrong file identifier" in refused("nope")
    assert "there is no photo in the request" in refused("")
    assert "attachment is not found" in refused("attach://x")
    assert "caption is too long" in bench.fails("sendPhoto", chat_id=TELEGRAM_CHANNEL, photo="x", caption="a" * 1025)


def test_picture_headers_are_read_without_decoding() -> None:
    webp = b"RIFF\0\0\0\0WEBP"
    assert image_size(b"GIF89a" + struct.pack("<HH", 7, 8)) == (7, 8)
    assert image_size(b"\xff\xd8\xff\xe0\0\4ab\xff\xc0\0\7\x08" + struct.pack(">HH", 5, 6) + b"\1") == (6, 5)
    assert image_size(webp + b"VP8X" + bytes(8) + b"\x09\0\0\x04\0\0") == (10, 5)
    assert image_size(webp + b"VP8 " + bytes(10) + struct.pack("<HH", 3, 4)) == (3, 4)
    assert image_size(webp + b"VP8L" + bytes(5) + (9 | 4 << 14).to_bytes(4, "little")) == (10, 5)
    assert image_size(webp + b"NOPE") is None
    assert image_size(b"\xff\xd8\xff") is None
    assert not fits(0, 5)


def album(*names: str, **more: Any) -> str:
    return json.dumps([{"type": "photo", "media": f"attach://{name}"} | more for name in names])


def test_an_album_has_an_id_per_item_and_is_all_or_nothing(bench: Bench) -> None:
    files = {"a": ("a.png", png()), "b": ("b.png", png(50, 50)), "bad": ("c.png", b"x")}
    sent = bench.upload("sendMediaGroup", files, chat_id=TELEGRAM_CHANNEL, media=album("a", "b", caption="Hi"))
    first, second = sent["result"]
    assert (first["message_id"], second["message_id"]) == (1, 2)
    assert first["media_group_id"] == second["media_group_id"]
    failed = bench.upload("sendMediaGroup", files, chat_id=TELEGRAM_CHANNEL, media=album("a", "bad"))
    expected = 'Bad Request: failed to send message #2 with the error message "IMAGE_PROCESS_FAILED"'
    assert failed["description"] == expected
    assert len(bench.journal.lines()) == 2


@pytest.mark.parametrize(
    ("media", "description"),
    [
        (album("a"), "at least 2"),
        (album(*"abcdefghijk"), "too many messages to send as an album"),
        ('{"type":"photo"}', "expected an Array of InputMedia"),
        (json.dumps([{"type": "photo", "media": "x"}, {"type": "document", "media": "x"}]), "MEDIA_GROUPED_INVALID"),
        (json.dumps([{"type": "story", "media": "x"}] * 2), "failed to send message #1"),
    ],
)
def test_an_album_that_cannot_be_is_refused(bench: Bench, media: str, description: str) -> None:
    assert description in bench.fails("sendMediaGroup", chat_id=TELEGRAM_CHANNEL, media=media)


# -- forwarding


def test_a_probe_of_ids_finds_the_post_and_proves_its_absence(bench: Bench) -> None:
    bench.say('<a href="https://belta.by/?utm_id=k1">x</a>', parse_mode="HTML")
    ops = {"chat_id": TELEGRAM_OPERATIONS_ID, "from_chat_id": TELEGRAM_CHANNEL}
    found = bench.ok("forwardMessage", **ops, message_id=1)
    assert found["forward_origin"]["chat"]["id"] == TELEGRAM_CHANNEL_ID
    assert found["forward_origin"]["message_id"] == 1
    assert found["entities"][0]["url"] == "https://belta.by/?utm_id=k1"
    missing = bench.fails("forwardMessage", **ops, message_id=2)
    assert missing == "Bad Request: message to forward not found"
    bench.ok("deleteMessage", chat_id=TELEGRAM_OPERATIONS_ID, message_id=found["message_id"])
    assert [line["act"] for line in bench.journal.lines()] == ["post", "post", "delete"]
    assert bench.ok("getUpdates") == []


def test_protected_content_cannot_leave_its_chat(bench: Bench) -> None:
    bench.say("x")
    bench.knob(protect={"chat": TELEGRAM_CHANNEL})
    ops = {"chat_id": TELEGRAM_OPERATIONS_ID, "from_chat_id": TELEGRAM_CHANNEL, "message_id": 1}
    assert "message has protected content and can't be forwarded" in bench.fails("forwardMessage", **ops)
    assert "message has protected content and can't be copied" in bench.fails("copyMessage", **ops)
    assert bench.ok("getChat", chat_id=TELEGRAM_CHANNEL)["has_protected_content"] is True
    bench.knob(protect={"chat": TELEGRAM_CHANNEL, "is_protected": False})
    number = bench.ok("copyMessage", **ops)["message_id"]
    assert bench.ok("forwardMessage", chat_id=READER_ID, from_chat_id=TELEGRAM_OPERATIONS_ID, message_id=number)


def test_a_copy_may_have_another_caption_and_a_forward_keeps_its_first_origin(bench: Bench) -> None:
    bench.upload("sendPhoto", {"photo": ("a.png", png())}, chat_id=TELEGRAM_CHANNEL, caption="old")
    ids = {"from_chat_id": TELEGRAM_CHANNEL, "message_id": 1}
    bench.ok("copyMessage", chat_id=READER_ID, caption="new", **ids)
    bench.ok("copyMessage", chat_id=READER_ID, **ids)
    assert [line["text"] for line in bench.journal.lines()] == ["old", "new", "old"]
    first = bench.ok("forwardMessage", chat_id=READER_ID, **ids)
    second = {"chat_id": GROUP, "from_chat_id": READER_ID, "message_id": first["message_id"]}
    assert bench.ok("forwardMessage", **second)["forward_origin"] == first["forward_origin"]
    assert "message to copy not found" in bench.fails(
        "copyMessage", chat_id=GROUP, from_chat_id=READER_ID, message_id=99
    )


# -- edits, deletions, pins


def test_an_edit_that_changes_nothing_is_told_so(bench: Bench) -> None:
    number = bench.say("<b>a</b>", parse_mode="HTML")["message_id"]
    same = {"chat_id": TELEGRAM_CHANNEL, "message_id": number, "text": "<strong>a</strong>", "parse_mode": "HTML"}
    assert bench.fails("editMessageText", **same).startswith("Bad Request: message is not modified: ")
    bench.clock.advance(400 * 86400)
    edited = bench.ok("editMessageText", **same | {"text": "a"})
    assert edited["edit_date"] - edited["date"] == 400 * 86400
    assert [line["act"] for line in bench.journal.lines()] == ["post", "edit"]


def test_an_edit_without_its_keyboard_takes_the_keyboard_away(bench: Bench) -> None:
    markup = {"inline_keyboard": [[{"text": "x", "callback_data": "1"}]]}
    ids = {"chat_id": TELEGRAM_CHANNEL, "message_id": bench.say("a", reply_markup=markup)["message_id"]}
    assert "not modified" in bench.fails("editMessageReplyMarkup", **ids, reply_markup=markup)
    assert "reply_markup" not in bench.ok("editMessageText", **ids, text="a")
    assert bench.ok("editMessageReplyMarkup", **ids, reply_markup=markup)["reply_markup"] == markup


def test_a_text_becomes_a_photo_and_never_a_text_again(bench: Bench) -> None:
    ids = {"chat_id": TELEGRAM_CHANNEL, "message_id": bench.say("a")["message_id"]}
    assert "no caption in the message to edit" in bench.fails("editMessageCaption", **ids, caption="c")
    files = {"p": ("p.png", png())}
    media = json.dumps({"type": "photo", "media": "attach://p", "caption": "c"})
    answer = bench.upload("editMessageMedia", files, chat_id=TELEGRAM_CHANNEL, message_id="1", media=media)
    assert "text" not in answer["result"]
    assert "no text in the message to edit" in bench.fails("editMessageText", **ids, text="a")
    assert bench.ok("editMessageCaption", **ids, caption="d", show_caption_above_media=True)["caption"] == "d"
    assert "caption" not in bench.ok("editMessageCaption", **ids)
    assert "media is not specified" in bench.fails("editMessageMedia", **ids)


def test_what_is_not_ours_cannot_be_edited(bench: Bench) -> None:
    theirs = bench.platform.operate("say", {"text": "hi"})["message_id"]
    chat = {"chat_id": EDITOR_ID}
    assert "message can't be edited" in bench.fails("editMessageText", **chat, message_id=theirs, text="x")
    assert "message to edit not found" in bench.fails("editMessageText", **chat, message_id=99, text="x")
    assert "message identifier is not specified" in bench.fails("editMessageText", **chat, text="x")
    assert "MESSAGE_ID_INVALID" in bench.fails("editMessageText", inline_message_id="1", text="x")
    bench.say("x")
    bench.knob(rights={"chat": TELEGRAM_CHANNEL, "rights": {"can_post_messages": False, "can_edit_messages": False}})
    own = {"chat_id": TELEGRAM_CHANNEL, "message_id": 1}
    assert "message can't be edited" in bench.fails("editMessageText", **own, text="y")


def test_a_message_can_be_deleted_for_two_days(bench: Bench) -> None:
    for _ in range(4):
        bench.say("x")
    chat = {"chat_id": TELEGRAM_CHANNEL}
    assert bench.ok("deleteMessage", **chat, message_id=1) is True
    assert bench.fails("deleteMessage", **chat, message_id=1) == "Bad Request: message to delete not found"
    assert bench.ok("deleteMessages", **chat, message_ids=[1, 2, 77]) is True
    bench.knob(rights={"chat": TELEGRAM_CHANNEL, "rights": {"can_delete_messages": False, "can_post_messages": False}})
    assert "message can't be deleted" in bench.fails("deleteMessage", **chat, message_id=3)
    bench.knob(rights={"chat": TELEGRAM_CHANNEL, "rights": {"can_post_messages": True}})
    bench.ok("deleteMessage", **chat, message_id=3)
    bench.clock.advance(48 * 3600)
    assert "can't be deleted for everyone" in bench.fails("deleteMessage", **chat, message_id=4)
    assert [line["id"] for line in bench.journal.lines() if line["act"] == "delete"] == ["1", "2", "3"]
    assert "not specified" in bench.fails("deleteMessages", **chat, message_ids=[])
    assert "too many" in bench.fails("deleteMessages", **chat, message_ids=list(range(101)))


def test_pins_are_kept_told_and_taken_back(bench: Bench) -> None:
    for chat in (TELEGRAM_CHANNEL, READER_ID):
        number = bench.say("x", chat)["message_id"]
        ids = {"chat_id": chat, "message_id": number}
        assert bench.ok("pinChatMessage", **ids) is True
        assert bench.ok("getChat", chat_id=chat)["pinned_message"]["text"] == "x"
        assert bench.say("y", chat)["message_id"] == number + 2  # the pin itself is a message
        assert "CHAT_NOT_MODIFIED" in bench.fails("pinChatMessage", **ids)
        assert bench.ok("unpinChatMessage", chat_id=chat) is True
        assert "message to unpin not found" in bench.fails("unpinChatMessage", chat_id=chat)
        assert "message to pin not found" in bench.fails("pinChatMessage", chat_id=chat, message_id=99)
    bench.ok("pinChatMessage", chat_id=TELEGRAM_CHANNEL, message_id=1)
    bench.ok("deleteMessage", chat_id=TELEGRAM_CHANNEL, message_id=1)
    assert "pinned_message" not in bench.ok("getChat", chat_id=TELEGRAM_CHANNEL)
    bench.knob(rights={"chat": TELEGRAM_CHANNEL, "rights": {"can_edit_messages": False}})
    assert "not enough rights to manage pinned messages" in bench.fails(
        "pinChatMessage", chat_id=TELEGRAM_CHANNEL, message_id=3
    )


# -- what the bot hears


def test_updates_are_given_until_they_are_acknowledged(bench: Bench) -> None:
    for text in ("/start politics", "b", "c"):
        bench.platform.operate("say", {"user": READER_ID, "text": text})
    updates = bench.ok("getUpdates")
    assert updates[0]["message"]["entities"] == [{"offset": 0, "length": 6, "type": "bot_command"}]
    assert [one["update_id"] for one in bench.ok("getUpdates", limit=2)] == [one["update_id"] for one in updates[:2]]
    assert len(bench.ok("getUpdates", offset=updates[1]["update_id"])) == 2
    assert [one["message"]["text"] for one in bench.ok("getUpdates", offset=-1)] == ["c"]
    assert bench.ok("getUpdates", offset=updates[2]["update_id"] + 1) == []


def test_only_the_kinds_asked_for_are_queued_from_then_on(bench: Bench) -> None:
    bench.ok("getUpdates", allowed_updates=["callback_query"])
    bench.platform.operate("say", {"text": "x"})
    assert bench.ok("getUpdates") == []
    bench.ok("getUpdates", allowed_updates=[])
    bench.platform.operate("say", {"chat": TELEGRAM_CHANNEL, "text": "x"})
    assert bench.ok("getUpdates")[0]["channel_post"]["text"] == "x"
    assert "allowed updates" in bench.fails("getUpdates", allowed_updates="5")


def test_a_second_consumer_ends_the_first_with_409(bench: Bench) -> None:
    async def both() -> list[int]:
        path = f"/bot{TELEGRAM_TOKEN}/getUpdates"
        slow = Request(method="GET", path=path, query={"timeout": ["20"]}, at=NOON)
        quick = Request(method="GET", path=path, at=NOON)
        first = asyncio.create_task(bench.platform.handle(slow))
        await asyncio.sleep(0)
        second = await bench.platform.handle(quick)
        return [(await first).status, second.status]

    assert asyncio.run(both()) == [409, 200]


def test_a_long_poll_ends_when_something_happens_or_the_time_is_over(bench: Bench) -> None:
    async def wait() -> Json:
        path = f"/bot{TELEGRAM_TOKEN}/getUpdates"
        request = Request(method="GET", path=path, query={"timeout": ["20"]}, at=NOON)
        waiting = asyncio.create_task(bench.platform.handle(request))
        await asyncio.sleep(0)
        bench.platform.operate("say", {"text": "x"})
        answer: Json = json.loads((await waiting).body)
        return answer

    assert asyncio.run(wait())["result"][0]["message"]["text"] == "x"


def test_a_webhook_excludes_the_long_poll(bench: Bench) -> None:
    assert "HTTPS URL" in bench.fails("setWebhook", url="http://example.org/")
    bench.platform.operate("say", {"text": "x"})
    assert bench.ok("setWebhook", url="https://example.org/h", allowed_updates=["message"], ip_address="127.0.0.1")
    info = bench.ok("getWebhookInfo")
    assert (info["url"], info["pending_update_count"]) == ("https://example.org/h", 1)
    conflict = bench.answer("getUpdates")
    assert conflict["error_code"] == 409
    assert bench.ok("setWebhook", url="", drop_pending_updates=True)
    assert bench.ok("getWebhookInfo")["pending_update_count"] == 0
    assert bench.ok("getUpdates") == []


def test_a_pressed_button_is_heard_and_answered_once(bench: Bench) -> None:
    markup = {"inline_keyboard": [[{"text": "x", "callback_data": "sub:1"}]]}
    number = bench.say("pick", READER_ID, reply_markup=markup)["message_id"]
    pressed = bench.platform.operate("press", {"user": READER_ID, "message": number})
    query = bench.ok("getUpdates")[0]["callback_query"]
    assert (query["data"], query["from"]["id"], query["message"]["text"]) == ("sub:1", READER_ID, "pick")
    answer = {"callback_query_id": pressed["callback_query_id"], "text": "done"}
    assert bench.ok("answerCallbackQuery", **answer) is True
    assert "query is too old" in bench.fails("answerCallbackQuery", **answer)
    late = bench.platform.operate("press", {"user": READER_ID, "message": number, "data": "sub:1"})
    bench.clock.advance(1000)
    assert "query is too old" in bench.fails("answerCallbackQuery", callback_query_id=late["callback_query_id"])
    with pytest.raises(ValueError, match="no message"):
        bench.platform.operate("press", {"user": READER_ID, "message": number, "data": "other"})


def test_commands_are_kept_by_scope(bench: Bench) -> None:
    commands = [{"command": "start", "description": "Begin"}]
    assert bench.ok("setMyCommands", commands=commands) is True
    assert bench.ok("getMyCommands") == commands
    assert bench.ok("getMyCommands", language_code="be") == []
    assert "BOT_COMMAND_INVALID" in bench.fails("setMyCommands", commands=[{"command": "A", "description": "x"}])
    assert "DESCRIPTION" in bench.fails("setMyCommands", commands=[{"command": "a", "description": ""}])
    assert "TOO_MUCH" in bench.fails("setMyCommands", commands=commands * 101)
    assert "expected an Array" in bench.fails("setMyCommands")


# -- limits


def test_a_chat_takes_a_burst_then_one_a_second_and_says_how_long_to_wait(bench: Bench) -> None:
    bench.knob(factor=1)
    for _ in range(5):
        bench.say("x")
    answer = bench.answer("sendMessage", chat_id=TELEGRAM_CHANNEL_ID, text="x")
    assert answer["description"] == "Too Many Requests: retry after 1"
    assert answer["parameters"] == {"retry_after": 1}
    waits = [bench.answer("sendMessage", chat_id="@newsroom", text="x")["parameters"]["retry_after"] for _ in "abc"]
    assert waits == [2, 5, 12]  # who does not wait, waits longer
    bench.say("x", READER_ID)
    bench.clock.advance(13)
    bench.say("x")


def test_the_retry_after_header_stands_beside_the_parameter(bench: Bench) -> None:
    response = bench.platform.rate_limit_answer(Request(method="GET", path="/", at=NOON), 7.2)
    assert (response.status, response.headers["Retry-After"]) == (429, "7")
    unsaid = bench.platform.rate_limit_answer(Request(method="GET", path="/", at=NOON), None)
    assert "Retry-After" not in unsaid.headers
    assert "parameters" not in json.loads(unsaid.body)


def test_the_factor_is_shown_and_never_switches_the_limits_off(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.knob(factor=2.5)
    assert "multiplied by 2.5" in capsys.readouterr().err
    assert bench.platform.state()["factor"] == 2.5
    for bad in (0, -1, float("inf"), float("nan")):
        with pytest.raises(ValueError, match="factor"):
            bench.knob(factor=bad)


def test_a_group_takes_twenty_a_minute_and_the_bot_thirty_a_second() -> None:
    flood = Flood()
    refused_at = next(second for second in range(60) if flood.take(1, float(second), is_crowd=True))
    assert 25 <= refused_at <= 31  # twenty saved up, and one more every three seconds
    flood = Flood()
    assert sum(flood.take(chat, 0.0, is_crowd=False) == 0 for chat in range(100)) == 30
    assert sum(flood.take(chat, 0.0, is_crowd=False, is_paid=True) == 0 for chat in range(200, 300)) == 100


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 5), st.integers(1, 3)), min_size=1, max_size=60), st.floats(0.1, 10))
def test_no_minute_of_a_group_ever_holds_more_than_the_limit_allows(
    steps: list[tuple[float, int]], factor: float
) -> None:
    flood, now, sent = Flood(factor), 0.0, []
    for gap, count in steps:
        now += gap
        if flood.take(5, now, is_crowd=True, count=count) == 0:
            sent.append((now, count))
    for begin, _ in sent:
        within = sum(count for at, count in sent if begin <= at <= begin + 60)
        assert within <= max(1, 20 * factor) + 20 * factor + 3


# -- memory


def test_a_restarted_platform_stands_where_it_stood(bench: Bench) -> None:
    bench.upload("sendPhoto", {"photo": ("a.png", png())}, chat_id=TELEGRAM_CHANNEL)
    bench.say("a")
    bench.ok("deleteMessage", chat_id=TELEGRAM_CHANNEL, message_id=2)
    bench.platform.operate("say", {"text": "x"})
    bench.ok("createForumTopic", chat_id=TELEGRAM_OPERATIONS_ID, name="Alerts")
    before = bench.platform.state()
    bench.reopen()
    assert bench.platform.state() == before
    assert bench.say("b")["message_id"] == 3


def test_lines_that_a_crash_kept_from_the_journal_are_written_on_the_next_start(bench: Bench) -> None:
    bench.say("a")
    bench.say("b")
    bench.close()
    path = bench.folder / "telegram.jsonl"
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0] + b'{"n":2,"te')
    state = bench.folder / "telegram.state.jsonl"
    state.write_bytes(state.read_bytes() + b'{"op":"mess')
    bench.open()
    assert [line["text"] for line in bench.journal.lines()] == ["a", "b"]


def test_a_reset_forgets_everything_but_the_accounts(bench: Bench) -> None:
    bench.say("a")
    bench.platform.reset()
    bench.journal.reset()
    assert bench.say("b")["message_id"] == 1
    bench.reopen()
    assert [line["text"] for line in bench.journal.lines()] == ["b"]
    assert "chat not found" in bench.fails("sendMessage", chat_id=GROUP, text="x")


@pytest.mark.parametrize(
    "knob",
    [
        {"speed": 1},
        {"user": {"id": -1}},
        {"user": {"first_name": "x"}},
        {"user": {"id": 9, "x": 1}},
        {"chat": {"id": 5}},
        {"chat": {"id": -5, "type": "salon"}},
        {"rights": {"chat": -5}},
        {"rights": {"chat": "@newsroom", "status": "king"}},
        {"block": {"user": 1}},
        {"block": 5},
        {"migrate": {"chat": "@newsroom", "to": -3}},
        {"topic": {"chat": "@newsroom", "thread": 1}},
        {"say": {}},
        {"say": {"chat": "@newsroom", "text": "x", "reply_to": 9}},
    ],
)
def test_knobs_refuse_what_they_cannot_do(bench: Bench, knob: Json) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        bench.knob(**knob)


def test_an_unknown_command_is_a_key_error(bench: Bench) -> None:
    with pytest.raises(KeyError):
        bench.platform.operate("dance", {})


# -- a real client against the process


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with start(tmp_path_factory.mktemp("telegram"), only=["telegram"]) as running:
        yield running


def client(running: Running) -> telegram.Bot:
    url = running.urls["telegram"]
    request = HTTPXRequest(read_timeout=5, connection_pool_size=4)
    return telegram.Bot(TELEGRAM_TOKEN, base_url=f"{url}/bot", base_file_url=f"{url}/file/bot", request=request)


def test_the_real_client_posts_edits_probes_and_deletes(server: Running) -> None:
    server.reset("telegram")

    async def work() -> None:
        async with client(server) as bot:
            assert bot.username == "newsroom_sandbox_bot"
            link = telegram.MessageEntity("text_link", 0, 4, url="https://belta.by/a?utm_id=k")
            sent = await bot.send_message(TELEGRAM_CHANNEL, "Read on", entities=[link], disable_notification=True)
            assert sent.entities == (link,)
            photo = await bot.send_photo(TELEGRAM_CHANNEL, png(), caption="<i>x</i>", parse_mode="HTML")
            assert photo.caption_entities[0].type == "italic"
            fetched = await bot.get_file(photo.photo[-1].file_id)
            assert bytes(await fetched.download_as_bytearray()) == png()
            media = [telegram.InputMediaPhoto(png(n, n)) for n in (20, 30)]
            assert len(await bot.send_media_group(TELEGRAM_CHANNEL, media)) == 2
            probe = await bot.forward_message(TELEGRAM_OPERATIONS_ID, TELEGRAM_CHANNEL, sent.message_id)
            assert isinstance(probe.forward_origin, telegram.MessageOriginChannel)
            assert await bot.delete_message(TELEGRAM_OPERATIONS_ID, probe.message_id)
            await bot.edit_message_text("Read on!", TELEGRAM_CHANNEL, sent.message_id)
            with pytest.raises(telegram.error.BadRequest, match="not modified"):
                await bot.edit_message_text("Read on!", TELEGRAM_CHANNEL, sent.message_id)

    asyncio.run(work())
    acts = [(line["act"], line["id"]) for line in server.journal("telegram")]
    assert acts == [
        ("post", "1"),
        ("post", "2"),
        ("post", "3"),
        ("post", "4"),
        ("post", "2"),  # 1 is the general topic of the operations forum
        ("delete", "2"),
        ("edit", "1"),
    ]


def test_the_real_client_meets_the_right_errors(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "true")  # the client warns about its own attribute otherwise
    server.reset("telegram")
    server.control("telegram", "config", {"chat": {"id": GROUP, "type": "group"}, "block": {"user": READER_ID}})
    server.control("telegram", "migrate", {"chat": GROUP, "to": -1009})

    async def work() -> None:
        async with client(server) as bot:
            with pytest.raises(telegram.error.ChatMigrated) as moved:
                await bot.send_message(GROUP, "x")
            assert moved.value.new_chat_id == -1009
            with pytest.raises(telegram.error.Forbidden, match="blocked"):
                await bot.send_message(READER_ID, "x")
            server.fault("telegram", action="rate_limit", seconds=3)
            with pytest.raises(telegram.error.RetryAfter) as slow:
                await bot.send_message(TELEGRAM_CHANNEL, "x")
            assert "3" in str(slow.value)
            server.fault("telegram", action="lost_response")
            with pytest.raises(telegram.error.NetworkError):
                await bot.send_message(TELEGRAM_CHANNEL, "lost")

    asyncio.run(work())
    assert [line["text"] for line in server.journal("telegram")] == ["lost"]


def test_the_real_client_hears_a_reader_subscribe(server: Running) -> None:
    server.reset("telegram")

    async def work() -> None:
        async with client(server) as bot:
            waiting = asyncio.create_task(bot.get_updates(timeout=10))
            await asyncio.sleep(0.02)
            await asyncio.to_thread(server.control, "telegram", "say", {"user": READER_ID, "text": "/start politics"})
            (update,) = await waiting
            assert update.message is not None
            assert update.message.text == "/start politics"
            markup = telegram.InlineKeyboardMarkup([[telegram.InlineKeyboardButton("Sport", callback_data="t:sport")]])
            sent = await bot.send_message(READER_ID, "Pick", reply_markup=markup)
            press = {"user": READER_ID, "message": sent.message_id}
            await asyncio.to_thread(server.control, "telegram", "press", press)
            (update,) = await bot.get_updates(offset=update.update_id + 1)
            assert update.callback_query is not None
            assert await bot.answer_callback_query(update.callback_query.id, "ok")

    asyncio.run(work())
