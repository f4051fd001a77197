"""Posts of the WordPress REST API to articles (``/wp-json/wp/v2/posts?_embed``). Must not touch the network."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from distributor.errors import ParseError
from distributor.model import Image
from distributor.sources.drafting import Copytaster, Draft
from distributor.sources.parsed import Parsed, Reading
from distributor.sources.values import Row, inner, read_json, rows, whole, word


def is_ours(value: Any) -> bool:
    """Whether a JSON value is a post of WordPress, or a list of them."""
    first = next(iter(rows(value)), {})
    return isinstance(inner(first, "title", "rendered"), str) and bool(word(first, "link"))


def parse_document(body: bytes, url: str, content_type: str, reading: Reading) -> Parsed:
    """The articles of a list of posts, in its order. Raises ParseError."""
    found = read_json(body, content_type, "WordPress")
    if isinstance(found, dict) and word(found, "code") and word(found, "message"):
        raise ParseError(f"WordPress answers {' '.join(word(found, 'message').split())[:120]!r}")
    if found != [] and not is_ours(found):
        raise ParseError("a JSON document of another kind, not a feed of the kind WordPress")
    taster = Copytaster(reading, url, word="post")
    articles = []
    for number, post in enumerate(rows(found), 1):
        if (status := word(post, "status") or "publish") != "publish" or inner(post, "content", "protected") is True:
            why = f"has the status {status[:20]!r}" if status != "publish" else "is protected by a password"
            taster.leave_out(number, rendered(post, "title"), why)
        elif (article := taster.article(number, _draft(post))) is not None:
            articles.append(article)
    return Parsed(kind="WordPress", articles=tuple(articles), warnings=tuple(taster.warnings))


def rendered(post: Row, name: str) -> str:
    """A value as readers see it; its markup."""
    return word(inner(post, name), "rendered")


def _draft(post: Row) -> Draft:
    # the rendered excerpt ends in a link to the story itself
    excerpt = re.sub(r"<a[^>]*class=.{0,3}[^>]*more-link.*?</a>", "", rendered(post, "excerpt"), flags=re.DOTALL)
    authors = (word(one, "name") for one in rows(inner(post, "_embedded", "author")))
    return Draft(
        guid=rendered(post, "guid") or word(post, "id"),
        url=word(post, "link"),
        headline=rendered(post, "title"),
        summary=re.sub(r"\s*(?:\[&hellip;\]|\[…\]|\[\.\.\.\])\s*(?=</p>|$)", "…", excerpt),
        body=rendered(post, "content"),
        byline=", ".join(dict.fromkeys(name for name in authors if name)),
        # the pair without _gmt is the site's own wall clock and names no zone
        published=(_utc(word(post, "date_gmt")), word(post, "date")),
        updated=(_utc(word(post, "modified_gmt")), word(post, "modified")),
        categories=_terms(post),
        image=_image(post),
        language=word(post, "lang", "language"),
    )


def _utc(wall: str) -> str:
    """WordPress leaves the zone out of what it calls GMT; an unset time is all zeros."""
    return f"{wall}Z" if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", wall) and wall[:4] != "0000" else ""


def _terms(post: Row) -> Sequence[str]:
    """The names of its categories, then of its tags."""
    groups = inner(post, "_embedded", "wp:term")
    terms = [term for group in groups if isinstance(group, list) for term in rows(group)] if groups else []
    kinds = ("category", "post_tag")
    return [word(term, "name") for kind in kinds for term in terms if word(term, "taxonomy") == kind]


def _image(post: Row) -> Image | None:
    media = next(iter(rows(inner(post, "_embedded", "wp:featuredmedia"))), None)
    if media is None or not word(media, "source_url"):
        return None
    return Image(
        url=word(media, "source_url"),
        alt=word(media, "alt_text") or rendered(media, "caption"),
        width=whole(inner(media, "media_details", "width")),
        height=whole(inner(media, "media_details", "height")),
        mime=word(media, "mime_type"),
    )
