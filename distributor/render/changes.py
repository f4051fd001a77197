"""What a template sees of a revision: why a story is told again, to those who read the one before. Pure; must not
render anything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from distributor.model import Limits, Occasion, Revision, RevisionClass, Story
from distributor.render.fitting import shortened
from distributor.render.views import line
from distributor.render.words import Words

#: the longest note that is shown, and how many changes one post tells of: the latest
LONGEST_NOTE, MOST_TOLD = 400, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeView:
    """One revision, as ``event.change`` or as a member of ``notes``."""

    #: ``update``, ``refile``, ``correction`` or ``withdrawal``
    meaning: str
    #: what a line within a post begins with: "Corrected"
    done: str
    #: what an answer begins with: "Correction"
    heading: str
    #: what is said of it; may be empty
    note: str
    #: instant at which it was made
    at: datetime
    #: how to show the instant with the filter ``when``: the hour, and the day where it is not the story's own
    style: str

    @property
    def is_withdrawal(self) -> bool:
        """Whether the story is taken back."""
        return self.meaning == RevisionClass.WITHDRAWAL.value


@dataclass(frozen=True, slots=True, kw_only=True)
class EventView:
    """Why a story is told, as ``event``."""

    #: ``post``, ``edit``, ``reply`` or ``delete``
    type: str
    #: the name of the post that it is about, as it left with that post; may be empty
    about: str
    change: ChangeView | None


class Changes:
    """The views of one rendering."""

    def __init__(self, story: Story, words: Words, limits: Limits, zone: str) -> None:
        """``words`` are those of the story's language, ``zone`` the desk's."""
        self._story = story
        self._words = words
        self._limits = limits
        self._zone = ZoneInfo(zone)

    def event(self, occasion: Occasion) -> EventView:
        """Why it is told."""
        change = self._view(occasion.change, part=2) if occasion.change else None
        return EventView(type=occasion.act.value, about=occasion.about, change=change)

    def notes(self, revisions: Sequence[Revision]) -> Sequence[ChangeView]:
        """The lines of a changed post, oldest first."""
        return [self._view(one, part=2 * MOST_TOLD) for one in revisions[-MOST_TOLD:]]

    def _view(self, revision: Revision, *, part: int) -> ChangeView:
        done, heading = _said(revision.meaning, self._words)
        told = self._story.article.published or self._story.first_seen_at
        is_same_day = told.astimezone(self._zone).date() == revision.at.astimezone(self._zone).date()
        return ChangeView(
            meaning=revision.meaning.value,
            done=done,
            heading=heading,
            note=_fitting(line(revision.note), self._limits, part, self._words.language),
            at=revision.at,
            style="time" if is_same_day else "full",
        )


def _said(meaning: RevisionClass, words: Words) -> tuple[str, str]:
    match meaning:
        case RevisionClass.UPDATE:
            return words.updated, words.update
        case RevisionClass.WITHDRAWAL:
            return words.withdrawn, words.withdrawn
    return words.corrected, words.correction


def _fitting(note: str, limits: Limits, part: int, language: str) -> str:
    """A note that leaves room for the rest of its post: so many of them fill it."""
    most: int = LONGEST_NOTE if limits.text is None else min(LONGEST_NOTE, limits.text // part)
    measure: Callable[[str], int] = limits.measure
    return note if measure(note) <= most else shortened(note, most, measure=measure, language=language)
