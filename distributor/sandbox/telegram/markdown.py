"""Reads ``parse_mode=Markdown`` and ``MarkdownV2`` as TDLib does, error texts and UTF-8 byte offsets included.

Must not clean or trim the text; that is ``telegram_entities.clean``.
"""

from __future__ import annotations

from dataclasses import dataclass

from distributor.sandbox.telegram.entities import Entity, EntityError, byte_offset, in_order
from distributor.sandbox.telegram.links import checked_link, link_emoji_or_time, link_user

_SPACES = " \t\r\n\x00\x0b"
_RESERVED = frozenset("_*[]()~`>#+-=|{}.!\n")
#: how the error texts name the kinds
_NAMES = {
    "bold": "Bold",
    "italic": "Italic",
    "underline": "Underline",
    "strikethrough": "Strikethrough",
    "spoiler": "Spoiler",
    "code": "Code",
    "pre": "Pre",
    "pre_code": "PreCode",
    "text_link": "TextUrl",
    "custom_emoji": "CustomEmoji",
    "blockquote": "BlockQuote",
}
#: characters that end an entity of each kind
_CLOSERS = {
    "bold": "*",
    "italic": "_",
    "underline": "__",
    "strikethrough": "~",
    "spoiler": "||",
    "code": "`",
    "pre": "```",
    "pre_code": "```",
    "text_link": "]",
    "custom_emoji": "]",
}
_SINGLE = {"*": "bold", "~": "strikethrough", "[": "text_link"}


