"""Holds every answer of a call, whichever test asks for it, to what the pages say of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache, wraps
from typing import Any

import jsonschema_rs

from distributor.calls.registry import CALLS
from distributor.errors import CallError
from distributor.phrases import Phrase
from tests.api import pages
from tests.api.shapes import Shape, expanded, schema


def hold_calls_to_the_pages() -> None:
    """From now on every call of this process fails whose answer, or whose refusal, the pages do not tell."""
    for name, one in CALLS.items():
        CALLS[name] = replace(one, run=_held(name, one.run))


def misfits(value: Any, shape: Shape) -> list[str]:
    """Where a value differs from a shape of docs/commands.md."""
    return _misfits(value, jsonschema_rs.Draft202012Validator(_closed(shape)))


def _held(name: str, run: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(run)
    def held(*args: Any, **named: Any) -> Any:
        try:
            found = run(*args, **named)
        except CallError as error:
            if error.code not in pages.codes():
                raise AssertionError(f"docs/commands.md has no code {error.code}") from error
            raise
        assert not (odd := _misfits(found, _judge(name))), f"the result of {name}: {odd}"
        return found

    return held


@cache
def _judge(call: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(_closed(pages.results()[call].shape))


def _closed(shape: Shape) -> dict[str, Any]:
    return schema(expanded(shape, pages.named()), {}, is_closed=True)


def _misfits(value: Any, judge: jsonschema_rs.Draft202012Validator) -> list[str]:
    told = judge.iter_errors(_plain(value))
    places = ((".".join(str(step) for step in one.instance_path), one.message) for one in told)
    return [f"{place or '$'}: {message:.200}" for place, message in places]


def _plain(value: Any) -> Any:
    """A value as JSON has it: there a phrase is a text."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, Phrase) else value
