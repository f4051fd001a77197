"""From a feed to planned deliveries. Must not send anything.

::

    fetch -> parse -> clocks (dates ahead) -> incoming (embargoes in the text, rights of pictures) -> identity.changes
          -> planning (takes, revisions, kills; routing.plan for what is new), each row with its conditions
             surge? held as a whole, and an alert
          -> one transaction (stories, deliveries, then validators)
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from distributor.errors import FetchError, SourceError
from distributor.interfaces import Resting, Source, Validators
from distributor.model import Act, Article, Change, ChangeKind, DeliveryIntent, Route
from distributor.rules.change.background import Background
from distributor.rules.change.incoming import Door, clock_words, internal_word, let_in, why_looked_at
from distributor.rules.change.planning import Editing, Plan, Planner, Word
from distributor.rules.queue.fence import in_doubt, is_doubtful
from distributor.rules.queue.routing import plan
from distributor.rules.queue.surge import LOOKBACK, complaint, held, usual, volume
from distributor.rules.reading.rhythm import LOOKBACK as WEEK
from distributor.rules.reading.rhythm import Next, Pace, Told, next_reading
from distributor.rules.story.clocks import held_until_dated, reckoned
from distributor.rules.story.identity import Known, changes, oldest_first

#: How long a feed's rhythm is taken for the same.
LASTS = timedelta(minutes=10)
#: Acts that do the same however often they are done.
REPEATABLE = (Act.EDIT, Act.DELETE)


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

    @property
    def read_at(self) -> datetime | None:
        """When the feed was last read without a failure."""
        ...

    @property
    def failures(self) -> int:
        """How often in a row it could not be read."""
        ...

    @property
    def fenced(self) -> bool:
        """Whether whatever it brings as new may have been sent by a store that was replaced."""
        ...

    @property
    def fenced_at(self) -> datetime | None:
        """When a store was last replaced; None: never."""
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
        planner: Callable[[Mapping[str, Known], Background], Sequence[Plan]],
        *,
        validators: Validators,
        baseline: bool,
        now: datetime,
        fenced: bool,
        is_doubtful: Callable[[Change], bool],
        words: Callable[[], Sequence[Word]],
        again: Next | None,
    ) -> Sequence[Change]:
        """Write what the planner says, and the alert (key, text, hint) that it leads to, wholly or not at all."""
        ...

    def rhythm(self, feed: str, since: datetime, now: datetime) -> Mapping[int, int]:
        """How many stories the feed brought, by how many whole hours ago."""
        ...

    def feed_unchanged(self, name: str, now: datetime, again: Next | None) -> None:
        """Nothing new."""
        ...

    def feed_failed(self, name: str, reason: str, now: datetime, again: Next | None) -> None:
        """It could not be read."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SurgeGuard:
    """How a feed's volume is watched."""

    #: so many times the usual volume is a surge; 0: never
    times: float
    #: fewer new stories than this in an hour are none
    least: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingested:
    """What one reading of a feed brought."""

    feed: str
    articles: int = 0
    changes: Sequence[Change] = ()
    #: why it could not be read; empty when it was
    error: str = ""
    #: how often in a row it could not be read by now
    failures: int = 0
    #: when it is to be read again; None where nobody set a pace
    again: Next | None = None


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
        guard: SurgeGuard | None = None,
        askable: Collection[str] = (),
        editing: Editing | None = None,
        door: Door | None = None,
        pace: Pace | None = None,
    ) -> None:
        """``publish_first``: what the feed holds at its first reading is news, not baseline. ``pace``: how often it
        may be read.

        ``askable`` are the channels whose platform can be asked what stands there; ``editing`` is what revisions and
        takes ask of the house, ``door`` what is asked of every article first.
        """
        self.feed = feed
        self._source = source
        self._resting = source if isinstance(source, Resting) else None
        self._book = book
        self._routes = routes
        self._audiences = audiences
        self._publish_first = publish_first
        self._guard = guard
        self._askable = askable
        self._editing = editing or Editing(feeds=(feed,))
        self._door = door or Door()
        self._pace = pace
        #: the feed's rhythm of the last week, and when it was looked up
        self._rhythm: tuple[datetime, Mapping[int, int]] | None = None

    def run_once(self, now: datetime) -> Ingested:
        """Read the feed once. A failure is recorded with its reason and loses nothing."""
        memory = self._book.feed(self.feed)
        try:
            fetched = self._source.fetch(memory.validators)
            if fetched is None:
                again = self._again(memory, now)
                self._book.feed_unchanged(self.feed, now, again)
                return Ingested(feed=self.feed, again=again)
            return self._take(self._source.parse(fetched), fetched.validators, now, memory)
        except SourceError as error:
            again = self._again(memory, now, error)
            self._book.feed_failed(self.feed, str(error), now, again)
            return Ingested(feed=self.feed, error=str(error), failures=memory.failures + 1, again=again)

    def take(self, articles: Sequence[Article], now: datetime) -> Ingested:
        """Take the stories that somebody brought."""
        return self._take(articles, Validators(), now, self._book.feed(self.feed))

    def _again(self, memory: FeedMemory, now: datetime, error: SourceError | None = None) -> Next | None:
        """When the feed is to be read again."""
        if self._pace is None:
            return None
        if error is not None:
            status, rest = (error.status, error.retry_after) if isinstance(error, FetchError) else (None, None)
            told = Told(failures=memory.failures + 1, rest=rest or timedelta(0), gone=status == 410)
        else:
            first = memory.baseline_at or now
            rest = self._resting.rest if self._resting else timedelta(0)
            told = Told(rest=rest, known_for=now - first, hours=self._hours(max(first, now - WEEK), now))
        return next_reading(self._pace, told, now)

    def _hours(self, since: datetime, now: datetime) -> Mapping[int, int]:
        """The stories of a week by hours ago; looked up a few times an hour, for it changes slowly."""
        if self._rhythm is None or not timedelta(0) <= now - self._rhythm[0] < LASTS:
            self._rhythm = now, self._book.rhythm(self.feed, since, now)
        return self._rhythm[1]

    def _take(self, found: Sequence[Article], validators: Validators, now: datetime, memory: FeedMemory) -> Ingested:
        dated = reckoned(oldest_first(found), now)
        articles = [let_in(one, self._door, now) for one in dated.articles]
        baseline = memory.baseline_at is None and not self._publish_first
        audiences = self._audiences()
        judge = self._surge_judge(memory, now)
        words: Sequence[Word] = ()

        def first_posts(article: Article) -> Sequence[DeliveryIntent]:
            looks = why_looked_at(article, self._door, now)
            return plan(article, self._routes, audiences, now, baseline=baseline, internal=looks)

        def doubts(change: Change) -> bool:
            return is_doubtful(change, memory.fenced_at, is_first=memory.fenced)

        def planner(known: Mapping[str, Known], background: Background) -> Sequence[Plan]:
            nonlocal words
            articles[:] = held_until_dated(articles, dated.ahead, known)
            desk = Planner(self._editing, background, first_posts, feed=self.feed, now=now)
            plans, words = desk.plan(changes(articles, known)), desk.words
            surge = judge([change for change, _ in plans])
            plans = [(change, self._guarded(change, rows, surge, doubts(change))) for change, rows in plans]
            words = [*words, *self._alarm(surge), *internal_word(self.feed, plans)]
            words = [*words, *clock_words(self.feed, dated, plans, self._door, now)]
            return [(replace(one, looks=why_looked_at(one.article, self._door, now)), rows) for one, rows in plans]

        again = self._again(memory, now)
        # behind a fence a story is no news for a digest: the issue that the replaced store sent may have held it
        brought = self._book.ingest(
            self.feed,
            articles,
            planner,
            validators=validators,
            baseline=baseline,
            now=now,
            fenced=memory.fenced,
            is_doubtful=doubts,
            words=lambda: words,
            again=again,
        )
        if brought:
            self._rhythm = None
        return Ingested(feed=self.feed, articles=len(articles), changes=brought, again=again)

    def _guarded(
        self, change: Change, rows: Sequence[DeliveryIntent], surge: str, is_in_doubt: bool
    ) -> Sequence[DeliveryIntent]:
        """A plan under a surge, and behind a fence; a change or a deletion may be repeated, a post may not."""
        if surge and change.kind is ChangeKind.NEW:
            rows = held(rows, surge)
        if not is_in_doubt:
            return rows
        repeatable = [one for one in rows if one.act in REPEATABLE]
        return [*in_doubt([one for one in rows if one.act not in REPEATABLE], self._askable), *repeatable]

    def _surge_judge(self, memory: FeedMemory, now: datetime) -> Callable[[Sequence[Change]], str]:
        """What says why a reading is a surge, or nothing; a first reading never is one, nor does it make a custom."""
        guard, first = self._guard, memory.baseline_at
        if guard is None or first is None:
            return lambda _: ""
        hours = self._book.rhythm(self.feed, max(first, now - LOOKBACK), now)

        def judge(found: Sequence[Change]) -> str:
            published = [one.article.published for one in found if one.kind is ChangeKind.NEW]
            brought = volume(published, hours.get(0, 0), read_at=memory.read_at, now=now) if published else 0
            return complaint(brought, usual(hours), times=guard.times, least=guard.least)

        return judge

    def _alarm(self, surge: str) -> Sequence[Word]:
        """The alert of a surge, if there is one."""
        if not surge:
            return ()
        text = f"feed {self.feed}: {surge}. All that came now is held until somebody has looked"
        hint = f"distributor schedule held; then distributor release --surge {self.feed}, or skip --surge {self.feed}"
        return (Word(key=f"surge:{self.feed}", text=text, hint=hint, lasts=True),)
