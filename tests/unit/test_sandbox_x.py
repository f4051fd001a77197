"""The loopback X through the real tweepy, and over bare HTTP where tweepy cannot go."""

from __future__ import annotations

import base64
import json
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import tweepy
from hypothesis import given, settings
from hypothesis import strategies as st
from requests_oauthlib import OAuth1

from distributor.sandbox import accounts
from distributor.sandbox.x.call import check
from distributor.sandbox.x.errors import Refused
from distributor.sandbox.x.images import measures, sniff
from distributor.sandbox.x.oauth import APP_BEARER, CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN, USER_BEARER
from distributor.sandbox.x.options import Options, changed
from distributor.sandbox.x.posts import CREATE_BODY
from tests.x_server import GIF, MP4, PNG, PUBLIC, Answer, Loopback, loopback, multipart

Start = Callable[..., Loopback]


@pytest.fixture
def x(tmp_path: Path) -> Iterator[Loopback]:
    with loopback(tmp_path) as running:
        yield running


def _post(x: Loopback, text: str, **more: Any) -> Answer:
    return x.ask("POST", "/2/tweets", {"text": text} | more)


def _posted(x: Loopback, text: str, **more: Any) -> str:
    answer = _post(x, text, **more)
    assert answer.status == 201, answer.body
    return str(answer.json["data"]["id"])


def _picture(x: Loopback, data: bytes = PNG, category: str = "tweet_image") -> str:
    body, headers = multipart(media=data, media_category=category)
    answer = x.ask("POST", "/2/media/upload", body, headers=headers)
    assert answer.status == 200, answer.body
    return str(answer.json["data"]["id"])


def _timeline(x: Loopback, query: str = "", user: str = "1000") -> Answer:
    return x.ask("GET", f"/2/users/{user}/tweets{query}")


# -- posting ----------------------------------------------------------------------------------------------------------


def test_tweepy_posts_reads_and_deletes_with_a_verified_signature(x: Loopback) -> None:
    client = x.client()
    posted = client.create_tweet(text="Rates & rails <now> https://news.example.com/rail?a=1&utm_id=abc")
    post_id = posted.data["id"]
    assert posted.data["text"].startswith("Rates &amp; rails &lt;now&gt; https://t.co/")
    read = client.get_users_tweets(
        accounts.X_USER_ID, user_auth=True, max_results=5, since_id=1, tweet_fields=["created_at", "entities", "text"]
    )
    assert [tweet.id for tweet in read.data] == [int(post_id)]
    url = read.data[0].entities["urls"][0]
    assert url["expanded_url"] == "https://news.example.com/rail?a=1&utm_id=abc"
    assert read.data[0].text[url["start"] : url["end"]] == url["url"]
    assert client.get_me().data.username == "newsroom"
    assert client.delete_tweet(post_id).data == {"deleted": True}
    assert client.delete_tweet(post_id).data == {"deleted": False}
    assert client.get_users_tweets(accounts.X_USER_ID, user_auth=True).data is None


def test_the_journal_tells_what_readers_saw(x: Loopback) -> None:
    picture = _picture(x)
    x.ask("POST", "/2/media/metadata", {"id": picture, "metadata": {"alt_text": {"text": "A train"}}})
    first = _posted(x, "  A & B https://example.com/story ", media={"media_ids": [picture]})
    reply = _posted(x, "More", reply={"in_reply_to_tweet_id": first})
    x.ask("DELETE", f"/2/tweets/{reply}")
    post, answer, gone = x.visible()
    assert post["platform"] == "twitter"
    assert post["act"] == "post"
    assert post["account"] == "newsroom"
    assert post["id"] == first
    assert post["text"] == "A & B https://example.com/story"
    assert post["urls"] == ["https://example.com/story"]
    assert post["media"] == [picture]
    assert post["alt"] == ["A train"]
    assert post["cost"] == 0.2
    assert (answer["reply_to"], answer["cost"]) == (first, 0.015)
    assert (gone["act"], gone["id"], gone["ids"], gone["cost"]) == ("delete", reply, [reply], 0.01)


def test_ids_grow_even_when_the_clock_is_moved_back(x: Loopback) -> None:
    first = int(_posted(x, "one"))
    x.clock.advance(-100_000)
    second = int(_posted(x, "two"))
    assert second == first + 1


def test_a_reset_forgets_the_posts_and_the_options(x: Loopback) -> None:
    x.x.configure({"factor": 3.0})
    _posted(x, "before")
    x.ask("POST", "/_emu/reset", {}, token="")
    assert _timeline(x).json == {"meta": {"result_count": 0}}
    assert x.x.state()["factor"] == 1.0
    assert _post(x, "before").status == 201


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"text": "x", "foo": 1}, "$.foo: is not defined in the schema"),
        ({"text": 5}, "$.text: integer found, string expected"),
        ({"text": None}, "$.text: null found"),
        ({"text": " "}, "either text or media"),
        ([], "$: array found, object expected"),
        ({"text": "x", "media": {"media_ids": []}}, "minimum 1 items"),
        ({"text": "x", "media": {"media_ids": ["1"] * 5}}, "maximum 4 items"),
        ({"text": "x", "media": {}}, "$.media.media_ids: is missing"),
        ({"text": "x", "media": {"media_ids": ["77"]}}, "media IDs are invalid"),
        ({"text": "x", "reply": {"in_reply_to_tweet_id": "abc"}}, "regex pattern"),
        ({"text": "x", "reply_settings": "nobody"}, "enumeration"),
        ({"text": "x", "for_super_followers_only": 1}, "integer found, boolean expected"),
        ({"poll": {"options": ["a", "b"], "duration_minutes": 4}}, "minimum value of 5"),
        ({"poll": {"options": ["a", ""], "duration_minutes": 5}}, "minimum 1 characters"),
        ({"text": "x", "quote_tweet_id": "1", "card_uri": "c"}, "may not be used together"),
        ({"text": "a\ufffeb"}, "not valid"),
        ({"text": "\ud800"}, "not valid"),
        ({"text": "x" * 281}, "[281] is not between 0 and 280"),
    ],
)
def test_a_wrong_body_is_refused_with_its_reason(x: Loopback, body: Any, words: str) -> None:
    answer = x.ask("POST", "/2/tweets", body)
    assert answer.status == 400
    assert answer.json["type"] == "https://api.twitter.com/2/problems/invalid-request"
    assert words in answer.json["errors"][0]["message"]
    assert x.visible() == []


