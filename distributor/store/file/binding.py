"""To which machine, folder and configuration a store is bound, its marker kept, and the take-over. Judges nothing: that
is ``rules.fate.binding``.
"""

from __future__ import annotations

import hashlib
import json
import logging
import socket
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from distributor.errors import StoreError
from distributor.rules.fate.binding import Heights, Judgement, Place, Standing, judge
from distributor.store.connection import Connection, Params, Row, open_reader, queries, translated
from distributor.store.file.fence import Fence, Fenced, raise_fence
from distributor.store.file.marker import MarkerFile
from distributor.store.ledger.events import Event, append
from distributor.store.migrations import NAMES, applied
from distributor.store.readers import Readers
from distributor.store.writer import Witnessed

log = logging.getLogger(__name__)

#: Rows held under this name are released by a take-over.
TAKE_OVER = "take-over"

_MACHINE = Path("/etc/machine-id")


class Asked(Protocol):
    """Whoever can be asked what stands in the database: a connection, or the store's readers."""

    def query(self, sql: str, params: Params = ()) -> Sequence[Row]:
        """All rows of a statement."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOver:
    """What a take-over did."""

    epoch: int
    #: deliveries that had waited for it
    released: int
    #: None: the store was the newest, so nothing had to be put in doubt
    fenced: Fenced | None


def here(folder: Path, config: Path) -> Place:
    """A store's folder and its configuration on this machine.

    The machine's id is hashed under our name, as machine-id(5) asks of whoever shows it elsewhere.
    """
    try:
        machine = _MACHINE.read_text("utf-8").strip()
    except (OSError, ValueError):
        machine = ""
    named = f"distributor:{machine or socket.gethostname()}"
    digest = hashlib.sha256(named.encode()).hexdigest()[:16]
    return Place(machine=digest, folder=str(folder.resolve()), config=str(config.resolve()))


def store_name(key: bytes) -> str:
    """A store's own name: the same for all its copies, and nothing that its key could be learned from."""
    return hashlib.sha256(b"store:" + key).hexdigest()[:16]


def bound_to(connection: Asked) -> tuple[int, Place | None]:
    """The store's epoch, and where it runs live; None: it never did."""
    meta = {row["key"]: row["value"] for row in connection.query(queries("binding")["meta"])}
    place = Place(**json.loads(meta["binding"])) if "binding" in meta else None
    return int(meta.get("epoch", "1")), place


def heights(connection: Asked, store: str, epoch: int) -> Heights:
    """How far the database has come."""
    head = connection.query(queries("events")["head"])
    given = {row["name"]: int(row["seq"]) for row in connection.query(queries("binding")["sequences"])}
    return Heights(
        store=store,
        epoch=epoch,
        event=int(head[0]["id"]) if head else 0,
        event_hash=_hex(head[0]["hash"]) if head else "",
        delivery=given.get("deliveries", 0),
        subject=given.get("subjects", 0),
    )


def judged(connection: Asked, store: str, place: Place, marker: Heights | None) -> Judgement:
    """What is to be thought of a database that lies in a place, beside a marker."""
    epoch, bound = bound_to(connection)
    rows = connection.query(queries("binding")["event_hash"], (marker.event,)) if marker else ()
    there = _hex(rows[0]["hash"]) if rows else ""
    return judge(place, bound, heights(connection, store, epoch), marker, there, _left(place, bound))


def _left(place: Place, bound: Place | None) -> Heights | None:
    """The marker that lies where the store is bound to, if that is another folder of this machine."""
    is_seen = bound is not None and bound.machine == place.machine and bound.folder != place.folder
    return MarkerFile(Path(bound.folder)).read() if bound is not None and is_seen else None


def peek(path: Path, place: Place) -> Judgement | None:
    """The same of a database that nobody has opened, changing nothing; None for one of an earlier version.

    Raises StoreError where it cannot be read.
    """
    try:
        with closing(open_reader(path)) as reader:
            if applied(reader.raw) != set(NAMES):
                return None
            key = reader.query("SELECT value FROM meta WHERE key = 'key'")[0]["value"]
            return judged(reader, store_name(bytes.fromhex(key)), place, MarkerFile(path.parent).read())
    except sqlite3.DatabaseError as error:
        raise translated(error, "read") from error


