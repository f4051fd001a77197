"""Looking at our own channels for posts made by hand, and hearing what people say to the bot that serves the operations
chat: a bot's updates have one reader. Must not decide what either stands for, nor send.

::

    ask the platform -> keep what is not ours, do what was said (durable) -> only then ask on: the platform forgets it
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from distributor.errors import ChannelError, OutOfCredit, RateLimited, Rejected, Unauthorized
from distributor.interfaces import Channel, Clock, Listening, Verifiable
from distributor.model import Said, Seen
from distributor.rules.fate.lifecycle import UNSAID_WAIT, backoff

log = logging.getLogger(__name__)

#: The longest wait for news in one request: what answers later is often cut on the way.
LONGEST_POLL = timedelta(seconds=25)
#: Where somebody else listens in our place, or we may not, the next look comes so much later: never a storm.
AFTER_CONFLICT, AFTER_REFUSAL = timedelta(hours=1), timedelta(minutes=15)
#: Who serves the operations chat looks again sooner: nobody can stop anything while nobody hears it.
AFTER_DEAFNESS = timedelta(minutes=1)
#: Most requests of one look where the platform tells in parts; what is more comes with the next.
MOST_PARTS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What is new."""

    #: posts by the channel on which they stand
    posts: Mapping[str, Sequence[Seen]]
    #: what people said to the bot
    said: Sequence[Said] = ()


class SightingBook(Protocol):
    """Where sightings are remembered."""

    def keep(self, channel: str, posts: Sequence[Seen]) -> int:
        """Remember what is not ours; how many were new."""
        ...


class AlertBook(Protocol):
    """Where somebody is told."""

    def raise_alert(self, key: str, text: str, *, hint: str = "", now: datetime) -> bool:
        """Somebody must know."""
        ...

    def recover(self, key: str, text: str, *, now: datetime) -> bool:
        """It is over."""
        ...


class Adopter(Protocol):
    """Who knows what the posts of a channel stand for."""

    def notice(self, now: datetime, *, fresh: bool) -> int:
        """Tell of posts that double one of ours; ``fresh``: there are new ones."""
        ...


class Listener(Protocol):
    """Who does what people say."""

    def hear(self, said: Sequence[Said]) -> None:
        """Do it, each once however often it is told; raises StoreError, and is told all of it again then."""
        ...


class Ear(Protocol):
    """How posts come to be known."""

    #: for the log and for people
    name: str
    #: the channels it serves
    channels: Sequence[str]
    #: the longest that it waits for news by itself; nought: it answers at once
    patience: timedelta
    #: the most requests of one look
    parts: int
    #: whether it hears the operations chat
    serves: bool

    def ask(self, wait: timedelta) -> Heard | None:
        """What is new; None: nothing is. Gives the same again until it was :meth:`kept`. Raises ChannelError."""
        ...

    def kept(self) -> None:
        """What the last question brought is durable; the next one may let the platform forget it."""
        ...

    def hush(self) -> None:
        """End a wait in another thread."""
        ...


class Account:
    """Is told by the platform: one listener for all channels of an account, and for the chat that its bot serves."""

    patience = LONGEST_POLL
    parts = MOST_PARTS

    def __init__(self, channels: Mapping[str, Listening], *, bot: Listening | None = None) -> None:
        """``channels`` share one account; ``bot``, which may be none of them, is it where it serves the chat."""
        self.channels: Sequence[str] = sorted(channels)
        self.serves = bot is not None
        self.name = ", ".join([*self.channels, *(["the operations chat"] if self.serves else [])])
        self._places = {name: channel.place for name, channel in channels.items()}
        self._listener = bot or channels[self.channels[0]]
        #: where what is not kept yet begins, and where what was told last ends
        self._after = self._told = 0

    def ask(self, wait: timedelta) -> Heard | None:
        """What was told since what was kept, which the platform forgets with this call."""
        news = self._listener.listen(self._after, wait)
        self._told = news.next
        if not news.next:
            # numbers may begin anew after a quiet week: what was forgotten once need not be named again
            self._after = 0
            return None
        posts = {name: [seen for names, seen in news.posts if place in names] for name, place in self._places.items()}
        return Heard(posts=posts, said=news.said)

    def kept(self) -> None:
        """The next question may go on behind it."""
        self._after = self._told

    def hush(self) -> None:
        """End a wait in another thread."""
        self._listener.hush()


class Timeline:
    """Reads what stands on one channel, from the newest post on that it has seen there: our own posts are answered for
    before it looks, and one by hand may stand before them.
    """

    patience = timedelta(0)
    parts = 1
    serves = False

    def __init__(self, channel: str, platform: Verifiable) -> None:
        """It has seen nothing: the first look brings the latest that can be had."""
        self.channels: Sequence[str] = [channel]
        self.name = channel
        self._platform = platform
        #: the newest post that was kept, and that of the last look
        self._after = self._told = ""

    def ask(self, wait: timedelta) -> Heard | None:  # noqa: ARG002 (a timeline answers at once)
        """The posts behind the newest that was kept; where they are too many, the latest that can be had."""
        try:
            posts = self._platform.posts_after(self._after)
        except Rejected:
            if not self._after:
                raise
            posts = self._platform.posts_after("")
        self._told = max((self._told, *(post.remote_id for post in posts)), key=lambda number: (len(number), number))
        return Heard(posts={self.name: posts}) if posts else None

    def kept(self) -> None:
        """The next look begins behind it."""
        self._after = self._told

    def hush(self) -> None:
        """A timeline never waits."""


