"""The ledger as a drill reads it: straight from the store's file, also when nobody runs. Must never write."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from distributor.drills.names import story_name
from distributor.model import Act, State
from distributor.rules.queue.holds import TRAFFIC
from distributor.store.codes import ACTS, STATES, state_number
from distributor.store.connection import Connection, open_reader
from distributor.store.opening import FILE

#: Every delivery with the addresses of the stories that it carries (of an issue: that its message shows), and its
#: reader's address.
_ROWS = """
SELECT d.id, d.act, d.revision, c.kind, coalesce(r.address, '') AS reader, d.state, d.reason,
       CASE WHEN st.id IS NOT NULL THEN json_array(st.url)
            ELSE (SELECT json_group_array(x.url) FROM issue_stories i JOIN stories x ON x.id = i.story_id
                  WHERE i.issue_id = d.subject_id AND (d.message_id IS NULL OR EXISTS (
                      SELECT 1 FROM message_stories m WHERE m.message_id = d.message_id AND m.story_id = x.id)))
            END AS urls
FROM deliveries d JOIN channels c ON c.id = d.channel_id
LEFT JOIN subscribers r ON r.id = d.recipient
LEFT JOIN stories st ON st.id = d.subject_id
ORDER BY d.id
"""
_HELD = """
SELECT d.id, d.state, d.lease_owner AS owner, c.kind FROM deliveries d JOIN channels c ON c.id = d.channel_id
WHERE d.lease_owner IS NOT NULL
"""
_ENDED = "SELECT count(*) AS n FROM deliveries WHERE ended_at IS NOT NULL"
_STORIES = "SELECT count(*) AS n FROM stories"
#: Its number grows with every delivery that ends, and costs nothing to ask however long the ledger is.
_EVENTS = "SELECT coalesce(max(id), 0) AS n FROM events"
#: Unknown deliveries at which a verifier will look by itself; the others wait for a person.
_DOUBTFUL = "SELECT count(*) AS n FROM deliveries WHERE state = 6 AND look_at IS NOT NULL"
#: What could leave now, neither its own instant nor its channel's lying ahead, and mails that leave by and by, for a
#: provider wants them slower. Each part has an index of its own.
_READY = """
SELECT (SELECT count(*) FROM deliveries WHERE lease_owner IS NOT NULL AND state = 3) + coalesce(sum(
    (SELECT count(*) FROM deliveries WHERE channel_id = c.id AND state = 2 AND held_by = :traffic) +
    (SELECT count(*) FROM deliveries WHERE channel_id = c.id AND state = 0 AND due_at <= :now) +
    (SELECT count(*) FROM deliveries WHERE channel_id = c.id AND state = 1 AND due_at <= :now)), 0) AS n
FROM channels c WHERE c.not_before <= :now
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One delivery as the ledger tells it."""

    id: int
    #: kind of its channel: twitter, telegram, webhook, email
    platform: str
    #: the reader's address in small letters; empty for a channel that has one audience of its own
    reader: str = ""
    #: names of the stories that it carries
    stories: tuple[str, ...]
    state: State
    reason: str = ""
    #: what it did to the channel; only a post or a round-up shows a story for the first time
    act: Act = Act.POST
    #: of what follows a post: the revision for which it was planned
    revision: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What a kill has left behind."""

    #: rows in ``sending``, by id, with the kind of their channel
    at_the_wire: Mapping[int, str]
    #: rows that were claimed and not started
    claimed: int
    #: the runs of the program that hold these rows, as the store names them
    owners: frozenset[int] = frozenset()

    @property
    def phase(self) -> str:
        """How far the program had come: sending, claimed, none."""
        return "sending" if self.at_the_wire else "claimed" if self.claimed else "none"


class Ledger:
    """A reading connection; closed before a daemon starts, so that the daemon meets the file as the kill left it."""

    def __init__(self, folder: Path) -> None:
        """Open the store's file in ``folder``."""
        self._connection: Connection = open_reader(folder / FILE)

    def close(self) -> None:
        """Give the file back."""
        self._connection.close()

    def moment(self, dead: Set[int]) -> Moment:
        """What is in hand now; ``dead`` are earlier runs, whose rows a run that was killed at once did not free."""
        rows = [row for row in self._connection.query(_HELD) if row["owner"] not in dead]
        sending = state_number(State.SENDING)
        wire = {int(row["id"]): str(row["kind"]) for row in rows if row["state"] == sending}
        owners = frozenset(int(row["owner"]) for row in rows)
        return Moment(at_the_wire=wire, claimed=len(rows) - len(wire), owners=owners)

    def ended(self) -> int:
        """Deliveries to which nothing more will happen by itself."""
        return self._number(_ENDED)

    def events(self) -> int:
        """How many events there are: at least one for every delivery of a story that has ended."""
        return self._number(_EVENTS)

    def stories(self) -> int:
        """Stories that were read so far."""
        return self._number(_STORIES)

    def doubtful(self) -> int:
        """Deliveries whose outcome is unknown and will be looked for."""
        return self._number(_DOUBTFUL)

    def ready(self, now: int) -> int:
        """Deliveries that are at the wire, could leave, or wait for a provider's pace.

        ``now`` is in milliseconds since 1970.
        """
        return self._number(_READY, {"now": now, "traffic": TRAFFIC})

    def rows(self) -> Sequence[Row]:
        """Every delivery."""
        return [_row(row) for row in self._connection.query(_ROWS)]

    def _number(self, sql: str, params: Mapping[str, Any] | None = None) -> int:
        return int(self._connection.query(sql, params or {})[0]["n"])


def _row(row: Mapping[str, Any]) -> Row:
    return Row(
        id=row["id"],
        platform=row["kind"],
        reader=row["reader"].lower(),
        stories=tuple(story_name(url) for url in json.loads(row["urls"])),
        state=STATES[row["state"]],
        reason=row["reason"],
        act=ACTS[row["act"]],
        revision=row["revision"],
    )
