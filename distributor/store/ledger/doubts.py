"""Deliveries in doubt: which are to be looked at, and what was decided about them. Decides nothing itself.

Every move out of ``unknown`` is guarded by the state and by the row's counters, so that a verdict about one doubt
never falls on a later one.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from distributor.model import (
    AskSomebody,
    Carried,
    Doubtful,
    Drop,
    Found,
    GiveUp,
    LookAgain,
    Message,
    PubStatus,
    SendAgain,
    Settlement,
    State,
)
from distributor.store.codes import STATES, from_ms, state_number, to_ms
from distributor.store.connection import Connection, Row, queries
from distributor.store.ledger.charges import ABSENT, give_back
from distributor.store.ledger.events import Event, append
from distributor.store.ledger.messages import message_from_json
from distributor.store.ledger.view import delivery
from distributor.store.readers import Readers
from distributor.store.writer import Writer

#: Most rows of one look, and of one transaction of a person's bulk act.
MOST = 500
#: How long after its start a post without its id is still looked for.
BARE_FOR = timedelta(days=1)
#: The actor whose finds were seen on the channel; a person's word moves no mark of what was seen.
_VERIFIER = "verifier"


class Doubts:
    """The unknown rows of the ledger."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        """Share the store's writer and readers."""
        self._writer = writer
        self._readers = readers
        self._sql = queries("doubts")
        self._numbers: dict[str, int] = {}

    def to_look(self, channel: str, *, now: datetime) -> Sequence[Doubtful]:
        """The rows of a channel to be looked at now, the longest waiting first."""
        fields = {"channel": self._number(channel), "now": to_ms(now), "limit": MOST}
        return [_doubtful(row) for row in self._readers.query(self._sql["to_look"], fields)]

    def bare(self, channel: str, *, most: int, now: datetime) -> Sequence[Doubtful]:
        """Posts that are proved to be there, without their id; fewer than ``most`` looks have been taken."""
        fields = {"channel": self._number(channel), "began": to_ms(now - BARE_FOR), "most": most}
        return [_doubtful(row) for row in self._readers.query(self._sql["bare"], fields)]

    def numbers(self, channel: str | None) -> Sequence[int]:
        """The numbers of all unknown rows, of one channel or (None) of all."""
        return [row["id"] for row in self._readers.query(self._sql["numbers"], {"channel": channel})]

    def unknown(self, ids: Sequence[int]) -> Sequence[Doubtful]:
        """Those of the rows that are unknown, the oldest first."""
        return [_doubtful(row) for row in self._readers.query(self._sql["unknown"], (json.dumps(list(ids)),))]

    def states(self, ids: Sequence[int]) -> dict[int, State]:
        """The states of rows; numbers that no delivery has are left out."""
        rows = self._readers.query(self._sql["states_of"], (json.dumps(list(ids)),))
        return {row["id"]: STATES[row["state"]] for row in rows}

    def taken(self, channel: str, remote_ids: Collection[str]) -> frozenset[str]:
        """Those of the posts that are deliveries already."""
        fields = {"channel": self._number(channel), "ids": json.dumps(list(remote_ids))}
        return frozenset(row["remote_id"] for row in self._readers.query(self._sql["taken"], fields))

    def ours(self, channel: str, since: datetime) -> Sequence[str]:
        """The ids of the posts that deliveries of a channel became which first touched the wire since then."""
        fields = {"channel": self._number(channel), "since": to_ms(since)}
        return [str(row["remote_id"]) for row in self._readers.query(self._sql["ours"], fields)]

    def asking(self, channel: str) -> int:
        """How many deliveries of a channel wait for a person."""
        return int(self._readers.query(self._sql["asking"], (self._number(channel),))[0]["n"])

    def frozen(self, message_id: int) -> tuple[Message, Carried]:
        """A frozen message with the revisions it carries."""
        content = self._readers.query(queries("deliveries")["message"], (message_id,))[0]["content"]
        rows = self._readers.query(self._sql["carried"], (message_id,))
        return message_from_json(content), tuple((row["story_id"], row["revision"]) for row in rows)

    def settle(
        self, batch: Sequence[tuple[Doubtful, Settlement]], *, now: datetime, actor: str, through: str = ""
    ) -> Sequence[int]:
        """Write what was decided, by the verifier or a person (``actor``, ``through`` a face); the rows it fell on."""

        def work(connection: Connection) -> Sequence[int]:
            return [
                doubt.delivery.id
                for doubt, settlement in batch
                if self._settle(connection, doubt, settlement, now, actor, f" (through {through})" if through else "")
            ]

        return self._writer.call(work)

    def learn(self, batch: Sequence[tuple[Doubtful, Found | None]], *, now: datetime) -> None:
        """Write the ids of posts that are sent; None: this look did not show it."""

        def work(connection: Connection) -> None:
            for doubt, found in batch:
                if found is None:
                    connection.run(self._sql["looked"], (doubt.delivery.id,))
                    continue
                where = {"id": doubt.delivery.id, "remote_id": found.post.remote_id, "url": found.post.url}
                if connection.run(self._sql["receipt"], where):
                    self._newest(connection, doubt, found)
                    told = f"found: {found.post.url or found.post.remote_id}"
                    _tell(connection, doubt, "sent", told, now, _VERIFIER)

        self._writer.call(work)

    def _settle(
        self, connection: Connection, doubt: Doubtful, settlement: Settlement, now: datetime, actor: str, face: str
    ) -> bool:
        entry = doubt.delivery
        guard: dict[str, Any] = {"id": entry.id, "doubts": entry.doubts, "looks": entry.looks}
        match settlement:
            case LookAgain(at=at, counts=counts):
                later = guard | {"at": to_ms(at), "counts": int(counts)}
                return bool(connection.run(self._sql["look_later"], later))
            case AskSomebody(reason=why):
                if not connection.run(self._sql["ask"], guard | {"reason": f"{entry.reason}; {why}"}):
                    return False
                _tell(connection, doubt, "asked", why, now, actor)
                return True
        state, word, told = _end(settlement)
        if not connection.run(self._sql["settle"], guard | _fields(entry.due_at, settlement, state, now)):
            return False
        if isinstance(settlement, Found) and settlement.post.remote_id and actor == _VERIFIER:
            self._newest(connection, doubt, settlement)
        if isinstance(settlement, SendAgain | Drop) and settlement.is_absent:
            give_back(connection, entry.id, ABSENT, now)
        connection.run(queries("deliveries")["add_attempt"], (entry.id, to_ms(now), word, told))
        _tell(connection, doubt, state.value, told + face, now, actor)
        return True

    def _newest(self, connection: Connection, doubt: Doubtful, found: Found) -> None:
        """A post that was found counts as known, like one that was answered for."""
        where = {"remote_id": found.post.remote_id, "channel": self._number(doubt.delivery.channel)}
        connection.run(queries("deliveries")["newest_post"], where)

    def _number(self, channel: str) -> int:
        if channel not in self._numbers:
            rows = self._readers.query(queries("deliveries")["channels"])
            self._numbers = {row["name"]: row["id"] for row in rows}
        return self._numbers[channel]


