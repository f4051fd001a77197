"""``distributor post`` and ``distributor reword``: an editor's own words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from distributor.cli.instants import desk_instants
from distributor.cli.output import act, json_option, print_findings, print_json, print_table, readers, why
from distributor.cli.person import named, who_option


@click.command()
@click.option("--channels", required=True, metavar="NAME,...", help="Where it goes, parted by commas.")
@click.option("--text", required=True, help="The words; they are never cut.")
@click.option("--link", default=None, metavar="URL", help="An address that the post leads to.")
@click.option("--at", default=None, metavar="INSTANT", help="Not before this instant, with its offset.")
@click.option("--urgency", type=click.IntRange(1, 9), default=5, show_default=True, help="1 is a flash.")
@who_option
@json_option
@click.pass_obj
def post(
    config: Path | None,
    channels: str,
    text: str,
    link: str | None,
    at: str | None,
    urgency: int,
    who: str | None,
    as_json: bool,
) -> None:
    """Post something that is no story of the site, through the same gates, ledger and proof.

    \b
    Examples:
      distributor post --channels telegram,x --text "Briefing at 11:00"
      distributor post --channels telegram --text "Live now" --link https://example.org/live --at 2026-11-30T11:00+03:00
    """
    names = [name.strip() for name in channels.split(",") if name.strip()]
    wanted = {"channels": names, "text": text, "link": link, "at": at, "urgency": urgency}
    _tell(config, act(config, "post", {**wanted, **named(who)}), as_json=as_json)


@click.command()
@click.argument("url")
@click.option("--channel", required=True, help="The channel whose post gets these words.")
@click.option("--text", required=True, help="The words; they are never cut.")
@who_option
@json_option
@click.pass_obj
def reword(config: Path | None, url: str, channel: str, text: str, who: str | None, as_json: bool) -> None:
    """Give a story that still waits an editor's own words on one channel.

    \b
    Example:
      distributor reword https://example.org/story --channel x --text "Talks resume on Friday"
    """
    _tell(config, act(config, "reword", {"url": url, "channel": channel, "text": text, **named(who)}), as_json=as_json)


def _tell(config: Path | None, found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    click.echo(found["story"]["url"])
    times = desk_instants(config)
    rows = [
        (one["id"], readers(one), one["state"], why(one, times), times.cell(one["at"])) for one in found["deliveries"]
    ]
    print_table(("delivery", "channel", "state", "why", times.column("at")), rows)
    for one in found["lint"]:
        print_findings([one], f"{one['channel']}: ")
