"""What somebody must know of: feeds that fail or fall silent, room that runs out, lanes that stand. Each trouble is
raised once and recovers by itself; nothing here can plan a post.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable
from datetime import datetime

from distributor.app import App
from distributor.config import FeedSettings
from distributor.engine.lanes import Lane
from distributor.flows.ingest import Ingested
from distributor.model import Alert
from distributor.rules.fate.silence import MEMORY, unusual
from distributor.rules.fate.space import growing_log, short_of_room
from distributor.store.opening import FILE

log = logging.getLogger(__name__)


class Troubles:
    """Raises and recovers alerts."""

    def __init__(self, app: App, lanes: Iterable[Lane], wake: Callable[[], None]) -> None:
        """``lanes`` are those that must move; ``wake`` has them look for something to send."""
        self._app = app
        self._lanes = list(lanes)
        self._wake = wake
        self._since = app.clock.now()

    def tell(self, key: str, trouble: str, *, over: str, hint: str = "") -> bool:
        """Raise a trouble, or end it where there is none any more; whether that is news."""
        now = self._app.clock.now()
        if trouble:
            news = self._app.store.alerts.raise_alert(key, trouble, hint=hint, now=now)
            if news:
                log.error("alert %s: %s", key, trouble)
                self._wake()
            return news
        # said again and again of what is well: nothing is written for nothing, and what is missed now is seen next time
        ended = self._app.store.alerts.is_open(key) and self._app.store.alerts.recover(key, over, now=now)
        if ended:
            log.info("over %s: %s", key, over)
            self._wake()
        return ended

    def feed_read(self, result: Ingested) -> None:
        """After each reading: has it failed too often in a row?"""
        name, trouble = result.feed, ""
        if result.failures >= self._app.settings.alerts.feed_failures:
            trouble = f"the feed {name} could not be read {result.failures} times in a row: {result.error}"
        if trouble or not result.failures:
            hint = f"is its address right? distributor fetch {name} shows what it answers"
            self.tell(f"feed:{name}", trouble, over=f"the feed {name} can be read again", hint=hint)

    def look(self) -> None:
        """All that is looked at by the clock."""
        now = self._app.clock.now()
        for feed in self._app.settings.feeds:
            self._silence(feed, now)
        self._room()
        self._standing(now)

    def _silence(self, feed: FeedSettings, now: datetime) -> None:
        told = self._app.store.alerts.standing(f"silent:{feed.name}")
        if told is not None:
            self._speaks(feed.name, told)
            return
        state = self._app.store.stories.feed(feed.name)
        is_read = state.checked_at is not None and state.checked_at >= self._since and not state.failures
        if not feed.alert_silence or not is_read:
            return
        seen = self._app.store.stories.came_since(feed.name, now - MEMORY)
        usual = unusual(seen, now)
        if usual is None:
            return
        hours, minutes = (now - seen[-1]).total_seconds() / 3600, usual.total_seconds() / 60
        trouble = (
            f"the feed {feed.name} is unusually silent: nothing new for {hours:.1f} hours; "
            f"at this time of the week its longest gap was {minutes:.0f} minutes"
        )
        self.tell(f"silent:{feed.name}", trouble, over="", hint="does the newsroom's site still write it?")

    def _speaks(self, feed: str, told: Alert) -> None:
        """End what was told of a silence with a new story, and with nothing else."""
        if self._app.store.stories.brought_after(feed, told.id, since=told.raised_at - MEMORY):
            self.tell(told.key, "", over=f"the feed {feed} brings stories again")

    def _room(self) -> None:
        folder = self._app.store.folder
        disk = os.statvfs(folder)
        room = short_of_room(free=disk.f_bavail * disk.f_frsize, total=disk.f_blocks * disk.f_frsize)
        log_file = folder / f"{FILE}-wal"
        wal = growing_log(wal=log_file.stat().st_size if log_file.exists() else 0)
        self.tell("disk", room, over="there is room again", hint=f"make room where {folder} lies")
        self.tell("wal", wal, over="it is taken back again", hint="does another program keep the database open?")

    def _standing(self, now: datetime) -> None:
        for name in sorted({lane.name for lane in self._lanes}):
            stands = not all(lane.alive(now) for lane in self._lanes if lane.name == name)
            trouble = f"the lane of the channel {name} does not move" if stands else ""
            self.tell(f"lane:{name}", trouble, over=f"the lane of {name} moves again", hint="restart distributor")
