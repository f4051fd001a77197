"""apsw behind the store's connection protocol, so that the shipped store runs on a simulated disk. Knows no tables."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import apsw

from distributor.store.connection import Params, Row

#: apsw's errors as the standard library would raise them, most specific first (PEP 249).
_ERRORS: tuple[tuple[type[apsw.Error], type[sqlite3.Error]], ...] = (
    (apsw.ConstraintError, sqlite3.IntegrityError),
    (apsw.MismatchError, sqlite3.IntegrityError),
    (apsw.CorruptError, sqlite3.DatabaseError),
    (apsw.NotADBError, sqlite3.DatabaseError),
    (apsw.BindingsError, sqlite3.ProgrammingError),
    (apsw.MisuseError, sqlite3.ProgrammingError),
    (apsw.Error, sqlite3.OperationalError),
)


class ApswConnection:
    """Another SQLite behind ``distributor.store.connection.Connection``, on the file layer of a given name."""

    def __init__(self, path: str, *, pragmas: Sequence[str], vfs: str | None = None, read_only: bool = False) -> None:
        """Open the file and set the pragmas; ``:memory:`` is a database of its own."""
        flags = apsw.SQLITE_OPEN_READONLY if read_only else apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
        with _translated():
            self.raw = apsw.Connection(path, flags=flags, vfs=vfs)
        self.raw.row_trace = _named
        try:
            for pragma in pragmas:
                self.query(pragma)
        except sqlite3.Error:
            self.close()
            raise

    def query(self, sql: str, params: Params = ()) -> Sequence[Row]:
        """All rows; each is read by column name."""
        with _translated():
            rows: list[Any] = self.raw.execute(sql, params).fetchall()
        return rows

    def run(self, sql: str, params: Params = ()) -> int:
        """Rows changed (0 for statements that change none)."""
        with _translated():
            before = self.raw.total_changes()
            self.raw.execute(sql, params).fetchall()
            return self.raw.total_changes() - before

    def run_many(self, sql: str, rows: Iterable[Params]) -> int:
        """Rows changed in all."""
        with _translated():
            before = self.raw.total_changes()
            self.raw.executemany(sql, rows).fetchall()
            return self.raw.total_changes() - before

    def close(self) -> None:
        """Close the connection; as with the standard library, what goes wrong under it is nobody's business."""
        with suppress(apsw.Error):
            self.raw.close()


def _named(cursor: apsw.Cursor, row: tuple[Any, ...]) -> dict[str, Any]:
    return {column[0]: value for column, value in zip(cursor.get_description(), row, strict=True)}


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except KeyError as error:
        raise sqlite3.ProgrammingError(f"no value for the parameter {error}") from error
    except apsw.Error as error:
        kind = next(ours for theirs, ours in _ERRORS if isinstance(error, theirs))
        raise kind(str(error)) from error
