"""What of a queue is news no more, and what is too much: skipped, or told together in one round-up post. Must not
look at a clock or a store.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from distributor.model import FLASH, Act, ChannelPolicy, Skipped, Stale, Story, Waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Triage:
    """A queue after the look at its freshness."""

    kept: Sequence[Waiting]
    skipped: Sequence[Skipped]


def triage(waiting: Sequence[Waiting], policy: ChannelPolicy, now: datetime, *, slot: str) -> Triage:
    """What keeps waiting and what does not; ``slot`` names this instant, as a round-up's slot.

    Only posts are judged. One whose outcome was in doubt has left once: to send the same again is how its fate is
    found, so it is never folded; nor is what stands in the place of an earlier post. A flash may be stale like any
    other, but is never one too many.
    """
    posts = [row for row in waiting if row.act is Act.POST and not (row.doubts or row.follows)]
    stale = [row for row in posts if _is_stale(row, now)] if policy.stale is not Stale.SEND else []
    gone = {row.id for row in stale}
    fresh = [row for row in posts if row.id not in gone and row.priority > FLASH]
    beyond = sorted(fresh, key=_worth)[policy.fold_above :] if 0 < policy.fold_above < len(fresh) else []
    gone |= {row.id for row in beyond}
    if not gone:
        return Triage(kept=waiting, skipped=[])
    skipped = []
    if stale:
        folded = policy.stale is Stale.FOLD
        skipped.append(_skipped(stale, "it was no news any more when its turn came", slot if folded else ""))
    if beyond:
        skipped.append(_skipped(beyond, f"more than {policy.fold_above} stories waited", slot))
    return Triage(kept=[row for row in waiting if row.id not in gone], skipped=skipped)


def in_round_up(stories: Sequence[Story]) -> Sequence[Story]:
    """The stories of a round-up in the order in which it tells them: the most urgent first, then the newest."""
    return sorted(stories, key=lambda one: (one.article.urgency, -_at(one).timestamp(), one.id))


def _is_stale(row: Waiting, now: datetime) -> bool:
    return row.stale_at is not None and row.stale_at <= now


def _worth(row: Waiting) -> tuple[int, float, int]:
    """The most urgent first, then the newest."""
    return row.priority, -row.due_at.timestamp(), -row.id


def _at(story: Story) -> datetime:
    return story.article.published or story.first_seen_at


def _skipped(rows: Sequence[Waiting], reason: str, slot: str) -> Skipped:
    return Skipped(ids=tuple(row.id for row in rows), reason=reason, folded=bool(slot), slot=slot)
