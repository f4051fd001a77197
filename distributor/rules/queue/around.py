"""The instants of some schedules just before and just after another. Must not look at a clock.

A queue is asked about many instants between two of them, and each answer walks over a calendar; so the last answers are
remembered for as long as they are the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from distributor.rules.queue.timing import Schedule, latest

#: Between two looks at a queue its gates ask about today's and about the next opening.
REMEMBERED = 8
#: From when until before when an answer holds (the instant after), and the instant before.
_Answer = tuple[datetime, datetime, datetime | None]


class Around:
    """Some schedules in one zone."""

    def __init__(self, schedules: Sequence[Schedule], zone: ZoneInfo) -> None:
        """At least one schedule must be asked about."""
        self._schedules = schedules
        self._zone = zone
        #: newest first; replaced as a whole, for threads share it
        self._known: tuple[_Answer, ...] = ()

    def before(self, at: datetime) -> datetime | None:
        """The last of their instants at or before another; None: there is none in 32 days."""
        return self._at(at)[2]

    def after(self, at: datetime) -> datetime:
        """The first of their instants strictly after another."""
        return self._at(at)[1]

    def _at(self, at: datetime) -> _Answer:
        for known in self._known:
            if known[0] <= at < known[1]:
                return known
        past = [found for one in self._schedules if (found := latest(one, self._zone, at)) is not None]
        before, after = max(past, default=None), min(one.after(at, self._zone) for one in self._schedules)
        answer = before or at, after, before
        self._known = (answer, *self._known[: REMEMBERED - 1])
        return answer
