"""What an issue carries for each choice of its readers: how far back it looks, what is news, whether it is worth
sending. Must not look at a clock or a store.

::

    choice -> share (reach, and since its last issue that was worth sending) -> stories -> at least ``least`` new ones
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from distributor.model import Candidate, Digest, Segment, Served, Wish
from distributor.rules.mail import sections
from distributor.rules.mail.portions import fits, language_of
from distributor.rules.mail.rhythms import NEWS, reach
from distributor.rules.queue.compose import not_worth

#: A choice that no slot came for in so long begins anew: nobody had it meanwhile.
LOOKBACK = timedelta(days=2)
#: Most stories that an issue looks at for one choice; what is beyond has no chance in an issue.
LOOKED_AT = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One choice's part of an issue."""

    wish: Wish
    segment: Segment
    #: what came after this story, or was held since then, is new to its readers
    fresh_after: int
    fresh_since: datetime

    def is_fresh(self, one: Candidate) -> bool:
        """Whether a story is new since the last issue that was worth sending."""
        return one.story.id > self.fresh_after or (one.waited_at is not None and one.waited_at >= self.fresh_since)


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuePlan:
    """What is to be written down of an issue."""

    #: in the digest's order
    stories: Sequence[Candidate]
    #: of them, those that are there only for who has not had them
    again: frozenset[int]
    segments: Sequence[Segment]
    #: the choices for which it is worth sending
    worth: frozenset[Wish]
    #: why there is no issue; empty: there is one
    reason: str


def share(
    digest: Digest,
    wish: Wish,
    slot: datetime,
    *,
    number: int,
    newest: Callable[[datetime], int],
    before: Served | None,
    began: datetime,
) -> Share:
    """Where the readers of a choice are served from.

    ``newest`` gives the last story of before an instant, ``before`` is how far they were served last. A digest's first
    issues look back to a day before it ``began``.
    """
    since = slot - reach(digest, wish, slot)
    fresh_since = min(since, began - NEWS) if began >= since - LOOKBACK else since
    fresh_after = newest(fresh_since)
    if before is not None and before.looked_at >= since - LOOKBACK:
        fresh_after, fresh_since = before.upto, before.at
    after, waited_since = min(newest(since), fresh_after), min(since, fresh_since)
    segment = Segment(number=number, wish=wish, after=after, waited_since=waited_since)
    return Share(wish=wish, segment=segment, fresh_after=fresh_after, fresh_since=fresh_since)


def plan(digest: Digest, shares: Sequence[Share], candidates: Sequence[Candidate]) -> IssuePlan:
    """What becomes of a slot, of the stories that may be carried, in the digest's order."""
    carried: set[int] = set()
    new: set[int] = set()
    segments, worth, most = [], set(), 0
    for one in shares:
        own = [found for found in candidates if not _why_not(digest, found, one)]
        fresh = [found.story.id for found in own if one.is_fresh(found)]
        reason = not_worth(digest, len(fresh))
        segments.append(replace(one.segment, reason=reason))
        most = max(most, len(fresh))
        if not reason:
            worth.add(one.wish)
            carried |= {found.story.id for found in own[:LOOKED_AT]}
            new |= set(fresh)
    return IssuePlan(
        stories=[found for found in candidates if found.story.id in carried],
        again=frozenset(carried - new),
        segments=segments,
        worth=frozenset(worth),
        reason=not_worth(digest, most),
    )


def served(one: Share, *, is_worth: bool, upto: int, now: datetime) -> Served:
    """How far the readers of a choice are served, once their slot has come."""
    if is_worth:
        return Served(upto=upto, at=now, looked_at=now)
    return Served(upto=one.fresh_after, at=one.fresh_since, looked_at=now)


def _why_not(digest: Digest, found: Candidate, one: Share) -> str:
    chosen = sections.chosen(one.wish.sections or "")
    return fits(found, one.segment, chosen, language_of(digest, one.wish.language or ""))
