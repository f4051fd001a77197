"""The table of methods: name, parameters, function; and the short ones themselves.

Must hold no rule that another module could hold.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from distributor.sandbox.telegram.api import Api
from distributor.sandbox.telegram.chats import full_info, member, readable, refuse_unsendable, thread_of, writable
from distributor.sandbox.telegram.edit import (
    create_forum_topic,
    delete_message,
    delete_messages,
    edit_caption,
    edit_markup,
    edit_media,
    edit_text,
    pin_message,
    unpin_message,
)
from distributor.sandbox.telegram.files import get_file
from distributor.sandbox.telegram.request import Params, bad_request, field_of
from distributor.sandbox.telegram.send import copy_message, forward_message, send_media_group, send_message, send_photo
from distributor.sandbox.telegram.updates import (
    answer_callback,
    delete_webhook,
    get_updates,
    set_webhook,
    webhook_info,
)
from distributor.sandbox.telegram.world import BOT, Record

_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_ACTIONS = frozenset({"typing", "upload_photo", "upload_video", "upload_document"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One method of the Bot API with the parameters it reads; others are passed over, as on the platform."""

    name: str
    call: Callable[[Api, Params], Any] | Callable[[Api, Params], Awaitable[Any]]
    parameters: frozenset[str]


def get_me(_api: Api, _params: Params) -> Record:
    """GetMe."""
    flags = {"can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False}
    more = dict.fromkeys(("can_connect_to_business", "has_main_web_app"), False)
    return dict(BOT) | flags | more


def get_chat(api: Api, params: Params) -> Record:
    """GetChat. Raises ApiError."""
    chat = readable(api.world, params)
    pins = api.world.setting("pins", {}).get(str(chat["id"]), []) if chat["type"] == "private" else chat["pinned"]
    record = api.world.message(chat["id"], pins[-1]) if pins else None
    return full_info(chat, record["message"] if record else None)


def get_chat_member(api: Api, params: Params) -> Record:
    """GetChatMember. Raises ApiError."""
    chat = readable(api.world, params)
    user = params.integer("user_id")
    if user <= 0:
        raise bad_request("invalid user_id specified")
    return member(api.world, chat, user)


def send_chat_action(api: Api, params: Params) -> bool:
    """SendChatAction. Raises ApiError."""
    chat = writable(api.world, params)
    thread_of(chat, params)
    if params.text("action") not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    refuse_unsendable(chat, "text messages")
    return True


def _command(value: Any) -> Record:
    name = field_of(value, "command", str, "String").removeprefix("/")
    description = field_of(value, "description", str, "String").strip()
    if not _COMMAND.fullmatch(name):
        raise bad_request("BOT_COMMAND_INVALID")
    if not 1 <= len(description) <= 256:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": name, "description": description}


def _scope(params: Params) -> str:
    return json.dumps([params.json("scope") or {"type": "default"}, params.text("language_code")], sort_keys=True)


def set_my_commands(api: Api, params: Params) -> bool:
    """setMyCommands: at most a hundred. Raises ApiError."""
    commands = params.json("commands")
    if not isinstance(commands, list):
        raise bad_request("can't parse commands: expected an Array of BotCommand")
    if len(commands) > 100:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    all_commands = api.world.setting("commands", {}) | {_scope(params): [_command(command) for command in commands]}
    api.world.record("settings", values={"commands": all_commands})
    return True


def get_my_commands(api: Api, params: Params) -> list[Record]:
    """GetMyCommands of one scope."""
    return list(api.world.setting("commands", {}).get(_scope(params), []))


_SENT = "disable_notification protect_content message_thread_id"
_COMMON = f"chat_id {_SENT} allow_paid_broadcast reply_parameters reply_markup"
_EDITED = "chat_id message_id inline_message_id reply_markup"
_TABLE: tuple[tuple[str, Any, str], ...] = (
    ("getMe", get_me, ""),
    ("getChat", get_chat, "chat_id"),
    ("getChatMember", get_chat_member, "chat_id user_id"),
    ("sendMessage", send_message, f"{_COMMON} text parse_mode entities link_preview_options"),
    (
        "sendPhoto",
        send_photo,
        f"{_COMMON} photo caption parse_mode caption_entities show_caption_above_media has_spoiler",
    ),
    ("sendMediaGroup", send_media_group, f"chat_id {_SENT} allow_paid_broadcast reply_parameters media"),
    ("sendChatAction", send_chat_action, "chat_id message_thread_id action"),
    ("forwardMessage", forward_message, f"chat_id {_SENT} from_chat_id message_id"),
    (
        "copyMessage",
        copy_message,
        f"{_COMMON} from_chat_id message_id caption parse_mode caption_entities show_caption_above_media",
    ),
    ("editMessageText", edit_text, f"{_EDITED} text parse_mode entities link_preview_options"),
    ("editMessageCaption", edit_caption, f"{_EDITED} caption parse_mode caption_entities show_caption_above_media"),
    ("editMessageMedia", edit_media, f"{_EDITED} media"),
    ("editMessageReplyMarkup", edit_markup, _EDITED),
    ("deleteMessage", delete_message, "chat_id message_id"),
    ("deleteMessages", delete_messages, "chat_id message_ids"),
    ("pinChatMessage", pin_message, "chat_id message_id disable_notification"),
    ("unpinChatMessage", unpin_message, "chat_id message_id"),
    ("createForumTopic", create_forum_topic, "chat_id name icon_color"),
    ("answerCallbackQuery", answer_callback, "callback_query_id text show_alert url"),
    ("setMyCommands", set_my_commands, "commands scope language_code"),
    ("getMyCommands", get_my_commands, "scope language_code"),
    ("getUpdates", get_updates, "offset limit timeout allowed_updates"),
    ("setWebhook", set_webhook, "url ip_address max_connections allowed_updates drop_pending_updates"),
    ("deleteWebhook", delete_webhook, "drop_pending_updates"),
    ("getWebhookInfo", webhook_info, ""),
    ("getFile", get_file, "file_id"),
)
#: every method by its name in lower case, since the platform does not mind the case
METHODS: dict[str, Method] = {
    name.lower(): Method(name=name, call=call, parameters=frozenset(names.split())) for name, call, names in _TABLE
}
