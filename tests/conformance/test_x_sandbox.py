"""The loopback X against what others wrote down: X's OpenAPI, recorded exchanges, twitter-text's own cases."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from jsonschema import Draft202012Validator

from distributor.sandbox.x.oauth import APP_BEARER, REFRESH_TOKEN
from distributor.sandbox.x.text import weight
from distributor.sandbox.x.urls import links
from tests.x_server import MP4, PNG, Answer, Loopback, loopback, multipart

pytestmark = pytest.mark.conformance


@cache
def _folder() -> Path:
    named = os.environ.get("DISTRIBUTOR_CONFORMANCE", "")
    if not named or not Path(named).is_dir():
        pytest.fail("DISTRIBUTOR_CONFORMANCE does not name a folder")
    return Path(named)


def _cases(name: str, suite: str) -> list[dict[str, Any]]:
    loaded = yaml.safe_load((_folder() / "twitter-text" / name).read_text("utf-8"))
    cases: list[dict[str, Any]] = loaded["tests"][suite]
    assert cases
    return cases


@pytest.fixture
def x(tmp_path: Path) -> Iterator[Loopback]:
    with loopback(tmp_path) as running:
        yield running


def _tell(capsys: pytest.CaptureFixture[str], what: str, executed: int, skipped: dict[str, int]) -> None:
    reasons = "; ".join(f"{number}: {reason}" for reason, number in skipped.items())
    with capsys.disabled():
        print(f"\n{what}: {executed} executed, {sum(skipped.values())} skipped" + (f" ({reasons})" if reasons else ""))


# -- twitter-text -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suite", ["urls", "tco_urls_with_params"])
def test_links_are_extracted_like_twitter_text(suite: str, capsys: pytest.CaptureFixture[str]) -> None:
    cases = _cases("extract.yml", suite)
    wrong = [case["text"] for case in cases if [link.url for link in links(case["text"])] != case["expected"]]
    _tell(capsys, f"extract.yml {suite}", len(cases), {})
    assert wrong == []


@pytest.mark.parametrize("suite", ["urls_with_indices", "urls_with_directional_markers"])
def test_links_stand_where_twitter_text_sees_them(suite: str, capsys: pytest.CaptureFixture[str]) -> None:
    cases = _cases("extract.yml", suite)
    for case in cases:
        found = [{"url": link.url, "indices": [link.start, link.end]} for link in links(case["text"])]
        assert found == case["expected"], case["description"]
    _tell(capsys, f"extract.yml {suite}", len(cases), {})


@pytest.mark.parametrize("suite", ["urls", "urls_without_protocol"])
def test_valid_addresses_are_one_link(suite: str, capsys: pytest.CaptureFixture[str]) -> None:
    cases = _cases("validate.yml", suite)
    beyond = ("port and userinfo", "ipv4", "ipv6", "sub delims")
    mine = [case for case in cases if not any(word in case["description"].lower() for word in beyond)]
    for case in mine:
        found = [link.url for link in links(case["text"])]
        assert (found == [case["text"]]) is case["expected"], case["text"]
    skipped = len(cases) - len(mine)
    assert skipped <= 4
    reason = {"address forms that X validates but never extracts from a text": skipped} if skipped else {}
    _tell(capsys, f"validate.yml {suite}", len(mine), reason)


@pytest.mark.parametrize(
    ("suite", "emoji"),
    [
        ("WeightedTweetsCounterTest", False),
        ("WeightedTweetsWithDiscountedEmojiCounterTest", True),
        ("UnicodeDirectionalMarkerCounterTest", True),
    ],
)
def test_the_weight_is_twitter_texts(suite: str, emoji: bool, capsys: pytest.CaptureFixture[str]) -> None:
    cases = _cases("validate.yml", suite)
    for case in cases:
        assert weight(case["text"], emoji=emoji) == case["expected"]["weightedLength"], case["description"]
    _tell(capsys, f"validate.yml {suite}", len(cases), {})


def test_every_emoji_weighs_what_the_official_library_says(capsys: pytest.CaptureFixture[str]) -> None:
    emoji = json.loads((_folder() / "twitter-text" / "emoji-weights-reference.json").read_text("utf-8"))["emoji"]
    wrong = {sign: weight(sign) for sign, known in emoji.items() if weight(sign) != known["weightedLength"]}
    _tell(capsys, "emoji-weights-reference.json", len(emoji), {})
    assert wrong == {}


# -- OpenAPI ----------------------------------------------------------------------------------------------------------


@cache
def _spec() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((_folder() / "x-api" / "x-openapi-production-2.167.json").read_text("utf-8"))
    return dict(_nullable(loaded))


def _nullable(value: Any) -> Any:
    """OpenAPI 3.0's ``nullable`` said in JSON Schema."""
    if isinstance(value, list):
        return [_nullable(item) for item in value]
    if not isinstance(value, dict):
        return value
    known = {name: _nullable(item) for name, item in value.items()}
    if known.get("nullable") is True and isinstance(known.get("type"), str):
        known["type"] = [known["type"], "null"]
    return known


