"""Reads ``parse_mode=HTML`` as TDLib does, error texts and UTF-8 byte offsets included.

Must not clean or trim the text; that is ``telegram_entities.clean``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from distributor.sandbox.telegram.entities import (
    Entity,
    EntityError,
    byte_offset,
    date_flags,
    in_order,
    utf16_length,
)
from distributor.sandbox.telegram.links import checked_link, link_user

_SPACES = " \t\r\n\x00\x0b"
_PLAIN = {
    **dict.fromkeys(("i", "em"), "italic"),
    **dict.fromkeys(("b", "strong"), "bold"),
    **dict.fromkeys(("s", "strike", "del"), "strikethrough"),
    **dict.fromkeys(("u", "ins"), "underline"),
    **dict.fromkeys(("tg-spoiler", "span"), "spoiler"),
}
_TAGS = frozenset({*_PLAIN, "a", "tg-emoji", "tg-time", "pre", "code", "blockquote"})
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE = re.compile(r"&(?:#(?:x(?P<hex>[0-9A-Fa-f]+)|(?P<dec>[0-9]+))|(?P<name>[A-Za-z]+))")
_VALUE_ATTRIBUTES = {("a", "href"), ("tg-emoji", "emoji-id"), ("tg-time", "unix")}


def _lower(text: str) -> str:
    return "".join(char.lower() if char.isascii() else char for char in text)


@dataclass(slots=True, kw_only=True)
class _Tag:
    """An open start tag."""

    name: str
    #: UTF-16 offset of its content
    offset: int
    #: index of its content in the result
    start: int
    argument: str = ""
    format: str = ""


class _Parser:
    """One pass over the text; ``_at`` gives NUL after the end, as a C string does."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._index = 0
        self._out: list[str] = []
        self._offset = 0
        self._open: list[_Tag] = []
        self._entities: list[Entity] = []

    def _at(self, index: int | None = None) -> str:
        place = self._index if index is None else index
        return self._text[place] if place < len(self._text) else "\x00"

    def _is_space(self) -> bool:
        return self._at() in _SPACES

    def _skip_spaces(self) -> None:
        while self._at() != "\x00" and self._is_space():
            self._index += 1

    def _fail(self, words: str, index: int) -> EntityError:
        return EntityError(f"{words} at byte offset {byte_offset(self._text, index)}")

    def _emit(self, char: str) -> None:
        self._out.append(char)
        self._offset += 1 + (ord(char) > 0xFFFF)

    def _reference(self) -> str:
        """The character of the reference at the index, which moves behind it; empty when it is none."""
        match = _REFERENCE.match(self._text, self._index)
        if match is None:
            return ""
        if match["name"]:
            char = _NAMED.get(match["name"], "")
        else:
            code = int(match["hex"], 16) if match["hex"] else int(match["dec"])
            # the reference may not be longer than nine characters
            char = chr(code) if 0 < code < 0x10FFFF and len(match[0]) < 10 else ""
        if char:
            self._index = match.end() + (self._at(match.end()) == ";")
        return char

    def run(self) -> tuple[str, list[Entity]]:
        """The text without markup and its entities. Raises EntityError."""
        while self._index < len(self._text):
            char = self._at()
            if char == "&" and (decoded := self._reference()):
                self._emit(decoded)
            elif char != "<":
                self._emit(char)
                self._index += 1
            elif self._at(self._index + 1) == "/":
                self._end_tag()
            else:
                self._start_tag()
        return self._finished()

    def _finished(self) -> tuple[str, list[Entity]]:
        if self._open:
            raise EntityError(f'Can\'t find end tag corresponding to start tag "{self._open[-1].name}"')
        text = "".join(self._out)
        if re.search("[\ud800-\udfff]", text):
            words = "Text contains invalid Unicode characters after decoding HTML entities, "
            raise EntityError(words + "check for unmatched surrogate code units")
        plain = [
            Entity(type="code", offset=e.offset, length=e.length) if e.type == "code" else e for e in self._entities
        ]
        return text, in_order(plain)

    # -- start tags

    def _start_tag(self) -> None:
        begin = self._index
        self._index += 1
        while not self._is_space() and self._at() != ">":
            self._index += 1
        if self._at() == "\x00":
            raise self._fail("Unclosed start tag", begin)
        name = _lower(self._text[begin + 1 : self._index])
        if name not in _TAGS:
            raise self._fail(f'Unsupported start tag "{name}"', begin)
        tag = _Tag(name=name, offset=self._offset, start=len(self._out))
        while self._at() != ">":
            self._attribute(tag, begin)
        self._index += 1
        if name == "span" and tag.argument != "spoiler":
            raise self._fail('Tag "span" must have class "tg-spoiler"', begin)
        self._open.append(tag)

    def _attribute(self, tag: _Tag, begin: int) -> None:
        self._skip_spaces()
        if self._at() == ">":
            return
        name = self._attribute_name(tag, begin)
        self._skip_spaces()
        if self._at() == "=":
            self._index += 1
            self._skip_spaces()
            self._refuse_end(f'Unclosed start tag "{tag.name}"', begin)
            value = self._attribute_value()
            self._refuse_end("Unclosed start tag", begin)
            self._keep(tag, name, value)
            return
        self._refuse_end(f'Unclosed start tag "{tag.name}"', begin)
        if tag.name == "blockquote" and name == "expandable":
            tag.argument = "1"

    def _refuse_end(self, words: str, begin: int) -> None:
        if self._at() == "\x00":
            raise self._fail(words, begin)

    def _attribute_name(self, tag: _Tag, begin: int) -> str:
        start = self._index
        while not self._is_space() and self._at() not in "=>/\"'":
            self._index += 1
        if start == self._index:
            raise self._fail(f'Empty attribute name in the tag "{tag.name}"', begin)
        return self._text[start : self._index]

    def _attribute_value(self) -> str:
        quote = self._at()
        if quote not in "\"'":
            return self._name_token()
        self._index += 1
        value: list[str] = []
        while self._at() not in {quote, "\x00"}:
            if self._at() == "&" and (decoded := self._reference()):
                value.append(decoded)
                continue
            value.append(self._at())
            self._index += 1
        if self._at() == quote:
            self._index += 1
        return "".join(value)

    def _name_token(self) -> str:
        start = self._index
        while re.match(r"[A-Za-z0-9.-]", self._at()):
            self._index += 1
        if not self._is_space() and self._at() != ">":
            raise self._fail("Unexpected end of name token", start)
        return _lower(self._text[start : self._index])

    def _keep(self, tag: _Tag, name: str, value: str) -> None:
        if (tag.name, name) in _VALUE_ATTRIBUTES:
            tag.argument = value
        elif (tag.name, name) == ("code", "class") and value.startswith("language-"):
            tag.argument = value[9:]
        elif (tag.name, name) == ("span", "class") and value.startswith("tg-"):
            tag.argument = value[3:]
        elif (tag.name, name) == ("tg-time", "format"):
            tag.format = value
        elif (tag.name, name) == ("blockquote", "expandable"):
            tag.argument = "1"

    # -- end tags

    def _end_tag(self) -> None:
        begin = self._index
        if not self._open:
            raise self._fail("Unexpected end tag", begin)
        self._index += 1
        while not self._is_space() and self._at() != ">":
            self._index += 1
        found = _lower(self._text[begin + 2 : self._index])
        self._skip_spaces()
        if self._at() != ">":
            raise self._fail("Unclosed end tag", begin)
        self._index += 1
        tag = self._open.pop()
        if found not in {"", tag.name}:
            at = byte_offset(self._text, begin)
            raise EntityError(f'Unmatched end tag at byte offset {at}, expected "</{tag.name}>", found "</{found}>"')
        if self._offset > tag.offset:
            self._add(tag)

    def _add(self, tag: _Tag) -> None:
        length = self._offset - tag.offset
        if tag.name in _PLAIN:
            self._entities.append(Entity(type=_PLAIN[tag.name], offset=tag.offset, length=length))
        elif tag.name in {"pre", "code"}:
            self._add_code(tag, length)
        elif tag.name == "blockquote":
            kind = "expandable_blockquote" if tag.argument else "blockquote"
            self._entities.append(Entity(type=kind, offset=tag.offset, length=length))
        elif tag.name == "a":
            self._add_link(tag, length)
        else:
            self._entities.append(_special(tag, length))

    def _add_link(self, tag: _Tag, length: int) -> None:
        url = tag.argument or "".join(self._out[tag.start :])
        if user := link_user(url):
            self._entities.append(Entity(type="text_mention", offset=tag.offset, length=length, user_id=user))
        elif url := checked_link(url):
            self._entities.append(Entity(type="text_link", offset=tag.offset, length=length, url=url))

    def _add_code(self, tag: _Tag, length: int) -> None:
        """``pre`` and ``code`` over the same text, one of which names a language, are one block of code."""
        other = "code" if tag.name == "pre" else "pre"
        last = self._entities[-1] if self._entities else None
        same = last is not None and (last.type, last.offset, last.length) == (other, tag.offset, length)
        language = tag.argument or (last.language if last is not None and same else "")
        if same and language:
            self._entities[-1] = Entity(type="pre", offset=tag.offset, length=length, language=language)
        else:
            self._entities.append(Entity(type=tag.name, offset=tag.offset, length=length, language=tag.argument))


def _special(tag: _Tag, length: int) -> Entity:
    """A custom emoji or a date. Raises EntityError."""
    number = re.fullmatch(r"-?[1-9][0-9]{0,18}", tag.argument)
    if tag.name == "tg-emoji":
        if number is None:
            raise EntityError("Invalid custom emoji identifier specified")
        return Entity(type="custom_emoji", offset=tag.offset, length=length, custom_emoji_id=tag.argument)
    if number is None or int(number[0]) <= 0:
        raise EntityError("Invalid Unix time specified")
    flags = date_flags(tag.format)
    return Entity(type="date_time", offset=tag.offset, length=length, unix_time=int(number[0]), date_flags=flags)


def parse_html(text: str) -> tuple[str, list[Entity]]:
    """The text without its tags, and its entities. Raises EntityError with the platform's words."""
    result, entities = _Parser(text).run()
    assert all(entity.end <= utf16_length(result) for entity in entities)
    return result, entities
