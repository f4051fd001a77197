"""Telegram's HTML mode read as Telegram reads it. Must not tidy: no trimming, no merging, nothing is left out.

Source: the Bot API, "HTML style", held to the cases of TDLib's ``parse_html``. Errors are in words of our own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from distributor.text.measure import utf16_length

_SPACE = " \t\r\n\0\v"
_KINDS = {
    **dict.fromkeys(("b", "strong"), "bold"),
    **dict.fromkeys(("i", "em"), "italic"),
    **dict.fromkeys(("u", "ins"), "underline"),
    **dict.fromkeys(("s", "strike", "del"), "strikethrough"),
    **dict.fromkeys(("tg-spoiler", "span"), "spoiler"),
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "a": "text_link",
    "tg-emoji": "custom_emoji",
    "tg-time": "date_time",
}
#: the attribute that says what a tag is about
_ABOUT = {"a": "href", "tg-emoji": "emoji-id", "tg-time": "unix", "code": "class", "span": "class"}
#: outer entities first; only decides between entities of the same place
ORDER = (
    *("expandable_blockquote", "blockquote", "pre", "code", "text_link", "text_mention", "bold", "italic", "underline"),
    *("strikethrough", "spoiler", "custom_emoji", "date_time"),
)
#: the references that HTML mode knows
NAMES: Mapping[str, str] = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE = re.compile(r"&(?:#(?:x(?P<hex>[0-9A-Fa-f]+)|(?P<decimal>[0-9]+))|(?P<name>[A-Za-z][A-Za-z0-9]*));?")
#: longest number of a reference, its ``&#`` included
_LONGEST_REFERENCE = 9
_NAME = re.compile(rf"[^{_SPACE}=>/\"']+")
_TOKEN = re.compile(r"[A-Za-z0-9.\-]*")
_ID = re.compile(r"-?[1-9][0-9]{0,18}")
_DATE_FLAGS = {"t": 2, "T": 4, "d": 8, "D": 16, "w": 32, "W": 32}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One entity; ``start`` and ``end`` count code points of the text."""

    type: str
    start: int
    end: int
    #: as it was written: address, language, number of an emoji, an instant
    about: str = ""
    #: only for ``date_time``
    flags: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Open:
    """A tag that still waits for its end."""

    tag: str
    start: int
    about: str
    format: str


def read_html(markup: str, names: Mapping[str, str] = NAMES) -> tuple[str, list[Found]]:
    """The text without its tags, and its entities, outer ones first.

    ``names`` are the references that are known; one that ends with a semicolon counts only with it.

    Raises ValueError, with a reason for people, for what Telegram would refuse.
    """
    reader = _Reader(markup, names)
    found = reader.read()
    return reader.text, sorted(found, key=lambda one: (one.start, -one.end, ORDER.index(one.type)))


