"""A thread for each account on which posts by hand are looked for. No lane ever waits for it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import timedelta

from distributor.engine.lanes import AFTER_FAILURE
from distributor.errors import StoreError
from distributor.flows.watch import Watcher

#: While the end of a wait is awaited, it is asked for so often (seconds).
AGAIN = 0.1
#: How soon the end of a fence is noticed.
FENCED = timedelta(seconds=1)

log = logging.getLogger(__name__)


class Watch:
    """Runs one watcher until it is stopped."""

    def __init__(self, watcher: Watcher, *, is_live: Callable[[], bool] = lambda: True) -> None:
        """Nothing runs before :meth:`start`.

        Where ``is_live`` says no, this may be a copy, and the one that listens may be another: nobody is asked.
        """
        self.name = f"posts by hand on {watcher.name}"
        self._watcher = watcher
        self._is_live = is_live
        self._looked = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"watch-{watcher.name}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def looked(self, timeout: float) -> bool:
        """Wait for the first look; whether it came in time (seconds)."""
        return self._looked.wait(timeout)

    def stop(self) -> None:
        """Look no more, and end a wait for news."""
        self._stopping.set()
        self._watcher.hush()

    def join(self, timeout: float) -> bool:
        """Wait for the end; whether it came in time (seconds)."""
        end = time.monotonic() + timeout
        while self._thread.is_alive() and time.monotonic() < end:
            self._watcher.hush()  # again: it may have been about to ask
            self._thread.join(AGAIN)
        return not self._thread.is_alive()

    def _run(self) -> None:
        rest = self._round(waits=False)  # what was posted while the program was down
        self._looked.set()
        while not self._stopping.wait(rest.total_seconds()):
            rest = self._round(waits=True)

    def _round(self, *, waits: bool) -> timedelta:
        """One look; how long to rest after it."""
        if not self._is_live():
            return FENCED
        try:
            return self._watcher.run_once(waits=waits)
        except StoreError as error:
            log.error("%s: %s", self.name, error)
        except Exception:
            # a bug of ours: what was not kept is not acknowledged, so it comes again
            log.exception("%s: a look ended in an unexpected error", self.name)
        return AFTER_FAILURE
