"""What every method works with: the world, the clock, the journal, the limits, and the one way a message comes to be.

Must not read parameters.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from distributor.sandbox.clock import Clock
from distributor.sandbox.journal import Journal
from distributor.sandbox.telegram.chats import is_crowd, too_many
from distributor.sandbox.telegram.entities import as_json
from distributor.sandbox.telegram.limits import Flood
from distributor.sandbox.telegram.markup import button_urls
from distributor.sandbox.telegram.text import Formatted
from distributor.sandbox.telegram.world import BOT, Record, World, chat_json, user_json

MEDIA_KINDS = ("photo", "video", "document", "audio")


@dataclass(kw_only=True)
class Api:
    """One bot at the loopback platform."""

    world: World
    clock: Clock
    journal: Journal
    #: where uploaded bytes are kept
    files: Path
    flood: Flood = field(default_factory=Flood)
    #: set when an update came in
    news: asyncio.Event = field(default_factory=asyncio.Event)
    #: the long poll that waits; a newer one ends it
    poll: int = 0

    def now(self) -> int:
        """The platform's instant, Unix seconds."""
        return int(self.clock.now().timestamp())

    def unit(self) -> str:
        """How lengths are counted: ``codepoints`` or ``utf16``."""
        return str(self.world.setting("length_unit", "codepoints"))

    def spend(self, chat: Record, *, count: int = 1, is_paid: bool = False) -> None:
        """Count messages against the limits. Raises ApiError with the seconds to wait."""
        instant = self.clock.now().timestamp()
        wait = self.flood.take(chat["id"], instant, is_crowd=is_crowd(chat), count=count, is_paid=is_paid)
        if wait:
            raise too_many(wait)

    def formatted(self, text: Formatted, prefix: str = "") -> Record:
        """A text and its entities under the names a message uses; an empty text has none."""
        if not text.text:
            return {}
        known = self.world.users
        named = {entity.user_id for entity in text.entities if entity.user_id in known}
        users = {number: user_json(known[number]) for number in named}
        shown: Record = {"caption" if prefix else "text": text.text}
        if text.entities:
            shown[f"{prefix}entities"] = [as_json(entity, users) for entity in text.entities]
        return shown

    def new_message(self, chat: Record, number: int, author: Record | None = None) -> Record:
        """The frame of a message; the author is the bot when none is named, the chat itself in a channel."""
        message: Record = {"message_id": number, "date": self.now(), "chat": chat_json(chat)}
        if chat["type"] == "channel":
            message["sender_chat"] = chat_json(chat)
        else:
            message["from"] = dict(BOT) if author is None else user_json(author)
        if chat.get("is_protected"):
            message["has_protected_content"] = True
        return message

    def service(self, chat: Record, fields: Mapping[str, Any]) -> Record:
        """A service message, which takes an id but is no post of ours and so not in the journal."""
        message = self.new_message(chat, self.world.next_id(chat["id"])) | dict(fields)
        self.world.put_message(message, is_service=True, is_own=True)
        return message

    def post(self, message: Record, facts: Mapping[str, Any]) -> Record:
        """Make a message of the bot visible: into the world and into the journal."""
        self._write("post", message, {"is_own": True, "is_service": False} | dict(facts))
        return message

    def edit(self, message: Record, facts: Mapping[str, Any]) -> Record:
        """Show a message anew."""
        self._write("edit", message, dict(facts))
        return message

    def delete(self, chat_id: int, number: int) -> None:
        """Take a message away; the journal tells of those that readers saw from us."""
        record = self.world.messages[chat_id, number]
        line: Record | None = None
        if record["is_own"] and not record["is_service"]:
            line = {"act": "delete", "account": str(chat_id), "id": str(number)}
        self.world.record("delete", chat_id=chat_id, message_id=number, line=line)
        self._tell(line)

    def _write(self, act: str, message: Record, facts: Record) -> None:
        line = {"act": act} | journal_line(message, facts)
        self.world.put_message(message, line, **facts)
        self._tell(line)

    def _tell(self, line: Record | None) -> None:
        if line is not None:
            self.journal.append(**line)

    def catch_up(self) -> None:
        """Write journal lines that a crash between the two files left out."""
        for line in self.world.lines[len(self.journal.lines()) :]:
            self.journal.append(**line)


def stripped(message: Record) -> Record:
    """A message as another one quotes it: without what it answers itself."""
    return {name: value for name, value in message.items() if name not in {"reply_to_message", "quote"}}


def _media(message: Record) -> str:
    return next((kind for kind in MEDIA_KINDS if kind in message), "")


def words_of(message: Record) -> str:
    """The text or the caption."""
    return str(message.get("text") or message.get("caption") or "")


def _marks_of(message: Record) -> list[Record]:
    return list(message.get("entities") or message.get("caption_entities") or [])


def _urls(message: Record) -> list[str]:
    raw = words_of(message).encode("utf-16-le", "surrogatepass")
    found: dict[str, None] = {}
    for entity in _marks_of(message):
        begin, end = 2 * entity["offset"], 2 * (entity["offset"] + entity["length"])
        if entity["type"] == "text_link":
            found[entity["url"]] = None
        elif entity["type"] == "url":
            found[raw[begin:end].decode("utf-16-le", "replace")] = None
    return list(found)


def journal_line(message: Record, facts: Mapping[str, Any]) -> Record:
    """What a reader sees of a message."""
    answered = message.get("reply_to_message") or message.get("external_reply") or {}
    origin = message.get("forward_origin") or {}
    return {
        "account": str(message["chat"]["id"]),
        "id": str(message["message_id"]),
        "text": words_of(message),
        "urls": _urls(message),
        "entities": _marks_of(message),
        "media": _media(message),
        "photo": str(facts.get("file_name", "")),
        "album": message.get("media_group_id", ""),
        "buttons": button_urls(message.get("reply_markup")),
        "silent": bool(facts.get("is_silent")),
        "reply_to": str(answered.get("message_id", "")),
        "thread": str(message.get("message_thread_id", "")),
        "forward_of": f"{origin['chat']['id']}/{origin['message_id']}" if "message_id" in origin else "",
    }
