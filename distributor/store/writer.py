"""The one writer: every change of the store runs here, many of them under one synced commit. Knows no tables.

::

    any thread -- call(work) --> queue (by priority) --> BEGIN IMMEDIATE
                                                         SAVEPOINT, work(connection), RELEASE   for all that waits
                                                         COMMIT (one fsync) --> every caller goes on
"""

from __future__ import annotations

import itertools
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

from distributor.errors import StoreError
from distributor.store.connection import Connection, translated

T = TypeVar("T")
Work = Callable[[Connection], T]

#: Most works under one commit: enough that the fsync no longer counts, few enough that nobody waits long.
GROUP = 500
#: Urgencies of works: a post before a chore, a chore before the slices of a great issue.
SOON, NORMAL, LATER = 0, 5, 9


class Writer(Protocol):
    """Runs works on the writing connection, each wholly or not at all."""

    def call(self, work: Work[T], *, priority: int = NORMAL) -> T:
        """What ``work`` returned, once its changes are durable. Raises what it raised, with nothing changed."""
        ...

    def close(self) -> None:
        """Finish what waits, then close the connection."""
        ...


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
    except sqlite3.OperationalError:
        return  # SQLite has rolled back by itself (full disk, I/O error)


class InlineWriter:
    """Runs each work at once in the calling thread, under a lock; for commands, simulations and tests."""

    def __init__(self, connection: Connection) -> None:
        """Take over the connection."""
        self._connection = connection
        self._lock = threading.RLock()

    def call(self, work: Work[T], *, priority: int = NORMAL) -> T:  # noqa: ARG002 (the seam's shape)
        """Run the work in a transaction of its own."""
        with self._lock, _transaction(self._connection):
            return work(self._connection)

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._connection.close()


class ThreadWriter:
    """Runs all works in one thread, in groups: one fsynced commit for all that waits."""

    def __init__(self, connect: Callable[[], Connection]) -> None:
        """Open the connection inside the writer's own thread; raises what ``connect`` raised."""
        self._queue: queue.PriorityQueue[tuple[int, int, Any]] = queue.PriorityQueue()
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
        done: Future[T] = Future()
        with self._door:
            if self._closed:
                raise StoreError("the store is closed")
            self._queue.put((priority, next(self._order), (work, done)))
        return done.result()

    def close(self) -> None:
        """Finish what waits, then end the thread; may be called twice."""
        with self._door:
            if not self._closed:
                self._closed = True
                self._queue.put((LATER + 1, next(self._order), None))
        self._thread.join()

    def _run(self, connect: Callable[[], Connection], opened: Future[None]) -> None:
        try:
            connection = connect()
        except BaseException as error:  # noqa: BLE001 (handed to the caller, who raises it)
            opened.set_exception(error)
            return
        opened.set_result(None)
        while (group := self._gather()) is not None:
            _commit(connection, group)
        connection.close()

    def _gather(self) -> list[tuple[Work[Any], Future[Any]]] | None:
        """All that waits now, at most a group; None when the end mark is all there is."""
        group: list[tuple[Work[Any], Future[Any]]] = []
        entry = self._queue.get()
        while entry[2] is not None:
            group.append(entry[2])
            if len(group) == GROUP or self._queue.empty():
                return group
            entry = self._queue.get()
        if group:
            self._queue.put(entry)
            return group
        return None


def _commit(connection: Connection, group: list[tuple[Work[Any], Future[Any]]]) -> None:
    """Run a group under one commit; a work that raises is undone alone, a failed commit undoes all."""
    answers: list[tuple[Future[Any], Any, BaseException | None]] = []
    try:
        with _transaction(connection):
            answers = [(done, *_run_one(connection, work)) for work, done in group]
    except BaseException as error:  # noqa: BLE001 (every caller gets it; the writer itself must live on)
        answers = [(done, None, error) for _, done in group]
    for done, value, failure in answers:
        if failure is None:
            done.set_result(value)
        else:
            done.set_exception(failure)


def _run_one(connection: Connection, work: Work[Any]) -> tuple[Any, BaseException | None]:
    connection.run("SAVEPOINT work")
    try:
        value = work(connection)
    except Exception as error:  # noqa: BLE001 (raised again in the caller's thread)
        connection.run("ROLLBACK TO work")
        connection.run("RELEASE work")
        return None, translated(error, "written") if isinstance(error, sqlite3.OperationalError) else error
    connection.run("RELEASE work")
    return value, None
