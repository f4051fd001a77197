"""What each reader of some mails gets of them at this moment, and who does not get one now. Must not render or send.

::

    claimed mails -> footing (choices, what the reader has) -> rules.mail.courtesy -> stories not mailed yet
                  -> portion | put aside until ... | left out, with its reason
    start         -> footing once more, inside the transaction: what has changed since goes back to its queue
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from distributor.model import (
    EVERYBODY,
    Act,
    Article,
    Candidate,
    Delivery,
    Digest,
    Footing,
    Issue,
    Portion,
    Segment,
    Story,
    SubjectKind,
)
from distributor.rules.fate.doubt import WITHDRAWN
from distributor.rules.mail.courtesy import DIALS, Leave, Pause, courtesy
from distributor.rules.mail.portions import HAD, language_of, weigh

#: What readers choose; alerts to the desk and letters are no choice.
CHOSEN = (SubjectKind.STORY, SubjectKind.ISSUE)
#: Texts that are kept in hand: an issue's, for all batches of its readers.
TEXTS = 1000
#: How much older than its story a mail's row may be by a clock that was set: rows are looked for from before that.
SLACK = timedelta(days=1)
#: What a reader had today is asked as far back as any of it may have been planned.
TODAY = timedelta(days=3)

#: By delivery id: issues that wait for the same reader, each with the number of their segment there.
Waiting = Mapping[int, Sequence[tuple[int, int]]]

#: Asks inside a transaction which of some rows may not leave any more.
Guard = Callable[[Any, Sequence[int]], Collection[int]]


class StoryBook(Protocol):
    """Where stories are read."""

    def get(self, story_id: int) -> Story | None:
        """One story as it reads now."""
        ...

    def looked_at(self, issue_id: int) -> Sequence[tuple[int, int, datetime | None]]:
        """All that an issue looks at, in its order: story, revision, when it was last held."""
        ...

    def texts(self, ids: Sequence[int]) -> Sequence[Story]:
        """Some stories as they read now."""
        ...


class IssueBook(Protocol):
    """Where issues are read."""

    def get(self, issue: int) -> Issue | None:
        """One issue."""
        ...


class ChoiceBook(Protocol):
    """Where it stands what readers chose and what they have."""

    def footing(self, entries: Sequence[Delivery], since: datetime) -> Mapping[int, Footing]:
        """By delivery id; rows that are nobody's choice, and readers who left, are left out."""
        ...

    def marks(self, entries: Sequence[Delivery], since: datetime, connection: Any) -> Mapping[int, Hashable]:
        """The ``mark`` that each footing would have now, inside a transaction."""
        ...

    def open_issues(self, digest: str) -> Sequence[tuple[int, str]]:
        """The issues of a digest that are under way, newest first, each with its slot."""
        ...

    def waiting_in(
        self, entries: Sequence[Delivery], issues: Collection[int]
    ) -> Mapping[int, Sequence[tuple[int, int]]]:
        """By delivery id: which of some issues still wait for the same reader, each with its segment."""
        ...

    def segments(self, issue: int) -> Mapping[int, Segment]:
        """The segments of an issue."""
        ...


class Ledger(Protocol):
    """The moves this flow makes."""

    def put_aside(self, batch: Sequence[tuple[Delivery, str, datetime | None]], *, by: str, now: datetime) -> None:
        """Hold claimed rows until an instant, or end them unsent where there is none; each with its reason."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What becomes of a batch."""

    #: by delivery id, what its reader gets; rows that are nobody's choice are left out
    portions: Mapping[int, Portion]
    #: the rows that do not leave now
    aside: frozenset[int]
    #: asks once more, where it is made durable that they leave
    guard: Guard


