"""How far a story is told, and which earlier one it continues: snap, urgent, full story, wrap-up. Must not look at a
store; in doubt two stories are two stories.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from distributor.model import FLASH, Article, PubStatus, RevisionClass, Stage, Story
from distributor.rules.change.revisions import classify
from distributor.rules.story.likeness import by_words
from distributor.text.marks import MarkKind, OwnMarks, split_marks

#: A flash says no more than this beside its headline, an urgent no more than that (characters).
SHORT, BRIEF = 160, 800
#: ninjs urgency of what agencies send as an urgent.
URGENT = 2
#: For how long a story is looked for that a new one may continue without saying which.
TOLD = timedelta(hours=12)

_ORDER = tuple(Stage)
#: Marks of a version of something that was told already.
_AGAIN = (MarkKind.CORRECTION, MarkKind.REFILE, MarkKind.UPDATE)
#: Signals by which a further version is one more revision of the earlier story, whatever its stage.
_REVISIONS = (RevisionClass.CORRECTION, RevisionClass.REFILE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A story of the last hours, and how far it was told."""

    story: Story
    stage: Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Continuation:
    """What a new story is to an earlier one."""

    earlier: Story
    #: whether it is a further take (a post of its own kind); otherwise a revision of the earlier one
    is_take: bool


def stage(article: Article, own: OwnMarks | None = None) -> Stage:
    """How far an article tells its story: by its marks and urgency, and by how much there is of it."""
    marked = split_marks(article.headline, own)
    if marked.has(MarkKind.WRAP_UP):
        return Stage.WRAP_UP
    length = len(article.summary) + len(article.body)
    is_flash = marked.has(MarkKind.FLASH) or article.urgency <= FLASH or (not length and article.headline.isupper())
    if is_flash and length <= SHORT:
        return Stage.FLASH
    if (is_flash or marked.has(MarkKind.URGENT) or article.urgency <= URGENT) and length <= BRIEF:
        return Stage.URGENT
    return Stage.FULL


def may_continue(article: Article, own: OwnMarks | None = None) -> bool:
    """Whether it is worth looking for an earlier story at all: a flash is the first word of its own."""
    return article.pubstatus is PubStatus.USABLE and stage(article, own) is not Stage.FLASH


def told(story: Story, own: OwnMarks | None = None) -> Told:
    """A story with its stage, which is looked at once and compared often."""
    return Told(story=story, stage=stage(story.article, own))


def continued(
    article: Article, named: Story | None, lately: Sequence[Told], now: datetime, own: OwnMarks | None = None
) -> Continuation | None:
    """The earlier story that a new one continues, and how; None: it stands alone.

    ``named`` is the one that the source names itself; otherwise ``lately``, its feed's stories of the last hours, are
    looked through for one that says the same, at an earlier stage or under a mark that promises it.
    """
    if named is not None:
        return _to(told(named, own), article, own)
    marked, reached = split_marks(article.headline, own), stage(article, own)
    is_again = any(marked.has(kind) for kind in _AGAIN)
    alike = [
        one
        for one in lately
        if (is_again or _has_grown(one.stage, reached))
        and _may_be_earlier(article, one.story, now)
        and says_the_same(one.story, article, own)
    ]
    if not alike:
        return None
    # the last take that was told is the one that its readers know
    return _to(max(alike, key=lambda one: (_rank(one.stage), one.story.first_seen_at, one.story.id)), article, own)


def says_the_same(story: Story, article: Article, own: OwnMarks | None = None) -> bool:
    """Whether an article tells what an earlier story told, by their words alone."""
    old, new = split_marks(story.article.headline, own).headline, split_marks(article.headline, own).headline
    if " ".join(old.casefold().split()) == " ".join(new.casefold().split()):
        return bool(old.strip())
    return by_words(old, new, article.summary, article.body).is_same


def _to(earlier: Told, article: Article, own: OwnMarks | None) -> Continuation:
    """A further take tells more than the earlier one; the same stage told again is a revision, never a second post.

    What was taken back has no further revision: the story that comes in its place stands on its own.
    """
    if earlier.story.article.pubstatus is not PubStatus.USABLE:
        return Continuation(earlier=earlier.story, is_take=True)
    is_again = classify(earlier.story.article, article, own).meaning in _REVISIONS
    is_further = _rank(stage(article, own)) > _rank(earlier.stage)
    return Continuation(earlier=earlier.story, is_take=is_further and not is_again)


def _may_be_earlier(article: Article, story: Story, now: datetime) -> bool:
    earlier = story.article
    if now - story.first_seen_at > TOLD or earlier.pubstatus is not PubStatus.USABLE:
        return False
    return not (earlier.language and article.language) or earlier.language == article.language


def _has_grown(before: Stage, reached: Stage) -> bool:
    """Whether a story that was short is told further, or gathered in a wrap-up."""
    is_next = before in (Stage.FLASH, Stage.URGENT) or reached is Stage.WRAP_UP
    return is_next and _rank(reached) > _rank(before)


def _rank(reached: Stage) -> int:
    return _ORDER.index(reached)
