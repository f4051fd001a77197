"""What lint has found in what is to leave, on record. Decides nothing: ``rules.lint`` does."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from distributor.model import Finding, Level, Rendered
from distributor.store.connection import Connection, Row, queries
from distributor.store.ledger.events import Event, append
from distributor.store.readers import Readers


class Findings:
    """The findings of the store."""

    def __init__(self, readers: Readers) -> None:
        """Share the store's readers."""
        self._readers = readers
        self._sql = queries("findings")

    def of(self, delivery_id: int) -> Sequence[Finding]:
        """What is on record for what a delivery says."""
        return [_finding(row) for row in self._readers.query(self._sql["of"], (delivery_id,))]

    def of_many(self, ids: Sequence[int]) -> Mapping[int, Sequence[Finding]]:
        """The same for many deliveries, by their ids; those without a finding are left out."""
        found: dict[int, list[Finding]] = {}
        for row in self._readers.query(self._sql["of_many"], (json.dumps(list(ids)),)) if ids else ():
            found.setdefault(row["id"], []).append(_finding(row))
        return found


def note(connection: Connection, entry: Rendered, now: datetime) -> None:
    """Put on record what was found in a message, if that is news; each time an event of its delivery."""
    if not entry.is_news:
        return
    sql, number = queries("findings"), entry.delivery_id
    connection.run(sql["forget"], (number,))
    rows = [
        (position, one.rule, one.level.value, one.found, one.fix, one.passed_by, number)
        for position, one in enumerate(entry.findings)
    ]
    connection.run_many(sql["note"], rows)
    subject = connection.query(sql["about"], (number,))[0]["subject_id"]
    detail = "; ".join(told(one) for one in entry.findings) or "nothing any more"
    append(
        connection, Event(at=now, kind="linted", subject_id=subject, delivery_id=number, actor="lint", detail=detail)
    )


def let_go(connection: Connection, ids: Sequence[int], who: str) -> None:
    """Somebody lets go what lint holds: exactly what was found, and once."""
    connection.run(queries("findings")["let_go"], {"ids": json.dumps(list(ids)), "who": who})


def look_anew(connection: Connection, story: int) -> None:
    """What lint holds of a story has other words now."""
    connection.run(queries("findings")["reworded"], {"story": story})


def told(one: Finding) -> str:
    """A finding in one line."""
    passed = f" (let go by {one.passed_by})" if one.passed_by else ""
    return f"{one.level.value} {one.rule}: {one.found}{passed}"


def _finding(row: Row) -> Finding:
    return Finding(
        rule=row["rule"], level=Level(row["level"]), found=row["found"], fix=row["fix"], passed_by=row["passed_by"]
    )
