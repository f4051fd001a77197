"""Rows about to touch the wire, for all callers that wait for it together. Decides nothing.

What comes of it is what would come of each caller after the other: what many rows have in common is read once. Where
nothing stands in the way of any they are written at once; else every row is looked at and written at its own turn.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from distributor.model import Rendered
from distributor.store.codes import to_ms
from distributor.store.connection import Connection, Row, queries
from distributor.store.desk.stopping import is_stopped
from distributor.store.ledger.charges import Purse, charge, lacking
from distributor.store.ledger.findings import note
from distributor.store.ledger.messages import Content, freeze

#: Of some rows, those that may not leave any more, asked inside the transaction.
Guard = Callable[[Connection, Sequence[int]], Collection[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """Claimed rows that one caller wants to send; instants are milliseconds but for ``now``."""

    rows: Sequence[tuple[Rendered, Content]]
    owner: int
    now: datetime
    at: int
    until: int
    purse: Purse | None
    guard: Guard | None = None


def start(connection: Connection, parts: Sequence[Leaving]) -> Sequence[Mapping[int, int]]:
    """Make "about to touch the wire" durable; for each caller the rows that may be sent, with their first start."""
    rendered = [entry for part in parts for entry, _ in part.rows]
    places, revisions = _places(connection, rendered), _revisions(connection, rendered)
    if len(rendered) > 1 and _are_plain(connection, parts, places, revisions) and _started(connection, parts):
        return [
            {entry.delivery_id: _first(part, places[entry.delivery_id]) for entry, _ in part.rows} for part in parts
        ]
    return [_start(connection, part, places, revisions) for part in parts]


def _places(connection: Connection, rendered: Iterable[Rendered]) -> Mapping[int, Row]:
    ids = json.dumps([entry.delivery_id for entry in rendered])
    return {row["id"]: row for row in connection.query(queries("deliveries")["places"], (ids,))}


def _revisions(connection: Connection, rendered: Iterable[Rendered]) -> Mapping[int, int]:
    """The latest revisions of the stories that some messages carry."""
    stories = {story for entry in rendered for story, _ in entry.carried}
    if not stories:
        return {}
    rows = connection.query(queries("deliveries")["revisions"], (json.dumps(sorted(stories)),))
    return {row["id"]: row["revision"] for row in rows}


def _are_plain(
    connection: Connection, parts: Sequence[Leaving], places: Mapping[int, Row], revisions: Mapping[int, int]
) -> bool:
    """Whether nothing can stand in the way of any row; two guarded callers may have mails for the same reader."""
    guarded = [part for part in parts if part.guard is not None]
    is_plain = len(guarded) < 2 and all(_is_plain(part, places, revisions) for part in parts)
    return is_plain and not any(_changed(connection, part) for part in guarded)


def _changed(connection: Connection, part: Leaving) -> Collection[int]:
    """The rows that their guard does not let go any more."""
    return part.guard(connection, [entry.delivery_id for entry, _ in part.rows]) if part.guard else ()


def _is_plain(part: Leaving, places: Mapping[int, Row], revisions: Mapping[int, int]) -> bool:
    """Whether nothing can stand in the way of a caller's rows, and none of them costs anything."""
    return all(
        not places[entry.delivery_id]["may_be_stopped"]
        and _is_open(part, places[entry.delivery_id])
        and not _is_outdated(entry, revisions)
        and (part.purse is None or not part.purse.price(entry.message, entry.act))
        for entry, _ in part.rows
    )


def _started(connection: Connection, parts: Sequence[Leaving]) -> bool:
    """Start all rows at once; False, and none is started, where one is no longer its caller's."""
    connection.run("SAVEPOINT together")
    freeze(connection, ((content, part.at) for part in parts for _, content in part.rows))
    fields = [_leaving(part, entry, content) for part in parts for entry, content in part.rows]
    is_whole = connection.run_many(queries("deliveries")["start"], fields) == len(fields)
    if not is_whole:
        connection.run("ROLLBACK TO together")
    connection.run("RELEASE together")
    for part in parts if is_whole else ():
        for entry, _ in part.rows:
            note(connection, entry, part.now)
    return is_whole


def _leaving(part: Leaving, entry: Rendered, content: Content) -> Mapping[str, object]:
    """What the statement ``start`` needs."""
    row = {"message": content.hash, "id": entry.delivery_id}
    return {**row, "owner": part.owner, "now": part.at, "until": part.until}


def _first(part: Leaving, place: Row) -> int:
    """The instant of a started row's first start."""
    first: int | None = place["started_at"]
    return part.at if first is None else first


def _start(
    connection: Connection, part: Leaving, places: Mapping[int, Row], revisions: Mapping[int, int]
) -> Mapping[int, int]:
    sql, started, changed = queries("deliveries")["start"], {}, _changed(connection, part)
    for entry, content in part.rows:
        place = places[entry.delivery_id]
        # one after the other: what the first costs is spent when the next is looked at
        if entry.delivery_id in changed:
            row = {"id": entry.delivery_id, "owner": part.owner}
            connection.run(queries("deliveries")["give_this_back"], row)
            continue
        if not _may_start(connection, part, entry, place, revisions):
            continue
        freeze(connection, [(content, part.at)])
        if connection.run(sql, _leaving(part, entry, content)):
            started[entry.delivery_id] = _first(part, place)
            note(connection, entry, part.now)
            if part.purse is not None:
                charge(connection, part.purse, entry, part.now)
    return started


def _may_start(
    connection: Connection, part: Leaving, entry: Rendered, place: Row, revisions: Mapping[int, int]
) -> bool:
    """Whether nothing has come between claim and wire: a stop, a wait, a new text, a lane that spent the money."""
    if place["may_be_stopped"] and is_stopped(connection, entry.delivery_id, part.now):
        return False
    sql, row = queries("deliveries"), {"id": entry.delivery_id, "owner": part.owner}
    if not _is_open(part, place) or (not place["doubts"] and _is_outdated(entry, revisions)):
        connection.run(sql["give_this_back"], row)
        return False
    lack = lacking(connection, part.purse, entry, place["channel"], part.now) if part.purse else None
    if lack is not None:
        connection.run(sql["wait_for_money"], {**row, "until": to_ms(lack.until), "reason": lack.reason})
    return lack is None


def _is_open(part: Leaving, place: Row) -> bool:
    """Whether a row's channel may send."""
    return place["paused_at"] is None and bool(place["not_before"] <= part.at)


def _is_outdated(entry: Rendered, revisions: Mapping[int, int]) -> bool:
    """Whether a story has had a new text since the words were set: whoever wrote it counted on this row to carry it,
    for it had not left. Words in doubt stay as they left.
    """
    return any(revisions.get(story, revision) > revision for story, revision in entry.carried)
