"""Durations and sizes as people write them (``5m``, ``10MiB``). Must not know which key they belong to."""

from __future__ import annotations

import re
from datetime import timedelta

from distributor.phrases import Phrase

_SECONDS = {"w": 604_800.0, "d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_PART = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)\s*(ms|[smhdw])\s*", re.ASCII)
#: SI and IEC 80000-13 multiples of a byte
_BYTES = {"b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}
_SIZE = re.compile(r"(\d{1,15})\s*([kmg]i?b|b)?", re.ASCII | re.IGNORECASE)

DURATION_HINT = Phrase('expected a duration such as "30s", "5m", "1h30m" or "2d"')
SIZE_HINT = Phrase('expected a number of bytes, or a size such as "512KiB" or "10MiB"')


def parse_duration(text: object) -> timedelta:
    """The duration written as numbers with units w, d, h, m, s, ms, each at most once: ``1h30m``, ``2 d``.

    Raises ValueError, whose text says what would be right. A bare number is refused, because nobody can see its unit.
    """
    if isinstance(text, timedelta):
        return text
    if not isinstance(text, str) or not text.strip():
        raise ValueError(DURATION_HINT)
    seconds = _seconds(text.strip())
    try:
        return timedelta(seconds=seconds)
    except OverflowError:
        raise ValueError(DURATION_HINT) from None


def _seconds(text: str) -> float:
    """The sum of the parts of a duration."""
    at, total, seen = 0, 0.0, set[str]()
    while at < len(text):
        part = _PART.match(text, at)
        if part is None or part[2] in seen:
            raise ValueError(DURATION_HINT)
        seen.add(part[2])
        total += float(part[1]) * _SECONDS[part[2]]
        at = part.end()
    return total


def parse_size(value: object) -> int:
    """A number of bytes: a whole number, or a text such as ``10MiB``, ``512 KiB``, ``1GB``; at least one byte.

    Raises ValueError, whose text says what would be right.
    """
    if isinstance(value, str):
        found = _SIZE.fullmatch(value.strip())
        if found is None:
            raise ValueError(SIZE_HINT)
        value = int(found[1]) * _BYTES[(found[2] or "b").lower()]
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(SIZE_HINT)
    return value
