"""``distributor corrections``: what was corrected and taken back in public."""

from __future__ import annotations

from pathlib import Path

import click

from distributor.cli.instants import desk_instants
from distributor.cli.output import act, json_option, print_json


@click.command()
@click.option("--limit", default=50, show_default=True, help="At most so many, newest first.")
@json_option
@click.pass_obj
def corrections(config: Path | None, limit: int, as_json: bool) -> None:
    """What was corrected and taken back of what readers may have read, and what was done about it.

    \b
    Example:
      distributor corrections --limit 10
    """
    found = act(config, "corrections", {"limit": limit})
    if as_json:
        print_json(found)
        return
    times = desk_instants(config)
    for one in found["corrections"]:
        click.secho(f"{times.said(one['at'])} {one['class']}: {one['headline']}", bold=True)
        click.echo(f"  {one['url']}")
        if one["note"]:
            click.echo(f"  {one['note']}")
        for done in one["done"]:
            click.echo(f"  {done['channel']}: {done['count']} {done['act']} {done['state']}")
    if not found["corrections"]:
        click.echo("nothing was corrected or taken back")
    if found["feed"]:
        click.echo(f"the public feed: {found['feed']}")
