"""Newsletters and those who read them. Holds no behaviour that touches the world."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from distributor.model.control import Canary
from distributor.model.stories import Article, Revision, Story


class Rhythm(StrEnum):
    """How often a reader wants to hear of a topic."""

    #: each story by itself, as soon as it is out
    AT_ONCE = "at-once"
    #: the same for flashes alone
    FLASH = "flash"
    HOURLY = "hourly"
    MORNING = "morning"
    EVENING = "evening"
    #: morning and evening are hours of the newsletter's choice; daily and weekly have one of the reader's
    DAILY = "daily"
    WEEKLY = "weekly"


class Grouping(StrEnum):
    """How an issue is parted."""

    NONE = "none"
    #: by the sections that the digest offers, in their order
    SECTION = "section"


class Lead(StrEnum):
    """Which story stands at the head of an issue."""

    #: the first in the digest's order
    FIRST = "first"
    URGENCY = "urgency"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """The definition of a newsletter that gathers stories."""

    name: str
    title: str
    #: the email channel it leaves through
    channel: str
    #: schedules (cron or sentence) whose instants are its slots
    slots: tuple[str, ...]
    #: IANA name, such as ``Europe/Minsk``
    zone: str
    feeds: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    #: ``newest`` | ``oldest`` | ``urgency``
    order: str = "newest"
    #: most stories in one issue
    most: int = 20
    #: fewer stories than this are not worth an issue
    least: int = 1
    template: str = ""
    #: one sentence for readers who look for a newsletter
    description: str = ""
    #: whether anybody may ask for it on the page
    offered: bool = True
    #: whether anybody may read its issues on the web
    archive: bool = True
    #: the sections that readers may choose from, in the order of an issue that is grouped by them
    sections: tuple[str, ...] = ()
    grouping: Grouping = Grouping.NONE
    lead: Lead = Lead.FIRST
    #: the rhythms that readers may choose
    rhythms: tuple[Rhythm, ...] = tuple(Rhythm)
    #: when morning and evening are, in the reader's zone; ``morning`` is also the hour of who chose a day and no hour
    morning: str = "07:00"
    evening: str = "18:00"
    #: how long a frozen issue waits before its first mail
    undo: timedelta = timedelta(0)
    #: who gets an issue first; None: everybody at once
    canary: Canary | None = None


class IssueState(StrEnum):
    """The life of one issue: rows are being written, mails are leaving, done, or not sent at all."""

    FREEZING = "freezing"
    OPEN = "open"
    CLOSED = "closed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One dated run of a digest."""

    id: int
    digest: str
    #: local minute with its zone: ``2026-11-30T07:00[Europe/Minsk]``
    slot: str
    state: IssueState
    reason: str
    opened_at: datetime
    #: whether the digest had an issue for an earlier slot of the same day
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Where an issue looks: at the stories after one number up to another, and at what somebody held of late."""

    #: numbers of stories; the first is not included
    after: int
    upto: int
    #: what was held, withheld or under embargo since then is looked at again; None: none of it
    waited_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What some readers of a digest have chosen, as their rows have it; None and empty: the newsletter's choice."""

    rhythm: Rhythm | None = None
    hour: str | None = None
    weekday: int | None = None
    #: None in the next three: any
    zone: str | None = ""
    #: as they are kept (``rules.mail.sections``)
    sections: str | None = ""
    #: asked only where the digest has several
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """The readers of an issue who get the same: one choice."""

    number: int
    #: None: all readers, whatever they chose
    wish: Wish | None
    #: the stories after this number are theirs
    after: int = 0
    #: and those that somebody held since then
    waited_since: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    #: why nobody is mailed; empty: they are
    reason: str = ""


