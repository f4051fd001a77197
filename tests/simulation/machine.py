"""What goes wrong inside the machine: the process dies in a write, the disk is full, others come between."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import TypeVar

from distributor.store.writer import NORMAL, InlineWriter, Joint, Work
from tests.simulation.ground import Connection, Crash

T = TypeVar("T")

#: The phase of a delivery for each function that writes; what is not here is "another write".
PHASES = {
    "Deliveries.claim_due": "claim",
    "start": "start",
    "record": "record",
    "Deliveries._put_aside": "putting aside",
    "Deliveries.expire": "expiry",
    "Deliveries.give_back": "start of the program",
    "Doubts.settle": "settle",
    "Stories.ingest": "ingest",
}


class Script:
    """How often what goes wrong; drawn for each schedule."""

    def __init__(self, random: Random, hits: Counter[str]) -> None:
        """Most schedules have few troubles, so that each of them meets all kinds of work."""
        self.random, self.hits = random, hits
        self.crash = random.choice((0.0, 0.01, 0.03))
        self.full = random.choice((0.0, 0.0, 0.02, 0.06))
        self.meanwhile = random.choice((0.0, 0.03, 0.1))
        self.is_calm = False
        #: writes that failed, and processes that died
        self.troubles = 0
        #: writes that the disk still refuses
        self._refused = 0

    def rest(self) -> None:
        """No more of it."""
        self.is_calm = True
        self._refused = 0

    def light(self, connection: Connection, run: object, phase: str) -> None:
        """Before a write: perhaps light the fuse of what will go wrong within it."""
        if self.is_calm:
            return
        if self._refused or self.random.random() < self.full * (4 if phase == "settle" else 1):
            self._refused = self._refused - 1 if self._refused else self.random.randrange(4)
            connection.blow, connection.fuse = lambda: self._full(phase), self.random.randrange(6)
        elif self.random.random() < self.rate(phase):
            connection.blow, connection.fuse = lambda: self.die(run, f"in {phase}"), self.random.randrange(8)

    def rate(self, phase: str) -> float:
        """How often the process dies in a phase; settlements are few, and the more telling."""
        return self.crash * (12 if phase == "settle" else 1)

    def die(self, run: object, when: str) -> None:
        """The process ends here."""
        self.troubles += 1
        self.hits[f"crash {when}"] += 1
        raise Crash(run)

    def comes_between(self) -> bool:
        """Whether others act before this write."""
        return not self.is_calm and self.random.random() < self.meanwhile

    def _full(self, phase: str) -> None:
        self.troubles += 1
        self.hits["disk full"] += 1
        self.hits[f"disk full in {phase}"] += 1
        raise sqlite3.OperationalError("database or disk is full")


class TroubledWriter:
    """The shipped inline writer, to which the script happens."""

    def __init__(
        self,
        connection: Connection,
        script: Script,
        run: object,
        *,
        between: Callable[[], None],
        look: Callable[[str], None],
    ) -> None:
        """``between`` lets others act, ``look`` looks at what was committed, and in which phase."""
        self._connection, self._script, self._run = connection, script, run
        self._between, self._look = between, look
        self._inner = InlineWriter(connection)

    def call(self, work: Work[T], *, priority: int = NORMAL) -> T:
        """Run the work, with what the script has for it."""
        made_by = work.run if isinstance(work, Joint) else work
        phase = PHASES.get(getattr(made_by, "__qualname__", "").partition(".<locals>")[0], "another write")
        script = self._script
        if script.comes_between():
            self._between()
        script.light(self._connection, self._run, phase)
        try:
            found = self._inner.call(work, priority=priority)
        finally:
            self._connection.fuse = None
            self._look(phase)
        if not script.is_calm and script.random.random() < script.rate(phase):
            script.die(self._run, f"after {phase}")
        return found

    def jot(self, work: Work[object]) -> None:
        """Run it at once, like any other."""
        self.call(work)

    def close(self) -> None:
        """Nothing to give back: the database outlives the process."""
