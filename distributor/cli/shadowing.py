"""``distributor shadow report``."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import click

from distributor.cli.output import act, json_option, load_settings, print_json


@click.group()
def shadow() -> None:
    """What shadow mode would have sent.

    \b
    Example:
      distributor shadow report --telegram result.json
    """


@shadow.command()
@click.option(
    "--telegram", type=click.Path(path_type=Path, dir_okay=False), help="JSON export of the channel (Telegram Desktop)."
)
@click.option(
    "--x", "x", type=click.Path(path_type=Path, dir_okay=False), help="Archive of the account: the zip, or tweets.js."
)
@click.option("--since", default=None, help="Instant to begin at, ISO 8601 with offset; default as shadow mode began.")
@json_option
@click.pass_obj
def report(config: Path | None, telegram: Path | None, x: Path | None, since: str | None, as_json: bool) -> None:
    """Compare what shadow mode would have sent with what the newsroom's own channels carried.

    \b
    Example:
      distributor shadow report --telegram result.json --x twitter-archive.zip
    """
    from distributor.calls.delivery.shadowing import shadow_report

    if telegram is None and x is None:
        raise click.UsageError("nothing to compare with; give --telegram FILE, --x FILE or both")
    zone = ZoneInfo(load_settings(config).desk.zone)
    found = shadow_report(act(config, "shadow", {}), telegram=telegram, x=x, since=since, zone=zone)
    if as_json:
        print_json(found)
        return
    for one in found["channels"]:
        click.secho(f"{one['kind']}, from {one['since'] or 'never'} to {one['until'] or 'never'}", bold=True)
        gained = one["minutes_gained"]
        click.echo(f"  on both sides {one['matched']}, posted twice by hand {len(one['doubles'])}")
        if gained["median"] is not None:
            click.echo("  minutes earlier: {median} in the middle, {best} at best, {worst} at worst".format(**gained))
        for label, rows, words in (
            ("only theirs", one["only_theirs"], "text"),
            ("only ours", one["only_ours"], "headline"),
        ):
            click.echo(f"  {label}: {len(rows)}")
            for row in rows[:20]:
                click.echo(f"    {row['at']}  {' '.join(row[words].split())[:70]}")
