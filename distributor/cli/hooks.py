"""``distributor hooks``: receivers of webhooks."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from distributor.cli.instants import desk_instants
from distributor.cli.output import EXIT_DONE, EXIT_NEGATIVE, act, json_option, print_json, print_table


@click.group()
def hooks() -> None:
    """Receivers of webhooks: how far each was told, a test, going on.

    \b
    Example:
      distributor hooks list
    """


@hooks.command("list")
@json_option
@click.pass_obj
def list_(config: Path | None, as_json: bool) -> None:
    """Every receiver: how it stands, when it last took something, what waits, its last error.

    \b
    Example:
      distributor hooks list --json
    """
    found = act(config, "hooks", {})
    if as_json:
        print_json(found)
        return
    times = desk_instants(config)
    rows = [
        (one["name"], one["host"], one["state"], times.said(one["told_at"]) if one["told_at"] else "",
         one["waiting"] or "", one["error"])
        for one in found["hooks"]
    ]  # fmt: skip
    print_table(("receiver", "host", "state", "last told", "waiting", "last error"), rows)


@hooks.command("test")
@click.argument("name")
@json_option
@click.pass_obj
def test(config: Path | None, name: str, as_json: bool) -> None:
    """Send a receiver a signed message that means nothing, and say what it answered.

    \b
    Example:
      distributor hooks test cms
    """
    found = act(config, "hook_test", {"name": name})
    if as_json:
        print_json(found)
    else:
        click.echo(f"{name}: {found['error'] or 'taken'}")
    sys.exit(EXIT_DONE if found["ok"] else EXIT_NEGATIVE)


@hooks.command("resume")
@click.argument("name")
@json_option
@click.pass_obj
def resume(config: Path | None, name: str, as_json: bool) -> None:
    """Tell a receiver again from where it was left, and at once.

    \b
    Example:
      distributor hooks resume cms
    """
    found = act(config, "hook_resume", {"name": name})
    if as_json:
        print_json(found)
    else:
        click.echo(f"{name} is told again")
