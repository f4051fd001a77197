"""The stop button: ``stop``, ``stops``, ``resume``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from distributor.cli.instants import desk_instants
from distributor.cli.output import act, json_option, print_json, print_table
from distributor.cli.person import named, who_option


@click.command()
@click.option("--channel", default=None, help="Only this channel.")
@click.option("--category", default=None, help="Only what stands in this section, issues that carry it included.")
@click.option("--all", "everything", is_flag=True, help="Everything.")
@click.option("--reason", required=True, help="Why; everybody who looks at what is held sees it.")
@click.option("--until", default=None, help="The stop ends by itself then: ISO 8601 with offset.")
@who_option
@json_option
@click.pass_obj
def stop(config: Path | None, /, who: str | None, as_json: bool, **scope: Any) -> None:
    """Let nothing leave any more, at once and through restarts, until the stop is lifted: on a channel, of a section,
    or at all. What waits and what comes is held. Deletions and alerts still pass.

    \b
    Examples:
      distributor stop --all --reason "the front page is wrong"
      distributor stop --channel x --category sport --reason "scores are wrong" --until 2026-11-30T12:00+03:00
    """
    found = act(config, "stop", {**scope, **named(who)})
    if as_json:
        print_json(found)
        return
    one = found["stop"]
    leaving = f"; {found['leaving']} are leaving at this moment" if found["leaving"] else ""
    click.echo(f"stop {one['id']} is in force: {_scope(one)}; {one['held']} held{leaving}")


@click.command()
@json_option
@click.pass_obj
def stops(config: Path | None, as_json: bool) -> None:
    """What is stopped, by whom and why, and what has piled up.

    \b
    Example:
      distributor stops
    """
    found = act(config, "stops", {})
    if as_json:
        print_json(found)
        return
    _table(config, found["stops"])
    rows = [
        (" ".join(str(number) for number in one["ids"]), one["channel"], one["headline"] or one["issue"], one["count"])
        for one in found["waiting"]
    ]
    if rows:
        print_table(("ids", "channel", "what waits", "deliveries"), rows)


@click.command()
@click.argument("decision", type=click.Choice(["send", "fold", "drop"]))
@click.option("--stop", default=None, type=click.IntRange(min=1), help="The stop's number; default all of them.")
@click.option(
    "--keep", multiple=True, type=click.IntRange(min=1), help="This delivery is sent all the same; may be repeated."
)
@who_option
@json_option
@click.pass_obj
def resume(
    config: Path | None, decision: str, stop: int | None, keep: tuple[int, ...], who: str | None, as_json: bool
) -> None:
    """End a stop. What has piled up is sent, folded into one round-up for each channel, or dropped.

    \b
    Examples:
      distributor resume send
      distributor resume drop --stop 3 --keep 1207 --keep 1208
    """
    arguments = {"decision": decision, "stop": stop, "keep": list(keep)}
    found = act(config, "resume", {**arguments, **named(who)})
    if as_json:
        print_json(found)
        return
    sums = [f"{found[how]} {how}" for how in ("sent", "folded", "dropped") if found[how]]
    click.echo(f"{len(found['lifted'])} lifted: {', '.join(sums) or 'nothing had piled up'}")
    _table(config, found["stops"])


def _table(config: Path | None, found: list[dict[str, Any]]) -> None:
    """The stops in force."""
    if not found:
        click.echo("nothing is stopped")
        return
    times = desk_instants(config)
    rows = [
        (
            one["id"],
            _scope(one),
            one["who"],
            one["reason"],
            times.cell(one["at"]),
            times.cell(one["until"]) or "somebody",
            one["held"],
        )
        for one in found
    ]
    print_table(("stop", "what", "by", "why", times.column("since"), times.column("until"), "held"), rows)


def _scope(one: dict[str, Any]) -> str:
    parts = [
        f"channel {one['channel']}" if one["channel"] else "",
        f"section {one['category']}" if one["category"] else "",
    ]
    return ", ".join(part for part in parts if part) or "everything"
