"""From a due delivery to the platform's answer on record. Must not decide what an answer means, nor plan anything.

::

    claim (leased) -> adopt (what was posted by hand) -> turn (of what follows a post)
                   -> serve (what each reader of a mail gets) -> render
                   -> prepare (pictures) -> start ("about to touch the wire", durable)
                   -> send, edit, reply, erase -> decide -> record
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType

from distributor.errors import ChannelError, RateLimited
from distributor.interfaces import Answerable, Bulk, Channel, Clock, Editable, Erasable, Keyed
from distributor.model import Act, Delivery, Parcel, Portion, Reader, Receipt, Recipient, Rendered
from distributor.rules.change.turn import GATE, REPEATABLE, Go, Post, Wait, turn
from distributor.rules.fate.doubt import MAYBE_THERE
from distributor.rules.fate.lifecycle import Verdict, decide, spoken
from distributor.rules.mail import verp
from distributor.rules.queue import holds
from distributor.rules.queue.holds import LINT
from distributor.rules.words.lint import reason
from distributor.seams import (
    Courtesy,
    Gate,
    Guard,
    Ledger,
    Posts,
    Preparation,
    Purse,
    Readership,
    Typesetter,
)

log = logging.getLogger(__name__)

#: Longer than the longest batch: where a relay takes one conversation only, four mails go one after the other, and
#: each may wait three minutes for its commands and ten for its final dot (RFC 5321 section 4.5.3.2.6).
LEASE = timedelta(hours=1)

#: The name of a delivery outside the store.
Mark = Callable[[int], str]

#: Of claimed rows, the ids of those that it has ended, because their stories stand on the channel already.
Adopt = Callable[[Sequence[Delivery], datetime], Collection[int]]

#: Rows held under this name are released when the program starts anew with templates that render.
HELD_BY_TEMPLATE = "template"
#: Why a row of the shadow mode is skipped.
SHADOWED = "shadow: it would have been sent now"
#: Rows held under this name wait until somebody says that this is the live store.
HELD_BY_FENCE = "take-over"


class Deliverer:
    """Sends what is due on one channel."""

    def __init__(
        self,
        channel: Channel,
        ledger: Ledger,
        *,
        typesetter: Typesetter,
        readership: Readership,
        posts: Posts,
        mark: Mark,
        clock: Clock,
        live: bool,
        gate: Gate | None = None,
        purse: Purse | None = None,
        adopt: Adopt | None = None,
        preparations: Sequence[Preparation] = (),
        courtesy: Courtesy | None = None,
        is_fenced: Callable[[], bool] = lambda: False,
    ) -> None:
        """``live`` False is the shadow mode: everything happens but the wire. ``gate`` None lets everything through,
        and without a ``purse`` nothing costs anything. ``adopt`` ends what somebody has posted by hand; each post
        passes the ``preparations`` in order, and ``courtesy`` serves those who read by mail. ``is_fenced`` tells
        whether this may not be the live store: then what would leave is held, not skipped.
        """
        self.channel = channel
        self._ledger = ledger
        self._typesetter = typesetter
        self._readership = readership
        self._posts = posts
        self._mark = mark
        self._clock = clock
        self._live = live
        self._gate = gate
        self._purse = purse
        #: rate limits in a row; where the platform names no time, they are waited out ever longer
        self._waits = 0
        self._adopt = adopt
        self._preparations = preparations
        self._courtesy = courtesy
        self._is_fenced = is_fenced
        #: the channel where it takes many at once; asked of the seam here, because that is no cheap question
        self._bulk = channel if isinstance(channel, Bulk) else None
        self._limit = self._bulk.batch if self._bulk else 1

    @property
    def typesetter(self) -> Typesetter:
        """Who sets its messages."""
        return self._typesetter

    def run_once(self, *, urgent: bool = False) -> int:
        """Send one batch of what is due; how many rows were taken in hand (0: nothing is due).

        ``urgent`` takes flashes only, so that a second lane can carry them past whatever the first is busy with.
        """
        claimed = self._ledger.claim_due(
            self.channel.name, now=self._clock.now(), limit=self._limit, lease=LEASE, urgent=urgent, gate=self._gate
        )
        if claimed:
            readers = self._readership.readers(claimed)
            standing = self._adopt(claimed, self._clock.now()) if self._adopt else ()
            wanted = [entry for entry in claimed if entry.id not in standing and not self._refused(entry, readers)]
            posts = self._posts.about(wanted, self._clock.now())
            targets = self._turned(wanted, posts)
            going = [entry for entry in wanted if entry.id not in posts or entry.id in targets]
            served = self._courtesy.serve(going, self._clock.now()) if self._courtesy else None
            if served is not None:
                going = [entry for entry in going if entry.id not in served.aside]
            ready = self._prepared(self._rendered(going, posts, served.portions if served else {}))
            self._send(ready, readers, targets, served.guard if served else None)
        return len(claimed)

    def _turned(self, entries: Sequence[Delivery], posts: Mapping[int, Post]) -> Mapping[int, str]:
        """Of what follows a post, the rows that leave now, each with the post's id; the others wait or end."""
        now, found = self._clock.now(), {}
        for entry in (one for one in entries if one.id in posts):
            post = posts[entry.id]
            key = self._mark(post.delivery.id) if isinstance(self.channel, Keyed) else ""
            match turn(entry, post, now, able=self._is_able(entry.act), key=key):
                case Go(target=target):
                    found[entry.id] = target
                case Wait(reason=reason, until=until):
                    self._ledger.hold(entry, by=GATE, reason=reason, now=now, until=until)
                case leave:
                    in_doubt = entry.doubts and entry.act not in REPEATABLE
                    reason = f"{leave.reason}; {MAYBE_THERE}" if in_doubt else leave.reason
                    self._ledger.skip(entry, reason=reason, now=now)
        return found

    def _is_able(self, act: Act) -> bool:
        wanted = {Act.EDIT: Editable, Act.REPLY: Answerable, Act.DELETE: Erasable}.get(act)
        return wanted is None or isinstance(self.channel, wanted)

    def _refused(self, entry: Delivery, readers: Mapping[int, Reader]) -> bool:
        reader = readers.get(entry.id)
        refusal = reader.refusal if reader else ("the reader is unknown" if entry.recipient else "")
        if refusal:
            refusal = f"{refusal}; {MAYBE_THERE}" if entry.doubts else refusal
            self._ledger.skip(entry, reason=refusal, now=self._clock.now())
        return bool(refusal)

    def _rendered(
        self,
        entries: Sequence[Delivery],
        posts: Mapping[int, Post],
        portions: Mapping[int, Portion] = MappingProxyType({}),
    ) -> Sequence[tuple[Delivery, Rendered]]:
        ready = []
        for entry, result in self._typesetter.set(entries, posts, portions):
            match result:
                case Rendered() if self._live and not self._is_fenced():
                    if any(one.blocks for one in result.findings):
                        self._block(entry, result)
                    else:
                        ready.append((entry, self._hushed(entry, result)))
                case Rendered() if self._live:
                    why, now = "shadow: it waits until somebody takes over", self._clock.now()
                    self._ledger.hold(entry, by=HELD_BY_FENCE, reason=why, now=now, rendered=result)
                case Rendered():
                    self._shadow(entry, result)
                case str() if entry.doubts:  # nothing is sent again, and yet it may stand there: it is looked for
                    self._ledger.doubt_again(entry.subject_id, reason=result, now=self._clock.now())
                case str():
                    self._ledger.skip(entry, reason=result, now=self._clock.now())
                case error:
                    self._ledger.hold(entry, by=HELD_BY_TEMPLATE, reason=str(error), now=self._clock.now())
                    log.warning("channel %s: delivery %d is held: %s", self.channel.name, entry.id, error)
        return ready

    def _block(self, entry: Delivery, rendered: Rendered) -> None:
        """Hold what lint blocks, with its words as they would have been, until somebody lets it go or mends it."""
        told = reason(rendered.findings)
        self._ledger.hold(entry, by=LINT, reason=told, now=self._clock.now(), rendered=rendered)
        log.warning("channel %s: delivery %d is held by lint: %s", self.channel.name, entry.id, told)

    def _shadow(self, entry: Delivery, rendered: Rendered) -> None:
        """End what would leave now, so that the next one waits its turn; what lint would hold takes nobody's."""
        now, blocked = self._clock.now(), reason(rendered.findings)
        if blocked:
            why = f"shadow: lint would have held it: {blocked}"
            self._ledger.skip(entry, reason=why, now=now, rendered=rendered)
        else:
            self._ledger.shadow(entry, rendered, reason=SHADOWED, now=now, purse=self._purse)

    def _prepared(self, batch: Sequence[tuple[Delivery, Rendered]]) -> Sequence[tuple[Delivery, Rendered]]:
        """Of what could leave, the posts that have all they need; the others wait."""
        ready = []
        for entry, rendered in batch:
            found: Rendered | holds.Wait = rendered
            for one in self._preparations:
                found = one.ready(entry, found) if isinstance(found, Rendered) else found
            if isinstance(found, Rendered):
                ready.append((entry, found))
            else:
                now = self._clock.now()
                self._ledger.hold(entry, by=found.by, reason=found.reason, now=now, until=found.until)
        return ready

    def _hushed(self, entry: Delivery, rendered: Rendered) -> Rendered:
        """The message without a sound where the hour asks for it; what may have left once stays as it was."""
        if self._gate is None or entry.doubts or not self._gate.is_silent(entry.priority, self._clock.now()):
            return rendered
        return replace(rendered, message=replace(rendered.message, silent=True))

    def _send(
        self,
        batch: Sequence[tuple[Delivery, Rendered]],
        readers: Mapping[int, Reader],
        targets: Mapping[int, str],
        guard: Guard | None,
    ) -> None:
        if not batch:
            return
        messages = [rendered for _, rendered in batch]
        started = self._ledger.start(messages, now=self._clock.now(), lease=LEASE, purse=self._purse, guard=guard)
        going = [(entry, rendered) for entry, rendered in batch if entry.id in started]
        parcels = [
            replace(self._parcel(rendered, readers.get(entry.id), started[entry.id]), target=targets.get(entry.id, ""))
            for entry, rendered in going
        ]
        acts = [entry.act for entry, _ in going]
        restraints: set[str] = set()
        limited = []
        for index, answer in self._answers(acts, parcels):
            entry = going[index][0]
            limited.append(isinstance(answer, RateLimited))
            for one in self._preparations:
                one.answered(entry, parcels[index], answer)
            now = self._clock.now()
            verdict = self._judge(answer, entry, now)
            self._ledger.record(self.channel.name, [(entry, verdict)], now=now)
            _tell(self.channel.name, entry, verdict, restraints)
        if limited:  # a batch is one wait, however many of it were refused
            self._waits = self._waits + 1 if all(limited) else 0

    def _judge(self, answer: Receipt | ChannelError, entry: Delivery, now: datetime) -> Verdict:
        # "it is there already" proves what may have been tried before, and is what a change or a deletion wants
        is_proof = entry.doubts > 0 or entry.act in REPEATABLE
        return decide(answer, tries=entry.attempts + 1, now=now, doubted=is_proof, waits=self._waits)

    def _parcel(self, rendered: Rendered, reader: Reader | None, started: datetime) -> Parcel:
        recipient = reader.recipient if reader else Recipient()
        key = self._mark(rendered.delivery_id)
        return Parcel(
            message=rendered.message,
            recipient=recipient,
            key=key,
            token=verp.token(rendered.delivery_id, key),
            first_sent_at=started,
            photo=rendered.photo,
            media=rendered.media,
            relays=rendered.relays,
        )

    def _answers(self, acts: Sequence[Act], parcels: Sequence[Parcel]) -> Iterable[tuple[int, Receipt | ChannelError]]:
        if self._bulk is not None:
            return self._bulk.send_many(parcels)
        return ((index, self._answer(acts[index], parcel)) for index, parcel in enumerate(parcels))

    def _answer(self, act: Act, parcel: Parcel) -> Receipt | ChannelError:
        try:
            return self._done(act, parcel)
        except ChannelError as error:
            return error

    def _done(self, act: Act, parcel: Parcel) -> Receipt:
        """What the channel answers; without a target it is a post of its own, whatever was planned."""
        channel = self.channel
        if parcel.target and act is Act.REPLY and isinstance(channel, Answerable):
            return channel.reply(parcel)
        if parcel.target and act is Act.EDIT and isinstance(channel, Editable):
            return channel.edit(parcel)
        if parcel.target and act is Act.DELETE and isinstance(channel, Erasable):
            return channel.erase(parcel)
        return channel.send(parcel)


def _tell(channel: str, entry: Delivery, verdict: Verdict, restraints: set[str]) -> None:
    """What somebody has to know, in one line of the log; what holds the whole channel once for each batch."""
    level, line, is_restraint = spoken(verdict, entry.id)
    if line and not (is_restraint and restraints):
        log.log(level, "channel %s%s", channel, line)
    restraints.update([line] if is_restraint else [])
