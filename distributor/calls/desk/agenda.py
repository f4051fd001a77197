"""The calls behind the desk's queue and calendar: a day or a week, channel by channel. Change nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from distributor.app import App
from distributor.calls.ahead.expecting import expected, expected_on, instants, told_of
from distributor.calls.registry import Json, call, know_channel
from distributor.config.settings import ChannelSettings
from distributor.errors import CallError
from distributor.looks import instant
from distributor.model import State
from distributor.model.forecast import Foreseen
from distributor.phrases import Phrase
from distributor.rules.queue.calendar import Day, day_of, label, quiet_spans, slots, week_of
from distributor.rules.queue.holds import hold_of
from distributor.rules.queue.moving import WAITING, acts
from distributor.rules.queue.stopping import covering
from distributor.store.codes import ACTS, STATES, from_ms
from distributor.store.connection import Row

#: Most posts of a channel on one page of a day; of one day in a week; and of those that wait for somebody.
OF_A_DAY, OF_A_WEEK, FOR_SOMEBODY = 20, 4, 10
#: The kind of channel whose messages go to each reader alone: its issues are told, not its mails.
_MAIL = "email"
#: Slots of a digest that are told of one look, however many its readers have chosen.
_SLOTS = 60
_FIRST, _LAST = date(2000, 1, 1), date(2199, 12, 31)


@call
def calendar(
    app: App,
    *,
    day: str | None = None,
    week: str | None = None,
    channel: str | None = None,
    page: int = 1,
    limit: int | None = None,
) -> Json:
    """A day (without one: today) or a week: what went, what waits and for what, slots, quiet hours, issues."""
    know_channel(app, channel)
    now, zone = app.clock.now(), ZoneInfo(app.settings.desk.zone)
    asked = week or day
    chosen = _date(asked) if asked else now.astimezone(zone).date()
    days = week_of(chosen, zone) if week else [day_of(chosen, zone)]
    most = min(limit or (OF_A_WEEK if week else OF_A_DAY), 1000)
    step = timedelta(days=7 if week else 1)
    rows = {row["name"]: row for row in app.store.deliveries.channels()}
    return {
        "zone": zone.key,
        "mode": app.mode,
        "at": instant(now),
        "view": "week" if week else "day",
        "today": now.astimezone(zone).date().isoformat(),
        "previous": (days[0].date - step).isoformat(),
        "next": (days[0].date + step).isoformat(),
        "page": page,
        "limit": most,
        "days": [_day(one, zone) for one in days],
        "channels": [
            _channel(app, one, rows[one.name], days, now, skip=(page - 1) * most, most=most)
            for one in app.settings.channels
            if channel in (None, one.name)
        ],
    }


@call
def planned(app: App, *, id: int) -> Json:  # noqa: A002 - as every answer calls it
    """One delivery that waits, or has gone: what it waits for, and what somebody could do with it."""
    row = app.store.agenda.one(id)
    if row is None or row["recipient"]:
        raise CallError("unknown_delivery", f"no post has the number {id}", hint="mails go to each reader alone")
    now, state = app.clock.now(), STATES[row["state"]]
    coming = expected_on(app, row["channel"], now) if state in WAITING else {}
    at = row["started_at"] if state not in WAITING and row["started_at"] else (row["held_until"] or row["due_at"])
    face = _post(row, max(from_ms(at), now) if state in WAITING else from_ms(at))
    stale = None if row["stale_at"] is None else instant(row["stale_at"])
    paused = {one.channel: one.reason for one in app.store.deliveries.pauses()}
    return {
        "zone": app.settings.desk.zone,
        "now": instant(now),
        "post": face
        | {"channel": row["channel"], "stale_at": stale, "paused": paused.get(row["channel"])}
        | told_of(coming.get(id)),
    }


def _date(text: str) -> date:
    """Raises CallError for a text that is no day (or week) of our time."""
    try:
        found = date.fromisoformat(f"{text}-1" if "W" in text and text.count("-") == 1 else text)
    except ValueError as error:
        raise CallError("bad_day", f"{text!r:.40} is no day", hint="2026-11-30, or a week: 2026-W49") from error
    if not _FIRST <= found <= _LAST:
        raise CallError(
            "bad_day", f"{text} is far from here", hint=Phrase("%(first)s to %(last)s", first=_FIRST, last=_LAST)
        )
    return found


def _day(one: Day, zone: ZoneInfo) -> Json:
    return {
        "date": one.date.isoformat(),
        "begins": instant(one.begins),
        "ends": instant(one.ends),
        "hours": [{"at": instant(hour), "label": label(hour, zone)} for hour in one.hours],
    }


def _channel(
    app: App, settings: ChannelSettings, row: Row, days: Sequence[Day], now: datetime, *, skip: int, most: int
) -> Json:
    number = row["id"]
    is_mail = settings.kind == _MAIL
    coming = expected(app, settings, row, now, days[-1].ends)
    found = _issues(app, settings.name, days, now) if is_mail else _posts(app, number, days, now, coming, skip, most)
    waiting = [] if is_mail else app.store.agenda.for_somebody(number, FOR_SOMEBODY + 1)
    stop = covering(app.store.stops.in_force(now), settings.name, ())
    zone, policy = ZoneInfo(settings.policy.zone), settings.policy
    return {
        "name": settings.name,
        "kind": settings.kind,
        "paused": row["paused_reason"] or None,
        "stopped": stop.reason if stop else None,
        "quiet": policy.quiet or None,
        "is_silent_in_quiet": policy.quiet_silent,
        "schedules": [] if is_mail else list(policy.slots),
        "waiting": [_post(one, from_ms(one["at"])) for one in waiting[:FOR_SOMEBODY]],
        "is_waiting_cut": len(waiting) > FOR_SOMEBODY,
        "days": [
            {
                "date": one.date.isoformat(),
                "quiet": [
                    {"from": instant(begins), "until": instant(ends)}
                    for begins, ends in (() if is_mail else quiet_spans(policy.quiet, zone, one))
                ],
                "slots": [instant(at) for at in (() if is_mail else slots(policy.slots, zone, one))],
                **found[index],
            }
            for index, one in enumerate(days)
        ],
    }


def _posts(
    app: App,
    number: int,
    days: Sequence[Day],
    now: datetime,
    coming: Mapping[int, Foreseen],
    skip: int,
    most: int,
) -> Sequence[Json]:
    """Of each day what went and what is expected, a page of each; ``count`` is of the day."""
    spans = [(one.begins, one.ends) for one in days]
    found: list[Json] = [{"count": 0, "is_cut": False, "posts": []} for _ in days]
    rows = [
        *app.store.agenda.gone(number, spans, skip=skip, most=most),
        *app.store.agenda.ahead(number, spans, now, expected=instants(coming), skip=skip, most=most),
    ]
    for side in (State.SENT, State.PLANNED):
        told: dict[int, int] = {}
        for row in rows:
            if (STATES[row["state"]] in WAITING) is (side in WAITING):
                told[row["day"]] = row["n"]
                face = _post(row, from_ms(row["at"])) | told_of(coming.get(row["id"]))
                found[row["day"]]["posts"].append(face)
        for index, count in told.items():
            found[index]["count"] += count
            found[index]["is_cut"] |= count > skip + most
    return found


def _post(row: Row, at: datetime) -> Json:
    held, state = row["held_by"], STATES[row["state"]]
    return {
        "id": row["id"],
        "what": ACTS[row["act"]].value,
        "state": state.value,
        "headline": row["headline"],
        "story": row["story"] or None,
        "url": row["url"] or None,
        "reason": row["reason"] or None,
        "held_by": held or None,
        "held_until": instant(row["held_until"]),
        "released_by": hold_of(held).released_by if held else None,
        "at": instant(at),
        "acts": list(acts(state, held)),
        "readers": None,
        **told_of(None),
    }


def _issues(app: App, channel: str, days: Sequence[Day], now: datetime) -> Sequence[Json]:
    """Of each day the issues that were opened and the slots that come, of a mail channel's digests."""
    names = [one.name for one in app.settings.digests if one.channel == channel]
    told = [one for name in names for one in _opened(app, name, days)]
    told += [one for name in names for one in _coming(app, name, days, now)]
    told.sort(key=lambda one: one[0])
    spans = [[face for at, face in told if one.begins <= at < one.ends] for one in days]
    return [{"count": len(one), "is_cut": False, "posts": one} for one in spans]


def _opened(app: App, digest: str, days: Sequence[Day]) -> list[tuple[datetime, Json]]:
    rows = app.store.glance.issues(digest, days[0].begins, 1000)
    return [(from_ms(row["opened_at"]), _issue(digest, from_ms(row["opened_at"]), row)) for row in rows]


def _coming(app: App, digest: str, days: Sequence[Day], now: datetime) -> list[tuple[datetime, Json]]:
    found: list[tuple[datetime, Json]] = []
    at: datetime | None = max(now, days[0].begins - timedelta(microseconds=1))
    while at is not None and len(found) < _SLOTS:
        at = app.digesters[digest].next_slot(at)
        if at is None or at >= days[-1].ends:
            break
        found.append((at, _issue(digest, at, {})))
    return found


def _issue(digest: str, at: datetime, row: Row | Mapping[str, Any]) -> Json:
    blank = dict.fromkeys(("story", "url", "held_by", "held_until", "released_by"))
    return {
        **blank,
        "id": row["id"] if row else None,
        "what": "issue",
        "state": row["state"] if row else "planned",
        "headline": digest,
        "reason": (row["reason"] or None) if row else None,
        "at": instant(at),
        "acts": [],
        "readers": row["recipients"] if row else None,
        **told_of(None),
    }
