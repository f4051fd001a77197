"""The days to come, as far as anybody can know them: the last seven once more. Must not look at a clock or a store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from distributor.model import Digest, Story
from distributor.model.forecast import Readers
from distributor.rules.mail.issues import LOOKBACK
from distributor.rules.mail.rhythms import NEWS, reach
from distributor.rules.queue.timing import DAY

WEEK = 7 * DAY
#: Most days that are looked back at or ahead.
MOST_DAYS = 31


def again(stories: Sequence[Story], now: datetime, days: int, zone: ZoneInfo, *, after: int) -> Iterator[Story]:
    """The stories of the last seven days as they would come in the next ``days``: on the same day of the week, at the
    same local time. They are numbered behind ``after``, which no story's number exceeds.
    """
    week = [one for one in stories if one.first_seen_at > now - WEEK]
    for number in range(1, ceil(days / 7) + 1):
        for story in week:
            at = later(story.first_seen_at, number, zone)
            if now < at <= now + days * DAY:
                after += 1
                yield _moved(story, after, number, zone)


def later(at: datetime, weeks: int, zone: ZoneInfo) -> datetime:
    """The same local time some weeks later."""
    local = at.astimezone(zone)
    moved = (local.replace(tzinfo=None) + weeks * WEEK).replace(tzinfo=zone, fold=local.fold)
    return moved.astimezone(at.tzinfo)


def looks_back(digest: Digest, readers: Readers, begin: datetime) -> timedelta:
    """How far before some days a digest's first issues of them look."""
    return max((reach(digest, wish, begin) for wish in readers.wishes), default=NEWS) + LOOKBACK


def _moved(story: Story, number: int, weeks: int, zone: ZoneInfo) -> Story:
    article = story.article
    moved = replace(
        article,
        published=article.published and later(article.published, weeks, zone),
        embargoed=article.embargoed and later(article.embargoed, weeks, zone),
    )
    return Story(id=number, article=moved, first_seen_at=later(story.first_seen_at, weeks, zone))


def reaches(digests: Sequence[Digest], readers: Mapping[str, Readers], begin: datetime) -> timedelta:
    """How far before some days stories matter to any digest."""
    return max((looks_back(one, readers[one.name], begin) for one in digests), default=timedelta(0))
