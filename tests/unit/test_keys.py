"""Keys that sign mail: strong ones are taken, others are refused with a reason, and none is ever shown."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_public_key,
)

from distributor.keys import make_key, read_key


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, password: bytes = b"", *, old: bool = False) -> str:
    form = PrivateFormat.TraditionalOpenSSL if old else PrivateFormat.PKCS8
    lock = BestAvailableEncryption(password) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, form, lock).decode()


def test_a_new_rsa_key_has_2048_bits_and_a_record_for_dns() -> None:
    key = read_key(make_key("rsa-sha256"))
    assert (key.algorithm, key.bits) == ("rsa-sha256", 2048)
    assert key.record == f"v=DKIM1; k=rsa; p={key.public}"
    found = load_der_public_key(base64.b64decode(key.public))
    assert isinstance(found, rsa.RSAPublicKey)


def test_a_new_ed25519_key_stands_raw_in_its_record() -> None:
    key = read_key(make_key("ed25519-sha256"))
    assert (key.algorithm, len(base64.b64decode(key.public))) == ("ed25519-sha256", 32)
    assert key.record.startswith("v=DKIM1; k=ed25519; p=")


def test_keys_in_the_older_form_are_read() -> None:
    key = rsa.generate_private_key(65537, 2048)
    assert read_key(pem(key, old=True)).public == read_key(pem(key)).public


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (pem(rsa.generate_private_key(65537, 1024)), "1024 bits; expected at least 2048"),
        (pem(ec.generate_private_key(ec.SECP256R1())), "neither RSA nor Ed25519"),
        (pem(rsa.generate_private_key(65537, 1024), b"secret"), "locked with a password"),
        ("hello", "no private key"),
        ("", "no private key"),
    ],
)
def test_a_key_that_will_not_do_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_key(text)


@pytest.mark.parametrize("bits", [1024, 8192])
def test_no_key_is_made_that_would_not_do(bits: int) -> None:
    with pytest.raises(ValueError, match=f"{bits} bits"):
        make_key("rsa-sha256", bits=bits)


def test_a_key_shows_nothing_of_itself() -> None:
    key = read_key(make_key("ed25519-sha256"))
    assert "sign=" not in repr(key)
    assert "lambda" not in repr(key)
