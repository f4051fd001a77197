"""Whose post a line of a platform's journal is: names of stories, and the marker of a delivery. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from distributor.sandbox import accounts

#: The query parameter that carries a delivery's marker.
MARKER = "utm_id"


def story_name(url: str) -> str:
    """An address without its delivery marker and its spelling of characters: what tells two stories apart."""
    parts = urlsplit(url.strip())
    query = urlencode([pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != MARKER])
    return unquote(urlunsplit((parts.scheme.lower(), parts.netloc.lower(), parts.path, query, "")))


def is_public(line: Mapping[str, Any]) -> bool:
    """Whether readers see it: what a bot copies into the newsroom's operations chat, they do not."""
    return str(line.get("account", "")) != str(accounts.TELEGRAM_OPERATIONS_ID)


def shown(line: Mapping[str, Any], wanted: set[str]) -> str:
    """The story that a post is about: the address with a marker; a text may mention other stories' addresses too."""
    marked = [url for url in line["urls"] if MARKER in dict(parse_qsl(urlsplit(url).query))]
    return next((name for name in map(story_name, marked or line["urls"]) if name in wanted), "")
