"""Where values come from: the TOML files, and the one merge of all layers. Must not judge the values.

pydantic-settings reads the files and merges the layers. Three of its gaps are closed here: it ignores a missing
file, gives a syntax error without the file's name, and keeps no line numbers.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any

from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from distributor.config.location import FileNames
from distributor.config.report import Layer, Place
from distributor.config.scanner import KeyPath, key_lines
from distributor.config.syntax import told
from distributor.errors import ConfigError, Problem
from distributor.phrases import Phrase


class _Merged(BaseSettings):
    """The bare tree of all layers; its shape is judged later, table by table."""

    model_config = SettingsConfigDict(extra="allow")


def read_file(file: FileNames) -> Layer:
    """One TOML file with the line of every key. Raises ConfigError when it cannot be read or is not TOML."""
    try:
        data = TomlConfigSettingsSource(_Merged, toml_file=file.path).toml_data
        lines = key_lines(file.path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError((_syntax_problem(file, str(error)),)) from None
    except UnicodeDecodeError:
        raise ConfigError((_problem(file, Phrase("not a text in UTF-8"), Phrase("save it as UTF-8")),)) from None
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        found = Phrase("cannot be read (%(reason)s)", reason=reason)
        raise ConfigError((_problem(file, found, Phrase("expected a readable file")),)) from None
    return _layer(file, data, lines)


def read_text(file: FileNames, text: str) -> Layer:
    """What a file would hold. Raises ConfigError when it is not TOML."""
    try:
        return _layer(file, tomllib.loads(text), key_lines(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError((_told(file, str(error)),)) from None


def _layer(file: FileNames, data: dict[str, Any], lines: Mapping[KeyPath, int]) -> Layer:
    places = {path: Place(where=file.shown, line=line, is_file=True) for path, line in lines.items()}
    return Layer(data=data, places=places)


def _syntax_problem(file: FileNames, message: str) -> Problem:
    """A parser's message with the file and the line; tomllib names no values in it."""
    if file.path.read_bytes().startswith(b"\xef\xbb\xbf"):
        hint = Phrase("save the file as UTF-8 without a byte order mark")
        return _problem(file, Phrase("a byte order mark"), hint, line=1)
    return _told(file, message)


def _told(file: FileNames, message: str) -> Problem:
    line, found = told(message)
    return _problem(file, found, Phrase("see https://toml.io"), line=line)


def _problem(file: FileNames, found: Phrase, hint: Phrase, *, line: int | None = None) -> Problem:
    return Problem(where=file.shown, line=line, found=found, hint=hint)


def without(layer: Layer, table: str, name: str | None = None) -> Layer:
    """The layer with one table, or one named table of it, left out."""
    data = dict(layer.data)
    path = (table,) if name is None else (table, name)
    if name is None:
        del data[table]
    else:
        data[table] = {key: value for key, value in data[table].items() if key != name}
    places = {key: place for key, place in layer.places.items() if key[: len(path)] != path}
    return Layer(data=data, places=places)


def merge(layers: tuple[Layer, ...]) -> dict[str, Any]:
    """All layers as one tree, the first the strongest; tables are merged key by key, lists become tuples."""

    class Bound(_Merged):
        """The tree of these layers."""

        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the names are pydantic-settings' own
            env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
            dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
            file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            """The layers, in the order of precedence."""
            return tuple(InitSettingsSource(settings_cls, dict(layer.data)) for layer in layers)

    return {key: _frozen(value) for key, value in (Bound().model_extra or {}).items()}


def _frozen(value: Any) -> Any:
    """Lists as tuples, at any depth: the strict models take tuples only."""
    if isinstance(value, dict):
        return {key: _frozen(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return tuple(_frozen(inner) for inner in value)
    return value
