"""Lanes: two threads for each channel, the second for flashes alone. A dead channel delays no other."""

from __future__ import annotations

import logging
import threading
from datetime import datetime, timedelta

from distributor.errors import StoreError
from distributor.flows.deliver import LEASE, Deliverer
from distributor.interfaces import Clock
from distributor.store.ledger.deliveries import Deliveries

log = logging.getLogger(__name__)

#: A lane looks at the store at least this often, woken or not.
LONGEST_NAP = timedelta(seconds=30)
#: After a failure of the store or of our own code the lane waits this long before it goes on.
AFTER_FAILURE = timedelta(seconds=5)


class Lane:
    """Runs one channel's deliverer until it is stopped."""

    def __init__(self, deliverer: Deliverer, ledger: Deliveries, clock: Clock, *, urgent: bool = False) -> None:
        """Nothing runs before :meth:`start`. ``urgent`` carries flashes only, past what the other lane waits for."""
        self.name = deliverer.channel.name
        self._urgent = urgent
        #: when it last finished a round; the watchdog asks
        self.moved_at: datetime = clock.now()
        self._deliverer = deliverer
        self._ledger = ledger
        self._clock = clock
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=self._title(), daemon=True)

    def _title(self) -> str:
        return f"lane-{self.name}-urgent" if self._urgent else f"lane-{self.name}"

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """There may be something to send."""
        self._wake.set()

    def stop(self) -> None:
        """Make no new claims; the one in hand is finished."""
        self._stopping.set()
        self._wake.set()

    def join(self, timeout: float) -> bool:
        """Wait for the end; whether it came in time (seconds)."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def alive(self, now: datetime) -> bool:
        """Whether it has moved as it should: the longest send plus the longest nap is the most it may rest."""
        return self._thread.is_alive() and now - self.moved_at < LEASE + LONGEST_NAP

    def _run(self) -> None:
        while not self._stopping.is_set():
            nap = self._round()
            self.moved_at = self._clock.now()
            if nap > timedelta(0):
                self._wake.wait(nap.total_seconds())
            self._wake.clear()

    def _round(self) -> timedelta:
        """Send one batch; how long to rest after it."""
        try:
            if self._deliverer.run_once(urgent=self._urgent):
                return timedelta(0)
            return self._until_next()
        except StoreError as error:
            log.error("%s: %s", self.name, error)
        except Exception:
            # a bug of ours: the row keeps its state, and the lease rule decides about it
            log.exception("%s: a delivery ended in an unexpected error", self.name)
        return AFTER_FAILURE

    def _until_next(self) -> timedelta:
        due = self._ledger.next_due(self.name, urgent=self._urgent)
        if due is None:
            return LONGEST_NAP
        return min(LONGEST_NAP, max(timedelta(milliseconds=5), due - self._clock.now()))
