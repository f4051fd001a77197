"""A backup put in the place of the store, behind a fence. At every instant the folder holds the old database or the new
one, whole.

::

    prove -> copy beside -> migrate -> fence -> sync | keep the old one aside -> rename (the step that counts) -> marker
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from distributor.errors import StoreDamaged, StoreError
from distributor.rules.fate.binding import Heights, Place
from distributor.store.connection import DAMAGED, open_reader, open_writer, queries
from distributor.store.file.backup import Proved, copy, discard, prove
from distributor.store.file.binding import bound_to, heights, store_name
from distributor.store.file.fence import Fence, Fenced, raise_fence
from distributor.store.file.marker import MarkerFile, sync_folder
from distributor.store.ledger.events import Event, append
from distributor.store.opening import FILE, prepare, take_lock
from distributor.store.writer import InlineWriter


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restore did."""

    proved: Proved
    epoch: int
    fenced: Fenced
    #: where the database that was replaced lies now; None: there was none
    kept: Path | None
    #: where the restored store is bound to run live; None: nowhere yet
    bound: Place | None


def restore(folder: Path, file: Path, fence: Fence, *, actor: str, now: datetime) -> Restored:
    """Put a backup in the place of the store in ``folder``.

    Raises StoreLocked while a daemon runs, StoreForeign, StoreTooNew and StoreError for a file that is no whole backup;
    nothing is changed then.
    """
    lock = take_lock(folder)
    new = folder / f"{FILE}.restoring"
    try:
        proved = prove(file)
        discard(new)
        copy(file, new)
        marker = MarkerFile(folder)
        lost = _lost(folder / FILE, marker)
        found, fenced = _fence(new, fence, lost, Event(at=now, kind="restored", actor=actor, detail=file.name))
        kept = _swap(new, folder / FILE, now)
        with closing(marker):
            marker.write(found)
        with closing(open_reader(folder / FILE)) as reader:
            _, bound = bound_to(reader)
        return Restored(proved=proved, epoch=found.epoch, fenced=fenced, kept=kept, bound=bound)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"nothing was restored: {error}") from error
    finally:
        discard(new)
        lock.close()


def _lost(path: Path, marker: MarkerFile) -> list[Heights]:
    """How far the store that is replaced had come, as its marker and, where it can be read, itself tell."""
    found = [told] if (told := marker.read()) else []
    if path.exists():
        with _forgiving(), closing(open_reader(path)) as reader:
            key = reader.query("SELECT value FROM meta WHERE key = 'key'")[0]["value"]
            found.append(heights(reader, store_name(bytes.fromhex(key)), bound_to(reader)[0]))
    return found


def _fence(path: Path, fence: Fence, lost: list[Heights], event: Event) -> tuple[Heights, Fenced]:
    """Bring the copy up to date and fence it, before it is anybody's store; how far it has come then."""
    store = store_name(prepare(path))
    connection = open_writer(path)
    with closing(InlineWriter(connection)) as writer:
        was, _ = bound_to(connection)
        epoch = max([was, *(one.epoch for one in lost)]) + 1

        def work(_: object) -> Fenced:
            top = {name: max((getattr(one, name) for one in lost), default=0) for name in ("delivery", "subject")}
            own = heights(connection, store, was).delivery
            done = raise_fence(connection, fence, **top, shared=own, now=event.at)
            connection.run(queries("binding")["set_meta"], ("epoch", str(epoch)))
            told = {"file": event.detail, "epoch": epoch, "in_doubt": done.deliveries, "replaced": _told(lost)}
            append(connection, Event(at=event.at, kind=event.kind, actor=event.actor, detail=json.dumps(told)))
            return done

        done = writer.call(work)
        connection.query("PRAGMA journal_mode = DELETE")  # into the file itself: no log may be left beside it
        return heights(connection, store, epoch), done


def _told(lost: list[Heights]) -> dict[str, object] | None:
    """The end of what was replaced, for the chain: what it held beyond the backup is in no chain any more."""
    return asdict(max(lost, key=lambda one: (one.epoch, one.event))) if lost else None


def _swap(new: Path, path: Path, now: datetime) -> Path | None:
    """Rename the new database over the old one, which stays under another name."""
    file = os.open(new, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
    kept = None
    if path.exists():
        kept = path.with_name(f"{FILE}.replaced-{now:%Y%m%dT%H%M%S}.{now.microsecond:06}Z")
        _put_aside(path, kept)
    new.replace(path)
    path.with_name(DAMAGED).unlink(missing_ok=True)
    sync_folder(path.parent)
    return kept


def _put_aside(path: Path, kept: Path) -> None:
    """Give the old database a second name. Its log is written into it, for SQLite would play it into the new one; where
    it is too damaged for that, the log gets its second name, too.
    """
    with _forgiving(), closing(open_writer(path)) as old:
        old.query("PRAGMA wal_checkpoint(TRUNCATE)")
    os.link(path, kept)
    for end in ("-journal", "-wal", "-shm"):
        log = path.with_name(path.name + end)
        if log.exists():
            os.link(log, kept.with_name(kept.name + end))
            log.unlink()


@contextmanager
def _forgiving() -> Iterator[None]:
    """What is replaced may be damaged: that is why it is."""
    try:
        yield
    except (sqlite3.Error, StoreDamaged, IndexError, ValueError):
        return
