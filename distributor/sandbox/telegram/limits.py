"""How fast a bot may post: thirty a second in all, one a second to a chat, twenty a minute to a group or channel.

The numbers are those the platform's pages name; that refused calls make the next wait longer is as users report it.
Must not keep a clock of its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

#: seconds without a refusal after which waits are short again
_FORGIVEN = 60.0
_LONGEST_GROWTH = 5


@dataclass(kw_only=True)
class Bucket:
    """A token bucket that refills evenly."""

    capacity: float
    #: tokens a second
    rate: float
    tokens: float
    at: float

    def refill(self, now: float) -> None:
        """Bring the tokens up to the instant; a clock that went back refills nothing."""
        self.tokens = min(self.capacity, self.tokens + max(0.0, now - self.at) * self.rate)
        self.at = now

    def wait(self, cost: float) -> float:
        """Seconds until so many tokens are there; more than the capacity counts as the capacity."""
        return max(0.0, (min(cost, self.capacity) - self.tokens) / self.rate)


@dataclass(kw_only=True)
class _Penalty:
    """What earlier refusals cost: nothing is taken before ``until``."""

    until: float = 0.0
    count: int = 0
    last: float = -math.inf


class Flood:
    """The limits of one bot; ``factor`` multiplies them all, and nothing switches them off."""

    #: (capacity, tokens a second) before the factor
    WHOLE = (30.0, 30.0)
    PAID = (1000.0, 1000.0)
    CHAT = (5.0, 1.0)
    CROWD = (20.0, 20.0 / 60.0)

    def __init__(self, factor: float = 1.0) -> None:
        """All buckets full."""
        self.factor = factor
        self._buckets: dict[tuple[str, int], Bucket] = {}
        self._penalties: dict[int, _Penalty] = {}

    def _bucket(self, name: str, chat_id: int, numbers: tuple[float, float], now: float) -> Bucket:
        capacity, rate = numbers[0] * self.factor, numbers[1] * self.factor
        fresh = Bucket(capacity=max(1.0, capacity), rate=rate, tokens=max(1.0, capacity), at=now)
        bucket = self._buckets.setdefault((name, chat_id), fresh)
        bucket.refill(now)
        return bucket

    def take(self, chat_id: int, now: float, *, is_crowd: bool, count: int = 1, is_paid: bool = False) -> int:
        """0 when so many messages may go to the chat at this instant (they are then counted), else seconds to wait."""
        whole = self._bucket("paid" if is_paid else "whole", 0, self.PAID if is_paid else self.WHOLE, now)
        buckets = [whole, self._bucket("chat", chat_id, self.CHAT, now)]
        if is_crowd:
            buckets.append(self._bucket("crowd", chat_id, self.CROWD, now))
        penalty = self._penalties.setdefault(chat_id, _Penalty())
        missing = max([penalty.until - now, *(bucket.wait(count) for bucket in buckets)])
        if missing > 0:
            return self._refuse(penalty, missing, now)
        for bucket in buckets:
            bucket.tokens -= min(count, bucket.capacity)
        return 0

    def _refuse(self, penalty: _Penalty, missing: float, now: float) -> int:
        if now - penalty.last > _FORGIVEN:
            penalty.count = 0
        seconds = math.ceil(missing) + (1 << min(penalty.count, _LONGEST_GROWTH)) - 1
        penalty.count += 1
        penalty.last = now
        penalty.until = now + seconds
        return seconds
