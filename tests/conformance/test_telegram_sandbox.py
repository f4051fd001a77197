"""The loopback Telegram held to others' data: TDLib's own parser cases and the schema of the Bot API.

Out of scope is one group of TDLib's cases, ``parse_markdown_v3``: what a person types into an app; no bot can send it.
TDLib has no cases for the legacy Markdown dialect and none for telephone numbers (Telegram's servers find those).
"""

from __future__ import annotations

import asyncio
import json
import os
import struct
import sys
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from distributor.sandbox.accounts import TELEGRAM_CHANNEL, TELEGRAM_OPERATIONS_ID, TELEGRAM_TOKEN
from distributor.sandbox.clock import Clock
from distributor.sandbox.http import Request
from distributor.sandbox.journal import Journal
from distributor.sandbox.telegram import TelegramPlatform, create
from distributor.sandbox.telegram.cleaning import clean
from distributor.sandbox.telegram.detect import (
    find_app_links,
    find_bank_cards,
    find_bot_commands,
    find_cashtags,
    find_entities,
    find_hashtags,
    find_media_timestamps,
    find_mentions,
)
from distributor.sandbox.telegram.entities import Entity, EntityError, merge_found
from distributor.sandbox.telegram.html import parse_html
from distributor.sandbox.telegram.markdown import parse_markdown_v2
from distributor.sandbox.telegram.methods import METHODS
from distributor.sandbox.telegram.urls import find_urls, is_email_address
from distributor.sandbox.telegram.world import EDITOR_ID, READER_ID

pytestmark = pytest.mark.conformance
Json = dict[str, Any]
FOLDER = os.environ.get("DISTRIBUTOR_CONFORMANCE", "")
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
OUT_OF_SCOPE = {"parse_markdown_v3": "what a person types into an app; no bot can send it"}


def load(name: str) -> Any:
    if not FOLDER:
        pytest.fail("DISTRIBUTOR_CONFORMANCE names no folder")
    return json.loads((Path(FOLDER) / "telegram" / name).read_text("utf-8"))


# -- TDLib's cases


def expected(entity: Json) -> Json:
    return {name: value for name, value in entity.items() if name != "td_type" and value not in ("", 0)}


def ours(entity: Entity) -> Json:
    fields = ("type", "offset", "length", "url", "language", "user_id", "custom_emoji_id", "unix_time", "date_flags")
    values = {name: getattr(entity, name) for name in fields}
    return {name: value for name, value in values.items() if value not in ("", 0)}


def parsed(parse: Callable[[str], tuple[str, list[Entity]]], case: Json) -> tuple[Any, Any]:
    try:
        text, entities = parse(case["input"])
        got: Any = (text, [ours(one) for one in entities])
    except EntityError as error:
        got = str(error)
    return got, case["error"] if "error" in case else (case["text"], [expected(one) for one in case["entities"]])


def fixed(case: Json) -> tuple[Any, Any]:
    flags = case["flags"]
    if isinstance(flags, list):
        flags = dict(zip(("allow_empty", "skip_new_entities", "skip_bot_commands", "skip_trim"), flags, strict=True))
    stated = [Entity(**expected(one) | {"offset": one["offset"]}) for one in case["input_entities"]]
    try:
        text, found = clean(case["input"], stated, allow_empty=flags["allow_empty"], trim=not flags["skip_trim"])
    except EntityError:
        return "refused", "refused" if case.get("is_error") else case
    if not flags["skip_new_entities"]:
        found = merge_found(found, find_entities(text, bot_commands=not flags["skip_bot_commands"]))
    if case.get("is_error"):
        return text, "refused"
    return (text, [ours(one) for one in found]), (case["text"], [expected(one) for one in case["entities"]])


def spans(find: Callable[[str], list[tuple[int, int]]]) -> Callable[[Json], tuple[Any, Any]]:
    def run(case: Json) -> tuple[Any, Any]:
        wanted = [one[0] if isinstance(one, list) else one for one in case["expected"]]
        return [case["text"][begin:end] for begin, end in find(case["text"])], wanted

    return run


def addresses(case: Json) -> tuple[Any, Any]:
    found = find_urls(case["text"])
    got = [[case["text"][begin:end] for begin, end, kind in found if kind == wanted] for wanted in ("url", "email")]
    return got, [case["expected_urls"], case["expected_emails"]]


