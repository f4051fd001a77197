"""What a channel may do, what its operator wants of it, and what can be seen on it. Holds no behaviour that touches
the world.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from distributor.model.deliveries import Act

#: What a link may say of where a reader came from, behind ``utm_``; ``id`` is the delivery's name.
UTM = ("source", "medium", "campaign", "term", "content")


class Doubt(StrEnum):
    """What becomes of an unknown delivery whose platform cannot be asked."""

    ASK = "ask"
    ACCEPT = "accept"
    NEVER = "never"


class Stale(StrEnum):
    """What becomes of a story that is no news any more when its turn comes."""

    FOLD = "fold"
    SKIP = "skip"
    SEND = "send"


class FollowUp(StrEnum):
    """What a revision, or a further take, does to the post that readers have."""

    NOTHING = "nothing"
    #: changed in place, silently
    EDIT = "edit"
    #: changed in place, with a line that says so
    EDIT_VISIBLE = "edit-visible"
    #: an answer under it
    REPLY = "reply"
    #: taken away
    DELETE = "delete"
    #: taken away and posted again
    REPLACE = "replace"
    #: a further post beside it
    POST = "post"
    #: a line in the next issue of those who were mailed it in one
    NEXT_DIGEST = "next-digest"


class Takes(StrEnum):
    """What a further take of a story does beside the earlier one's post."""

    #: it stands in the earlier one's place
    REPLACE = "replace"
    #: it answers the earlier one
    REPLY = "reply"
    #: it is a post of its own
    FOLLOW = "follow"


class Media(StrEnum):
    """What shows a story's picture."""

    #: the card that the platform makes of the story's page
    CARD = "card"
    #: the platform itself: the picture is given to it with the post
    PHOTO = "photo"


class Preflight(StrEnum):
    """Whether a story's page is looked at before its link is posted, and what becomes of a post until it is ready."""

    OFF = "off"
    #: it waits for a while, and leaves with a warning
    WARN = "warn"
    #: it waits for a while, and then until somebody lets it go
    HOLD = "hold"


class Credit(StrEnum):
    """When the author of a picture is named in the text of its post."""

    #: whenever the source names one
    GIVEN = "given"
    #: where the picture's rights ask for it
    REQUIRED = "required"


