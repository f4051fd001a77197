"""Keys that sign: those of mail, read, made, and as DNS shows them; providers' own, by which they are believed.
Must not know what is signed, nor show a private half.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

#: the names of RFC 8301 and RFC 8463, section 3
Algorithm = Literal["rsa-sha256", "ed25519-sha256"]

#: RFC 8301 section 3.2: signers MUST use at least 1024 and SHOULD use at least 2048 bits, which providers ask of those
#: who send much; verifiers need not be able to verify more than 4096.
LEAST_BITS, MOST_BITS = 2048, 4096
#: RFC 8032 section 5.1.5
_ED25519_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A private key; its bytes stay inside."""

    algorithm: Algorithm
    #: of an RSA key; 256 of an Ed25519 one
    bits: int
    #: the public half as the tag ``p=`` of a DNS record has it (RFC 6376 section 3.6.1, RFC 8463 section 4)
    public: str
    #: a signature over the SHA-256 of what is given (RFC 8463 section 3 signs that digest)
    sign: Callable[[bytes], bytes] = field(repr=False, compare=False)

    @property
    def record(self) -> str:
        """The text of the TXT record at ``SELECTOR._domainkey.DOMAIN``."""
        return f"v=DKIM1; k={self.algorithm.partition('-')[0]}; p={self.public}"


def read_key(pem: str) -> SigningKey:
    """A private key from its PEM. Raises ValueError with a sentence for people, which shows nothing of the key."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(pem.encode(), None)
    except TypeError:
        raise ValueError("the key is locked with a password; store it without one, readable by nobody else") from None
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("this is no private key in PEM (-----BEGIN PRIVATE KEY-----)") from None
    match key:
        case RSAPrivateKey():
            return _rsa(key)
        case Ed25519PrivateKey():
            return _ed25519(key)
        case _:
            raise ValueError("the key is neither RSA nor Ed25519, and mail is signed with no other")


def make_key(algorithm: Algorithm, *, bits: int = LEAST_BITS) -> str:
    """A new private key as PEM (PKCS #8, without a password); ``bits`` counts for RSA alone."""
    from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key: RSAPrivateKey | Ed25519PrivateKey
    if algorithm == "rsa-sha256":
        _check_bits(bits)
        key = rsa.generate_private_key(65537, bits)
    else:
        key = ed25519.Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_bits(public: str, kind: str) -> int:
    """The size of a public key as DNS shows it (the tags ``p=`` and ``k=``), in bits; 0 for what is no such key."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        raw = base64.b64decode(public, validate=True)
        if kind == "ed25519":
            return 256 if len(raw) == _ED25519_BYTES else 0
        key = load_der_public_key(raw)
    except ValueError:
        return 0
    return key.key_size if isinstance(key, RSAPublicKey) else 0


def _check_bits(bits: int) -> None:
    if not LEAST_BITS <= bits <= MOST_BITS:
        raise ValueError(f"an RSA key of {bits} bits; expected at least {LEAST_BITS}, and at most {MOST_BITS}")


def _rsa(key: RSAPrivateKey) -> SigningKey:
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    _check_bits(key.key_size)
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    padding, digest = PKCS1v15(), SHA256()
    return SigningKey(
        algorithm="rsa-sha256",
        bits=key.key_size,
        public=base64.b64encode(public).decode(),
        sign=lambda data: key.sign(data, padding, digest),
    )


def _ed25519(key: Ed25519PrivateKey) -> SigningKey:
    from hashlib import sha256

    return SigningKey(
        algorithm="ed25519-sha256",
        bits=256,
        public=base64.b64encode(key.public_key().public_bytes_raw()).decode(),
        sign=lambda data: key.sign(sha256(data).digest()),
    )


def public_key_of(text: str) -> EllipticCurvePublicKey:
    """A public key on the curve P-256, as base64 of its DER form (RFC 5480). Raises ValueError."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        key = load_der_public_key(base64.b64decode(text, validate=True))
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("this is no public key in base64") from None
    if not isinstance(key, EllipticCurvePublicKey):
        raise ValueError("the key is of another kind than ECDSA")
    return key


def is_signed_by(key: EllipticCurvePublicKey, signature: bytes, data: bytes) -> bool:
    """Whether data were signed with ECDSA over SHA-256 by the private half of a key."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
    from cryptography.hazmat.primitives.hashes import SHA256

    try:
        key.verify(signature, data, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def is_certified(
    certificate: bytes, signature: bytes, data: bytes, *, digest: Literal["sha1", "sha256"], now: datetime
) -> bool:
    """Whether data were signed with RSA by whom a certificate (PEM) names, and the certificate is in force.

    Who made the certificate is not looked at: the caller knows where it came from.
    """
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.hashes import SHA1, SHA256

    try:
        found = x509.load_pem_x509_certificate(certificate)
        key = found.public_key()
        if not isinstance(key, RSAPublicKey) or not found.not_valid_before_utc <= now <= found.not_valid_after_utc:
            return False
        # SHA-1 is what Amazon signs version 1 with; nobody can forge a second message to a given one
        key.verify(signature, data, PKCS1v15(), SHA1() if digest == "sha1" else SHA256())  # noqa: S303
    except (ValueError, InvalidSignature):
        return False
    return True
