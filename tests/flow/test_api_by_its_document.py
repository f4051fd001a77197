"""The API as its own document describes it: requests made from the document, against the real application in this
process. No answer may be a server's error, or anything that the document does not say.
"""

from __future__ import annotations

import json
import os

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from distributor.calls import CALLS, dispatch
from distributor.engine.round import run_round
from distributor.web.desk.openapi import document
from distributor.web.opening import desk_routes
from distributor.web.site import make_site
from tests.flow.test_desk import Desk, cheap  # noqa: F401 - a fixture
from tests.support import article

#: Requests for each call; a long run asks for more.
MANY = int(os.environ.get("DISTRIBUTOR_API_REQUESTS", "1"))
#: So many of the document's examples can be answered at a desk with one story and one reader.
LEAST = 55
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


def test_every_call_answers_as_the_document_says_whatever_it_is_asked(tmp_path):
    desk = Desk(tmp_path)
    try:
        run_round(desk.app)
        described = schemathesis.openapi.from_dict(json.loads(json.dumps(document(CALLS))))
        described.app = make_site(desk_routes(desk.app, lambda name, args: dispatch(desk.app, name, args)))
        token, codes = desk.token("operate"), set()
        for path, methods in document(CALLS)["paths"].items():
            for method in methods:
                codes |= asked(described[path][method.upper()], token)
        assert 200 in codes
        assert 404 in codes
    finally:
        desk.app.close()


#: What stands in the document's examples, and what stands here in its place.
HERE = {
    "https://example.org/politics/talks-begin/": article(1).url,
    "https://example.org/world/talks-open/": article(1).url,
    "telegram": "x",
    "everything": "all",
    "example.com": "example.org",
}


def test_the_examples_are_answered_as_the_document_says(tmp_path):
    desk = Desk(tmp_path)
    try:
        run_round(desk.app)
        dispatch(desk.app, "subscribe", {"address": "reader@example.org", "topics": ["morning"]})
        described = schemathesis.openapi.from_dict(json.loads(json.dumps(document(CALLS))))
        described.app = make_site(desk_routes(desk.app, lambda name, args: dispatch(desk.app, name, args)))
        token, answered = desk.token("operate"), {}
        for path, methods in document(CALLS)["paths"].items():
            if example := methods.get("post", {}).get("requestBody", {}).get("content"):
                body = {key: here(one) for key, one in example["application/json"]["example"].items()}
                case = described[path]["POST"].Case(body=body, media_type="application/json")
                answer = case.call(headers=token)
                case.validate_response(answer, checks=CHECKS)
                answered[path.rpartition("/")[2]] = answer.json().get("error", {}).get("code", "")
        assert sum(not code for code in answered.values()) > LEAST, answered
    finally:
        desk.app.close()


def here(value):
    return (
        [here(one) for one in value]
        if isinstance(value, list)
        else HERE.get(value, value)
        if isinstance(value, str)
        else value
    )


def asked(operation, token):
    codes = set()

    @settings(
        max_examples=MANY,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy())
    def ask(case):
        answer = case.call(headers=token)
        codes.add(answer.status_code)
        case.validate_response(answer, checks=CHECKS)

    ask()
    return codes


def test_a_call_that_fails_is_found(tmp_path):
    desk = Desk(tmp_path)
    try:

        def broken(name, args):
            raise ValueError("a bug")

        described = schemathesis.openapi.from_dict(json.loads(json.dumps(document(CALLS))))
        described.app = make_site(desk_routes(desk.app, broken))
        token = desk.token("operate")
        with pytest.raises((ValueError, AssertionError, BaseExceptionGroup)):
            asked(described["/calls/now"]["POST"], token)
    finally:
        desk.app.close()
