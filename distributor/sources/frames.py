"""Messages to and from the child that parses: two lengths, JSON, bytes. Must not know what they mean."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping
from typing import Any, Final

_LENGTHS: Final = struct.Struct(">II")
#: bytes of the two lengths that begin a frame
HEAD: Final = _LENGTHS.size


def frame(values: Mapping[str, Any], body: bytes = b"") -> bytes:
    """One message as bytes."""
    text = json.dumps(values, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return _LENGTHS.pack(len(text), len(body)) + text + body


def sizes(head: bytes) -> tuple[int, int]:
    """The lengths of the JSON and of the body that follow."""
    text, body = _LENGTHS.unpack(head)
    return text, body


def unframe(text: bytes) -> dict[str, Any]:
    """The JSON part. Raises ValueError for anything but an object."""
    values = json.loads(text.decode("utf-8", "surrogatepass"))
    if not isinstance(values, dict):
        raise ValueError("a message must be an object")
    return values


def read_frame(read: Callable[[int], bytes]) -> tuple[dict[str, Any], bytes] | None:
    """The next message from a blocking reader; None at the end, also in the middle of a message."""
    head = read(HEAD)
    if len(head) < HEAD:
        return None
    length, rest = sizes(head)
    text, body = read(length), read(rest)
    return (unframe(text), body) if len(text) == length and len(body) == rest else None
