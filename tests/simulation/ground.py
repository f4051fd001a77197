"""One database in memory that serves many schedules, with a watch on every move. Knows no story and no platform."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from distributor.store.connection import WRITER_PRAGMAS, Params, Row
from distributor.store.opening import FILE, Store, open_store

#: Every move of a row, written by the database itself inside the transaction that makes it.
_WATCH = (
    "PRAGMA temp_store = MEMORY",
    # no page is ever written anywhere, so there is nothing to overwrite with zeros
    "PRAGMA secure_delete = OFF",
    """CREATE TEMP TABLE watch (n INTEGER PRIMARY KEY, id INTEGER, was INTEGER, is_now INTEGER,
       owner_was INTEGER, until_was INTEGER, owner_now INTEGER, until_now INTEGER)""",
    """CREATE TEMP TRIGGER watch_new AFTER INSERT ON main.deliveries BEGIN
       INSERT INTO watch VALUES (NULL, new.id, NULL, new.state, NULL, NULL, new.lease_owner, new.lease_until); END""",
    """CREATE TEMP TRIGGER watch_move AFTER UPDATE ON main.deliveries
       WHEN old.state <> new.state OR new.lease_until IS NOT old.lease_until BEGIN
       INSERT INTO watch VALUES (NULL, new.id, old.state, new.state, old.lease_owner, old.lease_until,
                                 new.lease_owner, new.lease_until); END""",
    """CREATE TEMP TRIGGER watch_gone AFTER DELETE ON main.deliveries BEGIN
       INSERT INTO watch VALUES (NULL, old.id, old.state, NULL, NULL, NULL, NULL, NULL); END""",
)


class Crash(BaseException):
    """The process of a run is gone at this very instruction; nothing of it may catch this."""

    def __init__(self, run: object) -> None:
        """``run`` is whose process it was."""
        self.run = run
        super().__init__("the process is gone")


class Connection:
    """The store's connection protocol over the one database, with a fuse that can be lit."""

    def __init__(self, raw: sqlite3.Connection) -> None:
        """``raw`` stays open for good."""
        self.raw = raw
        #: statements until ``blow`` is called; None: none is lit
        self.fuse: int | None = None
        self.blow: Callable[[], None] = lambda: None

    def query(self, sql: str, params: Params = ()) -> Sequence[Row]:
        if self.fuse is not None:
            self._burn()
        return self.raw.execute(sql, params).fetchall()

    def run(self, sql: str, params: Params = ()) -> int:
        if self.fuse is not None:
            self._burn()
        return max(0, self.raw.execute(sql, params).rowcount)

    def run_many(self, sql: str, rows: Iterable[Params]) -> int:
        if self.fuse is not None:
            self._burn()
        return max(0, self.raw.executemany(sql, rows).rowcount)

    def close(self) -> None:
        return None

    def _burn(self) -> None:
        assert self.fuse is not None
        self.fuse -= 1
        if self.fuse < 0:
            self.fuse = None
            self.blow()


class Ground:
    """The database of a worker: made once by the program's own opening, wiped between schedules."""

    def __init__(self, prepare: Callable[[Store], None]) -> None:
        """``prepare`` writes what every schedule begins with."""
        self.raw = sqlite3.connect(":memory:", isolation_level=None, cached_statements=400)
        self.raw.row_factory = sqlite3.Row
        _prepared(prepare, self.raw)
        # what a newsroom may never delete is wiped between schedules
        for (name,) in self.raw.execute("SELECT name FROM main.sqlite_schema WHERE type = 'trigger'").fetchall():
            self.raw.execute(f"DROP TRIGGER main.{name}")
        for pragma in (*WRITER_PRAGMAS[1:], *_WATCH):
            self.raw.execute(pragma)
        #: what every schedule begins with, by table
        self._first = {name: self._rows(name) for name in (*self._tables(), "sqlite_sequence")}
        self._parents = {name: self._named_by(name) for name in self._first}
        self._order = self._children_first()
        filled = ", ".join(f"EXISTS (SELECT 1 FROM main.{name})" for name in self._order)
        self._is_filled = f"SELECT {filled}"
        self.seen = 0

    def fresh(self) -> Connection:
        """As it was after the preparation; a transaction that a crash left open is gone."""
        if self.raw.in_transaction:
            self.raw.execute("ROLLBACK")
        self.raw.execute("BEGIN")
        changed = self._changed()
        for name in changed:
            self.raw.execute(f"DELETE FROM main.{name}")
        for name in reversed(changed):
            if first := self._first[name]:
                self.raw.executemany(f"INSERT INTO main.{name} VALUES ({', '.join('?' * len(first[0]))})", first)
        # what was filled again has counted on
        self.raw.execute("DELETE FROM main.sqlite_sequence")
        self.raw.executemany("INSERT INTO main.sqlite_sequence VALUES (?, ?)", self._first["sqlite_sequence"])
        self.raw.execute("DELETE FROM temp.watch")
        self.raw.execute("COMMIT")
        self.seen = 0
        return Connection(self.raw)

    def _changed(self) -> Sequence[str]:
        """The tables that do not hold what they held at first, and those whose rows lean on them; children first."""
        filled = dict(zip(self._order, self.raw.execute(self._is_filled).fetchone(), strict=True))
        changed: set[str] = set()
        for name in reversed(self._order):
            first = self._first[name]
            is_same = self._rows(name) == first if first else not filled[name]
            if not is_same or (first and self._parents[name] & changed):
                changed.add(name)
        return [name for name in self._order if name in changed]

    def moves(self) -> Sequence[Row]:
        """What has moved since the last look."""
        rows: list[Row] = self.raw.execute("SELECT * FROM temp.watch WHERE n > ? ORDER BY n", (self.seen,)).fetchall()
        if rows:
            self.seen = rows[-1]["n"]
        return rows

    def _tables(self) -> Sequence[str]:
        found = self.raw.execute("SELECT name FROM main.sqlite_schema WHERE type = 'table' ORDER BY name")
        return [row["name"] for row in found if not row["name"].startswith(("sqlite_", "_sqlite"))]

    def _rows(self, name: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self.raw.execute(f"SELECT * FROM main.{name}")]

    def _named_by(self, name: str) -> set[str]:
        """The other tables whose rows a table's rows lean on."""
        return {row["table"] for row in self.raw.execute(f"PRAGMA main.foreign_key_list({name})")} - {name}

    def _children_first(self) -> list[str]:
        names = [name for name in self._first if name != "sqlite_sequence"]
        found: list[str] = []
        while names:
            leant_on = {parent for name in names for parent in self._parents[name]}
            found += [name for name in names if name not in leant_on]
            names = [name for name in names if name in leant_on]
        return found


def _prepared(prepare: Callable[[Store], None], into: sqlite3.Connection) -> None:
    """Copy what the program's own opening makes into a database whose pages are never written anywhere."""
    with tempfile.TemporaryDirectory(prefix="simulation-") as folder:
        store = open_store(Path(folder), threaded=False)
        prepare(store)
        store.close()
        made = sqlite3.connect(Path(folder) / FILE)
        made.backup(into)
        made.close()
