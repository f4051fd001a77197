"""Google's news sitemaps to articles, and sitemap indexes to further sitemaps. Must not touch the network.

expat reads the XML without namespaces, so that any prefix is one, declared or not; no tree is built, and no entity
beyond the document is ever looked for.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import Any, Final
from xml.parsers import expat

from distributor.errors import ParseError
from distributor.model import Image
from distributor.sources.dates import moment
from distributor.sources.drafting import Copytaster, Draft
from distributor.sources.parsed import Lead, Listing, Parsed, Reading
from distributor.sources.sniff import not_a_feed, root_of
from distributor.text.links import absolute

#: The protocol's own limit (sitemaps.org).
MOST: Final = 50_000
_LONGEST: Final = 8_000
_NAMED: Final = re.compile(rb"&([A-Za-z][A-Za-z0-9]{1,30});")
_OWN: Final = (b"amp", b"lt", b"gt", b"quot", b"apos")
_ROOTS: Final = ("urlset", "sitemapindex")


@dataclass(slots=True)
class _Found:
    """One ``url`` or ``sitemap`` element: its values by path, such as ``news/title``."""

    values: dict[str, str] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)

    def first(self, *names: str) -> str:
        return next((self.values[name] for name in names if self.values.get(name)), "")


class _Collector:
    """Takes what expat finds."""

    def __init__(self) -> None:
        self.root = ""
        self.found: list[_Found] = []
        self._path: list[str] = []
        self._text: list[str] = []
        self._open: _Found | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2].lower()
        self.root = self.root or local
        self._path.append(local)
        self._text = []
        if len(self._path) == 2 and local in ("url", "sitemap"):
            self._open = _Found()
        elif self._open is not None and local == "link" and attributes.get("hreflang"):
            self._open.others.append(attributes.get("href", ""))

    def data(self, text: str) -> None:
        if self._open is not None and sum(map(len, self._text)) < _LONGEST:
            self._text.append(text)

    def end(self, _name: str) -> None:
        if self._open is not None:
            if len(self._path) == 2:
                if len(self.found) < MOST:
                    self.found.append(self._open)
                self._open = None
            elif value := "".join(self._text).strip():
                # news/publication/name keeps what stands between, as does image/loc
                self._open.values.setdefault("/".join(self._path[2:5]), value)
        self._path.pop()
        self._text = []


def is_ours(body: bytes) -> bool:
    """Whether a document is a sitemap or an index of sitemaps."""
    return root_of(body) in _ROOTS


def parse_document(body: bytes, url: str, content_type: str, reading: Reading) -> Parsed:
    """The articles of a news sitemap, in its order; an index holds none itself. Raises ParseError."""
    collector, warnings = _read(body, content_type)
    if collector.root == "sitemapindex":
        warnings.append(f"an index of {len(collector.found)} sitemaps, which are read one by one")
        return Parsed(kind="sitemap index", warnings=tuple(warnings))
    taster = Copytaster(reading, url, word="address")
    news = [found for found in collector.found if found.first("news/title")]
    if len(news) < len(collector.found):
        warnings.append(f"{len(collector.found) - len(news)} addresses say nothing of news and are left out")
    articles = (taster.article(number, _draft(found)) for number, found in enumerate(news, 1))
    kept = tuple(article for article in articles if article is not None)
    if not collector.found:
        warnings.append("the sitemap holds no addresses")
    return Parsed(kind="news sitemap", articles=kept, warnings=(*warnings, *taster.warnings))


def leads(body: bytes, url: str, content_type: str, reading: Reading) -> Listing:
    """The sitemaps of an index, or the addresses of a sitemap. Raises ParseError."""
    collector, _ = _read(body, content_type)
    found = tuple(
        Lead(url=link, text=one.first("news/title"), changed=moment(one.first("lastmod"), reading.zone))
        for one in collector.found
        if (link := absolute(one.first("loc"), url))
    )
    return Listing(kind="sitemap index" if collector.root == "sitemapindex" else "sitemap", leads=found)


def _read(body: bytes, content_type: str) -> tuple[_Collector, list[str]]:
    """What a sitemap holds, as far as it goes. Raises ParseError."""
    collector = _Collector()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = collector.start
    parser.CharacterDataHandler = collector.data
    parser.EndElementHandler = collector.end
    warnings = []
    try:
        parser.Parse(_NAMED.sub(_as_number, body.lstrip()), True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        if not collector.found and collector.root not in _ROOTS:
            raise ParseError(
                f"{not_a_feed(body, content_type) or 'an XML document'}, not a feed of the kind sitemap"
            ) from None
        told = expat.errors.messages.get(error.code, "damaged") if isinstance(error, expat.ExpatError) else "damaged"
        warnings.append(f"the XML is not well-formed ({told}); read as far as it goes")
    if collector.root not in _ROOTS:
        raise ParseError(f"an XML document (<{collector.root[:40]}>), not a feed of the kind sitemap")
    return collector, warnings


def _as_number(found: re.Match[bytes]) -> bytes:
    """HTML's names are unknown to XML: as a number, as they were where they mean nothing."""
    if found[1] in _OWN:
        return found[0]
    text = html.unescape(found[0].decode())
    return found[0] if text.startswith("&") else "".join(f"&#{ord(char)};" for char in text).encode()


def _draft(found: _Found) -> Draft:
    keywords = found.first("news/keywords")
    image: Any = None
    if address := found.first("image/loc"):
        image = Image(url=address, alt=found.first("image/caption", "image/title"), rights=found.first("image/license"))
    return Draft(
        guid=found.first("loc"),
        url=found.first("loc"),
        headline=found.first("news/title"),
        published=(found.first("news/publication_date"),),
        updated=(found.first("lastmod"),),
        categories=[one.strip() for one in re.split("[,;]", keywords) if one.strip()],
        image=image,
        language=found.first("news/publication/language", "news/language"),
        translations=found.others,
    )
