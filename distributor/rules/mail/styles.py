"""The CSS of a mail as values: what an element says of itself, and what its sheet adds. Must not fetch or guess."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

#: A property's name and what is said of it, without the mark of its importance.
Said = Mapping[str, str]
#: red, green, blue: 0 to 255
Colour = tuple[int, int, int]

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
#: one declaration ends at a semicolon outside of brackets and quotes
_DECLARATION = re.compile(r"""((?:[^;"'(]|"[^"]*"|'[^']*'|\([^)]*\))*)(?:;|\Z)""")
_RULE = re.compile(r"(?P<head>[^{}]*)\{(?P<body>(?:[^{}]|\{[^{}]*\})*)\}")
_IMPORTANT = re.compile(r"\s*!\s*important\s*\Z", re.IGNORECASE)
_HEX = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{6})\b", re.IGNORECASE)
_RGB = re.compile(r"rgb\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)", re.IGNORECASE)
_NAMED = re.compile(r"(?<![\w#-])(black|white)(?![\w-])", re.IGNORECASE)
_NAMES = {"black": (0, 0, 0), "white": (255, 255, 255)}
_PIXELS = re.compile(r"(?<![\w.])(-?\d+(?:\.\d+)?)(?:px)?(?![\w%.])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of a sheet."""

    #: the condition around it, such as ``(prefers-color-scheme: dark)``; empty for none
    media: str
    selector: str
    said: Said
    #: what of it counts more than an element's own style
    forced: Said


@lru_cache(maxsize=512)
def declarations(text: str, *, is_forced: bool = False) -> Said:
    """What a ``style`` says (``is_forced``: with "!important"); the last word counts, names are in small letters."""
    found: dict[str, str] = {}
    for match in _DECLARATION.finditer(_COMMENT.sub("", text)):
        name, colon, value = match[1].partition(":")
        if colon and (not is_forced or _IMPORTANT.search(value)):
            found[name.strip().lower()] = _IMPORTANT.sub("", value).strip()
    return MappingProxyType(found)


def rules(sheet: str, media: str = "") -> Iterator[Rule]:
    """The rules of a sheet, one for each selector, in their order; those of an at-rule with its condition."""
    for match in _RULE.finditer(_COMMENT.sub("", sheet)):
        head = match["head"].strip()
        if head.startswith("@"):
            yield from rules(match["body"], " ".join(head[1:].split()).removeprefix("media").strip())
            continue
        for selector in head.split(","):
            said, forced = declarations(match["body"]), declarations(match["body"], is_forced=True)
            yield Rule(media=media, selector=selector.strip(), said=said, forced=forced)


def colour(text: str) -> Colour | None:
    """The first colour in a value; None where it names none (or none that is understood)."""
    if match := _HEX.search(text):
        digits = match[1] if len(match[1]) == 6 else "".join(digit * 2 for digit in match[1])
        return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)
    if match := _RGB.search(text):
        return int(match[1]), int(match[2]), int(match[3])
    return _NAMES[match[1].lower()] if (match := _NAMED.search(text)) else None


def pixels(text: str) -> tuple[float, ...]:
    """The lengths in a value, in pixels; other units are left out."""
    return tuple(float(one) for one in _PIXELS.findall(text))


def sides(said: Said, name: str) -> tuple[float, float]:
    """Above and below: what ``padding`` (or ``margin``) and its own sides say, in pixels."""
    all_of = pixels(said.get(name, "")) or (0.0,)
    above, below = all_of[0], all_of[2 if len(all_of) > 2 else 0]
    own = (pixels(said.get(f"{name}-{side}", "")) for side in ("top", "bottom"))
    return tuple(one[0] if one else usual for one, usual in zip(own, (above, below), strict=True))  # type: ignore[return-value]


def contrast(ink: Colour, paper: Colour) -> float:
    """WCAG 2.2: the contrast ratio of two colours, 1 to 21."""
    dark, light = sorted((_luminance(ink), _luminance(paper)))
    return (light + 0.05) / (dark + 0.05)


def inverted(one: Colour) -> Colour:
    """What a mail program makes of a colour that turns everything round."""
    return 255 - one[0], 255 - one[1], 255 - one[2]


def _luminance(one: Colour) -> float:
    red, green, blue = (_linear(value / 255) for value in one)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)
