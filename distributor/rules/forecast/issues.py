"""The days of one digest: which issues would be sent, and what they would tell. Asks the rules that open real issues,
slot by slot, and decides nothing itself. Must not look at a clock or a store.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from distributor.model import Candidate, Digest, Segment, Story, Wish
from distributor.model.forecast import Days, Fate, Foreseen, Readers
from distributor.rules.mail.issues import IssuePlan, Share, plan, served, share
from distributor.rules.mail.rhythms import next_slot, zone_of
from distributor.rules.queue.compose import rank
from distributor.rules.queue.timing import slot_name

#: The choice of who chose nothing.
OWN = Wish()
#: Most choices of readers that are looked at, those of most readers first: each has slots of its own.
MOST_WISHES = 20


def foresee_digest(digest: Digest, days: Days) -> Sequence[Foreseen]:
    """Every slot of some days with its issue, or why there would be none."""
    known = days.readers.get(digest.name)
    readers = known or Readers(began=days.begin)
    run = _Run(digest, readers, days, is_read=known is not None)
    return [
        run.issue(at, name, wishes) for (at, name), wishes in sorted(_slots(digest, readers, days).items(), key=_at)
    ]


def _at(one: tuple[tuple[datetime, str], list[Wish]]) -> tuple[datetime, str]:
    return one[0]


def _slots(digest: Digest, readers: Readers, days: Days) -> Mapping[tuple[datetime, str], list[Wish]]:
    """The choices whose slots come in some days, by instant and name."""
    often = sorted((one for one in readers.wishes if one != OWN), key=lambda one: -readers.wishes[one])
    found: dict[tuple[datetime, str], list[Wish]] = defaultdict(list)
    for wish in (OWN, *often[:MOST_WISHES]):
        when, at = replace(wish, sections="", language=None), max(days.begin, readers.began)
        while (slot := next_slot(digest, when, at)) is not None and slot <= days.end:
            found[slot, slot_name(slot, zone_of(digest, wish.zone))].append(wish)
            at = slot
    return found


class _Run:
    """One digest, slot by slot."""

    def __init__(self, digest: Digest, readers: Readers, days: Days, *, is_read: bool) -> None:
        self._digest = digest
        self._wishes = readers.wishes
        #: whether its readers are known; nobody knows who will read a new one
        self._is_read = is_read
        self._began = readers.began
        self._stories = days.stories
        self._came = [one.first_seen_at for one in days.stories]
        self._served = dict(readers.served)
        #: what an issue could not carry yet, and when it last stood before one
        self._left: dict[int, datetime] = {}

    def issue(self, at: datetime, slot: str, wishes: Sequence[Wish]) -> Foreseen:
        """What becomes of a slot."""
        shares = [
            share(
                self._digest,
                wish,
                at,
                number=number,
                newest=self._newest,
                before=self._served.get(wish),
                began=self._began,
            )
            for number, wish in enumerate(wishes, 1)
        ]
        upto = self._newest(at)
        found = plan(self._digest, shares, self._candidates([one.segment for one in shares], upto, at))
        for one in shares:
            self._served[one.wish] = served(one, is_worth=one.wish in found.worth, upto=upto, now=at)
        return self._told(at, slot, shares, found)

    def _newest(self, at: datetime) -> int:
        place = bisect_right(self._came, at)
        return self._stories[place - 1].id if place else 0

    def _candidates(self, segments: Sequence[Segment], upto: int, at: datetime) -> Sequence[Candidate]:
        """What may be carried, in the digest's order; what may not be yet is remembered."""
        after, since = min(one.after for one in segments), min(one.waited_since for one in segments)
        waited = {number: when for number, when in self._left.items() if when >= since}
        looked_at = [one for one in self._until(at) if after < one.id <= upto or one.id in waited]
        chosen = rank(self._digest, looked_at, at)
        self._left |= {story.id: at for story in chosen.left}
        return [Candidate(story=story, waited_at=waited.get(story.id)) for story in chosen.stories]

    def _until(self, at: datetime) -> Sequence[Story]:
        return self._stories[: bisect_right(self._came, at)]

    def _told(self, at: datetime, slot: str, shares: Sequence[Share], found: IssuePlan) -> Foreseen:
        new = [one.story.id for one in found.stories if one.story.id not in found.again]
        number = sum(self._wishes.get(one.wish, 0) for one in shares if one.wish in found.worth)
        reason = found.reason or ("nobody is subscribed" if self._is_read and not number else "")
        return Foreseen(
            channel=self._digest.channel,
            what="issue",
            headline=self._digest.name,
            slot=slot,
            fate=Fate.SKIPPED if reason else Fate.LEAVES,
            at=at,
            reason=reason,
            tells=min(self._digest.most, len(new)),
            stories=tuple(one.story.id for one in found.stories),
            readers=number,
        )
