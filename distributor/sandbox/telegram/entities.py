"""Message entities as Telegram's library keeps them: their order, how they may nest, how they are split and merged.

Offsets and lengths are UTF-16 code units. Follows the behaviour of TDLib. Must not know about chats, messages or HTTP.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

#: the kinds that may be cut in two where another entity begins or ends, in their order
SPLITTABLE = ("bold", "italic", "underline", "strikethrough", "spoiler")
QUOTES = frozenset({"blockquote", "expandable_blockquote"})
PRE = frozenset({"code", "pre", "pre_code"})
#: what a sender may state; every other kind is found in the text
GIVEN = frozenset({*SPLITTABLE, *QUOTES, "code", "pre", "text_link", "text_mention", "custom_emoji", "date_time"})
_FOUND = (
    "mention",
    "hashtag",
    "bot_command",
    "url",
    "email",
    "cashtag",
    "phone_number",
    "bank_card",
    "media_timestamp",
)
_CONTINUOUS = frozenset({*_FOUND, "text_link", "text_mention", "custom_emoji", "date_time"})
#: kinds TDLib finds and the Bot API never shows
INTERNAL = frozenset({"bank_card", "media_timestamp"})
_PRIORITY = {
    "blockquote": 0,
    "expandable_blockquote": 0,
    "pre_code": 10,
    "pre": 11,
    "code": 20,
    "text_link": 49,
    "text_mention": 49,
    "date_time": 49,
    "bold": 90,
    "italic": 91,
    "underline": 92,
    "strikethrough": 93,
    "spoiler": 94,
    "custom_emoji": 99,
}


class EntityError(ValueError):
    """The text or its entities cannot be taken; the message is the platform's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """One marked stretch of a text, with the Bot API's name of its kind."""

    type: str
    #: UTF-16 code units from the start of the text
    offset: int
    #: UTF-16 code units
    length: int
    url: str = ""
    language: str = ""
    user_id: int = 0
    custom_emoji_id: str = ""
    unix_time: int = 0
    date_flags: int = 0

    @property
    def end(self) -> int:
        """The first code unit after the entity."""
        return self.offset + self.length

    @property
    def kind(self) -> str:
        """The type, with ``pre_code`` for a ``pre`` that names its language."""
        return "pre_code" if self.type == "pre" and self.language else self.type

    @property
    def order(self) -> tuple[int, int, int]:
        """The sort key: earlier first, then longer first, then the outer kind first."""
        return self.offset, -self.length, _PRIORITY.get(self.kind, 50)


def utf16_length(text: str) -> int:
    """The number of UTF-16 code units of a text."""
    return len(text) + sum(1 for char in text if ord(char) > 0xFFFF)


def byte_offset(text: str, index: int) -> int:
    """The UTF-8 byte offset of a code point index, as the platform's error texts count."""
    return len(text[:index].encode("utf-8", "surrogatepass"))


def in_order(entities: Iterable[Entity]) -> list[Entity]:
    """The entities sorted as TDLib sorts them."""
    return sorted(entities, key=lambda entity: entity.order)


# -- how entities may nest ---------------------------------------------------------------------------------------------


def _nests(stack: Sequence[Entity], entity: Entity) -> bool:
    """Whether the entity may stand inside the open ones."""
    open_kinds = {one.kind for one in stack}
    parent = stack[-1]
    if entity.end > parent.end or entity.kind in open_kinds or parent.kind in PRE:
        return False
    if entity.kind in PRE and open_kinds - QUOTES:
        return False
    if (entity.kind in _CONTINUOUS or entity.kind in QUOTES) and open_kinds & _CONTINUOUS:
        return False
    return not open_kinds & set(SPLITTABLE)


def _are_valid(entities: Sequence[Entity]) -> bool:
    """Whether sorted entities need no repair."""
    stack: list[Entity] = []
    ends: dict[str, int] = {}
    for entity in entities:
        while stack and entity.offset >= stack[-1].end:
            stack.pop()
        if stack and not _nests(stack, entity):
            return False
        if entity.type in SPLITTABLE:
            if ends.get(entity.type, -1) >= entity.offset:
                return False
            ends[entity.type] = entity.end
        stack.append(entity)
    return True


def without_overlaps(entities: Iterable[Entity]) -> list[Entity]:
    """Of sorted entities, those that begin after every kept one has ended."""
    kept: list[Entity] = []
    for entity in entities:
        if not kept or entity.offset >= kept[-1].end:
            kept.append(entity)
    return kept


def _without_quote_crossings(entities: Iterable[Entity], quotes: Sequence[Entity]) -> list[Entity]:
    """The entities that lie wholly inside or wholly outside every quotation."""

    def crosses(entity: Entity) -> bool:
        quote = next((one for one in quotes if one.end > entity.offset), None)
        if quote is None:
            return False
        return quote.end < entity.end or entity.offset < quote.offset < entity.end

    return [entity for entity in entities if not crosses(entity)]


