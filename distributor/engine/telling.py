"""Tellers: a thread for each receiver of webhooks, so that a dead one delays nobody, least of all a lane."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from distributor.errors import StoreError
from distributor.flows.tell import Teller

log = logging.getLogger(__name__)

#: Seconds between two looks for something to tell.
PAUSE = 1.0


class Telling:
    """Runs one receiver's teller until it is stopped."""

    def __init__(self, teller: Teller, *, is_live: Callable[[], bool]) -> None:
        """Nothing runs before :meth:`start`. Where ``is_live`` says no, this may be a copy: nobody is told anything."""
        self.name = f"hook {teller.name}"
        self._teller = teller
        self._is_live = is_live
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Begin nothing further."""
        self._stopping.set()

    def join(self, timeout: float) -> bool:
        """Wait for the end; whether it came in time (seconds). What is under way would be told again."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopping.wait(PAUSE):
            try:
                if self._is_live():
                    self._teller.run_once(is_stopping=self._stopping.is_set)
            except StoreError as error:
                log.error("%s: how far it was told cannot be written now: %s", self.name, error)
            except Exception:
                # a bug of ours: nothing moved, and the next look meets the same again
                log.exception("%s: telling ended in an unexpected error", self.name)
