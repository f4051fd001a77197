"""When a feed brings so much that somebody should look first. Must not look at a clock or a store.

A site that moves house may show hundreds of prepared or old stories as new ones. What was published while we could not
read is no surge: it counts for the hour in which it was published.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from statistics import median_high

from distributor.model import DeliveryIntent, State

HOUR = timedelta(hours=1)
#: How far back a feed's usual volume is looked for.
LOOKBACK = timedelta(days=14)
#: Fewer days with stories than this are no custom yet.
LEAST_DAYS = 3
#: Rows held under this name wait for somebody who has looked.
HELD_BY_SURGE = "surge"


def usual(hours: Mapping[int, int]) -> int | None:
    """A feed's usual volume: stories of the busiest hour of an ordinary day; None where there is no custom yet.

    ``hours`` counts stories by how many whole hours ago they came; the hour that is running (0) does not count. The
    median of the days' busiest hours: a morning's rush belongs to it, one surge does not raise it.
    """
    busiest: dict[int, int] = {}
    for ago, count in hours.items():
        if ago > 0:
            busiest[ago // 24] = max(count, busiest.get(ago // 24, 0))
    return median_high(busiest.values()) if len(busiest) >= LEAST_DAYS else None


def usual_day(hours: Mapping[int, int]) -> int | None:
    """What a feed brings on an ordinary day (24 h, of those that are over); None where there is no custom yet."""
    days = Counter[int]()
    for ago, count in hours.items():
        days[ago // 24] += count
    days.pop(0, None)
    return median_high(days.values()) if len(days) >= LEAST_DAYS else None


def volume(published: Sequence[datetime | None], already: int, *, read_at: datetime | None, now: datetime) -> int:
    """Stories of the busiest hour that a reading makes, together with the ``already`` ones of the last hour.

    A story published since ``read_at``, the reading before, counts for its own hour; any other for the present one.
    """
    since = read_at or now
    hours = Counter((now - at) // HOUR if at is not None and since < at <= now else 0 for at in published)
    hours[0] += already
    return max(hours.values())


def complaint(brought: int, norm: int | None, *, times: float, least: int) -> str:
    """Why a volume is a surge, in words; empty when it is none. ``times`` 0: never."""
    if not times or brought < least or (norm is not None and brought <= times * norm):
        return ""
    custom = "it has no usual volume yet" if norm is None else f"its busiest hour usually brings {norm}"
    return f"{brought} new stories in an hour; {custom}"


def held(intents: Sequence[DeliveryIntent], reason: str) -> Sequence[DeliveryIntent]:
    """A plan whose deliveries wait until somebody releases them; what else would hold them is asked then."""
    return [
        replace(one, state=State.HELD, held_by=HELD_BY_SURGE, held_until=None, reason=f"surge of its feed: {reason}")
        if one.state in (State.PLANNED, State.HELD)
        else one
        for one in intents
    ]
