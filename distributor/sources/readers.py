"""Which reader a document gets: the one that is configured, or the one that knows it. Must not read a document itself.

Runs in the guarded child process, on bytes alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import import_module
from typing import Any, Final, TypeAlias

from distributor.errors import FetchError, ParseError
from distributor.net.body import MIB, read_body
from distributor.sources.parsed import Listing, Parsed, Reading
from distributor.sources.sniff import is_page, root_of

Reader: TypeAlias = Callable[[bytes, str, str, Reading], Parsed]

#: The readers of this program by kind; a third party's is named ``package.module:function``.
READERS: Final = {
    "feed": "distributor.sources.feedparse:parse_document",
    "jsonfeed": "distributor.sources.jsonfeed:parse_document",
    "sitemap": "distributor.sources.sitemap:parse_document",
    "wordpress": "distributor.sources.wordpress:parse_document",
    "page": "distributor.sources.pageparse:parse_document",
    "ninjs": "distributor.sources.ninjs:parse_document",
    "articles": "distributor.sources.plainjson:parse_document",
    "folder": "distributor.sources.folderparse:parse_document",
}
#: Those that know further documents to read.
LISTINGS: Final = {
    "page": "distributor.sources.listing:leads",
    "sitemap": "distributor.sources.sitemap:leads",
}
#: Asked in this order whether a JSON document is theirs.
_JSON: Final = ("jsonfeed", "wordpress", "articles", "ninjs")
#: A compressed document unfolds to no more (bytes).
MOST_UNFOLDED: Final = 64 * MIB


def parse(body: bytes, url: str, content_type: str, reading: Reading) -> Parsed:
    """A document's articles, by the reader that ``reading.kind`` names; ``auto`` is whichever knows it.

    Raises ParseError and MemoryError, nothing else.
    """
    try:
        body = unfolded(body)
        kind = detected(body, url) if reading.kind == "auto" else reading.kind
        found: Parsed = _load(READERS.get(kind, kind))(body, url, content_type, reading)
    except (ParseError, MemoryError):
        raise
    except Exception as error:
        raise ParseError(f"the document is damaged beyond reading ({type(error).__name__})") from error
    return found


def leads(body: bytes, url: str, content_type: str, reading: Reading) -> Listing:
    """The further documents that a listing page or a sitemap leads to. Raises ParseError and MemoryError."""
    try:
        body = unfolded(body)
        kind = "page" if is_page(body) else "sitemap" if root_of(body) in ("urlset", "sitemapindex") else "page"
        found: Listing = _load(LISTINGS[kind])(body, url, content_type, reading)
    except (ParseError, MemoryError):
        raise
    except Exception as error:
        raise ParseError(f"the document is damaged beyond reading ({type(error).__name__})") from error
    return found


def detected(body: bytes, url: str = "") -> str:
    """The kind of a document, a key of :data:`READERS`; what nobody knows is a feed, whose reader says what it is."""
    if root_of(body) in ("urlset", "sitemapindex"):
        return "sitemap"
    head = body[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head[:1] in (b"{", b"[") or body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _json_kind(body)
    if head.startswith((b"---\n", b"---\r\n", b"+++\n", b"+++\r\n")) or url.lower().endswith((".md", ".markdown")):
        return "folder"
    return "page" if is_page(body) else "feed"


def _json_kind(body: bytes) -> str:
    """The kind of a JSON document."""
    try:
        value: Any = json.loads(
            body.decode("utf-16" if body[:1] in (b"\xff", b"\xfe") else "utf-8-sig", "replace"), strict=False
        )
    except (ValueError, RecursionError):
        return "jsonfeed" if b"jsonfeed.org" in body[:4096] else "feed"
    modules = {kind: import_module(READERS[kind].partition(":")[0]) for kind in _JSON}
    return next((kind for kind, module in modules.items() if module.is_ours(value)), "feed")


def unfolded(body: bytes) -> bytes:
    """A document out of its gzip, within limits. Raises ParseError."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    try:
        return read_body([body], coding="gzip", length="", most=MOST_UNFOLDED)
    except FetchError as error:
        raise ParseError(str(error)) from None


def _load(name: str) -> Callable[..., Any]:
    module, _, function = name.partition(":")
    found: Callable[..., Any] = getattr(import_module(module), function)
    return found
