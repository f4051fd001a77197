"""``distributor backup``, ``restore`` and ``take-over``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from distributor.cli.output import act, json_option, load_settings, print_json


@click.command()
@click.option(
    "--to", type=click.Path(path_type=Path, file_okay=False), help="Folder for the copy; default as configured."
)
@json_option
@click.pass_obj
def backup(config: Path | None, to: Path | None, as_json: bool) -> None:
    """Copy the store while it runs, prove the copy, and keep as many as configured.

    \b
    Example:
      distributor backup --to /var/backups/news
    """
    found = act(config, "backup", {"to": str(to.absolute()) if to else None})
    if as_json:
        print_json(found)
    else:
        click.echo(f"{found['path']}: {found['bytes']} bytes, {found['events']} events, whole ({found['seconds']} s)")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@click.pass_obj
def restore(config: Path | None, file: Path, yes: bool, as_json: bool) -> None:
    """Put a backup in the place of the store. What it believes to be unsent is in doubt from then on, and not sent.

    \b
    Example:
      distributor restore backups/distributor-5f3a9c01-20261130T003000Z.sqlite3
    """
    from distributor.calls.desk.keeping import restore_backup
    from distributor.clock import SystemClock

    settings = load_settings(config)
    _confirm(f"Put {file} in the place of the store in {settings.store_folder}?", yes=yes)
    found = restore_backup(settings, file.absolute(), SystemClock().now())
    if as_json:
        print_json(found)
        return
    click.echo(f"restored {found['restored']} ({found['events']} events)")
    if found["kept"]:
        click.echo(f"the store that it replaces is kept as {found['kept']}")
    _tell_fence(found)
    if found["shadow"]:
        click.echo(found["shadow"])


@click.command("take-over")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@click.pass_obj
def take_over(config: Path | None, yes: bool, as_json: bool) -> None:
    """Make this the live store. Make sure first that no other runs: two would post everything twice.

    \b
    Example:
      distributor take-over
    """
    _confirm("Is every other distributor of this newsroom stopped for good, and shall this one be live?", yes=yes)
    found = act(config, "take_over", {})
    if as_json:
        print_json(found)
        return
    click.echo(f"this is the live store now ({found['was']})")
    click.echo(f"{found['released']} deliveries that had waited for it are due")
    if found["fenced"]:
        _tell_fence(found)


def _confirm(question: str, *, yes: bool) -> None:
    """Go on after a yes; without anybody to ask, only with the option."""
    if not yes and not sys.stdin.isatty():
        raise click.UsageError("nobody can be asked here; give --yes to go on")
    if not yes:
        click.confirm(question, abort=True, err=True)


def _tell_fence(found: dict[str, Any]) -> None:
    click.echo(f"{found['unknown']} deliveries are in doubt: the platform is asked where it can be, else you are")
    click.echo("see them with: distributor deliveries --state unknown")
