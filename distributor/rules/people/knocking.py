"""How soon somebody may try a password again. Must not look at a clock or a store.

A name is slowed down, never locked: whoever knows it could lock its owner out. Nobody learns here whether a name has an
account, for every name is counted alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

#: Failures are counted for so long.
WINDOW = timedelta(hours=1)
#: Failures in the window after which the next try must wait: of a name from one network, of a name from anywhere, of
#: a network (a /24, a /48: an office is one, too) for any names, and of everybody.
OF_BOTH, OF_NAME, OF_NETWORK, OF_ALL = 5, 20, 50, 600
#: The first wait for a name from one network, which doubles with each failure, and the longest.
FIRST, LONGEST = timedelta(seconds=30), timedelta(minutes=15)
#: Between two tries where one of the wider counts is full.
APART = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failures:
    """How many of late, and when the last was."""

    count: int = 0
    last: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lately:
    """What failed of late."""

    #: of the name from the network, since they last succeeded together
    both: Failures = Failures()
    #: of the name from anywhere
    name: Failures = Failures()
    #: of the network, whatever the names
    network: Failures = Failures()
    everybody: Failures = Failures()
    #: whether the name got in from this network within a month: strangers' failures elsewhere do not keep it out
    is_at_home: bool = False


def wait(lately: Lately, now: datetime) -> timedelta:
    """How long until the next try is heard; zero: now."""
    doublings = min(lately.both.count - OF_BOTH, 10)
    waits = [_left(lately.both, OF_BOTH, min(FIRST * 2 ** max(doublings, 0), LONGEST), now)]
    if not lately.is_at_home:
        waits += [
            _left(lately.name, OF_NAME, APART, now),
            _left(lately.network, OF_NETWORK, APART, now),
            _left(lately.everybody, OF_ALL, APART, now),
        ]
    return max(waits)


def _left(failures: Failures, most: int, apart: timedelta, now: datetime) -> timedelta:
    if failures.count < most or failures.last is None:
        return timedelta(0)
    return min(apart, max(failures.last + apart - now, timedelta(0)))
