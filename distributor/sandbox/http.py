"""HTTP requests and answers as plain values, with the parsing every platform needs. Must not touch a socket."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.message import Message
from typing import Any
from urllib.parse import parse_qs


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part of a ``multipart/form-data`` body (RFC 7578)."""

    name: str
    #: empty for a plain field
    filename: str = ""
    content_type: str = "text/plain"
    data: bytes = b""

    @property
    def text(self) -> str:
        """The field's value. Raises UnicodeDecodeError (a ValueError) when it is not UTF-8."""
        return self.data.decode("utf-8")


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request, complete with its body; header names are lower-case."""

    method: str
    #: percent-encoded path, without the query
    path: str
    query: dict[str, list[str]] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    #: when it arrived, by the platforms' clock
    at: datetime
    #: path and query exactly as sent
    target: str = ""

    @property
    def content_type(self) -> str:
        """The media type alone, lower-case; empty where there is none."""
        return self.headers.get("content-type", "").split(";")[0].strip().lower()

    def json(self) -> Any:
        """The body as JSON. Raises ValueError."""
        return json.loads(self.body)

    def form(self) -> dict[str, list[str]]:
        """The body as ``application/x-www-form-urlencoded``. Raises ValueError."""
        return parse_qs(self.body.decode("utf-8"), keep_blank_values=True, strict_parsing=bool(self.body))

    def parts(self) -> tuple[Part, ...]:
        """The body as ``multipart/form-data``. Raises ValueError."""
        return parse_multipart(self.headers.get("content-type", ""), self.body)


@dataclass(frozen=True, kw_only=True)
class Response:
    """One answer; ``Content-Length`` and ``Date`` are added by the server."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    #: when given, sent instead of ``body``, with chunked transfer coding
    chunks: Iterable[bytes] | None = None
    #: seconds before each piece of ``chunks``
    chunk_delay: float = 0.0


def json_response(status: int, value: Any, headers: Mapping[str, str] | None = None) -> Response:
    """An answer with a JSON body."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    return Response(
        status=status, body=body, headers={"Content-Type": "application/json; charset=utf-8"} | dict(headers or {})
    )


def parse_multipart(content_type: str, body: bytes) -> tuple[Part, ...]:
    """The parts of a multipart body, in order, doubles included. Raises ValueError (RFC 2046 section 5.1)."""
    message = Message()
    message["Content-Type"] = content_type
    boundary = message.get_boundary()
    if message.get_content_maintype() != "multipart" or not boundary:
        raise ValueError("not a multipart body")
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary.encode("utf-8"))
    parts: list[Part] = []
    for piece in pieces[1:]:
        if piece.startswith(b"--"):
            return tuple(parts)
        parts.append(_part(piece))
    raise ValueError("the multipart body has no end")


def _part(piece: bytes) -> Part:
    padding, _, rest = piece.partition(b"\r\n")
    head, blank, data = (b"\r\n" + rest).partition(b"\r\n\r\n")
    if padding.strip(b" \t") or not blank:
        raise ValueError("a part has no header")
    message = Message()
    for line in head.decode("utf-8").split("\r\n"):
        name, colon, value = line.partition(":")
        if colon:
            message[name.strip()] = value.strip()
    field_name = message.get_param("name", header="content-disposition")
    if not isinstance(field_name, str):
        raise ValueError("a part has no name")
    return Part(
        name=field_name, filename=message.get_filename() or "", content_type=message.get_content_type(), data=data
    )
