"""The editors' file: routes, digests, style and the times of channels beside the operator's file. Must not let it
change anything else.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from distributor.config.location import TIMES, FileNames, short_name
from distributor.config.report import Layer, Report, dotted
from distributor.config.schema import EDITORIAL, Desk
from distributor.config.sources import read_file, read_text, without
from distributor.errors import ConfigError
from distributor.phrases import Phrase

_NOT_HERE = Phrase("does not belong into the editors' file")
_EMPTY = Layer(data={}, places={})
_VARIABLE = "DISTRIBUTOR_DESK__EDITORIAL"


def editorial_path(main: Layer, environ: Mapping[str, str]) -> tuple[str, bool]:
    """The path as configured, and whether somebody asked for it (then it must exist)."""
    for name, value in environ.items():
        if name.upper() == _VARIABLE and value:
            return value, True
    desk: Any = main.data.get("desk")
    asked = desk.get("editorial") if isinstance(desk, dict) else None
    return (asked, True) if isinstance(asked, str) and asked else (Desk.model_fields["editorial"].default, False)


def editorial_layer(
    main: Layer, folder: Path, environ: Mapping[str, str], cwd: Path, report: Report, text: str | None = None
) -> Layer:
    """The editors' file as a layer that only holds what it may, and nothing that the operator's file holds too.

    ``folder`` is that of the operator's file; ``text`` stands in the place of the editors'. Problems are reported; the
    rest of the file is used.
    """
    asked, required = editorial_path(main, environ)
    path = (folder / asked).absolute()
    if text is None and not required and not path.exists():
        return _EMPTY
    file = FileNames(path=path, shown=short_name(path, cwd))
    try:
        layer = read_file(file) if text is None else read_text(file, text)
    except ConfigError as error:
        for problem in error.problems:
            report.add(problem)
        return _EMPTY
    return _only_times(_without_doubles(_only_editorial(layer, report), main, report), main, report)


def _only_editorial(layer: Layer, report: Report) -> Layer:
    for table in layer.data:
        if table not in EDITORIAL:
            place = layer.places[(table,)]
            hint = Phrase("only [routes.NAME], [digests.NAME], [style] and the times of [channels.NAME] stand here")
            report.problem_at(place, dotted((table,)), _NOT_HERE, hint)
            layer = without(layer, table)
    return layer


def _without_doubles(layer: Layer, main: Layer, report: Report) -> Layer:
    for table in (one for one in EDITORIAL if one != "channels"):
        here, there = layer.data.get(table), main.data.get(table)
        if not isinstance(here, dict) or not isinstance(there, dict):
            continue
        for name in here.keys() & there.keys():
            place, other = layer.places[(table, name)], main.places[(table, name)]
            found = Phrase("defined twice: here and at %(place)s", place=f"{other.where}:{other.line}")
            report.problem_at(place, dotted((table, name)), found, Phrase("keep one of the two"))
            layer = without(layer, table, name)
    return layer


def _only_times(layer: Layer, main: Layer, report: Report) -> Layer:
    """Without what the editors' file says of a channel beside its times, or of one that is not there."""
    channels, known = layer.data.get("channels"), main.data.get("channels")
    for name, table in list(channels.items()) if isinstance(channels, dict) else ():
        place = layer.places["channels", name]
        if not isinstance(known, dict) or name not in known:
            found = Phrase("there is no such channel in the operator's file")
            report.problem_at(place, dotted(("channels", name)), found, Phrase("channels are made in config.toml"))
            layer = without(layer, "channels", name)
        elif odd := [key for key in table if key not in TIMES] if isinstance(table, dict) else ():
            where = layer.places.get(("channels", name, odd[0]), place)
            hint = Phrase("only these stand here: %(keys)s", keys=", ".join(TIMES))
            report.problem_at(where, dotted(("channels", name, odd[0])), _NOT_HERE, hint)
            layer = without(layer, "channels", name)
    return layer