def _end(settlement: Found | SendAgain | GiveUp | Drop) -> tuple[State, str, str]:
    """The state that a settlement leads to; the word and the detail of its attempt."""
    match settlement:
        case Found(post=post):
            return State.SENT, "sent", f"found: {post.url or post.remote_id or 'where is not said'}"
        case SendAgain(reason=why):
            return State.DUE, "retry", why
        case GiveUp(reason=why):
            return State.FAILED, "failed", why
        case Drop(reason=why):
            return State.SKIPPED, "failed", why


def _fields(due_at: datetime, settlement: Settlement, state: State, now: datetime) -> dict[str, object]:
    post = settlement.post if isinstance(settlement, Found) else None
    again = isinstance(settlement, SendAgain)
    return {
        "state": state_number(state),
        "reason": "" if isinstance(settlement, Found | LookAgain) else settlement.reason,
        "remote_id": post.remote_id if post else "",
        "url": post.url if post else "",
        # what was planned for later (an embargo, before a restore) still has its time
        "due_at": to_ms(max(due_at, settlement.at) if isinstance(settlement, SendAgain) else due_at),
        "ended_at": None if again else to_ms(now),
    }


def _tell(connection: Connection, doubt: Doubtful, end: str, why: str, now: datetime, actor: str) -> None:
    entry = doubt.delivery
    kind, detail = ("asked", why) if end == "asked" else ("settled", f"{end}: {why}")
    told = Event(at=now, kind=kind, subject_id=entry.subject_id, delivery_id=entry.id, actor=actor, detail=detail)
    append(connection, told)


def _doubtful(row: Row) -> Doubtful:
    return Doubtful(
        delivery=delivery(row),
        message=message_from_json(row["content"]) if row["content"] else None,
        story=row["story_url"] or "",
        since=from_ms(row["since"]),
        is_withdrawn=row["pubstatus"] not in (None, PubStatus.USABLE.value),
    )
