"""The name of one mail within an address, so that whatever comes back says by itself which mail it is about (VERP).
Must not contact or look up anything.

::

    b+6f-abcdefgh234567ab@bounce.example.org
    |  |        |
    |  |        +-- the delivery's mark: an HMAC under the store's own key (``Store.mark``), so nobody can make one up
    |  +----------- the delivery's number in base 36
    +-------------- what comes to it: ``b`` what bounces (the return path), ``u`` who wants to leave

The token alone (``6f-abcdefgh234567ab``) is the ENVID of the mail (RFC 3461 section 4.4), and stands in the subject of
a letter that unsubscribes where there is no domain of our own for such addresses. The local part has at most 32 of the
64 octets of RFC 5321, and whether it comes back in capitals makes no difference.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

#: from a delivery's number to its mark: ``Store.mark``
Mark = Callable[[int], str]

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
#: whatever stands around it: ``prvs=...=`` (BATV), ``SRS0=...=`` (forwarders), angle brackets, a sentence
_TOKEN = re.compile(r"(?<![0-9a-z])(?:([bu])\+)?([0-9a-z]{1,13})-([a-z2-7]{16})(?![0-9a-z])", re.IGNORECASE | re.ASCII)


class Purpose(StrEnum):
    """What an address is for; the value is its first letter."""

    BOUNCE = "b"
    LEAVE = "u"


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A mail that something names."""

    delivery: int
    #: None: the token stood alone
    purpose: Purpose | None


def token(delivery: int, mark: str) -> str:
    """The name of a delivery, which :func:`named` reads; ``mark`` is its own."""
    digits = ""
    while delivery:
        delivery, digit = divmod(delivery, 36)
        digits = _DIGITS[digit] + digits
    return f"{digits or '0'}-{mark}"


def address(purpose: Purpose, token: str, domain: str) -> str:
    """``b+TOKEN@bounce.example.org``."""
    return f"{purpose}+{token}@{domain}"


def named(text: str, mark: Mark) -> Named | None:
    """The first mail of ours that a text names: an address, an ENVID, a subject or a whole header; None: none does.

    A token whose mark is not the delivery's is no name; the comparison takes the same time however much of it is right.
    """
    for letter, digits, given in _TOKEN.findall(text):
        delivery = int(digits, 36)
        if hmac.compare_digest(mark(delivery), given.lower()):
            return Named(delivery=delivery, purpose=Purpose(letter.lower()) if letter else None)
    return None
