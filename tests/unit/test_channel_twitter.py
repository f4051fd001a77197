from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, unquote

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.channels import _verdicts, twitter
from distributor.channels._answer import Answer
from distributor.channels._verdicts import NotThere, Scopes, judge, wait
from distributor.channels.twitter import KIND, Options, Twitter
from distributor.errors import (
    AlreadyThere,
    ChannelError,
    OutOfCredit,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
    UnknownOutcome,
)
from distributor.model import Message, Parcel, Receipt
from distributor.secret import Secret
from tests.raw_http import Script, Server, answer, closed_port, dripping, dropped, reset, serve, silent, truncated

NOW = datetime(2026, 11, 30, 7, 0, tzinfo=UTC)
STAMP = int(NOW.timestamp())
KEYS = {name: f"the-{name}-value" for name in ("api_key", "api_secret", "access_token", "access_secret")}
DUPLICATE = {
    "detail": "You are not allowed to create a Tweet with duplicate content.",
    "type": "about:blank",
    "title": "Forbidden",
    "status": 403,
}


def options(**more: Any) -> Options:
    return Options(**{**{name: Secret(value) for name, value in KEYS.items()}, "timeout": 5.0, **more})


def parcel(text: str = "Rain over Minsk https://example.org/1") -> Parcel:
    return Parcel(message=Message(text=text), key="k2", first_sent_at=NOW)


@contextmanager
def platform(script: Script, **more: Any) -> Iterator[tuple[Server, Twitter]]:
    with serve(script) as server:
        account = Twitter("x", options(base_url=server.url, **more), now=lambda: NOW)
        yield server, account
        account.close()


def refusal(script: Script) -> ChannelError:
    with (
        platform(script, timeout=0.25 if script in (silent, dripping) else 5.0) as (server, account),
        pytest.raises(ChannelError) as caught,
    ):
        account.send(parcel())
    assert len(server.seen) == 1
    return caught.value


def created(post: object) -> Script:
    return answer(201, {"data": {"id": post, "text": "Rain"}})


def test_a_post_is_one_signed_request_with_nothing_but_the_text() -> None:
    with platform(created("1861")) as (server, account):
        assert account.send(parcel()) == Receipt(remote_id="1861", url="https://x.com/i/status/1861")
    (seen,) = server.seen
    assert (seen.method, seen.path) == ("POST", "/2/tweets")
    assert json.loads(seen.body) == {"text": "Rain over Minsk https://example.org/1"}
    assert seen.headers["authorization"].startswith("OAuth ")
    assert seen.headers["connection"] == "close"


def test_the_signature_covers_x_s_public_address_wherever_the_request_goes() -> None:
    with platform(created("1861")) as (server, account):
        account.send(parcel())
    fields = dict(part.split("=", 1) for part in server.seen[0].headers["authorization"][6:].split(", "))
    given = {name: unquote(value.strip('"')) for name, value in fields.items()}
    claimed = given.pop("oauth_signature")
    # RFC 5849 section 3.4; a JSON body takes no part in it
    pairs = "&".join(f"{percent(name)}={percent(value)}" for name, value in sorted(given.items()))
    base = f"POST&{percent('https://api.x.com/2/tweets')}&{percent(pairs)}"
    key = f"{percent(KEYS['api_secret'])}&{percent(KEYS['access_secret'])}"
    right = hmac.new(key.encode(), base.encode(), hashlib.sha1).digest()
    assert base64.b64decode(claimed) == right


def percent(text: str) -> str:
    return quote(text, safe="-._~")


