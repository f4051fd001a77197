"""Telegram's HTML subset to plain text and entities. Must not guess: a broken fragment is an error with a plain reason.

Sending text and entities instead of HTML means that Telegram has nothing to parse and so nothing to refuse. Tags and
their nesting are read by ``text.telegram``; trimming follows TDLib's ``fix_formatted_text``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from html.entities import html5

from distributor.model import Entity
from distributor.text.measure import utf16_length
from distributor.text.telegram import NAMES, ORDER, Found, read_html

#: entities that may share no character with others, except that they may stand inside the enclosing ones
_ENCLOSING = frozenset({"blockquote", "expandable_blockquote"})
_LITERAL = frozenset({"code", "pre"})
#: references that a template may use beside those that Telegram knows
_NAMES = {**NAMES, **{name: text for name, text in html5.items() if name.endswith(";")}}
#: what only a person's own client or a bot's owner can send
_REFUSED = {"custom_emoji": "a custom emoji", "date_time": "a time", "text_mention": "a mention of a user"}
#: characters that Telegram cuts off at both ends of a message
_SPACE = " \t\n\r\v\f\u00a0\u2028\u2029\u3000\ufeff\u200b"


def parse_html(markup: str) -> tuple[str, tuple[Entity, ...]]:
    """The plain text of a fragment in Telegram's HTML subset, and its entities with offsets in UTF-16 units.

    White space around the whole text goes, as Telegram cuts it, and entities shrink with it; nothing else is
    collapsed. Entities come outer first. Raises ValueError, with a reason for people, on an unknown, unclosed or
    crossed tag and on a stray ``<``.
    """
    text, found = read_html(markup, _NAMES)
    for one in found:
        if one.type in _REFUSED:
            raise ValueError(f"{_REFUSED[one.type]} cannot stand in a template")
    first = len(text) - len(text.lstrip(_SPACE))
    last = len(text.rstrip(_SPACE))
    shrunk = (replace(one, start=max(one.start, first), end=min(one.end, last)) for one in found)
    kept = _merged(_without_crossings(one for one in shrunk if one.start < one.end))
    ordered = sorted(kept, key=lambda one: (one.start, -one.end, ORDER.index(one.type)))
    return text[first:last], tuple(_entity(text, one, first) for one in ordered)


def _entity(text: str, found: Found, first: int) -> Entity:
    offset = utf16_length(text[first : found.start])
    url = found.about.strip() if found.type == "text_link" else ""
    return Entity(type=found.type, offset=offset, length=utf16_length(text[found.start : found.end]), url=url)


def _without_crossings(found: Iterable[Found]) -> list[Found]:
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


def _holds(outer: Found, inner: Found) -> bool:
    """Whether one encloses the other; of two in the same place, ``pre`` encloses ``code``."""
    if (outer.start, outer.end) == (inner.start, inner.end):
        return outer.type == "pre" and inner.type == "code"
    return outer.start <= inner.start and inner.end <= outer.end


def _around(one: Found, holes: Iterable[Found]) -> Iterator[Found]:
    start = one.start
    for hole in sorted(holes, key=lambda hole: hole.start):
        if start < hole.end and hole.start < one.end:
            if start < hole.start:
                yield replace(one, start=start, end=hole.start)
            start = hole.end
    if start < one.end:
        yield replace(one, start=start)


def _merged(found: Iterable[Found]) -> list[Found]:
    """Entities of one kind that touch or overlap are one; links only where they lead to the same place."""
    result: list[Found] = []
    for one in sorted(found, key=lambda one: (one.type, one.about, one.start, -one.end)):
        last = result[-1] if result else None
        if last and (last.type, last.about) == (one.type, one.about) and one.start < last.end + _gap(one.type):
            result[-1] = replace(last, end=max(last.end, one.end))
        else:
            result.append(one)
    return result


def _gap(kind: str) -> int:
    """Touching is enough, except for blocks: two quotations or code blocks in a row stay two."""
    return 0 if kind in _ENCLOSING or kind in _LITERAL else 1
