"""The API's OpenAPI document, and the pages of docs that it says the same as."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from schemathesis.specs.openapi import definitions

import distributor
from distributor.calls.registry import CALLS
from distributor.errors import CallError
from distributor.rules.people.access import least
from distributor.web.desk.arguments import arguments
from distributor.web.desk.openapi import document
from tests.api import book, codes, pages
from tests.api.fitting import _held, misfits
from tests.api.shapes import canonical, expanded, schema

PROGRAM = Path(distributor.__file__).parent
#: Of the document as it leaves, bytes.
HEAVIEST = 300_000
STORY = {"id": "integer", "url": "text"}

pytestmark = pytest.mark.xdist_group("api document")


@cache
def described() -> Any:
    return json.loads(json.dumps(document(CALLS)))


def walk(told: Any) -> Iterator[Any]:
    yield told
    for one in told.values() if isinstance(told, dict) else told if isinstance(told, list) else ():
        yield from walk(one)


def operations() -> Iterator[tuple[str, Any]]:
    for methods in described()["paths"].values():
        for one in methods.values():
            yield one["operationId"], one


def test_the_file_of_the_document_says_what_the_pages_say():
    assert book.FILE.read_text("utf-8") == book.written(), "docs and the program have moved on: make api"


def test_the_document_is_openapi_and_light():
    assert list(definitions.OPENAPI_31_VALIDATOR.iter_errors(described())) == []
    assert len(json.dumps(described(), ensure_ascii=False, separators=(",", ":")).encode()) < HEAVIEST


def test_every_schema_is_one_and_every_reference_leads_somewhere():
    components = described()["components"]
    for one in components["schemas"].values():
        jsonschema_rs.meta.validate(one)
    for _, one in operations():
        jsonschema_rs.meta.validate(one["responses"]["200"]["content"]["application/json"]["schema"])
    led = {one["$ref"] for one in walk(described()) if isinstance(one, dict) and "$ref" in one}
    there = {f"#/components/{kind}/{name}" for kind in ("schemas", "responses") for name in components[kind]}
    assert led == there


def test_every_object_that_a_call_gives_is_described():
    told = [described()["components"]["schemas"], *(one["responses"] for _, one in operations())]
    objects = [one for one in walk(told) if isinstance(one, dict) and "object" in str(one.get("type"))]
    assert [one for one in objects if not {"properties", "additionalProperties"} & one.keys()] == []


def test_every_call_has_a_summary_of_one_line_and_says_who_may_ask():
    for name, one in operations():
        assert re.fullmatch(r"[A-Z][^`\n]{9,118}(`[^\n]+)?\.", one["summary"]), name
        assert re.search(
            r"a token needs the scope (read|act|operate)\. (Changes nothing|Is put on record)\.$", one["description"]
        )
        assert one["responses"]["200"]["description"].endswith("."), name


def test_every_argument_has_words_and_no_words_are_left_over():
    met = {(name, argument) for name, one in CALLS.items() if least(name) for argument in arguments(one)}
    used = {f"{call}.{name}" if f"{call}.{name}" in pages.arguments() else name for call, name in met}
    assert used == set(pages.arguments())


def test_every_example_is_one_that_the_call_takes():
    for _, one in operations():
        if "requestBody" in one:
            body = one["requestBody"]["content"]["application/json"]
            jsonschema_rs.validate(body["schema"], body["example"])
            for told in body["schema"]["properties"].values():
                jsonschema_rs.validate(told, told["examples"][0])
    assert set(pages.examples()) <= set(book.outside())


def test_every_code_that_a_call_is_refused_with_stands_in_its_answers():
    for name in book.outside():
        answers = described()["paths"][f"/calls/{name}"]["post"]["responses"]
        listed = {code for told in answers.values() if "content" in told for code in enumerated(told)}
        assert codes.codes_of(name) - {"no_name"} <= listed, name
    assert enumerated(described()["paths"]["/calls/where"]["post"]["responses"]["404"]) == ["unknown_story"]


def enumerated(answer: Any) -> list[str]:
    schema = answer["content"]["application/json"]["schema"]
    return schema["allOf"][1]["properties"]["error"]["properties"]["code"]["enum"] if "allOf" in schema else []


def test_the_codes_are_read_through_the_functions_that_a_call_names():
    assert codes.codes_of("refile") == {"no_name", "not_changed", "unknown_story", "withdrawn"}
    assert codes.codes_of("now") == frozenset()


def test_every_place_that_refuses_a_call_is_one_in_which_codes_are_looked_for():
    refusing = [one for one in PROGRAM.rglob("*.py") if "raise CallError(" in one.read_text("utf-8")]
    rooms = {one.relative_to(PROGRAM).parts[0].removesuffix(".py") for one in refusing}
    assert rooms - codes.ROOMS == {"control", "daemon", "web"}  # these stand above the calls


def test_a_shape_becomes_a_schema_with_names_for_what_comes_again():
    names = {canonical(STORY): "Story"}
    told = schema({"story?": STORY, "at": "instant or null", "by": {"<state>": ["text"]}}, names)
    assert told["required"] == ["story", "at", "by"]
    assert told["properties"] == {
        "story": {"anyOf": [{"$ref": "#/components/schemas/Story"}, {"type": "null"}]},
        "at": {"type": ["string", "null"], "format": "date-time"},
        "by": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
            "propertyNames": {"$ref": "#/components/schemas/State"},
        },
    }
    assert schema("'a' or 'b' or null", {}) == {"type": ["string", "null"], "enum": ["a", "b", None]}


@pytest.mark.parametrize("words", ["thing", "'a' or text", "text or integer"])
def test_what_is_no_shape_is_said(words):
    with pytest.raises(ValueError, match=r"no kind|mixes|two kinds"):
        schema(words, {})


def test_shapes_call_each_other_by_name():
    plan = {"plan": "a story or null", "more": ["a story"]}
    assert expanded(plan, {"Story": STORY}) == {"plan": (STORY, "null"), "more": [STORY]}
    assert misfits({"plan": None}, {"plan": "a stop or null"}) == []
    assert misfits({"plan": 1}, {"plan": "a stop or null"}) != []


def test_an_answer_or_a_code_that_no_page_tells_fails_whichever_test_asks():
    def refuse() -> None:
        raise CallError("quite_new", "no page knows this")

    assert _held("reader_number", lambda: {"reader": 1})() == {"reader": 1}
    for odd in ({"reader": None}, {"reader": 1, "more": 1}, {}):
        with pytest.raises(AssertionError, match="the result of reader_number"):
            _held("reader_number", lambda odd=odd: odd)()
    with pytest.raises(AssertionError, match="quite_new"):
        _held("reader_number", refuse)()
