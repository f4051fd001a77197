"""What editors may decide about routes and times, and what would leave under it. Holds no behaviour that touches the
world.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from distributor.model.channels import ChannelPolicy, Waiting
from distributor.model.letters import Digest, Served, Wish
from distributor.model.stories import Route, Story


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """Everything that decides what goes where and when."""

    routes: tuple[Route, ...] = ()
    #: of every channel, in the order of the configuration
    policies: Mapping[str, ChannelPolicy] = field(default_factory=dict)
    #: the channels that mail each reader: nothing of theirs passes gates
    mails: frozenset[str] = frozenset()
    digests: tuple[Digest, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """A row of a channel's queue, before it leaves."""

    waiting: Waiting
    #: the story, or the issue of a round-up
    subject: int
    headline: str
    url: str = ""
    #: when its gates are asked next; None: somebody must let it go
    looks_at: datetime | None
    #: what it waits for, in words
    reason: str = ""
    #: of a round-up, how many stories it tells
    tells: int = 1
    #: whether a picture of its own is given to the platform, which has its price
    has_picture: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What a channel did before the days that are looked at, and what waits on it."""

    #: its posts of the last day, newest first, and the section of each
    started: tuple[datetime, ...] = ()
    categories: tuple[str, ...] = ()
    #: millionths, since the day and the month began that are running
    spent_today: int = 0
    spent_this_month: int = 0
    queue: tuple[Queued, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Readers:
    """The readers of a digest as far as its issues depend on them."""

    #: how many chose each; the digest's own slots exist whoever reads it
    wishes: Mapping[Wish, int] = field(default_factory=dict)
    #: how far they have been served
    served: Mapping[Wish, Served] = field(default_factory=dict)
    #: the digest's first day
    began: datetime


class Fate(StrEnum):
    """What becomes of something in the days that are looked at."""

    LEAVES = "leaves"
    #: told in a round-up
    FOLDED = "folded"
    SKIPPED = "skipped"
    #: still waiting when the days are over, or until somebody lets it go
    WAITS = "waits"


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """One post, round-up or issue, and what becomes of it."""

    channel: str
    #: of what waits already, the number of its row
    number: int = 0
    #: ``post``, ``edit`` and so on, ``roundup`` or ``issue``
    what: str
    #: the story, or 0
    story: int = 0
    #: of a story its headline, of a round-up and an issue its digest's name
    headline: str
    url: str = ""
    #: of a round-up and an issue
    slot: str = ""
    fate: Fate
    #: when it leaves or ends; of what waits, until when
    at: datetime | None
    reason: str = ""
    #: millionths
    cost: int = 0
    #: of a round-up and an issue, how many stories are told
    tells: int = 1
    #: of an issue, their numbers in its order
    stories: tuple[int, ...] = ()
    #: of an issue, for how many readers it is
    readers: int = 0

    @property
    def key(self) -> tuple[str, str, int, str]:
        """What it is, whenever it leaves."""
        return self.channel, self.what, self.story, f"{self.headline} {self.slot}" if self.slot else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """The stories of some days and what stands around them."""

    begin: datetime
    end: datetime
    #: in the order in which they come; those that came before ``begin`` are there for digests alone
    stories: tuple[Story, ...]
    #: by channel
    before: Mapping[str, Before] = field(default_factory=dict)
    #: by channel that mails: whether anybody reads it
    audiences: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    #: by digest
    readers: Mapping[str, Readers] = field(default_factory=dict)


class Way(StrEnum):
    """How something differs under other rules."""

    ADDED = "added"
    MOVED = "moved"
    #: it leaves under the present rules, and would still wait when the days are over
    WAITS = "waits"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Different:
    """Something that another rulebook changes."""

    way: Way
    #: under the present rules, where it leaves; of what is moved also where it still waits when the days are over
    before: Foreseen | None
    after: Foreseen | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """A channel's day under two rulebooks."""

    channel: str
    #: the local day, ISO 8601
    day: str
    before: int = 0
    after: int = 0
    added: int = 0
    #: what would leave on this day and not at the instant of before
    moved: int = 0
    #: what leaves on this day and would still wait when the days are over
    waits: int = 0
    dropped: int = 0
    #: millionths
    cost_before: int = 0
    cost_after: int = 0

    @property
    def differs(self) -> bool:
        """Whether anything is other than before; a day that posts only leave by a move is, too."""
        is_same = (self.before, self.cost_before) == (self.after, self.cost_after)
        return not is_same or any((self.added, self.moved, self.waits, self.dropped))


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What another rulebook would change."""

    changes: tuple[Different, ...]
    #: by channel and day
    tallies: tuple[Tally, ...]
