"""The feeds' turns: each when its own pace says, never many of one server at once. Must not know what a feed holds."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from threading import Lock
from urllib.parse import urlsplit

from distributor.app import App
from distributor.config import FeedSettings
from distributor.engine.clock import AFTER, Timekeeper
from distributor.flows.ingest import Ingested
from distributor.interfaces import Hubbed, Told
from distributor.net.guard import own_hosts
from distributor.rules.reading.rhythm import FRESH
from distributor.store.news.stories import FeedState

#: Between two feeds of one server that is not the newsroom's own.
HOST_GAP = timedelta(seconds=1)
#: No turn is further away, unless the clock was set back.
FURTHEST = timedelta(minutes=30)
#: Over how long the first readings are spread, in all and for each: a start is to read soon.
SPREAD, EACH = timedelta(minutes=1), timedelta(milliseconds=50)


class Polling:
    """Reads every feed by the clock."""

    def __init__(self, app: App, timekeeper: Timekeeper, read: Callable[[str], Ingested]) -> None:
        """Hand the feeds to the clock; ``read`` reads one by name."""
        self._app = app
        self._timekeeper = timekeeper
        self._read = read
        self._turns = Turns(own_hosts(app.settings.net.allow))
        now = app.clock.now()
        feeds = [feed for feed in app.settings.feeds if not isinstance(app.sources[feed.name], Told)]
        for feed in feeds:
            first = max(now + offset(feed, feeds), rest(app.store.stories.feed(feed.name)) or now)
            # a reading for which the store had no room is repeated at the feed's own pace
            after = min(AFTER, feed.every)
            timekeeper.then(_job(feed.name), self._reading(feed), first=first, after=after)

    def poke(self, feed: str) -> None:
        """Somebody said that a feed has something new: read it now."""
        if feed in self._app.ingesters:
            self._timekeeper.at_once(_job(feed))

    def _reading(self, feed: FeedSettings) -> Callable[[], datetime | None]:
        host = urlsplit(feed.url).hostname or ""

        def work() -> datetime | None:
            now = self._app.clock.now()
            turn = self._turns.take(feed.name, host, now)
            if turn > now:
                return turn
            again = self._read(feed.name).again
            self._subscribe(feed.name, now)
            return again.at if again else None

        return work

    def _subscribe(self, feed: str, now: datetime) -> None:
        """Have the hub that the feed names, if it does, tell us of its news."""
        source, keeper = self._app.sources[feed], self._app.keepers.get(feed)
        if keeper is not None and isinstance(source, Hubbed):
            keeper.run_once(source.hub, source.topic, now)


class Turns:
    """Whose turn it is at each server."""

    def __init__(self, is_own: Callable[[str], bool] = lambda _: False) -> None:
        """Nobody had one yet; ``is_own`` knows the hosts of the newsroom, which are not spared."""
        self._is_own = is_own
        self._free: dict[str, datetime] = {}
        self._kept: dict[str, datetime] = {}
        self._lock = Lock()

    def take(self, feed: str, host: str, now: datetime) -> datetime:
        """The feed's turn: ``now``, or the later instant that is kept for it."""
        with self._lock:
            kept = self._kept.pop(feed, None)
            if self._is_own(host) or (kept is not None and kept <= now):
                return now
            turn = max(now, self._free.get(host, now)) if kept is None else kept
            if turn > now + FURTHEST:
                turn = now
            if kept is None or turn == now:
                self._free[host] = turn + HOST_GAP
            if turn > now:
                self._kept[feed] = turn
            return turn


def offset(feed: FeedSettings, feeds: Sequence[FeedSettings]) -> timedelta:
    """Where in the minute a feed begins; the same at every start, and no two desks ask in step."""
    window = min(SPREAD, EACH * len(feeds), feed.every)
    return window * (int.from_bytes(hashlib.sha256(feed.name.encode()).digest()[:4], "big") / 2**32)


def rest(state: FeedState) -> datetime | None:
    """Until when a feed is left alone although the program has just begun: it is broken, or its server asked for it."""
    return state.next_at if state.failures or state.why == FRESH else None


def _job(feed: str) -> str:
    return f"feed {feed}"