def _operation(method: str, target: str) -> dict[str, Any] | None:
    wanted = urlsplit(target).path.split("/")
    candidates = []
    for path, operations in _spec()["paths"].items():
        words = path.split("/")
        fits = len(words) == len(wanted) and all(
            a == b or a.startswith("{") for a, b in zip(words, wanted, strict=True)
        )
        if fits and method.lower() in operations:
            candidates.append((path.count("{"), operations[method.lower()]))
    return min(candidates, key=lambda found: found[0])[1] if candidates else None


def _errors(schema: dict[str, Any], value: Any) -> list[str]:
    validator = Draft202012Validator(schema | {"components": _spec()["components"]})
    return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(value)]


#: refusals that X was seen to send and its OpenAPI does not list, by status and last word of their type
_LIVE = {
    (400, "oauth2"),
    (401, "blank"),
    (402, "credits"),
    (402, "credits-depleted"),
    (403, "blank"),
    (403, "client-forbidden"),
    (403, "oauth1-permissions"),
    (403, "unsupported-authentication"),
    (404, "blank"),
    (429, "88"),
    (429, "blank"),
}


class Checked:
    """Asks the loopback X and holds every answer to the specification."""

    def __init__(self, x: Loopback) -> None:
        self.x = x
        self.executed = 0
        self.skipped: dict[str, int] = {}

    def ask(self, method: str, target: str, body: Any = None, *, status: int, **options: Any) -> Any:
        answer = self.x.ask(method, target, body, **options)
        assert answer.status == status, answer.body
        assert {"x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset"} <= set(answer.headers) or (
            not self.x.x.state()["options"]["announce_reset"]
        )
        self._check(method, target, answer)
        return answer.json

    def _check(self, method: str, target: str, answer: Answer) -> None:
        operation = _operation(method, target)
        if operation is None:
            self._skip("endpoints that the specification lacks")
            return
        value = json.loads(answer.body.replace(b"https://api.twitter.com/2/problems", b"https://api.x.com/2/problems"))
        if answer.status < 300:
            content = operation["responses"][str(answer.status)]["content"]["application/json"]
            assert _errors(content["schema"], value) == [], (method, target)
            self.executed += 1
            return
        kind = answer.headers["content-type"].split(";")[0]
        errors = _errors(operation["responses"]["default"]["content"][kind]["schema"], value)
        if errors:
            assert (answer.status, _kind(value)) in _LIVE, errors
            self._skip("refusals seen live that the specification does not list")
        else:
            self.executed += 1

    def _skip(self, reason: str) -> None:
        self.skipped[reason] = self.skipped.get(reason, 0) + 1


def _kind(value: dict[str, Any]) -> str:
    if "type" not in value:
        return str(value["errors"][0]["code"])
    return str(value["type"]).rpartition("/")[2].rpartition(":")[2]


def _read_everything(checked: Checked, post: str) -> None:
    fields = "tweet.fields=attachments,author_id,conversation_id,created_at,edit_controls,entities,in_reply_to_user_id"
    fields += ",lang,possibly_sensitive,public_metrics,referenced_tweets,reply_settings,source"
    more = "expansions=author_id,attachments.media_keys&media.fields=alt_text,height,width&user.fields=public_metrics"
    checked.ask("GET", f"/2/users/1000/tweets?{fields}&{more}", status=200)
    checked.ask("GET", "/2/users/1000/tweets?since_id=9223372036854775807", status=200)
    checked.ask("GET", "/2/users/77/tweets", status=200)
    checked.ask("GET", f"/2/tweets/{post}?{fields}", status=200)
    checked.ask("GET", "/2/tweets/5", status=200)
    checked.ask("GET", f"/2/tweets?ids={post},5", status=200)
    checked.ask("GET", "/2/users/me?user.fields=created_at,description,protected,public_metrics,verified", status=200)
    checked.ask("GET", "/2/usage/tweets?usage.fields=daily_project_usage", status=200, token=APP_BEARER)


