"""Whether a feed is unusually silent, by its own rhythm alone. Pure.

News has a week: nights and Sundays are quiet. So a silence is measured against the gaps that the feed had at this very
time of the weeks before, not against a number that somebody would have to guess.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

WEEK = timedelta(weeks=1)
#: How far back a feed's rhythm is read.
MEMORY = 4 * WEEK
#: Fewer stories or weeks than this tell no rhythm.
LEAST_STORIES, LEAST_WEEKS = 20, 2
#: A silence is unusual when it is so many times the longest usual gap, and never below the floor.
TIMES, FLOOR = 3, timedelta(hours=1)
#: On the nights when clocks change the week is an hour off.
_ABOUT = (timedelta(hours=-1), timedelta(0), timedelta(hours=1))


def unusual(seen: Sequence[datetime], now: datetime) -> timedelta | None:
    """The longest usual gap at this time of the week, where the present silence is far longer; None: all is well.

    ``seen`` are the instants at which its stories of the last :data:`MEMORY` came, the oldest first. Answers for the
    beginning of a silence only: one that lasts makes its own gaps usual, and then there is nothing to compare with.
    """
    if len(seen) < LEAST_STORIES:
        return None
    weeks = [max(gaps) for gaps in (list(_gaps(seen, now - number * WEEK)) for number in (1, 2, 3, 4)) if gaps]
    if len(weeks) < LEAST_WEEKS:
        return None
    usual = max(weeks)
    return usual if now - seen[-1] > max(FLOOR, TIMES * usual) else None


def _gaps(seen: Sequence[datetime], then: datetime) -> Iterator[timedelta]:
    """The gaps between stories in which an instant, an hour before and an hour after it lay."""
    for about in _ABOUT:
        place = bisect_right(seen, then + about)
        if 0 < place < len(seen):
            yield seen[place] - seen[place - 1]
