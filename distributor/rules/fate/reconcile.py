"""A day's stories beside what one channel carried of them, each gap with its reason. Pure: facts in, sums and a
sentence out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from distributor.model import State

#: What is still open so long after it could have left has been left behind.
TOO_LONG = timedelta(hours=1)
#: Addresses named for one gap.
MOST_NAMED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What became of one story on one channel."""

    url: str
    #: None: it was never planned there
    state: State | None
    reason: str
    due_at: datetime | None
    #: when the clock releases it, while it is held; None: only somebody can
    held_until: datetime | None
    #: the issue or round-up in which it was sent; empty: in none
    folded: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Stories that a channel did not carry by themselves, for one reason."""

    reason: str
    count: int
    #: whether a rule, a route or a person decided it; False: somebody should look
    decided: bool
    #: some of them
    urls: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelDay:
    """One channel's day."""

    channel: str
    published: int
    #: posts and mails of a single story
    sent: int
    #: those, and the stories that stood in an issue or round-up
    carried: int
    gaps: tuple[Gap, ...]


def balance(channel: str, fates: Iterable[Fate], now: datetime) -> ChannelDay:
    """The day of a channel from the fate of every story that was published; ``now`` tells what waits too long."""
    published = sent = folded = 0
    counts: Counter[tuple[str, bool]] = Counter()
    named: dict[tuple[str, bool], list[str]] = {}
    for fate in fates:
        published += 1
        if fate.state is State.SENT:
            sent += 1
            continue
        folded += bool(fate.folded)
        gap = _gap(fate, now)
        counts[gap] += 1
        if len(urls := named.setdefault(gap, [])) < MOST_NAMED:
            urls.append(fate.url)
    gaps = tuple(
        Gap(reason=reason, count=count, decided=decided, urls=tuple(named[reason, decided]))
        for (reason, decided), count in sorted(counts.items(), key=lambda one: (one[0][1], -one[1], one[0][0]))
    )
    return ChannelDay(channel=channel, published=published, sent=sent, carried=sent + folded, gaps=gaps)


def undecided(day: ChannelDay) -> Sequence[Gap]:
    """The gaps that nobody decided."""
    return [gap for gap in day.gaps if not gap.decided]


def sentence(day: ChannelDay) -> str:
    """``site published 40, telegram got 38: 1 withdrawn by its source, 1 folded into the round-up of 14:05``."""
    told = f"site published {day.published}, {day.channel} got {day.sent}"
    return f"{told}: {', '.join(f'{gap.count} {gap.reason}' for gap in day.gaps)}" if day.gaps else told


def _gap(fate: Fate, now: datetime) -> tuple[str, bool]:
    """Why a story was not sent by itself, and whether that was decided."""
    if fate.folded:
        return f"folded into {fate.folded}", True
    match fate.state:
        case None:
            return "never planned there", True
        case State.SKIPPED:
            return fate.reason, True
        case State.FAILED:
            return f"failed: {fate.reason}", False
        case State.UNKNOWN:
            return f"unknown: {fate.reason}", False
        case State.HELD if fate.held_until is None:
            return f"held: {fate.reason}", False
        case state:
            until = fate.held_until or fate.due_at or now
            if now - until > TOO_LONG:
                return f"left behind: {fate.reason}", False
            return f"{'held' if state is State.HELD else 'waits'}: {fate.reason}", True