def _upload_everything(checked: Checked) -> str:
    body, headers = multipart(media=PNG, media_category="tweet_image")
    picture: str = checked.ask("POST", "/2/media/upload", body, status=200, headers=headers)["data"]["id"]
    alt = {"id": picture, "metadata": {"alt_text": {"text": "A train"}}}
    checked.ask("POST", "/2/media/metadata", alt, status=200)
    film = {"media_type": "video/mp4", "total_bytes": len(MP4), "media_category": "tweet_video"}
    upload = checked.ask("POST", "/2/media/upload/initialize", film, status=200)["data"]["id"]
    piece, headers = multipart(media=MP4, segment_index="0")
    checked.ask("GET", f"/2/media/upload?command=STATUS&media_id={upload}", status=200)
    checked.ask("POST", f"/2/media/upload/{upload}/append", piece, status=200, headers=headers)
    checked.ask("POST", f"/2/media/upload/{upload}/finalize", status=200)
    checked.ask("GET", f"/2/media/upload?command=STATUS&media_id={upload}", status=200)
    checked.x.clock.advance(10)
    checked.ask("GET", f"/2/media/upload?command=STATUS&media_id={upload}", status=200)
    checked.ask("POST", "/2/media/metadata", {"id": "5"}, status=404)
    return picture


def _refuse_everything(checked: Checked, post: str) -> None:
    configure = checked.x.x.configure
    checked.ask("POST", "/2/tweets", {"text": "x", "foo": 1}, status=400)
    checked.ask("POST", "/2/tweets", {"text": "x" * 281}, status=400)
    checked.ask("GET", "/2/users/1000/tweets?max_results=4", status=400)
    checked.ask("POST", "/2/media/upload", {"media": "", "media_category": "poster"}, status=400)
    checked.ask("POST", "/2/tweets", {"text": "One https://example.com"}, status=403)
    checked.ask("POST", "/2/tweets", {"text": "x", "quote_tweet_id": post}, status=403)
    checked.ask("POST", "/2/tweets", {"text": "x"}, status=403, token=APP_BEARER)
    checked.ask("GET", "/2/users/me", status=401, token="wrong")
    configure({"access": "read_only"})
    checked.ask("POST", "/2/tweets", {"text": "x"}, status=403)
    configure({"access": "read_write", "enrolled": False})
    checked.ask("GET", "/2/users/me", status=403)
    configure({"enrolled": True, "balance": 0.0})
    checked.ask("GET", "/2/users/me", status=402)
    configure({"credits_body": "plain"})
    checked.ask("GET", "/2/users/me", status=402)
    configure({"factor": 0.001})
    checked.ask("GET", "/2/users/me", status=429)
    configure({"rate_limit_body": "errors", "announce_reset": False})
    checked.ask("GET", "/2/users/me", status=429)


def test_every_answer_is_one_that_the_specification_or_the_field_knows(
    x: Loopback, capsys: pytest.CaptureFixture[str]
) -> None:
    checked = Checked(x)
    x.x.configure({"premium": True})
    picture = _upload_everything(checked)
    first = {"text": "One https://example.com", "media": {"media_ids": [picture]}}
    post = checked.ask("POST", "/2/tweets", first, status=201)["data"]["id"]
    reply = {"text": "Two #Minsk @desk $AAPL", "reply": {"in_reply_to_tweet_id": post}}
    second = checked.ask("POST", "/2/tweets", reply, status=201)["data"]["id"]
    edit = {"text": "Two, better", "edit_options": {"previous_post_id": second}}
    checked.ask("POST", "/2/tweets", edit, status=201)
    poll = {"text": "Ask", "poll": {"options": ["a", "b"], "duration_minutes": 60}}
    gone = checked.ask("POST", "/2/tweets", poll, status=201)["data"]["id"]
    checked.ask("DELETE", f"/2/tweets/{gone}", status=200)
    checked.ask("DELETE", "/2/tweets/5", status=200)
    _read_everything(checked, post)
    form = f"grant_type=refresh_token&client_id=sandbox-client-id&refresh_token={REFRESH_TOKEN}".encode()
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    checked.ask("POST", "/2/oauth2/token", form, status=200, token="", headers=kind)
    _refuse_everything(checked, post)
    _tell(capsys, "answers against OpenAPI 2.167", checked.executed, checked.skipped)
    assert checked.executed == 26


