"""What has left as feeds: an archive of issues and the recent news as Atom (RFC 4287), the news as JSON Feed 1.1, too.
Pure; must not choose what is told.
"""

from __future__ import annotations

import html
import json
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from distributor.model import Digest, Listed, Recent, Story
from distributor.render.views import DeskView, address, line, story_view
from distributor.render.words import words

_ATOM = "http://www.w3.org/2005/Atom"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
#: what a feed says of its last change that has told of none
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
#: of a story's summary in a feed
_LONGEST = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a feed stands, and the page that shows the same."""

    title: str
    feed: str
    page: str


def issues_feed(desk: DeskView, place: Place, digest: Digest, listed: Sequence[tuple[Listed, str]]) -> str:
    """The issues of a digest, newest first, each with the address of its page."""
    changed = max((one.changed_at for one, _ in listed), default=_NEVER)
    feed = _feed(desk, place, f"issues of {digest.name} of {desk.name}", changed)
    for one, page in listed:
        entry = _entry(feed, f"issue {one.issue.id} of {desk.name}", line(one.stories[0].article.headline))
        _add(entry, "updated", _instant(one.changed_at))
        _add(entry, "published", _instant(one.issue.opened_at))
        ET.SubElement(entry, "link", {"rel": "alternate", "type": "text/html", "href": page})
        told = "".join(_told(story, desk) for story in one.stories)
        ET.SubElement(entry, "content", {"type": "html"}).text = f"<ul>{told}</ul>"
    return _document(feed)


def news_feed(desk: DeskView, place: Place, recent: Sequence[Recent]) -> str:
    """The recent news, newest first; a correction stands before what it corrects."""
    feed = _feed(desk, place, f"news of {desk.name}", max(map(_changed, recent), default=_NEVER))
    for one in recent:
        article = one.story.article
        entry = _entry(feed, _name_of(one.story), line(article.headline), article.language or desk.language)
        _add(entry, "updated", _instant(_changed(one)))
        _add(entry, "published", _instant(article.published or one.story.first_seen_at))
        if url := address(article.url):
            ET.SubElement(entry, "link", {"rel": "alternate", "type": "text/html", "href": url})
        for section in article.categories:
            ET.SubElement(entry, "category", {"term": line(section)})
        _add(entry, "summary", _summary(one, desk))
    return _document(feed)


def news_json(desk: DeskView, place: Place, recent: Sequence[Recent]) -> str:
    """The recent news as JSON Feed 1.1 (jsonfeed.org/version/1.1)."""
    told: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": place.title,
        "home_page_url": place.page,
        "feed_url": place.feed,
        "language": desk.language,
        "authors": [{"name": desk.name}],
        "items": [_item(one, desk) for one in recent],
    }
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def _item(one: Recent, desk: DeskView) -> dict[str, Any]:
    article = one.story.article
    item = {
        "id": _urn(_name_of(one.story)),
        "title": line(article.headline),
        "content_text": _summary(one, desk),
        "date_published": _instant(article.published or one.story.first_seen_at),
        "date_modified": _instant(_changed(one)),
        "language": article.language or desk.language,
        "tags": [line(section) for section in article.categories],
    }
    return item | ({"url": url} if (url := address(article.url)) else {})


def _summary(one: Recent, desk: DeskView) -> str:
    """What is told under the headline, after what was corrected; the headline where there is nothing."""
    view = story_view(one.story, link="", summary=one.story.article.summary[:_LONGEST], language=desk.language)
    said = view.summary or view.headline
    if one.correction is None:
        return said
    return f"{words(view.language).correction}: {line(one.correction.note) or view.headline}\n\n{said}"


def _changed(one: Recent) -> datetime:
    told = one.story.article.updated or one.story.article.published or one.story.first_seen_at
    return max(told, one.correction.at) if one.correction else told


def _told(story: Story, desk: DeskView) -> str:
    view = story_view(story, link=story.article.url, summary="", language=desk.language)
    words_of_it = html.escape(view.headline)
    linked = f'<a href="{html.escape(view.link)}">{words_of_it}</a>' if view.link else words_of_it
    return f'<li lang="{html.escape(view.language)}" dir="{view.direction}">{linked}</li>'


def _feed(desk: DeskView, place: Place, name: str, changed: datetime) -> ET.Element:
    feed = ET.Element("feed", {"xmlns": _ATOM, _LANGUAGE: desk.language})
    _add(feed, "id", _urn(name))
    _add(feed, "title", place.title)
    _add(feed, "updated", _instant(changed))
    _add(ET.SubElement(feed, "author"), "name", desk.name)
    ET.SubElement(feed, "link", {"rel": "self", "type": "application/atom+xml", "href": place.feed})
    ET.SubElement(feed, "link", {"rel": "alternate", "type": "text/html", "href": place.page})
    return feed


def _entry(feed: ET.Element, name: str, title: str, language: str = "") -> ET.Element:
    entry = ET.SubElement(feed, "entry", {_LANGUAGE: language} if language else {})
    _add(entry, "id", _urn(name))
    _add(entry, "title", title)
    return entry


def _name_of(story: Story) -> str:
    """The same for ever, whatever becomes of the story's address."""
    return f"{story.article.feed} {story.article.guid}"


def _document(feed: ET.Element) -> str:
    ET.indent(feed)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(feed, encoding="unicode") + "\n"


def _add(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = text


def _urn(text: str) -> str:
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, text)}"


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
