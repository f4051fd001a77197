"""Whom a passing refusal (4yz) is about: the relay, one reader, or the pace of a provider. Looks at nothing else.

The enhanced status decides where there is one (RFC 3463; IANA's registry for x.7.28 and its like); then the words that
providers are known to use; then the place in the conversation.
"""

from __future__ import annotations

import re
from enum import StrEnum

_STATUS = re.compile(r"(?<![\d.])4\.(\d{1,3})\.(\d{1,3})(?![\d.])")
#: words of too much, too fast: Gmail, Microsoft, Yahoo, Mail.ru, Yandex, Amazon, Postfix
_RATE = re.compile(
    r"\brates?\b|rate-?limit|too (many|much|fast)|throttl|\[TSS?\d|temporarily deferred|unusual (volume|amount)"
    r"|exceeded|slow down|server busy|resources temporarily unavailable",
    re.IGNORECASE,
)
#: what is said of a sender who is not known yet
_GREY = re.compile(r"gr[ea]y-?list", re.IGNORECASE)


class About(StrEnum):
    """Who waits."""

    RELAY = "relay"
    READER = "reader"
    #: the reader, and the provider is mailed more slowly
    PROVIDER = "provider"


def about(code: int, where: str, text: str) -> About:
    """Whom a 4yz answer is about; ``where`` is MAIL, RCPT, DATA or the message."""
    if code == 421 or where not in ("RCPT", "the message"):
        return About.RELAY
    status = _STATUS.search(text)
    subject, detail = (int(status[1]), int(status[2])) if status else (0, 0)
    if _GREY.search(text):
        return About.READER
    if subject == 7 and (detail == 28 or detail >= 500 or _RATE.search(text)):
        return About.PROVIDER
    if subject in (1, 2, 7):  # the address, the mailbox, its owner's rules
        return About.PROVIDER if subject != 1 and _RATE.search(text) else About.READER
    if subject == 4:  # the way to its provider
        return About.READER
    if subject in (3, 5, 6):  # the system that we talk to, the protocol, the content
        return About.RELAY
    return About.READER if code == 450 else About.RELAY