GROUPS: dict[str, Callable[[Json], tuple[Any, Any]]] = {
    "mention": spans(find_mentions),
    "bot_command": spans(find_bot_commands),
    "hashtag": spans(find_hashtags),
    "cashtag": spans(find_cashtags),
    "media_timestamp": spans(find_media_timestamps),
    "bank_card_number": spans(find_bank_cards),
    "tg_url": spans(find_app_links),
    "is_email_address": lambda case: (is_email_address(case["text"]), case["expected"]),
    "url": addresses,
    "fix_formatted_text": fixed,
    "parse_html": lambda case: parsed(parse_html, case),
    "parse_markdown": lambda case: parsed(parse_markdown_v2, case),
}


@pytest.mark.parametrize("group", list(GROUPS))
def test_tdlibs_cases_are_answered_as_tdlib_does(group: str, capsys: pytest.CaptureFixture[str]) -> None:
    cases = load("td-message-entities.json")["cases"][group]
    wrong = [(case, got, wanted) for case in cases for got, wanted in [GROUPS[group](case)] if got != wanted]
    with capsys.disabled():
        sys.stdout.write(f"\ntelegram {group}: executed {len(cases)}, wrong {len(wrong)}")
    assert len(cases) >= 8
    assert wrong == []


def test_no_group_of_cases_is_forgotten(capsys: pytest.CaptureFixture[str]) -> None:
    sizes = {name: len(cases) for name, cases in load("td-message-entities.json")["cases"].items()}
    assert set(sizes) == set(GROUPS) | set(OUT_OF_SCOPE)
    skipped = sum(sizes[name] for name in OUT_OF_SCOPE)
    with capsys.disabled():
        executed = sum(sizes.values()) - skipped
        sys.stdout.write(f"\ntelegram parser cases: executed {executed}, skipped {skipped} {OUT_OF_SCOPE}\n")


# -- the schema of the Bot API

_PLAIN: dict[str, tuple[type, ...]] = {
    "Integer": (int,),
    "String": (str,),
    "Boolean": (bool,),
    "True": (bool,),
    "Float": (int, float),
}


class Schema:
    """Checks answers against the schema's types, and counts what it checked."""

    def __init__(self, document: Json) -> None:
        self.types: dict[str, Json] = document["types"]
        self.methods: dict[str, Json] = document["methods"]
        self.checked: Counter[str] = Counter()

    def problems(self, value: Any, names: list[str], path: str) -> list[str]:
        """Why the value is none of the named types; empty when it is one."""
        tries = [self._one(value, name, path) for name in names]
        return [] if any(not one for one in tries) else min(tries, key=len)

    def _one(self, value: Any, name: str, path: str) -> list[str]:
        if name.startswith("Array of "):
            if not isinstance(value, list):
                return [f"{path}: {value!r} is no array"]
            return [why for n, item in enumerate(value) for why in self._one(item, name[9:], f"{path}[{n}]")]
        if name in _PLAIN:
            is_right = isinstance(value, _PLAIN[name]) and (isinstance(value, bool) == (bool in _PLAIN[name]))
            return [] if is_right else [f"{path}: {value!r} is no {name}"]
        if subtypes := self.types[name].get("subtypes"):
            return self.problems(value, subtypes, path)
        return self._object(value, name, path)

    def _object(self, value: Any, name: str, path: str) -> list[str]:
        if not isinstance(value, dict):
            return [f"{path}: {value!r} is no {name}"]
        fields = {one["name"]: one for one in self.types[name].get("fields", [])}
        found = [f"{path}: {name} has no field {key}" for key in value if key not in fields]
        found += [f"{path}: {name} needs {key}" for key, one in fields.items() if one["required"] and key not in value]
        for key in value.keys() & fields.keys():
            found += self.problems(value[key], fields[key]["types"], f"{path}.{key}")
        if not found:
            self.checked[name] += 1
        return found


class Caller:
    """Calls methods and holds every answer to the schema."""

    def __init__(self, platform: TelegramPlatform, schema: Schema) -> None:
        self.platform, self.schema = platform, schema
        self.called: set[str] = set()
        self.answers = 0

    def __call__(self, method: str, **values: Any) -> Any:
        return self._check(method, json.dumps(values).encode(), "application/json")

    def upload(self, method: str, data: bytes, **values: str) -> Any:
        body = b"".join(
            f'--B\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in values.items()
        )
        head = b'--B\r\nContent-Disposition: form-data; name="f"; filename="f.png"\r\nContent-Type: image/png\r\n\r\n'
        return self._check(method, body + head + data + b"\r\n--B--\r\n", "multipart/form-data; boundary=B")

    def _check(self, method: str, body: bytes, kind: str) -> Any:
        path = f"/bot{TELEGRAM_TOKEN}/{method}"
        request = Request(method="POST", path=path, headers={"content-type": kind}, body=body, at=NOON)
        response = asyncio.run(self.platform.handle(request))
        answer = json.loads(response.body)
        self.answers += 1
        if not answer["ok"]:
            assert set(answer) <= {"ok", "error_code", "description", "parameters"}
            assert answer["error_code"] == response.status
            assert self.schema.problems(answer.get("parameters", {}), ["ResponseParameters"], "parameters") == []
            return answer
        self.called.add(method)
        returns = self.schema.methods[method]["returns"]
        assert self.schema.problems(answer["result"], returns, method) == []
        return answer["result"]


