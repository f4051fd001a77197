"""Mailboxes read by the clock, and what somebody must know of what came back. Must not read a mail."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

from distributor.app import App
from distributor.engine.clock import Timekeeper
from distributor.engine.troubles import Troubles
from distributor.flows.bounce import Collector

log = logging.getLogger(__name__)

#: How often it is looked whether a provider's rest is over, and whether somebody should look at what came back.
LOOK = timedelta(minutes=1)


class MailboxReading:
    """The mailboxes of one app."""

    def __init__(self, app: App, troubles: Troubles, wake: Callable[[], None]) -> None:
        """Nothing is read before :meth:`lay_out`."""
        self._app = app
        self._troubles = troubles
        self._wake = wake

    def lay_out(self, timekeeper: Timekeeper) -> None:
        """Hand everything to the clock."""
        now = self._app.clock.now()
        for collector, every in self._app.mailroom.collectors:
            work = self._reading(collector)
            timekeeper.every(f"mailbox {collector.name}", every, work, first=now, pool="feeds")
        timekeeper.every("what came back", LOOK, self.look, first=now + LOOK)

    def look(self) -> None:
        """Tell of what nobody understands, and that a provider is mailed again."""
        waiting = self._app.store.bounces.unknown()
        trouble = f"{waiting} mails or events came back that nobody understands" if waiting else ""
        hint = "distributor bounce list --unknown shows them; distributor bounce seen when somebody has looked"
        self._troubles.tell("bounces", trouble, over="somebody has looked at what came back", hint=hint)
        if self._app.store.bounces.end_pauses(self._app.clock.now()):
            self._wake()

    def read(self, collector: Collector) -> None:
        """Read a mailbox, where this is the store that mails: else another would miss what comes back to it."""
        if self._app.mode == "shadow":
            return
        done = collector.run_once()
        key, over = f"mailbox:{collector.name}", f"the mailbox {collector.name} can be read again"
        self._troubles.tell(key, done.error, over=over, hint="distributor bounce list shows what came before")
        if done.read:
            told = (collector.name, done.read, done.known, done.unknown)
            log.info("mailbox %s: %d read, %d of them known, %d set aside", *told)
            self._wake()

    def _reading(self, collector: Collector) -> Callable[[], object]:
        return lambda: self.read(collector)
