"""What a plan asks of the past while it is made. A protocol only: it neither looks nor decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from distributor.model import Revision, Stage, Standing, Story
from distributor.rules.change.revisions import Past
from distributor.rules.story.sameness import Lineup
from distributor.text.marks import OwnMarks


class Background(Protocol):
    """The store as it stands inside one transaction."""

    def past(self, story_id: int, feed: str) -> Past:
        """What a story was until now, and what ``feed`` told of it last."""
        ...

    def standing(self, story_id: int) -> Sequence[Standing]:
        """The posts of a story that readers may have, in the order in which they were planned."""
        ...

    def mailed(self, story_id: int) -> Sequence[str]:
        """The channels by which readers were mailed a story, alone or in an issue."""
        ...

    def lately(self, since: datetime, *, feed: str | None = None) -> Sequence[Story]:
        """The stories that came since an instant, newest first; of one feed, or of all."""
        ...

    def of_the_day(self, since: datetime, marks: OwnMarks) -> Mapping[Stage, Lineup]:
        """The stories that came since an instant, each where a feed with such marks would look for it."""
        ...

    def named(self, names: Sequence[str]) -> Sequence[int]:
        """The stories behind names, in the order of the names."""
        ...

    def story(self, story_id: int) -> Story:
        """One story as it reads now."""
        ...

    def last_word(self, story_id: int) -> Revision:
        """What the text of a story that stands now means, and who made it."""
        ...

    def first_take(self, story_id: int) -> int:
        """The story that began the chain of takes to which one belongs; often itself."""
        ...

    def takes(self, story_id: int) -> Sequence[int]:
        """All takes of the story to which one belongs, that one included, the oldest first."""
        ...
