"""How commands speak: JSON for scripts, plain tables for people, exit codes for both. Knows no act."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from distributor.control import ask

if TYPE_CHECKING:
    from distributor.config import Settings

F = TypeVar("F", bound=Callable[..., Any])

#: Exit codes (docs/commands.md).
EXIT_DONE, EXIT_NEGATIVE, EXIT_CONFIG, EXIT_BUSY, EXIT_NETWORK = range(5)


def json_option(function: F) -> F:
    """The option that every command has."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document for scripts.")(function)


def print_json(document: object) -> None:
    """One JSON document on standard output."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=2))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A plain table that fits the terminal; colours only where NO_COLOR and the terminal allow them."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    wide = None if sys.stdout.isatty() else 160
    Console(file=sys.stdout, width=wide, highlight=False).print(table)


def load_settings(path: Path | None) -> Settings:
    """The configuration; its warnings go to standard error. Raises ConfigError."""
    from distributor.config import load

    settings = load(path, environ=os.environ, cwd=Path.cwd())
    for warning in settings.warnings:
        click.echo(f"warning: {warning}", err=True)
    return settings


def act(path: Path | None, name: str, args: Mapping[str, Any]) -> dict[str, Any]:
    """Have a call done: by the daemon that owns the store, or here, under the store's lock, when none runs."""
    settings = load_settings(path)
    answer = ask(settings.store_folder, name, args)
    if answer is not None:
        return answer
    from contextlib import closing

    from distributor.app import open_app
    from distributor.calls import dispatch
    from distributor.clock import SystemClock

    with closing(open_app(settings, clock=SystemClock(), threaded=False)) as app:
        return dispatch(app, name, args)
