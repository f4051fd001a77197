"""Reading connections, one per thread, that cannot write. Knows no tables."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from distributor.store.connection import Connection, Params, Row


class Readers:
    """Gives each thread a reading connection of its own and closes them all at the end."""

    def __init__(self, connect: Callable[[], Connection]) -> None:
        """Connections are opened when a thread first asks."""
        self._connect = connect
        self._local = threading.local()
        self._lock = threading.Lock()
        self._open: list[Connection] = []

    def query(self, sql: str, params: Params = ()) -> Sequence[Row]:
        """All rows, read from one committed state of the store."""
        return self._mine().query(sql, params)

    def close(self) -> None:
        """Close every connection; no thread may ask any more."""
        with self._lock:
            while self._open:
                self._open.pop().close()

    def _mine(self) -> Connection:
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._connect()
            with self._lock:
                self._open.append(connection)
        return connection
