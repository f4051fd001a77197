"""The nouns of the newsroom as frozen values. Holds no behaviour that touches the world and no SQL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

#: ninjs urgency: 1 is a flash, 9 the least urgent; what a source does not say is 5.
FLASH, ROUTINE = 1, 5


class PubStatus(StrEnum):
    """Publication status of an article (IPTC ninjs ``pubstatus``)."""

    USABLE = "usable"
    WITHHELD = "withheld"
    CANCELED = "canceled"


class ChangeKind(StrEnum):
    """What a source's answer means for one story."""

    NEW = "new"
    UPDATED = "updated"
    WITHDRAWN = "withdrawn"


class SubjectKind(IntEnum):
    """What a delivery carries: one story, or one dated issue of a digest."""

    STORY = 1
    ISSUE = 2


class Act(StrEnum):
    """What a delivery does to the channel; a first post always has revision 0."""

    POST = "post"
    EDIT = "edit"
    REPLY = "reply"
    DELETE = "delete"
    ROUNDUP = "roundup"
    ALERT = "alert"


class State(StrEnum):
    """The states of a delivery; ``rules.lifecycle.MOVES`` says which may follow which."""

    PLANNED = "planned"
    DUE = "due"
    HELD = "held"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture that belongs to an article."""

    #: absolute http(s) address
    url: str
    #: what the picture shows, for those who cannot see it
    alt: str = ""
    #: who made it or owns it
    credit: str = ""
    #: pixels; None where the source does not say
    width: int | None = None
    height: int | None = None
    #: media type such as ``image/jpeg``; empty where unknown
    mime: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dateline:
    """The opening of a wire story, as the agency wrote it: ``MINSK, 30 November (BelTA) -``."""

    #: "MINSK"
    place: str = ""
    #: "30 November"; text, because a dateline carries no year
    date: str = ""
    #: "BelTA"
    agency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One story as one source told it; all text is plain (no markup), all instants are aware and UTC."""

    #: name of the feed it came from (the key of ``[feeds.NAME]``)
    feed: str
    #: the source's own id of the story; never empty (the address where the source gives none)
    guid: str
    #: canonical absolute address of the story's page
    url: str
    headline: str
    #: the source's own short description, boilerplate and all; empty when there is none
    summary: str = ""
    #: the text without its dateline; paragraphs are parted by one empty line
    body: str = ""
    dateline: Dateline | None = None
    byline: str = ""
    #: None where the source gives no believable instant (never guessed)
    published: datetime | None = None
    updated: datetime | None = None
    #: sections and keywords as the source spells them, without doubles
    categories: tuple[str, ...] = ()
    #: ninjs urgency, 1 (flash) to 9
    urgency: int = ROUTINE
    pubstatus: PubStatus = PubStatus.USABLE
    #: not to be published before this instant
    embargoed: datetime | None = None
    image: Image | None = None
    #: BCP 47 tag such as ``en``; empty where unknown
    language: str = ""
    #: digest of everything a reader can see; set by ``rules.identity.fingerprint``
    fingerprint: str = ""
    #: 0 as first seen, then one more for every change of the fingerprint
    revision: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """An article that the store knows, with its place there."""

    id: int
    article: Article
    first_seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What one fetched article means: a new story, a new revision of a known one, or a withdrawal."""

    kind: ChangeKind
    article: Article
    #: None exactly for a new story
    story_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """An editor's rule: which stories go to which channels. Empty conditions accept everything."""

    name: str
    channels: tuple[str, ...]
    feeds: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    #: only stories at least this urgent, i.e. with a ninjs urgency of this number or lower
    urgency: int | None = None
    #: seconds between planning and the earliest sending
    delay: float = 0.0
    #: name of a template in the channel's folder; empty is the channel's own default
    template: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryIntent:
    """A decision to deliver, or not to (``state`` skipped, with its reason); not yet a row."""

    channel: str
    #: 0 for the account or chat itself, otherwise a subscriber's id
    recipient: int = 0
    act: Act = Act.POST
    part: int = 0
    revision: int = 0
    state: State = State.PLANNED
    #: why it is skipped or held; for a planned row, the name of the route
    reason: str = ""
    due_at: datetime
    #: 1 (first) to 9
    priority: int = ROUTINE
    template: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One row of the ledger: one act for one subject to one recipient on one channel."""

    id: int
    subject_id: int
    subject_kind: SubjectKind
    channel: str
    recipient: int
    act: Act
    part: int
    revision: int
    state: State
    reason: str
    #: who or what may release it, while it is held
    held_by: str = ""
    due_at: datetime
    priority: int
    template: str
    #: completed tries that count against the limit
    attempts: int
    #: the frozen message, once rendered
    message_id: int | None
    #: instant of the first "about to touch the wire"; the Date of a mail, unchanged by retries
    first_sent_at: datetime | None
    remote_id: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A formatted stretch of text; offset and length count UTF-16 units (Telegram Bot API, MessageEntity)."""

    #: bold, italic, underline, strikethrough, spoiler, code, pre, blockquote, expandable_blockquote or text_link
    type: str
    offset: int
    length: int
    #: only for ``text_link``
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a platform is given, rendered and frozen; holds no ids and no state."""

    #: the post, the text part of a mail, or the body of a webhook
    text: str
    entities: tuple[Entity, ...] = ()
    #: the HTML part of a mail
    html: str = ""
    subject: str = ""
    #: further mail headers, in order
    headers: tuple[tuple[str, str], ...] = ()
    image: Image | None = None
    #: the address the post leads to, marker included; empty where there is none
    link: str = ""
    #: BCP 47
    language: str = ""
    #: send without a sound, where the platform can
    silent: bool = False


#: The (story id, revision) pairs that a message carries.
Carried = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A delivery's message with the revisions it carries."""

    delivery_id: int
    message: Message
    carried: Carried


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How a channel measures text, so that no template and no rule knows a platform's arithmetic."""

    #: most units of one post's text; None where the platform sets no limit
    text: int | None
    #: units of a text, in the platform's own arithmetic
    measure: Callable[[str], int] = len


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Who a parcel is for; empty for a channel that has one audience of its own."""

    address: str = ""
    name: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A recipient as the store finds them just before something leaves for them."""

    recipient: Recipient
    #: why nothing may be sent to them; empty when it may
    refusal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One delivery at the wire: everything a channel may need, nothing that it may decide with."""

    message: Message
    recipient: Recipient = Recipient()
    #: stable secret-keyed name of the delivery (base32, lower case): idempotency key, Message-ID, link marker
    key: str
    #: instant of the first attempt, the same on every retry
    first_sent_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the platform answered to an accepted send; both may be empty where it says nothing."""

    remote_id: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The platform accepted it."""

    receipt: Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryAt:
    """Surely not sent; may be tried again at ``at``."""

    at: datetime
    reason: str
    #: whether this try uses up one of the allowed attempts (a rate limit does not)
    counts: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """Surely not sent, and never will be in this form."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """It left this machine and no believable answer came: it may or may not be visible."""

    reason: str


Outcome = Sent | RetryAt | Failed | Unknown


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


class SubscriptionState(StrEnum):
    """Only a confirmed subscription is ever mailed."""

    UNCONFIRMED = "unconfirmed"
    CONFIRMED = "confirmed"
    UNSUBSCRIBED = "unsubscribed"


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