class _Reader:
    """One pass over the markup."""

    def __init__(self, markup: str, names: Mapping[str, str]) -> None:
        self._markup = markup
        self._names = names
        self._at = 0
        self._parts: list[str] = []
        self._length = 0
        self._opened: list[_Open] = []
        self._found: list[Found] = []

    @property
    def text(self) -> str:
        """What was read so far."""
        return "".join(self._parts)

    def read(self) -> list[Found]:
        """Everything. Raises ValueError."""
        while self._at < len(self._markup):
            if self._markup.startswith("</", self._at):
                self._close()
            elif self._markup[self._at] == "<":
                self._open()
            else:
                end = self._markup.find("<", self._at)
                end = len(self._markup) if end < 0 else end
                self._say(self._decoded(self._markup[self._at : end]))
                self._at = end
        if self._opened:
            raise ValueError(f"the tag <{self._opened[-1].tag}> is never closed")
        return self._found

    def _say(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)

    def _decoded(self, text: str) -> str:
        """References decoded once; an unknown one is text."""
        return _REFERENCE.sub(self._character, text) if "&" in text else text

    def _character(self, match: re.Match[str]) -> str:
        if name := match["name"]:
            whole = match[0].endswith(";") and self._names.get(f"{name};")
            return whole or self._names.get(name, match[0])
        code = int(match["hex"], 16) if match["hex"] else int(match["decimal"])
        if len(match[0].rstrip(";")) > _LONGEST_REFERENCE or not 0 < code < 0x10FFFF:
            return match[0]
        if 0xD800 <= code < 0xE000:
            raise ValueError(f"{match[0]} is half a character; write the whole one")
        return chr(code)

    # -- start tags

    def _open(self) -> None:
        begin = self._at
        end = self._end_of_name(begin + 1)
        name = self._markup[begin + 1 : end].lower()
        if end == len(self._markup) or not name:
            raise ValueError(f'stray "<" at character {begin + 1}; in text it must be written &lt;')
        if name not in _KINDS:
            raise ValueError(f'unsupported tag "<{name}>" at character {begin + 1}')
        self._at = end
        attributes: dict[str, str] = {}
        while not self._is_closed(name, begin):
            key, value = self._attribute(name, begin)
            attributes[key] = value
        self._at += 1
        about = attributes.get(_ABOUT.get(name, ""), "")
        if name == "span" and about != "tg-spoiler":
            raise ValueError(f'a span must have the class "tg-spoiler" (character {begin + 1})')
        if name == "blockquote":
            about = "expandable" * ("expandable" in attributes)
        if name == "code":
            about = about.removeprefix("language-") if about.startswith("language-") else ""
        self._opened.append(_Open(tag=name, start=self._length, about=about, format=attributes.get("format", "")))

    def _end_of_name(self, start: int) -> int:
        end = start
        while end < len(self._markup) and self._markup[end] not in f"{_SPACE}>":
            end += 1
        return end

    def _skip(self) -> str:
        """The next character that is no space; empty at the end."""
        while self._at < len(self._markup) and self._markup[self._at] in _SPACE:
            self._at += 1
        return self._markup[self._at : self._at + 1]

    def _is_closed(self, tag: str, begin: int) -> bool:
        following = self._skip()
        if not following:
            raise ValueError(f"the tag <{tag}> at character {begin + 1} does not end")
        return following == ">"

    def _attribute(self, tag: str, begin: int) -> tuple[str, str]:
        name = _NAME.match(self._markup, self._at)
        if name is None:
            raise ValueError(f"the tag <{tag}> at character {begin + 1} has an attribute without a name")
        self._at = name.end()
        if self._skip() != "=":
            return name[0], ""
        self._at += 1
        quote = self._skip()
        if quote not in {'"', "'"}:
            return name[0], self._bare_value(tag)
        end = self._markup.find(quote, self._at + 1)
        if end < 0:
            raise ValueError(f"the tag <{tag}> at character {begin + 1} does not end")
        value = self._decoded(self._markup[self._at + 1 : end])
        self._at = end + 1
        return name[0], value

    def _bare_value(self, tag: str) -> str:
        value = _TOKEN.match(self._markup, self._at)
        assert value is not None  # the pattern may be empty
        self._at = value.end()
        if self._markup[self._at : self._at + 1] not in set(f"{_SPACE}>"):
            raise ValueError(f"a value in the tag <{tag}> needs quotation marks (character {value.start() + 1})")
        return value[0].lower()

    # -- end tags

    def _close(self) -> None:
        begin = self._at
        end = self._end_of_name(begin + 2)
        name = self._markup[begin + 2 : end].lower()
        if not self._opened:
            raise ValueError(f"unexpected end tag </{name}> at character {begin + 1}")
        self._at = end
        if self._skip() != ">":
            raise ValueError(f"the end tag </{name}> at character {begin + 1} does not end")
        self._at += 1
        last = self._opened.pop()
        if name not in {"", last.tag}:
            raise ValueError(f"found </{name}> at character {begin + 1} where </{last.tag}> is expected")
        if self._length > last.start:
            self._keep(last)

    def _keep(self, last: _Open) -> None:
        kind, about = _KINDS[last.tag], last.about
        if last.tag == "blockquote" and about:
            kind, about = "expandable_blockquote", ""
        elif last.tag == "span":
            about = ""
        elif last.tag == "a":
            about = about or self.text[last.start :]
            kind = "text_mention" if _user(about) else kind if address(about) else ""
        elif last.tag in {"pre", "code"}:
            self._keep_code(kind, last)
            return
        elif kind in {"custom_emoji", "date_time"}:
            _check_number(kind, about)
        flags = _date_flags(last.format) if kind == "date_time" else 0
        if kind:
            self._found.append(Found(type=kind, start=last.start, end=self._length, about=about, flags=flags))

    def _keep_code(self, kind: str, last: _Open) -> None:
        """``pre`` and ``code`` over the same text, one of which names a language, are one block of code."""
        inner = self._found[-1] if self._found else None
        if inner and {inner.type, kind} == {"pre", "code"} and (inner.start, inner.end) == (last.start, self._length):
            language = last.about or inner.about
            if language:
                self._found[-1] = Found(type="pre", start=inner.start, end=inner.end, about=language)
                return
        self._found.append(Found(type=kind, start=last.start, end=self._length, about=last.about))