@pytest.fixture
def call(tmp_path: Path) -> Iterator[Caller]:
    journal = Journal(tmp_path / "telegram.jsonl", now=lambda: NOON)
    platform = create(tmp_path, Clock(base=lambda: NOON), journal)
    platform.configure({"factor": 1000})
    yield Caller(platform, Schema(load("bot-api-10.1.json")))
    journal.close()
    platform.api.world.close()


def picture() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 99, 50, 8, 2, 0, 0, 0)) + chunk(b"IEND", b"")


def texts_and_edits(call: Caller) -> None:
    keyboard = {"inline_keyboard": [[{"text": "a", "callback_data": "b"}, {"text": "c", "url": "example.org"}]]}
    marks = (
        '<b>b</b><i>i</i><u>u</u><s>s</s><tg-spoiler>p</tg-spoiler><code>c</code><pre><code class="language-x">x</code>'
        '</pre><a href="tg://user?id=200001">m</a><a href="example.org">l</a><tg-emoji emoji-id="5">e</tg-emoji>'
        '<tg-time unix="60" format="wDt">t</tg-time>\n<blockquote>q</blockquote>\n<blockquote expandable>r</blockquote>'
        "\n@mention #tag $USD /start a@example.org example.org"
    )
    everything = {"parse_mode": "HTML", "reply_markup": keyboard, "link_preview_options": {"url": "https://a.org/"}}
    first = call("sendMessage", chat_id=TELEGRAM_CHANNEL, text=marks, protect_content=True, **everything)
    call("sendMessage", chat_id=READER_ID, text="x", reply_markup={"force_reply": True})
    reply = {"message_id": first["message_id"], "quote": "mention"}
    call("sendMessage", chat_id=TELEGRAM_CHANNEL, text="y", reply_parameters=reply)
    call(
        "sendMessage", chat_id=READER_ID, text="y", reply_parameters=reply | {"chat_id": TELEGRAM_CHANNEL, "quote": ""}
    )
    ids = {"chat_id": TELEGRAM_CHANNEL, "message_id": first["message_id"]}
    call("editMessageText", **ids, text="z")
    call("editMessageReplyMarkup", **ids, reply_markup=keyboard)
    call("pinChatMessage", **ids)
    call("getChat", chat_id=TELEGRAM_CHANNEL)
    call("unpinChatMessage", chat_id=TELEGRAM_CHANNEL)
    media = json.dumps({"type": "photo", "media": "attach://f", "caption": "c", "has_spoiler": True})
    call.upload("editMessageMedia", picture(), chat_id=TELEGRAM_CHANNEL, message_id=str(ids["message_id"]), media=media)
    call("editMessageCaption", **ids, caption="#d", show_caption_above_media=True)
    call("deleteMessage", **ids)
    call("deleteMessages", chat_id=TELEGRAM_CHANNEL, message_ids=[2])


def media(call: Caller) -> None:
    photo = call.upload("sendPhoto", picture(), chat_id=TELEGRAM_CHANNEL, photo="attach://f", caption="<b>c</b>")
    call("getFile", file_id=photo["photo"][-1]["file_id"])
    for kind in ("photo", "video", "document", "audio"):
        album = [{"type": kind, "media": "attach://f", "duration": 3, "width": 9, "height": 9}] * 2
        call.upload("sendMediaGroup", picture(), chat_id=str(READER_ID), media=json.dumps(album))
    ids = {"from_chat_id": TELEGRAM_CHANNEL, "message_id": photo["message_id"]}
    forwarded = call("forwardMessage", chat_id=TELEGRAM_OPERATIONS_ID, **ids)
    again = {"from_chat_id": TELEGRAM_OPERATIONS_ID, "message_id": forwarded["message_id"]}
    call("forwardMessage", chat_id=READER_ID, **again)
    call("copyMessage", chat_id=READER_ID, **again)
    own = call("sendMessage", chat_id=READER_ID, text="x")
    call("forwardMessage", chat_id=TELEGRAM_CHANNEL, from_chat_id=READER_ID, message_id=own["message_id"])


