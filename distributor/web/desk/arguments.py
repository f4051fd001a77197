"""What calls take from outside, and the JSON schema of it. Must not run anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from inspect import Parameter, signature
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from distributor.calls.ahead.ruling import WAYS
from distributor.calls.registry import LARGEST, Call
from distributor.config.fields import FIELDS
from distributor.model import State
from distributor.rules.mail.readers.importing import Fate
from distributor.rules.people.access import MOST, THROUGH, WHO, least, least_for

Schema = Mapping[str, Any]
#: What an argument means, by its name or by ``call.argument``, and an example of it.
Words = Mapping[str, Sequence[Any]]

#: Arguments that are one of a few texts.
_CHOICES: Mapping[str, Sequence[str]] = {
    "decision": ("send", "fold", "drop"),
    "state": [one.value for one in State],
    "table": list(FIELDS),
    "way": WAYS,
}
#: What members of an argument are that are objects: a reader of a list that is brought.
_MEMBERS: Mapping[str, Schema] = {
    "readers": {
        "type": "object",
        "required": ["address", "fate"],
        "properties": {
            **{key: {"type": "string"} for key in ("address", "name", "language", "zone")},
            "fate": {"type": "string", "enum": [one.value for one in Fate]},
            "since": {"type": ["string", "null"], "format": "date-time"},
            "topics": {"type": "array", "items": {"type": "string"}},
        },
    }
}


def arguments(call: Call) -> Mapping[str, Parameter]:
    """The arguments that a call takes from outside: not the app, not who asks, and nothing that is the machine's."""
    _, *given = signature(call.run).parameters.values()
    return {
        one.name: one
        for one in given
        if one.name not in WHO and one.name != THROUGH and least_for(call.name, one.name) is not None
    }


def required(call: Call) -> list[str]:
    """The arguments that a call cannot be without."""
    return [name for name, one in arguments(call).items() if one.default is Parameter.empty]


def schema(call: Call, words: Words) -> Schema:
    """What the body of a call is."""
    kinds = get_type_hints(call.run)
    return {
        "type": "object",
        "additionalProperties": False,
        "required": required(call),
        "properties": {name: _argument(call, one, kinds[name], words) for name, one in arguments(call).items()},
    }


def example(call: Call, words: Words, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """A body that could be asked: ``given`` and whatever is required beside it."""
    return {name: word(call, name, words)[1] for name in required(call)} | dict(given)


def word(call: Call, name: str, words: Words) -> Sequence[Any]:
    """What is said of an argument of a call."""
    return words.get(f"{call.name}.{name}") or words[name]


def sentence(words: str) -> str:
    """Words of the pages, which begin small, as a sentence of its own."""
    return f"{words[:1].upper()}{words[1:]}."


def _argument(call: Call, one: Parameter, kind: Any, words: Words) -> Schema:
    told = dict(_kind(kind))
    if one.name in _MEMBERS:
        told["items"] = _MEMBERS[one.name]
    if one.name in MOST:
        told["maximum"] = MOST[one.name]
    if one.name in _CHOICES:
        told["enum"] = [*_CHOICES[one.name], *([None] if "null" in told["type"] else [])]
    role, says = least_for(call.name, one.name), [sentence(word(call, one.name, words)[0])]
    if role is not least(call.name) and role is not None:
        says.append(f"Needs the role {role.value}.")
    told |= {"description": " ".join(says), "examples": [word(call, one.name, words)[1]]}
    if one.default is not Parameter.empty:
        told["default"] = list(one.default) if isinstance(one.default, tuple) else one.default
    return told


def _kind(kind: Any) -> Schema:
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
    return {"type": "boolean"} if kind is bool else {"type": "string"}
