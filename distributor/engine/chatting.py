"""The thread that writes into the operations chat, so that nothing else ever waits for it."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta
from typing import Protocol

from distributor.engine.lanes import AFTER_FAILURE
from distributor.errors import StoreError

log = logging.getLogger(__name__)


class Desk(Protocol):
    """The room of the chat."""

    def work(self) -> timedelta:
        """Answer, and bring the cards up to date; how long to rest after it."""
        ...

    def wait(self, rest: timedelta) -> None:
        """Return after a rest, or when the room is woken."""
        ...

    def wake(self) -> None:
        """Something may have changed."""
        ...


class Chatter:
    """Runs the room until it is stopped."""

    name = "operations chat"

    def __init__(self, desk: Desk) -> None:
        """Nothing runs before :meth:`start`."""
        self._desk = desk
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="operations-chat", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Write no more."""
        self._stopping.set()
        self._desk.wake()

    def join(self, timeout: float) -> bool:
        """Wait for the end; whether it came in time (seconds)."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._desk.wait(self._round())

    def _round(self) -> timedelta:
        """One round; how long to rest after it."""
        try:
            return self._desk.work()
        except StoreError as error:
            log.error("operations chat: %s", error)
        except Exception:
            log.exception("operations chat: a round ended in an unexpected error")
        return AFTER_FAILURE
