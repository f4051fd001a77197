"""Power cuts in the midst of random work: what is found after each, against a book and a twin. Prints nothing.

::

    work --> the shipped store on a Disk --acknowledged--> the same work on a twin in memory, the facts in a book
    cut ---> open what is found: it must hold the book, and be the twin before or after the unacknowledged work

A world lives through several cuts; a group of works shares one commit of the shipped writer thread.
"""

from __future__ import annotations

import sqlite3
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from distributor.errors import StoreError
from distributor.store.connection import READER_PRAGMAS, WRITER_PRAGMAS, Connection, queries
from distributor.store.ledger.events import verify
from distributor.store.opening import FILE, open_store
from distributor.store.readers import Readers
from distributor.store.writer import NORMAL, InlineWriter, ThreadWriter, Writer
from distributor.store.writer import Work as Change
from tests.power.connection import ApswConnection
from tests.power.disk import Disk
from tests.power.ledger import Desk, Side, Work

#: Cuts that one world lives through before a fresh one begins.
LIVES = 12
#: Works after which a life whose cut has not come yet is cut between two of them.
LONGEST = 60

T = TypeVar("T")
Dump = dict[str, list[tuple[Any, ...]]]


@dataclass(slots=True, kw_only=True)
class Figures:
    """What many cuts have shown."""

    cuts: int = 0
    works: int = 0
    #: acknowledged moves of deliveries
    moves: int = 0
    #: acknowledged facts that were missing after a cut
    lost: int = 0
    #: worlds that were found in a state that they never had
    impossible: int = 0
    #: worlds whose database was damaged
    damaged: int = 0
    #: of each cut: what was going on, what became of the sectors
    hits: Counter[str] = field(default_factory=Counter)
    #: each with the seed of its world
    problems: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def lines(self) -> Iterator[str]:
        """The figures as a person reads them."""
        rate = self.cuts / self.seconds if self.seconds else 0.0
        yield f"{self.cuts} power cuts in {self.seconds:.1f} s ({rate:.0f}/s), {self.works} works, {self.moves} moves"
        yield f"acknowledged facts lost: {self.lost}, impossible: {self.impossible}, damaged: {self.damaged}"
        yield from (f"  {name}: {count}" for name, count in sorted(self.hits.items()))
        yield from self.problems[:20]


def run(cuts: int, seed: int, *, synchronous: str = "FULL", lies: bool = False) -> Figures:
    """Cut the power that often; a world that shows a problem is given up for a fresh one."""
    figures, start, number = Figures(), time.monotonic(), 0
    image = prepared()
    with tempfile.TemporaryDirectory(prefix="power-") as folder:
        disk = Disk(Path(folder), lies=lies)
        while figures.cuts < cuts:
            world = World(f"{seed}-{number}", disk, image, figures, synchronous)
            world.live(min(LIVES, cuts - figures.cuts))
            number += 1
        figures.hits.update(disk.hits)
        disk.close()
    figures.seconds = time.monotonic() - start
    return figures


def prepared() -> dict[str, bytes]:
    """An empty store, made by the program's own opening."""
    with tempfile.TemporaryDirectory(prefix="power-") as folder:
        open_store(Path(folder), threaded=False).close()
        return {FILE: (Path(folder) / FILE).read_bytes()}


