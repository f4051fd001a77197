"""The public feed of corrections: what was corrected and taken back, as Atom (RFC 4287) and JSON Feed. Pure; must not
choose what is told.
"""

from __future__ import annotations

import json
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from distributor.model import Revision, RevisionClass, Story
from distributor.render.feeds import Place
from distributor.render.views import DeskView, address, line
from distributor.render.words import words

_ATOM = "http://www.w3.org/2005/Atom"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
#: what a feed says of its last change that has told of none
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)

Told = Sequence[tuple[Story, Revision]]


def corrections_feed(desk: DeskView, told: Told, place: Place | None = None) -> str:
    """The feed of these revisions, newest first; the same input gives the same document.

    Without a place it is a file that stands wherever the newsroom serves it.
    """
    feed = ET.Element("feed", {"xmlns": _ATOM, _LANGUAGE: desk.language})
    _add(feed, "id", _name(f"corrections of {desk.name}"))
    _add(feed, "title", place.title if place else corrections_title(desk))
    _add(feed, "updated", _instant(told[0][1].at if told else _NEVER))
    _add(ET.SubElement(feed, "author"), "name", desk.name)
    if place:
        ET.SubElement(feed, "link", {"rel": "self", "type": "application/atom+xml", "href": place.feed})
        ET.SubElement(feed, "link", {"rel": "alternate", "type": "text/html", "href": place.page})
    for story, change in told:
        feed.append(_entry(story, change, desk))
    ET.indent(feed)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(feed, encoding="unicode") + "\n"


def corrections_json(desk: DeskView, told: Told, place: Place) -> str:
    """The same as JSON Feed 1.1 (jsonfeed.org/version/1.1)."""
    document: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": place.title,
        "home_page_url": place.page,
        "feed_url": place.feed,
        "language": desk.language,
        "authors": [{"name": desk.name}],
        "items": [_item(story, change, desk) for story, change in told],
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def corrections_title(desk: DeskView) -> str:
    """What the feed is called."""
    return f"{desk.name}: {words(desk.language).corrections}"


def _entry(story: Story, change: Revision, desk: DeskView) -> ET.Element:
    entry = ET.Element("entry", {_LANGUAGE: story.article.language or desk.language})
    _add(entry, "id", _id(story, change))
    _add(entry, "title", _title(story, change, desk))
    _add(entry, "updated", _instant(change.at))
    if url := address(story.article.url):
        ET.SubElement(entry, "link", {"rel": "alternate", "href": url})
    ET.SubElement(entry, "category", {"term": change.meaning.value})
    _add(entry, "summary", _summary(story, change))
    return entry


def _item(story: Story, change: Revision, desk: DeskView) -> dict[str, Any]:
    item = {
        "id": _id(story, change),
        "title": _title(story, change, desk),
        "content_text": _summary(story, change),
        "date_published": _instant(change.at),
        "language": story.article.language or desk.language,
        "tags": [change.meaning.value],
    }
    return item | ({"url": url} if (url := address(story.article.url)) else {})


def _id(story: Story, change: Revision) -> str:
    """The same for ever, whatever becomes of the story's address."""
    return _name(f"{story.article.feed} {story.article.guid} {change.number}")


def _title(story: Story, change: Revision, desk: DeskView) -> str:
    said = words(story.article.language or desk.language)
    heading = said.withdrawn if change.meaning is RevisionClass.WITHDRAWAL else said.correction
    return f"{heading}: {line(story.article.headline)}"


def _summary(story: Story, change: Revision) -> str:
    return line(change.note) or line(story.article.headline)


def _add(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = text


def _name(text: str) -> str:
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, text)}"


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
