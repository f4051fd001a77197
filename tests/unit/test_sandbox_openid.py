"""The loopback provider: whom it leads where, what it gives for which code, and that it can be told to lie."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64decode
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection
from typing import Any
from urllib.parse import parse_qs, quote_plus, urlencode, urlsplit

import pytest

from distributor.sandbox.accounts import OPENID_CLIENT, OPENID_SECRET
from distributor.sandbox.client import Running, SandboxError, start

BACK = "http://127.0.0.1:8464/back"
#: RFC 7636, appendix B
VERIFIER, CHALLENGE = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
ASKED = {
    "client_id": OPENID_CLIENT,
    "redirect_uri": BACK,
    "response_type": "code",
    "scope": "openid email",
    "state": "s",
    "nonce": "n",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}
PAIR = f"{OPENID_CLIENT}:{quote_plus(OPENID_SECRET)}"
BASIC = {"authorization": f"Basic {b64encode(PAIR.encode()).decode()}"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with start(tmp_path_factory.mktemp("openid"), only=["openid"]) as running:
        yield running


@pytest.fixture
def provider(server: Running) -> Running:
    server.reset("openid")
    return server


def ask(provider: Running, path: str, body: str | None = None, **headers: str) -> tuple[int, Any]:
    connection = HTTPConnection(provider.urls["openid"].removeprefix("http://"), timeout=10)
    connection.request("GET" if body is None else "POST", path, body, headers)
    answer = connection.getresponse()
    found = answer.getheader("Location") or json.loads(answer.read())
    connection.close()
    return answer.status, found


def answered(provider: Running, **changed: str) -> dict[str, str]:
    status, found = ask(provider, "/authorize?" + urlencode({**ASKED, **changed}))
    assert (status, found.partition("?")[0]) == (302, BACK)
    return {name: values[0] for name, values in parse_qs(urlsplit(found).query).items()}


def redeemed(
    provider: Running, code: str, changed: Mapping[str, str] | None = None, headers: dict[str, str] | None = None
) -> tuple[int, Any]:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
    return ask(provider, "/token", urlencode({**form, **(changed or {})}), **(BASIC if headers is None else headers))


def test_it_leads_back_with_a_code_that_is_worth_tokens_once(provider: Running) -> None:
    answer = answered(provider)
    assert (answer["state"], answer["iss"]) == ("s", provider.urls["openid"])
    status, told = redeemed(provider, answer["code"])
    claims = json.loads(urlsafe_b64decode(told["id_token"].split(".")[1] + "=="))
    assert (status, claims["nonce"], claims["aud"], claims["email"]) == (200, "n", OPENID_CLIENT, "anna@example.org")
    access = {"authorization": f"Bearer {told['access_token']}"}
    assert ask(provider, "/userinfo", **access)[1]["email"] == "anna@example.org"
    assert redeemed(provider, answer["code"]) == (400, {"error": "invalid_grant"})
    assert [line["act"] for line in provider.journal("openid")] == ["code", "token"]
    assert answer["code"] not in str(provider.log("openid")) + str(provider.journal("openid"))


@pytest.mark.parametrize(
    "changed", [{"code_verifier": VERIFIER[::-1]}, {"redirect_uri": f"{BACK}/"}, {"code": "another"}]
)
def test_a_code_is_worth_nothing_to_whoever_did_not_ask_for_it(provider: Running, changed: dict[str, str]) -> None:
    code = answered(provider)["code"]
    assert redeemed(provider, code, changed) == (400, {"error": "invalid_grant"})


def test_a_code_ends_after_a_minute(provider: Running) -> None:
    code = answered(provider)["code"]
    provider.advance(61)
    assert redeemed(provider, code)[0] == 400


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "none"])
def test_a_client_says_who_it_is_in_the_one_way_that_is_offered(provider: Running, method: str) -> None:
    provider.control("openid", "config", {"method": method})
    ways: dict[str, tuple[dict[str, str], dict[str, str]]] = {
        "client_secret_basic": (BASIC, {}),
        "client_secret_post": ({}, {"client_id": OPENID_CLIENT, "client_secret": OPENID_SECRET}),
        "none": ({}, {"client_id": OPENID_CLIENT}),
        "wrong": ({"authorization": "Basic !"}, {"client_id": "x", "client_secret": "x"}),
    }
    found = {way: redeemed(provider, answered(provider)["code"], told[1], told[0])[0] for way, told in ways.items()}
    taken = {method} | ({"client_secret_post"} if method == "none" else set())
    assert {way for way, status in found.items() if status == 200} == taken


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "email"}, "invalid_scope"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"nonce": ""}, "invalid_request"),
    ],
)
def test_a_question_that_binds_nothing_is_refused(provider: Running, changed: dict[str, str], error: str) -> None:
    assert answered(provider, **changed)["error"] == error


def test_nobody_is_led_to_a_stranger(provider: Running) -> None:
    for changed in ({"redirect_uri": "http://elsewhere.example/"}, {"client_id": "another"}):
        assert ask(provider, "/authorize?" + urlencode({**ASKED, **changed}))[0] == 400
    assert ask(provider, "/nowhere")[0] == 404
    assert ask(provider, "/userinfo", authorization="Bearer x")[0] == 401
    assert redeemed(provider, "", headers={"authorization": "Basic !"})[0] == 401


def test_it_lies_only_as_it_is_told_and_knows_what_a_lie_is(provider: Running) -> None:
    provider.control("openid", "config", {"lies": ["nonce", "answer_iss"], "person": {"sub": "7"}})
    assert provider.control("openid", "state")["lies"] == ["answer_iss", "nonce"]
    assert answered(provider)["iss"] != provider.urls["openid"]
    for wrong in ({"lies": ["white"]}, {"method": "private_key_jwt"}, {"odd": 1}):
        with pytest.raises(SandboxError, match="unknown"):
            provider.control("openid", "config", wrong)
    first = ask(provider, "/keys")[1]["keys"][0]["kid"]
    assert provider.control("openid", "rotate", {})["kid"] != first
    with pytest.raises(SandboxError, match="unknown"):
        provider.control("openid", "turn", {})
