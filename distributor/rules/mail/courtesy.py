"""Whether a mail may leave for its reader now, by what they have chosen. Must not look at a clock or a store.

::

    rhythm -> pause -> sections -> quiet hours -> most mails per day -> go | wait(until) | leave(reason)

A mail that tells what was wrong with an earlier one waits where another would be left out: its reader has the error.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from distributor.model import FLASH, Act, Article, Delivery, Digest, Footing, Rhythm
from distributor.rules.mail import sections
from distributor.rules.mail.rhythms import SINGLE, rhythm_of, zone
from distributor.rules.queue.quiet import quiet_until
from distributor.rules.queue.timing import latest, parse_schedule

#: The name under which mails wait for what their readers have chosen.
DIALS = "dials"
_MIDNIGHT = parse_schedule("every day at 00:00")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """The mail waits for an instant."""

    until: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """The reader does not get this mail."""

    reason: str


def courtesy(
    entry: Delivery, footing: Footing, now: datetime, *, digest: Digest | None, home: str, article: Article | None
) -> Pause | Leave | None:
    """What becomes of a mail at the wire; None: it goes.

    ``digest`` is the one that it belongs to (None: a channel's single stories), ``home`` the zone of whoever named
    none, ``article`` the story of a mail that tells one.
    """
    reason = _unwanted(entry, footing, digest, article)
    if reason:
        return Leave(reason=reason)
    where, dials = zone(footing.dials.zone, home), footing.dials
    if dials.paused_until is not None and now < dials.paused_until:
        return _put_off(entry, dials.paused_until, "the reader pauses")
    until = None if _may_wake(entry, footing) else quiet_until(dials.quiet, where, now)
    if until is not None:
        return Pause(until=until, reason=f"the reader's quiet hours {dials.quiet} ({where.key})")
    if dials.most_per_day is not None and _mailed_today(footing, where, now) >= dials.most_per_day:
        reason = f"the reader has had {dials.most_per_day} mails today, and wants no more"
        return _put_off(entry, day_ends(where, now), reason)
    return None


def _unwanted(entry: Delivery, footing: Footing, digest: Digest | None, article: Article | None) -> str:
    """Why the reader's choice is none for this mail any more, in words."""
    if entry.act is not Act.POST:
        return ""
    rhythm = footing.choice.rhythm if digest is None else rhythm_of(digest, footing.choice.rhythm)
    segment = footing.segment
    if article is None:
        frozen = segment.wish if segment is not None else None
        if digest is not None and frozen is not None and rhythm_of(digest, frozen.rhythm) != rhythm:
            return f"the reader has chosen another rhythm since ({rhythm or 'that of the newsletter'})"
        return ""
    if digest is not None and rhythm not in SINGLE:
        return f"the reader has chosen another rhythm since ({rhythm or 'that of the newsletter'})"
    if rhythm is Rhythm.FLASH and article.urgency > FLASH:
        return "the reader wants flashes alone"
    return sections.outside(article, footing.choice.sections)


def _put_off(entry: Delivery, until: datetime, reason: str) -> Pause | Leave:
    return Leave(reason=reason) if entry.act is Act.POST else Pause(until=until, reason=reason)


def _may_wake(entry: Delivery, footing: Footing) -> bool:
    """Whether quiet hours are no matter: a flash, to somebody who wants flashes alone."""
    return entry.priority <= FLASH and entry.act is Act.POST and footing.choice.rhythm is Rhythm.FLASH


def _mailed_today(footing: Footing, where: ZoneInfo, now: datetime) -> int:
    began = day_began(where, now)
    return sum(at >= began for at in footing.mails)


@lru_cache(maxsize=4096)
def day_began(where: ZoneInfo, now: datetime) -> datetime:
    """When the local day of an instant began, also where a clock change swallowed or repeated midnight."""
    return latest(_MIDNIGHT, where, now) or now


@lru_cache(maxsize=4096)
def day_ends(where: ZoneInfo, now: datetime) -> datetime:
    """When the local day of an instant ends."""
    return _MIDNIGHT.after(now, where)
