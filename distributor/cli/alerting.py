"""``distributor alerts``: what somebody must know, and whether the desk can be told."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from distributor.cli.instants import desk_instants
from distributor.cli.output import (
    EXIT_DONE,
    EXIT_NEGATIVE,
    act,
    json_option,
    load_settings,
    print_json,
    print_table,
)


@click.group(invoke_without_command=True)
@click.pass_context
def alerts(ctx: click.Context) -> None:
    """What somebody must know and what is not over; and whether the desk can be told.

    \b
    Example:
      distributor alerts
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_)


@alerts.command("list")
@json_option
@click.pass_obj
def list_(config: Path | None, as_json: bool = False) -> None:
    """Alerts that are not over, and whom they reached.

    \b
    Example:
      distributor alerts list --json
    """
    found = act(config, "alerts", {})
    if as_json:
        print_json(found)
        return
    times = desk_instants(config)
    for one in found["alerts"]:
        click.secho(f"{times.said(one['since'])}  {one['text']}", bold=True)
        if one["hint"]:
            click.echo(f"  {one['hint']}")
        for told in one["told"]:
            click.echo(f"  {told['channel']}: {told['state']} {told['detail'] or ''}".rstrip())
    if not found["alerts"]:
        click.echo("nothing needs anybody")


@alerts.command("test")
@json_option
@click.pass_obj
def test(config: Path | None, as_json: bool) -> None:
    """Send a test alert to every alert channel, and say what came of it.

    \b
    Example:
      distributor alerts test
    """
    found = act(config, "alert_test", {})
    if as_json:
        print_json(found)
    else:
        rows = [(one["channel"], one["recipient"] or "", one["state"], one["detail"]) for one in found["told"]]
        print_table(("channel", "reader", "state", "where or why"), rows)
    sys.exit(EXIT_DONE if found["ok"] else EXIT_NEGATIVE)


@alerts.command("send")
@click.argument("text")
@click.option("--hint", default="", help="What can be done about it.")
@json_option
@click.pass_obj
def send(config: Path | None, text: str, hint: str, as_json: bool) -> None:
    """Tell the desk something now, straight through the alert channels: works when the store cannot be opened.

    \b
    Example:
      distributor alerts send "distributor has stopped" --hint "journalctl -u distributor@news"
    """
    from distributor.notices import send_notice

    handed = [Path(folder) for folder in [os.environ.get("CREDENTIALS_DIRECTORY")] if folder]
    found = send_notice(load_settings(config), text, hint=hint, now=datetime.now(UTC), books=handed)
    if as_json:
        print_json(found)
    else:
        rows = [(one["channel"], one["to"], "ok" if one["ok"] else "FAIL", one["detail"]) for one in found["told"]]
        print_table(("channel", "to", "", "where or why"), rows)
        if not found["told"]:
            click.echo("nobody is told: [alerts] names no channel", err=True)
    sys.exit(EXIT_DONE if found["ok"] else EXIT_NEGATIVE)
