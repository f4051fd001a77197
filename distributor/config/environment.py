"""Single keys from outside the files: ``DISTRIBUTOR_CHANNELS__NAME__TOKEN``, secret files ``channels__NAME__token``.

Must not guess: a name that fits no key is a problem, because a misspelt override that is silently ignored sends posts
to the wrong place. (pydantic-settings ignores it, cannot match table names with dashes, and wants JSON for every list.)
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from distributor import returns
from distributor.config import options, schema
from distributor.config.checks import did_you_mean
from distributor.config.report import Layer, Place, Report, dotted
from distributor.config.scanner import KeyPath
from distributor.config.secrets import Unusable, read_secret
from distributor.phrases import Phrase

PREFIX = "DISTRIBUTOR_"
#: variables with this prefix that are no keys
RESERVED = frozenset({"DISTRIBUTOR_CONFIG", "DISTRIBUTOR_SECRETS", "DISTRIBUTOR_CONFORMANCE"})
_SHAPES: dict[str, type[schema.Table]] = {
    "routes": schema.RouteTable,
    "digests": schema.DigestTable,
    "hooks": schema.HookTable,
}
_WORDS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


def known_keys(tree: Mapping[str, Any], kinds: Mapping[str, type], feeds: Mapping[str, type]) -> dict[KeyPath, Any]:
    """Every key that may be set from outside, with its type; named tables must exist in ``tree`` (the files).

    ``kinds`` and ``feeds`` give the options dataclass of each kind of channel and of source. The ``type`` of either
    decides which keys it has, so it can only be set in a file.
    """
    keys: dict[KeyPath, Any] = {(name,): info.annotation for name, info in schema.Top.model_fields.items()}
    for table, model in schema.SINGLE.items():
        keys |= _model_keys((table,), model)
    for table, model in _SHAPES.items():
        for name in _tables(tree, table):
            keys |= _model_keys((table, name), model)
    inboxes = {name: kind.options for name, kind in returns.inboxes().items()}
    hooks = {name: kind.options for name, kind in returns.hooks().items()}
    for table, shapes, common in (
        ("channels", kinds, schema.Policy),
        ("feeds", feeds, schema.Feed),
        ("mailboxes", inboxes, schema.Mailbox),
        ("bounces", hooks, schema.Nothing),
    ):
        for name, raw in _tables(tree, table).items():
            kind = raw.get("type", schema.FEED if table == "feeds" else None)
            if isinstance(kind, str) and kind in shapes:
                keys |= _model_keys((table, name), common)
                keys |= _own_keys((table, name), raw, shapes[kind])
    return keys


def _own_keys(path: KeyPath, raw: Mapping[str, Any], shape: type) -> dict[KeyPath, Any]:
    """The keys of a kind, and those of the named tables below it that exist."""
    inner = options.nested(shape)
    keys = {(*path, key): hint for key, hint in options.hints(shape).items() if key not in inner}
    for key, one in inner.items():
        for name, table in _tables(raw, key).items():
            keys |= _own_keys((*path, key, name), table, one)
    return keys


def _tables(tree: Mapping[str, Any], table: str) -> dict[str, dict[str, Any]]:
    named = tree.get(table)
    return {key: raw for key, raw in named.items() if isinstance(raw, dict)} if isinstance(named, dict) else {}


def _model_keys(path: KeyPath, model: type[schema.Table]) -> dict[KeyPath, Any]:
    return {(*path, name): info.annotation for name, info in model.model_fields.items()}


def flat(path: KeyPath) -> str:
    """A key in one word: ``channels__tg_main__token`` (lower case, ``-`` and other signs as ``_``)."""
    parts = (str(part).lower() for part in path)
    return "__".join("".join(char if char.isalnum() else "_" for char in part) for part in parts)


class Overlay:
    """Matches flat names to keys and builds a layer of what it found."""

    def __init__(self, keys: Mapping[KeyPath, Any]) -> None:
        """``keys`` as :func:`known_keys` gives them."""
        self._keys = keys
        self._by_name: dict[str, list[KeyPath]] = {}
        for path in keys:
            self._by_name.setdefault(flat(path), []).append(path)

    def match(self, name: str) -> KeyPath | str:
        """The key of this flat name, or what is wrong with the name."""
        paths = self._by_name.get(name.lower().replace("-", "_"), [])
        match paths:
            case [path]:
                return path
            case []:
                return "unknown key"
            case _:
                return "fits " + " and ".join(dotted(path) for path in paths)

    def nearest(self, name: str) -> str:
        """The flat name nearest in spelling, or an empty text."""
        return did_you_mean(name.lower(), sorted(self._by_name))

    def layer(self, values: Iterable[tuple[KeyPath, str, Place]]) -> Layer:
        """A layer of the given texts, each read as its key's type asks."""
        data: dict[str, Any] = {}
        places: dict[KeyPath, Place] = {}
        for path, text, place in values:
            table = data
            for part in path[:-1]:
                table = table.setdefault(str(part), {})
            table[str(path[-1])] = decode(text, self._keys[path])
            places[path] = place
        return Layer(data=data, places=places)


