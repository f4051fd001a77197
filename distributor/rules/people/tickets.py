"""A login by a provider that has begun: what the browser holds meanwhile, and what follows from it. Must not look at a
clock or a store.

::

    ticket   = base64url( HMAC-SHA256(key, what it says) | what it says )
    what it says = the second since 1970 at which it is over, chance, and the path to lead on to, parted by blanks
    state, nonce, verifier = base64url( HMAC-SHA256(key, its word | ticket) )

The ticket is a cookie; state and nonce go by way of the provider and come back, the verifier never leaves this machine
but to the provider itself (RFC 7636). Nothing has to be remembered of a login that only begins, however many do.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

#: How long somebody may take at the provider.
LASTS = timedelta(minutes=10)
_MARK = 32
#: longer texts are none of ours; cookies hold 4096 (RFC 6265, section 6.1)
_LONGEST = 3000
_SAID = re.compile(rb"([0-9]{1,11}) ([A-Za-z0-9_-]{1,100}) (/[!-~]*)")
#: a longer path is not led back to
MOST = 1500


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A login that has begun."""

    #: the path to lead on to
    onward: str
    #: at which it is over
    until: datetime
    #: says that an answer belongs to this browser's own login (RFC 6749, section 10.12)
    state: str = field(repr=False)
    #: says that a token was made for this login (OpenID Connect Core 1.0, section 15.5.2)
    nonce: str = field(repr=False)
    #: says that whoever brings the code has asked for it (RFC 7636)
    verifier: str = field(repr=False)

    @property
    def challenge(self) -> str:
        """What is told of the verifier beforehand (``S256``)."""
        return _text(hashlib.sha256(self.verifier.encode("ascii")).digest())


def new_ticket(key: bytes, chance: str, onward: str, now: datetime) -> str:
    """A ticket for a login that begins; ``chance`` is 32 bytes of it in base64url, ``key`` this process's own."""
    path = onward if len(onward) <= MOST else onward.partition("?")[0][:MOST]
    said = f"{int((now + LASTS).timestamp())} {chance} {path}".encode("ascii")
    return _text(_mark(key, b"ticket", said) + said)


def begun(key: bytes, ticket: str, now: datetime) -> Begun | None:
    """The login of a ticket; None where we have not made it, or it is over."""
    try:
        text = ticket[:_LONGEST].encode("ascii")
        raw = base64.b64decode(text + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    mark, said = raw[:_MARK], raw[_MARK:]
    found = _SAID.fullmatch(said)
    if not hmac.compare_digest(_mark(key, b"ticket", said), mark) or found is None:
        return None
    until = datetime.fromtimestamp(int(found[1]), UTC)
    if now >= until:
        return None
    state, nonce, verifier = (_text(_mark(key, word, said)) for word in (b"state", b"nonce", b"verifier"))
    return Begun(onward=found[3].decode("ascii"), until=until, state=state, nonce=nonce, verifier=verifier)


def _mark(key: bytes, word: bytes, said: bytes) -> bytes:
    own = hmac.new(key, b"a login that has begun: " + word, hashlib.sha256).digest()
    return hmac.new(own, said, hashlib.sha256).digest()


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
