"""What a card is about, as values: gathered from calls and the store, rendered by pure functions. Asks nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from distributor.chat.signing import stamp
from distributor.rules.queue.holds import DESK, Way, hold_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A channel's answer for a story: one line, however many recipients it has."""

    channel: str
    #: number of the channel, for buttons
    number: int
    act: str
    state: str
    reason: str = ""
    held_by: str = ""
    until: datetime | None = None
    #: when it was sent, or is due
    at: datetime | None = None
    #: the post's public address
    url: str = ""
    #: deliveries of this answer: recipients of a mail
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The words as they would leave on one or more channels."""

    channels: tuple[str, ...]
    text: str
    length: int
    #: None: the platform sets none
    limit: int | None
    #: what lint has found in them, in words
    lint: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryFacts:
    """A story, and what has become of it everywhere."""

    id: int
    headline: str
    #: by what the calls know it: its page's address, or the name of a post by hand
    url: str
    revision: int
    places: tuple[Place, ...]
    proofs: tuple[Proof, ...] = ()
    #: what else belongs to it: other takes and language editions, issues that carry it
    notes: tuple[str, ...] = ()

    @property
    def stamp(self) -> str:
        """What a person who presses a button under the story has seen of it."""
        told = [(one.channel, one.act, one.state, one.held_by) for one in self.places]
        return stamp(self.id, self.revision, told, [(one.channels, one.text) for one in self.proofs])

    def on(self, *, states: tuple[str, ...], held_by: str = "") -> tuple[Place, ...]:
        """Where it stands so, each channel once."""
        found = {
            one.channel: one
            for one in self.places
            if one.state in states
            and (not held_by or one.held_by == held_by)
            and (one.act == "post" or one.held_by == "approval")
        }
        return tuple(found.values())

    @property
    def releasable(self) -> str:
        """The first hold on it that a plain release ends, the desk's own before others; empty: there is none."""
        names = [one.held_by for one in self.on(states=("held",)) if hold_of(one.held_by).way is Way.RELEASE]
        return DESK if DESK in names else next(iter(names), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubtFacts:
    """Deliveries of a story or an issue whose fate only a person can tell."""

    subject: int
    title: str
    #: channel, its number, and its deliveries in doubt
    doubts: tuple[tuple[str, int, tuple[int, ...]], ...]
    reason: str = ""

    @property
    def stamp(self) -> str:
        """As above."""
        return stamp(self.subject, self.doubts)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFacts:
    """Something that somebody must know."""

    id: int
    key: str
    text: str
    hint: str
    since: datetime

    @property
    def stamp(self) -> str:
        """As above."""
        return stamp(self.id)

    @property
    def feed(self) -> str:
        """The feed whose stories it holds, all at once; empty: it holds none."""
        kind, _, name = self.key.partition(":")
        return name if kind in ("surge", "internal") else ""

    @property
    def held_by(self) -> str:
        """The name under which they are held."""
        return self.key.partition(":")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class StopFacts:
    """A stop in force."""

    id: int
    channel: str
    category: str
    reason: str
    who: str
    since: datetime
    until: datetime | None
    #: what has piled up behind it
    held: int

    @property
    def stamp(self) -> str:
        """As above; what piles up meanwhile changes nothing that was seen."""
        return stamp(self.id)

    @property
    def scope(self) -> str:
        """What is stopped, in words."""
        parts = [self.channel, f"section {self.category}" if self.category else ""]
        return ", ".join(part for part in parts if part) or "everything"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A post that somebody wrote and has not confirmed."""

    channels: tuple[str, ...]
    text: str
    at: datetime | None = None
    link: str | None = None
    #: channel, length and limit
    lengths: tuple[tuple[str, int, int | None], ...] = ()
    #: what lint finds in them, in words
    lint: tuple[str, ...] = ()

    @property
    def stamp(self) -> str:
        """As above."""
        return stamp(self.channels, self.text, self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Halt:
    """The question what is to be stopped."""

    @property
    def stamp(self) -> str:
        """It shows nothing that can change."""
        return stamp("halt")


Facts = StoryFacts | DoubtFacts | AlertFacts | StopFacts | Draft | Halt
