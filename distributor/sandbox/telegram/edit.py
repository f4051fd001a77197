"""The methods that change what stands: edits, deletions, pins, topics. Must not post content of their own."""

from __future__ import annotations

from typing import Any

from distributor.sandbox.telegram.api import MEDIA_KINDS, Api, stripped
from distributor.sandbox.telegram.chats import has_right, needs, writable
from distributor.sandbox.telegram.markup import link_preview, reply_markup
from distributor.sandbox.telegram.request import Params, bad_request
from distributor.sandbox.telegram.send import input_media
from distributor.sandbox.telegram.text import message_caption, message_text
from distributor.sandbox.telegram.world import Record

#: seconds after which a message cannot be deleted
DELETABLE_FOR = 48 * 3600
_MOST_DELETED = 100
_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)
_CONTENT = ("text", "entities", "link_preview_options", "reply_markup", "caption", "caption_entities")
_COMPARED = (*_CONTENT, "show_caption_above_media", "has_media_spoiler", *MEDIA_KINDS)
_CAPTION = ("caption", "caption_entities", "show_caption_above_media")
_TOPIC_COLOURS = (7322096, 16766590, 13338331, 9367192, 16749490, 16478047)


def _editable(api: Api, params: Params) -> tuple[Record, Record]:
    """The chat and the record of a message the bot may change; its own at any age. Raises ApiError."""
    if params.text("inline_message_id"):
        raise bad_request("MESSAGE_ID_INVALID")  # the bot has no inline mode
    chat = writable(api.world, params)
    number = params.integer("message_id")
    if number <= 0:
        raise bad_request("message identifier is not specified")
    record = api.world.message(chat["id"], number)
    if record is None:
        raise bad_request("message to edit not found")
    is_own = record["is_own"] and not record["is_service"] and "forward_origin" not in record["message"]
    if chat["type"] == "channel":
        rights = ("can_post_messages", "can_edit_messages") if is_own else ("can_edit_messages",)
        if not any(has_right(chat, right) for right in rights):
            raise bad_request("message can't be edited")
        is_own = not record["is_service"] and "forward_origin" not in record["message"]
    if not is_own:
        raise bad_request("message can't be edited")
    return chat, record


def _replace(api: Api, record: Record, without: tuple[str, ...], fields: Record, **facts: Any) -> Record:
    """The message with other fields, unless nothing would change. Raises ApiError."""
    old = record["message"]
    kept = {name: value for name, value in old.items() if name not in without and name != "reply_markup"}
    new = kept | fields
    if all(old.get(name) == new.get(name) for name in _COMPARED):
        raise bad_request(_NOT_MODIFIED)
    new["edit_date"] = api.now()
    known = {name: value for name, value in record.items() if name != "message"}
    return api.edit(new, known | facts)


def _markup(params: Params, chat: Record) -> Record:
    """The keyboard of an edit; one that is not given again is taken away."""
    markup = reply_markup(params, inline_only=True)
    return {"reply_markup": markup} if markup is not None and chat else {}


def edit_text(api: Api, params: Params) -> Record:
    """EditMessageText. Raises ApiError."""
    chat, record = _editable(api, params)
    text = message_text(params, api.unit())
    if "text" not in record["message"]:
        raise bad_request("there is no text in the message to edit")
    preview = link_preview(params)
    fields = api.formatted(text) | _markup(params, chat)
    fields |= {"link_preview_options": preview} if preview else {}
    return _replace(api, record, ("text", "entities", "link_preview_options"), fields)


def edit_caption(api: Api, params: Params) -> Record:
    """editMessageCaption; an empty caption takes it away. Raises ApiError."""
    chat, record = _editable(api, params)
    if not any(kind in record["message"] for kind in MEDIA_KINDS):
        raise bad_request("there is no caption in the message to edit")
    fields = api.formatted(message_caption(params, api.unit()), "caption_")
    if fields and params.flag("show_caption_above_media"):
        fields["show_caption_above_media"] = True
    return _replace(api, record, _CAPTION, fields | _markup(params, chat))


def edit_media(api: Api, params: Params) -> Record:
    """editMessageMedia: other media, or media in the place of a text (never the way back). Raises ApiError."""
    chat, record = _editable(api, params)
    value = params.json("media")
    if value is None:
        raise bad_request("media is not specified")
    content, file = input_media(api, params, value)
    message = record["message"]
    kinds = {kind for kind in MEDIA_KINDS if kind in message} | {kind for kind in MEDIA_KINDS if kind in content}
    if "media_group_id" in message and len(kinds) > 1 and kinds & {"document", "audio"}:
        raise bad_request("can't change the type of the media of an album item")
    without = ("text", "entities", "link_preview_options", *_CAPTION, "has_media_spoiler", *MEDIA_KINDS)
    name = file["name"] or file["file_id"]
    return _replace(api, record, without, content | _markup(params, chat), file_name=name)


def edit_markup(api: Api, params: Params) -> Record:
    """EditMessageReplyMarkup. Raises ApiError."""
    chat, record = _editable(api, params)
    return _replace(api, record, (), _markup(params, chat))


# -- deletions ---------------------------------------------------------------------------------------------------------


