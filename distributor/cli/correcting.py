"""``distributor correct`` and ``distributor withdraw``: what readers have already is put right, or taken back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from distributor.cli.instants import desk_instants
from distributor.cli.output import EXIT_NEGATIVE, act, json_option, print_json, print_table, why
from distributor.cli.person import named, who_option


@click.command()
@click.argument("url")
@click.option("--note", required=True, help="What was wrong, in words for readers.")
@click.option("--headline", default=None, help="The headline that is right.")
@click.option("--summary", default=None, help="The summary that is right.")
@who_option
@json_option
@click.pass_obj
def correct(
    config: Path | None,
    url: str,
    note: str,
    headline: str | None,
    summary: str | None,
    who: str | None,
    as_json: bool,
) -> None:
    """Correct a story for those who read it: by each channel's policy, and by mail to those who were mailed the error.

    \b
    Example:
      distributor correct https://example.org/story --note "The vote is on Friday, not on Thursday."
    """
    wanted = {"url": url, "note": note, "headline": headline, "summary": summary}
    _tell(config, act(config, "correct", {**wanted, **named(who)}), as_json=as_json)


@click.command()
@click.argument("url")
@click.option("--reason", required=True, help="Why; it is put on record.")
@who_option
@json_option
@click.pass_obj
def withdraw(config: Path | None, url: str, reason: str, who: str | None, as_json: bool) -> None:
    """Take a story back: what waits is skipped at once, posts are taken away where that can be done.

    What cannot be called back is named with its place, and the code is 1.

    \b
    Example:
      distributor withdraw https://example.org/story --reason "the source took it back"
    """
    found = act(config, "withdraw", {"url": url, "reason": reason, **named(who)})
    _tell(config, found, as_json=as_json)
    if found["stands"]:
        sys.exit(EXIT_NEGATIVE)


def _tell(config: Path | None, found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    click.secho(found["story"]["headline"], bold=True)
    if not found["is_new"]:
        click.echo("that was done before; nothing is changed")
    times = desk_instants(config)
    rows = [(one["channel"], one["act"], one["state"], why(one, times)) for one in found["deliveries"]]
    if rows:
        print_table(("channel", "act", "state", "why"), rows)
    if found["mailed"]:
        click.echo(f"mails to those who were mailed it before: {found['mailed']}")
    if found["lines"]:
        click.echo(f"readers who are told in their next issue: {found['lines']}")
    for one in found["stands"]:
        click.echo(f"still stands: {' '.join(filter(None, (one['channel'], one['url'])))}: {one['why']}")
    for one in found["others"]:
        click.echo(f"{one['is']}: {one['headline']} ({one['status']}) {one['url']}")
