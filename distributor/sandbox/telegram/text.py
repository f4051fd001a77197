"""Turns ``text`` or ``caption`` with ``parse_mode`` or entities into what a message shows. Must not touch the world."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from distributor.sandbox.telegram.cleaning import clean
from distributor.sandbox.telegram.detect import with_found
from distributor.sandbox.telegram.entities import (
    GIVEN,
    INTERNAL,
    SPLITTABLE,
    Entity,
    EntityError,
    date_flags,
    utf16_length,
)
from distributor.sandbox.telegram.html import parse_html
from distributor.sandbox.telegram.links import check_link, link_user
from distributor.sandbox.telegram.markdown import parse_markdown, parse_markdown_v2
from distributor.sandbox.telegram.request import Params, bad_request, field_of, integer_of

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
#: stated entities of one message; more are dropped without a word
MOST_ENTITIES = 100
_PARSERS: dict[str, Callable[[str], tuple[str, list[Entity]]]] = {
    "html": parse_html,
    "markdown": parse_markdown,
    "markdownv2": parse_markdown_v2,
}


@dataclass(frozen=True, kw_only=True)
class Formatted:
    """A text as a message shows it."""

    text: str = ""
    entities: tuple[Entity, ...] = ()


def _link(entity: Entity, url: str) -> Entity:
    if user := link_user(url):
        return replace(entity, type="text_mention", user_id=user)
    return replace(entity, url=check_link(url))


def _given(value: Any) -> Entity | None:
    """One stated entity; None for a kind that cannot be stated. Raises ApiError, EntityError."""
    kind = field_of(value, "type", str, "String")
    offset, length = integer_of(value, "offset"), integer_of(value, "length")
    if offset is None or length is None:
        raise bad_request(f'Can\'t find field "{"offset" if offset is None else "length"}"')
    if kind not in GIVEN:
        return None
    entity = Entity(type=kind, offset=offset, length=length)
    if kind == "text_link":
        return _link(entity, field_of(value, "url", str, "String"))
    if kind == "text_mention":
        return replace(entity, user_id=integer_of(field_of(value, "user", dict, "Object"), "id") or 0)
    if kind == "pre":
        return replace(entity, language=field_of(value, "language", str, "String", required=False) or "")
    if kind == "custom_emoji":
        return replace(entity, custom_emoji_id=str(field_of(value, "custom_emoji_id", str, "String")))
    if kind == "date_time":
        flags = date_flags(field_of(value, "date_time_format", str, "String", required=False) or "")
        return replace(entity, unix_time=integer_of(value, "unix_time") or 0, date_flags=flags)
    return entity


def given_entities(value: Any) -> list[Entity]:
    """The entities of a JSON array. Raises ApiError, EntityError."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise bad_request("expected an Array of MessageEntity")
    entities = [_given(one) for one in value]
    return [entity for entity in entities if entity is not None]


def _at_most(entities: Sequence[Entity]) -> list[Entity]:
    """The first hundred: whole ones before those that can be split; custom emoji do not count."""
    stated = [one for one in entities if one.type in GIVEN and one.type != "custom_emoji"]
    by_rank = sorted(stated, key=lambda one: one.type in SPLITTABLE)
    dropped = {id(one) for one in by_rank[MOST_ENTITIES:]}
    return [one for one in entities if id(one) not in dropped]


def format_text(text: str, parse_mode: str, entities: Any, *, allow_empty: bool) -> Formatted:
    """The text parsed (a parse mode wins over stated entities), cleaned, and searched. Raises ApiError."""
    mode = parse_mode.lower()
    if mode not in {"", "none", *_PARSERS}:
        raise bad_request("unsupported parse_mode")
    try:
        if mode in _PARSERS:
            try:
                text, given = _PARSERS[mode](text)
            except EntityError as error:
                raise bad_request(f"can't parse entities: {error}") from error
        else:
            given = given_entities(entities)
        text, given = clean(text, given, allow_empty=allow_empty, trim=True)
    except EntityError as error:
        raise bad_request(str(error)) from error
    shown = [entity for entity in with_found(text, _at_most(given)) if entity.type not in INTERNAL]
    return Formatted(text=text, entities=tuple(shown))


def length_of(text: str, unit: str) -> int:
    """How the platform counts a text: code points, or UTF-16 code units in the profile ``utf16``."""
    return utf16_length(text) if unit == "utf16" else len(text)


def message_text(params: Params, unit: str) -> Formatted:
    """The text of a message. Raises ApiError when it is empty or longer than 4096 after parsing."""
    if not params.text("text"):
        raise bad_request("message text is empty")
    entities = params.json("entities") if not params.text("parse_mode") else None
    formatted = format_text(params.text("text"), params.text("parse_mode"), entities, allow_empty=False)
    if length_of(formatted.text, unit) > TEXT_LIMIT:
        raise bad_request("message is too long")
    return formatted


def caption_text(caption: str, parse_mode: str, entities: Any, unit: str) -> Formatted:
    """A caption, which may be empty. Raises ApiError when it is longer than 1024 after parsing."""
    formatted = format_text(caption, parse_mode, entities, allow_empty=True)
    if length_of(formatted.text, unit) > CAPTION_LIMIT:
        raise bad_request("message caption is too long")
    return formatted


def message_caption(params: Params, unit: str) -> Formatted:
    """The caption of a call. Raises ApiError."""
    entities = params.json("caption_entities") if not params.text("parse_mode") else None
    return caption_text(params.text("caption"), params.text("parse_mode"), entities, unit)
