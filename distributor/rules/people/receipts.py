"""Links to a story's receipt that a CMS may show: signed by this store, for one story, and over soon. Must not look at
a store.

::

    token = base64url( HMAC-SHA256(store's key, what it says), its first 16 bytes | what it says )
    what it says = the story's number and the second since 1970 at which it is over, parted by a blank
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from datetime import UTC, datetime

_MARK = 16
#: longer texts are none of ours
_LONGEST = 120
_SAID = re.compile(rb"([0-9]{1,18}) ([0-9]{1,11})")


def signed(key: bytes, story: int, until: datetime) -> str:
    """The token of a link; ``key`` is the store's own."""
    said = f"{story} {int(until.timestamp())}".encode()
    return base64.urlsafe_b64encode(_mark(key, said) + said).rstrip(b"=").decode("ascii")


def opened(key: bytes, token: str, now: datetime) -> tuple[int, bool] | None:
    """The story of a token, and whether it still leads there; None where we have not made it."""
    try:
        raw = base64.b64decode(token[:_LONGEST] + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    mark, said = raw[:_MARK], raw[_MARK:]
    found = _SAID.fullmatch(said)
    if not hmac.compare_digest(_mark(key, said), mark) or found is None:
        return None
    return int(found[1]), now < datetime.fromtimestamp(int(found[2]), UTC)


def _mark(key: bytes, said: bytes) -> bytes:
    own = hmac.new(key, b"a receipt that is shown", hashlib.sha256).digest()
    return hmac.new(own, said, hashlib.sha256).digest()[:_MARK]
