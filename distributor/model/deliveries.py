"""What leaves, for whom, and what became of it. Holds no behaviour that touches the world."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from distributor.model.judgement import Finding
from distributor.model.pictures import Photo
from distributor.model.stories import ROUTINE, Image, Revision, Silence


class SubjectKind(IntEnum):
    """What a delivery carries: one story, one dated issue (of a digest or a round-up), an alert, a letter to one
    reader.
    """

    STORY = 1
    ISSUE = 2
    ALERT = 3
    LETTER = 4


class Act(StrEnum):
    """What a delivery does to the channel; a first post always has revision 0."""

    POST = "post"
    EDIT = "edit"
    REPLY = "reply"
    DELETE = "delete"
    ROUNDUP = "roundup"
    ALERT = "alert"


class State(StrEnum):
    """The states of a delivery; ``rules.fate.lifecycle.MOVES`` says which may follow which."""

    PLANNED = "planned"
    DUE = "due"
    HELD = "held"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


#: In the place of a recipient: one row for every reader whom the channel mailed an earlier revision of the story.
MAILED = -1
#: The same for those only whom it mailed the story alone, in no issue.
MAILED_ALONE = -2
MAILINGS = (MAILED, MAILED_ALONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What a story must pass on a channel, beside the channel's gates, before it may leave at all."""

    #: why it looks like internal material; empty: it does not, or somebody has looked
    internal: str = ""
    #: how many people must still say yes
    approvals: int = 0
    #: what it means when nobody answers, and after how long
    silence: Silence = Silence.HOLD
    silence_after: timedelta = timedelta(0)
    #: not to be published before this instant
    embargo: datetime | None = None
    #: whether later texts of its feed's wait for one person, too
    edits: bool = False
    #: how long it can still be taken back, counted from when nothing else holds it
    undo: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryIntent:
    """A decision to deliver, or not to (``state`` skipped, with its reason); not yet a row."""

    channel: str
    #: 0 for the account or chat itself, otherwise a subscriber's id, or one of ``MAILINGS``
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
    #: who or what may release it, when it is planned as held
    held_by: str = ""
    #: no news any more after this instant; None: it never grows stale
    stale_at: datetime | None = None
    #: the section for which it counts where sections share a channel
    category: str = ""
    #: of a row planned as unknown: when to ask the platform; None: a person decides
    look_at: datetime | None = None
    #: of a row planned as held: when the clock releases it; None: only somebody can
    held_until: datetime | None = None
    #: the delivery whose post an edit, a reply or a deletion is about
    parent_id: int | None = None
    #: what it must pass before it may leave; None: nothing but its channel's gates
    conditions: Conditions | None = None


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
    #: when the clock releases it, while it is held; None: only somebody can
    held_until: datetime | None = None
    #: no news any more after this instant; None: it never grows stale
    stale_at: datetime | None = None
    #: how often its outcome was in doubt; from the first time on its frozen message never changes again
    doubts: int = 0
    #: of an unknown row: how often the platform was asked
    looks: int = 0
    #: when it is asked next; None: it is not unknown, or a person decides
    look_at: datetime | None = None
    #: the newest post of the channel that was known when this one first touched the wire
    after_id: str = ""
    #: the delivery whose post an edit, a reply or a deletion is about
    parent_id: int | None = None
    #: the readers of a digest who get the same (``Segment``); 0: it is for all of a channel's
    segment: int = 0
    #: claimed to see whether its channel, of which a pause has ended, works again
    is_trial: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A post of ours as readers may have it: what an edit, a reply or a deletion is about."""

    delivery: Delivery
    #: the revision of the story that it shows now, edits included; None: its words were never frozen
    revision: int | None


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
    #: the picture that is shown with it, by the platform itself; None: at most a card of its link
    image: Image | None = None
    #: the line of the text that names the picture's author; empty where there is none
    credit: str = ""
    #: the address the post leads to, marker included; empty where there is none
    link: str = ""
    #: BCP 47
    language: str = ""
    #: send without a sound, where the platform can
    silent: bool = False
    #: words of the button that leads to ``link``; empty: there is none
    button: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """Why a story is told: what that does to the channel, about which post of ours, and because of which revision."""

    act: Act = Act.POST
    #: the name (``Parcel.key``) of the post that is changed, answered or taken away; empty: none
    about: str = ""
    change: Revision | None = None


#: The (story id, revision) pairs that a message carries.
Carried = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A delivery's message with the revisions it carries."""

    delivery_id: int
    message: Message
    carried: Carried
    #: what it does to the channel, for that has its price
    act: Act = Act.POST
    #: what lint has found in it
    findings: tuple[Finding, ...] = ()
    #: whether these are other findings than those on record
    is_news: bool = False
    #: its picture in hand, and the platform's name of it where it has been given it; neither is kept with the message
    photo: Photo | None = None
    media: str = ""
    #: of a mail, the relays that may have it, the best first; empty: any
    relays: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How a channel measures text, so that no template and no rule knows a platform's arithmetic."""

    #: most units of one post's text; None where the platform sets no limit
    text: int | None
    #: units of a text, in the platform's own arithmetic
    measure: Callable[[str], int] = len
    #: a text without what the platform would refuse it for; never longer than what it was given
    tidy: Callable[[str], str] = str
    #: whether a post's link stands on a button of its own below it
    button: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderLinks:
    """Where one reader's own links lead; each holds an unforgeable token. Empty where nothing public is configured."""

    #: ends the subscription (RFC 8058: by POST; a page with a button on GET)
    leave: str = ""
    #: changes what the reader gets
    dials: str = ""
    #: the same mail as a page
    view: str = ""
    #: says yes to what a letter asks, or takes back what it tells; empty for any other mail
    confirm: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Who a parcel is for; empty for a channel that has one audience of its own."""

    address: str = ""
    name: str = ""
    language: str = ""
    links: ReaderLinks = ReaderLinks()


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
    #: the same with its number, for addresses that answers come to (``rules.mail.verp``); empty: it has none
    token: str = ""
    #: instant of the first attempt, the same on every retry
    first_sent_at: datetime
    #: the platform's id of the post that is edited, answered or deleted; its key where it is known by that (``Keyed``)
    target: str = ""
    #: the picture to be shown with it, and the platform's own name of it; empty: it has not been given it yet
    photo: Photo | None = None
    media: str = ""
    #: of a mail, the relays that may have it, the best first; empty: any
    relays: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """A limit that is used up: an account or application may do nothing for a while."""

    #: stable name of the account or application, without secrets: ``twitter:user:1000``
    scope: str
    wait: timedelta
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the platform answered to an accepted send; all may be empty where it says nothing."""

    remote_id: str = ""
    url: str = ""
    #: limits that this send has used up
    quotas: tuple[Quota, ...] = ()
    #: the platform's name of the picture that came with it, for its next showing; empty where it gives none
    media: str = ""


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
