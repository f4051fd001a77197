"""Names of mails within addresses: made, read back, and not to be made up."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.rules.mail.verp import Named, Purpose, address, named, token

DOMAIN = "bounce.example.org"


def mark(delivery: int) -> str:
    digest = hmac.new(b"key", str(delivery).encode(), hashlib.sha256).digest()
    return base64.b32encode(digest[:10]).decode().lower()


def made(delivery: int, purpose: Purpose = Purpose.BOUNCE) -> str:
    return address(purpose, token(delivery, mark(delivery)), DOMAIN)


@settings(max_examples=100)
@given(st.integers(min_value=0, max_value=2**63 - 1), st.sampled_from(Purpose))
def test_what_was_made_is_read_back_and_fits_every_address(delivery: int, purpose: Purpose) -> None:
    given_back = made(delivery, purpose)
    assert named(given_back, mark) == Named(delivery=delivery, purpose=purpose)
    assert len(given_back.partition("@")[0]) <= 32


@pytest.mark.parametrize(
    "text",
    [
        "<{}>",
        "{upper}",
        "Final-Recipient: rfc822; prvs=1234567890={}",
        "SRS0=HHHH=TT=example.org={local}@forwarder.example.net",
        "Undelivered mail for {} (returned)",
        "b+zz-aaaaaaaaaaaaaaaa@bounce.example.org, {}",
    ],
)
def test_a_name_is_found_whatever_stands_around_it(text: str) -> None:
    whole = made(1234567)
    shown = text.format(whole, upper=whole.upper(), local=whole.partition("@")[0])
    assert named(shown, mark) == Named(delivery=1234567, purpose=Purpose.BOUNCE)


def test_the_token_alone_names_the_mail_without_a_purpose() -> None:
    assert named(f"unsubscribe {token(42, mark(42))}", mark) == Named(delivery=42, purpose=None)


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "news@example.org",
        f"b+16-{mark(43)}@{DOMAIN}",
        f"b+16-{mark(42)[:15]}@{DOMAIN}",
        f"b+16-{mark(42)}a@{DOMAIN}",
        f"b+16-{mark(42)[::-1]}@{DOMAIN}",
        f"xb+016{mark(42)}@{DOMAIN}",
        "b+16-" + "\u017f" * 16 + "@" + DOMAIN,
    ],
)
def test_what_we_did_not_make_names_nothing(forged: str) -> None:
    assert named(forged, mark) is None
