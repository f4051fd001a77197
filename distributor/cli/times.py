"""``distributor schedule``: when a schedule fires, and what is held until when; ``upcoming``: what leaves next."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from distributor.cli.instants import desk_instants
from distributor.cli.output import EXIT_CONFIG, act, json_option, print_json, print_table, why

if TYPE_CHECKING:
    from distributor.rules.queue.timing import Schedule


@click.group()
def schedule() -> None:
    """Look ahead: when a schedule fires, what is held until when.

    \b
    Example:
      distributor schedule next "weekdays at 07:00, 18:30" --zone Europe/Minsk
    """


@schedule.command("next")
@click.argument("expression")
@click.option("--zone", default="UTC", show_default=True, help="IANA time zone, such as Europe/Minsk.")
@click.option("--from", "start", default=None, help="Instant to start after, ISO 8601 with offset; default now.")
@click.option("--count", default=5, show_default=True, type=click.IntRange(1, 1000), help="How many instants.")
@json_option
def next_(expression: str, zone: str, start: str | None, count: int, as_json: bool) -> None:
    """The instants at which a schedule fires next, with their offset.

    \b
    Examples:
      distributor schedule next "30 7 * * 1-5" --zone Europe/Berlin --count 3
      distributor schedule next "every 15 minutes from 07:00 to 22:00 on weekdays"
    """
    from distributor.rules.queue.timing import parse_schedule

    try:
        parsed = parse_schedule(expression)
        place = _zone(zone)
        found = _upcoming(parsed, place, _instant(start, place), count)
    except ValueError as error:
        click.echo(str(error), err=True)
        sys.exit(EXIT_CONFIG)
    if as_json:
        print_json([at.isoformat() for at in found])
        return
    click.echo(parsed.explain())
    for at in found:
        click.echo(f"{at:%a %Y-%m-%d %H:%M} {at.tzname()}  ({at.isoformat()})")


@schedule.command("held")
@click.option("--channel", default=None, help="Only this channel.")
@json_option
@click.pass_context
def held(ctx: click.Context, channel: str | None, as_json: bool) -> None:
    """What is held, why and until when, and who may release it.

    \b
    Example:
      distributor schedule held --channel x
    """
    found = act(ctx.obj, "held", {"channel": channel})
    if as_json:
        print_json(found)
        return
    times = desk_instants(ctx.obj)
    rows = [
        (
            one["id"],
            one["channel"],
            times.cell(one["held_until"]) or "somebody",
            one["headline"] or one["issue"],
            why(one, times),
        )
        for one in found["held"]
    ]
    print_table(("id", "channel", times.column("until"), "what", "why"), rows)


@click.command()
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000), help="How many.")
@json_option
@click.pass_obj
def upcoming(config: Path | None, limit: int, as_json: bool) -> None:
    """What leaves next: what is due, and what the clock lets go. What waits for somebody is not in it.

    \b
    Example:
      distributor upcoming --limit 5
    """
    found = act(config, "upcoming", {"limit": limit})
    if as_json:
        print_json(found)
        return
    times = desk_instants(config)
    rows = [
        (times.cell(one["at"]), one["channel"], one["headline"] or one["issue"], one["count"], one["reason"])
        for one in found["upcoming"]
    ]
    print_table((times.column("leaves"), "channel", "what", "deliveries", "why then"), rows)


def _upcoming(schedule: Schedule, zone: ZoneInfo, start: datetime, count: int) -> list[datetime]:
    from distributor.rules.queue.timing import upcoming

    try:
        return upcoming(schedule, zone, start, count)
    except OverflowError as error:
        raise ValueError(f"--from: {start.isoformat()} is too near the calendar's end (years 1 to 9999)") from error


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"--zone: {name!r} is not a time zone; an IANA name such as Europe/Minsk is") from error


def _instant(text: str | None, zone: ZoneInfo) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"--from: {text!r} is not an instant; 2026-11-30T07:00+03:00 is") from error
    return at if at.tzinfo else at.replace(tzinfo=zone)
