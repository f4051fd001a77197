"""Commands about feeds: ``feeds`` and ``poll``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from distributor.cli.instants import Instants, desk_instants
from distributor.cli.output import EXIT_NEGATIVE, act, in_a_row, in_words, json_option, print_json, print_table


@click.command()
@json_option
@click.pass_obj
def feeds(config: Path | None, as_json: bool) -> None:
    """How each feed is: last read, last new story, next reading and why then, and its last error in plain words.

    \b
    Examples:
      distributor feeds
      distributor feeds --json
    """
    found = act(config, "feeds", {})
    if as_json:
        print_json(found)
        return
    times = desk_instants(config)
    columns = ("feed", times.column("read"), times.column("changed"), times.column("next"), "why then", "day", "week")
    print_table(columns, [_row(feed, times) for feed in found["feeds"]])
    for feed in found["feeds"]:
        if feed["hub"]:
            until = f" until {times.cell(feed['hub_until'])}" if feed["hub_until"] else ""
            click.echo(f"feed {feed['name']}: its hub is {feed['hub']}{until}")
        if feed["error"]:
            click.echo(f"feed {feed['name']}: {in_words(feed['error'])} ({in_a_row(feed['failures'])})")


@click.command()
@click.argument("feed")
@json_option
@click.pass_context
def poll(context: click.Context, feed: str, as_json: bool) -> None:
    """Read one feed now, whatever its pace; exit code 1 when it cannot be read.

    \b
    Example:
      distributor poll politics
    """
    found = act(context.obj, "poll", {"feed": feed})
    if as_json:
        print_json(found)
    else:
        click.echo(
            in_words(found["error"] or "") or f"{feed}: {found['articles']} articles, {found['changes']} new or changed"
        )
    if found["error"]:
        context.exit(EXIT_NEGATIVE)


def _row(feed: dict[str, Any], times: Instants) -> tuple[str, ...]:
    instants = (times.cell(feed[key]) or "never" for key in ("checked_at", "changed_at"))
    counts = (str(feed["stories_day"]), str(feed["stories_week"]))
    return (feed["name"], *instants, times.cell(feed["next_at"]) or "", feed["why"] or "", *counts)
