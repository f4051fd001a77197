"""Says what a document is that turned out to be no feed. Must not try to read it any further."""

from __future__ import annotations

import re
from typing import Final

from distributor.text.markup import plain

#: how files of other kinds begin
_MAGIC: Final = (
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "gzip data"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"RIFF", "media data"),
)
#: elements with which a piece of HTML begins
_PIECES: Final = ("head", "body", "script", "div", "p", "h1", "title")
#: what may stand before the first element
_SKIPPED: Final = re.compile(r"<!--.*?-->|<\?.*?\?>|<!doctype[^>\[]*(?:\[.*?\]\s*)?>", flags=re.DOTALL | re.IGNORECASE)
_NAME: Final = re.compile(r"<(?:[\w.-]+:)?([\w.-]+)")
#: so many characters of other text before it, and it is no document of elements
_BEFORE: Final = 200
_BOMS: Final = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))


def not_a_feed(body: bytes, content_type: str = "") -> str:
    """What came instead of a feed, for ``... , not a feed``; empty when it may be one.

    Looks at the beginning only, because a page may quote a feed and a feed may quote a page.
    """
    if not body.strip():
        return "an empty document"
    for magic, name in _MAGIC:
        if body.startswith(magic):
            return name
    head = text_of(body[:20_000])
    if "\0" in head or head.count("\ufffd") > len(head) // 4:
        return "binary data"
    return _of_text(head.lstrip("\ufeff \t\r\n"), content_type)


def _of_text(head: str, content_type: str) -> str:
    """What a text is."""
    if head[:1] in ("{", "["):
        return "a JSON document"
    root = _root(head)
    if root == "html" or re.match(r"<!doctype html", head, re.IGNORECASE):
        return f"an HTML page{_title(head)}"
    if root in _PIECES:
        return f"a piece of HTML{_title(head)}"
    if root in ("urlset", "sitemapindex"):
        return "a sitemap"
    if root or head.startswith("<"):
        return ""
    kind = content_type.partition(";")[0].strip()
    return f"plain text{f' ({kind[:60]})' if kind else ''}"


def root_of(body: bytes) -> str:
    """The local name of a document's first element, in lower case; empty where there is none."""
    return _root(text_of(body[:20_000]).lstrip("\ufeff \t\r\n"))


def is_page(body: bytes) -> bool:
    """Whether a document is an HTML page, or a piece of one."""
    head = text_of(body[:20_000]).lstrip("\ufeff \t\r\n")
    return _root(head) in ("html", *_PIECES) or re.match(r"<!doctype html", head, re.IGNORECASE) is not None


def unknown(body: bytes) -> str:
    """What came when no reader of feeds found anything in it."""
    root = _root(text_of(body[:20_000]))
    return f"an XML document (<{root}>)" if root else "a document of an unknown kind"


def _root(head: str) -> str:
    """The local name of the first element, in lower case. Each character is looked at once, whatever is left open."""
    at = head.find("<", 0, _BEFORE)
    while at >= 0 and (skipped := _SKIPPED.match(head, at)):
        at = head.find("<", skipped.end(), skipped.end() + _BEFORE)
    found = _NAME.match(head, at) if at >= 0 else None
    return found[1].lower() if found else ""


def _title(head: str) -> str:
    """The page's title, for the person who must find the right address."""
    opened = re.search(r"<title[^<>]*>", head, re.IGNORECASE)
    closed = re.compile(r"</title>", re.IGNORECASE).search(head, opened.end()) if opened else None
    title = plain(head[opened.end() : closed.start()], paragraphs=False)[:80] if opened and closed else ""
    return f" (title: {title})" if title else ""


def text_of(body: bytes) -> str:
    """The bytes as text, well enough to look at, not to be read."""
    for bom, coding in _BOMS:
        if body.startswith(bom):
            return body.decode(coding, "replace")
    if body[:4] in (b"<\0?\0", b"\0<\0?"):
        return body.decode("utf-16-le" if body[:1] == b"<" else "utf-16-be", "replace")
    return body.decode("utf-8", "replace") if b"\0" not in body else body.decode("latin-1")