class Watcher:
    """Keeps what one ear hears."""

    def __init__(
        self,
        ear: Ear,
        book: SightingBook,
        alerts: AlertBook,
        adopters: Sequence[Adopter],
        *,
        every: timedelta,
        clock: Clock,
    ) -> None:
        """``adopters`` look at what was kept, one for each channel; ``every`` is the time from one look to the next."""
        self.name = ear.name
        self.serves = ear.serves
        self._listener: Listener | None = None
        self._ear = ear
        self._book = book
        self._alerts = alerts
        self._adopters = adopters
        self._every = every
        self._clock = clock
        #: failures in a row; None: not one look yet
        self._failures: int | None = None
        self._is_hushed = False

    def introduce(self, listener: Listener) -> None:
        """From now on, what people say is told to somebody; until then it is let go."""
        self._listener = listener

    def run_once(self, *, waits: bool = False) -> timedelta:
        """Keep all that is new; what is kept is durable before it asks on. Gives how long to rest until the next look.

        ``waits``: where the platform lets it, it stays for the first news instead of resting.
        """
        patience = min(self._ear.patience, self._every) if waits else timedelta(0)
        try:
            kept = self._listen(patience)
        except ChannelError as error:
            return self._failed(error)
        self._worked()
        now = self._clock.now()
        for adopter in self._adopters:
            adopter.notice(now, fresh=kept > 0)
        return timedelta(0) if self.serves else self._every - patience  # a chat is heard without a rest

    def hush(self) -> None:
        """End a wait in another thread; no look follows."""
        self._is_hushed = True
        self._ear.hush()

    def _listen(self, wait: timedelta) -> int:
        """Ask until nothing is new; how many posts were kept."""
        kept = 0
        for _ in range(self._ear.parts):
            heard = self._ear.ask(wait)
            if heard is None:
                break
            kept += sum(self._book.keep(channel, posts) for channel, posts in heard.posts.items())
            if heard.said and self._listener is not None:
                self._listener.hear(heard.said)
            self._ear.kept()
            wait = timedelta(0)
        if kept:
            log.info("channel %s: posts by hand: %d", self.name, kept)
        return kept

    @property
    def _duty(self) -> str:
        """What it is for, in words."""
        posts = f"posts by hand on {', '.join(self._ear.channels)}"
        if not self.serves:
            return posts
        return f"the operations chat (and {posts})" if self._ear.channels else "the operations chat"

    @property
    def _key(self) -> str:
        return f"watching: {self.name}"

    def _worked(self) -> None:
        if self._failures != 0:
            over = "is heard again" if self.serves else "are seen again"
            self._alerts.recover(self._key, f"{self._duty} {over}", now=self._clock.now())
        self._failures = 0

    def _failed(self, error: ChannelError) -> timedelta:
        is_first = not self._failures
        self._failures = (self._failures or 0) + 1
        if is_first and not self._is_hushed:
            log.warning("channel %s: posts by hand cannot be seen: %s", self.name, error)
        if isinstance(error, Rejected):
            text = f"{self._duty} cannot be {'heard' if self.serves else 'seen'}: {error}"
            instead = "" if self.serves else ", or set watch to 0s for these channels"
            hint = f"end the other program or webhook that listens{instead}"
            self._alerts.raise_alert(self._key, text, hint=hint, now=self._clock.now())
            return self._rest(AFTER_CONFLICT)
        if isinstance(error, Unauthorized | OutOfCredit):
            return self._rest(AFTER_REFUSAL)
        if isinstance(error, RateLimited):
            return error.retry_after or UNSAID_WAIT
        return self._rest(backoff(self._failures))

    def _rest(self, usual: timedelta) -> timedelta:
        return min(usual, AFTER_DEAFNESS) if self.serves else usual


def ears(watched: Mapping[str, Channel], *, bots: Sequence[Channel] = ()) -> Sequence[Ear]:
    """One ear for each account, and for each other channel whose platform can be asked.

    ``bots`` serve the operations chat; an account of theirs has an ear also where none of its channels is watched.
    """
    told = {name: channel for name, channel in watched.items() if isinstance(channel, Listening)}
    accounts: dict[str, dict[str, Listening]] = {}
    for name, channel in told.items():
        accounts.setdefault(channel.ear, {})[name] = channel
    serving = {server.ear: server for server in bots if isinstance(server, Listening)}
    listeners: list[Ear] = [
        Account(accounts.get(ear, {}), bot=serving.get(ear)) for ear in dict.fromkeys([*accounts, *serving])
    ]
    readers: list[Ear] = [
        Timeline(name, channel)
        for name, channel in watched.items()
        if name not in told and isinstance(channel, Verifiable)
    ]
    return [*listeners, *readers]
