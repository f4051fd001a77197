"""What is believed of an OpenID provider, and the tickets of logins that have begun."""

from __future__ import annotations

import hashlib
import math
from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distributor.errors import Unvouched
from distributor.rules.people import openid
from distributor.rules.people.openid import Client, is_theirs
from distributor.rules.people.tickets import LASTS, MOST, begun, new_ticket
from tests.support import NOON

ISSUER, KEY, CHANCE = "https://login.example.org/desk", b"k" * 32, "c" * 43
CLIENT = Client(
    issuer=ISSUER, client_id="desk", back="https://desk.example.org/back", claim="email", scopes=["email", "openid"]
)
TOLD = {
    "issuer": ISSUER,
    "authorization_endpoint": "https://login.example.org/authorize?tenant=1",
    "token_endpoint": "https://tokens.example.org/token",
    "jwks_uri": "https://login.example.org/keys",
}
NOW = int(NOON.timestamp())
CLAIMS = {"iss": ISSUER, "aud": "desk", "exp": NOW + 300, "iat": NOW, "nonce": "n", "sub": "1"}


def described(has_secret=True, **told):
    found = {name: value for name, value in {**TOLD, **told}.items() if value is not None}
    return openid.endpoints(found, ISSUER, has_secret=has_secret)


def test_what_a_provider_says_of_itself_is_where_it_is_asked():
    found = described(userinfo_endpoint="https://login.example.org/me")
    assert (found.token, found.userinfo, found.method) == (
        "https://tokens.example.org/token", "https://login.example.org/me", "client_secret_basic",
    )  # fmt: skip
    assert not found.names_itself
    assert described(authorization_response_iss_parameter_supported=True).names_itself
    assert described().userinfo == ""


@pytest.mark.parametrize(
    "told",
    [
        {"issuer": f"{ISSUER}/"},
        {"issuer": None},
        {"issuer": [ISSUER]},
        {"authorization_endpoint": None},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"token_endpoint": "http://login.example.org/token"},
        {"token_endpoint": "http://127.0.0.1/token"},
        {"token_endpoint": "https://"},
        {"token_endpoint": "https://[x/"},
        {"token_endpoint": "https://u:p@login.example.org/"},
        {"token_endpoint": "https://login.example.org/#x"},
        {"token_endpoint": "https://login.example.org/ x"},
        {"token_endpoint": "https://login.example.org/\r\nx: y"},
        {"jwks_uri": 7},
        {"jwks_uri": "https://lögin.example.org/"},
        {"userinfo_endpoint": "http://login.example.org/me"},
        {"response_types_supported": ["token"]},
        {"response_types_supported": "code"},
        {"id_token_signing_alg_values_supported": ["none", "HS256", {}]},
        {"code_challenge_methods_supported": ["plain"]},
        {"token_endpoint_auth_methods_supported": ["private_key_jwt"]},
        {"token_endpoint_auth_methods_supported": "client_secret_basic"},
    ],
)
def test_a_description_that_is_anothers_unsafe_or_useless_is_refused(told):
    with pytest.raises(Unvouched) as found:
        described(**told)
    assert found.value.why == "invalid"


@pytest.mark.parametrize(
    ("has_secret", "offered", "method"),
    [
        (True, None, "client_secret_basic"),
        (True, ["none", "client_secret_post"], "client_secret_post"),
        (True, ["client_secret_post", "client_secret_basic"], "client_secret_basic"),
        (False, ["client_secret_basic", "none"], "none"),
        (False, None, "none"),
    ],
)
def test_we_say_who_we_are_as_the_provider_wants_it(has_secret, offered, method):
    told = {"token_endpoint_auth_methods_supported": offered, "code_challenge_methods_supported": ["S256"]}
    assert described(has_secret, **told).method == method


def test_without_a_secret_the_challenge_must_be_checked_and_a_secret_not_be_wanted():
    with pytest.raises(Unvouched, match="checks S256"):
        described(has_secret=False)
    with pytest.raises(Unvouched, match=r"wants oidc\.client_secret"):
        described(False, code_challenge_methods_supported=["S256"], token_endpoint_auth_methods_supported=[])