class Binding:
    """The binding of one open store."""

    def __init__(self, folder: Path, store: str, writer: Witnessed, readers: Readers) -> None:
        """``store`` is its own name. It is nobody's until :meth:`look`."""
        self._store = store
        self._writer = writer
        self._readers = readers
        self._marker = MarkerFile(folder)
        self._place: Place | None = None
        self._epoch = 1
        self.judgement = Judgement(standing=Standing.FIRST)

    def look(self, place: Place) -> Judgement:
        """Judge the store as it lies in a place, changing nothing in it; from now on the marker of ours is kept."""
        self._place = place
        self.judgement = judged(self._readers, self._store, place, self._marker.read())
        self._epoch, _ = bound_to(self._readers)
        if self.judgement.standing is Standing.OURS:
            self._keep()
        return self.judgement

    def bind(self, now: datetime) -> None:
        """The first live run: from now on the store belongs here."""
        assert self._place is not None, "look comes first"
        self._bind(self._place, Event(at=now, kind="bound", actor="clock"), fence=None)

    def take_over(self, fence: Fence, *, actor: str, now: datetime) -> TakenOver:
        """Bind the store to this place, whatever it was bound to; one that may be outdated is fenced first.

        All in one transaction. The caller has asked whether there is anything to take over.
        """
        assert self._place is not None, "look comes first"
        # the one that was copied may have gone on since this one was opened
        self.judgement = judged(self._readers, self._store, self._place, self._marker.read())
        reason = self.judgement.reason
        event = Event(at=now, kind="taken over", actor=actor, detail=reason)
        return self._bind(self._place, event, fence=fence if self.judgement.is_outdated else None)

    def sync(self) -> None:
        """Make the marker durable; a failure is logged, for the next one may succeed."""
        self._durably(self._marker.sync)

    def _durably(self, write: Callable[[], None]) -> None:
        try:
            write()
        except OSError as error:
            log.warning("the store's marker cannot be written: %s", error.strerror or error)

    def close(self) -> None:
        """Make the marker durable, as that of an orderly end, and close it; may be called twice."""
        self._durably(self._marker.seal)
        self._marker.close()

    def _bind(self, place: Place, event: Event, fence: Fence | None) -> TakenOver:
        lost = self._marker.read()
        epoch = max(self._epoch, lost.epoch if lost else 1) + (event.kind != "bound")
        # what a copy has numbered since it was made, the one that was copied may have numbered otherwise
        shared = lost.delivery if lost is not None and self.judgement.standing is Standing.MOVED else 0
        sql = queries("binding")

        def work(connection: Connection) -> TakenOver:
            fenced = None
            if fence is not None:
                top = {"delivery": lost.delivery if lost else 0, "subject": lost.subject if lost else 0}
                fenced = raise_fence(connection, fence, **top, shared=shared, now=event.at)
            released = connection.run(queries("deliveries")["release_held"], (TAKE_OVER,))
            told = (("binding", json.dumps(asdict(place))), ("epoch", str(epoch)))
            connection.run_many(sql["set_meta"], told)
            append(connection, event)
            return TakenOver(epoch=epoch, released=released, fenced=fenced)

        done = self._writer.call(work)
        self._epoch = epoch
        self.judgement = Judgement(standing=Standing.OURS)
        self._keep()
        return done

    def _keep(self) -> None:
        """Write the marker now, and after every commit."""
        self._writer.witness = self._witness
        self._writer.call(lambda _: None)
        self.sync()

    def _witness(self, connection: Connection) -> None:
        """A marker that lags behind is harmless: it never says more than the database holds."""
        try:
            self._marker.write(heights(connection, self._store, self._epoch))
        except (OSError, sqlite3.Error, StoreError) as error:
            log.debug("the store's marker was not written: %s", error)


def _hex(value: bytes | None) -> str:
    return value.hex() if value else ""
