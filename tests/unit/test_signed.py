"""Signed messages between servers: what is believed, and what is not."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distributor.errors import Unsigned
from distributor.net.signed import TOLERANCE, headers, hub_signature_fits, key_of, sign, verify
from distributor.secret import Secret

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
OLD, NEW, FOREIGN = b"the old secret", b"the new secret", b"somebody else's"
BODY = b'{"headline": "Talks begin"}'


def signed(*keys: bytes, key: str = "push_1", body: bytes = BODY, now: datetime = NOW) -> dict[str, str]:
    return {name.lower(): value for name, value in headers(key, body, now, keys).items()}


def test_a_signed_message_is_believed_and_gives_its_id():
    assert verify(signed(NEW), BODY, [NEW], NOW) == "push_1"


def test_while_a_secret_is_changed_both_count():
    assert verify(signed(OLD), BODY, [NEW, OLD], NOW) == "push_1"
    assert verify(signed(OLD, NEW), BODY, [NEW], NOW) == "push_1"


@pytest.mark.parametrize("ahead", [-TOLERANCE, TOLERANCE, timedelta(0)])
def test_a_message_counts_for_five_minutes_either_way(ahead: timedelta):
    assert verify(signed(NEW), BODY, [NEW], NOW + ahead)


@pytest.mark.parametrize(
    ("fields", "body", "told"),
    [
        ({}, BODY, "is not signed"),
        (signed(NEW, key=""), BODY, "is not signed"),
        (signed(NEW, key="a b"), BODY, "is not signed"),
        (signed(NEW, key="x" * 201), BODY, "is not signed"),
        ({**signed(NEW), "webhook-signature": ""}, BODY, "is not signed"),
        ({**signed(NEW), "webhook-timestamp": "noon"}, BODY, "is not a number of seconds"),
        ({**signed(NEW), "webhook-timestamp": "9" * 40}, BODY, "is not a number of seconds"),
        ({**signed(NEW), "webhook-timestamp": "²"}, BODY, "is not a number of seconds"),
        (signed(NEW, now=NOW - TOLERANCE - timedelta(seconds=1)), BODY, "older than five minutes"),
        (signed(NEW, now=NOW + TOLERANCE + timedelta(seconds=1)), BODY, "clock is wrong"),
        (signed(FOREIGN), BODY, "does not fit"),
        (signed(NEW), BODY + b" ", "does not fit"),
        ({**signed(NEW), "webhook-id": "push_2"}, BODY, "does not fit"),
        ({**signed(NEW), "webhook-signature": "v1,é v2,x"}, BODY, "does not fit"),
        ({**signed(NEW), "webhook-signature": sign(NEW, "push_1", "1", BODY)}, BODY, "does not fit"),
    ],
)
def test_anything_else_is_refused_with_what_is_wrong(fields: dict[str, str], body: bytes, told: str):
    with pytest.raises(Unsigned, match=told):
        verify(fields, body, [NEW], NOW)


@given(st.dictionaries(st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"]), st.text(max_size=60)))
def test_no_field_breaks_it_and_none_is_believed(fields: dict[str, str]):
    with pytest.raises(Unsigned):
        verify(fields, BODY, [NEW], NOW)


def test_a_secret_that_cannot_be_one_is_told_by_its_key():
    for value, told in (("", "is empty"), ("a b", "spaces"), ("whsec_!", "base64")):
        with pytest.raises(ValueError, match=f"secret .*{told}"):
            key_of(Secret(value), "secret")


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512", "SHA256"])
def test_a_hub_may_sign_with_any_hash_of_the_standard(method: str):
    digest = hmac.new(NEW, BODY, method.lower()).hexdigest()
    assert hub_signature_fits(f"{method}={digest}", BODY, NEW)
    assert hub_signature_fits(f"{method}={digest.upper()}", BODY, NEW)
    assert not hub_signature_fits(f"{method}={digest}", BODY + b" ", NEW)


@pytest.mark.parametrize("given", ["", "sha256", "sha256=", "md5=0", "sha256=é", f"={hashlib.sha256().hexdigest()}"])
def test_what_is_no_signature_of_a_hub_fits_nothing(given: str):
    assert not hub_signature_fits(given, BODY, NEW)
