"""RSS 2.0 of the newsroom site, with the media, dc and content modules. Must not choose the stories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from html import escape
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

from distributor.sandbox.site.images import HEIGHT, WIDTH
from distributor.sandbox.site.pages import SITE, section_title
from distributor.sandbox.site.stories import Story

_SPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "media": "http://search.yahoo.com/mrss/",
}

#: the IPTC's vocabulary of urgencies, 1 to 9
URGENCY = "http://cv.iptc.org/newscodes/urgency/"


@dataclass(frozen=True, kw_only=True)
class FeedStyle:
    """How the feed is written."""

    #: ``permalink``, ``id``, or any other text, which is put before the id
    guid: str = "permalink"
    #: whether the full text is in it (``content:encoded``)
    full_text: bool = False
    zone: ZoneInfo
    base: str
    #: the WebSub hub that it names; empty for none
    hub: str = ""


def rss(stories: Sequence[Story], *, title: str, path: str, built: datetime, style: FeedStyle) -> bytes:
    """The document, UTF-8 with its declaration."""
    for prefix, uri in _SPACES.items():
        ET.register_namespace(prefix, uri)
    root = ET.Element("rss", {"version": "2.0"})
    channel = ET.SubElement(root, "channel")
    _add(channel, "title", f"{SITE}: {title}")
    _add(channel, "link", f"{style.base}{path}")
    _add(channel, "description", f"{title}, as published by {SITE}")
    _add(channel, "language", stories[0].language if stories else "en")
    _add(channel, "lastBuildDate", format_datetime(built.astimezone(style.zone)))
    me = {"href": f"{style.base}{path}rss.xml", "rel": "self", "type": "application/rss+xml"}
    ET.SubElement(channel, _name("atom:link"), me)
    if style.hub:
        ET.SubElement(channel, _name("atom:link"), {"href": style.hub, "rel": "hub"})
    for story in stories:
        _item(channel, story, style)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _item(channel: ET.Element, story: Story, style: FeedStyle) -> None:
    item = ET.SubElement(channel, "item")
    link = style.base + story.path
    _add(item, "title", story.headline)
    _add(item, "link", link)
    guid = {"permalink": link, "id": story.id}.get(style.guid, f"{style.guid}{story.id}")
    _add(item, "guid", guid).set("isPermaLink", "true" if guid == link else "false")
    _add(item, "pubDate", format_datetime(story.published.astimezone(style.zone)))
    _add(item, "description", story.summary)
    _add(item, "dc:language", story.language)
    for category in (section_title(story.section), *story.keywords):
        _add(item, "category", category)
    if story.urgency != 5:  # what a story is that says nothing (ninjs)
        _add(item, "category", str(story.urgency)).set("domain", URGENCY)
    if story.byline:
        _add(item, "dc:creator", story.byline)
    if style.full_text:
        paragraphs = "".join(f"<p>{escape(text)}</p>" for text in story.full_paragraphs())
        _add(item, "content:encoded", paragraphs)
    _media(item, story, style.base)


def _media(item: ET.Element, story: Story, base: str) -> None:
    if story.image is None:
        return
    media = ET.SubElement(item, _name("media:content"), {"url": story.image.address(base), "medium": "image"})
    if story.image.generated:
        for key, value in {"type": "image/png", "width": str(WIDTH), "height": str(HEIGHT)}.items():
            media.set(key, value)
    if story.image.alt:
        _add(media, "media:description", story.image.alt)
    if story.image.credit:
        _add(media, "media:credit", story.image.credit)


def _name(tag: str) -> str:
    prefix, colon, local = tag.partition(":")
    return f"{{{_SPACES[prefix]}}}{local}" if colon else tag


def _add(parent: ET.Element, tag: str, text: str) -> ET.Element:
    """A child with text; characters that XML 1.0 forbids are left out."""
    element = ET.SubElement(parent, _name(tag))
    element.text = "".join(char for char in text if _is_xml(ord(char)))
    return element


def _is_xml(code: int) -> bool:
    return code in (9, 10, 13) or 32 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000
