"""Cleans a text as Telegram's library does and repairs the entities stated for it, with the library's error texts.

Follows TDLib's ``fix_formatted_text``. Must not look for entities in the text; that is ``telegram_detect``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import replace

from distributor.sandbox.telegram.entities import Entity, EntityError, byte_offset, fix_entities, in_order, utf16_length

_LARGEST = 1_000_000
#: bytes of text that TDLib keeps
_LENGTH_LIMIT = 35_000
_EMPTY_LOOKING = frozenset(
    " \n\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180e\u2800\u3000\u3164\ufeff\uffa0\ufffc"
    + "".join(map(chr, range(0x2000, 0x2010)))
    + "\u202e\u202f\u205f\u2060\u2061\u2062\u2063\u2064"
)


def _is_dropped(char: str) -> bool:
    """Whether the platform removes the character: carriage return, line and direction separators, overlines."""
    return char == "\r" or "\u2028" <= char <= "\u202e" or char in "\u0333\u033f\u030a"


def _without_offending(text: str) -> str:
    """Runs of direction marks become joiners, except the last mark (a known way to break the layout of a chat)."""
    chars = list(text)
    for index in range(len(chars) - 1):
        if chars[index] in "\u200e\u200f" and chars[index + 1] in "\u200e\u200f":
            chars[index] = "\u200c"
    return "".join(chars)


class _Cleaner:
    """Removes what the platform removes and moves the entities along; they must be sorted and properly nested."""

    def __init__(self, text: str, entities: Sequence[Entity]) -> None:
        self._text = text
        self._waiting = deque(enumerate(entities))
        self._stack: list[tuple[int, Entity, int]] = []
        self._fixed = list(entities)
        self._offset = 0
        self._skipped = 0

    def _close(self, index: int) -> None:
        while self._stack and self._offset >= self._stack[-1][1].end:
            place, entity, skipped = self._stack.pop()
            if self._offset != entity.end:
                at = byte_offset(self._text, index)
                message = f"Entity beginning at UTF-16 offset {entity.offset} ends in a middle of a UTF-16 symbol"
                raise EntityError(f"{message} at byte offset {at}")
            length = entity.length - (self._skipped - skipped)
            self._fixed[place] = replace(entity, offset=entity.offset - skipped, length=length)

    def _open(self, index: int) -> None:
        while self._waiting and self._offset >= self._waiting[0][1].offset:
            place, entity = self._waiting.popleft()
            if self._offset != entity.offset:
                at = byte_offset(self._text, index)
                raise EntityError(f"Entity begins in a middle of a UTF-16 symbol at byte offset {at}")
            self._stack.append((place, entity, self._skipped))

    def _refuse_overrun(self) -> None:
        if self._waiting:
            offset = self._waiting[0][1].offset
            raise EntityError(f"Entity begins after the end of the text at UTF-16 offset {offset}")
        if self._stack:
            entity = self._stack[-1][1]
            message = f"Entity beginning at UTF-16 offset {entity.offset} ends after the end of the text"
            raise EntityError(f"{message} at UTF-16 offset {entity.end}")

    def run(self) -> tuple[str, list[Entity]]:
        """The cleaned text and the entities with their new places. Raises EntityError."""
        kept: list[str] = []
        for index, char in enumerate(self._text):
            self._close(index)
            self._open(index)
            self._offset += 1 + (ord(char) > 0xFFFF)
            if _is_dropped(char):
                self._skipped += 1
            else:
                kept.append(" " if char <= " " and char != "\n" else char)
        self._close(len(self._text))
        self._open(len(self._text))
        self._refuse_overrun()
        return _without_offending("".join(kept)), self._fixed


def _is_hollow(entity: Entity) -> bool:
    empty_link = entity.type == "text_link" and not entity.url
    empty_mention = entity.type == "text_mention" and entity.user_id <= 0
    return (
        entity.length <= 0
        or empty_link
        or empty_mention
        or (entity.type == "custom_emoji" and not entity.custom_emoji_id)
    )


def _checked(entities: Iterable[Entity]) -> list[Entity]:
    """The entities without the empty ones. Raises EntityError for impossible numbers."""
    kept = []
    for entity in entities:
        if not 0 <= entity.offset <= _LARGEST:
            raise EntityError(f"Receive an entity with incorrect offset {entity.offset}")
        if not 0 <= entity.length <= _LARGEST:
            raise EntityError(f"Receive an entity with incorrect length {entity.length}")
        if not _is_hollow(entity):
            kept.append(entity)
    return kept


def _trim_right(text: str, entities: Iterable[Entity]) -> tuple[str, list[Entity]]:
    trimmed = text.rstrip(" \n")
    size = utf16_length(trimmed)
    cut = [replace(one, length=min(one.length, size - one.offset)) for one in entities if one.offset < size]
    return trimmed, in_order(cut)


def _trim_left(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Leading white space goes, but never the part an entity covers."""
    most = entities[0].offset if entities else len(text)
    count = 0
    while count < min(most, len(text)) and text[count] in " \n":
        count += 1
    return text[count:], [replace(one, offset=one.offset - count) for one in entities]


def _limited(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    raw = text.encode("utf-8")
    if len(raw) <= _LENGTH_LIMIT:
        return text, entities
    kept = raw[:_LENGTH_LIMIT].decode("utf-8", "ignore")
    size = utf16_length(kept)
    return kept, [entity for entity in entities if entity.end <= size]


def looks_empty(text: str) -> bool:
    """Whether nothing of the text can be seen."""
    return all(char in _EMPTY_LOOKING for char in text)


def clean(text: str, entities: Iterable[Entity], *, allow_empty: bool, trim: bool) -> tuple[str, list[Entity]]:
    """A text and its stated entities as the platform takes them. Raises EntityError with the platform's words."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise EntityError("Strings must be encoded in UTF-8") from error
    text, fixed = _Cleaner(text, fix_entities(_checked(entities))).run()
    fixed = [entity for entity in fixed if not _is_hollow(entity)]
    if looks_empty(text):
        if allow_empty:
            return "", []
        raise EntityError("Text must be non-empty")
    fixed = fix_entities(fixed)
    if trim:
        text, fixed = _trim_left(*_trim_right(text, fixed))
    return _limited(text, fixed)
