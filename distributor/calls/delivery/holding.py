"""Calls about what waits: held, released, skipped or sent at once by somebody, whose name is put on record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from distributor.app import App
from distributor.calls.registry import Json, by, call, find_story, know_channel, known, parse_moment
from distributor.errors import CallError
from distributor.looks import instant, row_json
from distributor.model import State
from distributor.phrases import Phrase
from distributor.rules.queue.gates import spoken
from distributor.rules.queue.holds import APPROVAL, INTERNAL, LINT, hold_of
from distributor.rules.queue.moving import FARTHEST, may_move, not_then
from distributor.rules.queue.surge import HELD_BY_SURGE
from distributor.store.codes import from_ms
from distributor.store.connection import Row
from distributor.store.desk.holds import Scope

#: Most rows that are told one by one.
MOST_TOLD = 10_000
#: Holds of which somebody is told once for each feed, and until nothing of it is held any more.
_TOLD_BY_FEED = (HELD_BY_SURGE, INTERNAL)


@call
def held(app: App, *, channel: str | None = None) -> Json:
    """What is held, by whom and until when: what the clock releases first, then what waits for somebody."""
    know_channel(app, channel)
    rows = app.store.deliveries.list(state=State.HELD, channel=channel, limit=MOST_TOLD)
    inorder = sorted(rows, key=lambda row: (row["held_until"] is None, row["held_until"] or 0, row["id"]))
    return {"held": [row_json(row) for row in inorder]}


@call
def upcoming(app: App, *, limit: int = 20) -> Json:
    """What leaves next: what is due, and what the clock lets go; what waits for somebody is not in it."""
    rows = app.store.holds.upcoming(min(limit, MOST_TOLD), app.clock.now())
    return {"upcoming": [{**row_json(row), "at": instant(row["leaves_at"]), "count": row["n"]} for row in rows]}


@call
def hold(
    app: App,
    *,
    who: str,
    through: str,
    reason: str,
    url: str | None = None,
    channel: str | None = None,
    category: str | None = None,
    everything: bool = False,
    until: str | None = None,
    ids: Sequence[int] = (),
) -> Json:
    """Put what waits aside until somebody releases it: of a story, a channel, a section, or all of it."""
    doer = by(app, who, through)
    _reasoned(reason)
    scope = _scope(app, url=url, channel=channel, category=category, everything=everything, ids=ids)
    end = None if until is None else parse_moment(app, until)
    if end is not None and end <= doer.at:
        raise CallError("bad_instant", f"{until} is past", hint="name an instant that is still to come, or none")
    count = app.store.holds.hold(scope, doer, reason=reason, until=end)
    if not count:
        _refuse_nothing(app, scope)
    return {"held": count, "leaving": app.store.holds.at_the_wire(scope), "until": instant(end), **_face(scope, url)}


@call
def release(
    app: App,
    *,
    who: str,
    through: str,
    held_by: str | None = None,
    feed: str | None = None,
    channel: str | None = None,
    ids: Sequence[int] = (),
    url: str | None = None,
    category: str | None = None,
    everything: bool = False,
) -> Json:
    """Let what is held go to what it must pass next, and then to its channels' gates; they keep their distances."""
    doer = by(app, who, through)
    scope = _scope(
        app, held_by=held_by, feed=feed, channel=channel, ids=ids, url=url, category=category, everything=everything
    )
    done = app.store.holds.release(scope, doer)
    if not done.free + done.waiting:
        _refuse_held(app, scope)
    tell_over(app, who)
    return {"released": done.free + done.waiting, "still_held": done.waiting, **_face(scope, url)}


