"""How often a channel may post, and whose turn it is. Must not look at a clock or a store.

::

    quiet hours -> slots -> gap, most per hour, most per day -> the instant at which the next post may leave
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from distributor.model import ChannelPolicy, Waiting
from distributor.rules.queue.around import Around
from distributor.rules.queue.quiet import QuietHours
from distributor.rules.queue.timing import DAY, parse_schedule

HOUR = timedelta(hours=1)
#: How long after its instant a slot may still be used: the lane may have been at the wire, or the program starting.
SLOT_OPEN = timedelta(minutes=5)
#: A start dated further ahead than this was made under a clock that has since been set back; it counts for nothing.
AHEAD = timedelta(minutes=1)
#: How far ahead an opening is looked for; where slots lie in quiet hours alone there is none.
HORIZON = timedelta(days=8)
#: How many of a channel's latest posts decide which section was seen least.
RECENT = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """When the next post may leave."""

    at: datetime
    #: the gate that it waits for; empty where it waits for none
    by: str = ""
    #: why, in words, without the instant
    reason: str = ""


class Pacing:
    """The times of one channel."""

    def __init__(self, policy: ChannelPolicy) -> None:
        """``policy`` is the operator's."""
        self._policy = policy
        zone = ZoneInfo(policy.zone)
        self._slots = Around([parse_schedule(text) for text in policy.slots], zone) if policy.slots else None
        self._quiet = QuietHours(policy.quiet, zone)
        #: most posts in a window that rolls along
        self._windows = [one for one in _windows(policy) if one[0]]

    @property
    def limits(self) -> bool:
        """Whether a post may ever have to wait."""
        policy = self._policy
        holds_at_night = bool(policy.quiet) and not policy.quiet_silent
        return bool(policy.gap or policy.most_per_hour or policy.most_per_day or policy.slots or holds_at_night)

    def is_quiet(self, at: datetime) -> bool:
        """Whether an instant lies in the quiet hours."""
        return self._quiet.holds(at)

    def opening(self, started: Iterable[datetime], now: datetime, *, since: datetime) -> Opening:
        """When the next post may leave: now (``at`` is ``now``), or later and for which gate.

        ``started``: the channel's posts of the last day; ``since``: when the post came, slots before it are not its.
        """
        starts = sorted(started, reverse=True)
        while starts and starts[0] > now + AHEAD:
            del starts[0]
        found = Opening(at=now)
        while found.at - now <= HORIZON:
            later = next(self._gates(starts, found.at, since), None)
            if later is None:
                break
            found = later
        return found

    def slot(self, at: datetime) -> datetime | None:
        """The slot that is open at an instant; None between slots."""
        found = None if self._slots is None else self._slots.before(at)
        return found if found is not None and at - found <= SLOT_OPEN else None

    def _gates(self, starts: Sequence[datetime], at: datetime, since: datetime) -> Iterator[Opening]:
        """For each gate that is shut at an instant, when it lets a post through."""
        if self._quiet and not self._policy.quiet_silent and self.is_quiet(at):
            yield Opening(at=self._quiet.end(at), by="quiet hours", reason=f"quiet hours {self._policy.quiet}")
        if self._slots is not None:
            slot = self.slot(at)
            if slot is None or slot < since or any(start >= slot for start in starts):
                yield Opening(at=self._slots.after(at), by="slots", reason="one post for each slot")
        for most, window, reason in self._windows:
            if most <= len(starts) and (opens := starts[most - 1] + window) > at:
                yield Opening(at=opens, by="pacing", reason=reason)


def _windows(policy: ChannelPolicy) -> Sequence[tuple[int, timedelta, str]]:
    return (
        (1 if policy.gap else 0, policy.gap, f"{_said(policy.gap)} between two posts"),
        (policy.most_per_hour, HOUR, f"at most {policy.most_per_hour} posts in an hour"),
        (policy.most_per_day, DAY, f"at most {policy.most_per_day} posts in a day"),
    )


def in_turn(waiting: Sequence[Waiting], seen: Sequence[str], *, fair: bool) -> Iterator[Waiting]:
    """The order in which posts leave: by urgency, then the section seen least, then who waited longest.

    ``seen`` are the sections of the channel's latest posts, newest first.
    """
    if not fair:
        yield from sorted(waiting, key=lambda row: (row.priority, *_age(row)))
        return
    counts = Counter(seen[:RECENT])
    for _, group in groupby(sorted(waiting, key=lambda row: row.priority), key=lambda row: row.priority):
        yield from _shared(group, counts)


def _shared(rows: Iterable[Waiting], counts: Counter[str]) -> Iterator[Waiting]:
    """Rows of one urgency, the section seen least first; ``counts`` goes on counting."""
    sections: dict[str, list[Waiting]] = {}
    for row in sorted(rows, key=_age, reverse=True):
        sections.setdefault(row.category, []).append(row)
    heads = [(counts[name], *_age(rows[-1]), name) for name, rows in sections.items()]
    heapq.heapify(heads)
    while heads:
        name = heads[0][3]
        yield sections[name].pop()
        counts[name] += 1
        if sections[name]:
            heapq.heapreplace(heads, (counts[name], *_age(sections[name][-1]), name))
        else:
            heapq.heappop(heads)


def _age(row: Waiting) -> tuple[datetime, int]:
    return row.due_at, row.id


def _said(span: timedelta) -> str:
    """``1 h 30 min``."""
    seconds = span.total_seconds()
    parts = [(seconds // 3600, "h"), (seconds // 60 % 60, "min"), (seconds % 60, "s")]
    return " ".join(f"{number:g} {unit}" for number, unit in parts if number)
