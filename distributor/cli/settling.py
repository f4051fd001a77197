"""``distributor settle``: a person's word about deliveries whose fate nobody knows."""

from __future__ import annotations

from pathlib import Path

import click

from distributor.cli.output import act, json_option, print_json
from distributor.cli.person import named, who_option


@click.command()
@click.argument("ids", nargs=-1, type=click.IntRange(min=1), metavar="[ID]...")
@click.option("--sent", metavar="URL", default=None, help="It stands there, at this address.")
@click.option("--there", is_flag=True, help="It stands there; at which address is not said.")
@click.option("--resend", is_flag=True, help="It does not stand there: send the same words again.")
@click.option("--drop", is_flag=True, help="Leave it as it is, and never send it again.")
@click.option("--channel", default=None, help="All unknown deliveries of this channel.")
@click.option("--all", "every", is_flag=True, help="All unknown deliveries.")
@who_option
@json_option
@click.pass_obj
def settle(
    config: Path | None,
    ids: tuple[int, ...],
    sent: str | None,
    there: bool,
    resend: bool,
    drop: bool,
    channel: str | None,
    every: bool,
    who: str | None,
    as_json: bool,
) -> None:
    """Say what became of deliveries whose outcome is unknown, where the platform cannot be asked.

    \b
    Examples:
      distributor settle 1207 --sent https://x.com/desk/status/1861
      distributor settle 1207 1208 --resend
      distributor settle --channel telegram --drop --by "Night desk"
    """
    verdict = {"sent": sent, "there": there, "resend": resend, "drop": drop}
    doer = named(who)
    scope = {"ids": list(ids), "channel": channel, "every": every}
    found = act(config, "settle", {**scope, **verdict, "by": doer["who"], "through": doer["through"]})
    if as_json:
        print_json(found)
        return
    said = {"sent": "stand there", "due": "go out again", "skipped": "are dropped"}[found["as"]]
    click.echo(f"{len(found['settled'])} deliveries {said}, on the word of {found['by']}")
