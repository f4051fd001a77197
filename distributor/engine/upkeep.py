"""What the store needs by the clock: copies, its marker on the disk, the public feed of corrections, and somebody to
know what waits for a person.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from distributor.app import App
from distributor.calls.delivery.holding import watch_holds
from distributor.calls.desk.handover import announce_handover
from distributor.calls.desk.keeping import make_due_backup, watch_fence
from distributor.calls.desk.outside import watch_hooks
from distributor.calls.stories.correcting import close_notices
from distributor.calls.stories.corrections import publish_corrections
from distributor.engine.clock import Timekeeper
from distributor.flows.recheck import Rechecker
from distributor.rules.queue.timing import Schedule, parse_schedule

#: How far the marker on the disk may lag behind the one that a power cut would undo.
MARKER = timedelta(minutes=1)
#: How often it is looked whether what is held, or a receiver that is behind, is worth an alert.
HOLDS = timedelta(minutes=1)
#: How soon a correction stands in the public feed.
CORRECTIONS = timedelta(seconds=5)
#: How soon the rows of a great mailing go on, and how many slices of them are written then: a stop waits for no more.
MAILINGS, AT_ONCE = timedelta(seconds=1), 20
#: How soon the rows of an issue follow what somebody said of it, and a canary is looked at.
ISSUES = timedelta(seconds=1)
#: How soon the end of a fence is noticed.
FENCE = timedelta(seconds=30)
#: How often it is asked whether the time of a page has come, and whether somebody has looked at a kill notice.
PAGES = timedelta(minutes=1)
#: How soon some more of an older store's stories can be found by their words.
WORDS, SLICES = timedelta(seconds=1), 5
#: How often those are forgotten who were asked for newsletters and never said yes.
STRANGERS = timedelta(hours=6)


class Upkeep:
    """The upkeep of one app's store."""

    def __init__(self, app: App, wake: Callable[[], None]) -> None:
        """Nothing happens before :meth:`lay_out`. ``wake`` lets the lanes look for what was planned."""
        self._app = app
        self._wake = wake
        self._zone = ZoneInfo(app.settings.desk.zone)

    def lay_out(self, timekeeper: Timekeeper) -> None:
        """Hand everything to the clock."""
        now = self._app.clock.now()
        for text in self._app.settings.backup.at:
            timekeeper.at(f"backup {text}", self._slots(parse_schedule(text)), lambda: make_due_backup(self._app))
        for text in self._app.settings.operations.handover:
            timekeeper.at(f"hand-over {text}", self._slots(parse_schedule(text)), lambda: announce_handover(self._app))
        timekeeper.every("the store's marker", MARKER, self._app.store.binding.sync, first=now + MARKER)
        timekeeper.every("holds", HOLDS, lambda: watch_holds(self._app), first=now + HOLDS)
        timekeeper.every("hooks", HOLDS, lambda: watch_hooks(self._app), first=now + HOLDS)
        timekeeper.every("corrections", CORRECTIONS, lambda: publish_corrections(self._app), first=now)
        for rechecker in self._app.recheckers:
            work = self._rechecking(rechecker)
            timekeeper.every(f"pages {rechecker.feed}", PAGES, work, first=now + PAGES, pool="feeds")
        timekeeper.every("notices", PAGES, lambda: close_notices(self._app), first=now + PAGES)
        timekeeper.every("mailings", MAILINGS, self.write_mailings, first=now)
        timekeeper.every("words of stories", WORDS, self.put_words, first=now)
        timekeeper.every("strangers", STRANGERS, self.forget_strangers, first=now + PAGES)
        timekeeper.every("issues under control", ISSUES, self.tend_issues, first=now)
        timekeeper.every("fence", FENCE, lambda: watch_fence(self._app), first=now)

    def write_mailings(self) -> None:
        """Some more rows of mails about a revision; the lanes look for them when they are there."""
        for _ in range(AT_ONCE):
            if not self._app.store.mailings.write(self._app.clock.now()):
                return
            self._wake()

    def put_words(self) -> None:
        """Some more of an older store's stories can be found by their words."""
        for _ in range(SLICES):
            if not self._app.store.words.further():
                return

    def forget_strangers(self) -> None:
        """Forget who was asked for newsletters and never said yes."""
        self._app.store.dials.forget_strangers(self._app.clock.now())

    def tend_issues(self) -> None:
        """Carry on what somebody said of single issues, and what their first mails brought back."""
        if self._app.warden.tend(self._app.clock.now()):
            self._wake()

    def _rechecking(self, rechecker: Rechecker) -> Callable[[], object]:
        # behind a fence another store may be the one whose posts stand
        return lambda: None if self._app.fence else rechecker.run_once()

    def _slots(self, schedule: Schedule) -> Callable[[datetime], datetime | None]:
        return lambda after: schedule.after(after, self._zone)
