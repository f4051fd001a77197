"""Takes out of a document what makes its parser fail as a whole. Must not change anything that is legal XML."""

from __future__ import annotations

import re
from typing import Final

_REFERENCE: Final = re.compile(rb"&#(?:[xX]([0-9a-fA-F]{1,12})|([0-9]{1,15}));")
#: emoji as two UTF-16 halves, one reference each: wrong, and common in feeds that JavaScript or Java wrote
_PAIR: Final = re.compile(rb"(&#[xX]?[0-9a-fA-F]{4,7};)(&#[xX]?[0-9a-fA-F]{4,7};)")


def repair_references(body: bytes) -> bytes:
    """The document with halves joined, and without references to what is no character (XML 1.0 section 2.2).

    One ``&#0;`` or ``&#55357;`` would otherwise cost every item of the feed. For encodings that contain ASCII.
    """
    if b"&#" not in body:
        return body
    return _REFERENCE.sub(_legal, _PAIR.sub(_joined, body))


def _value(reference: bytes) -> int:
    """The number in a reference; -1 where it is none."""
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        return -1
    return int(found[1], 16) if found[1] else int(found[2])


def _joined(pair: re.Match[bytes]) -> bytes:
    """Two halves as one character (Unicode 3.9, D91); anything else as it is."""
    high, low = _value(pair[1]), _value(pair[2])
    if 0xD800 <= high < 0xDC00 <= low < 0xE000:
        return b"&#%d;" % (0x10000 + (high - 0xD800 << 10) + (low - 0xDC00))
    return pair[0]


def _legal(reference: re.Match[bytes]) -> bytes:
    """The reference, or nothing."""
    value = _value(reference[0])
    legal = value in (9, 10, 13) or 0x20 <= value < 0xD800 or 0xE000 <= value < 0xFFFE or 0x10000 <= value < 0x110000
    return reference[0] if legal else b""
