"""Checks that several kinds of source make on their options: a plain sentence that begins with the key. Must not
contact anything.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote, urlsplit

from distributor.secret import Secret

#: Of a field that is an address: shown in messages, but for its password and query.
ADDRESS: Final = {"is_address": True, "says": "the http(s) address of the feed"}


def require(*, holds: bool, sentence: str) -> None:
    """Raise ValueError with a plain sentence unless the condition holds."""
    if not holds:
        raise ValueError(sentence)


def require_address(url: str, key: str = "url") -> None:
    """Raise ValueError unless ``url`` is an absolute http(s) address; a password in it becomes a known secret."""
    sentence = f'{key}: expected an absolute address such as "https://example.org/feed.xml"'
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise ValueError(sentence) from None
    require(holds=usable and url.isprintable() and " " not in url, sentence=sentence)
    for password in {parts.password or "", unquote(parts.password or "")}:
        Secret(password)  # as it stands in the address, and as libraries log it


def require_expression(text: str, key: str) -> None:
    """Raise ValueError unless ``text`` is empty or a regular expression."""
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{key}: expected a regular expression ({error})") from None


def require_between(value: int, key: str, least: int, most: int) -> None:
    """Raise ValueError unless a number lies between two others."""
    require(holds=least <= value <= most, sentence=f"{key}: expected a number from {least} to {most}")


def require_link(text: str, key: str = "link") -> None:
    """Raise ValueError unless ``text`` is empty or a pattern of addresses with a place for the story in it."""
    if text:
        require_address(re.sub(r"\{(?:slug|id|uri)\}", "x", text), key)
        sentence = f"{key}: expected a place for the story, such as https://example.org/{{slug}}/"
        require(holds=re.search(r"\{(?:slug|id|uri)\}", text) is not None, sentence=sentence)
