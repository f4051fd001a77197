"""A value that must not be seen: it prints as stars everywhere. Must not grow a way to leak by accident."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

_known: set[str] = set()


class Secret:
    """A secret string; only :meth:`reveal` gives it out, and every secret made is known to the log filter."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        """Remember the value for redaction (values under four characters would redact ordinary text)."""
        self._value = value
        if len(value) >= 4:
            _known.add(value)

    def reveal(self) -> str:
        """The value itself; call it only at the wire."""
        return self._value

    def __repr__(self) -> str:
        """Stars, whatever the value."""
        return "Secret(***)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        """Equal when the values are."""
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        """Hash of the value."""
        return hash(self._value)

    def __bool__(self) -> bool:
        """False for an empty secret."""
        return bool(self._value)


def known_secrets() -> Iterator[str]:
    """All secret values made so far, longest first, so that a redaction never leaves a tail."""
    return iter(sorted(_known, key=len, reverse=True))


def redact(text: str) -> str:
    """The text with every known secret replaced by stars, also as it stands in an address or in a repr."""
    for value in known_secrets():
        for form in (value, quote(value, safe=""), repr(value)[1:-1]):
            text = text.replace(form, "***")
    return text