@call
def move(
    app: App,
    *,
    who: str,
    through: str,
    to: str,
    url: str | None = None,
    channel: str | None = None,
    ids: Sequence[int] = (),
) -> Json:
    """Have what waits leave at another time and not before: within its shelf life, and by its channel's gates."""
    doer = by(app, who, through)
    if url is None and not ids:
        raise CallError("nothing_named", "it is not clear what is meant", hint="a story, or deliveries by number")
    scope = _scope(app, url=url, channel=channel, ids=ids)
    at = parse_moment(app, to)
    if not doer.at < at < doer.at + FARTHEST:
        hint = "name an instant that is still to come; distributor send-now sends at once"
        raise CallError("bad_instant", f"{to} is past, or more than a year ahead", hint=hint)
    rows = app.store.holds.chosen(scope)
    if not rows:
        _refuse_nothing(app, scope)
    zone = ZoneInfo(app.settings.desk.zone)
    _refuse_moving(rows, at, lambda end: spoken(end, doer.at, zone))
    when = spoken(at, doer.at, zone)
    count = app.store.holds.move(rows, doer, to=at, reason=f"moved by {doer.who}: not before {when}")
    if not count:
        _refuse_nothing(app, scope)
    return {"moved": count, "to": instant(at), "url": url, "channel": channel}


def _refuse_moving(rows: Sequence[Row], at: datetime, say: Callable[[datetime], str]) -> None:
    """Raises CallError where one of some rows may not be moved to an instant; ``say`` tells another for people."""
    firm = dict.fromkeys(row["held_by"] for row in rows if not may_move(row["held_by"]))
    if firm:
        told = "; ".join(f"{name}: {hold_of(name).released_by}" for name in firm)
        raise CallError("held", f"it is held by {', '.join(firm)}, which comes first", hint=told)
    for row in rows:
        until, stale = (None if row[key] is None else from_ms(row[key]) for key in ("held_until", "stale_at"))
        if why := not_then(at, held_by=row["held_by"], held_until=until, stale_at=stale):
            is_late = stale is not None and at >= stale
            end = stale if is_late else until
            hint = Phrase("it ends at %(when)s", when=say(end or at))
            if is_late:
                raise CallError("too_late", why, hint=hint)
            raise CallError("held", why, hint=hint)


@call
def digest_carry(app: App, *, name: str, who: str) -> Json:
    """Let the next issue of a digest carry what a restore keeps out of it: the replaced store mailed none."""
    if name not in app.digests:
        raise CallError("unknown_digest", f"there is no digest {name!r}", hint=known(app.digests))
    if not app.store.issues.carry(name, who=who, now=app.clock.now()):
        text = f"no restore keeps anything out of the next issue of {name}"
        raise CallError("nothing_held", text, hint="or an issue has left since")
    return {"digest": name, "carried": True}


@call
def skip(
    app: App,
    *,
    who: str,
    through: str,
    held_by: str | None = None,
    feed: str | None = None,
    channel: str | None = None,
    ids: Sequence[int] = (),
    url: str | None = None,
    category: str | None = None,
    everything: bool = False,
) -> Json:
    """End what waits unsent."""
    doer = by(app, who, through)
    scope = _scope(
        app, held_by=held_by, feed=feed, channel=channel, ids=ids, url=url, category=category, everything=everything
    )
    count = app.store.holds.skip(scope, doer)
    if not count:
        _refuse_held(app, scope)
    tell_over(app, who)
    return {"skipped": count, "leaving": app.store.holds.at_the_wire(scope), **_face(scope, url)}


@call
def send_now(
    app: App, *, who: str, through: str, url: str | None = None, channel: str | None = None, ids: Sequence[int] = ()
) -> Json:
    """Send a story at once: past pacing, quiet hours, slots, delay and undo window, as a flash is sent."""
    doer = by(app, who, through)
    if url is None and not ids:
        raise CallError("nothing_named", "it is not clear what is meant", hint="a story, or deliveries by number")
    scope = _scope(app, url=url, channel=channel, ids=ids)
    count, firm = app.store.holds.send_now(scope, doer)
    if not count and firm:
        names = dict.fromkeys(row["held_by"] for row in firm)
        told = "; ".join(f"{name}: {hold_of(name).released_by}" for name in names)
        raise CallError("held", f"the story is held by {', '.join(names)}", hint=told)
    if not count:
        _refuse_nothing(app, scope)
    still = [{"channel": row["channel"], "held_by": row["held_by"]} for row in firm]
    return {"sent_now": count, "still_held": still, "url": url, "channel": channel}


