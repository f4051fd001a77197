"""What a desk must know of an article before anything is planned: its embargo, whether its picture may be shown, and
whether it looks like internal material. Must not look at a clock or a store.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from distributor.model import Article
from distributor.rules.change.planning import Plan, Word
from distributor.rules.queue.holds import INTERNAL
from distributor.rules.story.embargo import taken_out
from distributor.rules.story.internal import why_internal
from distributor.rules.story.rights import why_not_shown
from distributor.text.marks import OwnMarks


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What a house asks of the articles of one feed."""

    #: of an embargo's instant that names no zone
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    #: the feed's own marks
    marks: OwnMarks = field(default_factory=dict)
    #: whether a picture is shown only if its rights are known
    needs_rights: bool = False


def let_in(article: Article, door: Door, now: datetime) -> Article:
    """The article as it is kept: an embargo in its text is a field, a picture that may not be shown says why."""
    found = taken_out(article, door.zone, now).article
    if found.image is None:
        return found
    refused = why_not_shown(found.image, required=door.needs_rights)
    return replace(found, image=replace(found.image, refused=refused))


def why_looked_at(article: Article, door: Door, now: datetime) -> str:
    """Why somebody must look before it leaves: internal material, or an embargo that cannot be read; empty: nobody."""
    unread = taken_out(article, door.zone, now).unread
    return f'its embargo cannot be read: "{unread}"' if unread else why_internal(article, door.marks)


def internal_word(feed: str, plans: Sequence[Plan]) -> Sequence[Word]:
    """What somebody must be told where stories of a reading are held because they look like internal material."""
    found = [change for change, rows in plans if any(one.held_by == INTERNAL for one in rows)]
    if not found:
        return ()
    first, count = found[0].article.headline, len(found)
    named = f'"{first}" looks' if count == 1 else f'{count} stories, the first of them "{first}", look'
    text = f"feed {feed}: {named} like internal material; held until somebody has looked"
    hint = "distributor schedule held; then distributor release URL --held-by internal, or distributor skip URL"
    return (Word(key=f"{INTERNAL}:{feed}", text=text, hint=hint, lasts=True),)
