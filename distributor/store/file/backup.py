"""Copies of the store, made while it is in use, proved and then named. Deletes no file that it did not make."""

from __future__ import annotations

import os
import re
import sqlite3
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from distributor.errors import StoreDamaged, StoreError, StoreForeign
from distributor.store.connection import open_reader, queries, translated
from distributor.store.file.marker import sync_folder
from distributor.store.ledger.events import verify
from distributor.store.migrations import APPLICATION_ID, NAMES, applied, inspect

#: How every database of SQLite begins (sqlite.org/fileformat2.html, section 1.3.1).
HEADER = b"SQLite format 3\0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """A copy that was read from its first page to its last."""

    #: events in its chain, which is whole
    events: int
    #: hash of the last one, in hexadecimal; empty where there is none
    head: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A copy that was made."""

    path: Path
    #: size of the file
    size: int
    proved: Proved
    #: seconds for all of it
    seconds: float
    #: older copies that were deleted for it
    removed: Sequence[Path]


class Backups:
    """The copies of one store."""

    def __init__(self, path: Path, store: str) -> None:
        """``path`` is the database, ``store`` its own name, which stands in the name of every copy."""
        self._path = path
        self._prefix = f"distributor-{store[:8]}-"
        self._lock = threading.Lock()

    def make(self, folder: Path, *, keep: int, now: datetime) -> Backup:
        """Copy the database into ``folder``, prove the copy, then give it its name; the newest ``keep`` are kept.

        Whatever happens, under the final name there is a whole copy or none. Raises StoreError.
        """
        begun = time.monotonic()
        target = folder / f"{self._prefix}{now:%Y%m%dT%H%M%SZ}.sqlite3"
        try:
            with self._lock:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                proved = self._copy(target)
                removed = self._rotate(folder, keep)
        except OSError as error:
            raise StoreError(f"no backup in {folder}: {error.strerror or error}") from error
        seconds = round(time.monotonic() - begun, 3)
        return Backup(path=target, size=target.stat().st_size, proved=proved, seconds=seconds, removed=removed)

    def _copy(self, target: Path) -> Proved:
        part = target.with_name(f"{self._prefix}unfinished.part")
        discard(part)  # what a kill left
        try:
            copy(self._path, part)
            proved = prove(part)
            part.replace(target)
        finally:
            discard(part)
        sync_folder(target.parent)
        return proved

    def _rotate(self, folder: Path, keep: int) -> Sequence[Path]:
        """Delete all but the newest; only names that this store gives are looked at."""
        pattern = re.compile(re.escape(self._prefix) + r"\d{8}T\d{6}Z\.sqlite3")
        made = sorted(path for path in folder.iterdir() if pattern.fullmatch(path.name))
        old = made[:-keep]
        for path in old:
            path.unlink()
        return old


def copy(source: Path, target: Path) -> None:
    """A database as it is now, with what its log holds, as one file that only its owner reads, on the disk.

    One step of SQLite's backup: whoever writes meanwhile waits for nothing (sqlite.org/backup.html). Raises StoreError
    where the source cannot be read or the target has no room, and leaves nothing then.
    """
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with closing(open_reader(source)) as reader, closing(sqlite3.connect(target)) as writer:
            writer.execute("PRAGMA synchronous = OFF")  # all of it is synced at the end, at once
            reader.raw.backup(writer)
            writer.execute("PRAGMA journal_mode = DELETE")  # a copy is one file, without a log beside it
        file = os.open(target, os.O_RDONLY)
        try:
            os.fsync(file)
        finally:
            os.close(file)
    except sqlite3.OperationalError as error:
        discard(target)
        raise translated(error, "copied") from error
    except (sqlite3.DatabaseError, StoreDamaged) as error:
        discard(target)
        raise StoreError(f"{source} is damaged and cannot be copied: {_found(error)}") from error
    except BaseException:
        discard(target)
        raise


def prove(path: Path) -> Proved:
    """Read all of a database: ours, of a version that we know, every page in order, the chain of events whole.

    Raises StoreForeign, StoreTooNew, StoreError.
    """
    if not path.is_file() or not path.stat().st_size:
        raise StoreError(f"{path} is no backup: {'it is empty' if path.is_file() else 'there is no such file'}")
    with path.open("rb") as file:
        if file.read(len(HEADER)) != HEADER:
            raise StoreForeign(f"{path} is no backup: it is no database")
    try:
        inspect(path)
        with closing(open_reader(path)) as connection:
            (mark,) = connection.raw.execute("PRAGMA application_id").fetchone()
            if mark != APPLICATION_ID or not applied(connection.raw):
                raise StoreError(f"{path} is a database without a distributor's ledger")
            found = [row[0] for row in connection.raw.execute("PRAGMA quick_check(1)")]
            if found != ["ok"]:
                raise StoreError(f"{path} is damaged: {' '.join(found[0].split())}")
            return _chain(connection.raw, path)
    except (sqlite3.DatabaseError, StoreDamaged) as error:
        raise StoreError(f"{path} is damaged: {_found(error)}") from error


def _found(error: Exception) -> str:
    """What is wrong with a copy, without the advice for a store."""
    return error.found if isinstance(error, StoreDamaged) else str(error)


def discard(path: Path) -> None:
    """Remove an unfinished copy and whatever SQLite left beside it."""
    for end in ("", "-journal", "-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)


def _chain(connection: sqlite3.Connection, path: Path) -> Proved:
    if NAMES[1] not in applied(connection):
        return Proved(events=0, head="")  # made before there was a chain
    wrong = verify(connection.execute(queries("events")["all"]))
    if wrong is not None:
        raise StoreError(f"{path}: its chain of events is broken at number {wrong}")
    head = connection.execute(queries("events")["head"]).fetchone()
    return Proved(events=head["id"] if head else 0, head=(head["hash"] or b"").hex() if head else "")
