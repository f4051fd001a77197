"""Signatures of the loopback provider: RS256 in plain arithmetic (RFC 8017, section 8.2), so that a fault of a library
cannot agree with itself. Its keys are public on purpose. Must never sign for anybody else.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_EXPONENT = 65537
#: DigestInfo of SHA-256 (RFC 8017, section 9.2, note 1)
_SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")


@dataclass(frozen=True, kw_only=True)
class Key:
    """An RSA key of 2048 bits by its primes."""

    kid: str
    p: int
    q: int

    @property
    def modulus(self) -> int:
        """What is public beside the exponent."""
        return self.p * self.q

    @property
    def published(self) -> dict[str, str]:
        """The public half as a JWK (RFC 7517)."""
        told = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid}
        return told | {"n": text(_bytes(self.modulus)), "e": text(_bytes(_EXPONENT))}

    def sign(self, data: bytes) -> bytes:
        """RSASSA-PKCS1-v1_5 with SHA-256."""
        size = (self.modulus.bit_length() + 7) // 8
        digest = _SHA256 + hashlib.sha256(data).digest()
        padded = b"\x00\x01" + b"\xff" * (size - len(digest) - 3) + b"\x00" + digest
        private = pow(_EXPONENT, -1, (self.p - 1) * (self.q - 1))
        return pow(int.from_bytes(padded), private, self.modulus).to_bytes(size)


def token(claims: Mapping[str, Any], key: Key, *, alg: str = "RS256", kid: str | None = None) -> str:
    """A signed token (RFC 7515, section 7.1); ``alg`` may be ``none``, or ``HS256`` by what is public."""
    header = {"alg": alg, "typ": "JWT", "kid": key.kid if kid is None else kid}
    signed = ".".join(text(json.dumps(one).encode()) for one in (header, claims))
    match alg:
        case "none":
            signature = b""
        case "HS256":
            signature = hmac.new(json.dumps(key.published).encode(), signed.encode(), hashlib.sha256).digest()
        case _:
            signature = key.sign(signed.encode())
    return f"{signed}.{text(signature)}"


def text(raw: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _bytes(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8)


#: The key that signs at first, and the one after a change.
KEYS = (
    Key(
        kid="sandbox-1",
        p=int(
            "e839b382b0e7164cd7c5163169e769822a8278adee83448a02dffc571e5cec851ff06de492a441bcc25acff6b57c68cc"
            "227bdccb756da8e06e578d8e5cd9fa597abb33b96fb670eb7b65de4995f6a8edaa1313ce20e229808d423f5a9b6220a5"
            "5b498a3160ac12fa438594f41d5e5fd184189dbe0b8341d8acbcaafefdd31dfb",
            16,
        ),
        q=int(
            "e3f7df0d6ff648d8ff09d9ab4c7f16d6901c8c80222a984ee77f56fe239aa71980384184e4f9b40043e7937ab3ce684e"
            "7981f00df82a717d275ed0e57f56d341ae9a0d304cc1b91e80b1c42bc1f726b4e43a389f08784cda32fcfc6cd5449239"
            "95b967d1bb6eb69c40f939264f06a0417cb7729a631f37e01da8788495d8b77f",
            16,
        ),
    ),
    Key(
        kid="sandbox-2",
        p=int(
            "f3e6b07412d8f851188711f60de530913821089f9b7423d1174a2dfc2d64f9ebf8615967fc6c481aba7e30b9c1bdf7a6"
            "0fed157b5634ea97cbdf93482eb4c18cfb57238a085ddc941935cf67c5214aec5ded61bcd2118eb3e7a8eae456baf32e"
            "8d56f125919f748116436ed6ca97cea0e5c4beaae0b16e663630ef7743f8ad93",
            16,
        ),
        q=int(
            "b6b4860fdadc16a3507a33dab18e87b18f43c239d289427885bb666092b5803075c0a09745c51a60f740ac1851d75aca"
            "90de8bd6e489a24d8977ce8807b7a3a31c339f70d1740630053a7cc56e440c4b66a393b78e20b589f9f781df2fc1f8d0"
            "69899884aa34139517e60c611a09c1a2f9ad0833b7bfddfc2f1642ea7d4ea201",
            16,
        ),
    ),
)
