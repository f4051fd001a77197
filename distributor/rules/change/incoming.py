"""What a desk must know of an article before anything is planned: its embargo, whether its picture may be shown, and
whether it looks like internal material. Must not look at a clock or a store.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from distributor.model import Article, ChangeKind, DeliveryIntent
from distributor.rules.change.planning import Plan, Word
from distributor.rules.queue.holds import EMBARGO, INTERNAL
from distributor.rules.story.clocks import DRIFT, Reckoned
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


def clock_words(feed: str, found: Reckoned, plans: Sequence[Plan], door: Door, now: datetime) -> Sequence[Word]:
    """What somebody must be told of dates ahead: a clock that is wrong, a story that waits for its own date."""
    key = f"clock:{feed}"
    new = [(change.article, rows) for change, rows in plans if change.kind is ChangeKind.NEW]
    if found.wrong:
        hint = (
            "look at the site's clock and zone; these dates are not used, and its stories are news from when they came"
        )
        return [Word(key=key, text=f"feed {feed}: {found.wrong}", hint=hint, lasts=True)]
    words = [_waits(feed, article, door) for article, rows in new if article.guid in found.ahead and _is_held(rows)]
    # a feed that is hours ahead brings nothing of this very hour
    if any(one.published is not None and abs(one.published - now) < DRIFT for one, _ in new):
        words.append(Word(key=key, text=f"feed {feed}: its dates are right again", hint="", is_over=True))
    return words


def _waits(feed: str, article: Article, door: Door) -> Word:
    """A story that waits for its own date."""
    assert article.embargoed is not None
    at = f"{article.embargoed.astimezone(door.zone):%d %B %Y, %H:%M %Z}"
    text = f'feed {feed}: "{article.headline}" is dated {at}, which is to come; it is held until then'
    hint = f"distributor release {article.url} --held-by embargo lets it go now"
    return Word(key=f"ahead:{feed}:{article.guid}", text=text, hint=hint)


def _is_held(rows: Sequence[DeliveryIntent]) -> bool:
    return any(one.held_by == EMBARGO for one in rows)


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