class World:
    """One ledger on one disk, through several cuts."""

    def __init__(self, name: str, disk: Disk, image: dict[str, bytes], figures: Figures, synchronous: str) -> None:
        """``name`` is its seed: the same name lives the same life."""
        self._name, self._disk, self._image, self._figures = name, disk, image, figures
        self._random = Random(name)
        self._threaded = self._random.random() < 0.3
        self._pragmas = (
            *(pragma.replace("synchronous = FULL", f"synchronous = {synchronous}") for pragma in WRITER_PRAGMAS),
            # when SQLite moves the WAL into the database, and writes before a commit: often, for a short life
            f"PRAGMA wal_autocheckpoint = {self._random.choice((4, 20, 1000))}",
            f"PRAGMA cache_size = {self._random.choice((10, 2000))}",
        )
        self._twin = Twin(image[FILE])
        #: all that was opened in this life, to be closed after the cut
        self._sides: list[Side] = []

    def live(self, lives: int) -> None:
        """That many cuts, unless one shows a problem."""
        self._disk.load(self._image)
        desk = Desk(random=self._random, side=self._begin(self._open(owner=1), owner=1))
        for owner in range(2, lives + 2):
            unacknowledged = self._work_until_cut(desk, owner - 1)
            self._figures.cuts += 1
            self._disk.load(self._wreck())
            if not self._holds(desk, unacknowledged, owner):
                break
        self._figures.moves += desk.moves
        self._disk.rest()
        self._close()

    def _open(self, owner: int) -> Side:
        path = str(self._disk.folder / FILE)

        def connect() -> Connection:
            return ApswConnection(path, pragmas=self._pragmas, vfs=self._disk.vfs)

        def read() -> Connection:
            return ApswConnection(path, pragmas=READER_PRAGMAS, vfs=self._disk.vfs, read_only=True)

        writer: Writer = ThreadWriter(connect) if self._threaded else InlineWriter(connect())
        self._sides.append(Side(writer, read, owner=owner))
        return self._sides[-1]

    def _begin(self, side: Side, owner: int) -> Side:
        side.begin()
        self._twin.begin(owner)
        return side

    def _wreck(self) -> dict[str, bytes]:
        """What the cut has left; everything is closed."""
        found = self._disk.wreck()
        self._close()
        return found

    def _close(self) -> None:
        while self._sides:
            self._sides.pop().close()

    # before the cut

    def _work_until_cut(self, desk: Desk, owner: int) -> Sequence[Work]:
        """The works that were under way when the power went."""
        kind = self._random.choices(("between", "sync", "any"), (3, 6, 11))[0]
        longest = self._random.choice((2, 8, 25) if kind == "sync" else (10, 60, 200))
        steps = None if kind == "between" else self._random.randint(1, longest)
        self._disk.arm(self._random, steps, only_syncs=kind == "sync")
        pending: list[Work] = [desk.recover()]
        for _ in range(self._random.randint(1, 12) if kind == "between" else LONGEST):
            if not self._acknowledged(desk, pending):
                return pending
            if self._disk.is_off or not self._restarted(desk, owner):
                return ()
            pending = self._picked(desk)
        self._disk.cut("between two works")
        return ()

    def _picked(self, desk: Desk) -> list[Work]:
        if not self._threaded or self._random.random() < 0.5:
            return [desk.pick_alone()]
        # in the order in which the writer will take them
        return sorted((desk.pick() for _ in range(self._random.randint(2, 8))), key=lambda work: work.priority)

    def _acknowledged(self, desk: Desk, works: Sequence[Work]) -> bool:
        """Whether the store has said that the works are durable; the twin and the book follow."""
        try:
            answers = together(desk.side, works) if len(works) > 1 else [works[0].run(desk.side)]
        except StoreError:
            if not self._disk.is_off:
                raise
            self._figures.hits[f"work cut: {'a group' if len(works) > 1 else works[0].name}"] += 1
            return False
        self._figures.works += len(works)
        told = [work.run(self._twin.side) for work in works]
        assert answers == told, f"world {self._name}: {answers} is not {told}"
        if not self._disk.is_off:
            for work, answer in zip(works, answers, strict=True):
                work.settle(answer)
        return True

    def _restarted(self, desk: Desk, owner: int) -> bool:
        """Now and then a program ends in peace and starts again; whether the power was there all the while."""
        if self._threaded or self._random.random() > 0.05:
            return True
        try:
            desk.side.close()
            desk.side = self._open(owner)
            desk.side.begin()
        except (StoreError, sqlite3.Error):
            if not self._disk.is_off:
                raise
        self._figures.hits["restarts in peace"] += not self._disk.is_off
        self._figures.hits["work cut: a restart"] += self._disk.is_off
        return not self._disk.is_off

    # after the cut

    def _holds(self, desk: Desk, unacknowledged: Sequence[Work], owner: int) -> bool:
        """Whether what is found is as it must be; the store is open again and life goes on."""
        try:
            side = self._open(owner)
            rows = side.readers.query("SELECT id, subject_id, state, remote_id FROM deliveries")
            damage = flaws(side)
            found = dump(side.readers)
        except (sqlite3.Error, StoreError, UnicodeError) as error:
            damage, rows, found = [str(error)], (), {}
        if damage:
            self._figures.damaged += 1
            return self._problem(f"damaged: {damage[0]}")
        lost = desk.lost(rows, unacknowledged)
        self._figures.lost += len(lost)
        if not self._twin.follows(found, unacknowledged, self._figures.hits):
            self._figures.impossible += 1
            lost = [*lost, "the store is neither as before the last work nor as after it"]
        if lost:
            return self._problem(lost[0])
        desk.reopened(self._begin(side, owner), rows)
        return True

    def _problem(self, words: str) -> bool:
        self._figures.problems.append(f"world {self._name}, cut {self._figures.cuts}: {words}")
        return False


