"""How often an address may fail softly before it is let rest, and how often it rests before it is given up. Pure.

Mailman's way (bounce_score_threshold 5, bounce_info_stale_after 7 days, bounce_you_are_disabled_warnings 3), with the
next issue in the place of a warning by mail, which a full mailbox would not take either::

    soft, soft, ... 5 points -> rest a week -> fails again -> rest -> fails again -> rest -> fails again -> given up
          a week without a failure at any place: all is forgotten

A lasting failure (5.x.x, or no status) is a point, a passing one half a point, and no more than one counts on a day
(UTC): a daily newsletter and a day of flashes to the same full mailbox are one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

#: in halves of a point, so that they are whole numbers
LASTING, PASSING, THRESHOLD = 2, 1, 10
#: days without a failure after which all is forgotten
STALE = 7
REST = timedelta(days=7)
#: rests before an address is given up
RESTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How an address has failed."""

    #: halves of a point
    halves: int
    #: of the last failure, UTC
    day: date
    rests: int = 0
    #: nothing is sent to it before; None: it has not rested
    until: datetime | None = None
    #: it is given up
    is_over: bool = False

    @property
    def points(self) -> float:
        """As people read it."""
        return self.halves / 2


def weight(status: str | None) -> int:
    """What a soft failure with this status counts, in halves."""
    return PASSING if status is not None and status.startswith("4") else LASTING


def scored(before: Score | None, halves: int, now: datetime) -> Score:
    """The score after one more failure."""
    today = now.date()
    if before is None or _is_stale(before, today):
        return Score(halves=halves, day=today)
    if before.until is not None and now < before.until:  # a report that comes late
        return Score(halves=before.halves, day=today, rests=before.rests, until=before.until)
    if before.rests:
        return _rested(before.halves, before.rests + 1, now)
    if before.day == today:
        return before
    total = before.halves + halves
    return Score(halves=total, day=today) if total < THRESHOLD else _rested(total, 1, now)


def _rested(halves: int, rests: int, now: datetime) -> Score:
    if rests > RESTS:
        return Score(halves=halves, day=now.date(), rests=RESTS, is_over=True)
    return Score(halves=halves, day=now.date(), rests=rests, until=now + REST)


def _is_stale(before: Score, today: date) -> bool:
    """Whether a week has passed since the last failure, or since mail went out again."""
    since = before.day if before.until is None else max(before.day, before.until.date())
    return (today - since).days > STALE
