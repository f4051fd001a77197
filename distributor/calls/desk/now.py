"""The call behind the desk's first page: what went out, what will, what needs somebody. Changes nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

from distributor.app import App
from distributor.calls.ahead.expecting import expected, instants, told_of
from distributor.calls.delivery.sending import money
from distributor.calls.registry import Json, call
from distributor.config.settings import ChannelSettings
from distributor.looks import instant
from distributor.model import Pause
from distributor.rules.queue.stopping import covering
from distributor.store.codes import ACTS, STATES
from distributor.store.connection import Row

#: How far is looked back and ahead; and most that is told one by one of each channel and side.
DAY, MOST = timedelta(days=1), 30
#: The kind of channel whose messages go to each reader alone: its issues are told, not its mails.
_MAIL = "email"


@call
def now(app: App) -> Json:
    """The last day and the next, channel by channel, and how much needs somebody."""
    at = app.clock.now()
    rows = {row["name"]: row for row in app.store.deliveries.channels()}
    pauses = {pause.channel: pause for pause in app.store.deliveries.pauses()}
    return {
        "desk": app.settings.desk.name,
        "zone": app.settings.desk.zone,
        "mode": app.mode,
        "at": instant(at),
        "since": instant(at - DAY),
        "until": instant(at + DAY),
        "attention": _attention(app, at),
        "channels": [_channel(app, one, rows[one.name], pauses.get(one.name), at) for one in app.settings.channels],
        "money": _money(app, rows, at),
    }


def _attention(app: App, at: datetime) -> Json:
    states = app.store.stories.feeds()
    failing = [one.name for one in app.settings.feeds if one.name in states and states[one.name].failures]
    return {
        **app.store.glance.trouble(at - DAY),
        "paused": len(app.store.deliveries.pauses()),
        "feeds": len(failing),
        "alerts": len(app.store.alerts.open_alerts()),
        "stops": len(app.store.stops.in_force(at)),
    }


def _channel(app: App, settings: ChannelSettings, row: Row, pause: Pause | None, at: datetime) -> Json:
    if settings.kind == _MAIL:
        earlier, later = _issues(app, settings.name, at), _slots(app, settings.name, at)
    else:
        earlier = [_post(one) for one in app.store.glance.earlier(row["id"], at - DAY, MOST + 1)]
        later = _later(app, settings, row, at)
    stop = covering(app.store.stops.in_force(at), settings.name, ())
    return {
        "name": settings.name,
        "kind": settings.kind,
        "paused": pause.reason if pause else None,
        "stopped": stop.reason if stop else None,
        "stopped_until": instant(stop.until) if stop else None,
        "earlier": earlier[:MOST],
        "later": later[:MOST],
        "is_cut": max(len(earlier), len(later)) > MOST,
    }


def _later(app: App, settings: ChannelSettings, row: Row, at: datetime) -> list[Json]:
    """What waits on a channel and is expected within a day, by its instant."""
    coming, day = expected(app, settings, row, at, at + DAY), [(at, at + DAY)]
    rows = app.store.agenda.ahead(row["id"], day, at, expected=instants(coming), skip=0, most=MOST + 1)
    return [_post(one) | told_of(coming.get(one["id"])) for one in rows]


def _post(row: Row) -> Json:
    return {
        "id": row["id"],
        "what": ACTS[row["act"]].value,
        "state": STATES[row["state"]].value,
        "headline": row["headline"],
        "story": row["story"] or None,
        "url": row["url"] or None,
        "reason": row["reason"] or None,
        "at": instant(row["at"]),
        "readers": None,
        **told_of(None),
    }


def _issues(app: App, channel: str, at: datetime) -> list[Json]:
    """The issues of a mail channel's digests, newest first."""
    names = [one.name for one in app.settings.digests if one.channel == channel]
    rows = [row for name in names for row in app.store.glance.issues(name, at - DAY, MOST + 1)]
    found = sorted(rows, key=lambda row: row["opened_at"], reverse=True)
    return [_issue(row["digest"], row["state"], row["opened_at"], row) for row in found]


def _slots(app: App, channel: str, at: datetime) -> list[Json]:
    """The next slots of a mail channel's digests."""
    names = [one.name for one in app.settings.digests if one.channel == channel]
    slots = [(slot, name) for name in names if (slot := app.digesters[name].next_slot(at)) and slot < at + DAY]
    return [_issue(name, "planned", slot) for slot, name in sorted(slots)]


def _issue(digest: str, state: str, at: datetime | int, row: Row | None = None) -> Json:
    return {
        "id": None,
        "what": "issue",
        "state": state,
        "headline": digest,
        "story": None,
        "url": None,
        "reason": row["reason"] or None if row else None,
        "at": instant(at),
        "readers": row["recipients"] if row else None,
        **told_of(None),
    }


def _money(app: App, rows: dict[str, Row], at: datetime) -> list[Json]:
    """The channels whose money is limited, with what is left of it."""
    found = [(one.name, money(app, one, rows[one.name], at)) for one in app.settings.channels]
    keys = ("left_today", "left_this_month", "posts_left", "posts_left_with_link")
    return [
        {"name": name, **{key: left[key] for key in keys}}
        for name, left in found
        if left["left_today"] is not None or left["left_this_month"] is not None
    ]
