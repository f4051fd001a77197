"""The thread that writes into the operations chat, so that nothing else ever waits for it."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from distributor.engine.rounds import Rounds


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


class Chatter(Rounds):
    """Runs the room."""

    def __init__(self, desk: Desk) -> None:
        """Nothing runs before :meth:`start`."""
        super().__init__("operations chat", "operations-chat")
        self._desk = desk

    def _round(self) -> timedelta:
        return self._desk.work()

    def _rest(self, length: timedelta) -> None:
        self._desk.wait(length)

    def _nudge(self) -> None:
        self._desk.wake()
