"""Commands that look: ``deliveries``, ``where``, ``digest``. They change nothing, but for
``digest carry``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from distributor.cli.instants import desk_instants
from distributor.cli.mail.foreseeing import digest_test, foreseen
from distributor.cli.output import (
    EXIT_NEGATIVE,
    act,
    in_a_row,
    in_words,
    json_option,
    print_findings,
    print_json,
    print_table,
    readers,
    why,
)
from distributor.cli.person import named


@click.command()
@click.option("--state", default=None, help="Only this state, such as failed, unknown or held.")
@click.option("--channel", default=None, help="Only this channel.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000), help="How many rows.")
@json_option
@click.pass_obj
def deliveries(config: Path | None, state: str | None, channel: str | None, limit: int, as_json: bool) -> None:
    """The ledger: the latest deliveries with their state and reason, and what is in trouble.

    \b
    Example:
      distributor deliveries --state unknown
    """
    found = act(config, "deliveries", {"state": state, "channel": channel, "limit": limit})
    if as_json:
        print_json(found)
        return
    times = desk_instants(config)
    rows = [
        (
            one["id"],
            times.cell(one["at"]),
            one["channel"],
            one["state"],
            one["headline"] or one["issue"],
            (one["url"] or why(one, times)) + _rules(one),
        )
        for one in found["deliveries"]
    ]
    print_table(("id", times.column("at"), "channel", "state", "what", "where or why"), rows)
    print_trouble(found)


@click.command()
@click.argument("url")
@json_option
@click.pass_obj
def where(config: Path | None, url: str, as_json: bool) -> None:
    """Every channel's answer for one story.

    \b
    Example:
      distributor where https://example.org/politics/view/talks-begin-1-2026/
    """
    found = act(config, "where", {"url": url})
    if as_json:
        print_json(found)
        return
    click.secho(found["story"]["headline"], bold=True)
    times = desk_instants(config)
    rows = [
        (readers(one), one["state"], times.cell(one["at"]), one["url"] or why(one, times))
        for one in found["deliveries"]
    ]
    rows += [(one["digest"], one["state"], one["slot"], _sums(one["deliveries"])) for one in found["issues"]]
    print_table(("channel", "state", times.column("at"), "where or why"), rows)
    for one in found["deliveries"]:
        print_findings(one["lint"], f"{one['channel']}: ")


@click.group()
def digest() -> None:
    """Look at digests, and carry on with one after a restore.

    \b
    Example:
      distributor digest preview morning
    """


@digest.command("preview")
@click.argument("name")
@click.option("--reader", default=None, help="What this reader would get, and why: their address.")
@click.option(
    "--at", default=None, help="Slot to look at, ISO 8601 with offset; with --reader any moment, also a local one."
)
@click.option("--zone", default=None, help="With --reader, the zone of --at; default the reader's own.")
@click.option("--html", "html", type=click.Path(path_type=Path, dir_okay=False), help="Write the HTML part to a file.")
@json_option
@click.pass_context
def digest_preview(
    ctx: click.Context,
    name: str,
    reader: str | None,
    at: str | None,
    zone: str | None,
    html: Path | None,
    as_json: bool,
) -> None:
    """The issue that a digest would send at its next slot, or what one reader would get at any moment. Nothing is sent.

    \b
    Examples:
      distributor digest preview morning --html morning.html
      distributor digest preview morning --reader reader@example.org --at 2026-12-01T07:00 --zone Europe/Minsk
    """
    if reader is None and zone is not None:
        raise click.UsageError("--zone belongs to --reader")
    asked = {"name": name, "at": at}
    found = (
        act(ctx.obj, "digest_preview", asked)
        if reader is None
        else act(ctx.obj, "digest_foresee", {**asked, "reader": reader, "zone": zone})
    )
    if html is not None and found["html"]:
        html.write_text(found["html"], encoding="utf-8")
    if as_json:
        print_json(found)
    elif found["reader"]:
        foreseen(ctx.obj, found)
    elif found["reason"]:
        click.echo(f"{found['slot']}: no issue; {found['reason']}")
    else:
        click.secho(f"{found['slot']}: {found['subject']}", bold=True)
        click.echo(found["text"])
    if found["reason"]:
        ctx.exit(EXIT_NEGATIVE)


digest.add_command(digest_test)


@digest.command("carry")
@click.argument("name")
@click.option("--by", "who", default=None, help="Who decides; default the login name. It is put on record.")
@json_option
@click.pass_obj
def digest_carry(config: Path | None, name: str, who: str | None, as_json: bool) -> None:
    """Let the next issue carry what a restore keeps out of it. Only if the replaced store mailed none since the backup.

    \b
    Example:
      distributor digest carry morning
    """
    found = act(config, "digest_carry", {"name": name, "who": named(who)["who"]})
    if as_json:
        print_json(found)
    else:
        click.echo(f"the next issue of {found['digest']} carries on where the restored store stood")


@digest.command("clicks")
@click.argument("name")
@click.option("--limit", default=5, show_default=True, type=click.IntRange(1, 100), help="Issues at most.")
@json_option
@click.pass_obj
def digest_clicks(config: Path | None, name: str, limit: int, as_json: bool) -> None:
    """How often the links of the latest issues were followed. Nothing is known of who did.

    \b
    Example:
      distributor digest clicks morning
    """
    found = act(config, "digest_clicks", {"name": name, "limit": limit})
    if as_json:
        print_json(found)
        return
    if not found["counts"]:
        click.echo("nothing is counted now: mail.count_clicks is false, or there is no web.public")
    for issue in found["issues"]:
        click.secho(issue["slot"], bold=True)
        for story in issue["stories"]:
            click.echo(f"{story['clicks']:>6}  {story['headline']}")


def _rules(one: dict[str, Any]) -> str:
    """The rules of lint that have found something in a delivery."""
    names = dict.fromkeys(finding["rule"] for finding in one["lint"])
    return f" (lint: {', '.join(names)})" if names else ""


def print_trouble(found: dict[str, Any]) -> None:
    """Feeds and channels that need somebody, one plain line each."""
    for feed in found["feeds"]:
        if feed["error"]:
            click.echo(f"feed {feed['name']}: {in_words(feed['error'])} ({in_a_row(feed['failures'])})")
    for channel in found["channels"]:
        if channel["paused"]:
            click.echo(f"channel {channel['name']} is paused: {channel['paused']}")


def _sums(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {state}" for state, count in counts.items())
