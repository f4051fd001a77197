"""The picture of an item: which one, and what is known of it. Must not look at the picture itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from distributor.model import Image
from distributor.text import links
from distributor.text.markup import images, plain

#: addresses that count readers, and what a template wrote where it knew no picture
_COUNTERS: Final = re.compile(
    r"pixel|/tracking/|/track\?|beacon|spacer|blank\.gif|^(?:undefined|null|none)$", re.IGNORECASE
)
_MOST_LOOKS: Final = 5
_SUFFIX: Final = re.compile(r"\.(?:jpe?g|png|webp|gif|avif)$", re.IGNORECASE)


def absolute(link: str, base: str) -> str:
    """The absolute http(s) address of a link in the document at ``base``; empty for anything else.

    "https://" and the like lead back to the document itself, which is no story.
    """
    found = links.absolute(link, base)
    return "" if found == base else found


def picture(entry: Mapping[str, Any], base: str) -> Image | None:
    """The item's picture: Media RSS content, its thumbnail, an enclosure, or the first one in the text."""
    found = next((each for each in _candidates(entry, base) if each.url), None)
    if found is None or found.alt:
        return found
    # an enclosure has no words of its own; the same picture in the text often has
    words = (alt for address, alt in _in_text(entry) if alt and absolute(address, base) == found.url)
    return replace(found, alt=next(words, ""))


def _candidates(entry: Mapping[str, Any], base: str) -> Iterator[Image]:
    """All pictures, best first; an empty address is one that cannot be used."""
    rows = dict(entry)
    contents = [row for row in _rows(dict.get(rows, "media_content")) if _is_picture(row)]
    for row in sorted(contents, key=lambda row: -(_number(row.get("width")) or 0)):
        yield _image(row, str(row.get("url") or ""), base, rows)
    for row in _rows(dict.get(rows, "media_thumbnail")):
        yield _image(row, str(row.get("url") or ""), base, rows)
    for row in _rows(dict.get(rows, "links")):
        if row.get("rel") == "enclosure" and _is_picture(row):
            yield _image(row, str(row.get("href") or ""), base, rows)
    for address, alt in _in_text(rows):
        yield Image(
            url=absolute(address, base), alt=alt, rights=plain(str(dict.get(rows, "rights") or ""), paragraphs=False)
        )


def _in_text(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Address and alternative text of the pictures in the item's texts, without the pixels that count readers."""
    texts = [str(row.get("value") or "") for row in _rows(dict.get(dict(entry), "content"))]
    for text in (*texts, str(dict.get(dict(entry), "summary") or "")):
        for _ in range(_MOST_LOOKS):
            found = images(text)
            if found is None:
                break
            if not _COUNTERS.search(found[0]):
                yield found
            text = text.partition(found[0])[2]


def _rows(value: Any) -> Iterable[Mapping[str, Any]]:
    """The mappings of a list, whatever a damaged document made of it."""
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else ()


def _is_picture(row: Mapping[str, Any]) -> bool:
    """Whether Media RSS or an enclosure says picture: by medium, by type, or by the end of the path."""
    kind = str(row.get("type") or "").lower()
    if row.get("medium") or kind:
        return row.get("medium") == "image" or kind.startswith("image/")
    path = str(row.get("url") or row.get("href") or "").partition("?")[0]
    return _SUFFIX.search(path) is not None


def _image(row: Mapping[str, Any], link: str, base: str, entry: Mapping[str, Any]) -> Image:
    """The picture of one element, with the words that stand by it."""
    alt = row.get("caption_description") or dict.get(dict(entry), "caption_description") or ""
    credit = row.get("caption_credit") or dict.get(dict(entry), "caption_credit") or ""
    kind = str(row.get("type") or "").strip().lower()
    own, whole = [dict.get(dict(place), "caption_copyright") for place in (row, entry)]
    rights = own or whole or dict.get(dict(entry), "rights") or ""
    return Image(
        url=absolute(link, base),
        alt=plain(str(alt), paragraphs=False),
        credit=plain(str(credit), paragraphs=False),
        width=_number(row.get("width")),
        height=_number(row.get("height")),
        rights=plain(str(rights), paragraphs=False),
        mime=kind if re.fullmatch(r"image/[a-z0-9.+-]+", kind) else "",
    )


def _number(value: Any) -> int | None:
    """Pixels; None for what is no number."""
    text = str(value or "").strip()
    return int(text) if re.fullmatch(r"[0-9]{1,5}", text) and int(text) else None