def _check_number(kind: str, about: str) -> None:
    """Raises ValueError for an emoji or an instant that is no number."""
    is_number = _ID.fullmatch(about) is not None
    if kind == "custom_emoji" and not is_number:
        raise ValueError(f"a custom emoji needs its number as emoji-id, not {about!r}")
    if kind == "date_time" and (not is_number or about.startswith("-")):
        raise ValueError(f"a time needs its Unix time as unix, not {about!r}")


def _date_flags(wanted: str) -> int:
    """How an instant is shown. Raises ValueError."""
    if wanted == "r":
        return 1
    if set(wanted) - set(_DATE_FLAGS):
        raise ValueError(f"{wanted!r} is no format of a time; r alone, or some of t, T, d, D, w, W")
    flags = 0
    for letter in wanted:
        flags |= _DATE_FLAGS[letter]
    return flags


def _user(url: str) -> str:
    """The user that ``tg://user?id=N`` names; empty for another address."""
    match = re.fullmatch(r"tg:(?://)?user/?\?id=([1-9][0-9]{0,11})", url.strip(), re.IGNORECASE)
    return match[1] if match else ""


def address(url: str) -> str:
    """An address as Telegram keeps it, scheme and path added; empty for one that it does not take."""
    if re.match(r"(?:tg|ton|tonsite):", url, re.IGNORECASE):
        return url
    whole = url if "://" in url.partition("?")[0] else f"http://{url}"
    try:
        parts = urlsplit(whole)
        parts.port  # noqa: B018 - raises for one that is none
    except ValueError:
        return ""
    host = parts.netloc.lower()
    if parts.scheme not in {"http", "https"} or "." not in host.strip(".") or re.search(r"[\s<>\"]", host):
        return ""
    rest = whole[whole.index("://") + 3 + len(parts.netloc) :].rstrip(_SPACE)
    return f"{parts.scheme}://{host}{rest if rest.startswith('/') else f'/{rest}'}"


def entity_json(text: str, one: Found) -> dict[str, str | int]:
    """An entity as the Bot API gives it (MessageEntity), offsets in UTF-16 units."""
    offset, length = utf16_length(text[: one.start]), utf16_length(text[one.start : one.end])
    told: dict[str, str | int] = {"type": one.type, "offset": offset, "length": length}
    match one.type:
        case "text_link":
            told["url"] = address(one.about)
        case "text_mention":
            told["user_id"] = int(_user(one.about))
        case "pre" if one.about:
            told["language"] = one.about
        case "custom_emoji":
            told["custom_emoji_id"] = one.about
        case "date_time":
            told |= {"unix_time": int(one.about), "date_flags": one.flags}
    return told
