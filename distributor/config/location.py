"""Where the configuration file and the store are, without judging anything: cheap, and without any secret.

Commands that only talk to the daemon need no more than this.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from distributor.errors import ConfigError, Problem
from distributor.phrases import Phrase

#: where an installed service has its configuration
SYSTEM_FILE = Path("/etc/distributor/config.toml")
#: the folder of the store where nothing names one
DEFAULT_FOLDER = "state"
#: of a channel's table, the keys that may stand in the editors' file, too; they are stronger than the operator's
TIMES = (
    *("gap", "most_per_hour", "most_per_day", "quiet", "quiet_silent", "slots", "fair_share", "fold_above", "stale"),
    *("budget_per_day", "budget_per_month"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileNames:
    """A file and the name it has in messages."""

    path: Path
    shown: str


def find_file(path: Path | None, environ: Mapping[str, str], cwd: Path) -> FileNames:
    """The configuration file: ``path``, else ``$DISTRIBUTOR_CONFIG``, ``./config.toml``, the system's own.

    Raises ConfigError when there is none, or when the one that was asked for does not exist.
    """
    asked = path or (Path(environ["DISTRIBUTOR_CONFIG"]) if environ.get("DISTRIBUTOR_CONFIG") else None)
    candidates = [cwd / asked] if asked else [cwd / "config.toml", SYSTEM_FILE]
    for file in candidates:
        if _is_there(file):
            return FileNames(path=file.absolute(), shown=short_name(file.absolute(), cwd))
    if asked:
        raise ConfigError(
            (
                Problem(
                    where=str(asked),
                    found=Phrase.as_it_is("no such file"),
                    hint=Phrase.as_it_is("expected a configuration file"),
                ),
            )
        )
    found = Phrase.as_it_is(f"no such file, neither here nor as {SYSTEM_FILE}")
    hint = Phrase.as_it_is("give --config FILE or run: distributor init")
    raise ConfigError((Problem(where="config.toml", found=found, hint=hint),))


def has_file(path: Path | None, *, environ: Mapping[str, str], cwd: Path) -> bool:
    """Whether there is a configuration file, or one is asked for by name."""
    return (
        path is not None
        or bool(environ.get("DISTRIBUTOR_CONFIG"))
        or _is_there(cwd / "config.toml")
        or _is_there(SYSTEM_FILE)
    )


def _is_there(file: Path) -> bool:
    """Whether there is such a file; also when this user may not look (reading it then says so)."""
    try:
        return file.exists()
    except OSError:
        return True


def short_name(file: Path, cwd: Path) -> str:
    """A file as people see it: relative where it lies below the present folder."""
    return str(file.relative_to(cwd)) if file.is_relative_to(cwd) else str(file)


def state_folder(given: str | None, base: Path, environ: Mapping[str, str]) -> Path:
    """The store's folder: as configured, else the one that systemd gives (systemd.exec(5): parted by colons)."""
    systemd = environ.get("STATE_DIRECTORY", "").split(":")[0]
    return base / (given or systemd or DEFAULT_FOLDER)


def desk_zone(path: Path | None, *, environ: Mapping[str, str], cwd: Path) -> str:
    """The desk's zone by a look at the file alone; UTC where none is named, or what is named is none.

    Raises ConfigError when there is no configuration file.
    """
    try:
        tree: dict[str, Any] = tomllib.loads(find_file(path, environ, cwd).path.read_text("utf-8"))
    except (OSError, ValueError):
        tree = {}
    table = tree.get("desk", {})
    given = next((value for name, value in environ.items() if name.upper() == "DISTRIBUTOR_DESK__ZONE"), None)
    name = given or (table.get("zone") if isinstance(table, dict) else None)
    try:
        return ZoneInfo(name).key if isinstance(name, str) else "UTC"
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return "UTC"


def store_folder(path: Path | None, *, environ: Mapping[str, str], cwd: Path) -> Path | None:
    """The store's folder by a look at the file alone; None when only a full reading can tell what is wrong.

    Raises ConfigError when there is no configuration file.
    """
    file = find_file(path, environ, cwd).path
    try:
        tree: dict[str, Any] = tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    table = tree.get("store", {})
    given = next((value for name, value in environ.items() if name.upper() == "DISTRIBUTOR_STORE__FOLDER"), None)
    folder = given or (table.get("folder") if isinstance(table, dict) else 0)
    return state_folder(folder, file.parent, environ) if isinstance(folder, str | None) else None
