"""What one reading of a feed means for the posts that readers have: takes, classed revisions, kills. Asks the past
through :class:`~distributor.rules.change.background.Background` and touches nothing itself.

::

    changes -> an id used again? -> new     new, but told before? -> one more name
            -> kill notice?  -> withdrawal of what it names, or held
            -> new           -> a further take | a revision of an earlier story | a story of its own
            -> a new text    -> update | refile | correction | withdrawal -> follow-ups of the posts that stand
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from distributor.model import (
    Act,
    Article,
    Change,
    ChangeKind,
    DeliveryIntent,
    PubStatus,
    RevisionClass,
    State,
    Story,
)
from distributor.rules.change.amending import follow_ups, take_back
from distributor.rules.change.background import Background
from distributor.rules.change.following import Outlet, take_on
from distributor.rules.change.kills import (
    HELD_BY_NOTICE,
    KNOWN,
    Resolved,
    is_notice,
    named_in,
    reference_names,
    resolve,
)
from distributor.rules.change.recognition import DAY, Recognition
from distributor.rules.change.revisions import Past, classify, told_anew
from distributor.rules.change.takes import TOLD, Told, continued, may_continue, told
from distributor.rules.story.identity import fingerprint, keys, wider
from distributor.text.marks import OwnMarks

#: Who took a story back that a wire's notice names.
BY_NOTICE = "a kill notice"

Plan = tuple[Change, Sequence[DeliveryIntent]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Editing:
    """What a house knows of its channels and feeds, as far as revisions ask."""

    #: every channel by name
    outlets: Mapping[str, Outlet] = field(default_factory=dict)
    #: the names of all feeds, in any of which an earlier story may be known
    feeds: Sequence[str] = ()
    #: this feed's own marks
    marks: OwnMarks = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """Something that somebody must be told of a reading."""

    #: stable name of what it is about
    key: str
    text: str
    hint: str
    #: whether it stays a trouble until somebody has looked
    lasts: bool = False
    #: whether it says that what lasted is over
    is_over: bool = False


class Planner:
    """Plans one reading; valid inside one transaction."""

    def __init__(
        self,
        editing: Editing,
        background: Background,
        first_posts: Callable[[Article], Sequence[DeliveryIntent]],
        *,
        feed: str,
        now: datetime,
    ) -> None:
        """``first_posts`` plans a story that is new."""
        self._editing = editing
        self._background = background
        self._first_posts = first_posts
        self._feed = feed
        self._now = now
        #: what this very reading has made of known stories so far
        self._latest: dict[int, Article] = {}
        self._lately: Sequence[Told] | None = None
        #: what somebody must be told once it is written
        self.words: list[Word] = []

    def plan(self, found: Sequence[Change]) -> Sequence[Plan]:
        """Every change with what it means and its rows; what turns out to change nothing is left out."""
        found = Recognition(self._background, self._editing.marks, now=self._now).of_their_stories(found)
        notices = [one for one in found if one.kind is ChangeKind.NEW and is_notice(one.article, self._editing.marks)]
        fresh = [one for one in found if not any(one is notice for notice in notices)]
        verdicts = [(notice, self._resolved(notice.article, fresh)) for notice in notices]
        dead = {-number for _, verdict in verdicts for number in verdict.stories if number < 0}
        plans: list[Plan] = []
        for number, change in enumerate(fresh, 1):
            plans += self._planned(_canceled(change) if number in dead else change)
        for notice, verdict in verdicts:
            plans += self._noticed(notice, verdict)
        return plans

    def _planned(self, change: Change) -> Sequence[Plan]:
        if change.kind is ChangeKind.NEW:
            return self._new(change)
        if change.kind is ChangeKind.JOINED:
            return self._joined(change)
        return self._revised(change)

    def _joined(self, change: Change) -> Sequence[Plan]:
        """A known story under one more name: its feed's new text, or the posts that nobody has planned until now."""
        past = self._known(change).article
        is_new_text = change.article.feed == past.feed and change.article.fingerprint != past.fingerprint
        if is_new_text and not self._is_named(change):
            return self._revised(replace(change, kind=ChangeKind.UPDATED), joins=True)
        categories = wider(past.categories, change.article.categories)
        story = replace(past, feed=change.article.feed, categories=categories)
        assert change.story_id is not None
        # sections that are set anew days later would bring what everybody has read
        is_news = self._now - self._background.story(change.story_id).first_seen_at <= DAY
        rows = [one for one in self._first_posts(story) if one.state is not State.SKIPPED] if is_news else []
        named = replace(change.article, categories=categories, revision=past.revision)
        return [(replace(change, article=named), rows)]

    def _is_named(self, change: Change) -> bool:
        """Whether the article's own names are the story's already."""
        return change.story_id in self._background.named(keys(change.article))

    def _new(self, change: Change) -> Sequence[Plan]:
        """A story that is new to us: a further take, one more revision of an earlier story, or a story of its own."""
        article, marks = change.article, self._editing.marks
        first = self._first_posts(article)
        if not may_continue(article, marks):
            return [(change, first)]
        named = self._named(article)
        found = continued(article, named, () if named else self._of_late(), self._now, marks)
        if found is None:
            return [(change, first)]
        if not found.is_take:
            return self._revised(replace(change, kind=ChangeKind.UPDATED, story_id=found.earlier.id), joins=True)
        posts = [post for take in self._background.takes(found.earlier.id) for post in self._background.standing(take)]
        rows = take_on(first, posts, self._editing.outlets, self._now)
        return [(replace(change, take_of=found.earlier.id), rows)]

    def _revised(self, change: Change, *, joins: bool = False) -> Sequence[Plan]:
        """A new text of a known story; ``joins``: it came under a name of its own, which must be kept."""
        past = self._known(change)
        article = told_anew(past, change.article)
        if not joins and self._says_nothing_new(past, article):
            return ()
        said = classify(past.article, article, self._editing.marks)
        kind, meaning = ChangeKind.UPDATED, said.meaning
        if meaning is RevisionClass.WITHDRAWAL:
            if past.article.pubstatus is PubStatus.CANCELED:
                meaning = RevisionClass.UPDATE  # it was taken back before
            else:
                kind, article = ChangeKind.WITHDRAWN, replace(article, pubstatus=PubStatus.CANCELED)
        categories = wider(past.article.categories, article.categories)
        article = replace(article, revision=past.article.revision + 1, categories=categories)
        article = replace(article, fingerprint=fingerprint(article))
        told = replace(change, kind=kind, article=article, meaning=meaning, note=said.note)
        return [self._followed(told)]

    def _says_nothing_new(self, past: Past, article: Article) -> bool:
        """Whether nobody has to know: the same text, what its feed told last, or only that an embargo is over."""
        if article.fingerprint == past.article.fingerprint:
            return True
        if past.told is not None and fingerprint(past.told) == article.fingerprint:
            return True
        over = past.article.embargoed
        free = fingerprint(replace(past.article, embargoed=None)) == fingerprint(replace(article, embargoed=None))
        return over is not None and over <= self._now and article.embargoed is None and free

    def _followed(self, change: Change) -> Plan:
        """A revision with what becomes of the posts that stand."""
        assert change.story_id is not None
        self._latest[change.story_id] = change.article
        rows = follow_ups(self._background, self._editing.outlets, change, self._now)
        if change.kind is ChangeKind.WITHDRAWN:
            mailed = self._background.mailed(change.story_id)
            if rows or mailed:
                self.words.append(taken_back(change, rows, mailed))
        return change, rows

    def _noticed(self, notice: Change, verdict: Resolved) -> Sequence[Plan]:
        """A notice on record, never as a post, and the withdrawal of what it names."""
        article = notice.article
        if not verdict.stories:
            return [(notice, self._unresolved(article, verdict.reason))]
        targets = [number for number in verdict.stories if number > 0]
        names = ", ".join(self._background.story(number).article.url for number in targets) or "what came with it"
        rows = [
            replace(
                one, state=State.SKIPPED, reason=f"a kill notice: it takes back {names}", held_by="", held_until=None
            )
            for one in self._first_posts(article)
        ]
        return [(_canceled(notice), rows), *(plan for number in targets for plan in self._killed(number, article))]

    def _killed(self, story: int, notice: Article) -> Sequence[Plan]:
        now = self._latest.get(story) or self._background.story(story).article
        if now.pubstatus is PubStatus.CANCELED:
            return ()
        return [self._followed(take_back(now, story, who=BY_NOTICE, reason=notice.headline))]

    def _unresolved(self, article: Article, reason: str) -> Sequence[DeliveryIntent]:
        """Held until somebody has looked, for it may also be a story that only begins like a notice."""
        first = self._first_posts(article)
        if any(one.state is not State.SKIPPED for one in first):
            text = f'held: "{article.headline}" ({article.url}) looks like a kill notice, and {reason}'
            hint = (
                "distributor withdraw URL takes a story back; distributor skip --held-by 'kill notice' ends the notice"
            )
            self.words.append(Word(key=f"notice:{article.feed}:{article.guid}", text=text, hint=hint, lasts=True))
        why = f"it looks like a kill notice, and {reason}"
        return [
            one
            if one.state is State.SKIPPED
            else replace(one, state=State.HELD, held_by=HELD_BY_NOTICE, held_until=None, reason=why)
            for one in first
        ]

    def _resolved(self, article: Article, fresh: Sequence[Change]) -> Resolved:
        """What a notice takes back; a story that came with it has a negative number, its place."""
        names = named_in(article, self._editing.feeds)
        came = [
            Story(id=-number, article=one.article, first_seen_at=self._now)
            for number, one in enumerate(fresh, 1)
            if one.kind is ChangeKind.NEW
        ]
        here = [one.id for one in came if not set(names).isdisjoint(keys(one.article))]
        named = [*self._background.named(names), *here]
        lately = () if named else [*came, *self._background.lately(self._now - KNOWN)]
        return resolve(article, named, lately, self._first_take, self._editing.marks)

    def _first_take(self, story: int) -> int:
        return story if story < 0 else self._background.first_take(story)

    def _known(self, change: Change) -> Past:
        assert change.story_id is not None
        past = self._background.past(change.story_id, self._feed)
        latest = self._latest.get(change.story_id)
        return past if latest is None else replace(past, article=latest)

    def _named(self, article: Article) -> Story | None:
        """The earlier story that an article says it continues."""
        if not article.evolved_from:
            return None
        found = self._background.named(reference_names(article.evolved_from, self._editing.feeds))
        return self._background.story(found[0]) if found else None

    def _of_late(self) -> Sequence[Told]:
        if self._lately is None:
            came = self._background.lately(self._now - TOLD, feed=self._feed)
            self._lately = [told(story, self._editing.marks) for story in came]
        return self._lately


def _canceled(change: Change) -> Change:
    article = replace(change.article, pubstatus=PubStatus.CANCELED)
    return replace(change, article=replace(article, fingerprint=fingerprint(article)))


def taken_back(change: Change, rows: Sequence[DeliveryIntent], mailed: Sequence[str]) -> Word:
    """What somebody must know of a story that was taken back after readers had it."""
    going = sum(one.act is Act.DELETE and one.state is State.PLANNED for one in rows)
    standing = [f"on {one.channel}: {one.reason}" for one in rows if one.state is State.SKIPPED]
    standing += [f"in mails of {channel}, which cannot be called back" for channel in mailed]
    by = change.who or f"its source ({change.article.feed})"
    text = f'"{change.article.headline}" was withdrawn by {by}; posts being taken away: {going}'
    left = f"; it still stands {'; '.join(standing)}" if standing else ""
    return Word(
        key=f"withdrawn:{change.story_id}:{change.article.revision}",
        text=text + left,
        hint=f"distributor where {change.article.url}",
    )
