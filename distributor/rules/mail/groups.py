"""Which mailbox provider an address belongs to: the group of domains that it runs, or the domain. Asks no DNS."""

from __future__ import annotations

import re

#: domains as they are, and patterns of those that a provider has in many countries
_GROUPS: tuple[tuple[str, str], ...] = (
    ("gmail", r"gmail\.com|googlemail\.com"),
    ("microsoft", r"(hotmail|outlook|live)\.[a-z.]+|msn\.com|passport\.com|windowslive\.com"),
    ("yahoo", r"yahoo\.[a-z.]+|ymail\.com|rocketmail\.com|aol\.[a-z.]+|aim\.com"),
    ("apple", r"icloud\.com|me\.com|mac\.com"),
    ("mail.ru", r"mail\.ru|inbox\.ru|list\.ru|bk\.ru|internet\.ru|xmail\.ru"),
    ("yandex", r"(yandex|ya)\.[a-z.]+|narod\.ru"),
    ("rambler", r"rambler\.ru|lenta\.ru|autorambler\.ru|myrambler\.ru|ro\.ru"),
    ("gmx", r"gmx\.[a-z.]+|web\.de|mail\.com"),
    ("proton", r"proton\.me|protonmail\.(com|ch)|pm\.me"),
)
_PATTERN = re.compile("|".join(f"({pattern.replace('(', '(?:')})" for _, pattern in _GROUPS))


def provider_of(domain: str) -> str:
    """``gmail`` for ``googlemail.com``; the domain itself, in lower case, for one that stands in no group."""
    domain = domain.lower().rstrip(".")
    found = _PATTERN.fullmatch(domain)
    return _GROUPS[found.lastindex - 1][0] if found and found.lastindex else domain
