"""Finding full web addresses in text that a platform shows. Must not follow or change them."""

from __future__ import annotations

import re

_ADDRESS = re.compile(r"https?://[^\s<>\"'\\{}|^`]+")
_TAIL = ".,;:!?)]»”’…"


def addresses(text: str) -> list[str]:
    """Every http(s) address in a plain text, in order, without doubles and without the sentence's punctuation."""
    found: dict[str, None] = {}
    for match in _ADDRESS.finditer(text):
        address = match.group()
        while address[-1] in _TAIL and not (address[-1] == ")" and address.count("(") >= address.count(")")):
            address = address[:-1]
        found[address] = None
    return list(found)
