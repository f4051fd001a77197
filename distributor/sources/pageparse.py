"""An article page to an article: JSON-LD, Open Graph and other meta elements, ``time``, and a site's own selectors.
Must not touch the network, and never guesses an instant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from distributor.errors import ParseError
from distributor.model import Article, Image
from distributor.sources.drafting import Copytaster, Draft
from distributor.sources.extracting import extracted
from distributor.sources.parsed import Parsed, Reading
from distributor.text.cleaning import cleaned
from distributor.text.head import read_meta
from distributor.text.linked import article as story_of
from distributor.text.linked import rows, text, texts
from distributor.text.markup import plain
from distributor.text.meta import Meta
from distributor.text.tree import Node, Tree, UnreadableError, attribute, decoded, markup_of

#: The keys of a page's selectors (docs/sources.md).
SELECTORS: Final = ("headline", "body", "time", "section", "lead", "byline", "image", "remove")
#: Where a page's time is looked for, the most trusted first.
_TIMES: Final = (
    *("article:published_time", "og:article:published_time", "mediator_published_time", "datepublished", "pubdate"),
    *("publishdate", "parsely-pub-date", "sailthru.date", "dc.date.issued", "dcterms.created", "dc.date", "date"),
)
_CHANGES: Final = ("article:modified_time", "og:updated_time", "datemodified", "dcterms.modified", "lastmod")
#: Where a story's text stands on pages that say so.
_BODIES: Final = ("[itemprop='articleBody']", ".js-mediator-article")
_SIDE: Final = "nav, header, footer, aside, form, script, style, noscript, [hidden]"
#: Pages that are lists of stories, whatever their elements say.
_NO_STORY: Final = ("website", "profile")


def parse_document(body: bytes, url: str, content_type: str, reading: Reading) -> Parsed:
    """The article of a page. Raises ParseError where the page is none."""
    try:
        tree = Tree(decoded(body, content_type), url)
        draft = _Page(tree, read_meta(tree), url, reading.options).draft(body)
    except UnreadableError as error:
        raise ParseError(f"the page {error}") from None
    taster = Copytaster(reading, tree.base or url, word="page")
    article = taster.article(1, draft)
    found: tuple[Article, ...] = () if article is None else (article,)
    return Parsed(
        kind="article page",
        articles=found,
        warnings=tuple(one.replace("page 1", "the page") for one in taster.warnings),
    )


class _Page:
    """One page, asked for each part of its story in the order in which its claims are trusted."""

    def __init__(self, tree: Tree, meta: Meta, url: str, options: Mapping[str, Any]) -> None:
        self._tree = tree
        self._meta = meta
        self._url = url
        self._options = options
        self._data = story_of(meta.linked, meta.canonical or url) or {}

    def draft(self, body: bytes) -> Draft:
        """The story in the page's own words."""
        meta, data = self._meta, self._data
        markup = self._body() or (extracted(body, self._url) if self._options.get("extract") else "")
        return Draft(
            guid=self._options.get("address") or (self._url if _host(self._url) else self._address()),
            url=self._address(),
            headline=self._headline(),
            summary=self._markup("lead") or _escaped(self._lead()),
            body=markup,
            byline=self._words("byline") or ", ".join(self._authors()),
            published=list(self._times()),
            updated=[text(data, "dateModified"), *meta.all(*_CHANGES)],
            categories=list(self._categories()),
            image=self._image(),
            language=text(data, "inLanguage") or meta.language or meta.first("og:locale"),
            correction="\n".join(one for one in texts(data.get("correction")) if one),
            translations=[link.href for link in meta.links if "alternate" in link.rel and link.hreflang],
        )

    def _node(self, key: str) -> Node | None:
        """The element that the configuration names for a part."""
        selector = self._options.get(key)
        return self._tree.first(str(selector)) if selector else None

    def _words(self, key: str) -> str:
        node = self._node(key)
        return "" if node is None else plain(cleaned(markup_of(node)), paragraphs=False)

    def _markup(self, key: str) -> str:
        node = self._node(key)
        return "" if node is None else markup_of(node)

    def _address(self) -> str:
        """The canonical address where it is this site's; a site without a fixed address is not believed."""
        found = self._meta.canonical or self._meta.first("og:url")
        own = not _host(self._url) or _host(found) == _host(self._url)
        return found if own and _path(found) else self._url

    def _headline(self) -> str:
        if told := self._words("headline"):
            return _escaped(told)
        site, first = self._meta.first("og:site_name"), self._tree.first("h1")
        heading = "" if first is None else plain(cleaned(markup_of(first)), paragraphs=False)
        found = text(self._data, "headline", "name") or self._meta.first("og:title", "twitter:title")
        if heading and (not found or found.startswith(heading)):
            return _escaped(heading)
        return _escaped(_without_site(found or self._meta.title, site))

    def _lead(self) -> str:
        return text(self._data, "description") or self._meta.first(
            "og:description", "twitter:description", "description"
        )

    def _body(self) -> str:
        """The markup of the text, without what does not belong to it."""
        selectors = [str(self._options["body"])] if self._options.get("body") else list(_BODIES)
        node = next((found for each in selectors if (found := self._tree.first(each)) is not None), None)
        if node is None:
            return "" if self._options.get("body") else _escaped(text(self._data, "articleBody"))
        if remove := self._options.get("remove"):
            for each in node.css(str(remove)):
                each.decompose()
        return markup_of(node)

    def _times(self) -> Iterator[str]:
        """What names the time of publication, the most trusted first."""
        yield from _of_time(self._node("time"))
        yield text(self._data, "datePublished", "dateCreated", "uploadDate")
        yield from self._meta.all(*_TIMES)
        for each in (
            "[itemprop='datePublished']",
            "time[pubdate]",
            "article time[datetime]",
            "main time[datetime]",
            ".date_full",
        ):
            yield from _of_time(self._tree.first(each))

    def _authors(self) -> Sequence[str]:
        named = [name for name in texts(self._data.get("author")) if not name.startswith("http")]
        told = named or self._meta.all("author", "article:author", "dc.creator")
        return [name for name in dict.fromkeys(told) if name and not name.startswith("http")]

    def _categories(self) -> Iterator[str]:
        """The section, then the keywords."""
        if told := self._words("section"):
            yield told
        yield from texts(self._data.get("articleSection"))
        yield from self._meta.all("article:section", "mediator_theme")
        keywords = [*texts(self._data.get("keywords")), *self._meta.all("article:tag", "news_keywords", "keywords")]
        yield from (part.strip() for word in keywords for part in word.split(","))

    def _image(self) -> Image | None:
        if (node := self._node("image")) is not None:
            picture = node if attribute(node, "src") else node.css_first("img")
            if address := attribute(picture, "src") or attribute(picture, "data-src") or attribute(node, "content"):
                return Image(url=address, alt=attribute(picture, "alt"))
        image = next(iter(rows(self._data.get("image"))), {})
        shown = self._meta.first(
            "og:image", "og:image:secure_url", "og:image:url", "twitter:image", "twitter:image:src"
        )
        address = text(image, "url", "contentUrl") or shown or text(self._data, "image", "thumbnailUrl")
        if not address:
            return None
        own = address == shown
        return Image(
            url=address,
            alt=text(image, "caption", "description")
            or (self._meta.first("og:image:alt", "twitter:image:alt") if own else ""),
            credit=text(image, "creditText", "author", "creator"),
            width=_pixels(text(image, "width") or (self._meta.first("og:image:width") if own else "")),
            height=_pixels(text(image, "height") or (self._meta.first("og:image:height") if own else "")),
            mime=self._meta.first("og:image:type") if own else "",
            rights=text(image, "copyrightNotice", "usageInfo", "license"),
        )


def _of_time(node: Node | None) -> Iterable[str]:
    """What an element says of a time: its attribute for machines, else its words."""
    if node is None:
        return ()
    return (attribute(node, "datetime"), attribute(node, "content"), plain(cleaned(markup_of(node)), paragraphs=False))


def _escaped(text: str) -> str:
    """Text as markup: nothing in it is a tag."""
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _without_site(title: str, site: str) -> str:
    """A title without the name of its site behind it."""
    head, sign, tail = title.rpartition(" | ") if " | " in title else title.rpartition(" - ")
    return head.strip() if sign and site and tail.strip().casefold() == site.casefold() else title


def _host(url: str) -> str:
    found = re.match(r"https?://([^/?#]+)", url)
    return found[1].lower().removeprefix("www.") if found else ""


def _path(url: str) -> str:
    return url.partition("//")[2].partition("/")[2].strip("/")


def _pixels(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[1-9][0-9]{0,4}", text) else None