class _Splitter:
    """Cuts splittable entities at the borders of the other ones and merges those of one kind that touch."""

    def __init__(self, entities: Iterable[Entity]) -> None:
        self._left = deque(entities)
        self._open: dict[str, tuple[int, int]] = {}
        self.result: list[Entity] = []

    def _flush(self, offset: int) -> None:
        for kind in SPLITTABLE:
            begin, end = self._open.get(kind, (offset, offset))
            if begin >= offset:
                continue
            stop = min(end, offset)
            self.result.append(Entity(type=kind, offset=begin, length=stop - begin))
            if end <= offset:
                del self._open[kind]
            else:
                self._open[kind] = (offset, end)

    def advance(self, offset: int) -> None:
        """Take everything that begins before the offset, then cut there."""
        while self._left and self._left[0].offset < offset:
            entity = self._left.popleft()
            span = self._open.get(entity.type)
            if span is not None and entity.offset <= span[1]:
                self._open[entity.type] = (span[0], max(span[1], entity.end))
            else:
                self._flush(entity.offset)
                self._open[entity.type] = (entity.offset, entity.end)
        self._flush(offset)


def split(entities: Iterable[Entity], others: Iterable[Entity]) -> list[Entity]:
    """The splittable entities cut at the borders of the sorted others; what lies inside code is dropped."""
    splitter = _Splitter(entities)
    stack: list[Entity] = []

    def close_until(offset: int) -> None:
        while stack and offset >= stack[-1].end:
            done = stack.pop()
            size = len(splitter.result)
            splitter.advance(done.end)
            if done.kind in PRE:
                del splitter.result[size:]
        splitter.advance(offset)

    for other in others:
        close_until(other.offset)
        stack.append(other)
    close_until(1 << 31)
    return in_order(splitter.result)


def _sorted_out(entities: Iterable[Entity]) -> tuple[list[Entity], list[Entity], list[Entity]]:
    """The entities as (continuous, quotations, splittable)."""
    parts: tuple[list[Entity], list[Entity], list[Entity]] = ([], [], [])
    for entity in entities:
        index = 2 if entity.type in SPLITTABLE else 1 if entity.type in QUOTES else 0
        parts[index].append(entity)
    return parts


def _recombined(fixed: list[Entity], splittable: list[Entity]) -> list[Entity]:
    return in_order([*fixed, *split(splittable, fixed)]) if splittable else fixed


def fix_entities(entities: Iterable[Entity]) -> list[Entity]:
    """The entities sorted, split and merged so that they nest as the platform allows."""
    ordered = in_order(entities)
    if _are_valid(ordered):
        return ordered
    continuous, quotes, splittable = _sorted_out(ordered)
    continuous = without_overlaps(continuous)
    if quotes:
        quotes = without_overlaps(quotes)
        continuous = in_order([*_without_quote_crossings(continuous, quotes), *quotes])
    return _recombined(continuous, splittable)


def merge_found(entities: Sequence[Entity], found: Sequence[Entity]) -> list[Entity]:
    """Stated entities with those found in the text; where both claim a place, the stated ones win."""
    if not found:
        return list(entities)
    continuous, quotes, splittable = _sorted_out(entities)
    fresh = _without_quote_crossings(found, quotes)
    merged = [one for one in fresh if not any(old.offset < one.end and one.offset < old.end for old in continuous)]
    return _recombined(in_order([*merged, *continuous, *quotes]), splittable)


def as_json(entity: Entity, users: dict[int, dict[str, Any]]) -> dict[str, Any]:
    """The entity as the Bot API shows it."""
    shown: dict[str, Any] = {"offset": entity.offset, "length": entity.length, "type": entity.type}
    for name in ("url", "language", "custom_emoji_id"):
        if value := getattr(entity, name):
            shown[name] = value
    if entity.type == "text_mention":
        unknown = {"id": entity.user_id, "is_bot": False, "first_name": ""}
        shown["user"] = users.get(entity.user_id, unknown)
    if entity.type == "date_time":
        shown["unix_time"] = entity.unix_time
        shown["date_time_format"] = date_format(entity.date_flags)
    return shown


def date_format(flags: int) -> str:
    """The format letters of a date entity: relative alone, else weekday, day, time."""
    letters = ((1, "r"), (32, "w"), (8, "d"), (16, "D"), (2, "t"), (4, "T"))
    return "".join(letter for bit, letter in letters if flags & bit)


_DATE_FLAGS = {"t": 2, "T": 4, "d": 8, "D": 16, "w": 32, "W": 32}


def date_flags(text: str) -> int:
    """The bits of a date format; EntityError when it mixes relative time with anything or names an unknown letter."""
    if text in {"r", "R"}:
        return 1
    flags = 0
    for letter in text:
        if letter not in _DATE_FLAGS:
            raise EntityError("Invalid date format used")
        flags |= _DATE_FLAGS[letter]
    return flags
