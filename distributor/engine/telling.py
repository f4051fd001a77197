"""Tellers: a thread for each receiver of webhooks, so that a dead one delays nobody, least of all a lane."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from distributor.engine.rounds import Rounds
from distributor.flows.tell import Teller

#: Between two looks for something to tell.
PAUSE = timedelta(seconds=1)


class Telling(Rounds):
    """Runs one receiver's teller; what is under way at the end would be told again."""

    def __init__(self, teller: Teller, *, is_live: Callable[[], bool]) -> None:
        """Nothing runs before :meth:`start`. Where ``is_live`` says no, this may be a copy: nobody is told anything."""
        super().__init__(f"hook {teller.name}", f"hook {teller.name}")
        self._teller = teller
        self._is_live = is_live

    def _round(self) -> timedelta:
        if self._is_live():
            self._teller.run_once(is_stopping=self._stopping.is_set)
        return PAUSE
