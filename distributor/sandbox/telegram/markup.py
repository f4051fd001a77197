"""Checks keyboards and link preview options, and gives them back as messages show them. Must not touch the world."""

from __future__ import annotations

import re
from typing import Any

from distributor.sandbox.telegram.entities import EntityError
from distributor.sandbox.telegram.links import check_link
from distributor.sandbox.telegram.request import Params, bad_request, field_of

Record = dict[str, Any]
MOST_BUTTONS = 100
_COPY_LIMIT = 256
#: what a press may do, other than opening a link or calling back
_OTHER_ACTIONS = (
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
    "web_app",
    "login_url",
)
_OTHER_KEYBOARDS = {"keyboard": list, "remove_keyboard": bool, "force_reply": bool}


def _checked_url(url: str) -> str:
    try:
        return check_link(url)
    except EntityError as error:
        raise bad_request(f"inline keyboard button {error}") from error


def _button(value: Any) -> Record:
    """One inline button as the message shows it. Raises ApiError."""
    shown: Record = {"text": field_of(value, "text", str, "String")}
    if not shown["text"].strip():
        raise bad_request("inline keyboard button text must be non-empty")
    url = field_of(value, "url", str, "String", required=False)
    data = field_of(value, "callback_data", str, "String", required=False)
    if url is not None:
        return shown | {"url": _checked_url(url)}
    if data is not None:
        if not 1 <= len(data.encode("utf-8")) <= 64:
            raise bad_request("BUTTON_DATA_INVALID")
        return shown | {"callback_data": data}
    name = next((name for name in _OTHER_ACTIONS if value.get(name) is not None), None)
    if name is None:
        raise bad_request("text buttons are unallowed in the inline keyboard")
    if name == "copy_text" and not 1 <= len(field_of(value[name], "text", str, "String")) <= _COPY_LIMIT:
        raise bad_request("BUTTON_COPY_TEXT_INVALID")
    return shown | {name: value[name]}


def _inline_keyboard(value: Record) -> Record | None:
    rows = field_of(value, "inline_keyboard", list, "Array")
    if not all(isinstance(row, list) for row in rows):
        raise bad_request('Field "inline_keyboard" must be an Array of Arrays')
    shown = [[_button(button) for button in row] for row in rows]
    if sum(map(len, shown)) > MOST_BUTTONS:
        raise bad_request("reply markup is too long")
    kept = [row for row in shown if row]
    return {"inline_keyboard": kept} if kept else None


def reply_markup(params: Params, *, inline_only: bool) -> Record | None:
    """The inline keyboard to show; other keyboards are checked and, as on the platform, not shown. Raises ApiError."""
    value = params.json("reply_markup")
    if value is None:
        return None
    if not isinstance(value, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" in value:
        return _inline_keyboard(value)
    for name, kind in _OTHER_KEYBOARDS.items():
        if name in value:
            field_of(value, name, kind, "Array" if kind is list else "Boolean")
            if inline_only:
                raise bad_request("inline keyboard expected")
    return None


def button_urls(markup: Record | None) -> list[str]:
    """The addresses behind the buttons."""
    rows = (markup or {}).get("inline_keyboard", [])
    return [button["url"] for row in rows for button in row if "url" in button]


def callback_values(markup: Record | None) -> list[str]:
    """What the buttons send back."""
    rows = (markup or {}).get("inline_keyboard", [])
    return [button["callback_data"] for row in rows for button in row if "callback_data" in button]


def link_preview(params: Params) -> Record | None:
    """The link preview options to show; a link that is not taken is left out. Raises ApiError."""
    value = params.json("link_preview_options")
    if value is None:
        return None
    shown: Record = {}
    names = ("is_disabled", "prefer_small_media", "prefer_large_media", "show_above_text")
    for name in names:
        if field_of(value, name, bool, "Boolean", required=False):
            shown[name] = True
    url = field_of(value, "url", str, "String", required=False)
    if url and re.match(r"(?i)(?:https?://)?[^/?#]+\.", url):
        shown["url"] = url
    if shown.get("prefer_small_media") and shown.get("prefer_large_media"):
        del shown["prefer_small_media"]
    return shown or None