#: What an issue is frozen for where nobody chose anything.
EVERYBODY = Segment(number=1, wish=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """How far the readers of one choice have been served."""

    #: the last story of their last issue that was worth sending, and when that was
    upto: int
    at: datetime
    #: when a slot of theirs last came
    looked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Horizon:
    """Where a digest begins to look since a restore; the plain one of a digest that was never fenced."""

    #: behind this story
    after: int = 0
    #: what was published before may have stood in an issue of the store that was replaced; None: in none
    published_since: datetime | None = None
    #: as far as it came up to this story; None: whenever it came
    published_upto: int | None = None

    def hides(self, story: Story) -> bool:
        """Whether a story may have been mailed by the store that was replaced."""
        if story.id <= self.after:
            return True
        if self.published_since is None or (self.published_upto is not None and story.id > self.published_upto):
            return False
        return (story.article.published or story.first_seen_at) < self.published_since


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A story that an issue looks at."""

    story: Story
    #: when it was last held, withheld or under embargo; None: it was not
    waited_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """What one reader gets of an issue, and how."""

    #: in the order of the mail; of a story's own mail, none
    stories: tuple[Story, ...] = ()
    #: of the mail's own words; empty: the digest's
    language: str = ""
    #: the mail has no HTML part
    text_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What an issue tells a reader of an earlier one: a correction of what that told, or that it was taken back."""

    #: as it reads now
    story: Story
    #: as the reader was mailed it last
    before: Article
    change: Revision

    @property
    def key(self) -> tuple[int, int, int]:
        """The story, the revision that the reader has, and the one that corrects it."""
        return (self.story.id, self.before.revision, self.change.number)


class SubscriptionState(StrEnum):
    """Only a confirmed subscription is ever mailed."""

    UNCONFIRMED = "unconfirmed"
    CONFIRMED = "confirmed"
    UNSUBSCRIBED = "unsubscribed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a reader has chosen for one topic; None and empty are the newsletter's own choice."""

    topic: str
    state: SubscriptionState
    sections: tuple[str, ...] = ()
    rhythm: Rhythm | None = None
    #: ``07:30``, in the reader's zone
    hour: str | None = None
    #: of a weekly one: 1 is Monday (ISO 8601)
    weekday: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dials:
    """What a reader has chosen for all topics."""

    language: str = ""
    #: IANA name; empty: the newsletter's own
    zone: str = ""
    #: ``22:00-07:00`` in that zone, when no mail leaves for them; empty: none
    quiet: str = ""
    #: of all mails but letters; None: no limit
    most_per_day: int | None = None
    #: the mail has no HTML part
    text_only: bool = False
    paused_until: datetime | None = None


class LetterKind(StrEnum):
    """What a letter to one reader is about; also the name of its template, after ``letter-``."""

    #: do you want what somebody asked for in your name?
    CONFIRM = "confirm"
    #: the same of another address, asked at the one that is left and at the new one
    ADDRESS_OLD = "address-old"
    ADDRESS_NEW = "address-new"
    #: a link to what a forwarded mail may not do
    FRESH = "fresh"
    #: what was changed by a link, and how it is taken back
    CHANGED = "changed"
    LEFT = "left"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What is written to one reader alone; its words are rendered when it leaves."""

    id: int
    kind: LetterKind
    created_at: datetime
    #: the reader's; empty: the newsroom's
    language: str = ""
    #: the subscriptions that it is about
    topics: tuple[str, ...] = ()
    #: the new address, where it is about one
    to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailed:
    """One mail that a reader has, or may have."""

    #: the delivery
    id: int
    stories: frozenset[int]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Footing:
    """How a reader stands to one delivery at the wire: what they chose, and what they have."""

    choice: Choice
    dials: Dials
    #: of an issue: the segment that it was frozen for; None: the delivery is of none
    segment: Segment | None = None
    #: the stories that the reader has been mailed of late, or may have been
    had: frozenset[int] = frozenset()
    #: when the mails of late came that the reader limits (letters are none of them); empty for who sets no limit
    mails: tuple[datetime, ...] = ()
    #: all that it was read from, but instants: equal to a later one where nothing has changed
    mark: Hashable = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderDials:
    """A reader with all that they have chosen."""

    id: int
    address: str
    name: str
    dials: Dials
    #: whether clicks may be counted; None: never asked
    clicks: bool | None
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moving:
    """A change of address, as one of the two addresses sees it."""

    #: the new one
    address: str
    #: whether this one has said yes, and whether both have
    is_agreed: bool
    is_done: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """A reader who receives mail."""

    id: int
    address: str
    name: str = ""
    language: str = ""
    zone: str = ""
    #: names of the digests (or email channels, for single-story mail) with a confirmed subscription
    confirmed: tuple[str, ...] = ()
