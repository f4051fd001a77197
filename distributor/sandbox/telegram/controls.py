"""The knobs of the loopback Telegram: people and chats, what they do, and how strict the platform is.

Every knob is a key of the common ``config`` command and a command of its own, ``POST /_emu/KNOB``. Must not answer the
bot.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any

from distributor.sandbox.telegram.api import Api, stripped
from distributor.sandbox.telegram.chats import own_member
from distributor.sandbox.telegram.detect import find_entities
from distributor.sandbox.telegram.entities import INTERNAL, as_json
from distributor.sandbox.telegram.markup import callback_values
from distributor.sandbox.telegram.updates import push
from distributor.sandbox.telegram.world import BOT, EDITOR_ID, Record, chat_json, new_chat, new_user, user_json

_STATUSES = ("administrator", "member", "left", "kicked")
_UNITS = ("codepoints", "utf16")


def _chat(api: Api, payload: Record, name: str = "chat") -> Record:
    value = payload[name]
    if isinstance(value, str) and value.startswith("@"):
        found = api.world.chat_named(value[1:])
    else:
        found = api.world.chats.get(int(value))
    if found is None:
        raise ValueError(f"no chat {value}")
    return found


def _user(api: Api, payload: Record) -> Record:
    number = int(payload.get("user", EDITOR_ID))
    if number not in api.world.users:
        raise ValueError(f"no user {number}")
    return api.world.users[number]


def _known(payload: Any, names: set[str]) -> Record:
    """The payload as an object with known keys. Raises ValueError."""
    if not isinstance(payload, dict):
        raise ValueError("an object is needed")
    if unknown := sorted(set(payload) - names):
        raise ValueError(f"unknown keys {unknown}")
    return payload


def add_user(api: Api, payload: Any) -> Record:
    """Add or change a person: id, first_name, username, is_started, is_blocked, is_deactivated ..."""
    number = int(payload["id"])
    if number <= 0:
        raise ValueError("a user's id is positive")
    base = api.world.users.get(number) or new_user(number)
    api.world.put_user(base | _known(payload, {*base, "last_name"}))
    return api.world.users[number]


def add_chat(api: Api, payload: Any) -> Record:
    """Add or change a chat: id, type, title, username, is_forum, status, rights, permissions, is_protected."""
    number = int(payload["id"])
    kind = str(payload.get("type", "channel"))
    if number >= 0 or kind not in {"group", "supergroup", "channel"}:
        raise ValueError("a chat has a negative id and is a group, supergroup or channel")
    base = api.world.chats.get(number) or new_chat(number, kind, is_forum=bool(payload.get("is_forum")))
    _known(payload, set(base))
    merged = {name: base[name] | payload[name] for name in ("rights", "permissions") if name in payload}
    api.world.put_chat(base | payload | merged)
    return api.world.chats[number]


def _member_changed(api: Api, chat: Record, old: Record, new: Record, actor: Record) -> None:
    change = {"chat": chat_json(chat), "from": user_json(actor), "date": api.now()}
    push(api, "my_chat_member", change | {"old_chat_member": old, "new_chat_member": new})


def set_rights(api: Api, payload: Any) -> Record:
    """Change the bot's rights or status in a chat; the bot hears of it."""
    values = _known(payload, {"chat", "rights", "permissions", "status", "user"})
    chat = _chat(api, values)
    status = values.get("status", chat["status"])
    if status not in _STATUSES:
        raise ValueError(f"status is one of {', '.join(_STATUSES)}")
    changed = chat | {"status": status, "rights": chat["rights"] | values.get("rights", {})}
    changed["permissions"] = chat["permissions"] | values.get("permissions", {})
    old = own_member(chat)
    api.world.put_chat(changed)
    if own_member(changed) != old:
        _member_changed(api, changed, old, own_member(changed), _user(api, values))
    return changed


