"""Scripted faults: when a rule fires, and what a client meets; only the journal tells before from after."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException, HTTPResponse

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.sandbox.client import Running, SandboxError, start
from distributor.sandbox.clock import Clock
from distributor.sandbox.control import Host
from distributor.sandbox.faults import ACTIONS, EITHER, Faults, Rule
from distributor.sandbox.hooks import Hooks
from distributor.sandbox.http import Request, Response, json_response
from distributor.sandbox.http_server import spoilt
from distributor.sandbox.journal import Journal


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with start(tmp_path_factory.mktemp("faults"), only=["site"]) as running:
        yield running


@pytest.fixture
def site(server: Running) -> Running:
    server.reset("site")
    return server


@pytest.fixture
def connection(site: Running) -> Iterator[HTTPConnection]:
    connection = HTTPConnection(site.urls["site"].removeprefix("http://"), timeout=5)
    yield connection
    connection.close()


def get(connection: HTTPConnection, path: str = "/healthz") -> tuple[HTTPResponse, bytes]:
    connection.request("GET", path)
    response = connection.getresponse()
    return response, response.read()


def handled(site: Running) -> list[bool]:
    return [seen["handled"] for seen in site.log("site")]


# -- when a rule fires


def fires(rule: Rule, requests: list[tuple[str, str, str]]) -> list[bool]:
    return [rule.hits(*request) for request in requests]


SAME = [("GET", "/a", "")] * 6


@pytest.mark.parametrize(
    ("nth", "times", "expected"),
    [
        (1, 1, [True, False, False, False, False, False]),
        (3, 1, [False, False, True, False, False, False]),
        (2, 2, [False, True, True, False, False, False]),
        (4, None, [False, False, False, True, True, True]),
    ],
)
def test_nth_and_times_choose_the_requests(nth: int, times: int | None, expected: list[bool]) -> None:
    assert fires(Rule(action="html_502", nth=nth, times=times), SAME) == expected


def test_method_path_and_content_must_all_match() -> None:
    rule = Rule(action="html_502", method="post", path="/TWEETS", contains="marker", times=None)
    requests = [
        ("POST", "/2/tweets?x=1", "has marker"),
        ("GET", "/2/tweets", "has marker"),
        ("POST", "/2/users", "has marker"),
        ("POST", "/2/tweets", "without"),
    ]
    assert fires(rule, requests) == [True, False, False, False]
    assert (rule.matched, rule.fired) == (1, 1)


def test_the_first_rule_that_hits_decides_and_the_others_wait() -> None:
    faults = Faults()
    first = faults.add({"action": "html_502", "nth": 2})
    second = faults.add({"action": "html_503"})
    assert [faults.match("GET", "/"), faults.match("GET", "/"), faults.match("GET", "/")] == [second, first, None]
    assert [rule["fired"] for rule in faults.dump()] == [1, 1]
    faults.clear()
    assert faults.dump() == []


@given(st.integers(0, 1000), st.floats(0, 1))
@settings(max_examples=50, deadline=None)
def test_chance_is_repeatable_by_its_seed(seed: int, probability: float) -> None:
    runs = [fires(Rule(action="html_502", seed=seed, probability=probability, times=None), SAME) for _ in range(2)]
    assert runs[0] == runs[1]
    assert any(runs[0]) <= (probability > 0)
    assert all(runs[0]) >= (probability == 1)


@pytest.mark.parametrize(
    "spec",
    [
        {"action": "sing"},
        {"action": "html_502", "probability": 2},
        {"action": "html_502", "nth": 0},
        {"action": "html_502", "times": 0},
        {"action": "hang_before", "after": True},
        {"action": "html_502", "fired": 3},
        {},
    ],
)
def test_a_rule_that_cannot_work_is_refused(spec: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"unknown|probability|cannot|needs"):
        Faults().add(spec)


def test_a_gateway_error_can_be_told_whether_the_platform_ran() -> None:
    assert [Rule(action=action, after=after).runs for action in sorted(EITHER) for after in (False, True)] == [
        *(False, True),
        *(False, True),
        *(False, True),
    ]
    assert all(Rule(action=action).runs == ACTIONS[action] for action in ACTIONS)


# -- what a client meets


@pytest.mark.parametrize("action", ["hang_before", "hang_after", "reset_before", "reset_after", "lost_response"])
def test_without_an_answer_only_the_log_knows_whether_it_ran(
    site: Running, connection: HTTPConnection, action: str
) -> None:
    site.fault("site", action=action, seconds=0.01, name="my script")
    with pytest.raises((OSError, HTTPException)):
        get(connection)
    connection.close()
    (seen,) = site.log("site")
    assert seen["handled"] == ACTIONS[action]
    assert (seen["status"], seen["fault"], seen["fault_name"]) == (None, action, "my script")
    assert get(connection)[0].status == 200


@pytest.mark.parametrize("action", ["reset_before", "reset_after"])
def test_a_reset_is_a_real_one(site: Running, connection: HTTPConnection, action: str) -> None:
    site.fault("site", action=action)
    with pytest.raises(ConnectionResetError) as error:
        get(connection)
    assert type(error.value) is ConnectionResetError


def test_a_hanging_platform_notices_when_the_client_leaves(site: Running) -> None:
    site.fault("site", action="hang_before")
    impatient = HTTPConnection(site.urls["site"].removeprefix("http://"), timeout=0.05)
    with pytest.raises(TimeoutError):
        get(impatient)
    impatient.close()
    assert handled(site) == [False]


def test_a_body_is_cut_in_the_middle(site: Running, connection: HTTPConnection) -> None:
    site.fault("site", action="truncate_body")
    with pytest.raises(HTTPException):
        get(connection)
    assert handled(site) == [True]


@pytest.mark.parametrize(
    ("rule", "status", "ran", "beginning"),
    [
        ({"action": "bad_json_200"}, 200, True, b'{"ok":true'),
        ({"action": "bad_json_200", "after": False}, 200, False, b'{"ok":true'),
        ({"action": "html_502"}, 502, False, b"<html>\r\n<head><title>502 Bad Gateway"),
        ({"action": "html_502", "after": True}, 502, True, b"<html>"),
        ({"action": "html_503"}, 503, False, b"<html>\r\n<head><title>503 Service Unavailable"),
        ({"action": "status", "status": 402, "body": '{"title":"Credits"}'}, 402, False, b'{"title"'),
        ({"action": "status_after", "status": 500, "body": "oops"}, 500, True, b"oops"),
        ({"action": "rate_limit"}, 429, False, b'{"error"'),
        ({"action": "delay_before", "seconds": 0.01}, 200, True, b'{"ok":true'),
        ({"action": "delay_after", "seconds": 0.01}, 200, True, b'{"ok":true'),
        ({"action": "slow_body", "seconds": 0.02}, 200, True, b'{"ok":true'),
    ],
)
def test_a_spoilt_answer_arrives_as_scripted(
    site: Running, connection: HTTPConnection, rule: dict[str, object], status: int, ran: bool, beginning: bytes
) -> None:
    site.fault("site", **rule)
    response, body = get(connection)
    assert (response.status, handled(site)) == (status, [ran])
    assert body.startswith(beginning)
    if rule["action"] == "bad_json_200":
        with pytest.raises(json.JSONDecodeError):
            json.loads(body)
    assert get(connection)[1] == b'{"ok":true,"stories":0}'


def test_a_delay_ends_with_its_script(site: Running, connection: HTTPConnection) -> None:
    site.fault("site", action="delay_after", seconds=600)
    connection.request("GET", "/healthz")
    while not handled(site):
        assert site.control("site", "faults")
    site.clear_faults("site")
    assert connection.getresponse().read() == b'{"ok":true,"stories":0}'


def test_a_slow_body_takes_its_time(site: Running, connection: HTTPConnection) -> None:
    site.fault("site", action="slow_body", seconds=0.05)
    begin = time.monotonic()
    assert get(connection)[1] == b'{"ok":true,"stories":0}'
    assert time.monotonic() - begin >= 0.05


def test_a_rate_limit_says_how_long_to_wait_or_does_not(site: Running, connection: HTTPConnection) -> None:
    site.fault("site", action="rate_limit", seconds=7)
    site.fault("site", action="rate_limit", headers={"x-rate-limit-reset": "17"})
    first, second = get(connection)[0], get(connection)[0]
    assert (first.headers["retry-after"], second.headers["retry-after"]) == ("7", None)
    assert second.headers["x-rate-limit-reset"] == "17"


def test_a_kept_alive_connection_is_closed_in_silence(site: Running, connection: HTTPConnection) -> None:
    site.fault("site", action="drop_keepalive")
    response, _ = get(connection)
    assert response.headers["connection"] is None
    assert connection.sock is not None
    with pytest.raises((OSError, HTTPException)):
        get(connection)


def test_the_control_plane_itself_is_never_hit(site: Running, connection: HTTPConnection) -> None:
    site.fault("site", action="html_502", times=None)
    assert site.control("site", "state")["visible"] == 0
    assert get(connection)[0].status == 502
    site.clear_faults("site")
    assert get(connection)[0].status == 200


def test_a_wrong_rule_is_refused_over_the_wire(site: Running) -> None:
    with pytest.raises(SandboxError, match="unknown action"):
        site.fault("site", action="sing")


class Strict(Hooks):
    """A platform with a 429 of its own."""

    def rate_limit_answer(self, request: Request, seconds: float | None) -> Response:
        return json_response(429, {"path": request.path, "wait": seconds}, {"x-own": "1"})


def test_a_platform_words_its_own_rate_limit(tmp_path_factory: pytest.TempPathFactory) -> None:
    journal = Journal(tmp_path_factory.mktemp("own") / "hooks.jsonl")
    host = Host(platform=Strict(Clock(), journal), clock=Clock(), journal=journal)
    request = Request(method="POST", path="/a", at=Clock().now())
    answer = spoilt(host, request, Rule(action="rate_limit", seconds=3, headers={"x-more": "2"}), None)
    assert json.loads(answer.body) == {"path": "/a", "wait": 3}
    assert answer.headers["x-own"] == "1"
    assert answer.headers["x-more"] == "2"
    scripted = spoilt(host, request, Rule(action="rate_limit", body="{}"), None)
    assert (scripted.status, scripted.body) == (429, b"{}")
    journal.close()
