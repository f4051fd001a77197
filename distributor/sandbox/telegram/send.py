"""The methods that post: sendMessage, sendPhoto, sendMediaGroup, forwardMessage, copyMessage. Must not edit a post."""

from __future__ import annotations

from typing import Any

from distributor.sandbox.telegram.api import MEDIA_KINDS, Api, stripped, words_of
from distributor.sandbox.telegram.chats import readable, refuse_unsendable, thread_of, writable
from distributor.sandbox.telegram.files import attached, named_file, resolve, shown_media
from distributor.sandbox.telegram.markup import link_preview, reply_markup
from distributor.sandbox.telegram.request import ApiError, Params, bad_request, field_of, integer_of
from distributor.sandbox.telegram.text import caption_text, format_text, message_caption, message_text
from distributor.sandbox.telegram.world import Record, chat_json

_SENT_AS = {"photo": "photos", "video": "videos", "document": "documents", "audio": "audios"}
#: documents and audio files go with their like only
_ALONE = ("document", "audio")
_ALBUM = (2, 10)
_COPIED = ("text", "entities", "link_preview_options", *MEDIA_KINDS, "has_media_spoiler")


def _answered(api: Api, chat: Record, params: Params) -> Record:
    """What ``reply_parameters`` adds to a message. Raises ApiError."""
    value = params.json("reply_parameters")
    if value is None:
        return {}
    number = integer_of(value, "message_id") or 0
    other = field_of(value, "chat_id", (int, str), "Integer or String", required=False)
    source = chat if other is None else readable(api.world, params.changed(chat_id=str(other)))
    record = api.world.message(source["id"], number)
    if record is None:
        if field_of(value, "allow_sending_without_reply", bool, "Boolean", required=False):
            return {}
        raise bad_request("message to be replied not found")
    message = record["message"]
    if source["id"] != chat["id"]:
        origin = {"type": "hidden_user", "date": message["date"], "sender_user_name": "Newsroom"}
        if source["type"] == "channel":
            origin = _origin(message)
        return {"external_reply": {"origin": origin, "chat": chat_json(source), "message_id": number}}
    return {"reply_to_message": stripped(message)} | _quote(value, message)


