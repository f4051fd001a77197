"""When a mail may leave and by which relay: quotas that outlive a restart, each provider's pace, relays left alone.
Must not send anything, nor decide by itself (``rules.mail``).

::

    ready (a lane with room? a relay with room?) -> Wait, or the mail with its relays
    answered (too fast? taken?) -> the provider's pace; the relays' report -> uses, rests
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from distributor.errors import ChannelError, Deferred
from distributor.interfaces import Clock, Relayed
from distributor.model import Act, Delivery, Parcel, Receipt, Rendered
from distributor.model.mail import RelayTerms, RelayTrouble
from distributor.rules.mail import lanes
from distributor.rules.mail.groups import provider_of
from distributor.rules.mail.lanes import Lane
from distributor.rules.mail.quotas import minute_of
from distributor.rules.mail.relaying import Rest, Ways, rest, ways
from distributor.rules.queue.holds import TRAFFIC, Wait

log = logging.getLogger(__name__)

#: so many mails are counted against a quota at once; what is left of them when their minute ends is given back
BLOCK = 50
#: so many lanes are remembered before idle ones are forgotten: most domains are mailed to once in an issue
MOST_LANES = 5000


class Book(Protocol):
    """Where uses, rests and paces stand (``store.mail.relays.Relays``)."""

    def uses(self, channel: str, now: datetime) -> Mapping[str, Sequence[tuple[int, int]]]:
        """By relay, the mails of each clock minute of the last day."""
        ...

    def use(self, channel: str, relay: str, n: int, now: datetime, *, unused: tuple[int, int] = (0, 0)) -> None:
        """Count mails for a relay, and give back what did not leave of a minute."""
        ...

    def rests(self, channel: str) -> Mapping[str, Rest]:
        """The relays that had trouble last."""
        ...

    def rest(self, channel: str, relay: str, found: Rest) -> None:
        """Leave a relay alone."""
        ...

    def rested(self, channel: str, relay: str) -> None:
        """A relay takes mail again."""
        ...

    def rates(self, channel: str) -> Mapping[str, lanes.Slowed]:
        """The providers that are mailed more slowly."""
        ...

    def slow(self, channel: str, provider: str, found: lanes.Slowed) -> None:
        """Mail a provider more slowly from now on."""
        ...

    def free(self, channel: str, provider: str) -> None:
        """A provider is mailed as fast as it may be again."""
        ...

    def address(self, subscriber: int) -> str:
        """Where a reader is mailed."""
        ...


class AlertBook(Protocol):
    """Where alerts are raised."""

    def raise_alert(self, key: str, text: str, *, hint: str = "", now: datetime) -> bool:
        """Somebody must know; whether it is news."""
        ...

    def recover(self, key: str, text: str, *, now: datetime) -> bool:
        """It is over; whether there was such an alert."""
        ...


@dataclass(slots=True, kw_only=True)
class _Block:
    """Mails that are counted for a relay already, in one clock minute."""

    minute: int
    left: int


class Traffic:
    """One channel's traffic; both lanes of the channel share it. One of its preparations (``flows.deliver``)."""

    def __init__(self, channel: Relayed, book: Book, alerts: AlertBook, clock: Clock) -> None:
        """Reads what an earlier run has left."""
        self._channel = channel
        self._terms = {one.name: one for one in channel.terms.relays}
        self._book = book
        self._alerts = alerts
        self._clock = clock
        self._lock = threading.RLock()
        self._rests = dict(book.rests(channel.name))
        self._slowed = dict(book.rates(channel.name))
        self._lanes: dict[str, Lane] = {}
        self._blocks: dict[str, _Block] = {}
        self._planned: dict[str, int] = {}
        #: the ways that were found last, and their clock minute
        self._found: tuple[int, Ways] | None = None

    def ready(self, entry: Delivery, rendered: Rendered) -> Rendered | Wait:
        """The mail with the relays that may have it, or what it waits for."""
        now = self._clock.now()
        with self._lock:
            found = self._ways(now)
            if entry.act is not Act.ALERT:  # what tells the desk of trouble waits for nothing
                if not found.relays:
                    return Wait(by=TRAFFIC, reason=found.reason, until=found.until)
                provider = provider_of(self._book.address(entry.recipient).rpartition("@")[2])
                until = self._admitted(provider, now)
                if until is not None:
                    return Wait(by=TRAFFIC, reason=f"{provider} is mailed no faster", until=until)
            if found.relays:
                self._count(found, now)
        return replace(rendered, relays=found.relays)

    def answered(self, entry: Delivery, parcel: Parcel, answer: Receipt | ChannelError) -> None:  # noqa: ARG002 - the seam
        """Learn from a mail's answer, and from what the relays say meanwhile."""
        now = self._clock.now()
        with self._lock:
            if isinstance(answer, Deferred) and answer.is_pace:
                self._slow(provider_of(parcel.recipient.address.rpartition("@")[2]), str(answer), now)
            report = self._channel.report()
            for trouble in report.troubles:
                self._planned[trouble.relay] = max(0, self._planned.get(trouble.relay, 0) - 1)
                self._rest(trouble, now)
            for relay, used in report.used.items():
                self._settle(relay, used, now)

    def _ways(self, now: datetime) -> Ways:
        """The relays that may have the next mail; looked for anew when a block is used up, and every minute."""
        minute = minute_of(now)
        if self._found is not None and self._found[0] == minute and self._found[1].relays:
            first = self._found[1].relays[0]
            block = self._blocks.get(first)
            if not _is_limited(self._terms[first]) or (block and block.left and block.minute == minute):
                return self._found[1]
        self._found = (minute, self._sought(now))
        return self._found[1]

    def _sought(self, now: datetime) -> Ways:
        resting = {name: found.until for name, found in self._rests.items()} if len(self._terms) > 1 else {}
        limited = any(_is_limited(one) for one in self._terms.values())
        uses = self._uses(now) if limited else {}
        return ways(tuple(self._terms.values()), uses, resting, now)

    def _uses(self, now: datetime) -> Mapping[str, Sequence[tuple[int, int]]]:
        """What counts, without what is counted already for mails that have not left yet."""
        found = {name: list(uses) for name, uses in self._book.uses(self._channel.name, now).items()}
        for name, block in self._blocks.items():
            found[name] = [(at, n - block.left if at == block.minute else n) for at, n in found.get(name, ())]
        return found

    def _admitted(self, provider: str, now: datetime) -> datetime | None:
        lane, until = lanes.admitted(self._lane(provider, now), now)
        self._lanes[provider] = lane
        if provider in self._slowed and not lane.is_slowed:
            del self._slowed[provider]
            self._book.free(self._channel.name, provider)
        return until

    def _lane(self, provider: str, now: datetime) -> Lane:
        if provider not in self._lanes:
            if len(self._lanes) >= MOST_LANES:
                self._lanes = {name: lane for name, lane in self._lanes.items() if not lanes.is_idle(lane, now)}
            known = self._slowed.get(provider)
            per_minute = self._channel.terms.provider(provider).per_minute
            self._lanes[provider] = lanes.opened(per_minute, now, before=known)
        return self._lanes[provider]

    def _slow(self, provider: str, reason: str, now: datetime) -> None:
        before = self._lane(provider, now)
        after = self._lanes[provider] = lanes.slowed(before, now)
        if after is not before and after.rate is not None:
            self._slowed[provider] = lanes.Slowed(rate=after.rate, changed_at=now, reason=reason)
            self._book.slow(self._channel.name, provider, self._slowed[provider])
            log.warning("channel %s: %s gets %g mails a minute: %s", self._channel.name, provider, after.rate, reason)

    def _count(self, found: Ways, now: datetime) -> None:
        """Count a mail for the first of its relays, before it leaves."""
        relay, minute = found.relays[0], minute_of(now)
        if not _is_limited(self._terms[relay]):
            return
        block = self._blocks.get(relay)
        if block is None or block.minute != minute or not block.left:
            size = BLOCK if found.left is None else min(BLOCK, found.left)
            unused = (block.minute, block.left) if block else (0, 0)
            self._book.use(self._channel.name, relay, size, now, unused=unused)
            block = self._blocks[relay] = _Block(minute=minute, left=size)
        block.left -= 1
        self._planned[relay] = self._planned.get(relay, 0) + 1

    def _settle(self, relay: str, used: int, now: datetime) -> None:
        """A relay has judged mails: those that were planned for another are counted here, and it works again."""
        planned = self._planned.get(relay, 0)
        self._planned[relay] = max(0, planned - used)
        if used > planned and _is_limited(self._terms[relay]):
            self._book.use(self._channel.name, relay, used - planned, now)
        if relay in self._rests:
            del self._rests[relay]
            self._found = None
            self._book.rested(self._channel.name, relay)
            self._alerts.recover(self._key(relay), f"relay {relay} takes mail again", now=now)

    def _rest(self, trouble: RelayTrouble, now: datetime) -> None:
        """Leave a relay alone for a while, where there is another; somebody is told."""
        if len(self._terms) < 2:
            return
        before = self._rests.get(trouble.relay)
        if before is not None and before.until > now:
            return
        count = before.count + 1 if before else 1
        found = Rest(count=count, until=now + rest(count, trouble.wait), reason=trouble.reason)
        self._rests[trouble.relay], self._found = found, None
        self._book.rest(self._channel.name, trouble.relay, found)
        text = f"relay {trouble.relay} of {self._channel.name} takes no mail: {trouble.reason}"
        hint = "mail goes by the other relays meanwhile; it is tried again by itself"
        self._alerts.raise_alert(self._key(trouble.relay), text, hint=hint, now=now)

    def _key(self, relay: str) -> str:
        return f"relay:{self._channel.name}:{relay}"


def _is_limited(terms: RelayTerms) -> bool:
    return bool(terms.per_minute or terms.per_hour or terms.per_day or terms.warmup_from)
