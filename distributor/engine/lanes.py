"""Lanes: two threads for each channel, the second for flashes alone. A dead channel delays no other."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from distributor.engine.rounds import Rounds
from distributor.flows.deliver import LEASE, Deliverer
from distributor.interfaces import Clock
from distributor.store.ledger.deliveries import Deliveries

#: A lane looks at the store at least this often, woken or not.
LONGEST_NAP = timedelta(seconds=30)


class Lane(Rounds):
    """Runs one channel's deliverer; what is in hand when it stops is finished."""

    def __init__(self, deliverer: Deliverer, ledger: Deliveries, clock: Clock, *, urgent: bool = False) -> None:
        """Nothing runs before :meth:`start`. ``urgent`` carries flashes only, past what the other lane waits for."""
        name = deliverer.channel.name
        super().__init__(name, f"lane-{name}-urgent" if urgent else f"lane-{name}")
        self._urgent = urgent
        #: when it last finished a round; the watchdog asks
        self.moved_at: datetime = clock.now()
        self._deliverer = deliverer
        self._ledger = ledger
        self._clock = clock
        self._wake = threading.Event()

    def wake(self) -> None:
        """There may be something to send."""
        self._wake.set()

    def alive(self, now: datetime) -> bool:
        """Whether it has moved as it should: the longest send plus the longest nap is the most it may rest."""
        return self.running() and now - self.moved_at < LEASE + LONGEST_NAP

    def _round(self) -> timedelta:
        """Send one batch."""
        if self._deliverer.run_once(urgent=self._urgent):
            return timedelta(0)
        due = self._ledger.next_due(self.name, urgent=self._urgent)
        if due is None:
            return LONGEST_NAP
        return min(LONGEST_NAP, max(timedelta(milliseconds=5), due - self._clock.now()))

    def _rest(self, length: timedelta) -> None:
        self.moved_at = self._clock.now()
        if length > timedelta(0):
            self._wake.wait(length.total_seconds())
        self._wake.clear()

    def _nudge(self) -> None:
        self._wake.set()
