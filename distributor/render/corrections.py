"""The public feed of corrections: an Atom document (RFC 4287) of what was corrected and taken back. Pure; must not
choose what is told.
"""

from __future__ import annotations

import uuid
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from datetime import UTC, datetime

from distributor.model import Revision, RevisionClass, Story
from distributor.render.views import DeskView, address, line
from distributor.render.words import words

_ATOM = "http://www.w3.org/2005/Atom"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
#: what a feed says of its last change that has told of none
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def corrections_feed(desk: DeskView, told: Sequence[tuple[Story, Revision]]) -> str:
    """The feed of these revisions, newest first; the same input gives the same document."""
    feed = ET.Element("feed", {"xmlns": _ATOM, _LANGUAGE: desk.language})
    _add(feed, "id", _name(f"corrections of {desk.name}"))
    _add(feed, "title", f"{desk.name}: {words(desk.language).corrections}")
    _add(feed, "updated", _instant(told[0][1].at if told else _NEVER))
    _add(ET.SubElement(feed, "author"), "name", desk.name)
    for story, change in told:
        feed.append(_entry(story, change, desk))
    ET.indent(feed)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(feed, encoding="unicode") + "\n"


def _entry(story: Story, change: Revision, desk: DeskView) -> ET.Element:
    article = story.article
    language = article.language or desk.language
    said = words(language)
    heading = said.withdrawn if change.meaning is RevisionClass.WITHDRAWAL else said.correction
    entry = ET.Element("entry", {_LANGUAGE: language})
    # the same for ever, whatever becomes of the story's address
    _add(entry, "id", _name(f"{article.feed} {article.guid} {change.number}"))
    _add(entry, "title", f"{heading}: {line(article.headline)}")
    _add(entry, "updated", _instant(change.at))
    if url := address(article.url):
        ET.SubElement(entry, "link", {"rel": "alternate", "href": url})
    ET.SubElement(entry, "category", {"term": change.meaning.value})
    _add(entry, "summary", line(change.note) or line(article.headline))
    return entry


def _add(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = text


def _name(text: str) -> str:
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, text)}"


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