@pytest.mark.parametrize(
    ("written", "contacted"),
    [
        ("https://api.x.com", "https://api.x.com/2/tweets"),
        ("https://relay.example/x/", "https://relay.example/x/2/tweets"),
    ],
)
def test_requests_go_to_the_configured_address(written: str, contacted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    urls: list[str | None] = []

    def send(_: object, request: requests.PreparedRequest, *__: object, **___: object) -> requests.Response:
        urls.append(request.url)
        raise requests.ConnectionError

    monkeypatch.setattr("requests.adapters.HTTPAdapter.send", send)
    with pytest.raises(UnknownOutcome):
        Twitter("x", options(base_url=written)).send(parcel())
    assert urls == [contacted]


def test_the_link_carries_the_account_s_name_when_it_is_known() -> None:
    with platform(created("1861"), username="desk") as (_, account):
        assert account.send(parcel()).url == "https://x.com/desk/status/1861"


@pytest.mark.parametrize(
    "script",
    [
        created(1861),
        created(""),
        created("18a"),
        created("1" * 20),
        answer(201, {}),
        answer(201, {"data": []}),
        answer(200, ["x"]),
        answer(201, "not json"),
        answer(201, b"[" * 100_000),
        answer(200, "<html>welcome</html>"),
        truncated(201, b'{"data": {"id": "1'),
        answer(500, {"title": "Internal"}),
        answer(502, "<html><h1>502</h1></html>"),
        answer(503, ["x"]),
        answer(504, b""),
        dropped,
        reset,
        silent,
        dripping,
    ],
)
def test_without_a_believable_answer_the_outcome_is_unknown(script: Script) -> None:
    assert type(refusal(script)) is UnknownOutcome


def test_a_refused_connection_means_nothing_left() -> None:
    account = Twitter("x", options(base_url=f"http://127.0.0.1:{closed_port()}"))
    with pytest.raises(Unavailable, match="Connection refused"):
        account.send(parcel())


def test_an_address_that_no_client_can_use_means_nothing_left() -> None:
    account = Twitter("x", options(base_url="http://.example"))
    with pytest.raises(Unavailable):
        account.send(parcel())


PROBLEMS = "https://api.twitter.com/2/problems/"


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (
            400,
            {"errors": [{"message": "text is bad"}], "title": "Invalid Request"},
            Rejected,
            "X answered 400: text is",
        ),
        (400, {"errors": [["odd"]], "detail": "whole"}, Rejected, "400: whole"),
        (400, {"errors": [{"detail": "inner"}]}, Rejected, "400: inner"),
        (400, ["odd"], Rejected, "X answered 400"),
        (404, {"title": "Not Found"}, NotThere, "404: Not Found"),
        (302, "", Rejected, "X answered 302"),
        (401, {"title": "Unauthorized", "detail": "Unauthorized"}, Unauthorized, "401: Unauthorized"),
        (402, {"title": "CreditsDepleted", "detail": "no credits"}, OutOfCredit, "402: no credits"),
        (402, {"detail": "credits depleted", "status": 402}, OutOfCredit, "402: credits depleted"),
        (402, "", OutOfCredit, "X answered 402"),
        (403, DUPLICATE, AlreadyThere, "duplicate: X answered 403: You are not allowed"),
        (403, {"errors": [{"code": 187, "message": "Status is a duplicate."}]}, AlreadyThere, "duplicate: "),
        (403, {"detail": "no rights", "type": PROBLEMS + "oauth1-permissions"}, Unauthorized, "no rights"),
        (403, {"detail": "x", "type": "https://api.x.com/2/problems/client-forbidden"}, Unauthorized, "403: x"),
        (403, {"detail": "x", "type": PROBLEMS + "unsupported-authentication/"}, Unauthorized, "403: x"),
        (403, {"detail": "You are not permitted", "type": "about:blank"}, Rejected, "403: You are not permitted"),
        (403, {"detail": 7, "type": None}, Rejected, "X answered 403"),
        (403, "<html>", Rejected, "X answered 403"),
        (429, {"errors": [{"code": 88, "message": "Rate limit exceeded"}]}, RateLimited, "Rate limit exceeded"),
        (429, "", RateLimited, "X answered 429"),
        (503, {"detail": "over capacity"}, UnknownOutcome, "503: over capacity"),
    ],
)
def test_each_answer_has_its_outcome(status: int, body: object, kind: type[ChannelError], words: str) -> None:
    error = refusal(answer(status, body, {"Location": "http://127.0.0.1:1/"} if status == 302 else None))
    assert type(error) is kind
    assert words in str(error)


def test_a_repetition_s_reason_begins_with_the_word_that_settles_unknown_posts() -> None:
    assert str(refusal(answer(403, DUPLICATE))).startswith(_verdicts.DUPLICATE)


def test_a_refusal_whose_body_breaks_off_is_still_a_refusal() -> None:
    assert type(refusal(truncated(429, b'{"ti'))) is RateLimited
    assert type(refusal(truncated(402, b'{"ti'))) is OutOfCredit


def limited(**fields: int | str) -> Answer:
    headers = {name.replace("_", "-").replace("h24", "24hour"): str(value) for name, value in fields.items()}
    return Answer(status=429, headers=headers, body=b"")


