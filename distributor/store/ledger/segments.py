"""The readers of an issue, or of a story that is mailed at once, who get the same; and their rows, written in slices.
Chooses nobody.

::

    fixed with its subject -> members read beside the writer, a slice at a time -> rows and how far, in one transaction
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from distributor.model import Rhythm, Segment, State, Wish
from distributor.store.codes import from_ms, state_number, to_ms
from distributor.store.connection import Connection, Row, queries
from distributor.store.readers import Readers
from distributor.store.writer import LATER, Writer


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """What all rows of a subject for a digest's readers have in common."""

    digest: str
    channel: str
    template: str
    priority: int
    #: why they are planned, in words
    reason: str
    #: the last reader known when it was fixed: who subscribes later is none of them
    snapshot: int
    now: datetime
    #: no row leaves before; None: now
    begins_at: datetime | None = None
    #: what holds every row at first; empty: nothing
    held_by: str = ""


def add_segments(connection: Connection, subject: int, digest: str, segments: Sequence[Segment]) -> None:
    """Fix the segments of a subject, inside the caller's transaction; their numbers begin behind those it has."""
    sql = queries("segments")
    last = int(connection.query(sql["last"], (subject,))[0]["number"])
    for one in segments:
        fields = {"subject": subject, "digest": digest, "number": last + one.number, "reason": one.reason}
        fields |= {"after": one.after, "waited_since": to_ms(one.waited_since), "everybody": int(one.wish is None)}
        connection.run(sql["add"], {**fields, **_choice(one.wish)})


def segment(row: Row) -> Segment:
    """The value of a row of ``segments``."""
    wish = None if row["everybody"] else wish_of(row)
    waited_since = from_ms(int(row["waited_since"]))
    return Segment(
        number=row["number"], wish=wish, after=row["after_id"], waited_since=waited_since, reason=row["reason"]
    )


def wish_of(row: Row) -> Wish:
    """The choice of a row that holds one."""
    return Wish(
        rhythm=Rhythm(row["rhythm"]) if row["rhythm"] else None,
        hour=row["hour"],
        weekday=row["weekday"],
        zone=row["zone"],
        sections=row["sections"],
        language=row["language"],
    )


class Slices:
    """Writes the rows of subjects."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        """Share the store's writer and readers."""
        self._writer = writer
        self._readers = readers
        self._sql = queries("segments")

    def write(self, subject: int, mail: Mail, slice_: int) -> None:
        """Write all rows of a subject, behind all else, from where an earlier run stopped."""
        place = {"subject": subject, "digest": mail.digest}
        while rows := self._readers.query(self._sql["unwritten"], place):
            self._write(subject, rows[0], mail, slice_)

    def _write(self, subject: int, row: Row, mail: Mail, slice_: int) -> None:
        asked = {name: row[name] for name in ("rhythm", "hour", "weekday", "zone", "sections", "language", "written")}
        asked |= {"topic": row["digest"], "snapshot": mail.snapshot, "slice": slice_}
        name = "all_members" if row["everybody"] else "members"
        ids = [found["id"] for found in self._readers.query(self._sql[name], asked)]
        fields = {"subject": subject, "number": row["number"], "written": row["written"], "ids": json.dumps(ids)}
        fields |= {"upto": ids[-1] if ids else row["written"], "is_last": int(len(ids) < slice_)}
        fields |= {"priority": mail.priority, "template": mail.template, "reason": mail.reason, "now": to_ms(mail.now)}
        fields |= {"due": to_ms(mail.begins_at or mail.now), "held_by": mail.held_by}
        fields["state"] = state_number(State.HELD if mail.held_by else State.PLANNED)

        def work(connection: Connection) -> None:
            channel = connection.query("SELECT id FROM channels WHERE name = ?", (mail.channel,))[0]["id"]
            connection.run(self._sql["write"], {**fields, "channel": channel})
            connection.run(self._sql["move"], fields)

        self._writer.call(work, priority=LATER)


def _choice(wish: Wish | None) -> dict[str, object]:
    names = ("rhythm", "hour", "weekday", "zone", "sections", "language")
    return {name: None if wish is None else getattr(wish, name) for name in names}
