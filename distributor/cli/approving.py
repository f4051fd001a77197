"""``distributor approve``: somebody says yes to a story."""

from __future__ import annotations

from pathlib import Path

import click

from distributor.cli.output import act, json_option, print_json
from distributor.cli.person import named, who_option


@click.command()
@click.argument("url")
@click.option("--channel", default=None, help="Only on this channel.")
@who_option
@json_option
@click.pass_obj
def approve(config: Path | None, url: str, channel: str | None, who: str | None, as_json: bool) -> None:
    """Say yes to a story that waits for it. Where two people are asked, the same one twice is one.

    \b
    Example:
      distributor approve https://example.org/politics/view/talks-begin-1-2026/ --by "Night desk"
    """
    found = act(config, "approve", {"url": url, "channel": channel, **named(who)})
    if as_json:
        print_json(found)
        return
    for one in found["channels"]:
        said = f"{one['channel']}: {len(one['approved_by'])} of {one['needed']} ({', '.join(one['approved_by'])})"
        click.echo(said if one["counted"] else f"{said}; this name has said yes already")
