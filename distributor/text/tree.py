"""HTML documents as trees, asked by CSS selectors. The one place that knows which library reads HTML. Must not fetch
anything; what comes out of a tree is text of strangers still.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, TypeAlias

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from distributor.text.links import absolute
from distributor.text.nesting import DEEPEST, is_deep_html

Node: TypeAlias = LexborNode

#: one unreadable character in so many is damage; more is another encoding than the page says
_READABLE: Final = 500
_BOMS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_SERVED: Final = re.compile(r"charset=[\"']?([\w.:-]+)", re.IGNORECASE)
#: WHATWG HTML, 13.2.3.2: a page says its encoding within its first 1024 bytes; some say it later
_DECLARED: Final = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
#: what pages call Latin-1 is windows-1252 (WHATWG Encoding, 4.2)
_LATIN: Final = frozenset(("iso8859-1", "ascii", "cp1252"))


class UnreadableError(ValueError):
    """The document cannot be read as HTML; the text says why, in words that continue "the page ..."."""


class Tree:
    """One document."""

    def __init__(self, markup: str, url: str = "") -> None:
        """Read it; ``url`` is where it came from, and what its links start from. Raises UnreadableError."""
        if is_deep_html(markup):
            raise UnreadableError(f"is nested more than {DEEPEST} elements deep")
        self._parser = LexborHTMLParser(markup.replace("\0", "\ufffd").encode("utf-8", "replace").decode())
        base = self.first("base[href]")
        self.base = absolute(attribute(base, "href"), url) or url if base is not None else url

    def all(self, selector: str) -> Sequence[Node]:
        """Every element that fits, in the document's order. Raises ValueError for what is no selector."""
        try:
            return self._parser.css(selector)
        except SelectolaxError:
            raise ValueError(f"no CSS selector: {selector}") from None

    def first(self, selector: str) -> Node | None:
        """The first element that fits. Raises ValueError for what is no selector."""
        return next(iter(self.all(selector)), None)

    @property
    def language(self) -> str:
        """What the document says its language is; empty where it says nothing."""
        return attribute(self.first("html"), "lang")


@lru_cache(maxsize=256)
def is_selector(text: str) -> bool:
    """Whether a text is a CSS selector that this reader understands."""
    try:
        Tree("<p>").all(text)
    except ValueError:
        return False
    return True


def attribute(node: Node | None, name: str) -> str:
    """An element's attribute without white space around it; empty where there is none."""
    value = None if node is None else node.attributes.get(name)
    return (value or "").strip()


def markup_of(node: Node) -> str:
    """The markup inside an element."""
    return node.inner_html or ""


def decoded(body: bytes, content_type: str = "") -> str:
    """The text of a page: in the encoding of its byte order mark, of the server, of its own ``meta``, else UTF-8.

    Raises UnreadableError where much of it cannot be read so: a guessed encoding would put nonsense into headlines.
    """
    for mark, coding in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(coding, "replace")
    told = _SERVED.search(content_type)
    own = _DECLARED.search(body[:8192])
    name = told[1] if told else own[1].decode("ascii", "replace") if own else "utf-8"
    text = body.decode(_codec(name), "replace")
    if text.count("\ufffd") > 3 + len(text) // _READABLE:
        raise UnreadableError(f"is not in the encoding it declares ({name[:40]})")
    return text


def _codec(name: str) -> str:
    """Python's name of an encoding. Raises UnreadableError."""
    try:
        found = codecs.lookup(name)
    except LookupError:
        raise UnreadableError(f"is in an unknown encoding ({name[:40]})") from None
    if not found._is_text_encoding:  # noqa: SLF001 - "rot13" and "zlib" are codecs, too
        raise UnreadableError(f"is in an unknown encoding ({name[:40]})")
    return "cp1252" if found.name in _LATIN else found.name