def _blocking(api: Api, payload: Any, *, is_blocked: bool) -> Record:
    user = _user(api, _known(payload, {"user"}))
    if user["is_blocked"] != is_blocked:
        api.world.put_user(user | {"is_blocked": is_blocked, "is_started": True})
        bot = own_member({"status": "member"})
        kicked = own_member({"status": "kicked"})
        old, new = (bot, kicked) if is_blocked else (kicked, bot)
        _member_changed(api, user | {"type": "private"}, old, new, user)
    return api.world.users[user["id"]]


def block(api: Api, payload: Any) -> Record:
    """A user blocks the bot; the bot hears of it."""
    return _blocking(api, payload, is_blocked=True)


def unblock(api: Api, payload: Any) -> Record:
    """A user lets the bot write again."""
    return _blocking(api, payload, is_blocked=False)


def deactivate(api: Api, payload: Any) -> Record:
    """A user's account ends; the bot does not hear of it."""
    user = _user(api, _known(payload, {"user"}))
    api.world.put_user(user | {"is_deactivated": True})
    return api.world.users[user["id"]]


def protect(api: Api, payload: Any) -> Record:
    """Forbid (or, with ``is_protected`` false, allow) forwarding out of a chat."""
    values = _known(payload, {"chat", "is_protected"})
    chat = _chat(api, values)
    api.world.put_chat(chat | {"is_protected": bool(values.get("is_protected", True))})
    return api.world.chats[chat["id"]]


def migrate(api: Api, payload: Any) -> Record:
    """A group becomes a supergroup with a new id; the old id answers with the new one from now on."""
    values = _known(payload, {"chat", "to"})
    chat = _chat(api, values)
    number = int(values["to"])
    if chat["type"] != "group" or number in api.world.chats:
        raise ValueError("only a group can become a supergroup, and the new id must be free")
    moved = new_chat(number, "supergroup", title=chat["title"], status=chat["status"])
    api.world.put_chat(moved)
    push(api, "message", api.service(chat, {"migrate_to_chat_id": number}))
    api.world.put_chat(api.world.chats[chat["id"]] | {"migrated_to": number})
    return moved


def close_topic(api: Api, payload: Any) -> Record:
    """Close (or, with ``is_closed`` false, open) a topic of a forum."""
    values = _known(payload, {"chat", "thread", "is_closed"})
    chat = _chat(api, values)
    topic = chat["topics"].get(str(values["thread"]))
    if topic is None:
        raise ValueError(f"no topic {values['thread']}")
    changed = topic | {"is_closed": bool(values.get("is_closed", True))}
    api.world.put_chat(chat | {"topics": chat["topics"] | {str(values["thread"]): changed}})
    return api.world.chats[chat["id"]]


# -- what people do ----------------------------------------------------------------------------------------------------


def _place(api: Api, values: Record, user: Record) -> Record:
    if "chat" not in values or values["chat"] == user["id"]:
        if user["is_blocked"]:
            raise ValueError("the user has blocked the bot")
        if not user["is_started"]:
            api.world.put_user(user | {"is_started": True})
        return user | {"type": "private"}
    return _chat(api, values)


def _answering(api: Api, chat: Record, values: Record) -> Record:
    """What a message answers; one that is merely said in a topic shows the topic's beginning as answered."""
    number = int(values.get("reply_to") or values.get("thread") or 0)
    record = api.world.message(chat["id"], number) if number else None
    if values.get("reply_to") and record is None:
        raise ValueError(f"no message {number}")
    return {"reply_to_message": stripped(record["message"])} if record else {}


def _is_for_bot(chat: Record, message: Record) -> bool:
    """Whether the bot is told: in a group that it does not administer only of commands, mentions and answers to it
    (privacy mode, core.telegram.org/bots/features).
    """
    if chat["type"] not in ("group", "supergroup") or chat["status"] == "administrator":
        return True
    answered = message.get("reply_to_message", {}).get("from", {}).get("id")
    text = str(message["text"])
    return text.startswith("/") or f"@{BOT['username']}" in text or answered == BOT["id"]


