"""Which stories stand in an issue, and in which order. Must not render anything."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from distributor.model import Digest, PubStatus, Route, Story
from distributor.rules.queue.routing import mismatch

#: A story that had to wait for longer is news for no issue any more.
WAITS_AT_MOST = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The stories of one issue, or why there is no issue."""

    stories: Sequence[Story]
    #: what may not be carried yet and is looked at again by the next issue
    left: Sequence[Story] = ()
    #: why no issue is sent; empty when there is one
    reason: str = ""


def select(
    digest: Digest, candidates: Sequence[Story], now: datetime, *, held: Collection[int] = frozenset()
) -> Selection:
    """The stories worth carrying at ``now``: in the digest's order, at most ``most``, none when fewer than ``least``.

    ``candidates`` are the stories that came since the last issue, and those that it left; withdrawn ones stay out, and
    those withheld, under embargo or still held by somebody (``held``) wait for the next issue.
    """
    chosen = rank(digest, candidates, now, held=held)
    if reason := not_worth(digest, len(chosen.stories)):
        return Selection(stories=(), left=chosen.left, reason=reason)
    return Selection(stories=chosen.stories[: digest.most], left=chosen.left)


def rank(
    digest: Digest, candidates: Sequence[Story], now: datetime, *, held: Collection[int] = frozenset()
) -> Selection:
    """All stories that an issue may carry, in the digest's order, and those that wait."""
    conditions = _conditions(digest)
    fitting = [story for story in candidates if not mismatch(story.article, conditions)]
    left = [story for story in fitting if _waits(story, now, held)]
    chosen = [story for story in fitting if story.id not in held and not _not_shown(story, now)]
    return Selection(stories=tuple(sorted(chosen, key=lambda story: _rank(digest, story))), left=tuple(left))


def not_worth(digest: Digest, count: int) -> str:
    """Why so many new stories are no issue, in words; empty when they are one."""
    least = max(1, digest.least)
    return f"not worth an issue: {count} of at least {least} stories" if count < least else ""


def why_out(digest: Digest, story: Story, now: datetime) -> str:
    """Why a story is not for this digest at this moment; empty when it is."""
    return _not_shown(story, now) or mismatch(story.article, _conditions(digest))


def _waits(story: Story, now: datetime, held: Collection[int]) -> bool:
    """Whether what keeps a story out may end: somebody holds it, an embargo, its own feed withholds it."""
    if now - story.first_seen_at > WAITS_AT_MOST or story.article.pubstatus is PubStatus.CANCELED:
        return False
    return story.id in held or bool(_not_shown(story, now))


def _not_shown(story: Story, now: datetime) -> str:
    article = story.article
    if article.pubstatus is not PubStatus.USABLE:
        return f"its status is {article.pubstatus.value}"
    if article.embargoed is not None and article.embargoed > now:
        return "it is under embargo"
    return ""


def _conditions(digest: Digest) -> Route:
    return Route(
        name=digest.name,
        channels=(),
        feeds=digest.feeds,
        categories=digest.categories,
        languages=digest.languages,
    )


def _rank(digest: Digest, story: Story) -> tuple[float, float, int]:
    at = (story.article.published or story.first_seen_at).timestamp()
    match digest.order:
        case "urgency":
            return (story.article.urgency, -at, story.id)
        case "oldest":
            return (at, 0.0, story.id)
        case _:
            return (-at, 0.0, story.id)
