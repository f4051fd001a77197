"""The newsroom site's stories in other forms than RSS: JSON Feed, news sitemaps, WordPress' API, ninjs. Must not choose
the stories.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any
from xml.sax.saxutils import escape as xml

from distributor.sandbox.site.images import HEIGHT, WIDTH
from distributor.sandbox.site.pages import SITE, section_title
from distributor.sandbox.site.stories import Story

_XML, _JSON = "application/xml; charset=utf-8", "application/json"
#: what stands where on the site, beside pages and RSS
PATHS = (
    *("/feed.json", "/ninjs.json", "/wp-json/wp/v2/posts", "/news-sitemap.xml", "/news-sitemap.xml.gz"),
    *("/sitemap_index.xml", "/robots.txt"),
)


def document(path: str, stories: Sequence[Story], base: str, query: Mapping[str, str]) -> tuple[bytes, str]:
    """The document at one of :data:`PATHS`, and its media type."""
    made: dict[str, Callable[[], tuple[bytes, str]]] = {
        "/feed.json": lambda: (_dump(_json_feed(stories, base)), "application/feed+json"),
        "/ninjs.json": lambda: (_dump({"items": [_ninjs(story, base) for story in stories]}), _JSON),
        "/wp-json/wp/v2/posts": lambda: (_dump([_post(story, base) for story in _since(stories, query)]), _JSON),
        "/news-sitemap.xml": lambda: (_sitemap(stories, base), _XML),
        "/news-sitemap.xml.gz": lambda: (gzip.compress(_sitemap(stories, base), mtime=0), "application/gzip"),
        "/sitemap_index.xml": lambda: (_index(stories, base), _XML),
        "/robots.txt": lambda: (f"User-agent: *\nSitemap: {base}/sitemap_index.xml\n".encode(), "text/plain"),
    }
    return made[path]()


def _dump(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def _text(story: Story) -> str:
    return "".join(f"<p>{escape(text)}</p>" for text in story.full_paragraphs())


def _json_feed(stories: Sequence[Story], base: str) -> dict[str, Any]:
    items = []
    for story in stories:
        item: dict[str, Any] = {
            "id": story.id,
            "url": base + story.path,
            "title": story.headline,
            "content_html": _text(story),
            "summary": story.summary,
            "date_published": story.published.isoformat(),
            "date_modified": story.updated.isoformat(),
            "authors": [{"name": story.byline}] if story.byline else [],
            "tags": [section_title(story.section), *story.keywords],
            "language": story.language,
        }
        if story.image is not None:
            item["image"] = story.image.address(base)
        items.append(item)
    return {"version": "https://jsonfeed.org/version/1.1", "title": SITE, "home_page_url": f"{base}/", "items": items}


def _ninjs(story: Story, base: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "uri": base + story.path,
        "type": "text",
        "standard": {"name": "ninjs", "version": "3.0"},
        "pubStatus": "usable",
        "urgency": story.urgency,
        "firstCreated": story.published.isoformat(),
        "versionCreated": story.updated.isoformat(),
        "language": story.language,
        "headlines": [{"role": "main", "value": story.headline}],
        "descriptions": [{"role": "summary", "value": story.summary}],
        "bodies": [{"role": "html", "contentType": "text/html", "value": _text(story)}],
        "by": story.byline,
        "subjects": [{"name": name} for name in (section_title(story.section), *story.keywords)],
    }
    if story.image is not None:
        sizes = {"width": WIDTH, "height": HEIGHT, "contentType": "image/png"} if story.image.generated else {}
        picture = {"name": "main", "href": story.image.address(base)} | sizes
        words = {"creditLine": story.image.credit, "descriptions": [{"role": "caption", "value": story.image.alt}]}
        found["associations"] = [{"name": "main", "type": "picture", "renditions": [picture]} | words]
    return found


def _since(stories: Sequence[Story], query: Mapping[str, str]) -> Sequence[Story]:
    """The posts that were asked for: ``after`` an instant, so many on a page."""
    after, size, page = query.get("after", ""), int(query.get("per_page", "10")), int(query.get("page", "1"))
    found = [story for story in stories if story.published.isoformat() > after]
    return found[(page - 1) * size : page * size]


def _post(story: Story, base: str) -> dict[str, Any]:
    wall = "%Y-%m-%dT%H:%M:%S"
    media = {"source_url": story.image.address(base), "alt_text": story.image.alt} if story.image else None
    terms = [[{"taxonomy": "category", "name": section_title(story.section)}]]
    terms.append([{"taxonomy": "post_tag", "name": name} for name in story.keywords])
    return {
        "id": story.number,
        "date_gmt": story.published.strftime(wall),
        "modified_gmt": story.updated.strftime(wall),
        "guid": {"rendered": f"{base}/?p={story.number}"},
        "link": base + story.path,
        "status": "publish",
        "title": {"rendered": escape(story.headline)},
        "content": {"rendered": _text(story), "protected": False},
        "excerpt": {"rendered": f"<p>{escape(story.summary)}</p>"},
        "lang": story.language,
        "_embedded": {
            "author": [{"name": story.byline}] if story.byline else [],
            "wp:term": terms,
            "wp:featuredmedia": [media] if media else [],
        },
    }


def _sitemap(stories: Sequence[Story], base: str) -> bytes:
    """With a prefix that nobody expects: any is allowed."""
    rows = "".join(
        f"<url><loc>{xml(base + story.path)}</loc><n:news><n:publication><n:name>{SITE}</n:name>"
        f"<n:language>{xml(story.language)}</n:language></n:publication>"
        f"<n:publication_date>{story.published.isoformat()}</n:publication_date>"
        f"<n:title>{xml(story.headline)}</n:title>"
        f"<n:keywords>{xml(', '.join(story.keywords))}</n:keywords></n:news></url>"
        for story in stories
    )
    spaces = (
        'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"'
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset {spaces}>{rows}</urlset>'.encode("utf-8", "replace")


def _index(stories: Sequence[Story], base: str) -> bytes:
    changed = max((story.updated for story in stories), default=None)
    lastmod = f"<lastmod>{changed.isoformat()}</lastmod>" if changed else ""
    space = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    old = f"<sitemap><loc>{base}/sitemap-2019.xml</loc></sitemap>"
    news = f"<sitemap><loc>{base}/news-sitemap.xml.gz</loc>{lastmod}</sitemap>"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<sitemapindex {space}>{old}{news}</sitemapindex>'.encode()
