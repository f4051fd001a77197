"""What one reader would get of a digest, and its mail as a test: ``digest preview --reader``, ``digest test``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from distributor.cli.instants import desk_instants
from distributor.cli.output import act, json_option, print_json, print_table
from distributor.cli.person import named, who_option


def foreseen(config: Path | None, found: dict[str, Any]) -> None:
    """Print what a reader would get, whether it leaves, and why each story is in or out."""
    reader, times = found["reader"], desk_instants(config)
    click.secho(f"{found['slot']}: {found['subject'] or 'no mail'}", bold=True)
    if found["reason"]:
        until = f", until {times.said(reader['until'])}" if reader["until"] else ""
        click.echo(f"no mail leaves: {found['reason']}{until}")
    if not reader["is_slot"]:
        click.echo(f"that is no slot of theirs; the next one is {times.said(reader['next_slot']) or 'never'}")
    rows = [
        (
            "in" if one["in"] else "out",
            one["headline"],
            one["why"],
            ", ".join(f"{mail['came_by']} at {times.cell(mail['at'])}" for mail in one["mailed"]),
        )
        for one in reader["weighed"]
    ]
    print_table(("", "story", "why", times.column("mailed by")), rows)


@click.command("test")
@click.argument("name")
@click.option("--to", required=True, help="Where the test goes: an address of the newsroom's.")
@click.option("--reader", default=None, help="As this reader would get it; default as one who chose nothing.")
@who_option
@json_option
@click.pass_obj
def digest_test(config: Path | None, name: str, to: str, reader: str | None, who: str | None, as_json: bool) -> None:
    """Send the mail of a digest, as it would be now, to an address of the newsroom's. Its subject begins with [Test].

    \b
    Example:
      distributor digest test morning --to desk@example.org --reader reader@example.org
    """
    found = act(config, "digest_test", {"name": name, "to": to, "reader": reader, **named(who)})
    if as_json:
        print_json(found)
    else:
        click.echo(f"sent to {found['to']}: {found['subject']} ({found['stories']} stories)")
