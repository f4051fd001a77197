"""The data of buttons: what a press means, signed, so that nobody can make one up. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass

#: Bytes of the signature: nobody guesses 96 bits through a chat.
STRENGTH = 12
_DATA = re.compile(r"(\d{1,10})\.([a-z]{1,12})\.(\d{1,8})\.([A-Za-z0-9_-]{6})\.([A-Za-z0-9_-]{16})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """What a button stands for."""

    #: number of the card
    card: int
    verb: str
    #: number of a channel, or of what the verb needs; 0: none
    arg: int = 0
    #: the state of affairs that the card showed; a press on another one does nothing
    stamp: str


def signing_key(store_key: bytes) -> bytes:
    """The key of the buttons, drawn from the store's own, which never leaves."""
    return hmac.new(store_key, b"operations chat", hashlib.sha256).digest()


def sealed(key: bytes, press: Press) -> str:
    """The data of a button, at most 64 bytes."""
    plain = f"{press.card}.{press.verb}.{press.arg}.{press.stamp}"
    return f"{plain}.{_signature(key, plain)}"


def unsealed(key: bytes, data: str) -> Press | None:
    """What a press means; None for data that we never gave."""
    found = _DATA.fullmatch(data)
    if found is None or not hmac.compare_digest(_signature(key, data.rpartition(".")[0]), found[5]):
        return None
    return Press(card=int(found[1]), verb=found[2], arg=int(found[3]), stamp=found[4])


def stamp(*facts: object) -> str:
    """A short name of a state of affairs, another one for each."""
    return _short(hashlib.sha256(repr(facts).encode("utf-8", "backslashreplace")).digest())[:6]


def _signature(key: bytes, plain: str) -> str:
    return _short(hmac.new(key, plain.encode(), hashlib.sha256).digest()[:STRENGTH])


def _short(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")
