"""How commands speak: JSON for scripts, plain tables for people, exit codes for both. Knows no act."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

import click

from distributor.cli.instants import Instants
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


#: what an answer means for whoever has to do something about it (RFC 9110 section 15)
_MEANINGS = {
    "401": "it asks for a password",
    "403": "it does not let us in",
    "404": "nothing is there; is the address right?",
    "410": "it is gone for good",
    "429": "it is asked too often",
}


def in_words(reason: str) -> str:
    """Why something could not be read, with what the bare number of an answer means."""
    found = re.fullmatch(r"answered (\d{3})", reason)
    if found is None:
        return reason
    meaning = "the server is in trouble itself" if found[1] >= "500" else _MEANINGS.get(found[1], "")
    return f"{reason}: {meaning}" if meaning else reason


def in_a_row(failures: int) -> str:
    """How often something failed."""
    return "once" if failures == 1 else f"{failures} times in a row"


def why(one: Mapping[str, Any], times: Instants) -> str:
    """Why a delivery is where it is, and what releases or settles it where it waits for somebody."""
    reason = one["reason"] or ""
    if one["state"] == "unknown":
        at = one["look_at"]
        follows = (
            f"the channel is asked at {times.said(at)}"
            if at
            else f"a person must decide: distributor settle {one['id']}"
        )
        return f"{reason} ({follows})"
    if one["released_by"] is None or one["held_until"] is not None:
        return reason
    return f"{reason} ({one['released_by']}, or distributor skip)"


def load_settings(path: Path | None) -> Settings:
    """The configuration; its warnings go to standard error. Raises ConfigError."""
    from distributor.config import load

    settings = load(path, environ=os.environ, cwd=Path.cwd())
    for warning in settings.warnings:
        click.echo(f"warning: {warning}", err=True)
    return settings


def act(path: Path | None, name: str, args: Mapping[str, Any], *, patience: float | None = None) -> dict[str, Any]:
    """Have a call done: by the daemon that owns the store, or here, under the store's lock, when none runs.

    ``patience`` in seconds is for a call that takes the daemon longer than others.
    """
    from distributor.config import store_folder

    # a running daemon is asked before anything is judged: its secrets may be none of this user's business
    folder = store_folder(path, environ=os.environ, cwd=Path.cwd())
    answer = ask(folder, name, args, patience=patience) if folder is not None else None
    if answer is not None:
        return answer
    settings = load_settings(path)
    from contextlib import closing

    from distributor.app import open_app
    from distributor.calls import dispatch
    from distributor.clock import SystemClock

    with closing(open_app(settings, clock=SystemClock(), threaded=False, runs=False)) as app:
        return dispatch(app, name, args)


def print_findings(findings: list[dict[str, Any]], before: str = "") -> None:
    """What lint has found, one plain line each."""
    for one in findings:
        passed = f" (let go by {one['passed_by']})" if one["passed_by"] else ""
        click.echo(f"{before}lint {one['level']} {one['rule']}: {one['found']}; {one['fix']}{passed}")


def readers(one: Mapping[str, Any]) -> str:
    """The channel of an answer, with how many readers share it."""
    return f"{one['channel']} ({one['count']} readers)" if one["count"] > 1 else str(one["channel"])


class LiveTable:
    """What is visible where, redrawn in place on a terminal; elsewhere a line for every change."""

    def __init__(self) -> None:
        """Nothing is drawn before the first :meth:`show`."""
        self._live: Any = None
        self._last = ""

    def __enter__(self) -> Self:
        """Take the terminal, where there is one."""
        if sys.stdout.isatty():
            from rich.live import Live

            self._live = Live(refresh_per_second=8)
            self._live.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        """Give the terminal back."""
        if self._live is not None:
            self._live.__exit__(*error)

    def show(self, visible: Mapping[str, int], stories: int, note: str) -> None:
        """The counts as they are now."""
        line = "  ".join(f"{platform} {count}/{stories}" for platform, count in visible.items())
        if self._live is not None:
            self._live.update(_bars(visible, stories, note))
        elif line != self._last:
            click.echo(f"{line}  ({note})")
        self._last = line


def _bars(visible: Mapping[str, int], stories: int, note: str) -> Any:
    from rich.table import Table

    table = Table(title="visible to readers", caption=note, box=None)
    for column in ("platform", "stories", ""):
        table.add_column(column)
    for platform, count in visible.items():
        table.add_row(platform, f"{count} of {stories}", "#" * count)
    return table


class ProgressBar:
    """How far a long run has come, on a terminal; nothing elsewhere. Drawn on standard error."""

    def __init__(self, label: str, total: int) -> None:
        """``total`` steps, named by ``label``."""
        self._label = label
        self._total = total
        self._bar: Any = None

    def __enter__(self) -> Self:
        """Take the terminal, where there is one."""
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import Progress

            self._bar = Progress(console=Console(stderr=True), transient=True)
            self._bar.__enter__()
            self._bar.add_task(self._label, total=self._total)
        return self

    def __exit__(self, *error: object) -> None:
        """Give the terminal back."""
        if self._bar is not None:
            self._bar.__exit__(*error)

    def show(self, done: int, note: str) -> None:
        """So many steps are done, and what happens now."""
        if self._bar is not None:
            self._bar.update(0, completed=done, description=f"{self._label}: {note}")
