"""Tokens of others are believed by their published keys alone, signed as is agreed; the loopback provider's, too."""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64encode
from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given
from hypothesis import strategies as st

from distributor.keys.tokens import UnknownKey, claims_of
from distributor.sandbox.openid.signing import KEYS
from distributor.sandbox.openid.signing import token as theirs


def b64(raw):
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def number(value):
    return b64(value.to_bytes((value.bit_length() + 7) // 8))


@cache
def private(kind):
    match kind:
        case "RS256":
            return rsa.generate_private_key(65537, 2048)
        case "short":
            return rsa.generate_private_key(65537, 1024)
        case "ES256":
            return ec.generate_private_key(ec.SECP256R1())
    return ed25519.Ed25519PrivateKey.generate()


def published(kind, **more):
    public = private(kind).public_key()
    match kind:
        case "RS256" | "short":
            numbers = public.public_numbers()
            key = {"kty": "RSA", "n": number(numbers.n), "e": number(numbers.e)}
        case "ES256":
            numbers = public.public_numbers()
            halves = {"x": b64(numbers.x.to_bytes(32)), "y": b64(numbers.y.to_bytes(32))}
            key = {"kty": "EC", "crv": "P-256", **halves}
        case _:
            key = {"kty": "OKP", "crv": "Ed25519", "x": b64(public.public_bytes_raw())}
    return {**key, "kid": kind, **more}


def signature(kind, data):
    key = private(kind)
    match kind:
        case "RS256" | "short":
            return key.sign(data, padding.PKCS1v15(), SHA256())
        case "ES256":
            r, s = utils.decode_dss_signature(key.sign(data, ec.ECDSA(SHA256())))
            return r.to_bytes(32) + s.to_bytes(32)
    return key.sign(data)


def token(kind, claims=None, sign=None, **header):
    told = {"alg": kind, "kid": kind, **header}
    told = {name: value for name, value in told.items() if value is not None}
    said = {"sub": "1"} if claims is None else claims
    signed = f"{b64(json.dumps(told).encode())}.{b64(json.dumps(said).encode())}"
    return f"{signed}.{b64((sign or (lambda data: signature(kind, data)))(signed.encode()))}"


@pytest.mark.parametrize("kind", ["RS256", "ES256", "EdDSA", "Ed25519"])
def test_a_signature_in_an_agreed_way_by_a_published_key_counts(kind):
    keys = [published("RS256", kid="other"), published(kind)]
    assert claims_of(token(kind), keys) == {"sub": "1"}
    assert claims_of(token(kind, kid=None), [published(kind, use="sig", alg=kind, odd="x")]) == {"sub": "1"}
    assert claims_of(token(kind, typ="JWT", x5t="x" * 600), keys) == {"sub": "1"}


@pytest.mark.parametrize("kind", ["RS256", "ES256", "EdDSA"])
@given(at=st.integers(0, 10**6), change=st.integers(1, 255))
def test_a_token_that_was_changed_anywhere_counts_for_nothing(kind, at, change):
    raw = bytearray(token(kind, sign=lambda data, kind=kind: kept(kind, data)).encode())
    at %= len(raw)
    raw[at] ^= change
    try:
        found = claims_of(raw.decode("latin-1"), [published(kind)])
    except ValueError:
        return
    # the last sign of a part may hold bits that stand for nothing
    assert found == {"sub": "1"}


@cache
def kept(kind, data):
    return signature(kind, data)


@pytest.mark.parametrize("alg", ["none", "NONE", "", None, 7, "HS256", "RS512", "PS256", "ES256K", "RS1", "dir"])
def test_no_other_way_of_signing_counts(alg):
    for sign in (lambda _: b"", lambda data: signature("RS256", data)):
        with pytest.raises(ValueError, match="signed in no way that counts"):
            claims_of(token("RS256", sign=sign, alg=alg), [published("RS256")])


def test_a_public_key_is_no_secret_that_signs():
    key = published("RS256")
    for secret in (key["n"].encode(), json.dumps(key).encode()):

        def sign(data, secret=secret):
            return hmac.digest(secret, data, "sha256")

        for keys in ([key], [key, {"kty": "oct", "k": b64(secret), "kid": "RS256"}]):
            with pytest.raises(ValueError, match="no way that counts"):
                claims_of(token("RS256", alg="HS256", sign=sign), keys)


@pytest.mark.parametrize(
    "keys",
    [
        [],
        [published("RS256", kid="other")],
        [published("RS256", use="enc")],
        [published("RS256", alg="RS512")],
        [published("ES256", kid="RS256")],
        [{"kid": "RS256"}],
    ],
)
def test_a_key_that_was_not_published_for_this_is_unknown(keys):
    with pytest.raises(UnknownKey):
        claims_of(token("RS256"), keys)


def test_a_token_that_names_no_key_needs_one_that_alone_can_have_signed():
    with pytest.raises(ValueError, match="by which of several keys"):
        claims_of(token("RS256", kid=None), [published("RS256"), published("RS256", kid="second")])
    with pytest.raises(ValueError, match="by which of several keys"):
        claims_of(token("RS256"), [published("RS256"), published("RS256")])


def test_anothers_signature_does_not_count():
    with pytest.raises(ValueError, match="its signature is wrong"):
        claims_of(token("RS256"), [{**KEYS[0].published, "kid": "RS256"}])
    with pytest.raises(ValueError, match="its signature is wrong"):
        claims_of(token("ES256", sign=lambda _: b"x"), [published("ES256")])


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("RS256", {"n": "!"}),
        ("RS256", {"e": ""}),
        ("ES256", {"x": "AAAA"}),
        ("ES256", {"y": b64(b"\x01" * 32)}),
        ("EdDSA", {"x": "AA"}),
    ],
)
def test_a_key_that_is_none_is_told_so(kind, key):
    with pytest.raises(ValueError, match=r"its key cannot be read"):
        claims_of(token(kind), [published(kind, **key)])