@pytest.mark.parametrize(
    ("fields", "seconds"),
    [
        ({}, None),
        ({"x_rate_limit_reset": STAMP + 60}, 60),
        ({"x_rate_limit_remaining": 0, "x_rate_limit_reset": STAMP + 60}, 60),
        (
            {
                "x_rate_limit_remaining": 0,
                "x_rate_limit_reset": STAMP + 60,
                "x_user_limit_h24_remaining": 0,
                "x_user_limit_h24_reset": STAMP + 7200,
            },
            7200,
        ),
        (
            {
                "x_rate_limit_remaining": 40,
                "x_rate_limit_reset": STAMP + 900,
                "x_app_limit_h24_remaining": 0,
                "x_app_limit_h24_reset": STAMP + 100,
            },
            100,
        ),
        ({"x_app_limit_h24_remaining": 0, "x_rate_limit_reset": STAMP + 5}, 5),
        ({"x_app_limit_h24_remaining": 3, "x_app_limit_h24_reset": STAMP + 5}, None),
        ({"x_rate_limit_remaining": 0, "x_rate_limit_reset": "soon"}, None),
        ({"x_rate_limit_reset": STAMP - 60}, 1),
        ({"x_rate_limit_reset": STAMP}, 1),
        ({"x_rate_limit_reset": "999999999999"}, None),
        ({"x_rate_limit_reset": STAMP + 10**8}, 31 * 86400),
        ({"x_rate_limit_reset": STAMP + 60, "date": "Mon, 30 Nov 2026 06:59:00 GMT"}, 120),
        ({"x_rate_limit_reset": STAMP + 60, "date": "yesterday"}, 60),
        ({"x_rate_limit_reset": STAMP + 60, "date": "Mon, 30 Nov 2026 06:59:30 -0000"}, 90),
    ],
)
def test_the_wait_is_the_latest_reset_of_the_used_up_limits(fields: dict[str, int | str], seconds: int | None) -> None:
    assert wait(limited(**fields), NOW) == (None if seconds is None else timedelta(seconds=seconds))


WHOSE = Scopes.of(options().api_key, options().access_token)


@pytest.mark.parametrize(
    ("fields", "scope", "seconds"),
    [
        ({}, WHOSE.user, None),
        ({"x_rate_limit_remaining": 0, "x_rate_limit_reset": STAMP + 60}, WHOSE.user, 60),
        (
            {
                "x_rate_limit_remaining": 0,
                "x_rate_limit_reset": STAMP + 900,
                "x_app_limit_h24_remaining": 0,
                "x_app_limit_h24_reset": STAMP + 7200,
            },
            WHOSE.app,
            7200,
        ),
        (
            {
                "x_rate_limit_remaining": 40,
                "x_rate_limit_reset": STAMP + 900,
                "x_user_limit_h24_remaining": 0,
                "x_user_limit_h24_reset": STAMP + 7200,
            },
            WHOSE.user,
            7200,
        ),
    ],
)
def test_a_rate_limit_belongs_to_the_app_or_to_the_account(
    fields: dict[str, int | str], scope: str, seconds: int | None
) -> None:
    verdict = judge(limited(**fields), NOW, WHOSE)
    assert isinstance(verdict, RateLimited)
    assert verdict.scope == scope
    assert verdict.retry_after == (None if seconds is None else timedelta(seconds=seconds))


def test_scopes_tell_keys_apart_and_show_none_of_them() -> None:
    account, other = Twitter("x", options()), Twitter("y", options(access_token=Secret("another-token-value")))
    assert account.scopes[0] == other.scopes[0]
    assert account.scopes[1] != other.scopes[1]
    assert all(re.fullmatch(r"twitter:(app|user):[0-9a-f]{12}", scope) for scope in account.scopes)
    assert not any(value in scope for scope in account.scopes for value in KEYS.values())


def test_an_accepted_post_tells_which_limits_it_has_used_up() -> None:
    headers = {
        "x-rate-limit-remaining": "0",
        "x-rate-limit-reset": str(STAMP + 60),
        "x-app-limit-24hour-remaining": "0",
        "x-app-limit-24hour-reset": str(STAMP + 7200),
        "x-user-limit-24hour-remaining": "12",
        "x-user-limit-24hour-reset": str(STAMP + 7200),
    }
    with platform(answer(201, {"data": {"id": "1861"}}, headers)) as (_, account):
        receipt = account.send(parcel())
    assert [(quota.scope, quota.wait.total_seconds(), quota.reason) for quota in receipt.quotas] == [
        (account.scopes[1], 60, "X: nothing is left of this quarter of an hour"),
        (account.scopes[0], 7200, "X: nothing is left of the app's day"),
    ]


