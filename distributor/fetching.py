"""What ``distributor fetch`` shows: a configured feed, a saved document, whatever stands at an address, and what the
guard says of it. Stores nothing.
"""

from __future__ import annotations

import json
import re
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from distributor.clock import SystemClock
from distributor.errors import CallError, ParseError
from distributor.inlets import fetcher, open_sources
from distributor.interfaces import Validators
from distributor.looks import article_json
from distributor.sources.discovery import Discovery, Finding, discover
from distributor.sources.guard import Guard
from distributor.sources.parsed import Parsed, Reading

if TYPE_CHECKING:
    from distributor.config import NetSettings, Settings

Json = dict[str, Any]


def read_feed(settings: Settings, name: str) -> Json:
    """The articles of a configured feed. Raises FetchError, ParseError, CallError for an unknown name."""
    kind = next((feed.type for feed in settings.feeds if feed.name == name), "")
    if not kind:
        known = ", ".join(feed.name for feed in settings.feeds) or "(none)"
        raise CallError(
            "unknown_feed", f"there is no feed {name!r}", hint=f"known: {known}; an address begins with https://"
        )
    with ExitStack() as stack:
        source = open_sources(settings, stack, SystemClock())[name]
        fetched = source.fetch(Validators())
        articles = source.parse(fetched) if fetched is not None else ()
        warnings = list(getattr(source, "warnings", ()))
        return {"kind": kind, "articles": [article_json(one) for one in articles], "warnings": warnings}


def read_file(path: Path, base: str, *, zone: str = "") -> Json:
    """The articles of a saved document, its kind detected. Raises ParseError."""
    with ExitStack() as stack:
        guard = Guard()
        stack.callback(guard.close)
        parsed = guard.parse(path.read_bytes(), base or path.name, "", Reading(kind="auto", zone=zone))
    if parsed.kind == "article page" and not parsed.articles:
        raise ParseError(f"an HTML page that tells no story: {'; '.join(parsed.warnings)}")
    return _document(parsed)


def look_at(net: NetSettings, url: str) -> Json:
    """What stands at an address: the articles of a document, or what a site offers and how to configure it.

    Raises FetchError, ParseError.
    """
    with ExitStack() as stack:
        guard = Guard()
        stack.callback(guard.close)
        found = discover(url, fetcher(net, net.proxy), guard)
    document = found.document or found.story or Parsed(kind="site")
    return {
        **_document(document),
        "found": [_finding(one) for one in found.findings],
        "tried": list(found.tried),
        "config": proposal(found),
    }


def verdict(net: NetSettings, url: str) -> Json:
    """Whether the guarded client would contact an address, and why not."""
    found = fetcher(net, net.proxy).verdict(url)
    return {
        "url": url,
        "allowed": found.would_contact,
        "reason": found.why_not or None,
        "addresses": list(found.addresses),
    }


def proposal(found: Discovery) -> str | None:
    """What was found as TOML to paste: the first ready to use, the others behind ``#``; None where nothing was."""
    if found.best is None:
        return None
    blocks = [_block(one, found.hints if one.type == "page" else ()) for one in found.findings]
    others = ("\n".join(f"#{line}" if line else "" for line in block.split("\n")) for block in blocks[1:])
    return "\n\n".join([blocks[0], *others]) + "\n"


def _block(one: Finding, hints: tuple[str, ...]) -> str:
    name = re.sub(r"[^a-z0-9]+", "-", (urlsplit(one.url).hostname or "site").removeprefix("www.")).strip("-")
    lines = [f"[feeds.{name}]", f"# {one.kind}, {one.stories} stories; found by {one.how}"]
    lines += [f'type = "{one.type}"', f"url = {json.dumps(one.url, ensure_ascii=False)}"]
    if one.pattern:
        lines.append(f"pattern = {json.dumps(one.pattern, ensure_ascii=False)}")
    return "\n".join([*lines, *(f"# {hint}" for hint in hints)])


def _document(parsed: Parsed) -> Json:
    articles = [article_json(one) for one in parsed.articles]
    return {"kind": parsed.kind, "articles": articles, "warnings": list(parsed.warnings)}


def _finding(one: Finding) -> Json:
    return {
        "type": one.type,
        "url": one.url,
        "how": one.how,
        "kind": one.kind,
        "stories": one.stories,
        "pattern": one.pattern or None,
        "example": one.example or None,
    }