class Twin:
    """The same ledger in memory, where nothing is ever cut: what the store must hold."""

    def __init__(self, content: bytes) -> None:
        """``content`` is the database to begin with."""
        self._connection = memory(content)
        self.begin(1)

    def begin(self, owner: int) -> None:
        """A new run of the program."""
        self._owner = owner
        self.side = Side(InlineWriter(self._connection), lambda: _Lent(self._connection), owner=owner)
        self.side.begin()

    def follows(self, found: Dump, works: Sequence[Work], hits: Counter[str]) -> bool:
        """Whether this was found now, or would be after one of the commits of the works; the twin follows then."""
        if found == dump(self._connection):
            hits["found: as acknowledged"] += 1
            return True
        watched = _Watched(self._connection.raw.serialize("main"))
        side = Side(watched, lambda: _Lent(watched.connection), owner=self._owner)
        side.begin()
        watched.seen.clear()
        for work in works:
            work.run(side)
        # a group is one commit; a single work may be two
        for content in watched.seen[-1:] if len(works) > 1 else watched.seen:
            connection = memory(content)
            if found == dump(connection):
                hits["found: with the unacknowledged work, whole"] += 1
                self._connection = connection
                return True
        return False


class _Lent:
    """The writer's own connection in a reader's hands, who must not close it: a database in memory has only one."""

    def __init__(self, connection: ApswConnection) -> None:
        self.query = connection.query
        self.run = connection.run
        self.run_many = connection.run_many

    def close(self) -> None:
        return


class _Watched:
    """A writer that keeps the database as it was after each commit."""

    def __init__(self, content: bytes) -> None:
        self.connection = memory(content)
        self.seen: list[bytes] = []
        self._writer = InlineWriter(self.connection)

    def call(self, work: Change[T], *, priority: int = NORMAL) -> T:
        answer = self._writer.call(work, priority=priority)
        self.seen.append(self.connection.raw.serialize("main"))
        return answer

    def jot(self, work: Change[object]) -> None:
        self.call(work)

    def close(self) -> None:
        self._writer.close()


def memory(content: bytes) -> ApswConnection:
    """A database in memory with this content, under the writer's own settings."""
    plain = bytearray(content)
    # a database in memory has no WAL (SQLite file format, section 1.3.3)
    plain[18:20] = b"\x01\x01"
    connection = ApswConnection(":memory:", pragmas=())
    connection.raw.deserialize("main", bytes(plain))
    for pragma in WRITER_PRAGMAS[1:]:
        connection.query(pragma)
    return connection


def dump(source: Connection | Readers) -> Dump:
    """Every row of every table."""
    names = source.query("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    return {row["name"]: [tuple(one.values()) for one in source.query(f"SELECT * FROM {row['name']}")] for row in names}


def flaws(side: Side) -> list[str]:
    """What SQLite itself finds wrong: pages, indexes, NOT NULL, CHECK, UNIQUE, foreign keys; and a broken chain."""
    found = [row["integrity_check"] for row in side.readers.query("PRAGMA integrity_check")]
    broken = [f"foreign key of {row['table']} {row['rowid']}" for row in side.readers.query("PRAGMA foreign_key_check")]
    event = verify(side.readers.query(queries("events")["all"]))
    chain = [] if event is None else [f"the chain of events is broken at {event}"]
    return [*(one for one in found if one != "ok"), *broken, *chain]


def together(side: Side, works: Sequence[Work]) -> list[Any]:
    """The answers of works that wait for the shipped writer thread together, so that one commit takes them all."""
    writer = side.writer
    assert isinstance(writer, ThreadWriter)
    gate, held = threading.Event(), threading.Event()
    answers: list[Any] = [None] * len(works)

    def hold(_: Connection) -> None:
        held.set()
        gate.wait()

    def ask(place: int) -> None:
        try:
            answers[place] = works[place].run(side)
        except Exception as error:  # noqa: BLE001 (raised again below, in the thread of the drill)
            answers[place] = error

    threads = [threading.Thread(target=writer.call, args=(hold,))]
    threads[0].start()
    held.wait()
    waiting = 0
    for place in range(len(works)):
        threads.append(threading.Thread(target=ask, args=(place,)))
        threads[-1].start()
        while writer._queue.qsize() <= waiting and threads[-1].is_alive():  # not every work has something to write
            time.sleep(0)
        waiting = writer._queue.qsize()
    gate.set()
    for thread in threads:
        thread.join()
    for answer in answers:
        if isinstance(answer, Exception):
            raise answer
    return answers
