"""The stories of the last day as one that comes is compared with them: kept from one reading to the next, and brought
up to what the store says now. Must not look at a store itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from distributor.model import Article, PubStatus, Stage, Story
from distributor.rules.change.takes import stage
from distributor.rules.story.identity import BY_HAND
from distributor.rules.story.sameness import Lineup
from distributor.text.marks import OwnMarks

#: All by which a story's text is told from any other that its number may have had: the number first, then its revision,
#: fingerprint, address, feed and status. A plain tuple, for a thousand of them are compared at each reading.
Face = tuple[object, ...]


class Day:
    """The stories of a day, by how far they were told."""

    def __init__(self, marks: OwnMarks) -> None:
        """``marks`` are those of the feed that asks; they say how far a story was told."""
        self._marks = marks
        self._lineups: Mapping[Stage, Lineup] = {reached: Lineup() for reached in Stage}
        #: by the story: what is known of it, and the stage in whose lineup it stands, if it stands in any
        self._kept: dict[int, tuple[Face, Stage | None]] = {}

    def brought_up(
        self, now: Mapping[int, Face], texts: Callable[[Sequence[int]], Sequence[Story]]
    ) -> Mapping[Stage, Lineup]:
        """The day as it is now, by the stories' numbers; texts are asked for of those alone that are not known so."""
        for number in [one for one, (face, _) in self._kept.items() if now.get(one) != face]:
            self._forget(number)
        missing = [number for number in now if number not in self._kept]
        for story in texts(missing) if missing else ():
            self._kept[story.id] = (now[story.id], self._placed(story.id, story.article))
        return self._lineups

    def _placed(self, number: int, article: Article) -> Stage | None:
        """The stage in whose lineup an article stands now; a post by hand and what was taken back stand in none."""
        if article.feed == BY_HAND or article.pubstatus is not PubStatus.USABLE:
            return None
        reached = stage(article, self._marks)
        self._lineups[reached].add(number, article)
        return reached

    def _forget(self, number: int) -> None:
        _, reached = self._kept.pop(number)
        if reached is not None:
            self._lineups[reached].remove(number)
