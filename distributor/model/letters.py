"""Newsletters and those who read them. Holds no behaviour that touches the world."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from distributor.model.stories import Article, Revision, Story


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
    """Where an issue looks: at the stories after one number up to another, and at what the issue before left."""

    #: numbers of stories; the first is not included
    after: int
    upto: int
    #: the issue before, which may have left some; 0: none
    before: int = 0
    #: what was published earlier may have stood in an issue of a store that was replaced; None: in none
    published_since: datetime | None = None


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
    #: where it goes, if not to the reader's address
    to: str = ""


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