def test_a_body_that_is_not_json_is_refused(x: Loopback) -> None:
    answer = x.ask("POST", "/2/tweets", b"{", headers={"Content-Type": "application/json"})
    assert answer.status == 400
    assert x.ask("POST", "/2/tweets", b'{"text":"x"}', headers={"Content-Type": "text/plain"}).status == 400


def test_the_length_is_weighted(x: Loopback) -> None:
    link = "https://example.com/" + "a" * 300
    assert _post(x, link + " " + "б" * 256).status == 201
    assert _post(x, link + " " + "б" * 257).status == 400
    x.x.configure({"too_long_status": 403})
    assert _post(x, "新" * 141).status == 403
    x.x.configure({"longest": 25_000})
    assert _post(x, "新" * 141).status == 201


def test_two_cashtags_an_advertisers_card_and_a_quote_are_refused(x: Loopback) -> None:
    assert _post(x, "$AAPL up").status == 201
    assert _post(x, "$AAPL and $MSFT up").status == 403
    assert _post(x, "card", card_uri="card://1").status == 403
    first = _posted(x, "first")
    quoted = _post(x, "look", quote_tweet_id=first)
    assert quoted.status == 403
    assert quoted.json == {
        "title": "Forbidden",
        "detail": "You are not permitted to perform this action.",
        "type": "about:blank",
        "status": 403,
    }
    x.x.configure({"quote": "allow"})
    assert _post(x, "look", quote_tweet_id=first).status == 201


# -- duplicates -------------------------------------------------------------------------------------------------------


def test_the_same_text_is_refused_within_the_window_and_taken_after_it(x: Loopback) -> None:
    _posted(x, "Cafe\u0301  opens\nhttps://example.com/cafe")
    again = _post(x, "Caf\u00e9 opens https://example.com/cafe ")
    assert again.status == 403
    assert again.json == {
        "detail": "You are not allowed to create a Tweet with duplicate content.",
        "type": "about:blank",
        "title": "Forbidden",
        "status": 403,
    }
    x.clock.advance(6 * 3600 - 60)
    assert _post(x, "Café opens https://example.com/cafe").status == 403
    x.clock.advance(61)
    assert x.client().create_tweet(text="Café opens https://example.com/cafe").data["id"]


def test_the_window_can_be_changed_and_a_deleted_post_is_no_duplicate(x: Loopback) -> None:
    post_id = _posted(x, "again")
    x.ask("DELETE", f"/2/tweets/{post_id}")
    _posted(x, "again")
    assert _post(x, "again").status == 403
    x.x.configure({"duplicate_window": 0.0})
    assert _post(x, "again").status == 201


# -- replies, edits, deletes ------------------------------------------------------------------------------------------


def test_a_reply_to_another_account_needs_a_summons(x: Loopback) -> None:
    operate = x.x.operate
    plain = operate("foreign_post", {"username": "reader", "text": "Hello"})["id"]
    calling = operate("foreign_post", {"username": "reader", "text": "What now, @Newsroom?"})["id"]
    own = _posted(x, "Story")
    quoting = operate("foreign_post", {"username": "reader", "text": "Look", "quote": own, "reply_to": plain})["id"]
    assert _post(x, "no", reply={"in_reply_to_tweet_id": plain}).status == 403
    assert _post(x, "yes https://example.com/a", reply={"in_reply_to_tweet_id": calling}).status == 201
    assert _post(x, "thanks", reply={"in_reply_to_tweet_id": quoting}).status == 201
    assert [line["cost"] for line in x.visible()] == [0.015, 0.01, 0.01]
    assert x.ask("DELETE", f"/2/tweets/{plain}").status == 403
    with pytest.raises(KeyError):
        operate("nothing", {})


def test_replies_to_own_posts_can_be_switched_off(x: Loopback) -> None:
    first = _posted(x, "part one")
    x.x.configure({"self_reply": "deny"})
    assert _post(x, "part two", reply={"in_reply_to_tweet_id": first}).status == 403
    gone = _post(x, "part two", reply={"in_reply_to_tweet_id": "5"})
    assert "deleted or not visible" in gone.json["detail"]