class Links(StrEnum):
    """Which posts carry the story's link, where a link costs extra."""

    ALWAYS = "always"
    TOP = "top"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelPolicy:
    """What the operator wants of one channel: the keys that every ``[channels.NAME]`` table takes. 0 is no limit."""

    #: least time between two posts
    gap: timedelta = timedelta(0)
    most_per_hour: int = 0
    most_per_day: int = 0
    #: ``23:00-06:00`` in ``zone``; empty for none
    quiet: str = ""
    #: in quiet hours send without a sound instead of holding
    quiet_silent: bool = False
    #: schedules; where there are any, a post leaves only at such an instant, one for each
    slots: tuple[str, ...] = ()
    #: of two equally urgent stories, the one whose section was seen less goes first
    fair_share: bool = True
    #: most stories that wait; those beyond are folded into one round-up post
    fold_above: int = 0
    stale: Stale = Stale.SEND
    unknown: Doubt = Doubt.ASK
    #: price of a post in millionths of the account's currency
    price: int = 0
    price_with_link: int = 0
    #: price of one post or account that is read, where the platform bills reading
    price_read: int = 0
    price_to_delete: int = 0
    #: budgets in millionths; None: none
    budget_per_day: int | None = None
    budget_per_month: int | None = None
    links: Links = Links.ALWAYS
    #: stories at least this urgent count as top stories for ``links``
    top_urgency: int = 3
    #: whether its round-ups show a link; no key of the table, for their template alone decides
    roundup_links: bool = True
    #: what links say of where a reader came from, by the name behind ``utm_``
    utm: tuple[tuple[str, str], ...] = ()
    #: of what a picture given to the platform costs beside its post
    price_picture: int = 0
    media: Media = Media.CARD
    credit: Credit = Credit.REQUIRED
    preflight: Preflight = Preflight.OFF
    #: how long a page may take to be ready
    preflight_wait: timedelta = timedelta(minutes=10)
    #: how often posts made by hand are looked for; zero: never
    watch: timedelta = timedelta(0)
    #: IANA zone of quiet hours, slots, days and months
    zone: str = "UTC"
    #: what each class of revision does to a post that stands, and what a further take does
    on_update: FollowUp = FollowUp.NOTHING
    on_refile: FollowUp = FollowUp.NOTHING
    on_correction: FollowUp = FollowUp.NOTHING
    on_withdrawal: FollowUp = FollowUp.NOTHING
    takes: Takes = Takes.FOLLOW


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A post as its platform shows it."""

    remote_id: str
    #: its public address; empty where there is none
    url: str
    at: datetime
    #: what readers read, without markup
    text: str
    #: every address in it, also behind words, as its author wrote them
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A channel that sends nothing until its credentials, rights or credit are in order again."""

    channel: str
    since: datetime
    reason: str
    #: whether nothing that it was given has been accepted since the pause before
    is_again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A channel whose pause has ended, and of which nothing has been accepted since."""

    channel: str
    #: why it was paused
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """What somebody stopped. Both scopes empty: everything."""

    id: int
    channel: str
    category: str
    reason: str
    who: str
    #: the face that it was said to: command line, operations chat
    through: str
    at: datetime
    #: None: until somebody lifts it
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A delivery that could leave now, as the gates see it."""

    id: int
    act: Act
    #: 1 (first) to 9
    priority: int
    due_at: datetime
    planned_at: datetime
    stale_at: datetime | None
    category: str
    #: how often its outcome was in doubt; such a row has left once and waits for nothing but its turn
    doubts: int = 0
    #: whether it follows a post of ours: such a row waits for that alone
    follows: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What a channel did lately, as far as its gates ask; starts of the last day, newest first."""

    started: tuple[datetime, ...] = ()
    #: the section of each start, in the same order
    categories: tuple[str, ...] = ()
    #: millionths spent since the day, and since the month, began in the policy's zone
    spent_today: int = 0
    spent_this_month: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Rows that wait behind one gate."""

    ids: tuple[int, ...]
    #: the gate's name: pacing, quiet hours, slots, budget
    by: str
    reason: str
    #: when the clock releases them
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """Rows that will not be sent, each with the same reason; ``folded``: a round-up tells their stories."""

    ids: tuple[int, ...]
    reason: str
    folded: bool = False
    #: name of this instant, ``2026-11-30T14:05[Europe/Minsk]``: the slot of the round-up, where there is none to join
    slot: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What becomes of a channel's queue at one instant; a row that stands nowhere keeps waiting as it is."""

    #: to be sent, in this order
    go: tuple[int, ...] = ()
    held: Sequence[Held] = ()
    skipped: Sequence[Skipped] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A post on one of our channels that no delivery of ours made, as it is remembered."""

    id: int
    seen: Seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What somebody wrote to the bot, or the button that they pressed; a text and a press exclude each other."""

    #: the person's own number on the platform
    person: int
    #: their name as the platform shows it; anybody can choose one, so it identifies nobody
    name: str
    #: the chat's id, and its topic (0: the general one)
    chat: int
    topic: int
    #: the message: what was written, or the card whose button was pressed
    message_id: int
    #: when it was written; of a press, when the card was, for a press has no time of its own there
    at: datetime
    text: str = ""
    #: every address in the text, also behind words
    links: tuple[str, ...] = ()
    #: the message that it answers; 0: none
    answers: int = 0
    #: data of the button that was pressed, and the press's own id, which wants an answer
    pressed: str = ""
    press_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What an account has been told since it was last asked."""

    #: what to ask with the next time, once these posts are kept; 0: nothing was told
    next: int = 0
    #: each post with the names of the place where it stands
    posts: tuple[tuple[frozenset[str], Seen], ...] = ()
    #: what people said to the bot, in order
    said: tuple[Said, ...] = ()
