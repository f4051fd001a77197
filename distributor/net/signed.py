"""Signed messages between servers, both ways. Must not send or receive anything.

Standard Webhooks (its specification, "Signature scheme" and "Webhook headers") for our webhooks and for what a
newsroom's system pushes; WebSub (W3C Recommendation, section 7) for what a hub brings.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from distributor.errors import Unsigned
from distributor.secret import Secret

#: prefix of a secret that is written in base64
PREFIX: Final = "whsec_"
#: how old, or how far ahead, a message may be
TOLERANCE: Final = timedelta(minutes=5)
#: what an id may look like; it is kept, and shown to people
_ID = re.compile(r"[\x21-\x7e]{1,200}")
#: the hashes that a hub may sign with (WebSub, section 7.1)
_HUB_HASHES: Final = ("sha1", "sha256", "sha384", "sha512")


def key_of(secret: Secret, name: str) -> bytes:
    """The bytes that sign. Raises ValueError for a secret that is empty or is not the base64 it says it is."""
    value = secret.reveal()
    if not value or "".join(value.split()) != value:
        raise ValueError(f"{name} is empty" if not value else f"{name} holds spaces or line breaks")
    if not value.startswith(PREFIX):
        return value.encode("utf-8")
    try:
        key = base64.b64decode(value.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not key:
        raise ValueError(f"{name} begins with {PREFIX} but does not go on in base64")
    return key


def headers(key: str, body: bytes, now: datetime, keys: Iterable[bytes]) -> dict[str, str]:
    """The fields of a signed message; ``now`` is this attempt's instant, ``key`` its id, the same on every attempt."""
    timestamp = str(int(now.timestamp()))
    return {
        "Content-Type": "application/json",
        "Accept-Encoding": "identity",
        "webhook-id": key,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(sign(secret, key, timestamp, body) for secret in keys),
    }


def sign(secret: bytes, key: str, timestamp: str, body: bytes) -> str:
    """``v1,`` and the base64 of HMAC-SHA256 over ``id.timestamp.body``."""
    content = f"{key}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(secret, content, hashlib.sha256).digest()).decode("ascii")


def verify(fields: Mapping[str, str], body: bytes, keys: Sequence[bytes], now: datetime) -> str:
    """The id of a message that one of ``keys`` has signed within :data:`TOLERANCE`; field names in lower case.

    Raises Unsigned.
    """
    key, timestamp = fields.get("webhook-id", ""), fields.get("webhook-timestamp", "")
    given = fields.get("webhook-signature", "").split()
    if not (_ID.fullmatch(key) and given):
        raise Unsigned("the message is not signed: webhook-id, webhook-timestamp and webhook-signature are needed")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 12):
        raise Unsigned("webhook-timestamp is not a number of seconds since 1970")
    if abs(now - datetime.fromtimestamp(int(timestamp), UTC)) > TOLERANCE:
        raise Unsigned("the message is older than five minutes, or the sender's clock is wrong")
    # every pair is compared, and in constant time, so that the time of the answer tells nothing
    fits = [
        hmac.compare_digest(sign(secret, key, timestamp, body).encode(), one.encode("utf-8", "replace"))
        for secret in keys
        for one in given
    ]
    if not any(fits):
        raise Unsigned("the signature does not fit: is it the right secret, over the bytes as they were sent?")
    return key


def hub_signature_fits(given: str, body: bytes, secret: bytes) -> bool:
    """Whether a hub signed ``body`` (``X-Hub-Signature: sha256=...``)."""
    method, _, digest = given.partition("=")
    if method.lower() not in _HUB_HASHES:
        return False
    own = hmac.new(secret, body, method.lower()).hexdigest()
    return hmac.compare_digest(own.encode(), digest.strip().lower().encode("utf-8", "replace"))
