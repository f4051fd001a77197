"""Which stories stand in an issue, and in which order. Must not render anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from distributor.model import Digest, PubStatus, Route, Story
from distributor.rules.routing import mismatch


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The stories of one issue, or why there is no issue."""

    stories: Sequence[Story]
    #: why no issue is sent; empty when there is one
    reason: str = ""


def select(digest: Digest, candidates: Sequence[Story], now: datetime) -> Selection:
    """The stories worth carrying at ``now``: in the digest's order, at most ``most``, none when fewer than ``least``.

    ``candidates`` are the stories first seen since the last issue; withdrawn, withheld and embargoed ones stay out.
    """
    chosen = [story for story in candidates if not why_out(digest, story, now)]
    best = sorted(chosen, key=lambda story: _rank(digest, story))[: digest.most]
    if len(best) < max(1, digest.least):
        worth = f"{len(best)} of at least {max(1, digest.least)} stories"
        return Selection(stories=(), reason=f"not worth an issue: {worth}")
    return Selection(stories=tuple(best))


def why_out(digest: Digest, story: Story, now: datetime) -> str:
    """Why a story is not for this digest at this moment; empty when it is."""
    article = story.article
    if article.pubstatus is not PubStatus.USABLE:
        return f"its status is {article.pubstatus.value}"
    if article.embargoed is not None and article.embargoed > now:
        return "it is under embargo"
    conditions = Route(
        name=digest.name,
        channels=(),
        feeds=digest.feeds,
        categories=digest.categories,
        languages=digest.languages,
    )
    return mismatch(article, conditions)


def _rank(digest: Digest, story: Story) -> tuple[float, float, int]:
    at = (story.article.published or story.first_seen_at).timestamp()
    match digest.order:
        case "urgency":
            return (story.article.urgency, -at, story.id)
        case "oldest":
            return (at, 0.0, story.id)
        case _:
            return (-at, 0.0, story.id)