def test_an_edit_makes_a_new_id_and_the_chain_is_deleted_as_one(x: Loopback) -> None:
    first = _posted(x, "Vesrion one")
    assert _post(x, "Version one", edit_options={"previous_post_id": first}).status == 403  # no Premium
    x.x.configure({"premium": True})
    edited = _post(x, "Version one", edit_options={"previous_post_id": first}).json["data"]
    assert edited["edit_history_tweet_ids"] == [first, edited["id"]]
    assert _post(x, "From the old one", edit_options={"previous_post_id": first}).status == 403
    shown = _timeline(x, "?tweet.fields=edit_controls").json["data"]
    assert [post["text"] for post in shown] == ["Version one"]
    assert shown[0]["edit_controls"]["edits_remaining"] == 4
    assert x.ask("GET", f"/2/tweets/{first}").json["data"]["text"] == "Vesrion one"
    line = x.visible()[-1]
    assert (line["act"], line["edit_of"], line["root"]) == ("edit", first, first)
    assert x.ask("DELETE", f"/2/tweets/{first}").json["data"]["deleted"] is True
    assert x.visible()[-1]["ids"] == [first, edited["id"]]
    assert _timeline(x).json["meta"]["result_count"] == 0
    assert _post(x, "late", edit_options={"previous_post_id": edited["id"]}).status == 403


def test_edits_end_after_five_and_after_the_window_and_never_touch_polls(x: Loopback) -> None:
    x.x.configure({"premium": True})
    post_id = _posted(x, "v0")
    for number in range(1, 6):
        post_id = _posted(x, f"v{number}", edit_options={"previous_post_id": post_id})
    assert _post(x, "v6", edit_options={"previous_post_id": post_id}).status == 403
    poll = _posted(x, "ask", poll={"options": ["a", "b"], "duration_minutes": 60})
    assert _post(x, "asked", edit_options={"previous_post_id": poll}).status == 403
    late = _posted(x, "late")
    x.clock.advance(3601)
    assert _post(x, "later", edit_options={"previous_post_id": late}).status == 403


# -- credentials ------------------------------------------------------------------------------------------------------


def _signed(x: Loopback, path: str = "", *, secret: str = accounts.X_ACCESS_TOKEN_SECRET, **more: Any) -> Answer:
    """A GET that an independent implementation of RFC 5849 has signed; ``sent`` may differ from what was signed."""
    path = path or "/2/users/me?user.fields=name,username"
    sent, stamp = more.pop("sent", path), str(int(time.time()) + more.pop("shift", 0))
    keys = (accounts.X_CONSUMER_KEY, accounts.X_CONSUMER_SECRET, accounts.X_ACCESS_TOKEN, secret)
    request = requests.Request("GET", PUBLIC + path, auth=OAuth1(*keys, timestamp=stamp, **more))
    return x.ask("GET", sent, token="", headers={"Authorization": request.prepare().headers["Authorization"]})


