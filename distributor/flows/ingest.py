"""From a feed to planned deliveries. Must not send anything.

::

    fetch -> parse -> identity.changes -> routing.plan -> one transaction (stories, deliveries, then validators)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from distributor.errors import SourceError
from distributor.interfaces import Fetched, Source, Validators
from distributor.model import Article, Change, ChangeKind, DeliveryIntent, Route
from distributor.rules.identity import Known, changes, oldest_first
from distributor.rules.routing import plan


class FeedMemory(Protocol):
    """What is remembered of the feed, as far as this flow asks."""

    @property
    def validators(self) -> Validators:
        """What to ask "anything new?" with."""
        ...

    @property
    def baseline_at(self) -> datetime | None:
        """When the feed was first read; None: this is the first time."""
        ...


class StoryBook(Protocol):
    """Where stories and their plans are written."""

    def feed(self, name: str) -> FeedMemory:
        """What is remembered of a feed."""
        ...

    def ingest(
        self,
        feed: str,
        articles: Sequence[Article],
        planner: Callable[[Mapping[str, Known]], Sequence[tuple[Change, Sequence[DeliveryIntent]]]],
        *,
        validators: Validators,
        baseline: bool,
        now: datetime,
    ) -> Sequence[Change]:
        """Write what the planner says, wholly or not at all."""
        ...

    def feed_unchanged(self, name: str, now: datetime) -> None:
        """Nothing new."""
        ...

    def feed_failed(self, name: str, reason: str, now: datetime) -> None:
        """It could not be read."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingested:
    """What one reading of a feed brought."""

    feed: str
    articles: int = 0
    changes: Sequence[Change] = ()
    #: why it could not be read; empty when it was
    error: str = ""


class Ingester:
    """Reads one feed."""

    def __init__(
        self,
        feed: str,
        source: Source,
        book: StoryBook,
        *,
        routes: Sequence[Route],
        audiences: Callable[[], Mapping[str, Sequence[int]]],
        publish_first: bool = False,
    ) -> None:
        """``publish_first``: what the feed holds at its first reading is news, not baseline."""
        self.feed = feed
        self._source = source
        self._book = book
        self._routes = routes
        self._audiences = audiences
        self._publish_first = publish_first

    def run_once(self, now: datetime) -> Ingested:
        """Read the feed once. A failure is recorded with its reason and loses nothing."""
        memory = self._book.feed(self.feed)
        try:
            fetched = self._source.fetch(memory.validators)
            if fetched is None:
                self._book.feed_unchanged(self.feed, now)
                return Ingested(feed=self.feed)
            return self._take(fetched, now, first=memory.baseline_at is None)
        except SourceError as error:
            self._book.feed_failed(self.feed, str(error), now)
            return Ingested(feed=self.feed, error=str(error))

    def _take(self, fetched: Fetched, now: datetime, *, first: bool) -> Ingested:
        articles = oldest_first(self._source.parse(fetched))
        baseline = first and not self._publish_first
        audiences = self._audiences()

        def planner(known: Mapping[str, Known]) -> Sequence[tuple[Change, Sequence[DeliveryIntent]]]:
            return [(change, self._plan(change, audiences, now, baseline)) for change in changes(articles, known)]

        found = self._book.ingest(
            self.feed, articles, planner, validators=fetched.validators, baseline=baseline, now=now
        )
        return Ingested(feed=self.feed, articles=len(articles), changes=found)

    def _plan(
        self, change: Change, audiences: Mapping[str, Sequence[int]], now: datetime, baseline: bool
    ) -> Sequence[DeliveryIntent]:
        if change.kind is not ChangeKind.NEW:
            return ()  # a revision is never a second post; waiting rows render the latest text when they leave
        return plan(change.article, self._routes, audiences, now, baseline=baseline)
