"""How fast the readers of one mailbox provider are mailed. Must not look at a clock or a store.

A lane has a rate: the operator's, or none. Where the provider says that it is too fast, the rate is halved, from what
was really sent where there was no limit; in quiet times it comes back by a tenth of its ceiling every ten minutes. What
cannot leave now is told an instant, each mail a later one, so that it is looked at once and not again and again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

#: mails a minute: no lane is ever slower
LEAST = 1.0
#: how often a lane that was slowed gets a tenth of its ceiling back
STEP = timedelta(minutes=10)
#: answers of so short a time are one word: a batch was on its way when the first came
ONCE = timedelta(minutes=1)
#: so many seconds' worth may leave at once after a pause
_BURST = 10.0
#: what a younger lane has sent says nothing of a minute (seconds)
_YOUNG = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """A provider's lane at one instant."""

    #: mails a minute; None: no limit
    rate: float | None
    #: where the rate comes back to; None: to no limit
    ceiling: float | None
    #: when it was slowed or got some back last; None: it is at its ceiling
    changed_at: datetime | None = None
    #: mails that may leave at this instant
    tokens: float = 1.0
    #: of that instant
    at: datetime
    #: when it was opened
    since: datetime
    #: the last instant that was told to a mail that waits
    promised: datetime
    #: mails of this minute, and of the one before
    minute: int = 0
    sent: int = 0
    before: int = 0

    @property
    def is_slowed(self) -> bool:
        """Whether it is below its ceiling."""
        return self.changed_at is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Slowed:
    """A lane that was slowed, as a restart finds it."""

    #: mails a minute at ``changed_at``
    rate: float
    changed_at: datetime
    #: the provider's words
    reason: str


def opened(per_minute: int, now: datetime, *, before: Slowed | None = None) -> Lane:
    """A lane at the start; ``per_minute`` 0 is no limit, ``before`` is what an earlier run has left of it."""
    ceiling = float(per_minute) if per_minute else None
    if before is None:
        return Lane(rate=ceiling, ceiling=ceiling, tokens=_burst(ceiling or 0.0), at=now, since=now, promised=now)
    return Lane(rate=before.rate, ceiling=ceiling, changed_at=before.changed_at, at=now, since=now, promised=now)


def admitted(lane: Lane, now: datetime) -> tuple[Lane, datetime | None]:
    """Whether a mail may leave now (None), or when it may; and the lane afterwards."""
    lane = recovered(lane, now)
    if lane.rate is None:
        return _counted(lane, now), None
    seconds = max(0.0, (now - lane.at).total_seconds())
    tokens = min(_burst(lane.rate), lane.tokens + seconds * lane.rate / 60)
    if tokens >= 1:
        return _counted(replace(lane, tokens=tokens - 1, at=now), now), None
    until = max(now, lane.promised) + timedelta(seconds=60 / lane.rate)
    return replace(lane, tokens=tokens, at=now, promised=until), until


def slowed(lane: Lane, now: datetime) -> Lane:
    """The lane after its provider has said that it is too fast: half as fast, once for each minute of such answers."""
    if lane.changed_at is not None and now - lane.changed_at < ONCE:
        return lane
    rate = lane.rate if lane.rate is not None else _sent(lane, now)
    return replace(lane, rate=max(LEAST, rate / 2), changed_at=now, tokens=0.0, at=now)


def _sent(lane: Lane, now: datetime) -> float:
    """Mails of a minute: of a lane that is younger, as many as they would have been."""
    age = (now - lane.since) / timedelta(seconds=1)
    if age >= 60:
        return float(max(lane.sent, lane.before))
    return (lane.sent + lane.before) * 60 / max(age, _YOUNG)


def recovered(lane: Lane, now: datetime) -> Lane:
    """The lane with what it has got back meanwhile."""
    if lane.changed_at is None or lane.rate is None or now - lane.changed_at < STEP:
        return lane
    steps = (now - lane.changed_at) // STEP
    # without a ceiling of its own a lane grows by a tenth each time, and is free again when it is ten times as fast
    rate = lane.rate + steps * lane.ceiling / 10 if lane.ceiling is not None else lane.rate * 1.1**steps
    if (lane.ceiling is not None and rate >= lane.ceiling) or (lane.ceiling is None and rate >= FREE):
        return replace(lane, rate=lane.ceiling, changed_at=None)
    return replace(lane, rate=rate, changed_at=lane.changed_at + steps * STEP)


#: mails a minute at which a lane without a ceiling is free again
FREE = 1000.0


def is_idle(lane: Lane, now: datetime) -> bool:
    """Whether nothing would be lost if the lane were forgotten: a new one would behave alike."""
    return not lane.is_slowed and lane.promised <= now and int(now.timestamp()) // 60 - lane.minute > 1


def _burst(rate: float) -> float:
    """The most that may leave at one instant."""
    return max(1.0, rate * _BURST / 60)


def _counted(lane: Lane, now: datetime) -> Lane:
    minute = int(now.timestamp()) // 60
    if minute == lane.minute:
        return replace(lane, sent=lane.sent + 1)
    before = lane.sent if minute == lane.minute + 1 else 0
    return replace(lane, minute=minute, sent=1, before=before)
