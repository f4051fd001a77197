"""Stops at a claim and at a start: what they cover is put aside in the same transaction, so that nothing leaves once a
stop is committed. Costs nothing while none is in force: the callers ask first.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from distributor.model import Stop
from distributor.rules.queue.holds import FREE
from distributor.rules.queue.stopping import covering, why
from distributor.store.codes import ACTS, from_ms, to_ms
from distributor.store.connection import Connection, Row, queries
from distributor.store.news.sections import sections
from distributor.store.readers import Readers

#: Most rows that one claim puts aside; the lanes come again at once, and a flash of an alert comes between.
SLICE = 1000


def in_force(connection: Connection | Readers, now: datetime, channel: str | None = None) -> Sequence[Stop]:
    """The stops in force, for one channel or any."""
    fields = {"now": to_ms(now), "channel": channel}
    return [stop_of(row) for row in connection.query(queries("stops")["in_force"], fields)]


def halt(connection: Connection, number: int, channel: str, now: datetime) -> bool:
    """Put aside what would leave on a channel that is stopped as a whole; whether there is more of it than a slice."""
    stop = covering(in_force(connection, now, channel), channel, ())
    if stop is None:
        return False
    fields = {"channel": number, "now": to_ms(now), "most": SLICE}
    ids = [row["id"] for row in connection.query(queries("stops")["waiting"], fields)]
    put_aside(connection, ids, stop)
    return len(ids) == SLICE


def screen(connection: Connection, rows: Sequence[Row], channel: str, now: datetime) -> frozenset[int]:
    """Put aside those of some rows that a stop covers, or whose issue may not leave; their numbers.

    Rows tell ``id``, ``subject_id`` and ``act``.
    """
    stops = in_force(connection, now, channel)
    told = sections(connection, {row["subject_id"] for row in rows})
    held: set[int] = set(_of_issues(connection, rows))
    for row in (row for row in rows if row["id"] not in held):
        stop = covering(stops, channel, told.get(row["subject_id"], ()))
        if stop is not None and ACTS[row["act"]] not in FREE:
            put_aside(connection, [row["id"]], stop)
            held.add(row["id"])
    return frozenset(held)


def _of_issues(connection: Connection, rows: Sequence[Row]) -> Sequence[int]:
    """Put aside the rows of issues of which nothing may leave; their numbers."""
    issues = {row["issue_id"]: row for row in connection.query(queries("control")["holding"])}
    found = [row for row in rows if row["subject_id"] in issues]
    for issue in {row["subject_id"] for row in found}:
        ids = [row["id"] for row in found if row["subject_id"] == issue]
        reason = f"stopped by {issues[issue]['who']}: {issues[issue]['reason']}"
        connection.run(queries("control")["put_aside"], {"ids": json.dumps(ids), "reason": reason})
    return [row["id"] for row in found]


def is_stopped(connection: Connection, delivery: int, now: datetime) -> bool:
    """Whether a stop has come between the claim of a row and its start; then it is put aside."""
    (row,) = connection.query(queries("stops")["one"], (delivery,))
    return bool(screen(connection, [{**row, "id": delivery}], row["channel"], now))


def put_aside(connection: Connection, ids: Sequence[int], stop: Stop) -> int:
    """Hold rows under a stop, whether claimed or not; how many."""
    until = to_ms(stop.until) if stop.until else None
    fields = {"ids": json.dumps(list(ids)), "until": until, "reason": why(stop)}
    return len(connection.query(queries("stops")["stop_these"], fields)) if ids else 0


def stop_of(row: Row) -> Stop:
    """The value of a row of ``stops``."""
    return Stop(
        id=row["id"],
        channel=row["channel"],
        category=row["category"],
        reason=row["reason"],
        who=row["who"],
        through=row["through"],
        at=from_ms(row["at"]),
        until=from_ms(row["until"]),
    )