def say(api: Api, payload: Any) -> Record:
    """A person writes: in private, in a group, or, as an administrator, in a channel; the bot may hear of it."""
    values = _known(payload, {"user", "chat", "text", "reply_to", "thread"})
    user = _user(api, values)
    chat = _place(api, values, user)
    text = str(values["text"])
    fields: Record = {"text": text}
    found = [as_json(entity, {}) for entity in find_entities(text) if entity.type not in INTERNAL]
    if found:
        fields["entities"] = found
    if values.get("thread"):
        fields |= {"message_thread_id": int(values["thread"]), "is_topic_message": True}
    fields |= _answering(api, chat, values)
    message = api.new_message(chat, api.world.next_id(chat["id"]), user) | fields
    api.world.put_message(message, is_own=False, is_service=False)
    kind = "channel_post" if chat["type"] == "channel" else "message"
    told = push(api, kind, message) if _is_for_bot(chat, message) else 0
    return {"update_id": told, "message_id": message["message_id"]}


def press(api: Api, payload: Any) -> Record:
    """A person presses a button, named by what it sends back (by default the first); the bot hears of it.

    ``forged``: a client of their own sends data that no button of the message has. ``is_gone``: the message can be had
    no more, and only its number is told (InaccessibleMessage).
    """
    values = _known(payload, {"user", "chat", "message", "data", "forged", "is_gone"})
    user = _user(api, values)
    chat_id = user["id"] if "chat" not in values or values["chat"] == user["id"] else _chat(api, values)["id"]
    record = api.world.message(chat_id, int(values["message"]))
    choices = callback_values(record["message"].get("reply_markup")) if record else []
    data = values.get("data", choices[0] if choices else None)
    if record is None or (data not in choices and not values.get("forged")):
        raise ValueError(f"no message {values['message']} with a button {data!r}")
    number = str(4_300_000_000_000_000_000 + len(api.world.callbacks) + 1)
    api.world.record("callback", callback={"id": number, "at": api.now(), "answer": None})
    query = {"id": number, "from": user_json(user), "chat_instance": str(chat_id), "data": data}
    card = record["message"]
    if values.get("is_gone"):
        card = {"chat": card["chat"], "message_id": card["message_id"], "date": 0}
    return {"callback_query_id": number, "update_id": push(api, "callback_query", query | {"message": card})}


# -- how strict the platform is ----------------------------------------------------------------------------------------


def set_factor(api: Api, payload: Any) -> Record:
    """Multiply all rates; printed, so that no result hides it. Raises ValueError for anything but a positive number."""
    factor = float(payload["factor"] if isinstance(payload, dict) else payload)
    if not 0 < factor < math.inf:
        raise ValueError("the factor is a positive number: limits can be widened, not switched off")
    api.world.record("settings", values={"factor": factor})
    api.flood = type(api.flood)(factor)
    sys.stderr.write(f"telegram: all rate limits are multiplied by {factor:g}\n")
    return {"factor": factor}


def set_length_unit(api: Api, payload: Any) -> Record:
    """How lengths are counted: ``codepoints`` (as TDLib does) or ``utf16``."""
    unit = payload["length_unit"] if isinstance(payload, dict) else payload
    if unit not in _UNITS:
        raise ValueError(f"length_unit is one of {', '.join(_UNITS)}")
    api.world.record("settings", values={"length_unit": unit})
    return {"length_unit": unit}


def _each(one: Callable[[Api, Any], Record]) -> Callable[[Api, Any], Any]:
    """The knob for one thing or for a list of them."""

    def many(api: Api, payload: Any) -> Any:
        return [one(api, item) for item in payload] if isinstance(payload, list) else one(api, payload)

    return many


KNOBS: dict[str, Callable[[Api, Any], Any]] = {
    "user": _each(add_user),
    "chat": _each(add_chat),
    "rights": _each(set_rights),
    "block": _each(block),
    "unblock": _each(unblock),
    "deactivate": _each(deactivate),
    "protect": _each(protect),
    "migrate": _each(migrate),
    "topic": _each(close_topic),
    "say": _each(say),
    "press": _each(press),
    "factor": set_factor,
    "length_unit": set_length_unit,
}
