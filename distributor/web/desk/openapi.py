"""The API described by its own registry (OpenAPI 3.1). Must not run anything.

What calls take is read from the calls themselves; what they give, what that means and how they refuse stands in
``data/api.json``, which ``make api`` takes from the pages of docs.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from importlib.resources import files
from typing import Any

from distributor import __version__
from distributor.calls.registry import Call
from distributor.model.people import Role, Scope
from distributor.rules.people.access import is_look, least, role_of
from distributor.web.desk.arguments import example, schema, sentence
from distributor.web.desk.refusals import status_of

Part = Mapping[str, Any]

_ABOUT = """\
Every act of the newsroom's distributor by HTTP: `POST /api/v1/calls/NAME` with a JSON object of arguments.

The answer is `{"ok": true, "result": ...}` or `{"ok": false, "error": {"code", "message", "hint"}}`. `code` is for \
programs and stays; `message` and `hint` are for people.

Make a token with `distributor token add NAME --scope read|act|operate`, and send it as `Authorization: Bearer TOKEN`. \
Whatever is done is on record under its name. Every key of a result is always there; new keys may be added. Instants \
are ISO 8601 in UTC to the second (`2026-11-30T04:00:00Z`)."""
_SESSION = "For pages of the desk's own, of somebody who is logged in; by https its name is `__Host-distributor`."
_TAGS = {
    "stories": "Stories one by one: look, approve, correct, withdraw, write.",
    "delivery": "What leaves and what waits: the ledger, holds, stops, channels.",
    "mail": "Newsletters, their issues and their readers.",
    "ahead": "What will leave, and the editorial rules that say so.",
    "desk": "The newsroom as a whole: now, calendar, alerts, receipts, webhooks.",
}
#: What anybody may meet whatever they ask, by status.
_ALWAYS = {
    "400": ("the body is no JSON object", ["bad_request"]),
    "401": ("nobody is known by this token or session", ["not_known"]),
    "403": ("the role or scope is not enough, or another site's page asked", ["not_allowed", "other_site"]),
    "408": ("the body did not come within 20 s", ["body_too_late"]),
    "413": ("the body is longer than 1 MiB", ["body_too_long"]),
    "415": ("the body is not application/json", ["not_json"]),
    "503": ("not now: the store cannot be written or read", ["failed"]),
}
#: What a call's own codes are, by status.
_OWN = {
    404: "what it names is not there",
    409: "what is asked for does not fit what stands",
    422: "the arguments do not fit, or anything else that is refused",
}
#: Of 422, beside a call's own.
_ANY = ("bad_arguments", "failed")


def document(calls: Mapping[str, Call]) -> Part:
    """The whole document, for the calls that are had from outside."""
    told = json.loads((files("distributor.web.desk") / "data" / "api.json").read_text("utf-8"))
    paths = {f"/calls/{name}": {"post": _path(one, told)} for name, one in sorted(calls.items()) if least(name)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "distributor",
            "version": __version__,
            "description": _ABOUT,
            "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/api/v1"}],
        "security": [{"token": []}, {"session": []}],
        "tags": [{"name": name, "description": words} for name, words in _TAGS.items()],
        "paths": paths | {"/receipt": {"get": _receipt(calls["receipt"], told)}},
        "components": {
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "For programs: `distributor token add`."},
                "session": {"type": "apiKey", "in": "cookie", "name": "distributor", "description": _SESSION},
            },
            "schemas": told["schemas"] | {"Refusal": _refusal(told["codes"])},
            "responses": {f"Refused{status}": _answer(words, codes) for status, (words, codes) in _ALWAYS.items()},
        },
    }


def _path(call: Call, told: Part) -> Part:
    of_call, words = told["calls"][call.name], told["arguments"]
    body = {"schema": schema(call, words), "example": example(call, words, of_call["example"])}
    return {
        "operationId": call.name,
        "tags": [_tag(call)],
        "summary": call.about.replace("``", "`"),
        "description": "\n\n".join(filter(None, (of_call["about"], _needs(call)))),
        "requestBody": {"required": True, "content": {"application/json": body}},
        "responses": _answers(of_call),
    }


def _receipt(call: Call, told: Part) -> Part:
    """The one address that is asked without a body."""
    words, sample = told["arguments"]["url"]
    url = {"name": "url", "in": "query", "required": True, "description": sentence(words), "schema": {"type": "string"}}
    return {
        "operationId": "get_receipt",
        "tags": [_tag(call)],
        "summary": call.about,
        "description": f"The same as the call `receipt`. {_needs(call)}",
        "parameters": [{**url, "example": sample}],
        "responses": _answers(told["calls"][call.name], without=("400", "403", "408", "413", "415")),
    }


def _tag(call: Call) -> str:
    """The room in which a call stands; digests are asked for among newsletters, wherever they stand."""
    return "mail" if call.name.startswith("digest_") else call.run.__module__.split(".")[2]


def _needs(call: Call) -> str:
    role = least(call.name)
    assert role is not None
    scope = next(one for one in Scope if role_of(one).rank >= role.rank)
    does = "Changes nothing." if is_look(call.name) else "Is put on record."
    whose = "anybody who is known" if role is Role.VIEWER else f"the role {role.value}"
    return f"For {whose}; a token needs the scope {scope.value}. {does}"


def _answers(of_call: Part, without: Collection[str] = ()) -> Part:
    done = {
        "type": "object",
        "required": ["ok", "result"],
        "properties": {"ok": {"const": True}, "result": of_call["result"]},
    }
    by_status: dict[int, list[str]] = {422: list(_ANY)}
    for code in of_call["codes"]:
        by_status.setdefault(status_of(code), []).append(code)
    always = {one: {"$ref": f"#/components/responses/Refused{one}"} for one in _ALWAYS if one not in without}
    own = {str(status): _answer(_OWN[status], codes) for status, codes in sorted(by_status.items())}
    words = of_call["meaning"] or "Done."
    return {"200": {"description": words, "content": {"application/json": {"schema": done}}}, **always, **own}


def _answer(words: str, codes: Collection[str]) -> Part:
    code = {"properties": {"error": {"properties": {"code": {"enum": sorted(codes)}}}}}
    told = {"schema": {"allOf": [{"$ref": "#/components/schemas/Refusal"}, code]}}
    return {"description": words, "content": {"application/json": told}}


def _refusal(codes: Mapping[str, str]) -> Part:
    meanings = "\n".join(f"- `{code}`: {words}" for code, words in codes.items())
    said = {
        "code": {"type": "string", "description": f"Why, for programs:\n\n{meanings}"},
        "message": {"type": "string", "description": "Why, for people."},
        "hint": {"type": "string", "description": "What would be right; may be empty."},
    }
    error = {"type": "object", "required": list(said), "properties": said}
    return {
        "type": "object",
        "required": ["ok", "error"],
        "properties": {"ok": {"const": False}, "error": error},
    }
