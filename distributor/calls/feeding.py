"""Calls about feeds: how each is, and reading one now."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from distributor.app import App
from distributor.calls.registry import Json, call, known
from distributor.config import FeedSettings
from distributor.errors import CallError
from distributor.looks import feed_json, instant
from distributor.store.news.stories import FeedState

#: The week that a feed's stories are counted for.
WEEK = timedelta(days=7)


@call
def feeds(app: App) -> Json:
    """Every feed: when it was read and changed, when it is read again and why then, and what is wrong with it."""
    states = app.store.stories.feeds()
    return {"feeds": [_feed(app, feed, states.get(feed.name)) for feed in app.settings.feeds]}


@call
def poll(app: App, *, feed: str) -> Json:
    """Read one feed now, whatever its pace."""
    ingester = app.ingesters.get(feed)
    if ingester is None:
        raise CallError("unknown_feed", f"there is no feed {feed!r}", hint=known(app.ingesters))
    done = ingester.run_once(app.clock.now())
    return {"feed": feed, "articles": done.articles, "changes": len(done.changes), "error": done.error or None}


def _feed(app: App, feed: FeedSettings, state: FeedState | None) -> Json:
    now, state = app.clock.now(), state or FeedState()
    hub = app.store.hubs.get(feed.name)
    counts = app.store.stories.rhythm(feed.name, now - WEEK, now)
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
        "stories_week": sum(counts.values()),
    }
