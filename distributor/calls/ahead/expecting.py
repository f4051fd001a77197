"""When what waits on a channel is expected to leave: its gates are asked as if nothing else came. Changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from distributor.app import App
from distributor.calls.registry import Json
from distributor.config.settings import ChannelSettings
from distributor.looks import instant
from distributor.model.forecast import Foreseen
from distributor.outlets import make_rulebook
from distributor.rules.forecast.queues import foresee_queue
from distributor.rules.forecast.weeks import WEEK
from distributor.rules.queue.budget import Budget
from distributor.rules.queue.stopping import covering
from distributor.store.codes import from_ms
from distributor.store.connection import Row

#: Most posts of a channel that are looked at, the next of them; those behind have the instant of their own alone.
MOST = 200


def expected(app: App, settings: ChannelSettings, row: Row, now: datetime, until: datetime) -> Mapping[int, Foreseen]:
    """What becomes of what waits on a channel, by its number, before an instant; ``row`` is the channel's own.

    Nothing is known of a channel that is paused or stopped without an end, and mails pass no gates.
    """
    rulebook = make_rulebook(app.settings, app.channels, app.renderer)
    begin = _begin(app, settings.name, row, now)
    if until <= now or begin is None or settings.name in rulebook.mails:
        return {}
    policy = rulebook.policies[settings.name]
    in_shadow = app.settings.mode == "shadow"
    before = app.store.weeks.waiting(row["id"], now, Budget(policy).since(now), MOST, in_shadow=in_shadow)
    return foresee_queue(settings.name, policy, before, begin, until)


def expected_on(app: App, channel: str, now: datetime) -> Mapping[int, Foreseen]:
    """The same of a channel by its name, in the next seven days; nothing of one that is not configured any more."""
    rows = {row["name"]: row for row in app.store.deliveries.channels()}
    own = [one for one in app.settings.channels if one.name == channel]
    return expected(app, own[0], rows[channel], now, now + WEEK) if own else {}


def _begin(app: App, channel: str, row: Row, now: datetime) -> datetime | None:
    """Before which instant nothing leaves on a channel; None: nobody knows."""
    stop = covering(app.store.stops.in_force(now), channel, ())
    until = stop.until if stop else now
    if row["paused_reason"] or until is None:
        return None
    waits = (row["not_before"], *(one["not_before"] for one in app.store.deliveries.limits(row["id"])))
    begin: datetime = max(now, until, from_ms(max(waits)))
    return begin


def instants(found: Mapping[int, Foreseen]) -> Mapping[int, datetime]:
    """When each is expected, of what is expected at all."""
    return {number: one.at for number, one in found.items() if one.at is not None}


def told_of(one: Foreseen | None) -> Json:
    """What is expected of something that waits, and when; nothing where nobody knows."""
    return {"expected": one.fate.value if one else None, "expected_at": instant(one.at) if one else None}
