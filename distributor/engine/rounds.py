"""A thread that goes round until it is stopped, and outlives every failure. Must not know what a round does."""

from __future__ import annotations

import logging
import threading
import time
from datetime import timedelta

from distributor.errors import StoreDamaged, StoreError

log = logging.getLogger(__name__)

#: After a failure of the store or of our own code the next round waits this long.
AFTER_FAILURE = timedelta(seconds=5)
#: While the end of a round is awaited, it is nudged so often (seconds).
AGAIN = 0.1


class Rounds:
    """What lanes, lookouts, watches and the like have in common; each says what a round is."""

    def __init__(self, name: str, thread: str) -> None:
        """``name`` stands in the log. Nothing runs before :meth:`start`."""
        self.name = name
        self.title = thread
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=thread, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Begin no further round, and end a rest; the round in hand is finished."""
        self._stopping.set()
        self._nudge()

    def join(self, timeout: float) -> bool:
        """Wait for the end; whether it came in time (seconds). One that never began has ended."""
        end = time.monotonic() + timeout
        while self.running() and time.monotonic() < end:
            self._nudge()  # again: it may have been about to rest
            self._thread.join(min(AGAIN, timeout))
        return not self.running()

    def running(self) -> bool:
        """Whether its thread runs."""
        return self._thread.is_alive()

    def one(self) -> timedelta:
        """One round, whose failure stands in the log; how long to rest after it."""
        try:
            return self._round()
        except StoreDamaged:
            self.stop()  # the daemon says so, and ends
        except StoreError as error:
            log.error("%s: %s", self.name, error)
        except Exception:
            # a bug of ours: what was not written down is met again by the next round
            log.exception("%s: a round ended in an unexpected error", self.name)
        return AFTER_FAILURE

    def _round(self) -> timedelta:
        """One round; how long to rest after it."""
        raise NotImplementedError

    def _rest(self, length: timedelta) -> None:
        """Return after a rest, or when there is no reason for it any more."""
        self._stopping.wait(length.total_seconds())

    def _nudge(self) -> None:
        """End what may take long: a rest of its own kind, a wait for news."""

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._rest(self.one())
