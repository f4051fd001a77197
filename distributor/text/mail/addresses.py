"""Mail addresses within what reports say. Must not judge whether one exists."""

from __future__ import annotations

import re
from collections.abc import Iterator

#: an address anywhere in a text; more liberal than what can be mailed, for it is only compared
ADDRESS = re.compile(r"""[^\s<>()\[\],;:"'@\\=|]{1,64}@[^\s<>()\[\],;:"'@\\/|?&]{1,250}[^\s<>()\[\],;:"'@\\/|?&.]""")
#: ``\x{437}`` of RFC 6533 section 3
_ESCAPED = re.compile(r"\\x\{([0-9A-Fa-f]{1,6})\}")
#: what providers put in the place of an address that they do not give away
_REDACTED = re.compile(r"redact|^x+@|^\*+@|undisclosed|anonymi|^hidden@|^unknown@|^user-?removed", re.IGNORECASE)


def clean(text: str) -> str:
    """The address of a field such as ``rfc822; <reader@example.org>``; empty where none can be read."""
    kind, mark, value = text.partition(";")
    value = _ESCAPED.sub(_character, value if mark and "@" not in kind else text)
    found = ADDRESS.search(value)
    return found[0] if found and not _REDACTED.search(found[0]) else ""


def found(text: str) -> Iterator[re.Match[str]]:
    """Every address of a text, in order."""
    return ADDRESS.finditer(text)


def without(text: str) -> str:
    """A text without its addresses, so that nobody's name is taken for what a server said."""
    return ADDRESS.sub(" ", text)


def _character(match: re.Match[str]) -> str:
    number = int(match[1], 16)
    return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else ""
