"""A thread for each account on which posts by hand are looked for. No lane ever waits for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

from distributor.engine.rounds import Rounds
from distributor.flows.watch import Watcher

#: How soon the end of a fence is noticed.
FENCED = timedelta(seconds=1)


class Watch(Rounds):
    """Runs one watcher; what it has not kept is not acknowledged, and so comes again."""

    def __init__(self, watcher: Watcher, *, is_live: Callable[[], bool] = lambda: True) -> None:
        """Nothing runs before :meth:`start`.

        Where ``is_live`` says no, this may be a copy, and the one that listens may be another: nobody is asked.
        """
        super().__init__(f"posts by hand on {watcher.name}", f"watch-{watcher.name}")
        self._watcher = watcher
        self._is_live = is_live
        self._looked = threading.Event()

    def looked(self, timeout: float) -> bool:
        """Wait for the first look; whether it came in time (seconds)."""
        return self._looked.wait(timeout)

    def _round(self) -> timedelta:
        if not self._is_live():
            return FENCED
        # the first look is for what was posted while the program was down
        return self._watcher.run_once(waits=self._looked.is_set())

    def _rest(self, length: timedelta) -> None:
        self._looked.set()
        super()._rest(length)

    def _nudge(self) -> None:
        self._watcher.hush()