def test_by_http_only_this_machine_is_asked_and_only_where_the_provider_is_on_it():
    here = "http://127.0.0.1:9000"
    told = {name: value.replace("https://login.example.org", here) for name, value in TOLD.items()} | {"issuer": here}
    assert openid.endpoints(told, here, has_secret=True).keys == f"{here}/keys"


def made(onward="/desk", now=NOON, key=KEY):
    found = begun(KEY, new_ticket(key, CHANCE, onward, NOON), now)
    assert found is not None
    return found


def test_the_browser_is_led_there_with_all_that_binds_the_answer_and_the_endpoints_own_query():
    where = openid.leads_to(described(), CLIENT, one := made())
    asked = {name: values[0] for name, values in parse_qs(urlsplit(where).query).items()}
    assert where.startswith("https://login.example.org/authorize?tenant=1&response_type=code&")
    assert asked["scope"] == "openid email"
    assert (asked["state"], asked["nonce"]) == (one.state, one.nonce)
    digest = hashlib.sha256(one.verifier.encode()).digest()
    assert asked["code_challenge"] == urlsafe_b64encode(digest).rstrip(b"=").decode()
    assert one.verifier not in where
    plain = openid.leads_to(described(authorization_endpoint="https://a.example/b"), CLIENT, one)
    assert plain.startswith("https://a.example/b?response_type=code&")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"code": "c"}, "stale"),
        ({"code": "c", "state": "ö" * 43}, "stale"),
        ({"code": "c", "state": "", "error": "x"}, "stale"),
        ({"code": "c", "state": "own", "iss": "https://other.example"}, "invalid"),
        ({"error": "access_denied", "state": "own"}, "cancelled"),
        ({"error": "a\nb", "state": "own", "code": "c"}, "cancelled"),
        ({"state": "own"}, "invalid"),
        ({"state": "own", "code": "x" * 4097}, "invalid"),
    ],
)
def test_an_answer_to_another_login_by_another_issuer_or_without_a_code_is_refused(answer, why):
    one = made()
    told = {name: one.state if value == "own" else value for name, value in answer.items()}
    with pytest.raises(Unvouched) as found:
        openid.code_of(told, one, ISSUER)
    assert found.value.why == why
    assert "\n" not in str(found.value)


def test_an_answer_to_this_login_brings_its_code():
    one = made()
    assert openid.code_of({"state": one.state, "code": "c", "iss": ISSUER}, one, ISSUER) == "c"
    assert openid.code_of({"state": one.state, "code": "c"}, one, ISSUER) == "c"


def test_a_provider_that_always_names_itself_must_have_done_so():
    always = described(authorization_response_iss_parameter_supported=True)
    openid.check_named({"iss": ISSUER}, always)
    openid.check_named({}, described())
    with pytest.raises(Unvouched, match="does not name its issuer"):
        openid.check_named({}, always)


def subject(**changed):
    claims = {name: value for name, value in {**CLAIMS, **changed}.items() if value is not None}
    return openid.subject_of(claims, CLIENT, "n", NOON)


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"aud": ["desk"]},
        {"aud": ["desk", "other"], "azp": "desk"},
        {"azp": "desk"},
        {"exp": NOW - 59},
        {"exp": NOW + 0.5, "iat": NOW - 659.5, "nbf": NOW + 60},
        {"iat": NOW + 60},
        {"sub": "x" * 255},
    ],
)
def test_a_token_of_the_provider_for_us_and_this_login_made_now_is_believed(changed):
    assert subject(**changed) == changed.get("sub", "1")


