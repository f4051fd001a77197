"""The links of a listing page: by a pattern, by a CSS selector, or found automatically. Must not touch the network.

Automatically: links of one site whose addresses have one shape, outside of navigation, whose words read as headlines.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from distributor.errors import ParseError
from distributor.sources.parsed import Lead, Listing, Reading
from distributor.text.cleaning import cleaned
from distributor.text.links import absolute, canonical
from distributor.text.markup import plain
from distributor.text.tree import Node, Tree, UnreadableError, attribute, decoded, markup_of

#: Links of one page that are looked at, and of one listing that are kept.
MOST_LOOKED_AT: Final = 3_000
MOST: Final = 300
#: Fewer headlines of one shape are no listing.
LEAST: Final = 3
#: Words of a link that count towards its being a headline.
_WORDS: Final = 12
_SIDE: Final = ("nav", "header", "footer", "aside", "form")
#: How a part of an address reads, and the expression that fits it.
_KINDS: Final = {"9": r"\d+", "slug9": r"[^/]*\d[^/]*", "slug": r"[^/]+", "w": r"[^/]+"}


def leads(body: bytes, url: str, content_type: str, reading: Reading) -> Listing:
    """The stories that a page lists, in its order. Raises ParseError."""
    try:
        tree = Tree(decoded(body, content_type), url)
        return found_in(tree, url, reading.options)
    except UnreadableError as error:
        raise ParseError(f"the page {error}") from None


def found_in(tree: Tree, url: str, options: Mapping[str, Any]) -> Listing:
    """The stories that a page lists: ``links`` is a selector, ``pattern`` a regular expression for addresses."""
    selector, pattern = str(options.get("links") or ""), str(options.get("pattern") or "")
    nodes = _anchors(tree, selector)
    given = bool(selector or pattern)
    found = _leads(nodes, tree.base or url, url, everywhere=given)
    if pattern:
        found = [lead for lead in found if re.search(pattern, lead.url)]
    if given:
        return Listing(kind="listing page", leads=tuple(found[:MOST]), pattern=pattern)
    group, shape = _best(found)
    return Listing(kind="listing page", leads=tuple(group[:MOST]), pattern=shape)


def _anchors(tree: Tree, selector: str) -> Sequence[Node]:
    """The links in what a selector names, or all of them."""
    if not selector:
        return tree.all("a[href]")[:MOST_LOOKED_AT]
    found: list[Node] = []
    for node in tree.all(selector)[:MOST_LOOKED_AT]:
        found += [node] if attribute(node, "href") else node.css("a[href]")[:20]
    return found[:MOST_LOOKED_AT]


def _leads(nodes: Sequence[Node], base: str, url: str, *, everywhere: bool) -> list[Lead]:
    """One lead for each address of the same site, with the longest words that lead there."""
    found: dict[str, Lead] = {}
    host = _host(url)
    for node in nodes:
        link = absolute(attribute(node, "href"), base).partition("#")[0]
        if not link or (host and _host(link) != host) or (not everywhere and _is_aside(node)):
            continue
        words = plain(cleaned(markup_of(node)), paragraphs=False)[:500]
        name = canonical(link)
        if name not in found or len(words) > len(found[name].text):
            found[name] = Lead(url=found[name].url if name in found else link, text=words)
    return list(found.values())


def _is_aside(node: Node) -> bool:
    """Whether an element stands in navigation and the like."""
    above = node.parent
    for _ in range(40):
        if above is None:
            return False
        if above.tag in _SIDE:
            return True
        above = above.parent
    return False


def _best(found: Sequence[Lead]) -> tuple[Sequence[Lead], str]:
    """The group of one shape that reads most like headlines, and an expression for its addresses."""
    groups: dict[tuple[str, ...], list[Lead]] = defaultdict(list)
    for lead in found:
        groups[_shape(lead.url)].append(lead)
    scores = {shape: sum(map(_score, group)) for shape, group in groups.items() if _may_be_story(shape)}
    named = [(score, shape) for shape, score in scores.items() if _headlines(groups[shape]) >= LEAST]
    if not named:
        return (), ""
    _, shape = max(named)
    return groups[shape], _pattern(shape, groups[shape])


def _shape(url: str) -> tuple[str, ...]:
    """The kind of each part of an address's path."""
    parts = urlsplit(url)
    return (*(_kind(part) for part in parts.path.strip("/").split("/")), "?" if parts.query else "")


def _kind(part: str) -> str:
    text = unquote(part)
    if text.isdigit():
        return "9"
    if any(char.isdigit() for char in text) and (len(text) > 6 or "-" in text or "." in text):
        return "slug9"
    return "slug" if len(text) > 20 or len(re.findall("[-_]", text)) >= 2 else "w"


def _may_be_story(shape: tuple[str, ...]) -> bool:
    """Whether an address of this shape names more than a section."""
    return any(kind != "w" for kind in shape[:-1]) or shape[-1] == "?"


def _score(lead: Lead) -> int:
    words = len(lead.text.split())
    return min(words, _WORDS) if words >= 3 else int(len(lead.text) >= 10)  # Chinese has no spaces


def _headlines(group: Sequence[Lead]) -> int:
    return sum(_score(lead) > 0 for lead in group)


def _pattern(shape: tuple[str, ...], group: Sequence[Lead]) -> str:
    """What all addresses of a group have in common, as a regular expression for the end of an address."""
    paths = [urlsplit(lead.url).path.strip("/").split("/") for lead in group]
    parts = []
    for place, kind in enumerate(shape[:-1]):
        same = {path[place] for path in paths}
        parts.append(re.escape(next(iter(same))) if len(same) == 1 and len(group) > 1 else _KINDS[kind])
    slash = "/?" if any(urlsplit(lead.url).path.endswith("/") for lead in group) else ""
    return f"/{'/'.join(parts)}{slash}{'' if shape[-1] else '$'}"


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")
