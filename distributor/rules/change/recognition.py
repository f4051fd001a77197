"""Which story each change of a reading is about: an id may be used again, a story may come anew under other names, in
another feed or twice in one document. Touches nothing itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from distributor.model import Article, Change, ChangeKind, PubStatus, Stage
from distributor.rules.change.background import Background
from distributor.rules.change.kills import is_notice
from distributor.rules.change.takes import stage
from distributor.rules.story.identity import keys, wider
from distributor.rules.story.sameness import Lineup, hints, is_another, sameness
from distributor.text.marks import OwnMarks

#: For how long a story is looked for by its words that comes anew under other names.
DAY = timedelta(hours=24)


class Recognition:
    """Looks at one reading; valid inside one transaction."""

    def __init__(self, background: Background, marks: OwnMarks, *, now: datetime) -> None:
        """``marks`` are the feed's own."""
        self._background = background
        self._marks = marks
        self._now = now
        self._lineups: Mapping[Stage, Lineup] | None = None

    def of_their_stories(self, found: Sequence[Change]) -> Sequence[Change]:
        """The changes once it is known which story each is about: an id may be used again, a story come anew, twice."""
        kept: list[Change] = []
        fresh = {reached: Lineup() for reached in Stage}
        for change in (self._of_its_story(one) for one in found):
            if change.kind is not ChangeKind.NEW or self._stands_alone(change.article):
                kept.append(change)
                continue
            came = fresh[stage(change.article, self._marks)]
            twin = came.find(change.article)
            if twin is not None:
                categories = wider(kept[twin].article.categories, change.article.categories)
                kept[twin] = replace(kept[twin], article=replace(kept[twin].article, categories=categories))
                continue
            came.add(len(kept), change.article)
            kept.append(change)
        return kept

    def _of_its_story(self, change: Change) -> Change:
        """The change, about the story that its article tells, whatever id or address that has."""
        article = change.article
        if change.kind is ChangeKind.UPDATED and self._is_reused(change):
            change = replace(change, kind=ChangeKind.NEW, story_id=None, article=replace(article, revision=0))
        if change.kind is not ChangeKind.NEW or self._stands_alone(article):
            return change
        before = self._told_before(article)
        return change if before is None else replace(change, kind=ChangeKind.JOINED, story_id=before)

    def _stands_alone(self, article: Article) -> bool:
        """Whether nobody asks if it was told before: it takes something back, or says itself what it continues."""
        return bool(article.evolved_from) or is_notice(article, self._marks)

    def _is_reused(self, change: Change) -> bool:
        """Whether an id names another story now than it did; a page that is written anew stays the story's page."""
        assert change.story_id is not None
        if change.story_id in self._background.named(keys(change.article)[1:]):
            return False
        return is_another(self._background.story(change.story_id).article, change.article)

    def _told_before(self, article: Article) -> int | None:
        """The story that an article with new names tells, if it was told before and was not taken back since."""
        for number in self._background.named(hints(article)):
            known = self._background.story(number).article
            if known.pubstatus is PubStatus.USABLE and sameness(known, article).is_same:
                return number
        # a further stage is a take of the story, which has its own rules
        return self._of_the_day()[stage(article, self._marks)].find(article)

    def _of_the_day(self) -> Mapping[Stage, Lineup]:
        """The stories of the last day, by how far they were told."""
        if self._lineups is None:
            self._lineups = self._background.of_the_day(self._now - DAY, self._marks)
        return self._lineups
