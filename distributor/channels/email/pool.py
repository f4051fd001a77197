"""Many mails over a few conversations, on a private event loop behind synchronous calls. Knows no SMTP library.

::

    send_many -> Loop (thread) -> Pool.run -> worker -> Transport.send -> (index, outcome) -> back, as answers come
                                           -> worker -> Transport.send -> ...
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, Protocol, TypeVar

from distributor.errors import ChannelError, RateLimited, Unauthorized, Unavailable
from distributor.mime import Mailbox

T = TypeVar("T")

#: seconds an unused conversation is kept for the next mail
IDLE = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One mail at the wire: whom the relay is told, and the bytes with CRLF line ends."""

    sender: Mailbox
    recipient: Mailbox
    content: bytes
    #: the mail's name for notices about it (ENVID, RFC 3461 section 4.4): letters, digits and dashes
    name: str = ""
    #: who keeps the recipient's mailbox (``rules.mail.groups``)
    provider: str = ""
    #: the relays that may have it, the best first; empty: any
    relays: tuple[str, ...] = ()


class Transport(Protocol):
    """One conversation with a relay, so that another sender can stand behind the same channel."""

    async def open(self) -> None:
        """Connect, negotiate TLS, sign in. Raises ChannelError."""
        ...

    async def send(self, envelope: Envelope) -> None:
        """Return when the relay took the mail. Raises ChannelError; ``alive`` says whether another may follow."""
        ...

    async def prove(self) -> frozenset[str]:
        """Nothing but an answer (NOOP); what the other side offers, in capitals. Raises ChannelError."""
        ...

    async def close(self) -> None:
        """Say goodbye where that is still possible. Never raises."""
        ...

    @property
    def alive(self) -> bool:
        """Whether the conversation can go on."""
        ...


class Lost(Unavailable):
    """The conversation broke before any content was written: the mail surely was not sent."""


class Closing(RateLimited):
    """The relay ends the conversation (421) before any content was written."""


class Lanes:
    """How many mails of each provider are at the wire; all methods run on one event loop, for all relays together."""

    def __init__(self, most: Callable[[str], int]) -> None:
        """``most`` gives the limit of a provider; 0: none."""
        self._most = most
        self._busy: Counter[str] = Counter()
        self._bell: tuple[asyncio.AbstractEventLoop, asyncio.Condition] | None = None

    async def take(self, waiting: list[tuple[int, Envelope]]) -> tuple[int, Envelope] | None:
        """The next of the waiting whose provider has room, waiting for one if need be; None where none is left.

        Whoever takes one gives it back.
        """
        freed = self._freed()
        async with freed:
            while waiting:
                for place in range(len(waiting) - 1, -1, -1):
                    if self._has_room(waiting[place][1].provider):
                        found = waiting.pop(place)
                        self._busy[found[1].provider] += 1
                        return found
                await freed.wait()
        return None

    async def give_back(self, envelope: Envelope) -> None:
        """A mail is at the wire no more."""
        freed = self._freed()
        async with freed:
            self._busy[envelope.provider] -= 1
            freed.notify_all()

    def _freed(self) -> asyncio.Condition:
        """Rung whenever there may be room; a channel that was closed and sends again has another loop."""
        loop = asyncio.get_running_loop()
        if self._bell is None or self._bell[0] is not loop:
            self._bell = (loop, asyncio.Condition())
            self._busy.clear()
        return self._bell[1]

    def _has_room(self, provider: str) -> bool:
        most = self._most(provider)
        return not most or self._busy[provider] < most


