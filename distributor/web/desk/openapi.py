"""The API described by its own registry (OpenAPI 3.1). Must not run anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from inspect import Parameter, signature
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from distributor import __version__
from distributor.calls.registry import LARGEST, Call
from distributor.rules.people.access import MOST, THROUGH, WHO, least, least_for

_ERROR = {"$ref": "#/components/responses/Refusal"}
_CODES = {
    "400": "the body is no JSON object",
    "401": "nobody is known by this token or session",
    "403": "the role or scope is not enough, or another site's page asked",
    "404": "there is no such call, or what it names is not there",
    "409": "what is asked for does not fit what stands",
    "413": "the body is too long",
    "415": "the body is not application/json",
    "422": "the arguments do not fit",
    "503": "not now: the store cannot be written or read",
}
_TEXT = {"type": "string"}


def document(calls: Mapping[str, Call]) -> Mapping[str, Any]:
    """The whole document, for the calls that are had from outside."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "distributor", "version": __version__},
        "servers": [{"url": "/api/v1"}],
        "security": [{"token": []}, {"session": []}],
        "paths": {f"/calls/{name}": {"post": _path(one)} for name, one in sorted(calls.items()) if least(name)},
        "components": {
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "distributor"},
            },
            "responses": {"Refusal": _refusal()},
        },
    }


def arguments(call: Call) -> Mapping[str, Parameter]:
    """The arguments that a call takes from outside: not the app, not who asks, and nothing that is the machine's."""
    _, *given = signature(call.run).parameters.values()
    return {
        one.name: one
        for one in given
        if one.name not in WHO and one.name != THROUGH and least_for(call.name, one.name) is not None
    }


def _path(call: Call) -> Mapping[str, Any]:
    role = least(call.name)
    assert role is not None
    result = {"type": "object", "properties": {"ok": {"const": True}, "result": {"type": "object"}}}
    return {
        "operationId": call.name,
        "summary": call.about,
        "description": f"Needs the role {role.value}.",
        "requestBody": {"required": True, "content": {"application/json": {"schema": _schema(call)}}},
        "responses": {
            "200": {"description": "done", "content": {"application/json": {"schema": result}}},
            **dict.fromkeys(_CODES, _ERROR),
        },
    }


def _schema(call: Call) -> Mapping[str, Any]:
    kinds, given = get_type_hints(call.run), arguments(call)
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [name for name, one in given.items() if one.default is Parameter.empty],
        "properties": {name: _argument(call, one, kinds[name]) for name, one in given.items()},
    }


def _argument(call: Call, one: Parameter, kind: Any) -> Mapping[str, Any]:
    told = dict(_kind(kind))
    if one.name in MOST:
        told["maximum"] = MOST[one.name]
    role = least_for(call.name, one.name)
    if role is not least(call.name) and role is not None:
        told["description"] = f"Needs the role {role.value}."
    if one.default is not Parameter.empty:
        told["default"] = list(one.default) if isinstance(one.default, tuple) else one.default
    return told


def _kind(kind: Any) -> Mapping[str, Any]:
    """The schema of a type that arguments have."""
    if get_origin(kind) is UnionType:
        (inner,) = (one for one in get_args(kind) if one is not type(None))
        told = _kind(inner)
        return {**told, "type": [told["type"], "null"]}
    if get_origin(kind) is Sequence:
        return {"type": "array", "items": _kind(get_args(kind)[0])}
    if get_origin(kind) is dict:
        return {"type": "object"}
    if kind is int:
        return {"type": "integer", "minimum": 1, "maximum": LARGEST}
    return {"type": "boolean"} if kind is bool else _TEXT


def _refusal() -> Mapping[str, Any]:
    error = {"type": "object", "properties": dict.fromkeys(("code", "message", "hint"), _TEXT)}
    schema = {"type": "object", "properties": {"ok": {"const": False}, "error": error}}
    told = "; ".join(f"{code}: {words}" for code, words in _CODES.items())
    return {"description": told, "content": {"application/json": {"schema": schema}}}
