"""Links whose being followed is counted: signed by this store, so that they lead where we said and nowhere else, and
holding nothing of who follows them. Must not look at a store.

::

    token = base64url( HMAC-SHA256(store's key, what it says), its first 16 bytes | what it says )
    what it says = issue, story and target, parted by blanks
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass

_MARK = 16
#: longer texts are none of ours
_LONGEST = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A link of a story in an issue."""

    issue: int
    story: int
    #: where it leads
    target: str


def signed(key: bytes, link: Followed) -> str:
    """The token of a link; ``key`` is the store's own."""
    said = f"{link.issue} {link.story} {link.target}".encode()
    return base64.urlsafe_b64encode(_mark(key, said) + said).rstrip(b"=").decode("ascii")


def followed(key: bytes, token: str) -> Followed | None:
    """The link of a token; None where we have not made it. The marks are compared in constant time."""
    try:
        raw = base64.b64decode(token[:_LONGEST] + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    mark, said = raw[:_MARK], raw[_MARK:]
    if not hmac.compare_digest(_mark(key, said), mark):
        return None
    issue, story, target = said.decode().split(" ", 2)
    return Followed(issue=int(issue), story=int(story), target=target)


def _mark(key: bytes, said: bytes) -> bytes:
    own = hmac.new(key, b"a link that is counted", hashlib.sha256).digest()
    return hmac.new(own, said, hashlib.sha256).digest()[:_MARK]
