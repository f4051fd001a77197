"""Reading connections, one per thread, that cannot write. Knows no tables."""

from __future__ import annotations

import sqlite3
import threading
import weakref
from collections.abc import Callable, Sequence

from distributor.store.connection import Connection, Params, Row, translated


class Readers:
    """Gives each thread a reading connection of its own, which ends with the thread or with the store."""

    def __init__(self, connect: Callable[[], Connection]) -> None:
        """Connections are opened when a thread first asks."""
        self._connect = connect
        self._local = threading.local()
        self._lock = threading.Lock()
        #: weak: only the thread itself keeps its connection open
        self._open: weakref.WeakSet[_Own] = weakref.WeakSet()

    def query(self, sql: str, params: Params = ()) -> Sequence[Row]:
        """All rows, read from one committed state of the store. Raises StoreError where it cannot be read."""
        try:
            return self._mine().query(sql, params)
        except sqlite3.OperationalError as error:
            raise translated(error, "read") from error

    def close(self) -> None:
        """Close every connection; no thread may ask any more."""
        with self._lock:
            for own in list(self._open):
                own.connection.close()
            self._open.clear()

    def _mine(self) -> Connection:
        own: _Own | None = getattr(self._local, "own", None)
        if own is None:
            own = self._local.own = _Own(self._connect())
            with self._lock:
                self._open.add(own)
        return own.connection


class _Own:
    """One thread's connection, closed when the thread is gone: a daemon answers each command in a new thread."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def __del__(self) -> None:
        self.connection.close()
