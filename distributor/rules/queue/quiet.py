"""Hours of the day in which nothing is wanted. Must not look at a clock."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from distributor.rules.queue.around import Around
from distributor.rules.queue.timing import parse_schedule


class QuietHours:
    """One span of every local day, ``23:00-06:00``; the empty text is none. Right on the nights when clocks change."""

    def __init__(self, text: str, zone: ZoneInfo) -> None:
        """Raises ValueError for a span that is none."""
        # a fixed local time comes once on every local day, also on the nights when clocks change (rules.timing)
        times = [parse_schedule(f"every day at {one}") for one in text.split("-") if one]
        self._ends = [Around([one], zone) for one in times]
        if len(self._ends) not in (0, 2):
            raise ValueError(f"{text} is no span of the day; expected 23:00-06:00")

    def __bool__(self) -> bool:
        return bool(self._ends)

    def holds(self, at: datetime) -> bool:
        """Whether an instant lies in them: the last boundary before it was their beginning."""
        if not self._ends:
            return False
        began, ended = (boundary.before(at) for boundary in self._ends)
        return began is not None and (ended is None or began > ended)

    def begin(self, at: datetime) -> datetime:
        """When they begin next, after an instant."""
        return self._ends[0].after(at)

    def end(self, at: datetime) -> datetime:
        """When they end next, after an instant."""
        return self._ends[1].after(at)


@lru_cache(maxsize=4096)
def quiet_until(text: str, zone: ZoneInfo, at: datetime) -> datetime | None:
    """When the quiet hours end in which an instant lies; None: it lies in none, or the text is no span of the day."""
    try:
        quiet = QuietHours(text, zone)
    except ValueError:
        return None
    return quiet.end(at) if quiet.holds(at) else None
