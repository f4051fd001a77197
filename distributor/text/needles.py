"""What somebody looks for, as words that stand in a text as they are written. Pure; must not look for them."""

from __future__ import annotations

from collections.abc import Sequence

#: Words of one search; more make it no narrower.
MOST = 8


def needles(wanted: str) -> Sequence[Sequence[str]]:
    """Each word in the four ways of headlines and addresses: as it is, small, with a capital, in capitals."""
    return [_ways(word) for word in wanted.split()[:MOST]]


def _ways(word: str) -> Sequence[str]:
    small = word.lower()
    return word, small, small[:1].upper() + small[1:], small.upper()