class Courtesy:
    """Serves the readers of one channel."""

    def __init__(
        self,
        ledger: Ledger,
        *,
        stories: StoryBook,
        issues: IssueBook,
        choices: ChoiceBook,
        digests: Mapping[str, Digest],
        zone: str,
    ) -> None:
        """``zone`` is that of readers of single stories who named none."""
        self._ledger = ledger
        self._stories = stories
        self._issues = issues
        self._choices = choices
        self._digests = digests
        self._zone = zone
        self._texts: dict[tuple[int, int], Story] = {}

    def serve(self, entries: Sequence[Delivery], now: datetime) -> Served:
        """What each reader of a batch gets; what does not leave now is put aside. What may have left once is free."""
        asked = [one for one in entries if one.recipient and not one.doubts]
        batch = _Batch(self, asked, now)
        footing = self._choices.footing(asked, batch.since)
        portions: dict[int, Portion] = {}
        aside: list[tuple[Delivery, str, datetime | None]] = []
        for entry in (one for one in asked if one.subject_kind in CHOSEN):
            match batch.verdict(entry, footing.get(entry.id)):
                case Portion() as portion:
                    portions[entry.id] = portion
                case Pause(until=until, reason=reason):
                    aside.append((entry, reason, until))
                case leave:
                    aside.append((entry, leave.reason, None))
        for entry, later in batch.told_later([one for one in asked if one.id in portions], portions, footing):
            del portions[entry.id]
            aside.append((entry, f"the issue of {later} tells it", None))
        if aside:
            self._ledger.put_aside(aside, by=DIALS, now=now)
        gone = frozenset(entry.id for entry, _, _ in aside)
        going = [one for one in asked if one.id not in gone]
        return Served(portions=portions, aside=gone, guard=self._guard(going, footing, batch.since))

    def looked_at(self, issue: int) -> Sequence[Candidate]:
        """All that an issue looks at, as it reads now."""
        rows = self._stories.looked_at(issue)
        # both lanes of a channel share what is kept, so nothing is looked for in it twice
        texts = {one: text for story, revision, _ in rows if (text := self._texts.get(one := (story, revision)))}
        unknown = [story for story, revision, _ in rows if (story, revision) not in texts]
        fresh = {(story.id, story.article.revision): story for story in self._stories.texts(unknown)}
        kept = self._texts if len(self._texts) < TEXTS else texts
        self._texts = {**kept, **fresh}
        texts |= fresh
        # a text that was replaced between the two readings is read anew with the next batch
        return [
            Candidate(story=texts[story, revision], waited_at=waited_at)
            for story, revision, waited_at in rows
            if (story, revision) in texts
        ]

    def digest_of(self, topic: str) -> Digest | None:
        """The digest of a topic; None: it is a channel."""
        return self._digests.get(topic)

    def judged(self, entry: Delivery, footing: Footing, now: datetime, article: Article | None) -> Pause | Leave | None:
        """Whether a mail may leave for its reader now."""
        digest = self.digest_of(footing.choice.topic)
        home = digest.zone if digest is not None else self._zone
        return courtesy(entry, footing, now, digest=digest, home=home, article=article)

    def story(self, number: int) -> Story | None:
        """One story as it reads now."""
        return self._stories.get(number)

    def newer(self, topic: str, issue: int) -> Mapping[int, str]:
        """The issues of a digest under way that came after one, in the same zone, with their slots."""
        slots = dict(self._choices.open_issues(topic))
        here = self._issues.get(issue)
        zone = here.slot.partition("[")[2] if here is not None else ""
        return {number: slot for number, slot in slots.items() if number > issue and slot.partition("[")[2] == zone}

    def waiting_in(
        self, entries: Sequence[Delivery], issues: Collection[int]
    ) -> Mapping[int, Sequence[tuple[int, int]]]:
        """Which of some issues still wait for the readers of some rows."""
        return self._choices.waiting_in(entries, issues)

    def segments(self, issue: int) -> Mapping[int, Segment]:
        """The segments of an issue."""
        return self._choices.segments(issue)

    def _guard(self, going: Sequence[Delivery], footing: Mapping[int, Footing], since: datetime) -> Guard:
        by_id = {entry.id: entry for entry in going}
        before = {number: one.mark for number, one in footing.items()}

        def changed(connection: Any, ids: Sequence[int]) -> Collection[int]:
            """The rows that may not leave after all: their reader chose, left or was mailed something meanwhile."""
            rows = [by_id[number] for number in ids if number in by_id]
            present = self._choices.marks(rows, since, connection) if rows else {}
            seen: set[int] = set()
            found: set[int] = set()
            for row in rows:
                if row.recipient in seen or present.get(row.id) != before.get(row.id):
                    found.add(row.id)
                seen.add(row.recipient)  # the second mail of a batch is decided when the first has left
            return found

        return changed


