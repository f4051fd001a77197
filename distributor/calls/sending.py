"""What each channel may do now: whether it sends, what it waits for, what it has spent. Asks nobody."""

from __future__ import annotations

from datetime import datetime

from distributor.app import App
from distributor.calls.registry import Json, call
from distributor.calls.relaying import lanes_of, relays_of
from distributor.config.settings import ChannelSettings
from distributor.interfaces import Named
from distributor.looks import instant
from distributor.model import History, Pause
from distributor.rules.queue.budget import Budget
from distributor.store.codes import from_ms
from distributor.store.connection import Row


@call
def channels(app: App) -> Json:
    """Each channel: whether it sends, what it waits for, its next post, what it costs and what is left."""
    now = app.clock.now()
    rows = {row["name"]: row for row in app.store.deliveries.channels()}
    pauses = {pause.channel: pause for pause in app.store.deliveries.pauses()}
    counts = app.store.deliveries.counts()
    return {
        "zone": app.settings.desk.zone,
        "mode": app.mode,
        "channels": [
            _whose(app, one)
            | _state(app, pauses.get(one.name))
            | _waits(app, rows[one.name], now)
            | {"counts": {state.value: count for state, count in counts.get(one.name, {}).items()}}
            | {"next": instant(app.store.deliveries.next_due(one.name))}
            | money(app, one, rows[one.name], now)
            | {"relays": relays_of(app, one.name, now), "lanes": lanes_of(app, one.name, now)}
            for one in app.settings.channels
        ],
    }


def _whose(app: App, settings: ChannelSettings) -> Json:
    channel = app.channels[settings.name]
    account = channel.account if isinstance(channel, Named) else ""
    return {"name": settings.name, "kind": settings.kind, "account": account or None}


def _state(app: App, pause: Pause | None) -> Json:
    return {
        "state": "paused" if pause else app.mode,
        "paused": pause.reason if pause else None,
        "paused_at": instant(pause.since) if pause else None,
    }


def _waits(app: App, row: Row, now: datetime) -> Json:
    """The channel's own wait (no scope, and no reason but its last delivery's), and those of accounts and apps."""
    limits = app.store.deliveries.limits(row["id"])
    told = [(None, row["not_before"], None), *((one["scope"], one["not_before"], one["reason"]) for one in limits)]
    waits = [(scope, from_ms(at), reason) for scope, at, reason in told if from_ms(at) > now]
    return {
        "waiting_until": instant(max((until for _, until, _ in waits), default=None)),
        "waits": [{"scope": scope, "until": instant(until), "reason": reason} for scope, until, reason in waits],
    }


def money(app: App, settings: ChannelSettings, row: Row, now: datetime) -> Json:
    """What a channel costs, what it has spent, and what is left."""
    budget = Budget(settings.policy)
    today, month = app.store.deliveries.spent(row["id"], budget.since(now))
    history = History(spent_today=today, spent_this_month=month)
    left_today, left_this_month = budget.left(history)
    posts, with_link = budget.posts_left(history)
    return {
        "price": _amount(settings.policy.price),
        "price_with_link": _amount(budget.price_with_link),
        "price_to_delete": _amount(settings.policy.price_to_delete),
        "links": settings.policy.links.value,
        "spent_today": _amount(today),
        "spent_this_month": _amount(month),
        "left_today": _amount(left_today),
        "left_this_month": _amount(left_this_month),
        "posts_left": posts,
        "posts_left_with_link": with_link,
    }


def _amount(micros: int | None) -> float | None:
    return None if micros is None else micros / 1_000_000
