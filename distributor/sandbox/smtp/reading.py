"""What a reader's mail program shows of a message. Must not refuse any: a broken one is shown as far as it goes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser, BytesParser
from html import unescape
from typing import Any

from distributor.sandbox.text import addresses

#: how much of the text part the journal shows, characters; the file has all of it
SHOWN = 1000
_HREF = re.compile(r"""<a\s(?:[^>]*?\s)?href\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_HEADERS = {
    "id": "message-id",
    "subject": "subject",
    "date": "date",
    "reply_to": "in-reply-to",
    "references": "references",
}


def links(html: str) -> list[str]:
    """The web addresses that a page's links lead to, in order."""
    found = (unescape(match[1] or match[2] or match[3] or "").strip() for match in _HREF.finditer(html))
    return [address for address in found if address.startswith(("http://", "https://"))]


def _headers(message: Message) -> dict[str, Any]:
    """Message-ID, Subject, Date and what it answers, decoded (RFC 2047), with raw UTF-8 allowed (RFC 6532)."""
    found = dict.fromkeys(_HEADERS, "")
    raw = {name.lower(): value for name, value in reversed(list(message.raw_items()))}
    for key, name in _HEADERS.items():
        text = str(raw.get(name, "")).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        try:
            found[key] = str(make_header(decode_header(re.sub(r"\r?\n(?=[ \t])", "", text)))).strip()
        except (HeaderParseError, LookupError, ValueError):
            found[key] = text.strip()
    return dict(found)


def _texts(message: Message) -> Iterator[tuple[str, str]]:
    """Every text part as (media type, decoded text)."""
    for part in message.walk():
        if part.get_content_maintype() == "text":
            payload = part.get_payload(decode=True)
            assert isinstance(payload, bytes)
            try:
                yield part.get_content_type(), payload.decode(part.get_content_charset("utf-8"), "replace")
            except LookupError:
                yield part.get_content_type(), payload.decode("utf-8", "replace")


def seen_by_reader(content: bytes, *, brief: bool = False) -> dict[str, Any]:
    """Subject, beginning of the text, links of all parts, date, ids; ``brief`` reads the header alone."""
    if brief:
        return _headers(BytesHeaderParser().parsebytes(content)) | {"text": "", "urls": []}
    message = BytesParser().parsebytes(content)
    urls: dict[str, None] = {}
    text = ""
    for kind, part in _texts(message):
        if kind == "text/plain" and not text:
            text = part[:SHOWN]
        urls |= dict.fromkeys(links(part) if kind == "text/html" else addresses(part))
    return _headers(message) | {"text": text, "urls": list(urls)}
