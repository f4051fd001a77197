"""The shapes of docs/commands.md ("How shapes are written") as JSON schemas. Pure: reads nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from distributor.model import Act, State

Shape = Any
Schema = dict[str, Any]

#: What a single word stands for.
KINDS: Mapping[str, Schema] = {
    "text": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "object": {"type": "object"},
    "instant": {"type": "string", "format": "date-time"},
    "local instant": {"type": "string", "format": "date-time"},
    "null": {"type": "null"},
    # what a field of an editorial rule holds
    "value": {"type": ["string", "number", "boolean", "array", "null"], "items": {"type": "string"}},
}
#: Words for one of a few texts that come again and again.
VOCABULARIES: Mapping[str, tuple[str, ...]] = {
    "state": tuple(one.value for one in State),
    "act": tuple(one.value for one in Act),
    "issue state": ("freezing", "open", "closed", "skipped"),
}
#: How instants are written, which ``format`` alone leaves open.
_WRITTEN = {
    "instant": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$",
    "local instant": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$",
}
_LITERAL = re.compile(r"'([^']+)'")


def canonical(shape: Shape) -> str:
    """The same text for the same shape."""
    return json.dumps(shape, sort_keys=True)


def schema(shape: Shape, names: Mapping[str, str], *, is_closed: bool = False) -> Schema:
    """The JSON schema of a shape; objects that ``names`` knows by :func:`canonical` are references.

    A closed one takes no other keys and no other spelling of an instant, for tests: readers of the API must let new
    keys pass. Raises ValueError for what is no shape.
    """
    if isinstance(shape, str):
        return _of_words(shape, is_closed=is_closed)
    if isinstance(shape, list):
        return {"type": "array", "items": schema(shape[0], names, is_closed=is_closed)}
    if isinstance(shape, tuple):
        return {"anyOf": [schema(one, names, is_closed=is_closed) for one in shape]}
    if name := names.get(canonical(shape)):
        return reference(name)
    return object_schema(shape, names, is_closed=is_closed)


def object_schema(shape: Mapping[str, Shape], names: Mapping[str, str], *, is_closed: bool = False) -> Schema:
    """The schema of an object itself, whatever name it has."""
    if len(shape) == 1 and (key := next(iter(shape))).startswith("<"):
        inner = schema(shape[key], names, is_closed=is_closed)
        return {"type": "object", "additionalProperties": inner} | _keys(key.strip("<>"), is_closed=is_closed)
    told = {}
    for key, one in shape.items():
        inner = schema(one, names, is_closed=is_closed)
        told[key.removesuffix("?")] = _or_null(inner) if key.endswith("?") else inner
    return {"type": "object", "required": list(told), "properties": told} | (
        {"additionalProperties": False} if is_closed else {}
    )


def reference(name: str) -> Schema:
    """Where a shape of that name stands in the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def vocabulary(word: str) -> Schema:
    """One of a few texts."""
    return {"type": "string", "enum": list(VOCABULARIES[word])}


def expanded(shape: Shape, named: Mapping[str, Shape]) -> Shape:
    """The same with the shapes themselves where it calls them by their names (``a story``), several as a tuple."""
    if isinstance(shape, list):
        return [expanded(shape[0], named)]
    if isinstance(shape, dict):
        return {key: expanded(one, named) for key, one in shape.items()}
    if not shape.startswith(("a ", "an ")):
        return shape
    several = tuple(
        expanded(named[titled(one.partition(" ")[2])], named) if one.startswith(("a ", "an ")) else one
        for one in shape.split(" or ")
    )
    return several[0] if len(several) == 1 else several


def parts(shape: Shape, names: Mapping[str, str]) -> Iterator[Mapping[str, Shape]]:
    """Every object with keys of its own in a shape, itself first; what has a name is not looked into."""
    if isinstance(shape, list | tuple):
        for one in shape:
            yield from parts(one, names)
    if not isinstance(shape, dict) or canonical(shape) in names:
        return
    if not next(iter(shape)).startswith("<"):
        yield shape
    for one in shape.values():
        yield from parts(one, names)


def titled(words: str) -> str:
    """The name in the document of what shapes call by small words: ``issue state`` is ``IssueState``."""
    return "".join(word.capitalize() for word in words.split())


def _keys(word: str, *, is_closed: bool) -> Schema:
    if word not in VOCABULARIES:
        return {}
    return {"propertyNames": vocabulary(word) if is_closed else reference(titled(word))}


def _or_null(told: Schema) -> Schema:
    if "anyOf" in told:
        return {"anyOf": [*told["anyOf"], {"type": "null"}]}
    if "type" not in told:
        return {"anyOf": [told, {"type": "null"}]}
    more = {"enum": [*told["enum"], None]} if "enum" in told else {}
    return {**told, "type": [told["type"], "null"], **more}


def _of_words(words: str, *, is_closed: bool) -> Schema:
    *kinds, last = words.split(" or ")
    if not kinds or last != "null":
        return _of_kinds([*kinds, last], is_closed=is_closed)
    return _or_null(_of_kinds(kinds, is_closed=is_closed))


def _of_kinds(kinds: list[str], *, is_closed: bool) -> Schema:
    if literals := [found[1] for one in kinds if (found := _LITERAL.fullmatch(one))]:
        if len(literals) < len(kinds):
            raise ValueError(f"{' or '.join(kinds)} mixes literals with kinds")
        return {"type": "string", "enum": literals}
    if len(kinds) > 1:
        raise ValueError(f"{' or '.join(kinds)} are two kinds")
    (kind,) = kinds
    if kind in VOCABULARIES:
        return vocabulary(kind) if is_closed else reference(titled(kind))
    if kind not in KINDS:
        raise ValueError(f"there is no kind {kind!r}")
    return dict(KINDS[kind]) | ({"pattern": _WRITTEN[kind]} if is_closed and kind in _WRITTEN else {})
