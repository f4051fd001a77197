"""What a reader gets of an issue, and why each story is in or out. Must not look at a clock or a store.

::

    stories of the window -> the digest's conditions -> segment (reach, sections, language) -> not mailed yet -> most
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from distributor.model import Candidate, Digest, Grouping, Lead, Segment, Story
from distributor.rules.mail import sections
from distributor.rules.queue.compose import why_out
from distributor.rules.queue.routing import speaks

#: Why a story that a reader has is not mailed again.
HAD = "this reader has been mailed it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """One story beside one reader."""

    story: Story
    #: why they do not get it; empty: they do
    why_out: str = ""


def language_of(digest: Digest, language: str) -> str:
    """The language in which a reader gets a digest: theirs, if the digest has several and it is one; else empty."""
    if len(digest.languages) < 2:
        return ""
    return next((one for one in digest.languages if speaks(language, (one,)) or speaks(one, (language,))), "")


def fits(candidate: Candidate, segment: Segment, chosen: Sequence[str], language: str) -> str:
    """Why a story is none for a segment's readers, in words; empty when it is one."""
    story = candidate.story
    if story.id <= segment.after and (candidate.waited_at is None or candidate.waited_at < segment.waited_since):
        return "it came before what is news for this reader"
    if language and not speaks(story.article.language, (language,)):
        return f"it is in {story.article.language or 'no known language'}, and the reader reads {language}"
    return sections.outside(story.article, chosen)


def weigh(
    digest: Digest,
    candidates: Sequence[Candidate],
    segment: Segment,
    *,
    chosen: Sequence[str] = (),
    language: str = "",
    mailed: Collection[int] = frozenset(),
    now: datetime,
) -> Sequence[Weighed]:
    """Every story that an issue looks at, in its order, with the reason why one reader does not get it.

    ``chosen`` are the reader's sections and ``language`` what :func:`language_of` says; ``mailed`` are the stories that
    they have. At most ``digest.most`` are in.
    """
    found: list[Weighed] = []
    taken = 0
    for one in candidates:
        reason = why_out(digest, one.story, now) or fits(one, segment, chosen, language)
        if not reason and one.story.id in mailed:
            reason = HAD
        if not reason and taken >= digest.most:
            reason = f"it is beyond the {digest.most} stories of one issue"
        taken += not reason
        found.append(Weighed(story=one.story, why_out=reason))
    return found


def arranged(digest: Digest, stories: Sequence[Story]) -> Sequence[tuple[str, Sequence[Story]]]:
    """An issue as it is read: each heading with its stories. What leads stands first, under no heading of its own."""
    if not stories:
        return ()
    lead = _lead(digest, stories)
    rest = [story for story in stories if story is not lead]
    if digest.grouping is Grouping.NONE:
        return (("", (lead, *rest)),)
    names = sections.offered(digest)
    head = () if digest.lead is Lead.FIRST else (("", (lead,)),)
    parted: dict[str, list[Story]] = {name: [] for name in (*names, "")}
    for story in rest if head else stories:
        parted[sections.section_of(story.article, names)].append(story)
    return (*head, *((name, tuple(those)) for name, those in parted.items() if those))


def _lead(digest: Digest, stories: Sequence[Story]) -> Story:
    match digest.lead:
        case Lead.URGENCY:
            return min(stories, key=lambda story: story.article.urgency)
        case Lead.NEWEST:
            return max(stories, key=lambda story: story.article.published or story.first_seen_at)
        case _:
            return stories[0]