def _quote(value: Any, message: Record) -> Record:
    quote = field_of(value, "quote", str, "String", required=False)
    if not quote:
        return {}
    mode = field_of(value, "quote_parse_mode", str, "String", required=False) or ""
    wanted = format_text(quote, mode, value.get("quote_entities"), allow_empty=True).text
    whole = words_of(message)
    position = whole.find(wanted)
    if position < 0:
        raise bad_request("QUOTE_TEXT_INVALID")
    return {"quote": {"text": wanted, "position": len(whole[:position].encode("utf-16-le")) // 2, "is_manual": True}}


def _frame(api: Api, chat: Record, params: Params) -> Record:
    """The fields that do not depend on the content. Raises ApiError."""
    frame: Record = {}
    thread = thread_of(chat, params)
    if thread:
        frame |= {"message_thread_id": thread, "is_topic_message": True}
    frame |= _answered(api, chat, params)
    if params.flag("protect_content") or chat.get("is_protected"):
        frame["has_protected_content"] = True
    markup = reply_markup(params, inline_only=chat["type"] == "channel")
    if markup is not None:
        frame["reply_markup"] = markup
    return frame


def _post(api: Api, chat: Record, params: Params, fields: Record, **facts: Any) -> Record:
    message = api.new_message(chat, api.world.next_id(chat["id"])) | fields
    return api.post(message, {"is_silent": params.flag("disable_notification")} | facts)


def send_message(api: Api, params: Params) -> Record:
    """sendMessage: a text. Raises ApiError."""
    chat = writable(api.world, params)
    text = message_text(params, api.unit())
    frame = _frame(api, chat, params)
    preview = link_preview(params)
    refuse_unsendable(chat, "text messages")
    api.spend(chat, is_paid=params.flag("allow_paid_broadcast"))
    content = api.formatted(text) | ({"link_preview_options": preview} if preview else {})
    return _post(api, chat, params, content | frame)


def _caption_fields(api: Api, params: Params) -> Record:
    shown = api.formatted(message_caption(params, api.unit()), "caption_")
    if shown and params.flag("show_caption_above_media"):
        shown["show_caption_above_media"] = True
    return shown


def send_photo(api: Api, params: Params) -> Record:
    """sendPhoto: an uploaded photo or one known by its id. Raises ApiError."""
    chat = writable(api.world, params)
    caption = _caption_fields(api, params)
    frame = _frame(api, chat, params)
    refuse_unsendable(chat, "photos")
    record = named_file(api, params, "photo")
    api.spend(chat, is_paid=params.flag("allow_paid_broadcast"))
    content = {"photo": shown_media(record, {})} | caption
    if params.flag("has_spoiler"):
        content["has_media_spoiler"] = True
    return _post(api, chat, params, content | frame, file_name=record["name"] or record["file_id"])


# -- albums ------------------------------------------------------------------------------------------------------------


def input_media(api: Api, params: Params, value: Any) -> tuple[Record, Record]:
    """One InputMedia object as (content of a message, its file). Raises ApiError."""
    kind = field_of(value, "type", str, "String").lower()
    if kind not in _SENT_AS:
        raise bad_request(f"can't parse InputMedia: type {kind!r} is not supported")
    part, name = attached(params, field_of(value, "media", str, "String"))
    mode = field_of(value, "parse_mode", str, "String", required=False) or ""
    caption = field_of(value, "caption", str, "String", required=False) or ""
    entities = value.get("caption_entities") if not mode else None
    text = caption_text(caption, mode, entities, api.unit())
    record = resolve(api, part, name, kind)
    content = {kind: shown_media(record, value)} | api.formatted(text, "caption_")
    for given, shown in (
        ("show_caption_above_media", "show_caption_above_media"),
        ("has_spoiler", "has_media_spoiler"),
    ):
        if value.get(given) is True:
            content[shown] = True
    return content, record


def _check_album(items: Any) -> list[Any]:
    if not isinstance(items, list):
        raise bad_request("expected an Array of InputMedia")
    if len(items) > _ALBUM[1]:
        raise bad_request("too many messages to send as an album")
    if len(items) < _ALBUM[0]:
        raise bad_request("there must be at least 2 items in an album")
    kinds = {str(item.get("type", "")).lower() for item in items if isinstance(item, dict)}
    if len(kinds) > 1 and kinds & set(_ALONE):
        raise bad_request("MEDIA_GROUPED_INVALID: can't use the media of the specified type in the album")
    return items


def _album_items(api: Api, params: Params, items: list[Any]) -> list[tuple[Record, Record]]:
    """Every item ready, or none: the first that fails names its number. Raises ApiError."""
    ready: list[tuple[Record, Record]] = []
    for number, item in enumerate(items, start=1):
        try:
            ready.append(input_media(api, params, item))
        except ApiError as error:
            words = error.description.removeprefix("Bad Request: ")
            described = f'failed to send message #{number} with the error message "{words}"'
            raise bad_request(described) from error
    return ready


def send_media_group(api: Api, params: Params) -> list[Record]:
    """sendMediaGroup: two to ten items, each with an id of its own, all or nothing. Raises ApiError."""
    chat = writable(api.world, params)
    items = _check_album(params.json("media"))
    frame = _frame(api, chat, params)
    for item in items:
        kind = str(item.get("type", "")).lower() if isinstance(item, dict) else ""
        refuse_unsendable(chat, _SENT_AS.get(kind, "photos"))
    ready = _album_items(api, params, items)
    api.spend(chat, count=len(ready), is_paid=params.flag("allow_paid_broadcast"))
    album = {"media_group_id": f"1{abs(chat['id']) % 10**7:07d}{api.world.next_id(chat['id']):09d}"}
    sent = []
    for content, record in ready:
        name = record["name"] or record["file_id"]
        sent.append(_post(api, chat, params, content | frame | album, file_name=name))
    return sent


# -- what stands already -----------------------------------------------------------------------------------------------


def _origin(message: Record) -> Record:
    """Where a forwarded message first stood."""
    if "forward_origin" in message:
        return dict(message["forward_origin"])
    if "sender_chat" in message:
        shown = {"type": "channel", "date": message["date"], "chat": message["chat"]}
        return shown | {"message_id": message["message_id"]}
    return {"type": "user", "date": message["date"], "sender_user": message["from"]}


def _source(api: Api, params: Params, verb: str, done: str) -> Record:
    """The record of the message to forward or copy. Raises ApiError."""
    chat = readable(api.world, params, "from_chat_id")
    record = api.world.message(chat["id"], params.integer("message_id"))
    if record is None:
        raise bad_request(f"message to {verb} not found")
    if record["is_service"]:
        raise bad_request(f"message can't be {done}")
    if chat.get("is_protected") or record["message"].get("has_protected_content"):
        raise bad_request(f"message has protected content and can't be {done}")
    return record


def _kind_words(message: Record) -> str:
    kind = next((kind for kind in MEDIA_KINDS if kind in message), "")
    return _SENT_AS.get(kind, "text messages")


def forward_message(api: Api, params: Params) -> Record:
    """forwardMessage: the message with the place it comes from. Raises ApiError."""
    chat = writable(api.world, params)
    record = _source(api, params, "forward", "forwarded")
    message = record["message"]
    thread = thread_of(chat, params)
    refuse_unsendable(chat, _kind_words(message))
    api.spend(chat)
    names = (*_COPIED, "caption", "caption_entities", "show_caption_above_media")
    content = {name: message[name] for name in names if name in message} | {"forward_origin": _origin(message)}
    if thread:
        content |= {"message_thread_id": thread, "is_topic_message": True}
    if params.flag("protect_content"):
        content["has_protected_content"] = True
    return _post(api, chat, params, content, file_name=record.get("file_name", ""))


def copy_message(api: Api, params: Params) -> Record:
    """copyMessage: the content without its origin; a given caption replaces the old one. Raises ApiError."""
    chat = writable(api.world, params)
    record = _source(api, params, "copy", "copied")
    message = record["message"]
    frame = _frame(api, chat, params)
    content = {name: message[name] for name in _COPIED if name in message}
    if "caption" in params.values:
        content |= _caption_fields(api, params)
    else:
        names = ("caption", "caption_entities", "show_caption_above_media")
        content |= {name: message[name] for name in names if name in message}
    refuse_unsendable(chat, _kind_words(message))
    api.spend(chat, is_paid=params.flag("allow_paid_broadcast"))
    sent = _post(api, chat, params, content | frame, file_name=record.get("file_name", ""))
    return {"message_id": sent["message_id"]}
