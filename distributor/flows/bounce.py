"""From what came back (a mailbox, a provider's hook, a relay's answer) to what follows. Must not judge it, nor read it.

::

    Inbox.letters -> digest -> known? -> classify -> (unsubscribe) -> file, with its effects, in one transaction
                                                                   -> only then: remove, or set aside what nobody knows

A kill anywhere repeats at most what is harmless: the digest makes one report of however many readings.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from distributor.errors import ChannelError, Deferred, MailboxError, RateLimited, Rejected
from distributor.interfaces import Clock, Inbox
from distributor.model import Delivery, Parcel, Reader, Receipt, Rendered
from distributor.model.returns import About, Arrival, Filed, Kind, ProviderPause, Return
from distributor.rules.mail.returning.providers import provider_at
from distributor.rules.mail.returning.returns import classify
from distributor.rules.mail.returning.smtp import answered
from distributor.rules.queue.holds import PROVIDER, Wait

log = logging.getLogger(__name__)

#: Mails of one reading; the others wait for the next, so that a flood holds up nothing else.
MOST = 500
#: How long a look at the pauses of providers is good for.
FRESH = timedelta(seconds=1)


class Book(Protocol):
    """Where what came back is put on record (``store.mail.bounces.Bounces``)."""

    def filed(self, remote_id: str) -> Filed | None:
        """What became of a report that is on record."""
        ...

    def about(self, found: Return, address: str | None, delivery: int = 0) -> About | None:
        """Which mail of ours a report is about."""
        ...

    def file(self, arrival: Arrival, found: Return, now: datetime) -> Filed:
        """Put a report on record, with what follows from it."""
        ...

    def resting(self, now: datetime) -> Mapping[str, datetime]:
        """The addresses that rest after failures."""
        ...

    def pauses(self, now: datetime) -> Sequence[ProviderPause]:
        """The providers whose mail rests."""
        ...


class Subscriptions(Protocol):
    """Where subscriptions end."""

    def end(self, subscriber: int, topics: Sequence[str], *, source: str, now: datetime) -> bool:
        """A reader leaves some topics; whether anything ended."""
        ...


class Clerk:
    """Files what came back, whatever brought it."""

    def __init__(self, book: Book, subscriptions: Subscriptions) -> None:
        """Share the store's books."""
        self._book = book
        self._subscriptions = subscriptions

    def take(self, arrival: Arrival, found: Return, now: datetime) -> Filed:
        """Put a report on record with what follows from it; nothing where it is on record already."""
        known = self._book.filed(arrival.remote_id)
        if known is not None:
            return known
        if found.kind is Kind.UNSUBSCRIBE:
            self._leave(arrival, found, now)
        filed = self._book.file(arrival, found, now)
        if filed.effects or filed.is_unknown:
            what = ", ".join(sorted({effect.value for _, effect in filed.effects})) or "nobody knows what it is about"
            log.info("%s: %s: %s", arrival.source, found.kind.value, what)
        return filed

    def _leave(self, arrival: Arrival, found: Return, now: datetime) -> None:
        """End what a reader wants to end: what the mail was about that the wish names, for whoever had it.

        Before the wish is filed and harmless when it is repeated, so that no kill leaves a wish filed and unfulfilled.
        """
        about = self._book.about(found, None)
        if about is not None:
            self._subscriptions.end(about.subscriber, [about.topic], source=arrival.source, now=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """One reading of a mailbox."""

    read: int = 0
    #: of them on record already, from a reading that was cut short
    known: int = 0
    #: of them set aside, for nobody knows what they are about
    unknown: int = 0
    #: what stopped the reading; empty: nothing
    error: str = ""


class Collector:
    """Reads one mailbox."""

    def __init__(self, inbox: Inbox, clerk: Clerk, clock: Clock, *, strict: bool = False) -> None:
        """``strict``: see :class:`~distributor.model.returns.Arrival`."""
        self._inbox = inbox
        self._clerk = clerk
        self._clock = clock
        self._strict = strict

    @property
    def name(self) -> str:
        """The mailbox's name."""
        return self._inbox.name

    def run_once(self) -> Collected:
        """Read what is there; each mail is removed only after its effect is durable."""
        done = Collected()
        try:
            for key, raw in self._inbox.letters():
                done = self._taken(key, raw, done)
                if done.read >= MOST:
                    break
        except MailboxError as error:
            return replace(done, error=str(error))
        finally:
            self._inbox.close()
        return done

    def _taken(self, key: str, raw: bytes, done: Collected) -> Collected:
        digest = hashlib.sha256(raw).hexdigest()
        arrival = Arrival(remote_id=f"mail:{digest}", source=f"mailbox {self.name}", strict=self._strict)
        filed = self._clerk.take(arrival, classify(raw), self._clock.now())
        if filed.is_unknown:
            self._inbox.set_aside(key)
        else:
            self._inbox.remove(key)
        return replace(
            done, read=done.read + 1, known=done.known + filed.is_known, unknown=done.unknown + filed.is_unknown
        )


class Postmaster:
    """Learns from what relays answer at once, and keeps back what goes to a provider that refuses us.

    One of the preparations of a channel of mail (``flows.deliver``).
    """

    def __init__(self, channel: str, clerk: Clerk, book: Book, clock: Clock) -> None:
        """``channel`` is the mail channel's name."""
        self._channel = channel
        self._clerk = clerk
        self._book = book
        self._clock = clock
        #: the pauses, and when they were looked at: a batch asks for each of its mails
        self._looked: tuple[datetime | None, Mapping[str, ProviderPause]] = (None, {})

    def ready(self, entry: Delivery, rendered: Rendered) -> Rendered | Wait:
        """The mail, or the wait for its provider."""
        paused = self._paused()
        about = self._book.about(Return(kind=Kind.OTHER), None, entry.id) if paused and entry.recipient else None
        pause = paused.get(provider_at(about.address)) if about else None
        if pause is None:
            return rendered
        reason = f"{pause.domain} refuses our mail, not its readers: {pause.reason}"
        return Wait(by=PROVIDER, reason=reason[:300], until=pause.until)

    def answered(self, entry: Delivery, parcel: Parcel, answer: Receipt | ChannelError) -> None:
        """File what a refusal says about the reader, or about us; other answers say nothing."""
        if not entry.recipient or not isinstance(answer, Rejected | RateLimited):
            return
        if isinstance(answer, Deferred) and answer.is_pace:  # the provider's pace heeds it (flows.traffic)
            return
        found = answered(str(answer), parcel.recipient.address)
        if found is not None:
            arrival = Arrival(
                remote_id=f"relay:{entry.id}:{entry.attempts}", source=f"relay {self._channel}", delivery=entry.id
            )
            self._clerk.take(arrival, found, self._clock.now())

    def _paused(self) -> Mapping[str, ProviderPause]:
        """The pauses that are ours, by domain; not older than a second."""
        now, (at, found) = self._clock.now(), self._looked
        if at is None or not timedelta(0) <= now - at < FRESH:
            pauses = (one for one in self._book.pauses(now) if one.channel in ("", self._channel))
            found = {one.domain.lower(): one for one in pauses}
            self._looked = (now, found)
        return found


class Resting:
    """The readership without those who rest after failures; see ``flows.deliver.Readership``."""

    def __init__(self, readers: Callable[[Sequence[Delivery]], Mapping[int, Reader]], book: Book, clock: Clock) -> None:
        """``readers`` is the readership of all."""
        self._readers = readers
        self._book = book
        self._clock = clock

    def readers(self, entries: Sequence[Delivery]) -> Mapping[int, Reader]:
        """By delivery id; who rests may not be mailed now."""
        found = self._readers(entries)
        resting = self._book.resting(self._clock.now()) if found else {}
        if not resting:
            return found
        return {number: _rested(reader, resting) for number, reader in found.items()}


def _rested(reader: Reader, resting: Mapping[str, datetime]) -> Reader:
    until = resting.get(reader.recipient.address.lower())
    if until is None or reader.refusal:
        return reader
    return replace(reader, refusal=f"the address failed too often and rests until {until:%Y-%m-%d %H:%M} UTC")
