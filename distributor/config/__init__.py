"""The configuration: files, environment and secrets in, plain frozen settings out. Nothing below
``app.py`` may import it.

Importing this package is cheap: pydantic and its companions are loaded by the first :func:`load`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from distributor.config.location import TIMES, desk_zone, has_file, store_folder
from distributor.config.settings import (
    AlertSettings,
    BackupSettings,
    ChannelSettings,
    DeskSettings,
    FeedSettings,
    HookSettings,
    MailboxSettings,
    MailSettings,
    NetSettings,
    OidcSettings,
    OperationsSettings,
    ReaderSettings,
    ReceiverSettings,
    Settings,
    WebSettings,
)
from distributor.config.starter import example, starter

__all__ = [
    "TIMES",
    "AlertSettings",
    "BackupSettings",
    "ChannelSettings",
    "DeskSettings",
    "FeedSettings",
    "HookSettings",
    "MailSettings",
    "MailboxSettings",
    "NetSettings",
    "OidcSettings",
    "OperationsSettings",
    "ReaderSettings",
    "ReceiverSettings",
    "Settings",
    "WebSettings",
    "desk_zone",
    "example",
    "has_file",
    "load",
    "starter",
    "store_folder",
    "usual_net",
]


def load(
    path: Path | None,
    *,
    environ: Mapping[str, str],
    cwd: Path,
    check_schedule: Callable[[str], object] | None = None,
    editorial: str | None = None,
) -> Settings:
    """The settings of the file at ``path``, or else at ``$DISTRIBUTOR_CONFIG``, ``./config.toml``,
    ``/etc/distributor/config.toml``.

    Precedence, the strongest first: environment variables, secret files named after keys, the editors' file, the
    configuration file. ``check_schedule`` judges the slots of digests (ValueError for no schedule); without it the
    program's own grammar does. ``editorial`` is a text that stands in the place of the editors' file. Raises
    ConfigError with every problem that there is, at once.
    """
    from distributor.config import reader

    return reader.load(path, environ=environ, cwd=cwd, check_schedule=check_schedule, editorial=editorial)


def usual_net() -> NetSettings:
    """``[net]`` as it is where nothing is configured."""
    from distributor.config import schema

    return NetSettings(**dict(schema.Net()))
