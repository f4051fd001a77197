"""What somebody stopped, and what becomes of what has piled up meanwhile. Decides nothing."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from distributor.model import Act, Skipped, Stop, SubjectKind
from distributor.rules.queue.holds import STOP
from distributor.rules.queue.stopping import Resumption, covering
from distributor.store.codes import ACTS, to_ms
from distributor.store.connection import Connection, Row, queries
from distributor.store.desk.acts import By, record
from distributor.store.desk.stopping import SLICE, halt, in_force, put_aside
from distributor.store.ledger.events import Event, append
from distributor.store.ledger.roundups import fold
from distributor.store.news.conditions import Ended, pass_on
from distributor.store.news.sections import sections
from distributor.store.readers import Readers
from distributor.store.writer import SOON, Writer


class Stops:
    """The stops of the store."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        """Share the store's writer and readers."""
        self._writer = writer
        self._readers = readers
        self._sql = queries("stops")

    def begin(self, *, channel: str, category: str, reason: str, until: datetime | None, by: By) -> int:
        """Stop a channel, a section or (both empty) everything; the stop's number. In force when this returns.

        What waits is put aside afterwards, in parts: no claim and no start passes it from now on.
        """
        fields = {"channel": channel, "category": category, "reason": reason, "who": by.who, "through": by.through}
        times = {"at": to_ms(by.at), "until": to_ms(until) if until else None}
        what = " ".join(part for part in (channel, category) if part) or "everything"

        def work(connection: Connection) -> int:
            number = int(connection.query(self._sql["begin"], {**fields, **times})[0]["id"])
            detail = by.told(f"stop {number}: {what}: {reason}")
            append(connection, Event(at=by.at, kind="stopped", actor=by.who, detail=detail))
            return number

        return self._writer.call(work, priority=SOON)

    def sweep(self, now: datetime) -> None:
        """Put aside what is due and stopped, also where no lane looks."""
        for row in self._readers.query(queries("deliveries")["channels"]):
            self._sweep(row["id"], row["name"], now)

    def in_force(self, now: datetime) -> Sequence[Stop]:
        """The stops in force."""
        return in_force(self._readers, now)

    def piled_up(self) -> Sequence[Row]:
        """What stops hold, each story or issue once on each channel."""
        return self._readers.query(self._sql["shown"])

    def heap(self, most: int) -> int:
        """How many deliveries stops hold, counted to ``most``; it costs next to nothing."""
        return int(self._readers.query(self._sql["heap"], {"most": most})[0]["n"])

    def covers(self, now: datetime) -> Mapping[int, int]:
        """How many rows each of the stops in force holds, by its number; a row counts for one of them."""
        stops = self.in_force(now)
        found: dict[int, int] = {}
        shown = self.piled_up()
        told = sections(self._readers, {row["subject_id"] for row in shown})
        for row in shown:
            stop = covering(stops, row["channel"], told.get(row["subject_id"], ()))
            if stop is not None:
                found[stop.id] = found.get(stop.id, 0) + row["n"]
        return found

    def lift(self, numbers: Sequence[int], decision: Resumption, by: By) -> Sequence[int]:
        """End stops; those that were in force until now."""

        def work(connection: Connection) -> Sequence[int]:
            fields = {"now": to_ms(by.at), "who": by.who, "decision": decision.value}
            lifted = [number for number in numbers if connection.run(self._sql["lift"], {**fields, "id": number})]
            told = [by.told(f"stop {number}: {decision.value}") for number in lifted]
            append(connection, *(Event(at=by.at, kind="lifted", actor=by.who, detail=detail) for detail in told))
            return lifted

        return self._writer.call(work, priority=SOON)

    def decide(
        self, decision: Resumption, by: By, *, keep: Collection[int] = (), slot: str
    ) -> Mapping[Resumption, int]:
        """Apply a decision to what no stop in force holds any more; ``keep`` is sent all the same. How many rows each.

        ``slot`` names this instant, for a round-up.
        """
        done: Counter[Resumption] = Counter()
        after = 0
        while rows := self._readers.query(self._sql["piled_up"], {"after": after, "most": SLICE, "now": to_ms(by.at)}):
            after = rows[-1]["id"]
            done.update(self._writer.call(self._resuming(rows, decision, keep, by, slot)))
        return {how: done[how] for how in Resumption}

    def last_decision(self) -> tuple[Resumption, str] | None:
        """What was decided at the last end of a stop, and by whom; None: none was lifted yet."""
        for row in self._readers.query(self._sql["last_decision"]):
            return Resumption(row["decision"]), row["lifted_by"]
        return None

    def _resuming(
        self, rows: Sequence[Row], decision: Resumption, keep: Collection[int], by: By, slot: str
    ) -> Callable[[Connection], Mapping[Resumption, int]]:
        told = sections(self._readers, {row["subject_id"] for row in rows})

        def work(connection: Connection) -> Mapping[Resumption, int]:
            stops = in_force(connection, by.at)
            fields = {"ids": json.dumps([row["id"] for row in rows]), "hold": STOP}
            held = {row["id"] for row in connection.query(queries("conditions")["rows"], fields)}
            free = [
                row
                for row in rows
                if row["id"] in held and not covering(stops, row["channel"], told.get(row["subject_id"], ()))
            ]
            ways = _sorted(free, decision, keep)
            _drop(connection, ways[Resumption.DROP], by)
            _send(connection, ways[Resumption.SEND], by)
            _fold(connection, ways[Resumption.FOLD], by, slot)
            return {how: len(rows) for how, rows in ways.items()}

        return work

    def _sweep(self, number: int, channel: str, now: datetime) -> None:
        while self._writer.call(lambda connection: halt(connection, number, channel, now)):
            continue
        stops = [stop for stop in in_force(self._readers, now, channel) if stop.category]
        if not stops:
            return
        fields = {"channel": number, "now": to_ms(now)}
        rows = self._readers.query(self._sql["subjects"], fields)
        told = sections(self._readers, {row["subject_id"] for row in rows})
        for row in rows:
            stop = covering(stops, channel, told.get(row["subject_id"], ()))
            if stop is not None:
                self._put_aside(row["subject_id"], fields, stop)

    def _put_aside(self, subject: int, fields: Mapping[str, int], stop: Stop) -> None:
        wanted = {**fields, "subject": subject, "most": SLICE}

        def work(connection: Connection) -> bool:
            ids = [row["id"] for row in connection.query(self._sql["waiting_of"], wanted)]
            return put_aside(connection, ids, stop) == SLICE

        while self._writer.call(work):
            continue


