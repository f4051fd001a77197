"""Our own JSON to articles: the shape that ``fetch --json`` gives, for systems that speak no ninjs. Must not touch the
network.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from distributor.errors import ParseError
from distributor.model import ROUTINE, Image
from distributor.sources.drafting import Copytaster, Draft
from distributor.sources.parsed import Parsed, Reading
from distributor.sources.values import Row, inner, read_json, rows, whole, word

#: What every article of this shape has, beside its address or id.
_NAME = "headline"


def is_ours(value: Any) -> bool:
    """Whether a JSON value is one article of this shape, or an object that holds a list of them."""
    return any(_is_article(one) for one in _articles(value)[:3])


def parse_document(body: bytes, url: str, content_type: str, reading: Reading) -> Parsed:
    """The articles of a document, in its order. Raises ParseError."""
    found = read_json(body, content_type, "our own JSON")
    articles = _articles(found)
    if articles and not any(_is_article(one) for one in articles):
        raise ParseError("a JSON document of another kind; an article has headline and url")
    taster = Copytaster(reading, url, word="article")
    made = (taster.article(number, _draft(one)) for number, one in enumerate(articles, 1))
    kept = tuple(one for one in made if one is not None)
    if not articles:
        taster.warnings.append("the document holds no articles")
    return Parsed(kind="articles", articles=kept, warnings=tuple(taster.warnings))


def _articles(value: Any) -> Sequence[Row]:
    many = value.get("articles") if isinstance(value, Mapping) and "articles" in value else value
    return rows(many)


def _is_article(row: Row) -> bool:
    # ninjs names each story by its "uri"
    return bool(word(row, _NAME)) and bool(word(row, "url", "guid")) and not word(row, "uri")


def _draft(row: Row) -> Draft:
    categories = row.get("categories")
    markup = word(row, "body_html")
    return Draft(
        guid=word(row, "guid"),
        url=word(row, "url"),
        headline=word(row, _NAME),
        summary=word(row, "summary"),
        body=markup or word(row, "body"),
        is_text=not markup,
        byline=word(row, "byline"),
        published=(word(row, "published"),),
        updated=(word(row, "updated"),),
        embargoed=word(row, "embargoed"),
        categories=[one for one in categories if isinstance(one, str)] if isinstance(categories, list) else [],
        urgency=whole(row.get("urgency")) or ROUTINE,
        pubstatus=word(row, "pubstatus"),
        image=_image(row),
        language=word(row, "language"),
        ednote=word(row, "ednote"),
        correction=word(row, "correction"),
        evolved_from=word(row, "evolved_from"),
    )


def _image(row: Row) -> Image | None:
    """An address, or an object with ``url``, ``alt``, ``credit`` and ``rights``."""
    image = row.get("image")
    if isinstance(image, str):
        return Image(url=image) if image.strip() else None
    url = word(inner(row, "image"), "url")
    if not url:
        return None
    return Image(url=url, alt=word(image, "alt"), credit=word(image, "credit"), rights=word(image, "rights"))
