"""Signed tokens of others (JWT, RFC 7519), believed by their published keys (JWK, RFC 7517). Must not judge what a
token says, nor show one.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from joserfc.jwk import Key

Json = Mapping[str, Any]

#: By the algorithm that a token says: the kind of key, and its curve. No other algorithm is even looked at.
_KINDS: Mapping[str, tuple[str, str]] = {
    "RS256": ("RSA", ""),
    "ES256": ("EC", "P-256"),
    "EdDSA": ("OKP", "Ed25519"),
    "Ed25519": ("OKP", "Ed25519"),
}
ALGORITHMS = frozenset(_KINDS)
#: NIST SP 800-131A: no signature by a shorter RSA key counts
_LEAST_BITS = 2048
_LONGEST = 65_536


class UnknownKey(ValueError):
    """The key that a token names was not published; perhaps it is a new one."""


def claims_of(token: str, published: Sequence[Json]) -> Json:
    """What a token says, once its signature is found to be by one of the published keys.

    Raises UnknownKey, or ValueError with a sentence that shows nothing of the token.
    """
    header, payload, signature, signed = _parts(token)
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in _KINDS:
        raise ValueError("it is signed in no way that counts (alg)")
    if "crit" in header or "b64" in header:
        raise ValueError("it asks for what we do not know (crit)")
    if not _is_signed(algorithm, _chosen(header, algorithm, published), signed, signature):
        raise ValueError("its signature is wrong")
    return _object(payload)


def _chosen(header: Json, algorithm: str, published: Sequence[Json]) -> Json:
    """The one key that may have signed."""
    kind, curve = _KINDS[algorithm]
    fitting = [one for one in published if _fits(one, algorithm, kind, curve)]
    if "kid" in header:
        fitting = [one for one in fitting if one.get("kid") == header["kid"]]
    if not fitting:
        raise UnknownKey("its key was not published (kid)")
    if len(fitting) > 1:
        raise ValueError("it does not say by which of several keys it is signed (kid)")
    return fitting[0]


def _fits(key: Json, algorithm: str, kind: str, curve: str) -> bool:
    is_for_it = key.get("use", "sig") == "sig" and key.get("alg", algorithm) == algorithm
    return is_for_it and key.get("kty") == kind and key.get("crv", "") == curve


def _is_signed(algorithm: str, key: Json, signed: bytes, signature: bytes) -> bool:
    from joserfc.errors import JoseError
    from joserfc.jws import JWSRegistry

    try:
        return bool(JWSRegistry.algorithms[algorithm].verify(signed, signature, _imported(key)))
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise ValueError("its key cannot be read") from error


def _imported(key: Json) -> Key:
    """The public half of a published key, whatever else stands there. Raises what the library does."""
    from joserfc.jwk import import_key

    names = {"RSA": ("n", "e"), "EC": ("crv", "x", "y"), "OKP": ("crv", "x")}[str(key["kty"])]
    if key["kty"] == "RSA" and int.from_bytes(_raw(str(key["n"]))).bit_length() < _LEAST_BITS:
        raise ValueError("too short")
    return import_key({"kty": str(key["kty"]), **{name: str(key[name]) for name in names}})


def _parts(token: str) -> tuple[Json, bytes, bytes, bytes]:
    """Header, payload and signature of a token, and what is signed (RFC 7515, section 7.1)."""
    pieces = token.split(".")
    if len(pieces) != 3 or len(token) > _LONGEST or not token.isascii():
        raise ValueError("it is no signed token")
    header, payload, signature = (_raw(one) for one in pieces)
    return _object(header), payload, signature, token.rpartition(".")[0].encode("ascii")


def _raw(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("it is no signed token") from None


def _object(raw: bytes) -> Json:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        raise ValueError("it is no signed token") from None
    if not isinstance(found, dict):
        raise ValueError("it is no signed token")
    return found
