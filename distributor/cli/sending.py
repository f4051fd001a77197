"""``distributor channels``: whether each channel sends, what it waits for, what it has spent."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from distributor.cli.output import act, json_option, print_json, print_table
from distributor.rules.budget import money


@click.command()
@json_option
@click.pass_obj
def channels(config: Path | None, as_json: bool) -> None:
    """Each channel: whether it sends, what it waits for, its next post, what it has spent and what is left.

    \b
    Example:
      distributor channels --json
    """
    found = act(config, "channels", {})
    if as_json:
        print_json(found)
        return
    zone = ZoneInfo(found["zone"])
    rows = [
        (
            one["name"],
            f"{one['kind']} {one['account'] or ''}".strip(),
            one["state"],
            _local(one["waiting_until"], zone),
            _local(one["next"], zone),
            ", ".join(f"{count} {state}" for state, count in one["counts"].items()),
            _spent(one),
            _left(one),
        )
        for one in found["channels"]
    ]
    times = (f"waits until ({zone.key})", f"next post ({zone.key})")
    print_table(("channel", "account", "state", *times, "deliveries", "spent", "left"), rows)
    for one in found["channels"]:
        _tell(one, zone)


def _tell(one: dict[str, Any], zone: ZoneInfo) -> None:
    """Why a channel is paused or waits, one plain line each."""
    if one["paused"]:
        click.echo(f"{one['name']} is paused since {_local(one['paused_at'], zone)} ({zone.key}): {one['paused']}")
    for wait in one["waits"]:
        reason = f": {wait['reason']}" if wait["reason"] else ""
        whose = f" ({wait['scope']})" if wait["scope"] else ""
        click.echo(f"{one['name']} waits until {_local(wait['until'], zone)} ({zone.key}){reason}{whose}")


def _local(at: str | None, zone: ZoneInfo) -> str:
    """An instant in the desk's zone; empty for none."""
    return f"{datetime.fromisoformat(at).astimezone(zone):%Y-%m-%d %H:%M:%S}" if at else ""


def _spent(one: dict[str, Any]) -> str:
    if not one["price_with_link"]:
        return ""
    return f"{_money(one['spent_today'])} today, {_money(one['spent_this_month'])} this month"


def _left(one: dict[str, Any]) -> str:
    """What is left of each budget, and for how many posts; empty without a budget."""
    sums = [("today", one["left_today"]), ("this month", one["left_this_month"])]
    rests = [f"{_money(left)} {when}" for when, left in sums if left is not None]
    if one["posts_left"] is not None:
        rests.append(f"{one['posts_left']} posts, {one['posts_left_with_link']} with a link")
    return "; ".join(rests)


def _money(amount: float) -> str:
    return money(round(amount * 1_000_000))
