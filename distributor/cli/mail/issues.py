"""``distributor issue``: single issues of digests, looked at, stopped, let go and accounted for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from distributor.cli.instants import desk_instants
from distributor.cli.output import EXIT_NEGATIVE, act, json_option, print_json, print_table
from distributor.cli.person import named, who_option

#: The fates of a receipt, as they are printed.
FATES = ("accepted", "bounced", "retrying", "unknown", "excluded")


@click.group()
def issue() -> None:
    """Single issues of digests: what became of each, stop, resume, send to the rest.

    \b
    Example:
      distributor issue list
    """


@issue.command("list")
@click.option("--digest", default=None, help="Only this digest.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="Issues at most.")
@json_option
@click.pass_obj
def issue_list(config: Path | None, digest: str | None, limit: int, as_json: bool) -> None:
    """The latest issues, newest first.

    \b
    Example:
      distributor issue list --digest morning
    """
    found = act(config, "issue_list", {"digest": digest, "limit": limit})
    if as_json:
        print_json(found)
        return
    rows = [(one["issue"], one["digest"], one["slot"], _stands(one), _counts(one)) for one in found["issues"]]
    print_table(("issue", "digest", "slot", "state", "mails"), rows)


@issue.command("show")
@click.argument("number", metavar="ID", type=click.IntRange(min=1))
@json_option
@click.pass_obj
def issue_show(config: Path | None, number: int, as_json: bool) -> None:
    """How one issue stands: who holds it and why, its first mails, its stories.

    \b
    Example:
      distributor issue show 1207
    """
    found = act(config, "issue_show", {"issue": number})
    if as_json:
        print_json(found)
        return
    times = desk_instants(config)
    _tell(found)
    if found["begins"]:
        click.echo(f"its first mail leaves at {times.said(found['begins'])}")
    canary = found["canary"]
    if canary:
        until = times.said(canary["until"]) or "its draw"
        judged = f"judged at {times.said(canary['judged'])}" if canary["judged"] else f"watched until {until}"
        click.echo(f"{canary['wanted']} get it first: {canary['mails']} mails, {judged}")
    for story in found["stories"]:
        click.echo(f"  {story['headline']}")


@issue.command("stop")
@click.argument("number", metavar="ID", type=click.IntRange(min=1))
@click.option("--reason", required=True, help="Why; everybody who looks at it sees it.")
@click.option("--end", "ends", is_flag=True, help="Never send what has not left, instead of holding it.")
@who_option
@json_option
@click.pass_obj
def issue_stop(config: Path | None, number: int, reason: str, ends: bool, who: str | None, as_json: bool) -> None:
    """Let nothing more of an issue leave, at once. Before its first mail, or after a halt, this ends it.

    \b
    Examples:
      distributor issue stop 1207 --reason "the lead is wrong"
      distributor issue stop 1207 --reason "the lead is wrong" --end
    """
    found = act(config, "issue_stop", {"issue": number, "reason": reason, "ends": ends, **named(who)})
    if as_json:
        print_json(found)
        return
    _tell(found)
    if found["leaving"]:
        click.echo(f"{found['leaving']} are leaving at this moment")


@issue.command("resume")
@click.argument("number", metavar="ID", type=click.IntRange(min=1))
@who_option
@json_option
@click.pass_obj
def issue_resume(config: Path | None, number: int, who: str | None, as_json: bool) -> None:
    """Let go what a stop, a halt or a canary holds of an issue.

    \b
    Example:
      distributor issue resume 1207
    """
    found = act(config, "issue_resume", {"issue": number, **named(who)})
    if as_json:
        print_json(found)
    else:
        _tell(found)


@issue.command("rest")
@click.argument("number", metavar="ID", type=click.IntRange(min=1))
@who_option
@json_option
@click.pass_obj
def issue_rest(config: Path | None, number: int, who: str | None, as_json: bool) -> None:
    """Send an ended issue to those whom its end left out, without what they have had meanwhile.

    \b
    Example:
      distributor issue rest 1207
    """
    found = act(config, "issue_rest", {"issue": number, **named(who)})
    if as_json:
        print_json(found)
    else:
        click.echo(f"the rest of issue {number} leaves as issue {found['issue']}: {_counts(found)}")


@issue.command("receipt")
@click.argument("number", metavar="ID", type=click.IntRange(min=1))
@json_option
@click.pass_context
def issue_receipt(ctx: click.Context, number: int, as_json: bool) -> None:
    """What became of every recipient of an issue: each in exactly one of five fates, with the reasons and the sums.

    \b
    Example:
      distributor issue receipt 1207
    """
    found = act(ctx.obj, "issue_receipt", {"issue": number})
    if as_json:
        print_json(found)
    else:
        _receipt(found)
    if not found["whole"]:
        ctx.exit(EXIT_NEGATIVE)


def _receipt(found: dict[str, Any]) -> None:
    frozen = "still being frozen" if found["frozen"] is None else f"{found['frozen']} frozen"
    click.echo(f"{found['digest']} {found['slot']}: {frozen}, {found['recipients']} accounted for")
    rows = [(fate, found[fate], _why(found["why"].get(fate, {}))) for fate in FATES]
    print_table(("fate", "readers", "why"), rows)
    parts = [
        (one["number"], one["choice"], one["recipients"], *(one[fate] for fate in FATES)) for one in found["segments"]
    ]
    print_table(("segment", "choice", "readers", *FATES), parts)
    for one in found["revisions"]:
        click.echo(f"{one['mails']:>8}  {one['headline']} (revision {one['revision']})")


def _why(reasons: dict[str, int]) -> str:
    return ", ".join(f"{count} {why}" for why, count in reasons.items())


def _stands(one: dict[str, Any]) -> str:
    return one["state"] if one["phase"] == "free" else f"{one['state']}, {one['phase']}"


def _counts(one: dict[str, Any]) -> str:
    return ", ".join(f"{count} {state}" for state, count in one["deliveries"].items()) or one["reason"] or "no mails"


def _tell(one: dict[str, Any]) -> None:
    by = f" by {one['who']}" if one["who"] else ""
    why = f": {one['why']}" if one["why"] else ""
    click.echo(f"issue {one['issue']} ({one['digest']} {one['slot']}) is {_stands(one)}{by}{why}; {_counts(one)}")
