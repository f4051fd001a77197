"""What waits, as somebody meets it: held, released, skipped, hurried. Decides nothing; who did what is on record."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from distributor.rules.queue.holds import DESK, LINT, may_release, may_skip_queue
from distributor.store.codes import to_ms
from distributor.store.connection import Connection, Row, queries
from distributor.store.desk.acts import By, record
from distributor.store.ledger.findings import let_go
from distributor.store.news.conditions import FRESH_AGAIN, Ended, pass_on
from distributor.store.news.sections import sections
from distributor.store.readers import Readers
from distributor.store.writer import Writer

T = TypeVar("T")

#: Most rows of one transaction of somebody's act, so that lanes come between.
MOST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which of the rows that wait are meant; what is None does not matter."""

    ids: Sequence[int] | None = None
    #: a story's or an issue's number
    subject: int | None = None
    channel: str | None = None
    category: str | None = None
    feed: str | None = None
    held_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """What became of what was let go."""

    #: rows that may leave now, as far as their channels' gates let them
    free: int = 0
    #: rows that something else holds now
    waiting: int = 0


class Holds:
    """The waiting rows of the store."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        """Share the store's writer and readers."""
        self._writer = writer
        self._readers = readers
        self._sql = queries("holds")

    def chosen(self, scope: Scope, *, deletions: bool = False) -> Sequence[Row]:
        """The rows of a scope that wait: planned, due or held; no alert, and a deletion only where it is asked for."""
        ids = None if scope.ids is None else json.dumps(list(scope.ids))
        fields = {"channel": scope.channel, "by": scope.held_by, "subject": scope.subject}
        rows = self._readers.query(
            self._sql["chosen"], {**fields, "feed": scope.feed, "ids": ids, "deletions": deletions}
        )
        if scope.category is None:
            return rows
        wanted = scope.category.casefold()
        found = sections(self._readers, {row["subject_id"] for row in rows})
        return [row for row in rows if wanted in {name.casefold() for name in found.get(row["subject_id"], ())}]

    def at_the_wire(self, scope: Scope) -> int:
        """How many rows of a story, a channel or of everything are leaving at this moment."""
        ids = None if scope.ids is None else json.dumps(list(scope.ids))
        fields = {"channel": scope.channel, "subject": scope.subject, "ids": ids}
        return int(self._readers.query(self._sql["at_the_wire"], fields)[0]["n"])

    def hold(self, scope: Scope, by: By, *, reason: str, until: datetime | None) -> int:
        """Put what waits of a scope aside until somebody releases it; how many rows."""
        fields = {"by": DESK, "until": to_ms(until) if until else None, "reason": f"held by {by.who}: {reason}"}

        def work(connection: Connection, ids: Sequence[int]) -> int:
            held = connection.query(self._sql["put_on_hold"], {**fields, "ids": json.dumps(ids)})
            record(connection, held, "held", reason, by)
            return len(held)

        return sum(self._in_parts(self.chosen(scope), work))

    def move(self, rows: Sequence[Row], by: By, *, to: datetime, reason: str) -> int:
        """Have rows that :meth:`chosen` told wait until an instant, and no longer; how many."""
        fields = {"by": DESK, "at": to_ms(to), "reason": reason}
        told = {"from": json.dumps(sorted({row["held_by"] for row in rows}))}

        def work(connection: Connection, ids: Sequence[int]) -> int:
            wanted = {**fields, **told, "ids": json.dumps(ids)}
            planned = connection.query(self._sql["move_planned"], {key: wanted[key] for key in ("at", "ids", "reason")})
            moved = [*planned, *connection.query(self._sql["move_due"], wanted)]
            record(connection, moved, "moved", reason, by)
            return len(moved)

        return sum(self._in_parts(rows, work))

    def release(self, scope: Scope, by: By) -> Released:
        """Let go what somebody may release of a scope, to what it must pass next; each an event."""
        rows = [
            row
            for row in self.chosen(scope, deletions=True)
            if row["held_by"] and may_release(row["held_by"], named=row["held_by"] == scope.held_by)
        ]
        free = waiting = 0
        for hold in dict.fromkeys(row["held_by"] for row in rows):
            held = [row for row in rows if row["held_by"] == hold]
            for free_here, waiting_here in self._in_parts(held, self._releasing(hold, by)):
                free, waiting = free + free_here, waiting + waiting_here
        return Released(free=free, waiting=waiting)

    def skip(self, scope: Scope, by: By) -> int:
        """End unsent what waits of a scope; how many rows."""
        rows = self.chosen(scope)
        held = {row["id"]: row["held_by"] for row in rows}
        reason = f"skipped by {by.who}"

        def work(connection: Connection, ids: Sequence[int]) -> int:
            fields = {"ids": json.dumps(ids), "reason": reason, "now": to_ms(by.at)}
            dropped = connection.query(self._sql["drop"], fields)
            for hold in dict.fromkeys(held[row["id"]] for row in dropped):
                detail = f"it was held by {hold}" if hold else "it waited"
                record(connection, [row for row in dropped if held[row["id"]] == hold], "skipped", detail, by)
            return len(dropped)

        return sum(self._in_parts(rows, work))

    def send_now(self, scope: Scope, by: By) -> tuple[int, Sequence[Row]]:
        """Send what waits of a scope as a flash is sent; how many rows, and those that something firmer holds."""
        rows = self.chosen(scope)
        quick = [row for row in rows if may_skip_queue(row["held_by"])]
        holds = {row["held_by"] for row in quick if row["held_by"]}
        reason = f"sent at once by {by.who}"

        def work(connection: Connection, ids: Sequence[int]) -> int:
            told = json.dumps(ids)
            hurried = {"ids": told, "now": to_ms(by.at), "fresh": to_ms(by.at + FRESH_AGAIN), "reason": reason}
            connection.run(self._sql["hurry"], hurried)
            connection.run(self._sql["fall_due"], hurried)
            for hold in holds:
                pass_on(connection, Ended(ids=ids, hold=hold, reason=reason, fresh=True), by.at)
            record(connection, connection.query(self._sql["people"], (told,)), "hurried", "at once", by)
            return len(ids)

        return sum(self._in_parts(quick, work)), [row for row in rows if row not in quick]

    def upcoming(self, limit: int, now: datetime) -> Sequence[Row]:
        """What leaves next, as far as the clock lets it (``leaves_at``); mails to many readers are one (``n``)."""
        return self._readers.query(self._sql["upcoming"], {"limit": limit, "now": to_ms(now)})

    def waiting(self) -> Sequence[Row]:
        """What waits for somebody: counts by ``held_by``, ``feed`` (empty for issues) and ``channel``."""
        return self._readers.query(self._sql["waiting_for_somebody"])

    def reconsider(self) -> int:
        """Make due what the channels' gates hold, so that they decide anew under the policy of today."""
        return self._writer.call(lambda c: c.run(self._sql["reconsider"]))

    def _releasing(self, hold: str, by: By) -> Callable[[Connection, Sequence[int]], tuple[int, int]]:
        def work(connection: Connection, ids: Sequence[int]) -> tuple[int, int]:
            ended = Ended(ids=ids, hold=hold, reason=f"released by {by.who}", fresh=True)
            free, waiting = pass_on(connection, ended, by.at)
            people = connection.query(self._sql["people"], (json.dumps([*free, *waiting]),))
            record(connection, people, "released", f"it was held by {hold}", by)
            if hold == LINT:
                let_go(connection, [*free, *waiting], by.who)
            return len(free), len(waiting)

        return work

    def _in_parts(self, rows: Sequence[Row], work: Callable[[Connection, Sequence[int]], T]) -> Iterator[T]:
        """Run a work on rows by their numbers, each part a transaction of its own."""
        ids = [row["id"] for row in rows]
        for start in range(0, len(ids), MOST):
            part = ids[start : start + MOST]

            def run(connection: Connection, part: Sequence[int] = part) -> T:
                return work(connection, part)

            yield self._writer.call(run)
