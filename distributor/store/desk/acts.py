"""Who did what, through which face, when: somebody's acts on record. Decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from distributor.store.connection import Connection, Row
from distributor.store.ledger.events import Event, append


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """Who acts, through what, and when."""

    who: str
    #: the face that it was said to: command line, operations chat
    through: str
    at: datetime

    def told(self, detail: str) -> str:
        """What an event says of it."""
        return f"{detail} (through {self.through})"


def record(connection: Connection, rows: Sequence[Row], kind: str, detail: str, by: By) -> None:
    """Put somebody's act on record: an event for each row, of mails to many readers one for all of them together.

    Rows tell ``id``, ``subject_id``, ``channel_id`` and ``recipient``.
    """
    mails: dict[tuple[int, int], int] = {}
    told = []
    for row in rows:
        if row["recipient"]:
            place = (row["subject_id"], row["channel_id"])
            mails[place] = mails.get(place, 0) + 1
        else:
            told.append(_event(kind, detail, by, row["subject_id"], row["id"]))
    told += [_event(kind, f"{n} mails: {detail}", by, subject, None) for (subject, _), n in mails.items()]
    append(connection, *told)


def _event(kind: str, detail: str, by: By, subject: int, delivery: int | None) -> Event:
    said = by.told(detail)
    return Event(at=by.at, kind=kind, subject_id=subject, delivery_id=delivery, actor=by.who, detail=said)
