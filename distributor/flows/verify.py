"""From an unknown outcome to a known one, the platform's own way. Must not decide what an answer means, nor send.

::

    unknown rows whose time has come -> look (once for all of them) -> find -> settle: sent | due | look later | ask
                                     -> changes and deletions, which do no harm a second time -> due
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from distributor.errors import ChannelError
from distributor.interfaces import Channel, Clock, Heedful, Idempotent, Verifiable
from distributor.model import AskSomebody, Doubt, Doubtful, Found, LookAgain, Seen, Settlement
from distributor.rules.fate.doubt import (
    LOOKS,
    after_look,
    after_refusal,
    find,
    is_recognisable,
    may_be_hidden,
    may_repeat,
    repeated,
    unasked,
)

log = logging.getLogger(__name__)

#: Who settles, in the chain of events.
ACTOR = "verifier"


class Book(Protocol):
    """Where deliveries in doubt stand."""

    def to_look(self, channel: str, *, now: datetime) -> Sequence[Doubtful]:
        """The rows to be looked at now."""
        ...

    def bare(self, channel: str, *, most: int, now: datetime) -> Sequence[Doubtful]:
        """Posts that are proved to be there, without their id, of which fewer than ``most`` looks were taken."""
        ...

    def taken(self, channel: str, remote_ids: Collection[str]) -> frozenset[str]:
        """Those of the posts that are deliveries already."""
        ...

    def ours(self, channel: str, since: datetime) -> Sequence[str]:
        """The ids of the posts that deliveries became which began since then."""
        ...

    def settle(self, batch: Sequence[tuple[Doubtful, Settlement]], *, now: datetime, actor: str) -> Sequence[int]:
        """Write what was decided; the rows it fell on."""
        ...

    def learn(self, batch: Sequence[tuple[Doubtful, Found | None]], *, now: datetime) -> None:
        """Write the ids of posts that are sent; None: not shown yet."""
        ...

    def asking(self, channel: str) -> int:
        """How many rows wait for a person."""
        ...


class Bell(Protocol):
    """Who tells a person."""

    def raise_alert(self, key: str, text: str, *, hint: str = "", now: datetime) -> bool:
        """Somebody must know; whether it is news."""
        ...

    def restate(self, key: str, text: str) -> bool:
        """While it stands, show it in other words."""
        ...

    def recover(self, key: str, text: str, *, now: datetime) -> bool:
        """It is over."""
        ...


class Verifier:
    """Settles the doubts of one channel."""

    def __init__(
        self,
        channel: Channel,
        book: Book,
        *,
        policy: Doubt,
        mark: Callable[[int], str],
        bell: Bell,
        clock: Clock,
        schedule: Sequence[timedelta] = LOOKS,
    ) -> None:
        """``policy`` is for what cannot be asked; ``schedule`` says when a platform is asked, from the doubt on."""
        self.channel = channel
        self._book = book
        self._policy = policy
        self._mark = mark
        self._bell = bell
        self._clock = clock
        self._schedule = schedule
        self._asking = -1
        self._verifiable = channel if isinstance(channel, Verifiable) else None

    def run_once(self) -> int:
        """Look at all that is to be looked at now; how many rows (0: none)."""
        doubts = self._book.to_look(self.channel.name, now=self._clock.now())
        if doubts:
            self._settle(doubts)
        if self._verifiable is not None:
            self._learn(self._verifiable)
        self._tell()
        return len(doubts)

    def _settle(self, doubts: Sequence[Doubtful]) -> None:
        knows = isinstance(self.channel, Idempotent)
        again = [doubt for doubt in doubts if knows or may_repeat(doubt)]
        once = [doubt for doubt in doubts if not (knows or may_repeat(doubt))]
        now = self._clock.now()
        settled = [(doubt, repeated(doubt, now=now)) for doubt in again]
        if once and isinstance(self.channel, Verifiable):
            settled += self._looked(self.channel, once)
        else:
            settled += [(doubt, self._unasked(doubt, "the channel cannot be asked")) for doubt in once]
        self._book.settle(settled, now=self._clock.now(), actor=ACTOR)
        for doubt, settlement in settled:
            _log(self.channel.name, doubt, settlement)

    def _looked(self, channel: Verifiable, doubts: Sequence[Doubtful]) -> list[tuple[Doubtful, Settlement]]:
        known = [doubt for doubt in doubts if is_recognisable(doubt)]
        settled = [
            (doubt, self._unasked(doubt, "nothing is known by which it could be found"))
            for doubt in doubts
            if not is_recognisable(doubt)
        ]
        for after, group in _grouped(known).items():
            try:
                posts = self._posts(channel, after, group)
            except ChannelError as refusal:
                now = self._clock.now()
                settled += [(doubt, after_refusal(doubt, refusal, self._policy, now=now)) for doubt in group]
                continue
            found = self._found(group, posts)
            settled += [(doubt, self._judged(doubt, found.get(doubt.delivery.id), posts)) for doubt in group]
        return settled

    def _judged(self, doubt: Doubtful, post: Seen | None, posts: Sequence[Seen]) -> Settlement:
        if post is None and may_be_hidden(doubt, posts):
            return self._unasked(doubt, "a post without a link stands there, which may be it")
        return after_look(doubt, post, now=self._clock.now(), schedule=self._schedule)

    def _posts(self, channel: Verifiable, after: str, group: Sequence[Doubtful]) -> Sequence[Seen]:
        """The posts behind one that are no delivery yet; what is known to be ours need not be read."""
        if isinstance(channel, Heedful):
            since = min(doubt.delivery.first_sent_at or doubt.since for doubt in group)
            channel.heed(self._book.ours(self.channel.name, since))
        return self._free(channel.posts_after(after))

    def _free(self, posts: Sequence[Seen]) -> Sequence[Seen]:
        """Those of the posts that are no delivery yet."""
        taken = self._book.taken(self.channel.name, [post.remote_id for post in posts])
        return [post for post in posts if post.remote_id not in taken]

    def _found(self, doubts: Sequence[Doubtful], posts: Sequence[Seen]) -> Mapping[int, Seen]:
        """Which free post each delivery became; a post is one delivery's alone."""
        free = [*posts]
        found: dict[int, Seen] = {}
        for doubt in doubts:
            post = find(doubt, self._mark(doubt.delivery.id), free)
            if post is not None:
                found[doubt.delivery.id] = post
                free.remove(post)
        return found

    def _learn(self, channel: Verifiable) -> None:
        """Find the ids of posts that are proved to be there by a refused repetition."""
        now = self._clock.now()
        bare = self._book.bare(self.channel.name, most=len(self._schedule), now=now)
        ripe = [doubt for doubt in bare if doubt.since + self._schedule[doubt.delivery.looks] <= now]
        for after, group in _grouped(ripe).items():
            try:
                found = self._found(group, self._posts(channel, after, group))
            except ChannelError as refusal:
                log.info("channel %s: its posts cannot be looked at now: %s", self.channel.name, refusal)
                found = {}
            posts = [(doubt, found.get(doubt.delivery.id)) for doubt in group]
            learned = [(doubt, Found(post=post) if post else None) for doubt, post in posts]
            self._book.learn(learned, now=self._clock.now())

    def _unasked(self, doubt: Doubtful, why: str) -> Settlement:
        return unasked(doubt, self._policy, why=why, now=self._clock.now())

    def _tell(self) -> None:
        """Ring while deliveries wait for a person, and say when none does any more."""
        asking = self._book.asking(self.channel.name)
        if asking == self._asking:
            return
        name, now = self.channel.name, self._clock.now()
        if asking:
            text = f"channel {name}: {asking} deliveries may have arrived or not; a person must decide"
            hint = f"distributor deliveries --state unknown --channel {name}, then distributor settle"
            if not self._bell.raise_alert(f"unknown:{name}", text, hint=hint, now=now):
                self._bell.restate(f"unknown:{name}", text)
        else:
            self._bell.recover(f"unknown:{name}", f"channel {name}: every outcome is known", now=now)
        self._asking = asking


def _grouped(doubts: Sequence[Doubtful]) -> Mapping[str, list[Doubtful]]:
    """By the post behind which to look: one look from the oldest serves all, another those that know none."""
    groups: dict[str, list[Doubtful]] = {}
    known = [doubt.delivery.after_id for doubt in doubts if doubt.delivery.after_id]
    oldest = min(known, key=lambda number: (len(number), number), default="")
    for doubt in doubts:
        groups.setdefault(oldest if doubt.delivery.after_id else "", []).append(doubt)
    return groups


def _log(channel: str, doubt: Doubtful, settlement: Settlement) -> None:
    match settlement:
        case Found(post=post):
            log.info("channel %s: delivery %d arrived: %s", channel, doubt.delivery.id, post.url or post.remote_id)
        case LookAgain():
            return
        case AskSomebody(reason=why):
            log.error("channel %s: delivery %d waits for a person: %s", channel, doubt.delivery.id, why)
        case end:
            log.warning("channel %s: delivery %d: %s", channel, doubt.delivery.id, end.reason)