def _scope(
    app: App,
    *,
    held_by: str | None = None,
    feed: str | None = None,
    channel: str | None = None,
    ids: Sequence[int] = (),
    url: str | None = None,
    category: str | None = None,
    everything: bool = False,
) -> Scope:
    """What is meant. Raises CallError for a name that nothing has, and where nothing is named."""
    know_channel(app, channel)
    feeds = {*app.store.stories.feeds(), *app.sources}
    if feed is not None and feed not in feeds:
        raise CallError("unknown_feed", f"there is no feed {feed!r}", hint=known(feeds))
    named = [held_by, feed, channel, url, category]
    if everything is (any(one is not None for one in named) or bool(ids)):
        hint = "a story, a channel, a section, a hold, or everything and nothing else"
        raise CallError("nothing_named", "it is not clear what is meant", hint=hint)
    subject = None if url is None else find_story(app, url).id
    return Scope(ids=list(ids) or None, subject=subject, channel=channel, category=category, feed=feed, held_by=held_by)


def _face(scope: Scope, url: str | None) -> Json:
    named = {"held_by": scope.held_by, "feed": scope.feed, "channel": scope.channel, "category": scope.category}
    return {**named, "url": url}


def _reasoned(reason: str) -> None:
    if not reason.strip():
        raise CallError("no_reason", "nothing says why", hint="--reason TEXT")


def _refuse_nothing(app: App, scope: Scope) -> None:
    """Raises CallError: nothing of the scope waits."""
    leaving = app.store.holds.at_the_wire(scope)
    hint = f"{leaving} are leaving at this moment" if leaving else "distributor where URL shows what became of a story"
    raise CallError("nothing_waits", "nothing of it waits", hint=hint)


def _refuse_held(app: App, scope: Scope) -> None:
    """Raises CallError: nothing of the scope can be let go so; the hint says what is held, and how that is let go."""
    firm = dict.fromkeys(row["held_by"] for row in app.store.holds.chosen(scope) if row["held_by"])
    if firm:
        told = "; ".join(f"{name}: {hold_of(name).released_by}" for name in firm)
        raise CallError("nothing_held", f"it is held by {', '.join(firm)}, which this does not end", hint=told)
    waiting = app.store.holds.waiting()
    names = [f"{row['held_by']} ({row['feed'] or 'issue'}, {row['channel']}): {row['n']}" for row in waiting]
    what = f"under {scope.held_by!r}" if scope.held_by else "of that"
    raise CallError("nothing_held", f"nothing waits for somebody {what}", hint=known(names))


def watch_holds(app: App) -> None:
    """By the clock: an alert ends when nothing is held for it any more, and begins where nobody answers for long."""
    now = app.clock.now()
    tell_over(app, "the clock")
    _tell_of_lint(app)
    waiting = app.store.approvals.unanswered(now)
    if waiting:
        text = f"{waiting} stories wait for an approval longer than their routes have patience"
        if not app.store.alerts.raise_alert(APPROVAL, text, hint="distributor schedule held", now=now):
            app.store.alerts.restate(APPROVAL, text)
    else:
        app.store.alerts.recover(APPROVAL, "no story waits for an approval too long", now=now)


def _tell_of_lint(app: App) -> None:
    """Somebody is told as long as lint holds anything."""
    now, count = app.clock.now(), sum(row["n"] for row in app.store.holds.waiting() if row["held_by"] == LINT)
    if not count:
        app.store.alerts.recover(LINT, "lint holds nothing any more", now=now)
        return
    text = f"lint holds {count} {'delivery' if count == 1 else 'deliveries'}"
    if not app.store.alerts.raise_alert(LINT, text, hint="distributor schedule held", now=now):
        app.store.alerts.restate(LINT, text)


def tell_over(app: App, who: str) -> None:
    """Where nothing is held any more of what a feed brought, its alert is over."""
    alerts = [one.key for one in app.store.alerts.open_alerts() if one.key.partition(":")[0] in _TOLD_BY_FEED]
    left = {(row["held_by"], row["feed"]) for row in app.store.holds.waiting()} if alerts else set()
    for key in alerts:
        kind, _, feed = key.partition(":")
        if (kind, feed) not in left:
            app.store.alerts.recover(key, f"{who} looked at it", now=app.clock.now())
