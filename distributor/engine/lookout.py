"""Lookouts: a thread for each channel that settles its doubts, so that a slow look delays no lane."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from distributor.errors import StoreError
from distributor.flows.verify import Verifier

log = logging.getLogger(__name__)

#: Seconds between two looks at the store for doubts whose time has come.
PAUSE = 1.0


class Lookout:
    """Runs one channel's verifier until it is stopped."""

    def __init__(
        self, verifier: Verifier, wake: Callable[[str], object], *, is_live: Callable[[], bool] = lambda: True
    ) -> None:
        """Nothing runs before :meth:`start`; ``wake`` tells a channel's lanes that something may be due again.

        Where ``is_live`` says no, this may be a copy, and a look may leave traces on the platform: none is taken.
        """
        self.name = verifier.channel.name
        self._verifier = verifier
        self._wake = wake
        self._is_live = is_live
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"lookout-{self.name}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Begin no further look."""
        self._stopping.set()

    def join(self, timeout: float) -> bool:
        """Wait for the end; whether it came in time (seconds). A look that is under way changes nothing."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def alive(self) -> bool:
        """Whether its thread runs."""
        return self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopping.wait(PAUSE):
            try:
                if self._is_live() and self._verifier.run_once():
                    self._wake(self.name)
            except StoreError as error:
                log.error("%s: doubts cannot be settled now: %s", self.name, error)
            except Exception:
                # a bug of ours: the rows stay in doubt, and the next look meets them again
                log.exception("%s: settling doubts ended in an unexpected error", self.name)
