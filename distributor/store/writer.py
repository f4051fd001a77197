"""The one writer: every change of the store runs here, many of them under one synced commit. Knows no tables.

::

    any thread -- call(work) --> queue (by priority) --> BEGIN IMMEDIATE
                  jot(work)  --> with the next group, or within a second
                                                         SAVEPOINT, work(connection), RELEASE   for all that waits
                                                         COMMIT (one fsync) --> every caller goes on
"""

from __future__ import annotations

import heapq
import itertools
import logging
import queue
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, Generic, Protocol, TypeVar

from distributor.errors import StoreDamaged, StoreError
from distributor.store.connection import Connection, translated

log = logging.getLogger(__name__)

T = TypeVar("T")
P = TypeVar("P")
Work = Callable[[Connection], T]
#: Looks at what has just become durable; must neither write to the store nor raise.
Witness = Callable[[Connection], None]

#: Most works under one commit: enough that the fsync no longer counts, few enough that nobody waits long.
GROUP = 500
#: After a group of so many, the next one waits for those who will be back at once with their next move: as long as
#: somebody comes within a pause (seconds), and so many pauses at most. Each commit then carries all of a crowd instead
#: of half of it (PostgreSQL, "commit_delay" and "commit_siblings"). Whoever is alone never waits.
CROWD, PAUSE, PAUSES = 8, 0.0001, 8
#: For how long a jotted work waits for a group that leaves anyway (seconds).
JOTTED = 1.0
#: Urgencies of works: an answer before what would leave (it may forbid that), a post before a chore, a chore before the
#: slices of a great issue.
ANSWER, SOON, NORMAL, LATER = 0, 1, 5, 9


class Joint(Generic[P, T]):
    """A work for one part, which the writer may run at once with those of others that wait for the same.

    ``run`` gives an answer for each part, as if they had come one after the other.
    """

    __slots__ = ("part", "run")

    def __init__(self, run: Callable[[Connection, Sequence[P]], Sequence[T]], part: P) -> None:
        """``run`` is what is the same for all, ``part`` what is this caller's own."""
        self.run = run
        self.part = part

    def __call__(self, connection: Connection) -> T:
        """The work for this part alone."""
        return self.run(connection, [self.part])[0]


class Writer(Protocol):
    """Runs works on the writing connection, each wholly or not at all."""

    def call(self, work: Work[T], *, priority: int = NORMAL) -> T:
        """What ``work`` returned, once its changes are durable. Raises what it raised, with nothing changed.

        A work may be run a second time, after the first was undone; it must change nothing but the store.
        """
        ...

    def jot(self, work: Work[object]) -> None:
        """Have a work written soon, without waiting for it: what may be lost, for it is found out again.

        A work that raises is logged.
        """
        ...

    def close(self) -> None:
        """Finish what waits, then close the connection."""
        ...


class Witnessed(Writer, Protocol):
    """A writer whose commits somebody looks at."""

    #: called after every commit, in the thread that writes
    witness: Witness | None


