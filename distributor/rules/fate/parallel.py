"""A week beside each other: what shadow mode would have sent against what the newsroom's own channel carried. Pure.

::

    theirs, ours -> same story (by its page, else by its words, within a day) -> matched | doubles | missed by either
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from urllib.parse import urlsplit

from distributor.model import Article, Seen
from distributor.rules.story.likeness import by_words, page, pages

#: Posts and stories further apart are not looked at for their words: two days may have the same headline.
NEAR = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shadow:
    """What would have been sent."""

    at: datetime
    article: Article
    #: the post as it would have read
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One story that both sides carried; ``theirs`` has more than one post where they posted it again."""

    ours: Shadow
    theirs: tuple[Seen, ...]

    @property
    def gained(self) -> float:
        """Minutes by which ours would have been earlier; less than nothing where it would have been later."""
        return (self.theirs[0].at - self.ours.at) / timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Both sides of one channel, over the time for which both are known."""

    since: datetime | None
    until: datetime | None
    pairs: Sequence[Pair]
    #: theirs that we would not have sent
    only_theirs: Sequence[Seen]
    #: ours that they never sent
    only_ours: Sequence[Shadow]

    @property
    def doubles(self) -> Sequence[Pair]:
        """Stories that they posted more than once."""
        return [pair for pair in self.pairs if len(pair.theirs) > 1]

    @property
    def gained(self) -> tuple[float, float, float] | None:
        """Minutes gained: in the middle, at best, at worst; None without a pair."""
        minutes = [pair.gained for pair in self.pairs]
        return (median(minutes), max(minutes), min(minutes)) if minutes else None


def compare(ours: Sequence[Shadow], theirs: Sequence[Seen], since: datetime | None = None) -> Comparison:
    """Hold one side against the other: from ``since``, or the first that shadow mode would have sent, to their last."""
    begin = max([*([since] if since else []), *([min(one.at for one in ours)] if ours else [])], default=None)
    end = max((post.at for post in theirs), default=None)
    by_story = _by_story(ours, theirs)
    taken = {id(post) for posts in by_story.values() for post in posts}

    def is_within(at: datetime) -> bool:
        return begin is not None and end is not None and begin <= at <= end

    pairs = [
        Pair(ours=ours[place], theirs=tuple(sorted(posts, key=lambda post: post.at)))
        for place, posts in sorted(by_story.items())
        if is_within(ours[place].at) or any(is_within(post.at) for post in posts)
    ]
    return Comparison(
        since=begin,
        until=end,
        pairs=pairs,
        only_theirs=[post for post in theirs if id(post) not in taken and is_within(post.at)],
        only_ours=[one for place, one in enumerate(ours) if place not in by_story and is_within(one.at)],
    )


def _by_story(ours: Sequence[Shadow], theirs: Sequence[Seen]) -> Mapping[int, list[Seen]]:
    """By the place of our story, the posts of theirs that tell it."""
    places = {page(one.article.url): place for place, one in enumerate(ours)}
    own = {urlsplit(name).netloc for name in places}
    found: dict[int, list[Seen]] = {}
    for post in theirs:
        linked = [places[name] for name in pages(post) if name and name in places]
        place = min(linked) if linked else None if _leads_to(post, own) else _worded(ours, post)
        if place is not None:
            found.setdefault(place, []).append(post)
    return found


def _leads_to(post: Seen, own: AbstractSet[str]) -> bool:
    """Whether a post leads to a page of our own sites: then it tells that page's story, and no other by its words."""
    return any(urlsplit(name).netloc in own for name in pages(post))


def _worded(ours: Sequence[Shadow], post: Seen) -> int | None:
    """The story whose words the post has."""
    alike = [
        (found.score, -place)
        for place, one in enumerate(ours)
        if abs(one.at - post.at) <= NEAR
        and (found := by_words(post.text, one.article.headline, one.article.summary, one.article.body)).is_same
    ]
    return -max(alike)[1] if alike else None
