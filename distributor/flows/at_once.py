"""From a new story to those of a digest's readers who get each by itself. Must not render or send.

::

    stories that nobody decided about -> the digest's conditions -> waits (held, embargo) | nobody | segments -> rows
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from distributor.model import FLASH, Candidate, Digest, Horizon, Rhythm, Segment, Story, Wish
from distributor.rules.change.incoming import Door, why_looked_at
from distributor.rules.mail import sections
from distributor.rules.mail.portions import language_of
from distributor.rules.mail.rhythms import NEWS, SINGLE, rhythm_of
from distributor.rules.queue.compose import rank
from distributor.rules.queue.routing import speaks


class StoryBook(Protocol):
    """Where stories are read."""

    def undecided(self, digest: str, *, after: int, since: datetime) -> tuple[Sequence[Candidate], Collection[int]]:
        """The stories that nobody decided about, and which of them somebody still holds."""
        ...

    def was_released(self, story_id: int) -> bool:
        """Whether somebody has looked at a story and let it go."""
        ...

    def get(self, story_id: int) -> Story | None:
        """One story as it reads now."""
        ...


class Decisions(Protocol):
    """Where it stands who gets a story at once."""

    def decide(self, digest: str, story: int, segments: Sequence[Segment], *, waited_at: datetime | None) -> bool:
        """Fix who gets a story, or that it still waits; whether that was not decided before."""
        ...

    def unwritten(self) -> Sequence[tuple[int, str]]:
        """The stories, each with its digest, whose rows were cut short."""
        ...

    def write(self, story: int, *, digest: str, channel: str, priority: int, now: datetime) -> None:
        """Write the rows of a story for its readers."""
        ...


class ChoiceBook(Protocol):
    """Where readers' choices are read."""

    def wishes(self, topic: str, *, multilingual: bool) -> Sequence[Wish]:
        """What the confirmed readers of a digest have chosen, each choice once."""
        ...


class IssueBook(Protocol):
    """Where it stands what a restore keeps out."""

    def horizon(self, digest: str) -> Horizon:
        """Where it begins to look since a restore."""
        ...


class Herald:
    """Mails the stories of one digest to those who get them at once."""

    def __init__(
        self,
        digest: Digest,
        decisions: Decisions,
        stories: StoryBook,
        choices: ChoiceBook,
        issues: IssueBook,
        *,
        since: datetime,
        doors: Mapping[str, Door] | None = None,
    ) -> None:
        """``since``: what came before this instant (the digest's first day with us) is mailed to nobody at once."""
        self.digest = digest
        self._decisions = decisions
        self._stories = stories
        self._choices = choices
        self._issues = issues
        self._since = since
        self._doors = doors or {}

    def run_once(self, now: datetime) -> int:
        """Decide about what is new, and write the rows; how many stories are mailed to somebody."""
        mailed = 0
        for story, digest in self._decisions.unwritten():
            if digest == self.digest.name:
                self._write(story, now)
        horizon, since = self._issues.horizon(self.digest.name), max(self._since, now - NEWS)
        found, held = self._stories.undecided(self.digest.name, after=horizon.after, since=since)
        wishes = self._wishes() if found else ()
        for one in found:
            if horizon.hides(one.story):
                self._decisions.decide(self.digest.name, one.story.id, (), waited_at=None)
            else:
                mailed += self._decide(one, wishes, now, is_held=one.story.id in held)
        return mailed

    def _decide(self, one: Candidate, wishes: Sequence[Wish], now: datetime, *, is_held: bool) -> bool:
        """Decide about a story; whether it is mailed to somebody."""
        story = one.story
        is_held = is_held or self._is_suspect(story, now)
        chosen = rank(self.digest, [story], now, held=[story.id] if is_held else [])
        if chosen.left:
            self._decisions.decide(self.digest.name, story.id, (), waited_at=now)
            return False
        # what waited is news from when it was let go
        is_news = max(story.first_seen_at, one.waited_at or story.first_seen_at) >= now - NEWS
        wanted = [wish for wish in wishes if self._wants(wish, story)] if chosen.stories and is_news else []
        segments = [Segment(number=number, wish=wish) for number, wish in enumerate(wanted, 1)]
        self._decisions.decide(self.digest.name, story.id, segments, waited_at=None)
        if segments:
            self._write(story.id, now)
        return bool(segments)

    def _wishes(self) -> Sequence[Wish]:
        """The choices of those who get stories at once, whatever their zone."""
        is_multilingual = len(self.digest.languages) > 1
        found = self._choices.wishes(self.digest.name, multilingual=is_multilingual)
        return list(
            dict.fromkeys(replace(wish, zone=None) for wish in found if rhythm_of(self.digest, wish.rhythm) in SINGLE)
        )

    def _wants(self, wish: Wish, story: Story) -> bool:
        language = language_of(self.digest, wish.language or "")
        if language and not speaks(story.article.language, (language,)):
            return False
        is_urgent = wish.rhythm is not Rhythm.FLASH or story.article.urgency <= FLASH
        return is_urgent and not sections.outside(story.article, sections.chosen(wish.sections or ""))

    def _is_suspect(self, story: Story, now: datetime) -> bool:
        door = self._doors.get(story.article.feed) or Door()
        return bool(why_looked_at(story.article, door, now)) and not self._stories.was_released(story.id)

    def _write(self, story: int, now: datetime) -> None:
        found = self._stories.get(story)
        assert found is not None, "it was decided about a story of the store"
        priority = max(FLASH, found.article.urgency)
        self._decisions.write(story, digest=self.digest.name, channel=self.digest.channel, priority=priority, now=now)
