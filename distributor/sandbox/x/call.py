"""One authorised request on its way through the loopback X, and the reading of its body. Must not change any state."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from distributor.sandbox.http import Request, Response
from distributor.sandbox.x.errors import invalid
from distributor.sandbox.x.options import Options
from distributor.sandbox.x.state import World


@dataclass(frozen=True, kw_only=True)
class Call:
    """Everything a handler may need."""

    world: World
    request: Request
    #: the calling user; empty for the app itself
    user: str
    #: the id in the path; empty where the path has none
    id: str
    #: the platforms' present, Unix seconds
    now: float

    @property
    def options(self) -> Options:
        """The knobs as they stand."""
        return self.world.options

    def body(self, shape: Mapping[str, Any]) -> dict[str, Any]:
        """The JSON body, checked. Raises Refused (400)."""
        if self.request.content_type != "application/json":
            raise invalid("Requests with bodies must have content-type of application/json.")
        try:
            value = self.request.json()
        except (ValueError, RecursionError):
            raise invalid("The request body is not valid JSON.") from None
        check(value, shape)
        return dict(value)


Handler = Callable[[Call], Response]


def check(value: Any, shape: Mapping[str, Any], path: str = "$") -> None:
    """Compare a value with a small JSON schema (type, properties, required, items, bounds, enum, pattern).

    Properties that the shape does not name are refused unless it says ``open``. Raises Refused (400).
    """
    expected = shape["type"]
    if _kind(value) != expected:
        raise invalid(f"{path}: {_kind(value)} found, {expected} expected")
    if expected == "object":
        _check_object(value, shape, path)
    elif expected == "array":
        _bounds(len(value), shape, "Items", f"{path}: there must be {{}} {{}} items in the array")
        for index, item in enumerate(value):
            check(item, shape["items"], f"{path}[{index}]")
    elif expected == "string":
        _check_string(value, shape, path)
    elif expected == "integer":
        _bounds(value, shape, "imum", f"{path}: must have a {{}} value of {{}}")


def _kind(value: Any) -> str:
    names = {bool: "boolean", int: "integer", float: "number", str: "string", dict: "object", list: "array"}
    return names.get(type(value), "null")


def _check_object(value: dict[str, Any], shape: Mapping[str, Any], path: str) -> None:
    properties = shape["properties"]
    for name in shape.get("required", ()):
        if name not in value:
            raise invalid(f"{path}.{name}: is missing but it is required")
    for name, inner in value.items():
        if name in properties:
            check(inner, properties[name], f"{path}.{name}")
        elif not shape.get("open"):
            raise invalid(
                f"{path}.{name}: is not defined in the schema and the schema does not allow additional properties"
            )


def _check_string(value: str, shape: Mapping[str, Any], path: str) -> None:
    _bounds(len(value), shape, "Length", f"{path}: must be {{}} {{}} characters long")
    if "enum" in shape and value not in shape["enum"]:
        raise invalid(f"{path}: does not have a value in the enumeration [{', '.join(shape['enum'])}]")
    if "pattern" in shape and not re.fullmatch(shape["pattern"], value, re.ASCII):
        raise invalid(f"{path}: does not match the regex pattern {shape['pattern']}")


def _bounds(value: int, shape: Mapping[str, Any], suffix: str, message: str) -> None:
    for word, is_wrong in (
        ("min", value < shape.get(f"min{suffix}", value)),
        ("max", value > shape.get(f"max{suffix}", value)),
    ):
        if is_wrong:
            raise invalid(message.format(f"{word}imum", shape[f"{word}{suffix}"]))
