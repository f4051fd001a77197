"""What a reader's own link holds: who it is for and what it may do, so that nobody can make one up or read one.
Must not look at a clock, a store or a network.

::

    token   = base64url( mark | hidden )
    mark    = HMAC-SHA256(store's key, purpose | ticket), its first 16 bytes
    hidden  = ticket XOR a stream that the mark chooses (the construction of RFC 5297: the mark is the nonce)

The same ticket gives the same token, so a mail that is tried again is the same mail. A token of one purpose is none for
another, and none of another store's is ours. It tells nobody a number or a topic.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache

_MARK = 16
#: a longer text is no token; the longest that is written has far less
_LONGEST = 2_000
_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


class Purpose(StrEnum):
    """What a link may do."""

    #: end subscriptions (RFC 8058); never expires
    LEAVE = "leave"
    #: see and change what the reader gets; never expires
    DIALS = "dials"
    #: see one mail as a page; never expires
    VIEW = "view"
    #: take back what another link has done
    UNDO = "undo"
    #: say yes to a subscription
    CONFIRM = "confirm"
    #: what a link in a forwarded mail may not: export, erase, another address
    FRESH = "fresh"
    #: say yes to another address
    ADDRESS = "address"
    #: of no reader: when a form was shown
    FORM = "form"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """Who a link is for, and about what."""

    subscriber: int
    #: the subscriptions that it is about; none: all of them
    topics: tuple[str, ...] = ()
    #: of the delivery, letter or form that it belongs to; 0: none
    number: int = 0
    #: whole seconds; None: it never expires
    until: datetime | None = None

    def is_over(self, now: datetime) -> bool:
        """Whether it has expired."""
        return self.until is not None and now >= self.until


def write(key: bytes, purpose: Purpose, ticket: Ticket) -> str:
    """The token of a ticket; ``key`` is the store's own."""
    until = int(ticket.until.timestamp()) if ticket.until else 0
    fields = [ticket.subscriber, ticket.number, until, *ticket.topics]
    plain = _encode(fields).encode()
    mark = _mark(key, purpose, plain)
    return _text(mark + _hidden(key, mark, plain))


def read(key: bytes, purpose: Purpose, token: str) -> Ticket | None:
    """The ticket of a token for this purpose; None where it is not ours.

    The same work is done for every text, and the marks are compared in constant time: how long it takes tells nothing.
    """
    raw = _bytes(token)
    mark, hidden = raw[:_MARK], raw[_MARK:]
    plain = _hidden(key, mark, hidden)
    if not hmac.compare_digest(_mark(key, purpose, plain), mark) or _text(raw) != token:
        return None
    subscriber, number, until, *topics = json.loads(plain)
    return Ticket(
        subscriber=subscriber,
        topics=tuple(topics),
        number=number,
        until=datetime.fromtimestamp(until, UTC) if until else None,
    )


@lru_cache(maxsize=8)
def _own(key: bytes, use: bytes) -> bytes:
    """A key for one use alone."""
    return hmac.digest(key, use, "sha256")


def _mark(key: bytes, purpose: Purpose, plain: bytes) -> bytes:
    return hmac.digest(_own(key, b"reader's link"), f"{purpose.value}\n".encode() + plain, "sha256")[:_MARK]


def _hidden(key: bytes, mark: bytes, text: bytes) -> bytes:
    """The text made unreadable, or readable again."""
    length = len(text)
    stream = hashlib.shake_256(_own(key, b"reader's link, hidden") + mark).digest(length)
    return (int.from_bytes(text, "big") ^ int.from_bytes(stream, "big")).to_bytes(length, "big")


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _bytes(token: str) -> bytes:
    """What a token holds; as many zeros for a text that is none."""
    try:
        raw = base64.b64decode(token[:_LONGEST] + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    return raw if len(raw) > _MARK else bytes(_MARK + 24)
