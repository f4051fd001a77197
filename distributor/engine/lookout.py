"""Lookouts: a thread for each channel that settles its doubts, so that a slow look delays no lane."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from distributor.engine.rounds import Rounds
from distributor.flows.verify import Verifier

#: Between two looks at the store for doubts whose time has come.
PAUSE = timedelta(seconds=1)


class Lookout(Rounds):
    """Runs one channel's verifier; a look that is under way at the end changes nothing."""

    def __init__(
        self, verifier: Verifier, wake: Callable[[str], object], *, is_live: Callable[[], bool] = lambda: True
    ) -> None:
        """Nothing runs before :meth:`start`; ``wake`` tells a channel's lanes that something may be due again.

        Where ``is_live`` says no, this may be a copy, and a look may leave traces on the platform: none is taken.
        """
        self._channel = verifier.channel.name
        super().__init__(f"doubts on {self._channel}", f"lookout-{self._channel}")
        self._verifier = verifier
        self._wake = wake
        self._is_live = is_live

    def _round(self) -> timedelta:
        if self._is_live() and self._verifier.run_once():
            self._wake(self._channel)
        return PAUSE
