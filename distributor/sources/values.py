"""JSON of strangers: read whole or refused, and asked without ever trusting its shape. Must not know a format."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from distributor.errors import ParseError
from distributor.sources.sniff import not_a_feed

Row = Mapping[str, Any]

#: So many objects of one list are looked at.
MOST: Final = 5_000
#: Digits of a number that are read; Python's own limit raises in the middle of a document.
_DIGITS: Final = 300


def read_json(body: bytes, content_type: str, wanted: str) -> Any:
    """The value of a JSON document; ``wanted`` says what it should be, for the error. Raises ParseError."""
    text = body.decode("utf-16" if body[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", "replace")
    if text.lstrip()[:1] not in ("{", "["):
        raise ParseError(f"{not_a_feed(body, content_type) or 'an XML document'}, not a feed of the kind {wanted}")
    if text.count("\ufffd") > 3 + len(text) // 500:
        raise ParseError("the JSON is not in UTF-8")
    try:
        return json.loads(text, strict=False, parse_int=_whole)
    except RecursionError:
        raise ParseError("the JSON is nested too deep") from None
    except ValueError as error:
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise ParseError(f"the JSON is damaged or breaks off{where}") from None


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) <= _DIGITS else float("inf")


def word(row: Any, *names: str) -> str:
    """The first of some values that is text or a number, as text; empty where none is."""
    for name in names:
        value = row.get(name) if isinstance(row, Mapping) else None
        if isinstance(value, str) and value.strip():
            return value
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
    return ""


def rows(value: Any) -> Sequence[Row]:
    """The objects of a list, or one object alone."""
    many = value if isinstance(value, list) else [value]
    return [one for one in many[:MOST] if isinstance(one, Mapping)]


def inner(row: Any, *path: str) -> Any:
    """The value at a path of names; None where there is none."""
    for name in path:
        row = row.get(name) if isinstance(row, Mapping) else None
    return row


def whole(value: Any) -> int | None:
    """A number of pixels and the like; None for what is none."""
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 6 and int(text) else None


def folded(row: Row) -> dict[str, Any]:
    """The object with its names in lower case: ninjs changed ``versioncreated`` to ``versionCreated``."""
    return {str(name).lower(): value for name, value in row.items()}
