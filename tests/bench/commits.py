"""Group commit: many senders through the shipped ledger, against single synced commits of the same seconds."""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from distributor.interfaces import Validators
from distributor.model import Message, Receipt, Rendered
from distributor.rules.fate.lifecycle import decide
from distributor.rules.story.identity import changes
from distributor.store.connection import open_writer
from distributor.store.opening import Store
from tests.support import NOON, article, intent, store_with

#: The least that a delivery a second may be of a single commit a second.
LEAST = 0.8
#: Both are measured one after the other so often; an odd number, whose median is one of them.
PAIRS = 7
SENDERS, EACH = 50, 30
#: Rows of one claim; the two moves that touch the wire's two sides, start and record, are made for each row alone.
BATCH = 10
LEASE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two rates of the same few seconds."""

    #: single-row commits a second, each synced
    commits: float
    #: deliveries a second, claimed in small batches, started and recorded one by one, every move synced
    deliveries: float

    @property
    def ratio(self) -> float:
        """Deliveries for each commit."""
        return self.deliveries / self.commits


def pairs() -> list[Pair]:
    """Measure both in turn, each in a fresh folder, so that what else the machine has to do meets both alike."""
    found = []
    for _ in range(PAIRS):
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            found.append(Pair(commits=single_commits(Path(folder)), deliveries=deliveries(Path(folder))))
    return found


def median(found: list[Pair]) -> float:
    """The median of the ratios."""
    return statistics.median(pair.ratio for pair in found)


def single_commits(folder: Path, rows: int = 1500) -> float:
    """The yardstick: rows a second, one commit each with ``synchronous = FULL``, straight into SQLite."""
    with closing(open_writer(folder / "plain.sqlite3")) as plain:
        plain.run("CREATE TABLE rows (id INTEGER PRIMARY KEY, words TEXT)")
        start = time.perf_counter()
        for _ in range(rows):
            plain.run("INSERT INTO rows (words) VALUES (?)", ("x" * 400,))
        return rows / (time.perf_counter() - start)


def deliveries(folder: Path) -> float:
    """Deliveries a second with many senders at once; raises AssertionError unless every one was sent."""
    with closing(store_with(folder / "ledger", "x", threaded=True)) as store:
        plan = [intent(part=part) for part in range(SENDERS * EACH)]
        found = [(change, plan) for change in changes([article()], {})]
        store.stories.ingest("politics", (), lambda *_: found, validators=Validators(), baseline=False, now=NOON)
        threads = [threading.Thread(target=_send, args=(store,)) for _ in range(SENDERS)]
        start = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        rate = len(plan) / (time.perf_counter() - start)
        sent = {state.value: count for state, count in store.deliveries.counts()["x"].items()}
        assert sent == {"sent": len(plan)}, sent
        return rate


def _send(store: Store) -> None:
    while claimed := store.deliveries.claim_due("x", now=NOON, limit=BATCH, lease=LEASE):
        for entry in claimed:
            rendered = Rendered(delivery_id=entry.id, message=Message(text=str(entry.id)), carried=((1, 0),))
            store.deliveries.start([rendered], now=NOON, lease=LEASE)
            verdict = decide(Receipt(remote_id=str(entry.id)), tries=1, now=NOON)
            store.deliveries.record("x", [(entry, verdict)], now=NOON)
