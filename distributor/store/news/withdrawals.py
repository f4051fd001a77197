"""What becomes of a story's rows when it is withdrawn: what never left is skipped, what may have left is in doubt
again. Decides nothing else.
"""

from __future__ import annotations

from datetime import datetime

from distributor.rules.fate.doubt import MAYBE_THERE
from distributor.rules.fate.lifecycle import FIRST_LOOK
from distributor.store.codes import to_ms
from distributor.store.connection import Connection, queries
from distributor.store.ledger.events import Event, append

#: Why nothing of a story leaves any more.
REASON = "withdrawn by its source"


def withdraw(connection: Connection, story_id: int, now: datetime, reason: str = REASON) -> None:
    """End what waits of a story; a row that is at the wire keeps its course, and what takes a post away goes on."""
    fields = {"subject": story_id, "reason": reason, "now": to_ms(now)}
    connection.run(queries("deliveries")["skip_open"], fields)
    doubt_again(connection, story_id, f"{reason}; {MAYBE_THERE}", now)


def doubt_again(connection: Connection, story_id: int, reason: str, now: datetime) -> None:
    """Put in doubt again what waits of a story and may have arrived at an earlier try."""
    fields = {"subject": story_id, "reason": reason, "now": to_ms(now), "look_at": to_ms(now + FIRST_LOOK)}
    rows = connection.query(queries("deliveries")["doubt_again"], fields)
    told = [Event(at=now, kind="unknown", subject_id=story_id, delivery_id=row["id"], detail=reason) for row in rows]
    append(connection, *told)
