"""The HTML pages of the newsroom site: listings and articles with the metadata real news pages carry.
Must not decide what is visible.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from distributor.sandbox.site.images import HEIGHT, WIDTH
from distributor.sandbox.site.stories import Story

#: the site's sections, as its navigation names them
SECTIONS = {
    "president": "President",
    "politics": "Politics",
    "economics": "Economics",
    "society": "Society",
    "culture": "Culture",
    "sport": "Sport",
}
SITE = "Sandbox News Agency"
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


def section_title(section: str) -> str:
    """``Economics``."""
    return SECTIONS.get(section, section.replace("-", " ").capitalize())


def full_date(instant: datetime, zone: ZoneInfo) -> str:
    """``02 October 2026, 11:54``, local, in English whatever the machine's locale."""
    local = instant.astimezone(zone)
    return f"{local.day:02d} {_MONTHS[local.month - 1]} {local.year}, {local:%H:%M}"


def _link(story: Story, base: str) -> str:
    return f'<a href="{escape(base + story.path)}">{escape(story.headline)}</a>'


def _navigation(base: str) -> str:
    links = "".join(f'<li><a href="{base}/{key}/">{title}</a></li>' for key, title in SECTIONS.items())
    return f'<nav class="main_menu"><ul>{links}</ul></nav>'


def _document(language: str, head: str, body: str, base: str) -> bytes:
    page = (
        f'<!DOCTYPE html>\n<html lang="{escape(language)}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n{head}\n</head>\n<body>\n'
        f'<header><a href="{base}/">{SITE}</a></header>\n{_navigation(base)}\n{body}\n'
        f"<footer><p>© {SITE}. Use of the material requires a link.</p></footer>\n</body>\n</html>\n"
    )
    return page.encode("utf-8", "replace")


def listing(stories: Sequence[Story], *, title: str, path: str, base: str, zone: ZoneInfo, feed: bool = True) -> bytes:
    """The front page or a section's page; without ``feed`` it names none."""
    rows = "\n".join(
        f'<li class="news_item"><span class="date">{full_date(story.published, zone)}</span> {_link(story, base)}'
        f"<p>{escape(story.summary)}</p></li>"
        for story in stories
    )
    link = f'type="application/rss+xml" title="{escape(title)}" href="{base}{escape(path)}rss.xml"'
    head = f'<title>{escape(title)} | {SITE}</title>\n<link rel="canonical" href="{base}{escape(path)}">\n'
    head += f'<link rel="alternate" {link}>' if feed else ""
    return _document("en", head, f'<main><h1>{escape(title)}</h1>\n<ul class="news_list">\n{rows}\n</ul></main>', base)


def _metadata(story: Story, base: str) -> list[tuple[str, str, str]]:
    """(attribute, name, content) of every meta element."""
    url = base + story.path
    metas = [
        ("name", "description", story.summary),
        ("name", "keywords", ", ".join(story.keywords)),
        ("name", "author", story.byline),
        ("property", "og:type", "article"),
        ("property", "og:site_name", SITE),
        ("property", "og:title", story.headline),
        ("property", "og:description", story.summary),
        ("property", "og:url", url),
        ("property", "og:locale", story.language),
        ("property", "article:published_time", story.published.isoformat()),
        ("property", "article:modified_time", story.updated.isoformat()),
        ("property", "article:section", section_title(story.section)),
        ("name", "twitter:card", "summary_large_image" if story.image else "summary"),
        ("name", "twitter:title", story.headline),
        ("name", "twitter:description", story.summary),
    ]
    if story.image is not None:
        address = story.image.address(base)
        metas += [("property", "og:image", address), ("property", "og:image:alt", story.image.alt)]
        metas += [("name", "twitter:image", address), ("name", "twitter:image:alt", story.image.alt)]
        if story.image.generated:
            metas += [("property", "og:image:width", str(WIDTH)), ("property", "og:image:height", str(HEIGHT))]
    return [meta for meta in metas if meta[2]]


def _linked_data(story: Story, base: str) -> str:
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "mainEntityOfPage": base + story.path,
        "headline": story.headline,
        "description": story.summary,
        "datePublished": story.published.isoformat(),
        "dateModified": story.updated.isoformat(),
        "articleSection": section_title(story.section),
        "inLanguage": story.language,
        "keywords": list(story.keywords),
        "author": {"@type": "Organization", "name": story.byline or SITE},
        "publisher": {"@type": "Organization", "name": SITE, "url": base + "/"},
        "image": [] if story.image is None else [story.image.address(base)],
    }
    # "</script>" inside a headline must not end the element (HTML Living Standard, 4.12.1.3)
    return json.dumps(data, ensure_ascii=False).replace("</", "<\\/")


def _figure(story: Story, base: str) -> str:
    if story.image is None:
        return ""
    image = story.image
    return (
        f'<figure><img src="{escape(image.address(base))}" alt="{escape(image.alt)}">'
        f"<figcaption>{escape(image.credit)}</figcaption></figure>"
    )


def article(story: Story, recent: Sequence[Story], *, base: str, zone: ZoneInfo) -> bytes:
    """A story's page: metadata, navigation, text, then what stands below every text."""
    metas = "\n".join(f'<meta {kind}="{name}" content="{escape(text)}">' for kind, name, text in _metadata(story, base))
    published = story.published.astimezone(zone).isoformat(timespec="seconds")
    head = (
        f'<title>{escape(story.headline)} | {SITE}</title>\n<link rel="canonical" href="{escape(base + story.path)}">\n'
        f'{metas}\n<meta name="mediator_published_time" content="{published}">\n'
        f'<meta name="mediator_theme" content="{escape(section_title(story.section))}">\n'
        f'<script type="application/ld+json">{_linked_data(story, base)}</script>'
    )
    text = "\n".join(f"<p>{escape(paragraph)}</p>" for paragraph in story.full_paragraphs())
    others = "\n".join(f"<li>{_link(other, base)}</li>" for other in recent)
    body = (
        f'<main class="content">\n<h1>{escape(story.headline)}</h1>\n'
        f'<div class="date_full">{full_date(story.published, zone)}</div>\n{_figure(story, base)}\n'
        f'<div class="js-mediator-article">\n{text}\n</div>\n<div class="article_author">{escape(story.byline)}</div>\n'
        '<div class="subscribe_box"><p>Subscribe to us</p><a href="https://t.me/newsroom">Telegram</a> '
        '<a href="https://x.com/newsroom">X</a></div>\n'
        f'<aside class="recent_news"><h2>Recent news</h2>\n<ul>\n{others}\n</ul></aside>\n</main>'
    )
    return _document(story.language, head, body, base)
