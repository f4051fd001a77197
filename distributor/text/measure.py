"""How long a text is, in the arithmetic of each platform. Must not change a text.

A further platform is a further line in :data:`PLATFORMS`; templates, cutters and rules only see the seam. X counts
weighted units (twitter-text, configurations v1 to v3), Telegram counts UTF-16 units, people count what they see as
one character (grapheme clusters, Unicode annex 29).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files

from distributor.text.graphemes import graphemes
from distributor.text.links import urls

__all__ = [
    "PLATFORMS",
    "V1",
    "V2",
    "V3",
    "WEIGHTS",
    "Measure",
    "Weights",
    "graphemes",
    "utf16_length",
    "weighted_length",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """One published configuration of X's counter; a unit is what the limit of 280 counts."""

    #: first and last code point of the ranges that weigh one unit
    light: tuple[tuple[int, int], ...]
    #: units of any other code point, and of an emoji counted whole
    default: int = 2
    #: units of an address, however long
    url: int = 23
    #: whether an emoji of several code points counts as one
    emoji: bool
    #: most units of one post
    most: int = 280


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One platform's arithmetic."""

    #: units of a text
    units: Callable[[str], int]
    #: most units of one post; None where the platform sets no limit
    most: int | None = None
    #: what a post may not hold
    refused: str = ""

    def is_valid(self, text: str) -> bool:
        """Whether the platform takes a text as one post: something in it, nothing refused, not too long."""
        if not text.strip() or any(char in text for char in self.refused):
            return False
        return self.most is None or self.units(text) <= self.most


_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
#: twitter-text config/v1.json: characters, as before 2017
V1 = Weights(light=(), default=1, emoji=False, most=140)
#: twitter-text config/v2.json
V2 = Weights(light=_LIGHT, emoji=False)
#: twitter-text config/v3.json, the one X uses since 2018
V3 = Weights(light=_LIGHT, emoji=True)


def weighted_length(text: str, config: Weights = V3) -> int:
    """Units of ``text`` as X counts them: NFC, weight ranges, whole emoji, every address the same.

    Source: twitter-text ``parseTweet``; held to its conformance files. Emoji newer than its tables count in pieces,
    as they do there, so the result is never lower than X's own.
    """
    if not text.isascii() and not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    links = urls(text)
    if not links:
        return _weight(text, config)
    rest, position = [], 0
    for link in links:
        rest.append(text[position : link.start])
        position = link.end
    rest.append(text[position:])
    return _weight("\n".join(rest), config) + len(links) * (config.url - 1)


def _weight(text: str, config: Weights) -> int:
    """Units of a text in NFC without addresses."""
    if text.isascii() or config.default == 1:
        return len(text)
    heavy = _heavy(config.light)
    if heavy.search(text) is None:
        return len(text)
    whole = 0
    if config.emoji and _JOINERS.search(text):
        text, whole = _emoji().subn("", text)
    return len(text) + len(heavy.findall(text)) * (config.default - 1) + whole * config.default


#: every emoji of several code points contains one of these
_JOINERS = re.compile("[\u200d\u20e3\ufe0f\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff\U000e007f]")


@cache
def _heavy(light: tuple[tuple[int, int], ...]) -> re.Pattern[str]:
    return re.compile(f"[^{''.join(f'{re.escape(chr(first))}-{re.escape(chr(last))}' for first, last in light)}]")


@cache
def _emoji() -> re.Pattern[str]:
    """Emoji of several code points that X's counter joins; single ones have the default weight anyway."""
    source = (files("distributor.text") / "data" / "emoji.txt").read_text(encoding="utf-8")
    group = dict(line.split() for line in source.splitlines() if not line.startswith("#"))
    tone, picture, join = "[\U0001f3fb-\U0001f3ff]", "\ufe0f", "\u200d"
    flags = "|".join(_flag(group["flags"][at : at + 2]) for at in range(0, len(group["flags"]), 2))
    tags = "|".join("".join(chr(0xE0000 + ord(char)) for char in code) for code in ("gbeng", "gbsct", "gbwls"))
    heart = f"{join}❤{picture}{join}"
    children = f"(?:👧{join}[👦👧]|👦{join}👦|👦|👧)"
    pictured = "".join(char for char in group["gendered"] if char in group["presentable"])
    bare = "".join(char for char in group["gendered"] if char not in group["modifiable"])
    toned = "".join(char for char in group["gendered"] if char not in pictured + bare)
    patterns = (
        flags,
        f"🏴(?:{tags})\U000e007f",
        f"[0-9#*]{picture}?\u20e3",
        f"(?:👩{heart}(?:💋{join})?[👨👩]|👨{heart}(?:💋{join})?👨)",
        f"(?:[👨👩]{join}👩|👨{join}👨|[👨👩]){join}{children}",
        f"[👨👩]{tone}?{join}(?:[{group['attribute']}]|[{group['sign']}]{picture})",
        f"(?:[{toned}]{tone}?|[{pictured}](?:{tone}|{picture})|[{bare}]){join}[♀♂]{picture}",
        f"👁{join}🗨",
        f"🏳{picture}{join}🌈",
        f"🏴{join}☠{picture}",
        f"[{group['modifiable']}]{tone}",
        f"[{group['presentable']}]{picture}",
    )
    return re.compile(f"(?=[#*0-9©®\u203c-\U0010ffff])(?:{'|'.join(patterns)})")


def _flag(code: str) -> str:
    return "".join(chr(0x1F1E6 + ord(letter) - ord("A")) for letter in code)


def utf16_length(text: str) -> int:
    """UTF-16 code units of ``text``: what Telegram's entity offsets count (Bot API, MessageEntity)."""
    return len(text) if text.isascii() else len(text) + sum(char > "\uffff" for char in text)


def weighing(weights: Weights) -> Measure:
    """X's arithmetic in one of its configurations; what it refuses are twitter-text's ``invalidChars``."""
    return Measure(units=partial(weighted_length, config=weights), most=weights.most, refused="\ufffe\ufeff\uffff")


#: the configurations of X's counter by name
WEIGHTS: Mapping[str, Weights] = {"v1": V1, "v2": V2, "v3": V3}
#: each platform's arithmetic; captions stand under a picture (Bot API, sendPhoto)
PLATFORMS: Mapping[str, Measure] = {
    "twitter": weighing(V3),
    "telegram": Measure(units=utf16_length, most=4096),
    "telegram-caption": Measure(units=utf16_length, most=1024),
    "webhook": Measure(units=len),
    "email": Measure(units=len),
    "console": Measure(units=len),
}
