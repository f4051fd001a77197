"""JSON Feed 1.0 and 1.1 to articles (jsonfeed.org/version/1.1). Must not touch the network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from distributor.errors import ParseError
from distributor.model import Image
from distributor.sources.drafting import Copytaster, Draft
from distributor.sources.parsed import Parsed, Reading
from distributor.sources.values import Row, inner, read_json, rows, whole, word
from distributor.text.links import absolute


def is_ours(value: Any) -> bool:
    """Whether a JSON value is a JSON Feed."""
    return "jsonfeed.org/version" in word(value, "version") or (
        isinstance(value, dict) and isinstance(value.get("items"), list) and bool(word(value, "feed_url"))
    )


def parse_document(body: bytes, url: str, content_type: str, reading: Reading) -> Parsed:
    """The articles of a feed, in its order. Raises ParseError."""
    feed = read_json(body, content_type, "JSON Feed")
    if not is_ours(feed):
        raise ParseError("a JSON document of another kind, not a feed of the kind JSON Feed")
    taster = Copytaster(reading, url)
    items = rows(feed.get("items"))
    if not items:
        taster.warnings.append("the feed holds no items")
    found = (taster.article(number, _draft(item, feed)) for number, item in enumerate(items, 1))
    articles = tuple(article for article in found if article is not None)
    version = word(feed, "version").rpartition("/")[2][:8] or "1"
    hubs = [one for one in rows(feed.get("hubs")) if word(one, "type").lower() == "websub"]
    hub = absolute(word(hubs[0], "url"), url) if hubs else ""
    topic = (absolute(word(feed, "feed_url"), url) or url) if hub else ""
    warnings = tuple(taster.warnings)
    return Parsed(kind=f"JSON Feed {version}", articles=articles, warnings=warnings, hub=hub, topic=topic)


def _draft(item: Row, feed: Row) -> Draft:
    markup, text = word(item, "content_html"), word(item, "content_text")
    return Draft(
        guid=word(item, "id"),
        url=word(item, "url", "external_url"),
        headline=word(item, "title"),
        summary=word(item, "summary"),
        body=markup or text,
        is_text=not markup,
        byline=", ".join(_authors(item) or _authors(feed)),
        published=(word(item, "date_published"),),
        updated=(word(item, "date_modified"),),
        categories=_tags(item),
        image=_image(item),
        language=word(item, "language") or word(feed, "language"),
    )


def _authors(row: Row) -> Sequence[str]:
    """Version 1.1 has several, 1.0 had one."""
    found = (word(author, "name") for author in [*rows(row.get("authors")), *rows(row.get("author"))])
    return list(dict.fromkeys(name for name in found if name))


def _tags(item: Row) -> Sequence[str]:
    tags = item.get("tags")
    return [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []


def _image(item: Row) -> Image | None:
    """The item's picture, its banner, or the first attachment that is one."""
    if address := word(item, "image", "banner_image"):
        return Image(url=address)
    for one in rows(inner(item, "attachments")):
        if word(one, "mime_type").startswith("image/"):
            size = (whole(one.get("width")), whole(one.get("height")))
            image = Image(url=word(one, "url"), alt=word(one, "title"), mime=word(one, "mime_type"))
            return Image(url=image.url, alt=image.alt, mime=image.mime, width=size[0], height=size[1])
    return None
