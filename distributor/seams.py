"""What setting and sending expect of their surroundings: the seams of ``flows.typeset`` and ``flows.deliver``, too
many for their files. Protocols only; imports nothing that implements one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Protocol

from distributor.errors import ChannelError, TemplateError
from distributor.model import (
    Act,
    Alert,
    Article,
    Carried,
    Decision,
    Delivery,
    Digest,
    History,
    Issue,
    Limits,
    Line,
    Message,
    Occasion,
    Parcel,
    Portion,
    Reader,
    Receipt,
    Rendered,
    Revision,
    Story,
    Waiting,
)
from distributor.rules.change.turn import Post
from distributor.rules.fate.lifecycle import Verdict
from distributor.rules.queue import holds
from distributor.rules.queue.budget import Lack

#: Asks inside a transaction which of some rows may not leave any more.
Guard = Callable[[Any, Sequence[int]], Collection[int]]


class Ledger(Protocol):
    """The moves this flow makes."""

    def claim_due(
        self, channel: str, *, now: datetime, limit: int, lease: timedelta, urgent: bool, gate: Gate | None
    ) -> Sequence[Delivery]:
        """Lease the most urgent due rows; flashes only, or what a gate lets through."""
        ...

    def start(
        self,
        batch: Sequence[Rendered],
        *,
        now: datetime,
        lease: timedelta,
        purse: Purse | None,
        guard: Guard | None = None,
    ) -> Mapping[int, datetime]:
        """Make "about to touch the wire" durable, with its price; the first start of each row that may be sent."""
        ...

    def record(self, channel: str, batch: Sequence[tuple[Delivery, Verdict]], *, now: datetime) -> None:
        """Write the answers."""
        ...

    def hold(
        self,
        entry: Delivery,
        *,
        by: str,
        reason: str,
        now: datetime,
        rendered: Rendered | None = None,
        until: datetime | None = None,
    ) -> None:
        """Put a claimed row aside until an instant, or until somebody acts."""
        ...

    def skip(self, entry: Delivery, *, reason: str, now: datetime, rendered: Rendered | None = None) -> None:
        """End a claimed row unsent."""
        ...

    def shadow(
        self, entry: Delivery, rendered: Rendered, *, reason: str, now: datetime, purse: Purse | None = None
    ) -> None:
        """End a claimed row as if it had left, where the money would reach for it."""
        ...

    def doubt_again(self, story: int, *, reason: str, now: datetime) -> None:
        """Put in doubt again what waits of a story and may have arrived at an earlier try."""
        ...


class Gate(Protocol):
    """Who decides what of a queue may leave now (``rules.queue.gates.Gates``)."""

    @property
    def in_shadow(self) -> bool:
        """Whether what would have left counts as if it had."""
        ...

    def since(self, now: datetime) -> tuple[datetime, datetime]:
        """When the day and the month began for which money is counted."""
        ...

    def decide(self, waiting: Sequence[Waiting], history: History, now: datetime) -> Decision:
        """What becomes of the queue."""
        ...

    def is_silent(self, priority: int, now: datetime) -> bool:
        """Whether what leaves now leaves without a sound."""
        ...


class Purse(Protocol):
    """Who knows prices and budgets (``rules.queue.budget.Budget``)."""

    def since(self, now: datetime) -> tuple[datetime, datetime]:
        """When the day and the month began for which money is counted."""
        ...

    def price(self, message: Message, act: Act = Act.POST) -> int:
        """What an act with a message costs, in millionths."""
        ...

    def lack(self, price: int, history: History, now: datetime) -> Lack | None:
        """Why the money does not reach for it."""
        ...


class Typesetter(Protocol):
    """Renders what a delivery shall carry, as things stand at this moment."""

    def set(
        self,
        entries: Sequence[Delivery],
        posts: Mapping[int, Post],
        portions: Mapping[int, Portion] = MappingProxyType({}),
    ) -> Iterable[tuple[Delivery, Rendered | TemplateError | str]]:
        """For each delivery its message, a template's failure, or why nothing is left to say (withdrawn)."""
        ...


class Served(Protocol):
    """What becomes of a batch of mails (``flows.courtesy``)."""

    @property
    def portions(self) -> Mapping[int, Portion]:
        """By delivery id, what its reader gets."""
        ...

    @property
    def aside(self) -> Collection[int]:
        """The rows that have been put aside, or ended."""
        ...

    @property
    def guard(self) -> Guard:
        """Asks once more, where it is made durable that the others leave."""
        ...


class Courtesy(Protocol):
    """Serves each reader what they chose and have not had."""

    def serve(self, entries: Sequence[Delivery], now: datetime) -> Served:
        """What each reader of a batch gets; what does not leave now is put aside."""
        ...


