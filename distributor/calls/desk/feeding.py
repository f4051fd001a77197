"""Calls about feeds: how each is, and reading one now."""

from __future__ import annotations

from urllib.parse import urlsplit

from distributor.app import App
from distributor.calls.registry import Json, call, known
from distributor.config import FeedSettings
from distributor.errors import CallError
from distributor.interfaces import Told
from distributor.looks import feed_json, instant
from distributor.rules.queue.surge import HELD_BY_SURGE, LOOKBACK, usual, usual_day
from distributor.store.news.stories import FeedState

#: A week in hours: so long a feed's stories are counted.
WEEK = 7 * 24


@call
def feeds(app: App) -> Json:
    """Every feed: when it was read and changed, when it is read again and why then, and what is wrong with it."""
    states, held = app.store.stories.feeds(), surges(app)
    return {
        "feeds": [
            _feed(app, feed, states.get(feed.name)) | {"surge_held": held.get(feed.name, 0)}
            for feed in app.settings.feeds
        ]
    }


@call
def poll(app: App, *, feed: str) -> Json:
    """Read one feed now, whatever its pace."""
    ingester = app.ingesters.get(feed)
    if ingester is None:
        raise CallError("unknown_feed", f"there is no feed {feed!r}", hint=known(app.ingesters))
    done = ingester.run_once(app.clock.now())
    return {"feed": feed, "articles": done.articles, "changes": len(done.changes), "error": done.error or None}


def surges(app: App) -> dict[str, int]:
    """How many deliveries of a surge wait for somebody, by its feed."""
    found: dict[str, int] = {}
    for row in app.store.holds.waiting():
        if row["held_by"] == HELD_BY_SURGE:
            found[row["feed"]] = found.get(row["feed"], 0) + row["n"]
    return found


def _feed(app: App, feed: FeedSettings, state: FeedState | None) -> Json:
    now, state = app.clock.now(), state or FeedState()
    hub = app.store.hubs.get(feed.name)
    counts = app.store.stories.rhythm(feed.name, now - LOOKBACK, now)
    source: object = app.sources.get(feed.name)
    return {
        **feed_json(feed.name, state),
        "type": feed.type,
        "host": urlsplit(feed.url).hostname,
        "first_read_at": instant(state.baseline_at),
        "next_at": instant(state.next_at),
        "why": state.why or None,
        "hub": hub.standing.value if hub else None,
        "hub_until": instant(hub.until) if hub else None,
        "stories_day": sum(count for ago, count in counts.items() if ago < 24),
        "stories_week": sum(count for ago, count in counts.items() if ago < WEEK),
        "usual_day": usual_day(counts),
        "usual_hour": usual(counts),
        "fastest_s": int(feed.fastest.total_seconds()),
        "slowest_s": int(feed.slowest.total_seconds()),
        "push_keys": len(source.keys) if isinstance(source, Told) else None,
    }
