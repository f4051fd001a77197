"""Mails about a revision to those who were mailed the one before: their rows, written in slices. Chooses no policy.

::

    revision -> begin (in its own transaction): who gets a mail is fixed, the first slice is written
             -> write, slice after slice behind everything else, from where an earlier run stopped -> gone
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from distributor.model import MAILED_ALONE, Act, DeliveryIntent, State
from distributor.store.codes import act_number, state_number, to_ms
from distributor.store.connection import Connection, Row, queries
from distributor.store.readers import Readers
from distributor.store.writer import LATER, Writer

#: Readers of one slice: a statement that writes no more rows than this keeps nobody waiting.
SLICE = 2_500


class Mailings:
    """The unfinished mailings of the store."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        """Share the store's writer and readers."""
        self._writer = writer
        self._readers = readers
        self._sql = queries("mailings")

    def write(self, now: datetime) -> bool:
        """Write one more slice of what is unfinished, behind all else; whether there was one."""
        # looked at beside the writer: mostly there is none
        is_there = bool(self._readers.query(self._sql["unfinished"]))
        return is_there and self._writer.call(lambda c: _next_slice(c, now), priority=LATER)

    def readers(self, story: int, revision: int) -> int:
        """How many readers get a mail about a revision, those included whose row is not written yet."""
        place = {"story": story, "revision": revision}
        return sum(int(self._readers.query(self._sql[name], place)[0]["n"]) for name in ("planned", "waiting"))


def begin(connection: Connection, story: int, intents: Sequence[DeliveryIntent], now: datetime) -> None:
    """Fix who is mailed about a revision, and write the first slice, inside the caller's transaction."""
    sql = queries("mailings")
    for intent in intents:
        place = {"story": story, "revision": intent.revision, "channel": intent.channel}
        told = {"priority": intent.priority, "due_at": to_ms(intent.due_at), "reason": intent.reason}
        until = to_ms(intent.held_until) if intent.held_until else None
        told |= {"held_by": intent.held_by, "held_until": until}
        alone = int(intent.recipient == MAILED_ALONE)
        if connection.run(sql["begin"], {**place, **told, "alone": alone}):
            (row,) = connection.query(sql["of"], place)
            _write(connection, row, now)


def _next_slice(connection: Connection, now: datetime) -> bool:
    """One more slice of the most urgent mailing; whether there was one still."""
    rows = connection.query(queries("mailings")["unfinished"])
    for row in rows:
        _write(connection, row, now)
    return bool(rows)


def _write(connection: Connection, row: Row, now: datetime) -> None:
    sql = queries("mailings")
    to = min(row["written"] + SLICE, row["last"])
    place = {"story": row["story_id"], "revision": row["revision"], "channel": row["channel_id"]}
    told = {name: row[name] for name in ("alone", "upto", "written", "priority", "due_at", "reason")}
    asked = connection.query(sql["is_held"], place) if row["held_by"] else []
    is_held = any(one["is_so"] for one in asked)
    told |= {"held_by": row["held_by"] if is_held else "", "held_until": row["held_until"] if is_held else None}
    numbers = {"act": act_number(Act.REPLY), "state": state_number(State.HELD if is_held else State.PLANNED)}
    connection.run(sql["write"], {**place, **told, **numbers, "to": to, "now": to_ms(now)})
    connection.run(sql["move"], {**place, "written": row["written"], "to": to})
    connection.run(sql["end"], place)
