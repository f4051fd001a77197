"""Cashtags (``$ABC``) in a text. Must not touch amounts of money."""

from __future__ import annotations

import re

#: as X marks them, one to six letters and perhaps a dot or underscore with two more, and where a cautious reader might
_CASHTAG = re.compile(r"(?<![^\s(\[{\"'“‘«„])\$(?=[A-Za-z]{1,6}(?:[._][A-Za-z]{1,2})?(?![\w$]))")


def one_cashtag(text: str) -> str:
    """The text with its first cashtag as it is and the sign of every later one left out.

    X takes one cashtag in a post and refuses the whole post for a second (changelog of 2026-02-23).
    """
    first = _CASHTAG.search(text)
    if first is None:
        return text
    kept = first.end()
    return text[:kept] + _CASHTAG.sub("", text[kept:])
