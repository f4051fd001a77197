"""``distributor channels``: whether each channel sends, what it waits for, what it has spent."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from distributor.cli.instants import Instants
from distributor.cli.output import act, json_option, print_json, print_table
from distributor.rules.queue.budget import money


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
    times = Instants(zone=ZoneInfo(found["zone"]))
    rows = [
        (
            one["name"],
            f"{one['kind']} {one['account'] or ''}".strip(),
            one["state"],
            times.cell(one["waiting_until"]),
            times.cell(one["next"]),
            ", ".join(f"{count} {state}" for state, count in one["counts"].items()),
            _spent(one),
            _left(one),
        )
        for one in found["channels"]
    ]
    columns = times.column("waits until"), times.column("next post")
    print_table(("channel", "account", "state", *columns, "deliveries", "spent", "left"), rows)
    for one in found["channels"]:
        _tell(one, times)


def _tell(one: dict[str, Any], times: Instants) -> None:
    """Why a channel is paused or waits, one plain line each."""
    if one["paused"]:
        click.echo(f"{one['name']} is paused since {times.said(one['paused_at'])}: {one['paused']}")
    for wait in one["waits"]:
        reason = f": {wait['reason']}" if wait["reason"] else ""
        whose = f" ({wait['scope']})" if wait["scope"] else ""
        click.echo(f"{one['name']} waits until {times.said(wait['until'])}{reason}{whose}")
    for relay in one["relays"]:
        if line := _relay(relay, times):
            click.echo(f"{one['name']}, relay {relay['name']}: {line}")
    for lane in one["lanes"]:
        pace = "as fast as it may be" if lane["per_minute"] is None else f"{lane['per_minute']:.4g} mails a minute"
        click.echo(
            f"{one['name']} mails {lane['provider']} {pace}, slowed {times.said(lane['since'])}: {lane['reason']}"
        )


def _relay(one: dict[str, Any], times: Instants) -> str:
    """What of a relay is worth a line: a trouble, a limit, a ramp; empty for one that takes everything."""
    parts = [
        f"left alone until {times.said(one['rests_until'])}: {one['trouble']}" if one["rests_until"] else "",
        f"{one['full']} are used up until {times.said(one['opens'])}" if one["full"] else "",
        f"{one['left']} left of its quotas, {one['counted']} counted in a day" if one["left"] else "",
        f"new: {one['warmup']} a day" if one["warmup"] is not None else "",
    ]
    return "; ".join(part for part in parts if part)


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