def test_a_key_without_its_half_or_too_short_cannot_be_read():
    for key in ({"kty": "RSA", "kid": "RS256"}, published("short", kid="RS256")):
        with pytest.raises(ValueError, match="its key cannot be read"):
            claims_of(token("RS256"), [key])


@pytest.mark.parametrize("header", [{"crit": ["exp"]}, {"crit": []}, {"b64": False, "crit": ["b64"]}, {"b64": True}])
def test_what_we_do_not_know_and_must_is_refused(header):
    with pytest.raises(ValueError, match="crit"):
        claims_of(token("RS256", **header), [published("RS256")])


@pytest.mark.parametrize(
    "text", ["", "a.b", "a.b.c.d.e", "a.b.c", "ö.ö.ö", "W10.W10.", "e30.e30.!", "e30=.e30.", "A" * 70_000, "Ww.e30."]
)
def test_what_is_no_token_is_told_so_without_being_shown(text):
    with pytest.raises(ValueError, match=r"it is no signed token|no way that counts") as found:
        claims_of(text, [published("RS256")])
    assert len(str(found.value)) < 60


def test_nesting_without_end_and_claims_that_are_no_object_are_refused():
    deep = b64(b'{"a":' * 20_000)
    with pytest.raises(ValueError, match="no signed token"):
        claims_of(f"{deep}.e30.e30"[:65_000], [])
    with pytest.raises(ValueError, match="no signed token"):
        claims_of(token("RS256", claims=[1]), [published("RS256")])


def test_the_loopback_providers_arithmetic_is_what_the_library_believes():
    keys = [one.published for one in KEYS]
    for key in KEYS:
        assert claims_of(theirs({"sub": "2"}, key), keys) == {"sub": "2"}
    assert KEYS[0].modulus.bit_length() == KEYS[1].modulus.bit_length() == 2048
