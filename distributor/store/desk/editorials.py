"""Every text that the editors' file has had. Knows no file and decides nothing; each change is on record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from distributor.store.codes import to_ms
from distributor.store.connection import Connection, Row, queries
from distributor.store.desk.acts import By
from distributor.store.ledger.events import Event, append
from distributor.store.readers import Readers
from distributor.store.writer import Writer


class Editorials:
    """The versions of the editors' file."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        """Share the store's writer and readers."""
        self._writer = writer
        self._readers = readers
        self._sql = queries("editorials")

    def add(self, kind: str, text: str, by: By, *, reason: str, problem: str = "") -> int:
        """Keep a version (``found``, ``saved``, ``returned``); its number."""
        fields = {"kind": kind, "who": by.who, "through": by.through, "reason": reason, "text": text}

        def work(connection: Connection) -> int:
            (row,) = connection.query(self._sql["add"], {**fields, "problem": problem, "now": to_ms(by.at)})
            detail = f"version {row['id']} of the editors' file: {reason or problem or 'edited by hand'}"
            append(connection, Event(at=by.at, kind=f"rules {kind}", actor=by.who, detail=by.told(detail)))
            return int(row["id"])

        return self._writer.call(work)

    def judge(self, number: int, problem: str, *, before: str, now: datetime) -> None:
        """What is against a version now, empty where it is in force, in the place of what was ``before``."""
        fields = {"number": number, "problem": problem, "before": before}

        def work(connection: Connection) -> None:
            if connection.run(self._sql["judge"], fields):
                told = f"version {number} of the editors' file: {problem or 'in force'}"
                append(connection, Event(at=now, kind="rules judged", actor="daemon", detail=told))

        self._writer.call(work)

    def latest(self, limit: int = 1) -> Sequence[Row]:
        """The newest versions, newest first."""
        return self._readers.query(self._sql["latest"], (limit,))

    def in_force(self) -> str:
        """The text that was taken over last; empty where none was."""
        return next((str(row["text"]) for row in self._readers.query(self._sql["in_force"])), "")

    def get(self, number: int) -> Row | None:
        """One version."""
        return next(iter(self._readers.query(self._sql["get"], (number,))), None)
