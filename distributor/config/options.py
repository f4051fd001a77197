"""The tables of channels: from a kind's plain options dataclass to a strict model, and back. Knows no kind by name."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from pydantic import Field, create_model

from distributor.config.schema import Table
from distributor.secret import Secret


@cache
def hints(options: type) -> dict[str, Any]:
    """The type of every key of an options dataclass."""
    found = get_type_hints(options, include_extras=True)
    return {field.name: found[field.name] for field in dataclasses.fields(options) if field.init}


@cache
def nested(options: type) -> Mapping[str, type]:
    """The keys that hold named tables of their own (``Mapping[str, Shape]``), each with the dataclass of one."""
    return {
        name: get_args(hint)[1]
        for name, hint in hints(options).items()
        if get_origin(hint) is Mapping and dataclasses.is_dataclass(get_args(hint)[1])
    }


def secret_keys(options: type) -> frozenset[str]:
    """The keys whose values must not be seen."""
    return frozenset(name for name, hint in hints(options).items() if Secret in members(hint))


def hidden_keys(options: type) -> frozenset[str]:
    """The keys whose values no message may show: secrets, and what the kind keeps out of its own repr.

    An address (``metadata={"is_address": True}``) is shown without its password and its query.
    """
    kept = {one.name for one in dataclasses.fields(options) if not (one.repr or one.metadata.get("is_address"))}
    return secret_keys(options) | kept


def members(hint: Any) -> tuple[Any, ...]:
    """The alternatives of a union, or the type alone; without annotations."""
    alternatives = get_args(hint) if get_origin(hint) in {Union, UnionType} else (hint,)
    return tuple(get_args(each)[0] if get_origin(each) is Annotated else each for each in alternatives)


def _has_default(field: dataclasses.Field[Any]) -> bool:
    return field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING


@cache
def model(options: type, *, is_kind: bool = True) -> type[Table]:
    """A strict model with the same keys, which stand as aliases so that no key can collide with a method.

    ``kind_name`` takes the key ``type`` that a kind's table has. Defaults stay with the dataclass: only keys that were
    given are passed on.
    """
    found = hints(options)
    fields: dict[str, Any] = {"kind_name": (str, Field(alias="type"))} if is_kind else {}
    for field in dataclasses.fields(options):
        if field.init:
            default = None if _has_default(field) else ...
            says = field.metadata.get("says")
            # what stands in a table of its own was checked by itself
            hint = dict[str, Any] if field.name in nested(options) else found[field.name]
            fields[f"key_{field.name}"] = (hint, Field(default, alias=field.name, description=says))
    return create_model(options.__name__, __base__=Table, **fields)


def build(options: type, values: Table) -> Any:
    """The options themselves. Raises ValueError where the dataclass refuses a combination."""
    given = {name: getattr(values, name) for name in values.model_fields_set if name != "kind_name"}
    return options(**{name.removeprefix("key_"): value for name, value in given.items()})