@contextmanager
def _transaction(connection: Connection) -> Iterator[None]:
    """BEGIN IMMEDIATE ... COMMIT; a lock or a full disk becomes a StoreError and nothing is changed."""
    try:
        connection.run("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        raise translated(error, "written") from error
    try:
        yield
        connection.run("COMMIT")
    except BaseException as error:
        _roll_back(connection)
        if isinstance(error, sqlite3.OperationalError):
            raise translated(error, "written") from error
        raise


def _roll_back(connection: Connection) -> None:
    try:
        connection.run("ROLLBACK")
    except (sqlite3.OperationalError, StoreDamaged):
        return  # SQLite has rolled back by itself (full disk, I/O error, a damaged page)


class InlineWriter:
    """Runs each work at once in the calling thread, under a lock; for commands, simulations and tests."""

    def __init__(self, connection: Connection) -> None:
        """Take over the connection."""
        self.witness: Witness | None = None
        self._connection = connection
        self._lock = threading.RLock()

    def call(self, work: Work[T], *, priority: int = NORMAL) -> T:  # noqa: ARG002 (the seam's shape)
        """Run the work in a transaction of its own."""
        with self._lock:
            with _transaction(self._connection):
                found = work(self._connection)
            if self.witness is not None:
                self.witness(self._connection)
            return found

    def jot(self, work: Work[object]) -> None:
        """Write it at once."""
        self.call(work)

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._connection.close()


class _Call:
    """One work and its answer. The lock is shut until the answer is there: an event at a tenth of its price."""

    __slots__ = ("_shut", "failure", "order", "value", "work")

    def __init__(self, work: Work[Any] | None, order: tuple[int, int]) -> None:
        """``work`` None is the end mark; ``order`` is its urgency, then its place in time."""
        self.work = work
        self.order = order
        self.value: Any = None
        self.failure: BaseException | None = None
        self._shut = threading.Lock()
        self._shut.acquire()

    def result(self) -> Any:
        """Wait for the answer; raises what the work raised."""
        self._shut.acquire()
        if self.failure is not None:
            raise self.failure
        return self.value

    def answer(self) -> None:
        """Let the caller go on."""
        self._shut.release()


C = TypeVar("C", bound=_Call)


class _Jot(_Call):
    """A work that nobody waits for."""

    __slots__ = ()

    def answer(self) -> None:
        """Say so where it failed; the next one of its kind tells the same anew."""
        if self.failure is not None and not isinstance(self.failure, StoreDamaged):  # of that, the daemon tells
            log.warning("what was to be noted was not written: %s", self.failure)


class ThreadWriter:
    """Runs all works in one thread, in groups: one fsynced commit for all that waits."""

    def __init__(self, connect: Callable[[], Connection], *, pause: Callable[[float], object] = time.sleep) -> None:
        """Open the connection inside the writer's own thread; raises what ``connect`` raised.

        ``pause`` waits (seconds) for a crowd to come back.
        """
        self.witness: Witness | None = None
        self._pause = pause
        self._queue: queue.SimpleQueue[_Call] = queue.SimpleQueue()
        #: what has come and is not in a group yet, most urgent first, each behind its order, of which no two are alike;
        #: the writer's thread alone touches it
        self._waiting: list[tuple[tuple[int, int], _Call]] = []
        self._jotted: deque[_Jot] = deque()
        #: how many the last group had
        self._last = 0
        self._order = itertools.count()
        self._closed = False
        #: nothing is queued behind the end mark, where nobody would ever answer it
        self._door = threading.Lock()
        opened: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, args=(connect, opened), name="writer", daemon=True)
        self._thread.start()
        opened.result()

    def call(self, work: Work[T], *, priority: int = NORMAL) -> T:
        """Wait until the work is durable."""
        asked = _Call(work, (priority, next(self._order)))
        self._admit(asked, self._queue.put)
        value: T = asked.result()
        return value

    def jot(self, work: Work[object]) -> None:
        """Leave the work for the next group, which begins with it: no later word is overwritten by an earlier one."""
        self._admit(_Jot(work, (ANSWER, next(self._order))), self._jotted.append)

    def _admit(self, asked: C, put: Callable[[C], object]) -> None:
        with self._door:
            if self._closed:
                raise StoreError("the store is closed")
            put(asked)

    def close(self) -> None:
        """Finish what waits, then end the thread; may be called twice."""
        with self._door:
            if not self._closed:
                self._closed = True
                self._queue.put(_Call(None, (LATER + 1, next(self._order))))
        self._thread.join()

    def _run(self, connect: Callable[[], Connection], opened: Future[None]) -> None:
        try:
            connection = connect()
        except BaseException as error:  # noqa: BLE001 (handed to the caller, who raises it)
            opened.set_exception(error)
            return
        opened.set_result(None)
        while group := self._gather():
            _commit(connection, group, self.witness)
        connection.close()

    def _gather(self) -> Sequence[_Call]:
        """All that waits now, at most a group, most urgent first; nothing when the end mark is all there is."""
        if not self._waiting:
            self._await(self._first())
            self._linger()
        while not self._queue.empty():
            self._await(self._queue.get())
        while self._jotted:
            self._await(self._jotted.popleft())
        group: list[_Call] = []
        while self._waiting and self._waiting[0][1].work is not None and len(group) < GROUP:
            group.append(heapq.heappop(self._waiting)[1])
        self._last = len(group)
        return group

    def _linger(self) -> None:
        """Let a crowd come back."""
        for _ in range(PAUSES if self._last >= CROWD else 0):
            came = self._queue.qsize()
            self._pause(PAUSE)
            if self._queue.qsize() == came:
                return

    def _await(self, asked: _Call) -> None:
        heapq.heappush(self._waiting, (asked.order, asked))

    def _first(self) -> _Call:
        """What comes next; what was jotted, where nothing else has come for a while."""
        while True:
            try:
                return self._queue.get(timeout=JOTTED)
            except queue.Empty:
                if self._jotted:
                    return self._jotted.popleft()


def _commit(connection: Connection, group: Sequence[_Call], witness: Witness | None) -> None:
    """Run a group under one commit; a work that raises is undone alone, a failed commit undoes all.

    Hardly any work raises, so the group is first run as one; only when one has raised, all is undone and run again
    with a savepoint around each, which would cost every delivery two statements for each of its moves.
    """
    try:
        try:
            with _transaction(connection):
                _run_together(connection, group)
        except _RaisedError:
            with _transaction(connection):
                _run_apart(connection, group)
        if witness is not None:
            witness(connection)
    except BaseException as error:  # noqa: BLE001 (every caller gets it; the writer itself must live on)
        for asked in group:
            asked.failure = error
    for asked in group:
        asked.answer()


class _RaisedError(Exception):
    """A work of the group has raised."""


def _run_together(connection: Connection, group: Sequence[_Call]) -> None:
    """Run the works in their order, those that follow each other and can be joined as one."""
    try:
        for run, calls in itertools.groupby(group, key=_run_of):
            if run is None:
                for asked in calls:
                    asked.value = _work(asked)(connection)
                continue
            joined = list(calls)
            values = run(connection, [asked.work.part for asked in joined if isinstance(asked.work, Joint)])
            for asked, value in zip(joined, values, strict=True):
                asked.value = value
    except Exception as error:
        raise _RaisedError from error


def _run_of(asked: _Call) -> Callable[[Connection, Sequence[Any]], Sequence[Any]] | None:
    return asked.work.run if isinstance(asked.work, Joint) else None


def _run_apart(connection: Connection, group: Sequence[_Call]) -> None:
    for asked in group:
        connection.run("SAVEPOINT work")
        try:
            asked.value = _work(asked)(connection)
        except Exception as error:  # noqa: BLE001 (raised again in the caller's thread)
            connection.run("ROLLBACK TO work")
            asked.failure = translated(error, "written") if isinstance(error, sqlite3.OperationalError) else error
        connection.run("RELEASE work")


def _work(asked: _Call) -> Work[Any]:
    assert asked.work is not None, "the end mark is in no group"
    return asked.work
