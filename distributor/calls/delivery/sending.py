"""What each channel may do now: whether it sends, what it waits for, what it has spent. A look asks nobody; a paused
channel is asked when somebody says so, and a test goes where no reader sees it.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from distributor.app import App
from distributor.calls.ahead.expecting import expected
from distributor.calls.mail.relaying import lanes_of, relays_of
from distributor.calls.registry import Json, by, call, known
from distributor.channels import kinds
from distributor.config.settings import ChannelSettings
from distributor.errors import CallError, ChannelError
from distributor.interfaces import Channel, Checkable, Named, Rehearsing
from distributor.looks import amount, instant
from distributor.model import History, Pause
from distributor.model.forecast import Fate
from distributor.rules.forecast.weeks import WEEK
from distributor.rules.queue.budget import Budget
from distributor.rules.queue.gates import spoken
from distributor.rules.queue.stopping import covers
from distributor.store.codes import from_ms
from distributor.store.connection import Row
from distributor.store.desk.acts import By

#: Of each channel's tries that did not go well, so many are told.
ERRORS = 3


@call
def channels(app: App) -> Json:
    """Each channel: whether it sends, what it waits for, its next post, what it costs and what is left."""
    now = app.clock.now()
    rows = {row["name"]: row for row in app.store.deliveries.channels()}
    pauses = {pause.channel: pause for pause in app.store.deliveries.pauses()}
    counts = app.store.deliveries.counts()
    stopped, troubles = app.store.stops.in_force(now), _troubles(app)
    return {
        "zone": app.settings.desk.zone,
        "mode": app.mode,
        "at": instant(now),
        "channels": [
            _whose(app, one)
            | _state(app, pauses.get(one.name))
            | _waits(app, rows[one.name], now)
            | {"counts": {state.value: count for state, count in counts.get(one.name, {}).items()}}
            | {"next": instant(_next(app, one, rows[one.name], now))}
            | _rules(one)
            | {
                "errors": troubles.get(rows[one.name]["id"], []),
                "stops": [each.id for each in stopped if covers(each, one.name, ())],
                "test_to": stage(app, one.name),
                "test_needs": needs(app, one.name),
            }
            | money(app, one, rows[one.name], now)
            | {"relays": relays_of(app, one.name, now), "lanes": lanes_of(app, one.name, now)}
            for one in app.settings.channels
        ],
    }


def _next(app: App, settings: ChannelSettings, row: Row, now: datetime) -> datetime | None:
    """When the next post is expected; where nobody knows, when the channel may have something to send again."""
    leaving = [one.at for one in expected(app, settings, row, now, now + WEEK).values() if one.fate is Fate.LEAVES]
    known = [at for at in leaving if at is not None]
    return min(known) if known else app.store.deliveries.next_due(settings.name)


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


def _rules(settings: ChannelSettings) -> Json:
    """How fast a channel may post, and when."""
    policy = settings.policy
    return {
        "pace": {
            "gap_s": int(policy.gap.total_seconds()) or None,
            "most_per_hour": policy.most_per_hour or None,
            "most_per_day": policy.most_per_day or None,
            "quiet": policy.quiet or None,
            "slots": list(policy.slots),
        }
    }


def _troubles(app: App) -> dict[int, list[Json]]:
    """The latest tries that did not go well, by the channel's number."""
    found: dict[int, list[Json]] = {}
    for row in app.store.agenda.troubles(ERRORS):
        told = {"at": instant(row["at"]), "outcome": row["outcome"], "detail": row["detail"]}
        found.setdefault(row["channel_id"], []).append(told)
    return found


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
    ledger, since = app.store.deliveries, budget.since(now)
    is_shadow = app.settings.mode == "shadow"
    today, month = ledger.spent_in_shadow(row["id"], since, now) if is_shadow else ledger.spent(row["id"], since)
    history = History(spent_today=today, spent_this_month=month)
    left_today, left_this_month = budget.left(history)
    posts, with_link = budget.posts_left(history)
    return {
        "price": amount(settings.policy.price),
        "price_with_link": amount(budget.price_with_link),
        "price_to_delete": amount(settings.policy.price_to_delete),
        "links": settings.policy.links.value,
        "spent_today": amount(today),
        "spent_this_month": amount(month),
        "left_today": amount(left_today),
        "left_this_month": amount(left_this_month),
        "posts_left": posts,
        "posts_left_with_link": with_link,
    }


@call
def resume_channel(app: App, *, who: str, through: str, channel: str) -> Json:
    """Ask a paused channel at once, by a harmless call, whether it works again; where it does, it goes on."""
    doer = by(app, who, through)
    opened = _opened(app, channel)
    if channel not in {one.channel for one in app.store.deliveries.pauses()}:
        hint = "a stop of the channel is ended by resume"
        raise CallError("not_paused", f"the channel {channel} is not paused", hint=hint)
    told = None
    try:
        if isinstance(opened, Checkable):
            told = opened.check()
    except ChannelError as error:
        raise CallError(
            "still_refused", f"{channel} is still refused: {error}", hint="set it right, then ask"
        ) from error
    app.store.deliveries.resume(channel, doer.at, by=doer)
    return {"channel": channel, "told": told}


@call
def test_post(app: App, *, who: str, through: str, channel: str) -> Json:
    """Post a marked test by a channel's own account into its operations chat, where no reader sees it."""
    doer = by(app, who, through)
    opened = _opened(app, channel)
    if app.mode != "live":
        raise CallError("shadow", "nothing is sent in shadow", hint="set mode to live, or take over")
    if not isinstance(opened, Rehearsing) or not opened.stage:
        raise CallError("no_stage", f"{channel} has no operations chat", hint=needs(app, channel) or "")
    try:
        receipt = opened.rehearse(_words(app, channel, doer))
    except ChannelError as error:
        raise CallError("test_refused", f"the test of {channel} did not arrive: {error}", hint="mend that") from error
    app.store.people.note("tested", f"{channel}, in {opened.stage}", doer)
    return {"channel": channel, "stage": opened.stage, "url": receipt.url or None}


def stage(app: App, channel: str) -> str | None:
    """Where a test of a channel stands; None: nowhere."""
    opened = app.channels[channel]
    return (opened.stage or None) if isinstance(opened, Rehearsing) else None


def needs(app: App, channel: str) -> str | None:
    """What a test of a channel would need; None: nothing more."""
    return None if stage(app, channel) else kinds()[app.channels[channel].kind].test_needs


def _opened(app: App, channel: str) -> Channel:
    if channel not in app.channels:
        raise CallError("unknown_channel", f"there is no channel {channel!r}", hint=known(app.channels))
    return app.channels[channel]


def _words(app: App, channel: str, doer: By) -> str:
    at = spoken(doer.at, doer.at, ZoneInfo(app.settings.desk.zone))
    return f"TEST of the channel {channel}, by {doer.who}, {at}. No reader sees this; nothing has to be done."