def _sorted(rows: Sequence[Row], decision: Resumption, keep: Collection[int]) -> Mapping[Resumption, Sequence[Row]]:
    """What becomes of each row: what cannot be folded is sent."""
    found: dict[Resumption, list[Row]] = {how: [] for how in Resumption}
    for row in rows:
        is_sent = row["id"] in keep or (decision is Resumption.FOLD and not _can_fold(row))
        found[Resumption.SEND if is_sent else decision].append(row)
    return found


def _can_fold(row: Row) -> bool:
    """A story's first post that has never left, on a channel of its own audience."""
    is_story = SubjectKind(row["subject_kind"]) is SubjectKind.STORY
    return is_story and ACTS[row["act"]] is Act.POST and not row["recipient"] and not row["doubts"]


def _drop(connection: Connection, rows: Sequence[Row], by: By) -> None:
    reason = f"dropped by {by.who} when the stop ended"
    fields = {"ids": json.dumps([row["id"] for row in rows]), "reason": reason, "now": to_ms(by.at)}
    record(connection, connection.query(queries("holds")["drop"], fields), "skipped", f"it was held by {STOP}", by)


def _send(connection: Connection, rows: Sequence[Row], by: By) -> Collection[int]:
    """To what they must pass next; those that nothing holds any more."""
    ids = [row["id"] for row in rows]
    reason = f"released by {by.who} when the stop ended"
    free, _ = pass_on(connection, Ended(ids=ids, hold=STOP, reason=reason, fresh=True), by.at)
    record(connection, rows, "released", f"it was held by {STOP}", by)
    return frozenset(free)


def _fold(connection: Connection, rows: Sequence[Row], by: By, slot: str) -> None:
    """One round-up for each channel, of what nothing else holds."""
    free = _send(connection, rows, by)
    for channel in dict.fromkeys(row["channel_id"] for row in rows):
        ids = tuple(row["id"] for row in rows if row["channel_id"] == channel and row["id"] in free)
        if ids:
            fold(connection, channel, Skipped(ids=ids, reason="it was stopped", folded=True, slot=slot), by.at)