class _Reader:
    """The text with a NUL after its end, and the result with its UTF-16 length."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.index = 0
        self.out: list[str] = []
        self.offset = 0
        self.entities: list[Entity] = []

    def at(self, ahead: int = 0) -> str:
        """The character so far ahead."""
        place = self.index + ahead
        return self.text[place] if place < len(self.text) else "\x00"

    def take(self) -> None:
        """Copy one character to the result."""
        char = self.at()
        self.out.append(char)
        self.offset += 1 + (ord(char) > 0xFFFF)
        self.index += 1

    def fence(self) -> str:
        """The language behind three grave accents, which stand at the index; one line break after it is skipped."""
        self.index += 3
        end = self.index
        while end < len(self.text) and self.text[end] not in _SPACES and self.text[end] != "`":
            end += 1
        language = ""
        if end not in {self.index, len(self.text)} and self.text[end] != "`":
            language = self.text[self.index : end]
            self.index = end
        if self.at() in "\n\r":
            self.index += 2 if self.at(1) in "\n\r" and self.at(1) != self.at() else 1
        return language

    def add(self, kind: str, offset: int, url: str = "", language: str = "") -> None:
        """An entity from the offset to the end of the result; a link that is not taken marks nothing."""
        length = self.offset - offset
        if kind != "text_link":
            self.entities.append(Entity(type=kind, offset=offset, length=length, language=language))
        elif user := link_user(url):
            self.entities.append(Entity(type="text_mention", offset=offset, length=length, user_id=user))
        elif url := checked_link(url):
            self.entities.append(Entity(type="text_link", offset=offset, length=length, url=url))


# -- the legacy dialect ------------------------------------------------------------------------------------------------


def _legacy_entity(reader: _Reader) -> None:
    """One entity of the legacy dialect, whose mark stands at the index. Raises EntityError."""
    begin, mark = reader.index, reader.at()
    is_fence = reader.text.startswith("```", begin)
    language = ""
    if is_fence:
        language = reader.fence()
    else:
        reader.index += 1
    offset = reader.offset
    closer = "```" if is_fence else "]" if mark == "[" else mark
    while reader.index < len(reader.text) and not reader.text.startswith(closer, reader.index):
        reader.take()
    if reader.index >= len(reader.text):
        at = byte_offset(reader.text, begin)
        raise EntityError(f"Can't find end of the entity starting at byte offset {at}")
    url = reader.text[begin + 1 : reader.index]
    reader.index += len(closer)
    if reader.offset == offset:
        return
    if mark == "[" and reader.at() == "(":
        end = reader.text.find(")", reader.index)
        end = len(reader.text) if end < 0 else end
        url = reader.text[reader.index + 1 : end]
        reader.index = end + 1
    kind = "pre" if is_fence else {"_": "italic", "*": "bold", "[": "text_link", "`": "code"}[mark]
    reader.add(kind, offset, url, language)


def parse_markdown(text: str) -> tuple[str, list[Entity]]:
    """The text without the marks of the legacy dialect, and its entities. Raises EntityError."""
    reader = _Reader(text)
    while reader.index < len(text):
        if reader.at() == "\\" and reader.at(1) in "_*`[":
            reader.index += 1
            reader.take()
        elif reader.at() in "_*`[":
            _legacy_entity(reader)
        else:
            reader.take()
    return "".join(reader.out), reader.entities


# -- version 2 ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Open:
    """An entity whose end has not come yet."""

    kind: str
    #: index of its mark
    begin: int
    #: UTF-16 offset of its content
    offset: int
    #: index of its content in the result
    start: int
    language: str = ""


class _Version2:
    """One pass over a MarkdownV2 text."""

    def __init__(self, text: str) -> None:
        self._reader = _Reader(text)
        self._open: list[_Open] = []
        self._in_quote = False
        self._may_quote = True

    def run(self) -> tuple[str, list[Entity]]:
        """The text without marks and its entities. Raises EntityError."""
        reader = self._reader
        while reader.index < len(reader.text):
            char = reader.at()
            if char == "\\" and "\x00" < reader.at(1) <= "~":
                reader.index += 1
                self._may_quote = self._may_quote if reader.at() == "\r" else reader.at() == "\n"
                reader.take()
            elif not self._is_reserved(char):
                self._may_quote = self._may_quote and char == "\r"
                reader.take()
            elif self._is_end(char):
                self._close(char)
            else:
                self._begin(char)
        self._end_of_text()
        return "".join(reader.out), in_order(reader.entities)

    def _is_reserved(self, char: str) -> bool:
        if self._open and self._open[-1].kind in {"code", "pre", "pre_code"}:
            return char == "`"
        return char in _RESERVED

    def _is_end(self, char: str) -> bool:
        if not self._open:
            return False
        if self._in_quote and char == "\n" and self._reader.at(1) != ">":
            return True
        kind = self._open[-1].kind
        if kind == "italic":
            return char == "_" and self._reader.at(1) != "_"
        closer = _CLOSERS.get(kind)
        return closer is not None and self._reader.text.startswith(closer, self._reader.index)

    # -- begin

    def _begin(self, char: str) -> None:
        begin = self._reader.index
        if char == "\n":
            self._reader.take()
            self._may_quote = True
            return
        kind, language = self._kind(char)
        if kind:
            opened = _Open(
                kind=kind, begin=begin, offset=self._reader.offset, start=len(self._reader.out), language=language
            )
            self._open.append(opened)

    def _kind(self, char: str) -> tuple[str, str]:
        """The kind that the mark at the index begins, with its language; the index moves behind the mark."""
        reader = self._reader
        if char == "`":
            return self._code()
        if char == ">" and self._may_quote:
            reader.index += 1
            kind = "" if self._in_quote else "blockquote"
            self._in_quote = True
            return kind, ""
        double = {"__": "underline", "||": "spoiler", "![": "custom_emoji"}.get(char + reader.at(1))
        if double:
            reader.index += 2
            return double, ""
        kind = "italic" if char == "_" else _SINGLE.get(char, "")
        if not kind:
            raise EntityError(f"Character '{char}' is reserved and must be escaped with the preceding '\\'")
        reader.index += 1
        return kind, ""

    def _code(self) -> tuple[str, str]:
        if self._reader.text.startswith("```", self._reader.index):
            language = self._reader.fence()
            return ("pre_code" if language else "pre"), language
        self._reader.index += 1
        return "code", ""

    # -- end

    def _unclosed(self) -> EntityError:
        opened = self._open[-1]
        at = byte_offset(self._reader.text, opened.begin)
        return EntityError(f"Can't find end of {_NAMES[opened.kind]} entity at byte offset {at}")

    def _close(self, char: str) -> None:
        reader = self._reader
        if char == "\n":
            self._close_quote()
            return
        opened = self._open.pop()
        reader.index += len(_CLOSERS[opened.kind])
        is_empty = reader.offset == opened.offset
        if opened.kind == "text_link":
            url = "".join(reader.out[opened.start :])
            if reader.at() == "(":
                url = self._url("a URL")
            if not is_empty:
                reader.add("text_link", opened.offset, url)
        elif opened.kind == "custom_emoji":
            self._close_emoji(opened, is_empty=is_empty)
        elif not is_empty:
            kind = "pre" if opened.kind == "pre_code" else opened.kind
            reader.add(kind, opened.offset, language=opened.language)

    def _url(self, words: str) -> str:
        """What stands in the round brackets at the index. Raises EntityError."""
        reader = self._reader
        reader.index += 1
        begin = reader.index
        url: list[str] = []
        while reader.index < len(reader.text) and reader.at() != ")":
            if reader.at() == "\\" and "\x00" < reader.at(1) <= "~":
                reader.index += 1
            url.append(reader.at())
            reader.index += 1
        if reader.at() != ")":
            raise EntityError(f"Can't find end of {words} at byte offset {byte_offset(reader.text, begin)}")
        reader.index += 1
        return "".join(url)

    def _close_emoji(self, opened: _Open, *, is_empty: bool) -> None:
        reader = self._reader
        if reader.at() != "(":
            raise EntityError("The entity must contain a tg://emoji or tg://time URL")
        emoji, instant, flags = link_emoji_or_time(self._url("a URL"))
        if is_empty:
            return
        length = reader.offset - opened.offset
        kind = "custom_emoji" if emoji else "date_time"
        reader.entities.append(
            Entity(
                type=kind,
                offset=opened.offset,
                length=length,
                custom_emoji_id=emoji,
                unix_time=instant,
                date_flags=flags,
            )
        )

    def _close_quote(self) -> None:
        """A line break that no further quoted line follows ends the quotation; ``||`` before it makes it expandable."""
        reader = self._reader
        kind = "blockquote"
        if self._open[-1].kind == "spoiler":
            size = reader.index - self._open[-1].begin
            if size != 2 and not (size == 3 and reader.out and reader.out[-1] == "\r"):
                raise self._unclosed()
            self._open.pop()
            kind = "expandable_blockquote"
        if self._open[-1].kind != "blockquote":
            raise self._unclosed()
        opened = self._open.pop()
        self._in_quote = False
        self._may_quote = True
        reader.take()
        reader.add(kind, opened.offset)

    def _end_of_text(self) -> None:
        reader = self._reader
        if self._in_quote:
            kind = "blockquote"
            last = self._open[-1]
            if last.kind == "spoiler" and last.begin == len(reader.text) - 2:
                self._open.pop()
                kind = "expandable_blockquote"
            if self._open[-1].kind == "blockquote":
                opened = self._open.pop()
                if reader.offset != opened.offset:
                    reader.add(kind, opened.offset)
        if self._open:
            raise self._unclosed()


def parse_markdown_v2(text: str) -> tuple[str, list[Entity]]:
    """The text without marks and escapes, and its entities. Raises EntityError with the platform's words."""
    return _Version2(text).run()