class Loop:
    """An event loop in a thread of its own, started at the first use."""

    def __init__(self, name: str) -> None:
        """No thread yet; ``name`` is the thread's."""
        self._name = name
        self._lock = threading.Lock()
        self._running: tuple[asyncio.AbstractEventLoop, threading.Thread] | None = None

    @property
    def running(self) -> bool:
        """Whether there is a thread."""
        return self._running is not None

    def start(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Begin the work on the loop."""
        with self._lock:
            if self._running is None:
                loop = asyncio.new_event_loop()
                thread = threading.Thread(target=loop.run_forever, name=self._name, daemon=True)
                thread.start()
                self._running = (loop, thread)
            return asyncio.run_coroutine_threadsafe(work, self._running[0])

    def close(self) -> None:
        """Cancel what still runs, stop the thread and close the loop; may be called twice."""
        with self._lock:
            running, self._running = self._running, None
        if running is None:
            return
        loop, thread = running
        asyncio.run_coroutine_threadsafe(_finished(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _finished() -> None:
    """Every other task cancelled and ended; a few turns more, so that closed sockets are given back."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    for _ in range(3):
        await asyncio.sleep(0)


@dataclass(slots=True, kw_only=True)
class _Seat:
    """One worker's conversation and whether it has already served (so it may be stale or full)."""

    transport: Transport
    used: bool


class Pool:
    """Conversations shared by batch after batch; all methods but the constructor run on one event loop."""

    def __init__(
        self,
        transport: Callable[[], Transport],
        *,
        size: int,
        idle: float = IDLE,
        lanes: Lanes | None = None,
    ) -> None:
        """``transport`` makes a conversation that is not yet open; ``size`` is the most at the same time.

        ``lanes`` says how many of these may be for one provider.
        """
        self._lanes = lanes or Lanes(lambda _: 0)
        self._transport = transport
        self._size = size
        self._idle_seconds = idle
        self._idle: list[Transport] = []
        self._goodbye: asyncio.TimerHandle | None = None
        self._leaving: asyncio.Task[None] | None = None

    async def run(
        self, envelopes: Sequence[tuple[int, Envelope]], report: Callable[[int, ChannelError | None], None]
    ) -> None:
        """Send all; ``report`` gets every index once, with None for a mail that was taken.

        What no conversation took is reported with the reason why none could be had.
        """
        self._stay()
        waiting = list(envelopes)[::-1]
        workers = [self._work(waiting, report) for _ in range(min(len(waiting), self._size))]
        ended = await asyncio.gather(*workers, return_exceptions=True)
        for bug in ended:
            if isinstance(bug, BaseException) and not isinstance(bug, ChannelError):
                raise bug
        reasons = [reason for reason in ended if isinstance(reason, ChannelError)]
        while waiting:
            report(waiting.pop()[0], reasons[-1])
        self._goodbye = asyncio.get_running_loop().call_later(self._idle_seconds, self._leave_soon)

    async def prove(self) -> frozenset[str]:
        """Open a conversation of its own, have it answer, close it; what the relay offers. Raises ChannelError."""
        transport = self._transport()
        await transport.open()
        try:
            return await transport.prove()
        finally:
            await transport.close()

    async def leave(self) -> None:
        """Close the conversations that wait for the next mail."""
        self._stay()
        while self._idle:
            await self._idle.pop().close()

    async def _work(
        self, waiting: list[tuple[int, Envelope]], report: Callable[[int, ChannelError | None], None]
    ) -> ChannelError | None:
        """One conversation, mail after mail. Returns why it ended early; None when nothing waits any more."""
        seat: _Seat | None = None
        while waiting:
            try:
                seat = await self._seat(seat)
            except ChannelError as error:
                return error
            taken = await self._lanes.take(waiting)
            if taken is None:
                break
            index, envelope = taken
            try:
                failure = await _outcome(seat.transport, envelope)
            finally:
                await self._lanes.give_back(envelope)
            if isinstance(failure, Lost | Closing) and seat.used:
                waiting.append((index, envelope))
                continue
            seat.used = True
            report(index, failure)
            if isinstance(failure, Closing | Unauthorized):
                await seat.transport.close()
                return failure
        if seat is not None and seat.transport.alive:
            self._idle.append(seat.transport)
        return None

    async def _seat(self, seat: _Seat | None) -> _Seat:
        """The worker's own conversation if it lives, one kept from an earlier batch, or a fresh one."""
        if seat is not None and seat.transport.alive:
            return seat
        while self._idle:
            kept = self._idle.pop()
            if kept.alive:
                return _Seat(transport=kept, used=True)
        fresh = self._transport()
        await fresh.open()
        return _Seat(transport=fresh, used=False)

    def _stay(self) -> None:
        """No goodbye for now."""
        if self._goodbye is not None:
            self._goodbye.cancel()
            self._goodbye = None

    def _leave_soon(self) -> None:
        """Called by the loop when no mail came for a while."""
        self._leaving = asyncio.ensure_future(self.leave())


async def _outcome(transport: Transport, envelope: Envelope) -> ChannelError | None:
    """What became of one mail, as a value."""
    try:
        await transport.send(envelope)
    except ChannelError as error:
        return error
    return None


#: ``Pool.run``, or that of several
Run = Callable[[Sequence[tuple[int, Envelope]], Callable[[int, ChannelError | None], None]], Coroutine[Any, Any, None]]


def results(
    loop: Loop, run: Run, envelopes: Sequence[tuple[int, Envelope]]
) -> Iterator[tuple[int, ChannelError | None]]:
    """The batch's outcomes in the order in which answers came, for a synchronous caller."""
    answers: SimpleQueue[tuple[int, ChannelError | None] | None] = SimpleQueue()
    work = loop.start(run(envelopes, lambda index, error: answers.put((index, error))))
    work.add_done_callback(lambda _: answers.put(None))
    while (answer := answers.get()) is not None:
        yield answer
    work.result()
