"""How the loopback X measures and shows a text: weighted length, t.co links, entities, the duplicate filter's key.

It must not share code with the product: its measure is a second opinion. Rules: twitter-text, configuration 3.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from distributor.sandbox.x.emoji import emoji_end
from distributor.sandbox.x.urls import Link, links

#: twitter-text configuration 2 and 3: the most units of one post.
LONGEST = 280
#: Units of any link, however long.
LINK_WEIGHT = 23
#: Characters of the short name in a t.co address.
_SLUG = 10
#: Characters of a shown address before it is cut.
_SHOWN = 26

_LIGHT = ((0x0000, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037))
_REFUSED = re.compile("[\ufffe\ufeff\uffff]")
_CASHTAG = re.compile(r"(?:^|(?<=\s))\$([A-Za-z]{1,6}(?:[._][A-Za-z]{1,2})?)(?=$|\s|[^\w$])")
_HASHTAG = re.compile(r"(?<![\w&/])[#＃](\w*[^\W\d_]\w*)")
_MENTION = re.compile(r"(?<![\w!#$%&*@＠/])[@＠](\w{1,15})(?![\w@＠]|://)", re.ASCII)


def weight(text: str, *, emoji: bool = True) -> int:
    """Weighted length in units of one Latin letter; ``emoji`` False is configuration 2, which counts them by sign."""
    text = unicodedata.normalize("NFC", text)
    ends = {link.start: link.end for link in links(text)}
    units = position = 0
    while position < len(text):
        step, position = _step(text, position, ends, emoji)
        units += step
    return units


def _step(text: str, position: int, ends: dict[int, int], emoji: bool) -> tuple[int, int]:
    """The units of whatever begins at ``position``, and where the next thing begins."""
    if position in ends:
        return LINK_WEIGHT, ends[position]
    end = emoji_end(text, position) if emoji else None
    if end is not None:
        return 2, end
    light = any(low <= ord(text[position]) <= high for low, high in _LIGHT)
    return (1 if light else 2), position + 1


def is_well_formed(text: str) -> bool:
    """Whether X takes the characters: no byte order mark, no non-characters, no half of a surrogate pair."""
    return not _REFUSED.search(text) and not any("\ud800" <= char <= "\udfff" for char in text)


def duplicate_key(text: str) -> str:
    """What two posts must share to be duplicates: their text in NFC with every run of white space made one blank."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def cashtags(text: str) -> list[str]:
    """The cashtags of a text, without their sign."""
    return [found.group(1) for found in _CASHTAG.finditer(text)]


def mentions(text: str) -> list[str]:
    """The user names that a text mentions, without their sign."""
    return [found.group(1) for found in _MENTION.finditer(text)]


def slug(post_id: str, index: int) -> str:
    """The short name that X would give the n-th link of a post."""
    digest = hashlib.sha256(f"{post_id}/{index}".encode()).digest()
    return base64.b32encode(digest).decode("ascii")[:_SLUG]


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A text as the API gives it back, with the places of its entities in it (characters, links shortened)."""

    text: str
    entities: dict[str, Any] = field(default_factory=dict)


def shown(text: str, post_id: str, pictures: tuple[tuple[str, str], ...] = ()) -> Shown:
    """The text as the API answers it: t.co links, ``&amp; &lt; &gt;``, and one more link for attached media.

    ``pictures`` are media key and address of each attached picture; X appends one link that stands for all of them.
    """
    pieces: list[str] = []
    urls: list[dict[str, Any]] = []
    length = last = 0
    for index, link in enumerate(links(text)):
        plain = html.escape(text[last : link.start], quote=False)
        short = f"https://t.co/{slug(post_id, index)}"
        start = length + len(plain)
        urls.append(_url(short, start, link))
        pieces += [plain, short]
        length, last = start + len(short), link.end
    pieces.append(html.escape(text[last:], quote=False))
    body = "".join(pieces)
    if pictures:
        body, more = _with_pictures(body, post_id, pictures, len(urls))
        urls += more
    return Shown(text=body, entities=_entities(body, urls))


def _url(short: str, start: int, link: Link) -> dict[str, Any]:
    bare = re.sub(r"^https?://(?:www\.)?", "", link.expanded, flags=re.IGNORECASE)
    return {
        "start": start,
        "end": start + len(short),
        "url": short,
        "expanded_url": link.expanded,
        "display_url": bare if len(bare) <= _SHOWN else bare[:_SHOWN] + "…",
    }


def _with_pictures(
    body: str, post_id: str, pictures: tuple[tuple[str, str], ...], index: int
) -> tuple[str, list[dict[str, Any]]]:
    short = f"https://t.co/{slug(post_id, index)}"
    start = len(body) + 1 if body else 0
    urls = [
        {
            "start": start,
            "end": start + len(short),
            "url": short,
            "expanded_url": address,
            "display_url": f"pic.x.com/{slug(post_id, index)}",
            "media_key": key,
        }
        for key, address in pictures
    ]
    return f"{body} {short}" if body else short, urls


def _entities(body: str, urls: list[dict[str, Any]]) -> dict[str, Any]:
    taken = [(url["start"], url["end"]) for url in urls]
    found: dict[str, Any] = {
        "urls": urls,
        "hashtags": list(_tags(_HASHTAG, body, taken, "tag")),
        "cashtags": list(_tags(_CASHTAG, body, taken, "tag")),
        "mentions": list(_tags(_MENTION, body, taken, "username")),
    }
    return {name: values for name, values in found.items() if values}


def _tags(pattern: re.Pattern[str], body: str, taken: list[tuple[int, int]], name: str) -> Iterator[dict[str, Any]]:
    for found in pattern.finditer(body):
        if not any(start <= found.start() < end for start, end in taken):
            yield {"start": found.start(), "end": found.end(), name: found.group(1)}