@pytest.mark.parametrize(
    "changed",
    [
        *({"iss": one} for one in (None, f"{ISSUER}/", "https://other.example", [ISSUER])),
        *({"aud": one} for one in (None, "other", [], ["other"], {"desk": 1}, 7, "desk2", ["desk", "other"])),
        *({"azp": one} for one in ("other", 7, ["desk"])),
        {"aud": ["desk", "other"], "azp": "other"},
        *({"exp": one} for one in (None, NOW - 60, "9999999999", True, math.nan, math.inf, -1)),
        *({"iat": one} for one in (None, NOW + 61, NOW - 661, "1", False, math.inf)),
        *({"nbf": one} for one in (NOW + 61, "x")),
        *({"nonce": one} for one in (None, "", "N", ["n"], "nn")),
        *({"sub": one} for one in (None, "", "x" * 256, 7)),
    ],
)
def test_any_other_token_is_refused(changed):
    with pytest.raises(Unvouched) as found:
        subject(**changed)
    assert found.value.why == "invalid"


def test_an_address_is_a_name_only_where_the_provider_proved_it():
    assert openid.name_of({"email": "a@example.org", "email_verified": True}, "email") == "a@example.org"
    assert openid.name_of({"name": "Anna"}, "name") == "Anna"
    wrong: list[dict[str, Any]] = [
        {},
        {"email": 7, "email_verified": True},
        {"email": "  ", "email_verified": True},
        {"email": "a" * 256, "email_verified": True},
        *({"email": "a@example.org", "email_verified": one} for one in (False, None, "true", 1)),
    ]
    for claims in wrong:
        with pytest.raises(Unvouched) as found:
            openid.name_of(claims, "email")
        assert found.value.why == "unverified"


def test_userinfo_is_needed_where_the_token_lacks_the_name_or_its_proof():
    assert openid.says_name({"email": "a", "email_verified": False}, "email")
    assert not openid.says_name({"email": "a"}, "email")
    assert openid.says_name({"name": "a"}, "name")
    assert not openid.says_name({}, "name")


@pytest.mark.parametrize(
    ("told", "account", "same"),
    [
        ("Anna@Example.org", "anna@example.ORG", True),
        ("Ганна", "Ганна", True),
        ("ганна", "Ганна", False),
        ("ａnna", "anna", False),
        ("\u212aate", "kate", False),
        ("e\u0301va", "e\u0301va", False),
        ("anna ", "anna", False),
    ],
)
def test_letters_that_only_look_alike_are_another_name(told, account, same):
    assert is_theirs(told, account) is same


@given(st.text(alphabet="abc/?=&%", max_size=30), st.integers(0, 599))
def test_a_ticket_leads_back_to_where_it_began_while_it_counts(rest, seconds):
    found = made(f"/desk{rest}", NOON + timedelta(seconds=seconds))
    assert found.onward == f"/desk{rest}"
    assert found.until == NOON + LASTS
    assert len({found.state, found.nonce, found.verifier, found.challenge}) == 4
    assert {len(found.state), len(found.nonce), len(found.verifier)} == {43}
    assert found.state not in repr(found)
    assert found.verifier not in repr(found)


def test_a_ticket_counts_no_longer_than_ten_minutes():
    assert begun(KEY, new_ticket(KEY, CHANCE, "/desk", NOON), NOON + LASTS) is None


def test_a_path_that_is_too_long_is_led_back_to_without_its_query():
    assert made("/desk/story?url=" + "x" * MOST).onward == "/desk/story"
    assert made("/desk/" + "x" * MOST).onward == ("/desk/" + "x" * MOST)[:MOST]


@given(st.integers(0, 150), st.integers(1, 255))
def test_a_ticket_that_was_changed_anywhere_counts_for_nothing(at, change):
    ticket = new_ticket(KEY, CHANCE, "/desk", NOON)
    raw = bytearray(ticket.encode())
    at %= len(raw) - 1  # the last sign holds bits that stand for nothing
    raw[at] ^= change
    assert begun(KEY, raw.decode("latin-1"), NOON) is None


@pytest.mark.parametrize("ticket", ["", "x", "ö", "A" * 5000, "A" * 64])
def test_what_is_no_ticket_counts_for_nothing(ticket):
    assert begun(KEY, ticket, NOON) is None


def test_another_process_makes_other_tickets():
    assert begun(KEY, new_ticket(b"l" * 32, CHANCE, "/desk", NOON), NOON) is None
    assert begun(KEY, new_ticket(KEY, CHANCE, "elsewhere", NOON), NOON) is None
