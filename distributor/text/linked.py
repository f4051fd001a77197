"""JSON-LD as pages really write it: comments, CDATA, line breaks inside strings, commas too many. Must never raise."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

Node = Mapping[str, Any]

#: Deeper than this nothing is looked for.
DEEPEST: Final = 6
#: So many objects of one page are looked at.
MOST: Final = 500
#: Types of schema.org that are stories, the plainest first.
ARTICLES: Final = (
    *("newsarticle", "reportagenewsarticle", "analysisnewsarticle", "backgroundnewsarticle", "opinionnewsarticle"),
    *("reviewnewsarticle", "askpublicnewsarticle", "liveblogposting", "blogposting", "report", "article"),
    *("socialmediaposting", "satiricalarticle", "advertisercontentarticle", "scholarlyarticle"),
)
#: what hides a script from readers of the last century
_BEFORE: Final = re.compile(r"(?:\s|<!--|//|/\*|\*/|<!\[CDATA\[)+")
_BEHIND: Final = ("-->", "//", "/*", "*/", "]]>", ";")
_COMMA: Final = re.compile(r",(\s*[}\]])")


def objects(scripts: Iterable[str]) -> Sequence[Node]:
    """Every JSON-LD object of a page's scripts, those inside others, too; at most :data:`MOST`."""
    found: list[Node] = []
    for script in scripts:
        for node in _walk(_parsed(script), 0):
            found.append(node)
            if len(found) >= MOST:
                return found
    return found


def article(nodes: Sequence[Node], url: str = "") -> Node | None:
    """The object that is the page's story: the one that names the page, else the first; None where there is none."""
    stories = [node for node in nodes if any(kind in ARTICLES for kind in types(node))]
    named = (node for node in stories if url and url in (text(node, "url"), text(node, "mainEntityOfPage"), _id(node)))
    return next(named, stories[0] if stories else None)


def types(node: Node) -> Sequence[str]:
    """The types of an object in lower case, without their vocabulary."""
    found = node.get("@type")
    names = found if isinstance(found, list) else [found]
    return [re.split(r"[/#:]", name)[-1].lower() for name in names if isinstance(name, str)]


def text(node: Node, *names: str) -> str:
    """The first of some properties that says anything, as text: a value, or an object's own name or address."""
    return next((told for name in names for told in texts(node.get(name)) if told), "")


def texts(value: Any) -> Iterator[str]:
    """What a value says: itself, each of a list, or an object's value, text, name or address."""
    if isinstance(value, str):
        yield html.unescape(value).strip()
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)
    elif isinstance(value, list):
        for one in value[:MOST]:
            if not isinstance(one, list):
                yield from texts(one)
    elif isinstance(value, Mapping):
        names = ("@value", "text", "name", "url", "contentUrl", "@id")
        yield from texts(next((value[name] for name in names if isinstance(value.get(name), str)), ""))


def rows(value: Any) -> Sequence[Node]:
    """The objects of a value that may be one or many."""
    many = value if isinstance(value, list) else [value]
    return [one for one in many[:MOST] if isinstance(one, Mapping)]


def _id(node: Node) -> str:
    found = node.get("@id")
    return found if isinstance(found, str) else ""


def _parsed(script: str) -> Any:
    """A script's JSON, repaired where it must be; None where it is none."""
    found = _BEFORE.match(script)
    bare = script[found.end() if found else 0 :].rstrip()
    while bare.endswith(_BEHIND):
        bare = bare[: -max(len(end) for end in _BEHIND if bare.endswith(end))].rstrip()
    for attempt in (bare, _COMMA.sub(r"\1", bare)):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _walk(value: Any, depth: int) -> Iterator[Node]:
    """An object and those inside it, the outer ones first."""
    if depth > DEEPEST:
        return
    if isinstance(value, list):
        for one in value:
            yield from _walk(one, depth + 1)
    elif isinstance(value, dict):
        if "@type" in value:
            yield value
        for inner in value.values():
            if isinstance(inner, list | dict):
                yield from _walk(inner, depth + 1)
