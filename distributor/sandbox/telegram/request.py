"""Reads the parameters of a Bot API call, in every form the platform takes, and names its errors.

Must not know what a method does.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from distributor.sandbox.http import Part, Request


class ApiError(Exception):
    """An answer with ``ok`` false; the HTTP status is the error code."""

    def __init__(self, code: int, description: str, parameters: Mapping[str, Any] | None = None) -> None:
        """``parameters`` is the answer's ResponseParameters object."""
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = dict(parameters or {})


def _worded(message: str) -> str:
    """Sentences begin in lower case behind the prefix; names of errors such as ``BUTTON_DATA_INVALID`` stay."""
    if len(message) > 1 and (message[1] == "_" or message[1].isupper()):
        return message
    return message[:1].lower() + message[1:]


def bad_request(message: str, parameters: Mapping[str, Any] | None = None) -> ApiError:
    """400 with the platform's prefix."""
    return ApiError(400, f"Bad Request: {_worded(message)}", parameters)


def forbidden(message: str) -> ApiError:
    """403 with the platform's prefix."""
    return ApiError(403, f"Forbidden: {_worded(message)}")


def conflict(message: str) -> ApiError:
    """409 with the platform's prefix."""
    return ApiError(409, f"Conflict: {_worded(message)}")


def _as_integer(text: str) -> int:
    stripped = text.strip()
    digits = stripped[1:] if stripped[:1] in "+-" else stripped
    return int(stripped) if digits.isascii() and digits.isdigit() else 0


@dataclass(frozen=True, kw_only=True)
class Params:
    """The parameters of one call; those a method does not know are not in it."""

    method: str
    values: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Part] = field(default_factory=dict)

    def only(self, names: Iterable[str]) -> Params:
        """The same with the named values; files stay, since ``attach://`` may name any."""
        known = set(names)
        kept = {name: value for name, value in self.values.items() if name in known}
        return Params(method=self.method, values=kept, files=self.files)

    def changed(self, **values: str) -> Params:
        """The same with other values."""
        return Params(method=self.method, values={**self.values, **values}, files=self.files)

    def text(self, name: str) -> str:
        """The value, empty when it is absent."""
        return self.values.get(name, "")

    def integer(self, name: str) -> int:
        """The value as a number, 0 when it is absent or none."""
        return _as_integer(self.text(name))

    def flag(self, name: str) -> bool:
        """The value as yes or no."""
        return self.text(name).strip().lower() in {"true", "yes", "1"}

    def json(self, name: str) -> Any:
        """The value as JSON, None when it is absent or empty. Raises ApiError."""
        if not self.text(name):
            return None
        try:
            return json.loads(self.text(name))
        except ValueError as error:
            raise bad_request(f"can't parse {name} JSON object") from error


def _json_values(request: Request) -> dict[str, str]:
    body = request.json() if request.body else {}
    if not isinstance(body, dict):
        raise ValueError("not an object")
    values: dict[str, str] = {}
    for name, value in body.items():
        if value is not None:
            values[name] = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return values


def read_params(request: Request, method: str) -> Params:
    """The call's parameters: those of the query, overlaid by those of the body. Raises ApiError."""
    values = {name: many[0] for name, many in request.query.items()}
    files: dict[str, Part] = {}
    try:
        if request.content_type == "application/json":
            values |= _json_values(request)
        elif request.content_type == "multipart/form-data":
            for part in request.parts():
                if part.filename:
                    files[part.name] = part
                else:
                    values[part.name] = part.text
        elif request.content_type == "application/x-www-form-urlencoded":
            values |= {name: many[0] for name, many in request.form().items()}
    except ValueError as error:
        raise bad_request("can't parse request body") from error
    return Params(method=method, values=values, files=files)


def field_of(value: Any, name: str, kind: type | tuple[type, ...], words: str, *, required: bool = True) -> Any:
    """A field of a JSON object, checked for its type; None when it is absent and may be. Raises ApiError."""
    if not isinstance(value, dict):
        raise bad_request("expected an Object")
    if value.get(name) is None:
        if required:
            raise bad_request(f'Can\'t find field "{name}"')
        return None
    if not isinstance(value[name], kind) or (isinstance(value[name], bool) and kind is int):
        raise bad_request(f'Field "{name}" must be of type {words}')
    return value[name]


def integer_of(value: Any, name: str) -> int | None:
    """A number in a JSON object, also when it is written as a text; None when it is absent. Raises ApiError."""
    found = field_of(value, name, (int, str), "Number", required=False)
    if isinstance(found, bool) or (isinstance(found, str) and not found.lstrip("-").isdigit()):
        raise bad_request(f'Field "{name}" must be a valid Number')
    return None if found is None else int(found)
