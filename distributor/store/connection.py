"""Connections to SQLite and the named SQL beside them. Contains no business logic and no SQL of its own tables."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Protocol

from distributor.errors import StoreDamaged, StoreError, StoreLocked

#: The note beside a database that was found damaged: the next opening looks at all of it first.
DAMAGED = "damaged"

Row = Mapping[str, Any]
Params = Sequence[Any] | Mapping[str, Any]

#: Every value has its reason in docs/design.md, "The store". No mmap: it makes a torn page readable.
WRITER_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA busy_timeout = 10000",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cell_size_check = ON",
)
READER_PRAGMAS = ("PRAGMA busy_timeout = 10000", "PRAGMA trusted_schema = OFF", "PRAGMA query_only = ON")


class Connection(Protocol):
    """All that the hot SQL needs of a database, so that another SQLite can stand in."""

    def query(self, sql: str, params: Params = ()) -> Sequence[Row]:
        """All rows of a statement that gives rows."""
        ...

    def run(self, sql: str, params: Params = ()) -> int:
        """Execute one statement; the number of rows it changed."""
        ...

    def run_many(self, sql: str, rows: Iterable[Params]) -> int:
        """Execute one statement for each row; the number of rows changed in all."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


class Damage:
    """Whether a store's file was found damaged, by whichever of its connections."""

    def __init__(self, note: Path) -> None:
        """It is sound, as far as anybody knows; ``note`` is left behind for the next opening where it is not."""
        self.found: StoreDamaged | None = None
        self._note = note
        self._listener: Callable[[], object] = lambda: None

    def then(self, listener: Callable[[], object]) -> None:
        """Call ``listener`` as soon as it is found, in whatever thread finds it."""
        self._listener = listener

    def note(self, error: StoreDamaged) -> None:
        """It is damaged."""
        if self.found is None:
            self.found = error
            with contextlib.suppress(OSError):  # the disk itself may be dying
                self._note.write_text(f"{error.found}\n", "utf-8")
            self._listener()


class SqliteConnection:
    """The standard library's SQLite behind :class:`Connection`; transactions are begun and ended by SQL alone.

    Whatever finds the file damaged raises StoreDamaged; all other errors are SQLite's own.
    """

    def __init__(
        self, path: Path, *, pragmas: Sequence[str], read_only: bool = False, damage: Damage | None = None
    ) -> None:
        """Open the file (``mode=ro`` for readers) and set the pragmas; ``damage`` is told what is found."""
        self._damage = damage
        address = f"{path.absolute().as_uri()}?mode=ro" if read_only else f"{path.absolute().as_uri()}?mode=rwc"
        self.raw = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False)
        self.raw.row_factory = sqlite3.Row
        try:
            for pragma in pragmas:
                self.raw.execute(pragma)
        except sqlite3.Error as error:
            self.raw.close()
            self._look(error)
            raise

    def query(self, sql: str, params: Params = ()) -> Sequence[Row]:
        """All rows; each is read by column name."""
        try:
            return self.raw.execute(sql, params).fetchall()
        except sqlite3.DatabaseError as error:
            self._look(error)
            raise

    def run(self, sql: str, params: Params = ()) -> int:
        """Rows changed (0 for statements that change none)."""
        try:
            return max(0, self.raw.execute(sql, params).rowcount)
        except sqlite3.DatabaseError as error:
            self._look(error)
            raise

    def run_many(self, sql: str, rows: Iterable[Params]) -> int:
        """Rows changed in all."""
        try:
            return max(0, self.raw.executemany(sql, rows).rowcount)
        except sqlite3.DatabaseError as error:
            self._look(error)
            raise

    def close(self) -> None:
        """Close the connection."""
        self.raw.close()

    def _look(self, error: sqlite3.Error) -> None:
        """Raise StoreDamaged for an error that says so."""
        if (found := damage_in(error)) is not None:
            if self._damage is not None:
                self._damage.note(found)
            raise found from error


def open_writer(path: Path, damage: Damage | None = None) -> SqliteConnection:
    """The one connection that writes and checkpoints."""
    return SqliteConnection(path, pragmas=WRITER_PRAGMAS, damage=damage)


def open_reader(path: Path, damage: Damage | None = None) -> SqliteConnection:
    """A connection that cannot write, whatever it is asked."""
    return SqliteConnection(path, pragmas=READER_PRAGMAS, read_only=True, damage=damage)


def damage_in(error: BaseException) -> StoreDamaged | None:
    """What an error of SQLite's says of a damaged file (sqlite.org/rescode.html); None where it is about another
    thing.
    """
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the low byte is the primary code of an extended one
    return StoreDamaged(str(error)) if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) else None


def translated(error: sqlite3.Error, act: str) -> StoreError:
    """The error of a lock, a full disk, a lost or a damaged file in our words; ``act`` is what failed (read or
    written).
    """
    if (found := damage_in(error)) is not None:
        return found
    if "locked" in str(error) or "busy" in str(error):
        return StoreLocked(f"another program holds the store: {error}")
    return StoreError(f"the store cannot be {act}: {error}")


@cache
def queries(name: str) -> Mapping[str, str]:
    """The statements of ``queries/NAME.sql`` by the name in their ``-- name:`` line."""
    text = (files("distributor.store") / "queries" / f"{name}.sql").read_text("utf-8")
    parts = re.split(r"^-- name: (\w+)\n", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], (part.strip().rstrip(";") for part in parts[2::2]), strict=True))
