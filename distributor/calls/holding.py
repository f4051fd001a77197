"""Calls about what is held: released or skipped by somebody, whose name is put on record."""

from __future__ import annotations

from distributor.app import App
from distributor.calls.registry import Json, call, known
from distributor.errors import CallError
from distributor.looks import row_json
from distributor.model import State
from distributor.rules.surge import HELD_BY_SURGE

#: Most rows that are told one by one.
MOST_TOLD = 10_000


@call
def held(app: App, *, channel: str | None = None) -> Json:
    """What is held, by whom and until when: what the clock releases first, then what waits for somebody."""
    _know(app, channel, None)
    rows = app.store.deliveries.list(state=State.HELD, channel=channel, limit=MOST_TOLD)
    inorder = sorted(rows, key=lambda row: (row["held_until"] is None, row["held_until"] or 0, row["id"]))
    return {"held": [row_json(row) for row in inorder]}


@call
def release(app: App, *, held_by: str, who: str, feed: str | None = None, channel: str | None = None) -> Json:
    """Let what is held by a name go to its channels' gates; they still keep their distances."""
    _know(app, channel, feed)
    count = app.store.holds.release(held_by, who=who, now=app.clock.now(), feed=feed, channel=channel)
    return _ended(app, count, {"released": count, "held_by": held_by, "feed": feed, "channel": channel}, who)


@call
def skip(app: App, *, held_by: str, who: str, feed: str | None = None, channel: str | None = None) -> Json:
    """End what is held by a name unsent."""
    _know(app, channel, feed)
    count = app.store.holds.skip(held_by, who=who, now=app.clock.now(), feed=feed, channel=channel)
    return _ended(app, count, {"skipped": count, "held_by": held_by, "feed": feed, "channel": channel}, who)


@call
def digest_carry(app: App, *, name: str, who: str) -> Json:
    """Let the next issue of a digest carry what a restore keeps out of it: the replaced store mailed none."""
    if name not in app.digests:
        raise CallError("unknown_digest", f"there is no digest {name!r}", hint=known(app.digests))
    if not app.store.issues.carry(name, who=who, now=app.clock.now()):
        text = f"no restore keeps anything out of the next issue of {name}"
        raise CallError("nothing_held", text, hint="or an issue has left since")
    return {"digest": name, "carried": True}


def _know(app: App, channel: str | None, feed: str | None) -> None:
    """Raises CallError for a name that nothing has."""
    channels = {row["name"] for row in app.store.deliveries.channels()}
    if channel is not None and channel not in channels:
        raise CallError("unknown_channel", f"there is no channel {channel!r}", hint=known(channels))
    feeds = {*app.store.stories.feeds(), *app.sources}
    if feed is not None and feed not in feeds:
        raise CallError("unknown_feed", f"there is no feed {feed!r}", hint=known(feeds))


def _ended(app: App, count: int, face: Json, who: str) -> Json:
    """The answer; where nothing is held of a feed's surge any more, its alert is over. Raises CallError for nothing."""
    waiting = app.store.holds.waiting()
    if not count:
        names = [f"{row['held_by']} ({row['feed'] or 'issue'}, {row['channel']}): {row['n']}" for row in waiting]
        raise CallError("nothing_held", f"nothing waits for somebody under {face['held_by']!r}", hint=known(names))
    if face["held_by"] == HELD_BY_SURGE:
        left = {row["feed"] for row in waiting if row["held_by"] == HELD_BY_SURGE}
        for feed in {*app.store.stories.feeds()} - left:
            app.store.alerts.recover(f"surge:{feed}", f"{who} looked at it", now=app.clock.now())
    return face
