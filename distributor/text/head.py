"""Reads what a page says of itself in its head. Must not judge which of its claims is right, nor fetch anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from distributor.text.linked import objects
from distributor.text.links import absolute
from distributor.text.meta import Link, Meta
from distributor.text.tree import Tree, attribute, decoded

#: Elements of one page that are looked at, and characters of one value that are kept.
MOST, LONGEST = 400, 4_000
#: Meta elements whose value is an address.
ADDRESSES: Final = frozenset(
    (
        *("og:url", "og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src"),
        *("twitter:url", "thumbnail", "image", "og:video", "og:audio"),
    )
)


def page_meta(body: bytes, url: str, content_type: str = "") -> Meta:
    """What the page at ``url`` says of itself. Raises ``tree.UnreadableError``."""
    return read_meta(Tree(decoded(body, content_type), url))


def read_meta(tree: Tree) -> Meta:
    """What a page says of itself."""
    links = _links(tree)
    title = tree.first("title")
    return Meta(
        title=_short(title.text() if title is not None else ""),
        language=tree.language,
        canonical=next((link.href for link in links if "canonical" in link.rel), ""),
        values=_values(tree),
        links=links,
        linked=tuple(objects(node.text() for node in tree.all('script[type*="ld+json" i]')[:MOST])),
    )


def _values(tree: Tree) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for node in tree.all("meta")[:MOST]:
        value = _short(attribute(node, "content"))
        # one element may carry several names
        named = (attribute(node, key).lower() for key in ("property", "name", "itemprop"))
        for name in dict.fromkeys(name for name in named if name):
            found.setdefault(name, []).append(absolute(value, tree.base) if name in ADDRESSES else value)
    return {name: tuple(values) for name, values in found.items()}


def _links(tree: Tree) -> tuple[Link, ...]:
    found = []
    for node in tree.all("link[rel][href]")[:MOST]:
        if href := absolute(attribute(node, "href"), tree.base):
            link = Link(
                rel=tuple(dict.fromkeys(attribute(node, "rel").lower().split())),
                href=href,
                type=attribute(node, "type").partition(";")[0].strip().lower(),
                title=_short(attribute(node, "title")),
                hreflang=attribute(node, "hreflang"),
            )
            found.append(link)
    return tuple(found)


def _short(text: str) -> str:
    return " ".join(text[:LONGEST].split())
