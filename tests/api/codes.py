"""Which codes a call may be refused with, read from the program itself: every ``CallError`` that can be met from it.

Rather too many than too few: a code that is caught on the way counts, too.
"""

from __future__ import annotations

import dis
import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from types import CodeType, FunctionType, ModuleType
from typing import Any

from distributor.calls import CALLS

#: steps between the name of an error and its first argument, which differ between Pythons
#: the rooms in which a CallError is made, and those that lead there; what stands below knows no calls
ROOMS = frozenset({"app", "calls", "fetching", "inlets", "mailroom", "outlets", "reception", "showing", "trying"})
_NOTHING = frozenset({"CACHE", "EXTENDED_ARG", "PUSH_NULL"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a function does by name."""

    codes: frozenset[str]
    #: the globals that it names, and what it names of anything: ``module.function``
    names: frozenset[str]
    attributes: frozenset[str]


@cache
def codes_of(call: str) -> frozenset[str]:
    """The codes of a call, beside those that whoever asks may meet with any."""
    met: set[FunctionType] = set()
    ahead = [_plain(CALLS[call].run)]
    while ahead:
        function = ahead.pop()
        if function not in met:
            met.add(function)
            ahead += _leads(function)
    return frozenset().union(*(_said(one.__code__).codes for one in met))


@cache
def _leads(function: FunctionType) -> tuple[FunctionType, ...]:
    """The functions of the program that a function names."""
    said = _said(function.__code__)
    return tuple(one for name in said.names for one in _met(function.__globals__.get(name), said.attributes))


def _met(value: Any, attributes: frozenset[str]) -> Iterator[FunctionType]:
    """The functions of the program behind a name: itself, those of a module, a table or a class."""
    if isinstance(value, ModuleType) and _is_ours(value.__name__):
        for name in attributes & vars(value).keys():
            yield from _met(getattr(value, name), frozenset())
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _met(one, frozenset())
    elif isinstance(value, type) and _is_ours(value.__module__):
        for one in vars(value).values():
            yield from _met(one, frozenset())
    elif isinstance(value, FunctionType) and _is_ours(_plain(value).__module__):
        yield _plain(value)


def _is_ours(module: str) -> bool:
    program, _, room = module.partition(".")
    return program == "distributor" and room.partition(".")[0] in ROOMS


def _plain(function: Any) -> FunctionType:
    found = inspect.unwrap(function)
    assert isinstance(found, FunctionType)
    return found


@cache
def _said(code: CodeType) -> Said:
    steps = [one for one in dis.get_instructions(code) if one.opname not in _NOTHING]
    inner = [_said(one) for one in code.co_consts if isinstance(one, CodeType)]
    raised = (
        after.argval for one, after in pairwise(steps) if one.argval == "CallError" and after.opname == "LOAD_CONST"
    )
    named = {one.argval for one in steps if one.opname == "LOAD_GLOBAL"}
    attributes = {one.argval for one in steps if one.opname in ("LOAD_ATTR", "LOAD_METHOD")}
    return Said(
        codes=frozenset(raised).union(*(one.codes for one in inner)),
        names=frozenset(named).union(*(one.names for one in inner)),
        attributes=frozenset(attributes).union(*(one.attributes for one in inner)),
    )