# -- recorded exchanges -----------------------------------------------------------------------------------------------

#: headers of the transport, of caching and of the edge; they say nothing about the API
_EDGE = {"content-encoding", "content-length", "date", "transfer-encoding", "connection", "set-cookie", "perf", "vary"}


def _exchanges() -> list[dict[str, Any]]:
    loaded = json.loads((_folder() / "x-api" / "tweepy-recorded-exchanges.json").read_text("utf-8"))
    exchanges: list[dict[str, Any]] = loaded["exchanges"]
    return exchanges


def _reason(exchange: dict[str, Any]) -> str:
    """Why an exchange cannot be replayed; empty when it can."""
    address = urlsplit(exchange["request"]["uri"])
    if address.path.startswith("/1.1/"):
        return "API 1.1, retired"
    if "/hidden" in address.path or "/users/by/" in address.path:
        return "endpoints that the sandbox does not offer"
    return ""


def _shape(value: Any) -> Any:
    """Names and types of a body, without its values; a list counts by its first item."""
    if isinstance(value, dict):
        return {name: _shape(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_shape(value[0])] if value else []
    return type(value).__name__


def _covers(given: Any, recorded: Any) -> bool:
    """Whether a shape holds everything that another one does."""
    if isinstance(recorded, dict):
        return isinstance(given, dict) and all(
            name in given and _covers(given[name], inner) for name, inner in recorded.items()
        )
    if isinstance(recorded, list) and recorded:
        return isinstance(given, list) and bool(given) and _covers(given[0], recorded[0])
    return bool(given == recorded)


def _plant(x: Loopback, exchange: dict[str, Any]) -> None:
    """Let the posts exist that the recording reads."""
    data = json.loads(exchange["response"]["body"])["data"]
    for post in data if isinstance(data, list) else [data]:
        if {"id", "text"} <= set(post):
            planted = {"id": post["id"], "user": "1000", "text": post["text"], "created": 0.0, "root": post["id"]}
            world = x.x._world
            if post["id"] not in world.posts:
                world.change("foreign", values=planted | {"conversation": post["id"]})


def _replayed(x: Loopback, exchange: dict[str, Any]) -> Answer:
    request = exchange["request"]
    address = urlsplit(request["uri"])
    target = address.path + (f"?{address.query}" if address.query else "")
    body = request["body"]
    if request["method"] == "GET":
        _plant(x, exchange)
    if request["method"] == "DELETE":
        target = f"/2/tweets/{x.ask('POST', '/2/tweets', {'text': 'to be deleted'}).json['data']['id']}"
    return x.ask(request["method"], target, json.loads(body) if isinstance(body, str) else body)


def test_recorded_exchanges_are_answered_alike(x: Loopback, capsys: pytest.CaptureFixture[str]) -> None:
    x.x.configure({"duplicate_window": 0.0})
    executed, skipped = 0, dict[str, int]()
    for exchange in _exchanges():
        reason = _reason(exchange)
        if reason:
            skipped[reason] = skipped.get(reason, 0) + 1
            continue
        answer = _replayed(x, exchange)
        recorded = exchange["response"]
        assert answer.status == recorded["status"]["code"], exchange["request"]
        assert _covers(_shape(answer.json), _shape(json.loads(recorded["body"]))), (exchange["request"], answer.body)
        missing = {name.lower() for name in recorded["headers"]} - set(answer.headers) - _EDGE
        assert missing == set(), exchange["request"]
        executed += 1
    _tell(capsys, "recorded exchanges", executed, skipped)
    assert executed + sum(skipped.values()) == 28
    assert executed == 11
