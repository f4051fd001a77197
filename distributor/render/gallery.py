"""One page with stories as each platform would draw them: inert, and without any address that a browser would ask. Must
not show markup that it has not made, but for a mail's, which stands in a frame of its own.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from distributor.render.pages import Pages
from distributor.text.links import display

Json = Mapping[str, Any]

_TAGS = {
    "bold": ("<b>", "</b>"),
    "italic": ("<i>", "</i>"),
    "underline": ("<u>", "</u>"),
    "strikethrough": ("<s>", "</s>"),
    "spoiler": ('<mark class="spoiler">', "</mark>"),
    "code": ("<code>", "</code>"),
    "pre": ("<pre>", "</pre>"),
    "blockquote": ("<blockquote>", "</blockquote>"),
    "expandable_blockquote": ("<blockquote>", "</blockquote>"),
    "text_link": ('<span class="link">', "</span>"),
}
#: what a browser would ask for, or go to, in a mail
_SOURCE = re.compile(
    r"""\s(?:src|srcset|background|href|action|poster)\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]+)""", re.IGNORECASE
)
_STYLED = re.compile(r"url\([^)]*\)|@import[^;]*;", re.IGNORECASE)
_NIGHT = re.compile(r"@media\s*\(\s*prefers-color-scheme:\s*dark\s*\)")
#: grey, in the place of a mail's pictures
_BLANK = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 9'/%3E"


def gallery(folders: Sequence[Path], zone: str, previews: Sequence[Json]) -> str:
    """The page; ``previews`` are the faces that the call ``preview`` gives. Raises TemplateError."""
    stories: dict[str, dict[str, Any]] = {}
    for one in previews:
        story = stories.setdefault(one["story"] or one["headline"], {"headline": one["headline"], "shown": []})
        story["shown"].append(drawn(one))
    return Pages(folders, zone).render("preview", {"stories": list(stories.values())})


def drawn(one: Json) -> Mapping[str, Any]:
    """What a preview is drawn from, beside what the call tells: nothing in it leads anywhere or is asked for."""
    picture = one["picture"]
    return {
        **one,
        "markup": formatted(one["text"], one["entities"]),
        "around_link": _around_link(one),
        "own": _own(one),
        "shown_link": display(one["link"]) if one["link"] else "",
        "host": (urlsplit(one["link"] or "").hostname or "").removeprefix("www."),
        "alt": (picture["alt"] or "no alternative text") if picture else "",
        "developed": picture_line(picture) if picture else "",
        "day": inert(one["html"], night=False) if one["html"] else "",
        "night": inert(one["html"], night=True) if one["html"] else "",
    }


def picture_line(picture: Json) -> str:
    """What a picture is at its address, and what a platform would be given; empty where nobody has fetched it."""
    there = f"picture: {_size(picture, '')}" if picture["width"] else ""
    if picture["error"]:
        return f"{there or 'picture'}: {picture['error']}"
    sent = f"; as it leaves: {_size(picture, 'sent_')}, {picture['sent_mime']}" if picture["sent_bytes"] else ""
    return there + sent


def _size(picture: Json, which: str) -> str:
    kilobytes = max(1, round(picture[f"{which}bytes"] / 1000))
    return f"{picture[f'{which}width']} x {picture[f'{which}height']} pixels, {kilobytes:,} kB"


def _around_link(one: Json) -> tuple[str, str]:
    """A post's text before its link, which X shows shortened where it stands, and behind it."""
    before, _, behind = str(one["text"]).partition(one["link"] or "\0")
    return before, behind


def _own(one: Json) -> str:
    """A post's words without its link, to go on from by hand; empty for a mail and for what a program gets."""
    if one["kind"] in ("email", "webhook"):
        return ""
    units = _around_link(one)[0].encode("utf-16-le")
    links = [entity["offset"] for entity in one["entities"] if entity["type"] == "text_link"]
    ends = [entity["offset"] + entity["length"] for entity in one["entities"] if entity["type"] == "text_link"]
    leads = bool(ends) and ends[-1] * 2 == len(units)
    return units[: links[-1] * 2].decode("utf-16-le").strip() if leads else units.decode("utf-16-le").strip()


def inert(markup: str, *, night: bool) -> str:
    """A mail that asks nobody and leads nowhere, as it looks by day or by night."""
    still = _STYLED.sub("", _SOURCE.sub("", markup)).replace("<img", f'<img src="{_BLANK}"')
    return _NIGHT.sub("@media all" if night else "@media not all", still)


def inert_tags(entity: Json) -> tuple[str, str]:
    """The tags of an entity, none of which leads anywhere."""
    return _TAGS.get(entity["type"], ("", ""))


def formatted(text: str, entities: Sequence[Json], tags: Callable[[Json], tuple[str, str]] = inert_tags) -> str:
    """Escaped HTML of a Telegram text with its entities (offsets in UTF-16 units); they nest, never overlap."""
    units = text.encode("utf-16-le")
    opening: dict[int, list[str]] = {}
    closing: dict[int, list[str]] = {}
    for entity in sorted(entities, key=lambda one: (one["offset"], -one["length"])):
        before, after = tags(entity)
        opening.setdefault(entity["offset"], []).append(before)
        closing.setdefault(entity["offset"] + entity["length"], []).insert(0, after)
    marks = sorted({0, len(units) // 2, *opening, *closing})
    pieces = []
    for start, end in zip(marks, [*marks[1:], marks[-1]], strict=True):
        pieces += [*closing.get(start, []), *opening.get(start, [])]
        pieces.append(html.escape(units[start * 2 : end * 2].decode("utf-16-le")))
    return "".join(pieces)
