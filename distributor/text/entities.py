"""Telegram's HTML subset to plain text and entities. Must not guess: a broken fragment is an error with a plain reason.

Sending text and entities instead of HTML means that Telegram has nothing to parse and so nothing to refuse. Tags and
their nesting follow the Bot API, "HTML style"; trimming follows TDLib's ``fix_formatted_text``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from html.entities import html5

from distributor.model import Entity
from distributor.text.measure import utf16_length

_TYPES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "a": "text_link",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
}
#: entities that may share no character with others, except that they may stand inside the enclosing ones
_ENCLOSING = frozenset({"blockquote", "expandable_blockquote"})
_LITERAL = frozenset({"code", "pre"})
#: outer entities first (TDLib, get_type_priority); only decides between entities of the same place
_ORDER = (
    "expandable_blockquote",
    "blockquote",
    "pre",
    "code",
    "text_link",
    "bold",
    "italic",
    "underline",
    "strikethrough",
    "spoiler",
)
_TOKEN = re.compile(
    r"<(?P<end>/)?(?P<name>[a-zA-Z][a-zA-Z0-9\-]*)?(?P<attributes>(?:\"[^\"]*\"|'[^']*'|[^<>\"'])*)>|<|[^<]+"
)
_ATTRIBUTE = re.compile(
    r"(?P<name>[a-zA-Z][\w\-]*)(?:\s*=\s*(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<bare>[^\s\"'>]+)))?"
)
_REFERENCE = re.compile(r"&(?:#(?P<decimal>[0-9]{1,7})|#[xX](?P<hex>[0-9a-fA-F]{1,6})|(?P<name>[a-zA-Z][a-zA-Z0-9]*));")
#: characters that Telegram cuts off at both ends of a message
_SPACE = " \t\n\r\v\f\u00a0\u2028\u2029\u3000\ufeff\u200b"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Open:
    """A tag that still waits for its end; ``start`` counts code points."""

    tag: str
    type: str
    start: int
    url: str = ""


def parse_html(markup: str) -> tuple[str, tuple[Entity, ...]]:
    """The plain text of a fragment in Telegram's HTML subset, and its entities with offsets in UTF-16 units.

    White space around the whole text goes, as Telegram cuts it, and entities shrink with it; nothing else is
    collapsed. Entities come outer first. Raises ValueError, with a reason for people, on an unknown, unclosed or
    crossed tag and on a stray ``<``.
    """
    text, found = _parse(markup)
    first = len(text) - len(text.lstrip(_SPACE))
    last = len(text.rstrip(_SPACE))
    shrunk = (replace(one, start=max(one.start, first), end=min(one.end, last)) for one in found)
    kept = _merged(_without_crossings(one for one in shrunk if one.start < one.end))
    ordered = sorted(kept, key=lambda one: (one.start, -one.end, _ORDER.index(one.type)))
    return text[first:last], tuple(_entity(text, one, first) for one in ordered)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """An entity in code points of the untrimmed text."""

    type: str
    start: int
    end: int
    url: str = ""


def _entity(text: str, found: _Found, first: int) -> Entity:
    offset = utf16_length(text[first : found.start])
    return Entity(type=found.type, offset=offset, length=utf16_length(text[found.start : found.end]), url=found.url)


def _parse(markup: str) -> tuple[str, list[_Found]]:
    parts: list[str] = []
    length = 0
    opened: list[_Open] = []
    found: list[_Found] = []
    for token in _TOKEN.finditer(markup):
        if token[0] == "<":
            raise ValueError(f'stray "<" at character {token.start() + 1}; in text it must be written &lt;')
        if not token[0].startswith("<"):
            parts.append(_decoded(token[0]))
            length += len(parts[-1])
        elif token["end"]:
            found.append(_close(opened, token, length))
        else:
            opened.append(_opened(token, length))
    if opened:
        raise ValueError(f"the tag <{opened[-1].tag}> is never closed")
    return "".join(parts), [one for one in found if one.type and one.start < one.end]


def _opened(token: re.Match[str], start: int) -> _Open:
    tag = (token["name"] or "").lower()
    attributes = {name.lower(): value for name, value in _attributes(token["attributes"])}
    if tag not in _TYPES:
        raise ValueError(f'unsupported tag "{token[0]}" at character {token.start() + 1}')
    if tag == "span" and attributes.get("class") != "tg-spoiler":
        raise ValueError(f'a span must have the class "tg-spoiler" (character {token.start() + 1})')
    if tag == "blockquote" and "expandable" in attributes:
        return _Open(tag=tag, type="expandable_blockquote", start=start)
    url = attributes.get("href", "").strip() if tag == "a" else ""
    #: a link that leads nowhere is only text, as it is for Telegram
    kind = _TYPES[tag] if tag != "a" or url else ""
    return _Open(tag=tag, type=kind, start=start, url=url)


def _attributes(source: str) -> Iterator[tuple[str, str]]:
    for match in _ATTRIBUTE.finditer(source):
        yield match["name"], _decoded(match["double"] or match["single"] or match["bare"] or "")


def _close(opened: list[_Open], token: re.Match[str], end: int) -> _Found:
    tag = (token["name"] or "").lower()
    if not opened:
        raise ValueError(f"unexpected end tag {token[0]} at character {token.start() + 1}")
    last = opened.pop()
    if tag not in {"", last.tag}:
        raise ValueError(f"found {token[0]} at character {token.start() + 1} where </{last.tag}> is expected")
    return _Found(type=last.type, start=last.start, end=end, url=last.url)


def _decoded(text: str) -> str:
    """References decoded once; an unknown one is text. Only those with their semicolon count, so no address breaks."""
    return _REFERENCE.sub(_character, text) if "&" in text else text


def _character(match: re.Match[str]) -> str:
    if match["name"]:
        return html5.get(f"{match['name']};", match[0])
    code = int(match["decimal"]) if match["decimal"] else int(match["hex"], 16)
    is_character = 0 < code < 0x110000 and not 0xD800 <= code < 0xE000
    return chr(code) if is_character else match[0]


def _without_crossings(found: Iterable[_Found]) -> list[_Found]:
    """``code`` and ``pre`` hold no other formatting, and stand in none but a quotation: the others part around them."""
    everything = list(found)
    literal = [one for one in everything if one.type in _LITERAL]
    outermost = [one for one in literal if not any(_holds(other, one) for other in literal if other is not one)]
    result = list(outermost)
    for one in everything:
        if one.type in _ENCLOSING:
            result.append(one)
        elif one.type not in _LITERAL:
            result.extend(_around(one, outermost))
    return result


def _holds(outer: _Found, inner: _Found) -> bool:
    """Whether one encloses the other; of two in the same place, ``pre`` encloses ``code``."""
    if (outer.start, outer.end) == (inner.start, inner.end):
        return outer.type == "pre" and inner.type == "code"
    return outer.start <= inner.start and inner.end <= outer.end


def _around(one: _Found, holes: Iterable[_Found]) -> Iterator[_Found]:
    start = one.start
    for hole in sorted(holes, key=lambda hole: hole.start):
        if start < hole.end and hole.start < one.end:
            if start < hole.start:
                yield replace(one, start=start, end=hole.start)
            start = hole.end
    if start < one.end:
        yield replace(one, start=start)


def _merged(found: Iterable[_Found]) -> list[_Found]:
    """Entities of one kind that touch or overlap are one; links only where they lead to the same place."""
    result: list[_Found] = []
    for one in sorted(found, key=lambda one: (one.type, one.url, one.start, -one.end)):
        last = result[-1] if result else None
        if last and (last.type, last.url) == (one.type, one.url) and one.start < last.end + _gap(one.type):
            result[-1] = replace(last, end=max(last.end, one.end))
        else:
            result.append(one)
    return result


def _gap(kind: str) -> int:
    """Touching is enough, except for blocks: two quotations or code blocks in a row stay two."""
    return 0 if kind in _ENCLOSING or kind in _LITERAL else 1
