"""What runs again when it says so itself, in a few threads that take turns at the clock. Must not know what it runs.

A feed is read and says when it is to be read next; to hand each of these readings from a clock's thread to another
costs as much as the reading. So here nobody is waked for another's sake::

    a free thread   takes what is due, as long as anything is: the same thread, over the same connections
      first to rest   watches the clock, and goes on with what falls due
      second          watches the first: what is overdue it takes over, for the first waits for a slow server
      all others      rest until they are called, which is when nobody is left to watch

What falls due within one :data:`TICK` is one turn.
"""

from __future__ import annotations

import heapq
import logging
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from distributor.errors import DistributorError, StoreDamaged

log = logging.getLogger(__name__)

#: Seconds: what falls due within them is done one after the other by one thread, at their end; nothing comes early.
TICK = 0.25
#: Seconds after which what is due is overdue: whoever should do it is kept by something slow.
GRACE = 0.25
#: Sooner than everything: an instant that is past by any clock.
_AT_ONCE = 0.0


@dataclass(slots=True, kw_only=True)
class _Duty:
    """What is done again and again."""

    name: str
    work: Callable[[], datetime | None]
    #: seconds until it is done again where it said nothing or failed
    after: float
    #: seconds since 1970; what stands in the queue with another instant is no longer true
    due: float
    is_running: bool = False
    #: somebody asked for it while it ran
    is_wanted: bool = False


@dataclass(slots=True)
class _Post:
    """Where one free thread waits, and how long after an instant it looks."""

    grace: float
    called: threading.Condition
    #: until when it waits; None: nobody stands here
    until: float | None = None


class Rota:
    """Runs each work at its instant, never twice at the same moment, at most so many at once."""

    def __init__(self, threads: int, *, wall: Callable[[], float] = time.time) -> None:
        """Nothing runs before :meth:`start`. ``wall`` gives seconds since 1970."""
        self._wall = wall
        self._duties: dict[str, _Duty] = {}
        self._queue: list[tuple[float, str]] = []
        self._is_over = False
        self._lock = threading.Lock()
        #: who watches the clock, and who watches the watcher
        self._posts = tuple(_Post(grace, threading.Condition(self._lock)) for grace in (0.0, GRACE))
        self._reserve = threading.Condition(self._lock)
        self._threads = [
            threading.Thread(target=self._run, name=f"rota-{number}", daemon=True) for number in range(threads)
        ]

    def add(self, name: str, work: Callable[[], datetime | None], *, first: datetime, after: timedelta) -> None:
        """Run at ``first``, and then each time at the instant that the run before gave; ``after`` a while where it gave
        none or ended in an error.
        """
        with self._lock:
            self._duties[name] = _Duty(name=name, work=work, after=after.total_seconds(), due=math.inf)
            self._plan(self._duties[name], tick(first.timestamp()))

    def at_once(self, name: str) -> None:
        """Run it now; once more where it is running already."""
        with self._lock:
            self._hasten(self._duties[name])

    def anew(self) -> None:
        """Run everything now: the clock was set back, and the instants are of a time that never was."""
        with self._lock:
            for duty in self._duties.values():
                self._hasten(duty)

    def start(self) -> None:
        """Begin; where there is nothing to do, no thread runs."""
        for thread in self._threads[: len(self._duties)]:
            thread.start()

    def stop(self) -> None:
        """Begin nothing more, and wait for what is running; may be called twice, and before the start."""
        with self._lock:
            self._is_over = True
            for condition in (*(post.called for post in self._posts), self._reserve):
                condition.notify_all()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()

    def _run(self) -> None:
        while (duty := self._next()) is not None:
            again: datetime | None = None
            try:
                again = duty.work()
            except StoreDamaged:
                log.debug("%s: the store is damaged", duty.name)  # the daemon says so, and ends
            except DistributorError as error:
                log.error("%s: %s", duty.name, error)
            except Exception:
                log.exception("%s ended in an unexpected error", duty.name)
            with self._lock:
                self._done(duty, again)

    def _next(self) -> _Duty | None:
        """What the calling thread is to do now, as soon as there is something; None: nothing any more."""
        with self._lock:
            grace = 0.0
            while not self._is_over:
                if self._first() + grace <= self._wall():
                    return self._taken()
                grace = self._wait()
            return None

    def _first(self) -> float:
        """When the next duty is due; what has been planned otherwise meanwhile is forgotten."""
        while self._queue:
            due, name = self._queue[0]
            duty = self._duties[name]
            if duty.due == due and not duty.is_running:
                return due
            heapq.heappop(self._queue)
        return math.inf

    def _taken(self) -> _Duty:
        """The next duty, with somebody left who watches."""
        duty = self._duties[heapq.heappop(self._queue)[1]]
        duty.is_running, duty.is_wanted = True, False
        if all(post.until is None for post in self._posts):
            self._reserve.notify()
        return duty

    def _wait(self) -> float:
        """Wait at the first post that is vacant; how patient who stood there is (one who was called is not)."""
        for post in self._posts:
            if post.until is None:
                post.until = self._first() + post.grace
                try:
                    post.called.wait(min(max(0.0, post.until - self._wall()), threading.TIMEOUT_MAX))
                finally:
                    post.until = None
                return post.grace
        self._reserve.wait()
        return 0.0

    def _done(self, duty: _Duty, again: datetime | None) -> None:
        duty.is_running = False
        if duty.is_wanted:
            self._hasten(duty)
        else:
            self._plan(duty, tick(self._wall() + duty.after if again is None else again.timestamp()))

    def _hasten(self, duty: _Duty) -> None:
        if duty.is_running:
            duty.is_wanted = True
        else:
            self._plan(duty, _AT_ONCE)

    def _plan(self, duty: _Duty, due: float) -> None:
        """Note when a duty is due, and call whoever would look too late."""
        duty.due = due
        heapq.heappush(self._queue, (due, duty.name))
        for post in self._posts:
            if post.until is not None and due + post.grace < post.until:
                post.called.notify()


def tick(instant: float) -> float:
    """The end of the turn that an instant lies in."""
    return math.ceil(instant / TICK) * TICK