def test_a_signature_of_another_implementation_is_good_and_a_wrong_one_is_not(x: Loopback) -> None:
    assert _signed(x).status == 200
    assert _signed(x, secret="wrong").status == 401
    assert _signed(x, shift=-301).status == 401
    refused = _signed(x, signature_method="PLAINTEXT")
    assert refused.status == 401
    assert refused.json == {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"}


def test_a_moved_platform_clock_does_not_spoil_signatures(x: Loopback) -> None:
    x.clock.advance(86_400)
    assert x.client().get_me().data.username == "newsroom"
    assert _signed(x, shift=86_400).status == 200


def test_a_changed_query_breaks_the_signature(x: Loopback) -> None:
    five = "/2/users/1000/tweets?max_results=5"
    assert _signed(x, five).status == 200
    assert _signed(x, five, sent=five.replace("=5", "=6")).status == 401


def test_wrong_keys_missing_credentials_and_unknown_schemes_are_refused(x: Loopback) -> None:
    with pytest.raises(tweepy.Unauthorized):
        x.client(consumer_secret="wrong").get_me()
    with pytest.raises(tweepy.Unauthorized):
        x.client(access_token="unknown").get_me()
    assert x.ask("GET", "/2/users/me", token="").status == 401
    assert x.ask("GET", "/2/users/me", token="unknown").status == 401
    assert x.ask("GET", "/2/users/me", token="", headers={"Authorization": "Basic eDp5"}).status == 401


def test_scopes_and_kinds_of_credentials_are_enforced(x: Loopback) -> None:
    reader = x.x.operate("grant", {"scope": "tweet.read users.read"})["access_token"]
    assert x.ask("GET", "/2/users/me", token=reader).status == 200
    assert x.ask("POST", "/2/tweets", {"text": "x"}, token=reader).status == 403
    app = x.ask("POST", "/2/tweets", {"text": "x"}, token=APP_BEARER)
    assert app.status == 403
    assert app.json["type"].endswith("/unsupported-authentication")
    assert x.ask("GET", "/2/users/1000/tweets", token=APP_BEARER).status == 200
    assert x.ask("GET", "/2/usage/tweets", token=USER_BEARER).status == 403
    with pytest.raises(ValueError, match="no user"):
        x.x.operate("grant", {"scope": "", "user": "5"})


def test_a_read_only_app_and_one_without_a_project_are_refused(x: Loopback) -> None:
    x.x.configure({"access": "read_only"})
    answer = _post(x, "x")
    assert answer.json["type"] == "https://api.twitter.com/2/problems/oauth1-permissions"
    assert answer.headers["x-access-level"] == "read"
    assert _timeline(x).status == 200
    x.x.configure({"enrolled": False})
    assert _timeline(x).json["reason"] == "client-not-enrolled"


def _refresh(x: Loopback, token: str, **headers: str) -> Answer:
    body = f"grant_type=refresh_token&refresh_token={token}&client_id={CLIENT_ID}".encode()
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    return x.ask("POST", "/2/oauth2/token", body, token="", headers=form | headers)


def test_a_refresh_token_works_once_and_gives_a_new_pair(x: Loopback) -> None:
    assert x.ask("GET", "/2/users/me", token=USER_BEARER).status == 200
    x.clock.advance(7201)
    assert x.ask("GET", "/2/users/me", token=USER_BEARER).status == 401
    answer = _refresh(x, REFRESH_TOKEN)
    assert answer.status == 200
    pair = answer.json
    assert (pair["token_type"], pair["expires_in"]) == ("bearer", 7200)
    assert x.ask("GET", "/2/users/me", token=pair["access_token"]).status == 200
    assert _refresh(x, REFRESH_TOKEN).status == 400
    basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
    assert _refresh(x, pair["refresh_token"], Authorization=f"Basic {basic}").status == 200


def test_token_requests_that_are_wrong_are_refused(x: Loopback) -> None:
    for basic in ("bm9ib2R5OndoYXQ=", "%%%"):
        assert _refresh(x, REFRESH_TOKEN, Authorization=f"Basic {basic}").status == 401
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    path = "/2/oauth2/token"
    assert x.ask("POST", path, b"\xff", token="", headers=form).status == 400
    assert x.ask("POST", path, b"grant_type=x&client_id=sandbox-client-id", token="", headers=form).status == 400
    assert x.ask("GET", path, token="").status == 405
    short = x.x.operate("grant", {"scope": "tweet.read"})
    assert short["refresh_token"] == ""


# -- limits and money -------------------------------------------------------------------------------------------------


def test_every_answer_carries_the_rate_headers_and_the_window_opens_again(x: Loopback) -> None:
    x.x.configure({"factor": 0.02, "duplicate_window": 0.0})  # 2 posts in 15 minutes
    client = x.client(return_type=requests.Response)
    left = [client.create_tweet(text="a").headers["x-rate-limit-remaining"] for _ in range(2)]
    assert left == ["1", "0"]
    with pytest.raises(tweepy.TooManyRequests) as refused:
        client.create_tweet(text="a")
    assert 0 <= refused.value.reset_time - x.clock.now().timestamp() <= 901
    assert refused.value.response.json()["title"] == "Too Many Requests"
    assert len(x.visible()) == 2
    x.clock.advance(901)
    assert client.create_tweet(text="a").status_code == 201


def test_a_refused_call_counts_and_the_refusal_by_the_limit_does_not(x: Loopback) -> None:
    x.x.configure({"factor": 0.02})
    assert _post(x, "").headers["x-rate-limit-remaining"] == "1"
    assert _post(x, "").headers["x-rate-limit-remaining"] == "0"
    assert _post(x, "good").status == 429
    assert x.ask("GET", "/2/nothing").headers["x-rate-limit-limit"] == "18"


def test_a_429_may_keep_its_reset_secret_and_speak_the_other_dialect(x: Loopback) -> None:
    x.x.configure({"factor": 0.01, "announce_reset": False, "rate_limit_body": "errors"})
    _post(x, "one")
    refused = _post(x, "two")
    assert refused.status == 429
    assert refused.json == {"errors": [{"code": 88, "message": "Rate limit exceeded"}]}
    assert "x-rate-limit-reset" not in refused.headers
    assert refused.headers["x-rate-limit-remaining"] == "0"


def test_the_legacy_daily_cap_still_shows_the_quarters_reset(x: Loopback) -> None:
    x.x.configure({"profile": "legacy", "factor": 0.03, "duplicate_window": 0.0})  # 3 posts a day
    for _ in range(3):
        _posted(x, "a")
        x.clock.advance(600)
    refused = _post(x, "a")
    now = x.clock.now().timestamp()
    assert refused.status == 429
    assert int(refused.headers["x-rate-limit-remaining"]) > 0
    assert int(refused.headers["x-rate-limit-reset"]) - now < 901
    assert refused.headers["x-user-limit-24hour-remaining"] == "0"
    assert int(refused.headers["x-user-limit-24hour-reset"]) - now > 80_000
    assert "x-app-limit-24hour-limit" in refused.headers


def test_the_apps_own_limit_shows_when_it_alone_is_used_up(x: Loopback) -> None:
    x.x.configure({"factor": 0.0001, "duplicate_window": 0.0})  # app: 1 a day; user: 1 in 15 minutes
    _posted(x, "a")
    x.clock.advance(901)
    refused = _post(x, "a")
    assert refused.status == 429
    assert int(refused.headers["x-rate-limit-reset"]) - x.clock.now().timestamp() > 80_000


def test_the_scripted_429_speaks_like_x(x: Loopback) -> None:
    x.host.faults.add({"action": "rate_limit", "seconds": 30})
    x.host.faults.add({"action": "rate_limit"})
    timed, untimed, free = _post(x, "a"), _post(x, "a"), _post(x, "a")
    assert timed.status == untimed.status == 429
    assert abs(int(timed.headers["x-rate-limit-reset"]) - x.clock.now().timestamp() - 30) < 2
    assert "x-rate-limit-reset" not in untimed.headers
    assert free.status == 201


def test_without_money_every_call_is_402_in_one_of_two_shapes(x: Loopback) -> None:
    x.x.configure({"balance": 0.2})
    _posted(x, "https://example.com/last")
    client = x.client()
    with pytest.raises(tweepy.HTTPException) as refused:
        client.create_tweet(text="one more")
    assert refused.value.response.status_code == 402
    assert refused.value.response.json()["title"] == "CreditsDepleted"
    x.x.configure({"credits_body": "plain"})
    assert _timeline(x).json["type"] == "https://api.x.com/2/problems/credits-depleted"
    assert len(x.visible()) == 1


def test_a_spending_limit_ends_with_its_month(x: Loopback) -> None:
    x.x.configure({"spending_limit": 0.015})
    _posted(x, "a")
    assert _post(x, "b").status == 402
    x.clock.advance(32 * 86_400)
    assert _post(x, "b").status == 201


def test_reads_are_charged_once_a_day_and_cheaply_for_own_posts(x: Loopback) -> None:
    own = _posted(x, "own")
    foreign = x.x.operate("foreign_post", {"username": "reader", "text": "Hi"})
    spent = x.x.state()["spent"]
    for _ in range(2):
        _timeline(x)
        x.ask("GET", f"/2/tweets?ids={own},{foreign['id']}")
        x.ask("GET", "/2/users/me")
    assert x.x.state()["spent"] == pytest.approx(spent + 0.001 + 0.005 + 0.001)
    x.x.configure({"owned": False})
    x.clock.advance(86_400)
    x.ask("GET", f"/2/tweets/{own}")
    x.ask("GET", "/2/users/me")
    assert x.x.state()["spent"] == pytest.approx(spent + 0.007 + 0.015)
    used = x.ask("GET", "/2/usage/tweets?days=90&usage.fields=daily_project_usage", token=APP_BEARER).json["data"]
    assert used["project_usage"] == "3"
    assert len(used["daily_project_usage"]["usage"]) == 2
    assert x.ask("GET", "/2/usage/tweets", token=APP_BEARER).json["data"]["project_cap"] == "3000000"


# -- reading ----------------------------------------------------------------------------------------------------------


def test_the_timeline_pages_backwards_and_from_an_id(x: Loopback) -> None:
    ids = [_posted(x, f"story {number}") for number in range(7)]
    reply = _posted(x, "reply", reply={"in_reply_to_tweet_id": ids[-1]})
    first = _timeline(x, "?max_results=5").json
    assert [post["id"] for post in first["data"]] == [reply, *ids[:2:-1]]
    assert (first["meta"]["newest_id"], first["meta"]["oldest_id"]) == (reply, ids[3])
    second = _timeline(x, f"?max_results=5&pagination_token={first['meta']['next_token']}").json
    assert [post["id"] for post in second["data"]] == ids[2::-1]
    assert second["meta"]["previous_token"] == "p0"
    newer = _timeline(x, f"?since_id={ids[5]}&exclude=replies").json
    assert [post["id"] for post in newer["data"]] == [ids[6]]
    assert _timeline(x, f"?until_id={ids[1]}").json["meta"]["result_count"] == 1
    now = x.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    x.clock.advance(60)
    assert _timeline(x, f"?end_time={now}").json["meta"]["result_count"] in range(9)
    assert _timeline(x, "?start_time=2040-01-01T00:00:00Z").json == {"meta": {"result_count": 0}}


@pytest.mark.parametrize(
    "query",
    [
        "max_results=4",
        "max_results=101",
        "max_results=x",
        "since_id=abc",
        "start_time=yesterday",
        "tweet.fields=secrets",
        "exclude=all",
        "unknown=1",
        "pagination_token=q",
    ],
)
def test_a_wrong_query_is_refused(x: Loopback, query: str) -> None:
    assert _timeline(x, f"?{query}").status == 400


def test_fields_and_expansions_are_given_when_asked_for(x: Loopback) -> None:
    picture = _picture(x)
    first = _posted(x, "#Minsk, @reader: look", media={"media_ids": [picture]})
    _posted(x, "then", reply={"in_reply_to_tweet_id": first})
    answer = _timeline(
        x,
        "?tweet.fields=author_id,conversation_id,created_at,in_reply_to_user_id,referenced_tweets,public_metrics,entities"
        "&expansions=author_id,attachments.media_keys&media.fields=width,height,alt_text&user.fields=public_metrics",
    ).json
    then, look = answer["data"]
    assert then["referenced_tweets"] == [{"type": "replied_to", "id": first}]
    assert then["conversation_id"] == first
    assert then["in_reply_to_user_id"] == "1000"
    assert look["text"].startswith("#Minsk, @reader: look https://t.co/")
    assert look["entities"]["hashtags"][0]["tag"] == "Minsk"
    assert look["entities"]["mentions"][0]["username"] == "reader"
    assert look["entities"]["urls"][0]["expanded_url"] == f"https://x.com/newsroom/status/{first}/photo/1"
    assert answer["includes"]["media"] == [{"media_key": f"3_{picture}", "type": "photo", "width": 3, "height": 2}]
    assert answer["includes"]["users"][0]["public_metrics"]["tweet_count"] == 2


def test_what_is_not_there_is_an_error_within_a_200(x: Loopback) -> None:
    own = _posted(x, "here")
    both = x.ask("GET", f"/2/tweets?ids=5,{own}").json
    assert [post["id"] for post in both["data"]] == [own]
    assert both["errors"][0]["title"] == "Not Found Error"
    assert "data" not in x.ask("GET", "/2/tweets/5").json
    assert _timeline(x, user="77").json["errors"][0]["resource_type"] == "user"
    assert x.ask("GET", "/2/tweets?ids=a,b").status == 400


def test_a_lagging_replica_hides_a_post_for_a_while(x: Loopback) -> None:
    x.x.configure({"replication_lag": 30.0})
    post_id = _posted(x, "soon")
    assert _timeline(x).json["meta"]["result_count"] == 0
    assert "errors" in x.ask("GET", f"/2/tweets/{post_id}").json
    assert _post(x, "soon").status == 403
    assert len(x.visible()) == 1
    x.clock.advance(31)
    assert _timeline(x).json["meta"]["result_count"] == 1


def test_unknown_paths_wrong_methods_and_retired_endpoints(x: Loopback) -> None:
    assert x.ask("GET", "/2/users/by/username/x").status == 404
    assert x.ask("PUT", "/2/tweets").status == 405
    old = x.ask("POST", "/1.1/media/upload.json")
    assert (old.status, old.json["errors"][0]["code"]) == (403, 453)


# -- media ------------------------------------------------------------------------------------------------------------


def test_a_picture_goes_up_in_one_piece_through_tweepys_own_session(x: Loopback) -> None:
    client = x.client()
    auth = tweepy.OAuth1UserHandler(
        accounts.X_CONSUMER_KEY,
        accounts.X_CONSUMER_SECRET,
        accounts.X_ACCESS_TOKEN,
        accounts.X_ACCESS_TOKEN_SECRET,
    ).apply_auth()
    answer = client.session.post(
        PUBLIC + "/2/media/upload", auth=auth, files={"media": PNG}, data={"media_category": "tweet_image"}
    )
    data = answer.json()["data"]
    assert answer.status_code == 200
    assert data["image"] == {"image_type": "image/png", "w": 3, "h": 2}
    assert data["expires_after_secs"] == 86_400
    assert client.create_tweet(text="With a picture", media_ids=[data["id"]]).data["id"]


def test_a_picture_as_base64_and_its_description(x: Loopback) -> None:
    body = {"media": base64.b64encode(PNG).decode(), "media_category": "tweet_image"}
    media_id = x.ask("POST", "/2/media/upload", body).json["data"]["id"]
    alt = {"id": media_id, "metadata": {"alt_text": {"text": "a" * 1000}}}
    assert x.ask("POST", "/2/media/metadata", alt).status == 200
    alt["metadata"] = {"alt_text": {"text": "a" * 1001}}
    assert x.ask("POST", "/2/media/metadata", alt).status == 400
    assert x.ask("POST", "/2/media/metadata", {"id": "5"}).status == 404
    assert x.ask("POST", "/2/media/upload", body | {"media": "é"}).status == 400


@pytest.mark.parametrize(
    ("data", "category"),
    [
        (b"no picture", "tweet_image"),
        (PNG, "tweet_gif"),
        (MP4, "tweet_image"),
        (PNG + bytes(5 * 1024 * 1024), "tweet_image"),
        (PNG, "poster"),
    ],
)
def test_what_is_no_picture_or_too_large_is_refused(x: Loopback, data: bytes, category: str) -> None:
    body, headers = multipart(media=data, media_category=category)
    assert x.ask("POST", "/2/media/upload", body, headers=headers).status == 400


def test_a_torn_or_incomplete_form_is_refused(x: Loopback) -> None:
    body, headers = multipart(media=PNG)
    assert x.ask("POST", "/2/media/upload", body, headers=headers).status == 400
    assert x.ask("POST", "/2/media/upload", b"--edge\r\n", headers=headers).status == 400


def _initialized(x: Loopback, total: int, kind: str = "video/mp4", category: str = "tweet_video") -> str:
    body = {"media_type": kind, "total_bytes": total, "media_category": category}
    answer = x.ask("POST", "/2/media/upload/initialize", body)
    assert answer.status == 200, answer.body
    return str(answer.json["data"]["id"])


def _appended(x: Loopback, media_id: str, index: int, data: bytes) -> int:
    body, headers = multipart(media=data, segment_index=str(index))
    return x.ask("POST", f"/2/media/upload/{media_id}/append", body, headers=headers).status


def test_a_film_in_pieces_is_processed_before_it_can_be_posted(x: Loopback) -> None:
    media_id = _initialized(x, len(MP4))
    status = f"/2/media/upload?command=STATUS&media_id={media_id}"
    assert x.ask("GET", status).json["data"]["processing_info"] == {"state": "pending"}
    assert _appended(x, media_id, 1, MP4[40:]) == 200
    assert x.ask("POST", f"/2/media/upload/{media_id}/finalize").status == 400
    first = {"media": base64.b64encode(MP4[:40]).decode(), "segment_index": 0}
    assert x.ask("POST", f"/2/media/upload/{media_id}/append", first).json["data"]["expires_at"] > 0
    done = x.ask("POST", f"/2/media/upload/{media_id}/finalize").json["data"]
    assert done["processing_info"]["state"] == "pending"
    assert done["video"] == {"video_type": "video/mp4"}
    assert _appended(x, media_id, 2, b"more") == 400
    info = x.ask("GET", status).json["data"]["processing_info"]
    assert (info["state"], info["check_after_secs"]) == ("in_progress", 5)
    assert _post(x, "too early", media={"media_ids": [media_id]}).status == 400
    x.clock.advance(5)
    assert x.ask("GET", status).json["data"]["processing_info"]["state"] == "succeeded"
    assert x.ask("POST", f"/2/media/upload/{media_id}/finalize").status == 200
    assert _post(x, "film", media={"media_ids": [media_id]}).status == 201


def test_processing_may_fail(x: Loopback) -> None:
    x.x.configure({"processing_fails": True, "video_processing": 0.0})
    media_id = _picture(x, GIF, "tweet_gif")
    answer = x.ask("GET", f"/2/media/upload?media_id={media_id}").json["data"]
    assert answer["processing_info"]["state"] == "failed"
    assert _post(x, "a", media={"media_ids": [media_id]}).status == 400


def test_an_upload_lives_a_day_and_belongs_to_one_account(x: Loopback) -> None:
    other = x.x.operate("foreign_post", {"username": "reader", "text": "hi"})["user_id"]
    token = x.x.operate("grant", {"scope": "media.write tweet.write tweet.read users.read", "user": other})
    media_id = _picture(x)
    alt = {"id": media_id, "metadata": {"alt_text": {"text": "mine"}}}
    assert x.ask("POST", "/2/media/metadata", alt, token=token["access_token"]).status == 403
    x.clock.advance(86_400)
    assert _post(x, "late", media={"media_ids": [media_id]}).status == 400
    assert x.ask("GET", f"/2/media/upload?media_id={media_id}").status == 404
    assert x.ask("GET", "/2/media/upload?media_id=x").status == 400
    assert x.ask("GET", "/2/media/upload?media_id=1&command=INIT").status == 400


def test_a_post_takes_four_photos_or_one_animation(x: Loopback) -> None:
    x.x.configure({"video_processing": 0.0})
    photos = [_picture(x) for _ in range(4)]
    gif = _picture(x, GIF, "tweet_gif")
    assert _post(x, "", media={"media_ids": photos}).status == 201
    assert _post(x, "b", media={"media_ids": [photos[0], gif]}).status == 400
    assert _post(x, "c", media={"media_ids": [photos[0], photos[0]]}).status == 400
    shown = _posted(x, "d", media={"media_ids": [gif]})
    entity = x.ask("GET", f"/2/tweets/{shown}?tweet.fields=entities,attachments").json["data"]["entities"]["urls"][0]
    assert entity["media_key"] == f"16_{gif}"
    assert entity["expanded_url"].endswith("/video/1")
    too_large = {"media_type": "video/mp4", "total_bytes": 2**30, "media_category": "tweet_video"}
    assert x.ask("POST", "/2/media/upload/initialize", too_large).status == 400


def test_formats_and_measures_are_read_from_the_bytes() -> None:
    jpeg = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x0b\x08\x00\x02\x00\x03\x01\x11\x00"
    assert (sniff(jpeg), measures(jpeg, "image/jpeg")) == ("image/jpeg", (3, 2))
    assert measures(jpeg[:8], "image/jpeg") == (0, 0)
    assert (sniff(GIF), measures(GIF, "image/gif")) == ("image/gif", (3, 2))
    assert sniff(b"RIFF\x00\x00\x00\x00WEBPVP8 ") == "image/webp"
    assert measures(b"", "image/webp") == (0, 0)
    assert sniff(b"\x00\x00\x00\x14ftypqt  ") == "video/quicktime"
    assert sniff(b"") == ""


@given(st.binary(max_size=64))
@settings(max_examples=200, deadline=None)
def test_no_bytes_can_break_the_reading_of_measures(data: bytes) -> None:
    for mime in ("image/png", "image/gif", "image/jpeg", sniff(data)):
        width, height = measures(data, mime)
        assert width >= 0
        assert height >= 0


# -- faults, restarts, knobs ------------------------------------------------------------------------------------------


def test_a_lost_answer_leaves_the_post_visible_and_a_retry_is_a_duplicate(x: Loopback) -> None:
    x.host.faults.add({"action": "lost_response", "method": "POST", "path": "/2/tweets"})
    client = x.client()
    with pytest.raises(requests.exceptions.ConnectionError):
        client.create_tweet(text="Lost https://example.com/x?utm_id=k1")
    assert [line["urls"] for line in x.visible()] == [["https://example.com/x?utm_id=k1"]]
    with pytest.raises(tweepy.Forbidden) as refused:
        client.create_tweet(text="Lost https://example.com/x?utm_id=k1")
    assert "duplicate content" in refused.value.api_messages[0]
    read = client.get_users_tweets(1000, user_auth=True, tweet_fields=["entities"])
    assert read.data[0].entities["urls"][0]["expanded_url"].endswith("utm_id=k1")


def test_a_reset_before_the_platform_ran_leaves_nothing(x: Loopback) -> None:
    x.host.faults.add({"action": "reset_before"})
    with pytest.raises(requests.exceptions.ConnectionError):
        x.client().create_tweet(text="never")
    assert x.visible() == []


def test_everything_survives_a_restart(tmp_path: Path) -> None:
    with loopback(tmp_path, factor=0.05, premium=True) as x:
        picture = _picture(x)
        unfinished = _initialized(x, 4, "image/png", "tweet_image")
        assert _appended(x, unfinished, 0, b"abcd") == 200
        first = _posted(x, "one https://example.com/1", media={"media_ids": [picture]})
        second = _posted(x, "two", edit_options={"previous_post_id": first})
        gone = _posted(x, "gone")
        x.ask("DELETE", f"/2/tweets/{gone}")
        foreign = x.x.operate("foreign_post", {"username": "reader", "text": "@newsroom hi"})["id"]
        pair = _refresh(x, REFRESH_TOKEN).json
        _timeline(x)
        before = x.x.state()
    with (tmp_path / "twitter-state.jsonl").open("ab") as file:
        file.write(b'{"event":"call","endp')  # the process died here
    with loopback(tmp_path) as x:
        after = x.x.state()
        assert {name: value for name, value in after.items() if name != "now"} == {
            name: value for name, value in before.items() if name != "now"
        }
        assert _refresh(x, REFRESH_TOKEN).status == 400
        token = pair["access_token"]
        assert x.ask("GET", "/2/users/me", token=token).status == 200
        assert _post(x, "two").status == 403
        reply = {"text": "hello", "reply": {"in_reply_to_tweet_id": foreign}}
        third = x.ask("POST", "/2/tweets", reply, token=token).json["data"]["id"]
        assert int(third) > int(foreign) > int(gone) > int(second)
    with loopback(tmp_path) as x:
        assert len(x.x.state()["posts"]) == 2


def test_the_journal_alone_brings_the_posts_back(tmp_path: Path) -> None:
    with loopback(tmp_path) as x:
        _posted(x, "kept")
    (tmp_path / "twitter-state.jsonl").unlink()
    with loopback(tmp_path) as x:
        assert [post["text"] for post in _timeline(x).json["data"]] == ["kept"]
        assert _post(x, "kept").status == 403


@pytest.mark.parametrize(
    "values",
    [
        {"factor": 0.0},
        {"factor": float("inf")},
        {"factor": True},
        {"factor": "2"},
        {"unknown": 1},
        {"profile": "free"},
        {"duplicate_window": -1.0},
        {"edits": -1},
        {"balance": None},
    ],
)
def test_an_option_that_could_not_be_meant_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        changed(Options(), values)


def test_the_factor_is_printed(x: Loopback, capsys: pytest.CaptureFixture[str]) -> None:
    assert x.ask("POST", "/_emu/config", {"factor": 0.5}, token="").status == 200
    assert "every rate limit is multiplied by 0.5" in capsys.readouterr().err
    assert x.ask("GET", "/_emu/state", token="").json["factor"] == 0.5
    assert x.ask("POST", "/_emu/config", {"factor": 0}, token="").status == 400


def test_no_secret_stands_in_the_state(x: Loopback) -> None:
    _posted(x, "a")
    shown = json.dumps(x.x.state())
    for secret in (USER_BEARER, REFRESH_TOKEN, CLIENT_SECRET, *accounts.SECRETS):
        assert secret not in shown


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["text", "media", "x"]), inner),
    max_leaves=8,
)