def people(call: Caller) -> None:
    platform = call.platform
    platform.configure({"chat": {"id": -7, "type": "group", "title": "Desk"}})
    keyboard = {"inline_keyboard": [[{"text": "a", "callback_data": "b"}]]}
    sent = call("sendMessage", chat_id=READER_ID, text="x", reply_markup=keyboard)
    pressed = platform.operate("press", {"user": READER_ID, "message": sent["message_id"]})
    call("answerCallbackQuery", callback_query_id=pressed["callback_query_id"], text="ok")
    platform.operate("say", {"user": READER_ID, "text": "/start x", "reply_to": sent["message_id"]})
    platform.operate("say", {"chat": TELEGRAM_CHANNEL, "text": "#x"})
    platform.configure({"block": {"user": READER_ID}, "unblock": {"user": READER_ID}})
    platform.configure({"rights": {"chat": TELEGRAM_CHANNEL, "rights": {"can_post_messages": False}}})
    platform.configure({"migrate": {"chat": -7, "to": -1007}})
    for status in ("administrator", "member"):
        platform.configure({"rights": {"chat": -1007, "status": status}})
        call("getChatMember", chat_id=-1007, user_id=100000)
    call("getChatMember", chat_id=-1007, user_id=EDITOR_ID)
    updates = call("getUpdates")
    kinds = {kind for update in updates for kind in update} - {"update_id"}
    assert kinds == {"callback_query", "message", "channel_post", "my_chat_member"}
    assert call("sendMessage", chat_id=-7, text="x")["parameters"] == {"migrate_to_chat_id": -1007}
    for chat in (READER_ID, -1007, TELEGRAM_OPERATIONS_ID):
        call("getChat", chat_id=chat)


def the_bot_itself(call: Caller) -> None:
    call("getMe")
    call("setMyCommands", commands=[{"command": "start", "description": "Begin"}])
    call("getMyCommands")
    call("sendChatAction", chat_id=READER_ID, action="typing")
    topic = call("createForumTopic", chat_id=TELEGRAM_OPERATIONS_ID, name="Alerts")
    thread = topic["message_thread_id"]
    call("sendMessage", chat_id=TELEGRAM_OPERATIONS_ID, text="x", message_thread_id=thread)
    call("setWebhook", url="https://example.org/", allowed_updates=["message"])
    call("getWebhookInfo")
    call("getUpdates")
    call("deleteWebhook")


def test_every_answer_is_of_the_type_the_schema_names(call: Caller, capsys: pytest.CaptureFixture[str]) -> None:
    for scenario in (texts_and_edits, media, people, the_bot_itself):
        scenario(call)
    assert call.called == {method.name for method in METHODS.values()}
    with capsys.disabled():
        kinds = len(call.schema.checked)
        objects = sum(call.schema.checked.values())
        sys.stdout.write(f"\ntelegram answers: {call.answers} checked, {objects} objects of {kinds} types\n")
    assert call.schema.checked["MessageEntity"] > 10


def test_what_is_stored_and_shown_later_is_of_its_type_too(call: Caller) -> None:
    for scenario in (texts_and_edits, media, people, the_bot_itself):
        scenario(call)
    state = call.platform.state()
    assert len(state["messages"]) > 20
    for record in state["messages"]:
        assert call.schema.problems(record["message"], ["Message"], "message") == []
    for update in state["updates"]:
        assert call.schema.problems(update, ["Update"], "update") == []


def test_every_method_and_parameter_is_one_the_schema_knows() -> None:
    schema = Schema(load("bot-api-10.1.json"))
    for method in METHODS.values():
        known = {one["name"] for one in schema.methods[method.name].get("fields", [])}
        assert method.parameters <= known, (method.name, method.parameters - known)
        required = {one["name"] for one in schema.methods[method.name].get("fields", []) if one["required"]}
        assert required <= method.parameters, (method.name, required - method.parameters)


def test_the_checker_itself_finds_what_is_wrong() -> None:
    schema = Schema(load("bot-api-10.1.json"))
    assert schema.problems({"message_id": 1, "date": 1}, ["Message"], "m") == ["m: Message needs chat"]
    assert schema.problems([{"x": 1}], ["Array of BotCommand"], "c")
    assert schema.problems(1, ["Boolean"], "b")
    assert schema.problems(True, ["Integer"], "i")
    assert schema.problems({"status": "kicked"}, ["ChatMember"], "s")