def test_a_rate_limit_reaches_the_caller_with_its_wait_and_a_garbled_header_harms_nobody() -> None:
    error = refusal(answer(429, "", {"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(STAMP + 60)}))
    assert isinstance(error, RateLimited)
    assert error.retry_after == timedelta(seconds=60)
    error = refusal(answer(429, "", {"x-rate-limit-reset": "NaN"}))
    assert isinstance(error, RateLimited)
    assert error.retry_after is None


@settings(max_examples=200, deadline=None)
@given(
    st.integers(min_value=100, max_value=599),
    st.dictionaries(
        st.sampled_from([f"{f}-{e}" for f in _verdicts.FAMILIES for e in ("remaining", "reset")]), st.text()
    ),
    st.one_of(
        st.binary(),
        st.recursive(
            st.none() | st.text(),
            lambda s: st.dictionaries(st.sampled_from(["errors", "detail", "type", "data"]), s) | st.lists(s),
        ).map(lambda v: json.dumps(v).encode()),
    ),
)
def test_no_answer_is_too_strange_to_be_judged(status: int, headers: dict[str, str], body: bytes) -> None:
    verdict = judge(Answer(status=status, headers=headers, body=body), NOW)
    assert (verdict is None) == (200 <= status < 300)
    assert len(str(verdict)) < 260
    assert "\n" not in str(verdict)


def test_the_check_names_the_account() -> None:
    with platform(answer(200, {"data": {"id": "1", "username": "Desk"}}), username="desk") as (server, account):
        assert account.check() == "@Desk"
    assert (server.seen[0].method, server.seen[0].path) == ("GET", "/2/users/me")


def test_the_check_finds_keys_of_another_account() -> None:
    with (
        platform(answer(200, {"data": {"id": "1", "username": "sport"}}), username="desk") as (_, account),
        pytest.raises(Unauthorized, match="the keys belong to @sport, not to @desk"),
    ):
        account.check()


def levelled(level: str) -> Script:
    return answer(200, {"data": {"id": "1", "username": "desk"}}, {"x-access-level": level})


def test_the_check_finds_a_token_that_may_only_read() -> None:
    """X says so beside every answer, and would refuse every post with 403."""
    with platform(levelled("read")) as (_, account), pytest.raises(Unauthorized, match="may only read: give the app"):
        account.check()


@pytest.mark.parametrize("level", ["read-write", "read-write-directmessages"])
def test_the_check_finds_a_token_that_may_write(level: str) -> None:
    with platform(levelled(level)) as (_, account):
        assert account.check() == "@desk"


def test_a_check_without_a_name_or_with_wrong_keys_fails() -> None:
    with platform(answer(200, {"data": {}})) as (server, account):
        with pytest.raises(UnknownOutcome):
            account.check()
        server.script = answer(401)
        with pytest.raises(Unauthorized):
            account.check()


def test_half_a_surrogate_pair_is_refused_before_anything_is_sent() -> None:
    with platform(created("1")) as (server, account), pytest.raises(Rejected, match="surrogate"):
        account.send(parcel("\ud83d"))
    assert server.seen == []


def test_an_echoed_secret_never_reaches_a_reason() -> None:
    error = refusal(answer(400, {"detail": f"bad token {KEYS['access_token']} and {KEYS['access_secret']}"}))
    assert str(error) == "X answered 400: bad token *** and ***"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"api_key": Secret("")}, "api_key is empty"),
        ({"access_secret": Secret("two words")}, "access_secret holds spaces"),
        ({"username": "@desk"}, "without @"),
        ({"base_url": "api.x.com"}, "base_url must be"),
        ({"base_url": "https://api.x.com/?a=1"}, "query"),
        ({"proxy": "ftp://127.0.0.1"}, "proxy"),
        ({"timeout": -1.0}, "timeout"),
    ],
)
def test_options_that_cannot_be_right_are_refused_in_plain_words(wrong: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        options(**wrong)


def test_the_kind_measures_in_weighted_units_and_opens_without_contact() -> None:
    account = KIND.open("x", options())
    assert account.limits.text == 280
    assert account.limits.measure("№ https://example.org/a/very/long/address/indeed") == 3 + 23
    assert abs(twitter._utc_now() - datetime.now(UTC)) < timedelta(seconds=5)
    account.close()
    assert "the-" not in repr(options())