@given(_JSON)
@settings(max_examples=200, deadline=None)
def test_any_json_is_either_taken_or_refused_with_a_reason(value: Any) -> None:
    status = 0
    try:
        check(value, CREATE_BODY)
    except Refused as refused:
        status = refused.response.status
    assert status == 400 or (status == 0 and isinstance(value, dict))


def test_garbage_on_the_wire_is_refused_as_unauthorized(x: Loopback) -> None:
    head = b"POST /2/tweets HTTP/1.1\r\nHost: x\r\nAuthorization: OAuth =,,\xff\r\nContent-Length: 0\r\n\r\n"
    with socket.create_connection(("127.0.0.1", x.server.port), timeout=5) as connection:
        connection.sendall(head)
        assert connection.recv(4096).startswith(b"HTTP/1.1 401")


def test_a_community_post_says_so_and_is_never_edited(x: Loopback) -> None:
    x.x.configure({"premium": True})
    data = _post(x, "To all", community_id="123").json["data"]
    assert data["community_id"] == "123"
    assert _post(x, "To some", edit_options={"previous_post_id": data["id"]}).status == 403
    shown = x.ask("GET", f"/2/tweets/{data['id']}?tweet.fields=community_id").json["data"]
    assert shown["community_id"] == "123"


def test_a_signature_over_a_form_covers_its_fields(x: Loopback) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    keys = (accounts.X_CONSUMER_KEY, accounts.X_CONSUMER_SECRET, accounts.X_ACCESS_TOKEN)
    auth = OAuth1(*keys, accounts.X_ACCESS_TOKEN_SECRET)
    signed = requests.Request("POST", PUBLIC + "/2/tweets", data="text=hello", headers=form, auth=auth).prepare()
    sent = form | {"Authorization": signed.headers["Authorization"]}
    assert x.ask("POST", "/2/tweets", b"text=hello", token="", headers=sent).status == 400
    assert x.ask("POST", "/2/tweets", b"text=other", token="", headers=sent).status == 401


def test_the_process_itself_serves_and_remembers(tmp_path: Path) -> None:
    from distributor.sandbox.client import start

    with start(tmp_path, only=["x"]) as running:
        name = next(iter(running.urls))
        running.control(name, "config", {"factor": 2.0})
        assert running.control(name, "state")["factor"] == 2.0
    with start(tmp_path, only=["x"]) as running:
        assert running.control(name, "state")["factor"] == 2.0
