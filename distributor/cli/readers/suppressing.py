"""``distributor subscribers suppress``: whom never to mail, on somebody's word."""

from __future__ import annotations

from pathlib import Path

import click

from distributor.cli.output import act, json_option, print_json
from distributor.cli.person import named, who_option


@click.command()
@click.argument("address")
@click.option("--reason", required=True, help="Why; it is put on record.")
@who_option
@json_option
@click.pass_obj
def suppress(config: Path | None, address: str, reason: str, who: str | None, as_json: bool) -> None:
    """Never mail an address again, whoever subscribes it; mail that has not left is not sent.

    \b
    Example:
      distributor subscribers suppress reader@example.org --reason "asked by telephone"
    """
    found = act(config, "suppress", {"address": address, "reason": reason, **named(who)})
    if as_json:
        print_json(found)
    else:
        click.echo(f"{address} is never mailed again")


@click.command()
@click.argument("address")
@click.option("--reason", required=True, help="Why; it is put on record.")
@who_option
@json_option
@click.pass_obj
def unsuppress(config: Path | None, address: str, reason: str, who: str | None, as_json: bool) -> None:
    """Let an address be mailed again, with its failures forgotten.

    \b
    Example:
      distributor subscribers unsuppress reader@example.org --reason "the mailbox works again"
    """
    found = act(config, "unsuppress", {"address": address, "reason": reason, **named(who)})
    if as_json:
        print_json(found)
    else:
        click.echo(f"{address} may be mailed again")
