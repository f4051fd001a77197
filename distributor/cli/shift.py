"""``distributor handover``: the sheet that one shift leaves to the next."""

from __future__ import annotations

from pathlib import Path

import click

from distributor.cli.output import act, json_option, print_json
from distributor.sheet import lines, title


@click.command()
@click.option("--hours", type=click.IntRange(1, 168), default=8, show_default=True, help="How far back it looks.")
@json_option
@click.pass_obj
def handover(config: Path | None, hours: int, as_json: bool) -> None:
    """What was sent, what is held and why, failed, unknown, who decided what, embargoes, alerts, money left.

    \b
    Example:
      distributor handover --hours 12
    """
    found = act(config, "handover", {"hours": hours})
    if as_json:
        print_json(found)
        return
    click.echo(title(found))
    click.echo("")
    for line in lines(found):
        click.echo(line)
