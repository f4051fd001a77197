"""Calls of the stop button: stop, what is stopped, and what becomes of what has piled up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

from distributor.app import App
from distributor.calls.registry import Json, by, call, know_channel, known, parse_instant
from distributor.errors import CallError
from distributor.looks import instant
from distributor.model import Stop
from distributor.rules.queue.stopping import Resumption
from distributor.rules.queue.timing import slot_name
from distributor.store.connection import Row
from distributor.store.desk.acts import By
from distributor.store.desk.holds import Scope

#: Most rows that are told one by one, and most that a glance counts.
MOST_TOLD, GLANCE = 10_000, 999
#: The longest end in minutes: a year.
LONGEST = 366 * 24 * 60


@call
def stop(
    app: App,
    *,
    who: str,
    through: str,
    reason: str,
    channel: str | None = None,
    category: str | None = None,
    everything: bool = False,
    until: str | None = None,
    minutes: int | None = None,
) -> Json:
    """Let nothing leave any more: on a channel, of a section, or at all; what waits and what comes is held."""
    doer = by(app, who, through)
    if not reason.strip():
        raise CallError("no_reason", "nothing says why", hint="--reason TEXT")
    know_channel(app, channel)
    if everything is (channel is not None or category is not None) or category == "":
        hint = "a channel, a section, both, or everything and nothing else"
        raise CallError("nothing_named", "it is not clear what is to be stopped", hint=hint)
    end = _end(until, minutes, doer.at)
    number = app.store.stops.begin(channel=channel or "", category=category or "", reason=reason, until=end, by=doer)
    leaving = app.store.holds.at_the_wire(Scope(channel=channel))
    app.store.stops.sweep(doer.at)
    (face,) = [one for one in _stops(app) if one["id"] == number]
    return {"stop": face, "leaving": leaving}


@call
def stops(app: App, *, limit: int = MOST_TOLD) -> Json:
    """The stops in force, what has piled up behind them, and what could be stopped."""
    rows = app.store.stops.piled_up()
    return {
        "stops": _stops(app),
        "waiting": [_waiting(row) for row in rows[:limit]],
        "piled_up": len(rows),
        "channels": [one.name for one in app.settings.channels],
        "sections": sections(app),
    }


@call
def stopped(app: App) -> Json:
    """The stops in force at a glance, as every page of the desk shows them; costs next to nothing."""
    found = app.store.stops.in_force(app.clock.now())
    held = app.store.stops.heap(GLANCE + 1) if found else 0
    return {
        "stops": [
            {
                "id": one.id,
                "channel": one.channel or None,
                "category": one.category or None,
                "until": instant(one.until),
            }
            for one in found
        ],
        "held": min(held, GLANCE),
        "is_more": held > GLANCE,
    }


@call
def resume(
    app: App, *, who: str, through: str, decision: str, stop: int | None = None, keep: Sequence[int] = ()
) -> Json:
    """End a stop (without a number: all of them); what has piled up is sent, folded or dropped."""
    doer = by(app, who, through)
    how = _decision(decision)
    open_ones = [one.id for one in app.store.stops.in_force(doer.at)]
    if stop is not None and stop not in open_ones:
        hint = known(str(number) for number in open_ones)
        raise CallError("unknown_stop", f"no stop {stop} is in force", hint=hint)
    lifted = app.store.stops.lift(open_ones if stop is None else [stop], how, doer)
    if not lifted:
        raise CallError("nothing_stopped", "no stop is in force", hint="distributor stops")
    done = _decide(app, how, doer, keep)
    return {"lifted": list(lifted), "decision": how.value, **done, "stops": _stops(app)}


def _end(until: str | None, minutes: int | None, now: datetime) -> datetime | None:
    """When a stop ends by itself. Raises CallError for what is no time to come."""
    if until is not None and minutes is not None:
        raise CallError("bad_instant", "two ends are named", hint="an instant, or so many minutes")
    if minutes is not None:
        if minutes > LONGEST:
            raise CallError("bad_instant", f"{minutes} minutes are too many", hint=f"at most {LONGEST}, or none")
        return now + timedelta(minutes=minutes)
    end = None if until is None else parse_instant(until)
    if end is not None and end <= now:
        raise CallError("bad_instant", f"{until} is past", hint="name an instant that is still to come, or none")
    return end


def sections(app: App) -> list[str]:
    """The sections that the configuration names."""
    listed = [one.categories for one in app.settings.routes] + [one.categories for one in app.settings.digests]
    named = [*(one.category for one in app.settings.feeds), *chain.from_iterable(listed)]
    return sorted({name.casefold(): name for name in named if name}.values(), key=str.casefold)


def finish_stops(app: App) -> None:
    """At a start: where an end of a stop was cut short, what it decided falls on the rest."""
    decided = app.store.stops.last_decision()
    if decided is not None:
        _decide(app, decided[0], By(who=decided[1], through="the next start", at=app.clock.now()), ())


def _decide(app: App, decision: Resumption, doer: By, keep: Sequence[int]) -> Json:
    """Apply a decision to what no stop holds any more; how many rows each way."""
    slot = slot_name(doer.at, ZoneInfo(app.settings.desk.zone))
    done = app.store.stops.decide(decision, doer, keep=frozenset(keep), slot=slot)
    return {"sent": done[Resumption.SEND], "folded": done[Resumption.FOLD], "dropped": done[Resumption.DROP]}


def _decision(name: str) -> Resumption:
    try:
        return Resumption(name)
    except ValueError as error:
        raise CallError("unknown_decision", f"there is no decision {name!r}", hint=known(Resumption)) from error


def _stops(app: App) -> list[Json]:
    now = app.clock.now()
    counts = app.store.stops.covers(now)
    return [_face(one, counts.get(one.id, 0)) for one in app.store.stops.in_force(now)]


def _face(one: Stop, count: int) -> Json:
    return {
        "id": one.id,
        "channel": one.channel or None,
        "category": one.category or None,
        "reason": one.reason,
        "who": one.who,
        "through": one.through,
        "at": instant(one.at),
        "until": instant(one.until),
        "held": count,
    }


def _waiting(row: Row) -> dict[str, Any]:
    ids = [int(number) for number in (row["ids"] or "").split(",") if number]
    return {
        "ids": ids,
        "channel": row["channel"],
        "headline": row["headline"],
        "story": row["url"],
        "issue": f"{row['digest']} {row['slot']}" if row["digest"] else None,
        "count": row["n"],
        "reason": row["reason"],
    }