class Preparation(Protocol):
    """What a post needs beside its words before it may leave (``flows.illustrate``)."""

    def ready(self, entry: Delivery, rendered: Rendered) -> Rendered | holds.Wait:
        """The post with all that it needs, or what it waits for; nothing of it is seen by readers."""
        ...

    def answered(self, entry: Delivery, parcel: Parcel, answer: Receipt | ChannelError) -> None:
        """Learn from a post's answer."""
        ...


class Posts(Protocol):
    """Where posts stand that others follow."""

    def about(self, entries: Sequence[Delivery], now: datetime) -> Mapping[int, Post]:
        """By delivery id: the post that it is about; rows that are about none are left out."""
        ...


class Readership(Protocol):
    """Who the recipients are, and whether they still want it."""

    def readers(self, entries: Sequence[Delivery]) -> Mapping[int, Reader]:
        """By delivery id; rows for the channel's own audience are left out."""
        ...


class StoryBook(Protocol):
    """Where stories are read."""

    def get(self, story_id: int) -> Story | None:
        """One story as it reads now."""
        ...

    def of_issue(self, issue_id: int) -> Sequence[Story]:
        """The stories of an issue as they read now, without withdrawn ones."""
        ...


class IssueBook(Protocol):
    """Where issues are read."""

    def get(self, issue: int) -> Issue | None:
        """One issue."""
        ...


class AlertBook(Protocol):
    """Where alerts are read."""

    def get(self, alert: int) -> Alert | None:
        """One alert."""
        ...


class Renderer(Protocol):
    """Turns stories into messages."""

    def story(
        self,
        kind: str,
        limits: Limits,
        story: Story,
        *,
        link: str,
        template: str = "",
        occasion: Occasion = Occasion(),  # noqa: B008 - frozen
        notes: Sequence[Revision] = (),
    ) -> Message:
        """One story for one kind of channel; each of the ``notes`` is told in a line of its own."""
        ...

    def correction(self, kind: str, limits: Limits, story: Story, *, link: str, occasion: Occasion) -> Message:
        """What a revision means to those who read the one before."""
        ...

    def deletion(self, kind: str, story: Story, *, occasion: Occasion) -> Message:
        """What is said where a post is taken away; nothing where nobody is told."""
        ...

    def own(self, kind: str, limits: Limits, story: Story, own: str, *, link: str) -> Message:
        """An editor's own words for one kind of channel."""
        ...

    def digest(
        self,
        digest: Digest,
        issue: Issue,
        stories: Sequence[Story],
        *,
        template: str = "",
        lines: Sequence[Line] = (),
        groups: Sequence[tuple[str, Sequence[Story]]] = (),
        link: Callable[[Story], str] = lambda story: story.article.url,
    ) -> tuple[Message, Sequence[Story]]:
        """One issue of a digest, with what it tells of earlier ones; and the stories that it shows."""
        ...

    def roundup(
        self, kind: str, limits: Limits, issue: Issue, stories: Sequence[Story], *, link: Callable[[Story], str]
    ) -> tuple[Message, Sequence[Story]]:
        """Several stories in one post, and those that it shows."""
        ...

    def notice(self, kind: str, limits: Limits, alert: Alert, *, over: bool, template: str = "") -> Message:
        """One alert for one kind of channel, as it was raised or as it ended."""
        ...


class PostBook(Protocol):
    """Where posts stand that others follow."""

    def about(self, entries: Sequence[Delivery], now: datetime) -> Mapping[int, Post]:
        """By delivery id: the post that it is about; rows that are about none are left out."""
        ...

    def revisions(self, story_id: int) -> Sequence[Revision]:
        """Every revision of a story, the first first."""
        ...


class Frozen(Protocol):
    """Where messages stand that have left before."""

    def frozen(self, message_id: int) -> tuple[Message, Carried]:
        """A frozen message with the revisions it carries."""
        ...


class LineBook(Protocol):
    """Where it stands what an issue tells of earlier ones."""

    def owed(self, entries: Sequence[Delivery]) -> Mapping[int, Sequence[Line]]:
        """By delivery id: what its reader has to be told; rows that tell nothing are left out."""
        ...


class Wordings(Protocol):
    """Where editors' own words stand."""

    def of(self, story_id: int, channel: str) -> str:
        """The words for a story on a channel; empty where its template speaks."""
        ...


class Judge(Protocol):
    """Who looks at what was rendered (``flows.judge.Judge``)."""

    def judge(self, entry: Delivery, rendered: Rendered, article: Article | None) -> Rendered:
        """The message with what was found in it; without an article it tells several stories."""
        ...