class _Batch:
    """One batch at one moment; what its rows have in common is read once."""

    def __init__(self, house: Courtesy, entries: Sequence[Delivery], now: datetime) -> None:
        self._house = house
        self._now = now
        issues = {one.subject_id for one in entries if one.subject_kind is SubjectKind.ISSUE}
        told = {one.subject_id for one in entries if one.subject_kind is SubjectKind.STORY}
        self._looked_at = {number: house.looked_at(number) for number in issues}
        self._stories = {number: house.story(number) for number in told}
        seen = [one.story.first_seen_at for found in self._looked_at.values() for one in found]
        seen += [story.first_seen_at for story in self._stories.values() if story is not None]
        self.since = min([now - TODAY, *(at - SLACK for at in seen)])

    def verdict(self, entry: Delivery, footing: Footing | None) -> Portion | Pause | Leave:
        """What a reader gets of a mail."""
        if footing is None:  # since they were looked for
            return Leave(reason="the reader has left")
        is_issue = entry.subject_kind is SubjectKind.ISSUE
        story = None if is_issue else self._stories.get(entry.subject_id)
        held = self._house.judged(entry, footing, self._now, story.article if story is not None else None)
        if held is not None:
            return held
        if is_issue:
            return self._of_issue(entry, footing)
        if entry.act is Act.POST and entry.subject_id in footing.had:
            return Leave(reason=HAD)
        return Portion(text_only=footing.dials.text_only)

    def _of_issue(self, entry: Delivery, footing: Footing) -> Portion | Leave:
        digest = self._house.digest_of(footing.choice.topic)
        if digest is None:
            return Leave(reason=f"the digest {footing.choice.topic} is no longer configured")
        looked_at = self._looked_at[entry.subject_id]
        language = language_of(digest, footing.dials.language)
        stories = self._left(digest, looked_at, footing.segment or EVERYBODY, footing, language)
        if not stories:
            return Leave(reason="nothing in it is new to this reader" if looked_at else WITHDRAWN)
        return Portion(stories=stories, language=language, text_only=footing.dials.text_only)

    def _left(
        self, digest: Digest, looked_at: Sequence[Candidate], segment: Segment, footing: Footing, language: str
    ) -> tuple[Story, ...]:
        weighed = weigh(
            digest,
            looked_at,
            segment,
            chosen=footing.choice.sections,
            language=language,
            mailed=footing.had,
            now=self._now,
        )
        return tuple(one.story for one in weighed if not one.why_out)

    def told_later(
        self, entries: Sequence[Delivery], portions: Mapping[int, Portion], footing: Mapping[int, Footing]
    ) -> Sequence[tuple[Delivery, str]]:
        """The rows of issues all of whose stories a newer one tells, which waits for the same reader; with its slot."""
        found = []
        issues = {one.subject_id: footing[one.id].choice.topic for one in entries if portions[one.id].stories}
        for issue, topic in sorted(issues.items()):
            newer = self._house.newer(topic, issue)
            rows = [one for one in entries if one.subject_id == issue] if newer else []
            waiting = self._house.waiting_in(rows, list(newer)) if rows else {}
            for row in (one for one in rows if one.id in waiting):
                later = max(waiting[row.id])
                if self._tells(later, portions[row.id].stories, footing[row.id]):
                    found.append((row, newer[later[0]]))
        return found

    def _tells(self, later: tuple[int, int], stories: Sequence[Story], footing: Footing) -> bool:
        issue, number = later
        digest = self._house.digest_of(footing.choice.topic)
        assert digest is not None, "an issue with a portion has its digest"
        looked_at = self._house.looked_at(issue)
        segment = self._house.segments(issue).get(number, EVERYBODY)
        language = language_of(digest, footing.dials.language)
        told = {story.id for story in self._left(digest, looked_at, segment, footing, language)}
        return {story.id for story in stories} <= told