def environment_layer(overlay: Overlay, environ: Mapping[str, str], report: Report) -> Layer:
    """The keys that the environment sets; reports every ``DISTRIBUTOR_`` variable that fits none."""
    values: list[tuple[KeyPath, str, Place]] = []
    for variable in sorted(environ):
        if not variable.upper().startswith(PREFIX) or variable.upper() in RESERVED:
            continue
        found = overlay.match(variable[len(PREFIX) :])
        place = Place(where="environment", key=variable)
        if isinstance(found, tuple):
            values.append((found, environ[variable], place))
        else:
            hint = Phrase.as_it_is(_variable_hint(overlay, variable, found))
            report.problem_at(place, variable, Phrase.as_it_is(found), hint)
    return overlay.layer(values)


def _variable_hint(overlay: Overlay, variable: str, found: str) -> str:
    if found != "unknown key":
        return "rename one of the tables"
    word = variable[len(PREFIX) :]
    near = overlay.nearest(word) or did_you_mean(word, sorted(name[len(PREFIX) :] for name in RESERVED))
    return f"did you mean {PREFIX}{near.upper()}?" if near else "unset it, or see docs/configuration.md for the names"


def credential_layer(overlay: Overlay, files: Iterable[tuple[str, Path]], report: Report) -> Layer:
    """The keys that secret files set by their names; a name that starts like a table's but fits no key is a problem."""
    values: list[tuple[KeyPath, str, Place]] = []
    starts = tuple(f"{table}__" for table in (*schema.SINGLE, *schema.NAMED))
    for name, file in files:
        if not name.lower().startswith(starts):
            continue
        place = Place(where=f"credential {name}")
        found = overlay.match(name)
        try:
            if isinstance(found, tuple):
                values.append((found, read_secret(file, report), place))
                continue
            near = overlay.nearest(name) if found == "unknown key" else ""
            hint = f"did you mean {near}?" if near else "rename or remove the file"
            report.problem_at(place, "", Phrase.as_it_is(found), Phrase.as_it_is(hint))
        except Unusable as error:
            report.problem_at(place, "", Phrase.as_it_is(error.found), Phrase.as_it_is(error.hint))
    return overlay.layer(values)


def decode(text: str, hint: Any) -> Any:
    """A text as the type of its key asks; unchanged where it does not fit, so that the model can say what would.

    A list is JSON where it begins with ``[``, otherwise its parts stand between commas.
    """
    for member in options.members(hint):
        if get_origin(member) is tuple:
            return _decode_list(text)
        if get_origin(member) is Literal:
            return next((choice for choice in get_args(member) if str(choice) == text), text)
        if member is bool and text.strip().lower() in _WORDS:
            return _WORDS[text.strip().lower()]
        if member in (int, float):
            try:
                return member(text)
            except ValueError:
                continue
    return text


def _decode_list(text: str) -> Any:
    if not text.strip().startswith("["):
        return tuple(part.strip() for part in text.split(",") if part.strip())
    try:
        return tuple(json.loads(text))
    except ValueError:
        return text
