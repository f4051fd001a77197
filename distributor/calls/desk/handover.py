"""The hand-over sheet: what one shift leaves to the next. Reads and changes nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from distributor.app import App
from distributor.calls.delivery.sending import money
from distributor.calls.delivery.stopping import stops
from distributor.calls.registry import Json, call
from distributor.errors import CallError
from distributor.looks import instant
from distributor.model import HAND_OVER, State
from distributor.rules.queue.holds import EMBARGO
from distributor.rules.queue.timing import parse_schedule
from distributor.sheet import lines, title
from distributor.store.codes import ACTS, STATES
from distributor.store.connection import Row

#: A shift's length where nobody says another; and the longest that is told.
SHIFT, LONGEST = 8, 168


@call
def handover(app: App, *, hours: int | None = None) -> Json:
    """What was sent, what is held and why, failed, unknown, who decided what, embargoes ahead, silent feeds, money."""
    hours = SHIFT if hours is None else hours
    if hours > LONGEST:
        raise CallError("too_long", f"{hours} hours are more than a sheet can tell", hint=f"at most {LONGEST}")
    now = app.clock.now()
    since = now - timedelta(hours=hours)
    shift = app.store.shift
    rows = shift.open(since)
    held = [row for row in rows if STATES[row["state"]] is State.HELD]
    return {
        "desk": app.settings.desk.name,
        "zone": app.settings.desk.zone,
        "mode": app.mode,
        "since": instant(since),
        "until": instant(now),
        "sent": [_post(row) for row in shift.posts(since)],
        "posted": shift.posted(since),
        "issues": [_issue(app, row) for row in shift.issues(since)],
        "held": [_open(row) for row in held if row["held_by"] != EMBARGO],
        "embargoes": [_open(row) for row in held if row["held_by"] == EMBARGO],
        "failed": [
            _open(row) | {"sent_again": bool(row["sent_again"])} for row in rows if STATES[row["state"]] is State.FAILED
        ],
        "unknown": [_open(row) for row in rows if STATES[row["state"]] is State.UNKNOWN],
        "decisions": list(_decisions(shift.decisions(since), {row["name"] for row in app.store.deliveries.channels()})),
        "alerts": [
            {"key": one.key, "text": one.text, "since": instant(one.raised_at)}
            for one in app.store.alerts.open_alerts()
        ],
        "stops": stops(app)["stops"],
        "paused": [one.channel for one in app.store.deliveries.pauses()],
        "money": _money(app),
    }


def announce_handover(app: App) -> None:
    """Send the sheet to whoever gets alerts: by the clock, at a shift's end, about all since the last one."""
    now, zone = app.clock.now(), ZoneInfo(app.settings.desk.zone)
    hours = length(app.settings.operations.handover, now, zone)
    sheet = handover(app, hours=hours)
    text = "\n".join(lines(sheet)).strip()
    app.store.alerts.announce(f"{HAND_OVER}:{instant(now)}", title(sheet), hint=text, now=now)


def length(schedules: Sequence[str], now: datetime, zone: ZoneInfo) -> int:
    """Hours since the slot before this one, rounded up; a shift's usual length where there was none for a week."""
    earliest, slots = now - timedelta(hours=LONGEST), []
    for text in schedules:
        at, schedule = earliest, parse_schedule(text)
        while (at := schedule.after(at, zone)) < now - timedelta(minutes=1):
            slots.append(at)
    return -((max(slots) - now) // timedelta(hours=1)) if slots else SHIFT


def _post(row: Row) -> Json:
    return {
        "id": row["id"],
        "channel": row["channel"],
        "act": ACTS[row["act"]].value,
        "headline": row["headline"],
        "story": row["story"] or None,
        "url": row["url"] or None,
        "at": instant(row["at"]),
    }


def _issue(app: App, row: Row) -> Json:
    counts = app.store.deliveries.subject_counts(row["id"])
    return {
        "digest": row["digest"],
        "slot": row["slot"],
        "state": row["state"],
        "reason": row["reason"] or None,
        "recipients": row["recipients"],
        "deliveries": {state.value: count for state, count in counts.items()},
    }


def _open(row: Row) -> Json:
    return {
        "id": row["id"],
        "channel": row["channel"],
        "count": row["n"],
        "act": ACTS[row["act"]].value,
        "headline": row["headline"],
        "story": row["story"] or None,
        "reason": row["reason"],
        "held_by": row["held_by"] or None,
        "held_until": instant(row["held_until"]),
    }


def _decisions(rows: Iterable[Row], names: Collection[str]) -> Iterator[Json]:
    """Who decided what; one act on many deliveries is told once, with their number and their channels."""
    told: dict[tuple[Any, ...], list[str]] = {}
    for row in rows:
        channel, detail = _place(row, names)
        act = (row["at"], row["actor"], row["kind"], detail, row["headline"], row["story"])
        told.setdefault(act, []).append(channel)
    for (at, who, kind, detail, headline, story), places in told.items():
        yield {
            "at": instant(at),
            "who": who,
            "kind": kind,
            "detail": detail,
            "headline": headline,
            "story": story or None,
            "channels": [name for name in dict.fromkeys(places) if name],
            "count": len(places),
        }


def _place(row: Row, names: Collection[str]) -> tuple[str, str]:
    """The channel of an event, and what else it says: of a delivery, or named before what is said of a story there."""
    first, _, rest = row["detail"].partition(": ")
    return (first, rest) if rest and first in names else (row["channel"] or "", row["detail"])


def _money(app: App) -> Sequence[Json]:
    """The channels that cost something, with what is left."""
    sums = ("spent_today", "spent_this_month", "left_today", "left_this_month")
    keys = ("name", *sums, "posts_left", "posts_left_with_link")
    now, rows = app.clock.now(), {row["name"]: row for row in app.store.deliveries.channels()}
    told = [{"name": one.name} | money(app, one, rows[one.name], now) for one in app.settings.channels]
    return [{key: one[key] for key in keys} for one in told if one["price_with_link"]]