def _refuse_delete(api: Api, chat: Record, record: Record) -> None:
    if api.now() - record["message"]["date"] >= DELETABLE_FOR:
        raise bad_request("message can't be deleted for everyone")
    rights = ["can_delete_messages"]
    if record["is_own"] and chat["type"] == "channel":
        rights.append("can_post_messages")
    is_ours = chat["type"] == "private" or (record["is_own"] and chat["type"] != "channel")
    if not is_ours and not any(has_right(chat, right) for right in rights):
        raise bad_request("message can't be deleted")


def _delete(api: Api, chat: Record, number: int) -> None:
    api.delete(chat["id"], number)
    if number in chat.get("pinned", []):
        kept = [one for one in chat["pinned"] if one != number]
        api.world.put_chat(api.world.chats[chat["id"]] | {"pinned": kept})


def delete_message(api: Api, params: Params) -> bool:
    """DeleteMessage. Raises ApiError."""
    chat = writable(api.world, params)
    number = params.integer("message_id")
    record = api.world.message(chat["id"], number)
    if record is None:
        raise bad_request("message to delete not found" if number > 0 else "message identifier is not specified")
    _refuse_delete(api, chat, record)
    _delete(api, chat, number)
    return True


def delete_messages(api: Api, params: Params) -> bool:
    """deleteMessages: up to a hundred; those that are not there are passed over. Raises ApiError."""
    chat = writable(api.world, params)
    numbers = params.json("message_ids")
    if not isinstance(numbers, list) or not numbers:
        raise bad_request("message identifiers are not specified")
    if len(numbers) > _MOST_DELETED:
        raise bad_request("too many message identifiers specified")
    if not all(isinstance(number, int) for number in numbers):
        raise bad_request("message identifiers must be Integers")
    found = [record for number in numbers if (record := api.world.message(chat["id"], number)) is not None]
    for record in found:
        _refuse_delete(api, chat, record)
    for record in found:
        _delete(api, chat, record["message"]["message_id"])
    return True


# -- pins and topics ---------------------------------------------------------------------------------------------------


def _pin_right(chat: Record) -> None:
    right = "can_edit_messages" if chat["type"] == "channel" else "can_pin_messages"
    needs(chat, right, "not enough rights to manage pinned messages in the chat")


def _pins(api: Api, chat: Record) -> list[int]:
    return list(api.world.setting("pins", {}).get(str(chat["id"]), [])) if chat["type"] == "private" else chat["pinned"]


def _keep_pins(api: Api, chat: Record, pins: list[int]) -> None:
    if chat["type"] == "private":
        values = dict(api.world.setting("pins", {})) | {str(chat["id"]): pins}
        api.world.record("settings", values={"pins": values})
    else:
        api.world.put_chat(api.world.chats[chat["id"]] | {"pinned": pins})


def pin_message(api: Api, params: Params) -> bool:
    """pinChatMessage; a service message tells of it and takes an id. Raises ApiError."""
    chat = writable(api.world, params)
    _pin_right(chat)
    number = params.integer("message_id")
    record = api.world.message(chat["id"], number)
    if record is None:
        raise bad_request("message to pin not found")
    if record["is_service"]:
        raise bad_request("message can't be pinned")
    if number in _pins(api, chat):
        raise bad_request("CHAT_NOT_MODIFIED")
    _keep_pins(api, chat, [*_pins(api, chat), number])
    api.service(api.world.chat(chat["id"]) or chat, {"pinned_message": stripped(record["message"])})
    return True


def unpin_message(api: Api, params: Params) -> bool:
    """unpinChatMessage: the named one, else the newest. Raises ApiError."""
    chat = writable(api.world, params)
    _pin_right(chat)
    pins = _pins(api, chat)
    number = params.integer("message_id") or (pins[-1] if pins else 0)
    if number not in pins:
        raise bad_request("message to unpin not found")
    _keep_pins(api, chat, [one for one in pins if one != number])
    return True


def create_forum_topic(api: Api, params: Params) -> Record:
    """createForumTopic: its number is the id of the service message that begins it. Raises ApiError."""
    chat = writable(api.world, params)
    if not chat.get("is_forum"):
        raise bad_request("the chat is not a forum")
    needs(chat, "can_manage_topics", "not enough rights to create a topic")
    name = params.text("name").strip()
    if not 1 <= len(name) <= 128:
        raise bad_request("TOPIC_TITLE_EMPTY" if not name else "TOPIC_TITLE_TOO_LONG")
    colour = params.integer("icon_color") or _TOPIC_COLOURS[0]
    if colour not in _TOPIC_COLOURS:
        raise bad_request("TOPIC_ICON_COLOR_INVALID")
    number = api.world.next_id(chat["id"])
    fields = {"forum_topic_created": {"name": name, "icon_color": colour}}
    api.service(chat, fields | {"message_thread_id": number, "is_topic_message": True})
    now = api.world.chats[chat["id"]]
    topics = now["topics"] | {str(number): {"name": name, "is_closed": False}}
    api.world.put_chat(now | {"topics": topics})
    return {"message_thread_id": number, "name": name, "icon_color": colour}
