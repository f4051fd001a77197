"""The answers to /status, /next, /handover, /resume and /help. Pure but for the calls that it is given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from distributor.chat.looking import Run
from distributor.chat.words import LONGEST, moment, shortened
from distributor.sheet import lines, title

Json = Mapping[str, Any]

#: Lines of one answer.
MOST = 12
HELP = """\
Paste a link to a story, or forward a post of ours: what has become of it everywhere, with buttons.

/stop - stop everything, or a channel; also in words: /stop all, /stop CHANNEL, /stop section NAME, with "until 15:00" \
and a reason behind it
/resume - what is stopped, and what waits; /resume send, fold or drop, and behind it the numbers \
that are sent all the same
/status - what stands where
/next - what leaves next
/handover - the sheet for the next shift; /handover 12 for the last 12 hours
/post CHANNEL, CHANNEL at 11:00 TEXT - a post without a story; the time may be left out

Buttons may be pressed twice. A card that is old says so."""


def sheet(what: str, run: Run, now: datetime, *, hours: int | None = None) -> str:
    """The answer to a command that only asks."""
    if what == "help":
        return HELP
    if what == "status":
        told = _status(run("status", {}), run("channels", {}), run("stops", {}), run("alerts", {}), now)
    elif what == "next":
        told = _next(run("upcoming", {"limit": MOST}), ZoneInfo(run("channels", {})["zone"]), now)
    elif what == "stops":
        told = _waiting(run("stops", {}))
    else:
        found = run("handover", {} if hours is None else {"hours": hours})
        told = iter([title(found), "", *lines(found)])
    return shortened("\n".join(told).strip(), LONGEST)


def _status(status: Json, channels: Json, stops: Json, alerts: Json, now: datetime) -> Iterator[str]:
    zone = ZoneInfo(channels["zone"])
    yield "Live." if status["mode"] == "live" else f"Nothing is sent: {status['fence'] or 'shadow mode'}."
    for one in stops["stops"]:
        what = ", ".join(part for part in (one["channel"], one["category"]) if part) or "everything"
        yield f"Stopped: {what}, by {one['who']} ({one['reason']}); {one['held']} wait"
    yield ""
    for one in channels["channels"]:
        yield f"{one['name']}: {_channel(one, zone, now)}"
    for feed in status["feeds"]:
        if feed["failures"]:
            yield f"feed {feed['name']}: it cannot be read: {shortened(feed['error'] or '', 120)}"
    if alerts["alerts"]:
        yield ""
    for one in alerts["alerts"][:MOST]:
        yield f"! {shortened(one['text'], 200)}"


def _channel(one: Json, zone: ZoneInfo, now: datetime) -> str:
    counts = one["counts"]
    told = [f"paused: {one['paused']}"] if one["paused"] else []
    waiting = counts.get("planned", 0) + counts.get("due", 0)
    numbers = [(waiting, "wait"), (counts.get("held", 0), "held"), (counts.get("unknown", 0), "unknown")]
    told += [f"{count} {what}" for count, what in numbers if count]
    if one["next"]:
        told.append(f"next {moment(datetime.fromisoformat(one['next']), zone, now)}")
    posts, linked = one["posts_left"], one["posts_left_with_link"]
    if posts is not None:
        told.append(f"money for {posts} posts" + ("" if linked == posts else f", {linked} with a link"))
    return ", ".join(told) or "nothing waits"


def _next(upcoming: Json, zone: ZoneInfo, now: datetime) -> Iterator[str]:
    rows: Sequence[Json] = upcoming["upcoming"]
    if not rows:
        yield "Nothing leaves by itself. What waits for somebody: /handover"
    for one in rows[:MOST]:
        many = f", to {one['count']} readers" if one["count"] > 1 else ""
        at = moment(datetime.fromisoformat(one["at"]), zone, now)
        yield f"{at} {one['channel']}: {one['headline'] or one['issue'] or ''}{many}"


def _waiting(stops: Json) -> Iterator[str]:
    if not stops["stops"]:
        yield "Nothing is stopped."
        return
    if not stops["waiting"]:
        yield "Nothing waits behind what is stopped."
        return
    for one in stops["waiting"][:MOST]:
        numbers = " ".join(f"#{number}" for number in one["ids"][:3])
        yield f"{numbers} {one['channel']}: {one['headline'] or one['issue'] or ''}"
    more = len(stops["waiting"]) - MOST
    if more > 0:
        yield f"and {more} more"
    yield "/resume drop #1 #2 drops all but these; the cards below have the buttons."
