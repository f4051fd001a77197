"""``distributor plan``: what would leave in the last and the next days, and what other editorial rules would change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from distributor.cli.instants import Instants, desk_instants
from distributor.cli.output import act, json_option, print_json, print_table

#: Seconds that a running daemon is given: it plays four weeks of posts at most.
PATIENCE = 60.0
_DAYS = click.IntRange(0, 31)


@click.command()
@click.option("--replay", default=7, show_default=True, type=_DAYS, help="So many days that are over.")
@click.option("--forecast", default=7, show_default=True, type=_DAYS, help="So many days to come.")
@click.option(
    "--with",
    "rules",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Other editorial rules, as they would stand in editorial.toml; what they change is shown.",
)
@json_option
@click.pass_obj
def plan(config: Path | None, replay: int, forecast: int, rules: Path | None, as_json: bool) -> None:
    """What would leave where and when: over the stories of the last days, and of the next. Nothing is sent or changed.

    \b
    Example:
      distributor plan --replay 7 --forecast 7 --with new.toml
    """
    args = {
        "replay": replay or None,
        "forecast": forecast or None,
        "rules": None if rules is None else rules.read_text("utf-8"),
    }
    found = act(config, "plan", {key: value for key, value in args.items() if value is not None}, patience=PATIENCE)
    if as_json:
        print_json(found)
        return
    times = desk_instants(config)
    for name, days in (("replay", found["replay"]), ("forecast", found["forecast"])):
        if days:
            _print(name, days, times)


def _print(name: str, days: dict[str, Any], times: Instants) -> None:
    """One stretch of days: the sums of each channel, then what changes."""
    title = f"{name}: {times.said(days['since'])} to {times.said(days['until'])}, {days['stories']} stories"
    click.secho(title, bold=True)
    sums = [
        (one["name"], one["leaves"], one["folded"], one["skipped"], one["waits"], f"{one['cost']:.2f}")
        for one in days["channels"]
    ]
    print_table(("channel", "leaves", "folded", "skipped", "waits", "cost"), sums)
    if days["difference"] is None:
        return
    rows = [
        (
            one["day"],
            one["channel"],
            f"+{one['added']}",
            one["moved"],
            one["waits"],
            f"-{one['dropped']}",
            f"{one['cost_after'] - one['cost_before']:+.2f}",
        )
        for one in days["difference"]["days"]
        if one["differs"]
    ]
    if not rows:
        click.echo("The other rules change nothing of it.")
        return
    print_table(("day", "channel", "added", "moved", "waits", "dropped", "cost"), rows)
