"""``distributor prove`` and ``distributor reconcile``: what was sent where, and why not more."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from distributor.cli.instants import Instants, desk_instants
from distributor.cli.output import EXIT_DONE, EXIT_NEGATIVE, act, json_option, print_json

#: How long a daemon may read its whole ledger (seconds).
WHOLE = 3600.0


@click.command()
@click.argument("url", required=False)
@click.option("--all", "everything", is_flag=True, help="The whole ledger instead of one story.")
@json_option
@click.pass_obj
def prove(config: Path | None, url: str | None, everything: bool, as_json: bool) -> None:
    """What was sent where: exact text, revision, instants, remote id, who decided, and that nothing was changed since.

    \b
    Examples:
      distributor prove https://example.org/politics/view/talks-begin-1-2026/
      distributor prove --all
    """
    if (url is None) is not everything:
        raise click.UsageError("give a story's address, or --all")
    found = act(config, "prove", {"url": url}, patience=WHOLE)
    if as_json:
        print_json(found)
    else:
        if found["story"]:
            _print_story(found, desk_instants(config))
        _print_verdict(found)
    sys.exit(EXIT_DONE if found["ok"] else EXIT_NEGATIVE)


@click.command()
@click.option("--day", default=None, help="The local day, such as 2026-11-30; default yesterday.")
@json_option
@click.pass_obj
def reconcile(config: Path | None, day: str | None, as_json: bool) -> None:
    """What each channel carried of a day's stories, and why not all of them.

    \b
    Example:
      distributor reconcile --day 2026-11-30
    """
    found = act(config, "reconcile", {"day": day})
    if as_json:
        print_json(found)
    else:
        click.secho(f"{found['day']} ({found['zone']})", bold=True)
        for one in found["channels"]:
            click.echo(one["words"])
            for gap in one["gaps"]:
                if not gap["decided"]:
                    click.secho(f"  nobody decided: {gap['count']} {gap['reason']}", fg="red")
                    click.echo("".join(f"    {url}\n" for url in gap["stories"]), nl=False)
    sys.exit(EXIT_DONE if found["ok"] else EXIT_NEGATIVE)


def _print_story(found: dict[str, Any], times: Instants) -> None:
    story = found["story"]
    click.secho(story["headline"], bold=True)
    click.echo(f"{story['url']}\nfeed {story['feed']}, first seen {times.said(story['first_seen'])}")
    for one in found["revisions"]:
        changed = f"changed: {', '.join(one['changed'])}" if one["changed"] else "as first told"
        click.echo(f"revision {one['revision']}, {times.said(one['seen_at'])}: {changed}")
    for one in found["deliveries"]:
        _print_delivery(one, times)
    for one in found["issues"]:
        sums = ", ".join(f"{count} {state}" for state, count in one["deliveries"].items())
        click.echo(f"\nin {one['digest']} {one['slot']} ({one['state']}): {sums}")
        if one["seal"]:
            click.echo(f"  sealed: {one['seal']}")


def _print_delivery(one: dict[str, Any], times: Instants) -> None:
    reader = f", reader {one['recipient']}" if one["recipient"] else ""
    click.echo()
    click.secho(f"{one['channel']}{reader}: {one['act']}, {one['state']}", bold=True)
    instants = ("planned", one["planned_at"]), ("first at the wire", one["started_at"]), ("ended", one["ended_at"])
    click.echo("  " + ", ".join(f"{name} {times.said(at)}" for name, at in instants if at))
    for name in ("reason", "url", "remote_id", "message", "subject"):
        if one[name]:
            click.echo(f"  {'message SHA-256' if name == 'message' else name.replace('_', ' ')}: {one[name]}")
    if one["text"]:
        revision = "" if one["revision"] is None else f" (revision {one['revision']})"
        click.echo(f"  text{revision}:\n    " + one["text"].rstrip().replace("\n", "\n    "))
    for try_ in one["tries"]:
        click.echo(f"  try {times.said(try_['at'])}: {try_['outcome']}, {try_['detail'] or ''}")
    for event in one["events"]:
        click.echo(f"  event {event['id']}, {times.said(event['at'])}: {event['kind']} by {event['actor'] or '?'}")


def _print_verdict(found: dict[str, Any]) -> None:
    chain, checked = found["chain"], found["checked"]
    click.echo()
    for problem in found["problems"]:
        click.secho(problem, fg="red")
    more = found["problem_count"] - len(found["problems"])
    if more:
        click.echo(f"and {more} more")
    click.echo(f"{chain['events']} events, head {chain['head'] or '-'}, {'whole' if chain['whole'] else 'NOT whole'}")
    click.echo(", ".join(f"{count} {what}" for what, count in checked.items()) + " checked")
    click.echo("all of it agrees" if found["ok"] else "it does NOT agree")
