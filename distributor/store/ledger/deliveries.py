"""The ledger: every delivery a row in exactly one state, moved only as ``rules.fate.lifecycle.MOVES`` allows.

Decides nothing. Every UPDATE carries the state it moves from; batches are the normal case, a single row a batch of one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from distributor.model import (
    FLASH,
    Delivery,
    DeliveryIntent,
    Outcome,
    Rendered,
    RetryAt,
    Sent,
    State,
    SubjectKind,
    Unknown,
)
from distributor.rules.fate.lifecycle import FIRST_LOOK, Verdict, state_after
from distributor.store.codes import act_number, from_ms, state_number, to_ms
from distributor.store.connection import Connection, Row, queries
from distributor.store.desk.stopping import is_stopped
from distributor.store.ledger.charges import Purse, charge, charge_reads, lacking, settle
from distributor.store.ledger.events import Event, append, doubt, outcome_told, placed
from distributor.store.ledger.findings import note
from distributor.store.ledger.messages import Content, content, freeze
from distributor.store.ledger.queue import Gate, Turn, pass_gate, take_turn
from distributor.store.ledger.view import LedgerView, delivery
from distributor.store.news.conditions import ask
from distributor.store.news.withdrawals import doubt_again
from distributor.store.readers import Readers
from distributor.store.writer import SOON, Writer

#: Every priority there is (ninjs urgency, and a digest's behind the routine stories).
LEAST_URGENT = 9


def add_intents(connection: Connection, subject_id: int, intents: Sequence[DeliveryIntent], now: datetime) -> None:
    """Write decisions as rows; a decision that already stands is left as it is."""
    sql = queries("deliveries")
    numbers = {row["name"]: row["id"] for row in connection.query(sql["channels"])}
    rows = [
        (
            subject_id,
            intent.recipient,
            act_number(intent.act),
            intent.part,
            intent.revision,
            state_number(intent.state),
            intent.priority,
            to_ms(intent.due_at),
            to_ms(now),
            intent.template,
            intent.reason,
            intent.held_by,
            to_ms(intent.stale_at) if intent.stale_at else None,
            intent.category,
            to_ms(intent.look_at) if intent.look_at else None,
            to_ms(intent.held_until) if intent.held_until else None,
            intent.parent_id,
            intent.state is State.UNKNOWN,
            numbers[intent.channel],
        )
        for intent in intents
    ]
    connection.run_many(sql["plan"], rows)
    ask(connection, subject_id, intents, numbers, now)
    if any(intent.state is State.UNKNOWN for intent in intents):
        doubtful = connection.query(sql["in_doubt"], (subject_id,))
        append(connection, *(doubt(subject_id, row["id"], now) for row in doubtful))


class Deliveries(LedgerView):
    """The ledger as one owner (a process) sees it."""

    def __init__(self, writer: Writer, readers: Readers, *, owner: int) -> None:
        """``owner`` is unique to this run of the program; leases carry it."""
        super().__init__(readers)
        self._writer = writer
        self._owner = owner
        self._channels: dict[str, int] = {}

    def know_channel(
        self, name: str, kind: str, now: datetime, *, scopes: Sequence[str] = (), account: str = ""
    ) -> None:
        """Give a configured channel its row; what waited for a channel of another kind under this name is skipped.

        ``scopes`` name the accounts and applications whose limits it shares. ``account`` is whose numbers its posts
        bear: where that changes they begin anew, and what is in doubt there is a person's matter.
        """

        def work(connection: Connection) -> int:
            for row in connection.query(self._sql["channels"]):
                if row["name"] == name and row["kind"] != kind:
                    reason = f"it was planned when the channel {name} was of the type {row['kind']}"
                    fields = {"channel": row["id"], "reason": reason, "now": to_ms(now)}
                    connection.run(self._sql["skip_waiting"], fields)
            number = int(connection.query(self._sql["channel"], {"name": name, "kind": kind})[0]["id"])
            if account:
                self._begin_anew(connection, {"channel": number, "account": account, "now": to_ms(now)})
            connection.run(self._sql["forget_scopes"], (number,))
            connection.run_many(self._sql["scope"], [(number, scope) for scope in scopes])
            return number

        self._channels[name] = self._writer.call(work)

    def _begin_anew(self, connection: Connection, fields: Mapping[str, object]) -> None:
        changed = connection.query(self._sql["another_account"], fields)
        for name in (
            ("forget_place", "cannot_be_asked", "old_sightings") if any(r["account_at"] for r in changed) else ()
        ):
            connection.run(self._sql[name], fields)

    def claim_due(
        self,
        channel: str,
        *,
        now: datetime,
        limit: int,
        lease: timedelta,
        urgent: bool = False,
        gate: Gate | None = None,
    ) -> Sequence[Delivery]:
        """At most ``limit`` due rows of a channel, most urgent first, leased to this owner until ``now + lease``.

        ``urgent`` takes flashes only; ``gate`` decides what of the queue may leave.
        """
        number = self._channels[channel]
        fields: dict[str, object] = {
            "owner": self._owner,
            "until": to_ms(now + lease),
            "channel": number,
            "now": to_ms(now),
            "limit": limit,
            "floor": FLASH if urgent else LEAST_URGENT,
        }

        def work(connection: Connection) -> Sequence[Row]:
            turn = take_turn(connection, channel, fields, now)
            return self._claimed(connection, fields, gate, now, turn) if turn.is_open else ()

        found = [delivery(row) for row in self._writer.call(work, priority=SOON)]
        return sorted(found, key=lambda entry: (entry.priority, entry.due_at, entry.id))

    def _claimed(
        self, connection: Connection, fields: Mapping[str, Any], gate: Gate | None, now: datetime, turn: Turn
    ) -> Sequence[Row]:
        if gate is None:
            return turn.screened(connection, connection.query(self._sql["claim_due"], fields), now)
        going = pass_gate(connection, gate, channel=fields["channel"], floor=fields["floor"], now=now, turn=turn)
        if not going:
            return ()
        chosen = json.dumps(going[: fields["limit"]])
        claimed = connection.query(self._sql["claim_these"], {**fields, "ids": chosen})
        return connection.query(self._sql["by_ids"], (json.dumps([row["id"] for row in claimed]),))

    def start(
        self, batch: Sequence[Rendered], *, now: datetime, lease: timedelta, purse: Purse | None = None
    ) -> Mapping[int, datetime]:
        """Freeze the messages and make "about to touch the wire" durable, with what it costs.

        Gives, for every row that was still ours and due, whose channel may still send and for which the money reaches,
        the instant of its first start; others must not be sent.
        """
        contents = [content(entry) for entry in batch]

        def work(connection: Connection) -> Mapping[int, int]:
            started: dict[int, int] = {}
            for entry, found in zip(batch, contents, strict=True):
                # one after the other: what the first costs is spent when the next is looked at
                if self._may_start(connection, entry, purse, now):
                    started.update(self._start(connection, entry, found, purse, now=now, until=now + lease))
            return started

        return {number: from_ms(at) for number, at in self._writer.call(work, priority=SOON).items()}

    def _may_start(self, connection: Connection, entry: Rendered, purse: Purse | None, now: datetime) -> bool:
        """Whether nothing has come between claim and wire: a stop, a wait, a new text, a lane that spent the money."""
        row = {"id": entry.delivery_id, "owner": self._owner, "now": to_ms(now)}
        (place,) = connection.query(self._sql["place"], row)
        if place["is_stopped"] and is_stopped(connection, entry.delivery_id, now):
            return False
        if not place["is_open"] or self._is_outdated(connection, entry):
            connection.run(self._sql["give_this_back"], row)
            return False
        lack = lacking(connection, purse, entry, place["channel"], now) if purse else None
        if lack is not None:
            connection.run(self._sql["wait_for_money"], {**row, "until": to_ms(lack.until), "reason": lack.reason})
        return lack is None

    def _is_outdated(self, connection: Connection, entry: Rendered) -> bool:
        """Whether its words were set before a revision that was written since."""
        if not entry.carried:
            return False
        fields = {"id": entry.delivery_id, "carried": json.dumps(entry.carried)}
        return bool(connection.query(self._sql["is_outdated"], fields)[0]["is_so"])

    def _start(
        self,
        connection: Connection,
        entry: Rendered,
        found: Content,
        purse: Purse | None,
        *,
        now: datetime,
        until: datetime,
    ) -> Mapping[int, int]:
        freeze(connection, found, to_ms(now))
        fields = {"message": found.hash, "id": entry.delivery_id, "owner": self._owner, "now": to_ms(now)}
        if not connection.run(self._sql["start"], {**fields, "until": to_ms(until)}):
            return {}
        note(connection, entry, now)
        if purse is not None:
            charge(connection, purse, entry, now)
        return {entry.delivery_id: connection.query(self._sql["started"], (entry.delivery_id,))[0]["started_at"]}

    def record(self, channel: str, batch: Sequence[tuple[Delivery, Verdict]], *, now: datetime) -> None:
        """Write the answers, and what they mean for the channel."""
        answers = [(entry, verdict, self._answer(entry, verdict.outcome, now)) for entry, verdict in batch]

        def work(connection: Connection) -> None:
            for entry, verdict, fields in answers:
                if connection.run(self._sql["record"], fields):
                    settle(connection, entry, verdict.outcome, now)
                    self._note(connection, entry, verdict.outcome, now)
                self._restrain(connection, channel, verdict, now)

        self._writer.call(work, priority=SOON)

    def charge_reads(self, channel: str, micros: int, now: datetime) -> None:
        """Write what looking at a channel has cost, in millionths."""
        self._writer.call(lambda c: charge_reads(c, channel, micros, now))

    def hold(
        self,
        entry: Delivery,
        *,
        by: str,
        reason: str,
        now: datetime,
        rendered: Rendered | None = None,
        until: datetime | None = None,
    ) -> None:
        """Put a claimed row aside until ``by`` releases it, with the message that it would have been.

        ``until``: when the clock releases it.
        """
        self._put_aside(entry, State.HELD, reason=reason, held_by=by, now=now, rendered=rendered, until=until)

    def skip(self, entry: Delivery, *, reason: str, now: datetime, rendered: Rendered | None = None) -> None:
        """End a claimed row unsent, with its reason, and with the message that it would have been."""
        self._put_aside(entry, State.SKIPPED, reason=reason, held_by="", now=now, rendered=rendered)

    def doubt_again(self, story: int, *, reason: str, now: datetime) -> None:
        """Put in doubt again what waits of a story that is not to be told any more, and may have arrived before."""
        self._writer.call(lambda connection: doubt_again(connection, story, reason, now), priority=SOON)

    def release(self, by: str) -> int:
        """Make due what was held by ``by``; how many rows."""
        return self._writer.call(lambda c: c.run(self._sql["release_held"], (by,)))

    def recover(self, now: datetime) -> int:
        """At start: what a dead owner left at the wire becomes unknown (how many), its other claims become free."""
        self.give_back()
        return self.expire(now, reason="the program ended while it was being sent")

    def expire(self, now: datetime, *, reason: str = "no answer was recorded before its lease ran out") -> int:
        """Make unknown what is at the wire under a dead owner or an expired lease; how many rows."""
        fields = {"owner": self._owner, "now": to_ms(now), "reason": reason, "look_at": to_ms(now + FIRST_LOOK)}

        def work(connection: Connection) -> int:
            orphans = connection.query(self._sql["orphans"], fields)
            told = [(row["id"], to_ms(now), "unknown", reason) for row in orphans]
            connection.run_many(self._sql["add_attempt"], told)
            events = [
                Event(at=now, kind="unknown", subject_id=row["subject_id"], delivery_id=row["id"], detail=reason)
                for row in orphans
            ]
            append(connection, *events)
            return len(orphans)

        return self._writer.call(work)

    def give_back(self) -> None:
        """At a graceful stop: free what was claimed and not started."""
        self._writer.call(lambda c: c.run(self._sql["give_back"]))

    def resume(self, channel: str, now: datetime) -> bool:
        """End a channel's pause; whether there was one."""
        number = self._channels[channel]

        def work(connection: Connection) -> bool:
            ended = connection.run(self._sql["resume"], (number,)) > 0
            if ended:
                append(connection, Event(at=now, kind="resumed", actor="clock", detail=channel))
            return ended

        return self._writer.call(work)

    def next_due(self, channel: str, *, urgent: bool = False) -> datetime | None:
        """When the channel may have something (``urgent``: a flash) to send again; None when nothing waits."""
        fields = {"channel": self._channels[channel], "floor": FLASH if urgent else LEAST_URGENT}
        rows = self._readers.query(self._sql["next_due"], fields)
        return from_ms(rows[0]["at"]) if rows else None

    def _answer(self, entry: Delivery, outcome: Outcome, now: datetime) -> Mapping[str, object]:
        retry = isinstance(outcome, RetryAt)
        receipt = outcome.receipt if isinstance(outcome, Sent) else None
        return {
            "id": entry.id,
            "owner": self._owner,
            "doubts": entry.doubts,
            "state": state_number(state_after(outcome)),
            # what an earlier try met is no longer the reason of a row that was sent; the attempts tell it
            "reason": outcome_told(outcome)[1] if receipt is None else "" if entry.first_sent_at else entry.reason,
            "counts": int(not isinstance(outcome, RetryAt) or outcome.counts),
            "due_at": to_ms(outcome.at if isinstance(outcome, RetryAt) else entry.due_at),
            "remote_id": receipt.remote_id if receipt else "",
            "url": receipt.url if receipt else "",
            "ended_at": None if retry else to_ms(now),
            "look_at": to_ms(now + FIRST_LOOK) if isinstance(outcome, Unknown) else None,
        }

    def _note(self, connection: Connection, entry: Delivery, outcome: Outcome, now: datetime) -> None:
        """Put an outcome on record: every try but a first success as an attempt, every end as an event.

        A mail of an issue that was sent without a doubt is no event of its own: the issue is sealed as a whole when it
        closes.
        """
        word, detail = outcome_told(outcome)
        if not (isinstance(outcome, Sent) and entry.attempts == 0):
            connection.run(self._sql["add_attempt"], (entry.id, to_ms(now), word, detail))
        if isinstance(outcome, Sent) and not entry.recipient and outcome.receipt.remote_id:
            newest = {"remote_id": outcome.receipt.remote_id, "channel": self._channels[entry.channel]}
            connection.run(self._sql["newest_post"], newest)
        is_sealed = entry.recipient and entry.subject_kind is SubjectKind.ISSUE and not entry.doubts
        if not isinstance(outcome, RetryAt) and not (is_sealed and isinstance(outcome, Sent)):
            (found,) = connection.query(self._sql["recorded"], (entry.id,))
            told = placed(found["message"], outcome.receipt) if isinstance(outcome, Sent) else detail
            about = Event(
                at=now, kind=word, subject_id=entry.subject_id, delivery_id=entry.id, actor="lane", detail=told
            )
            append(connection, about, head=found)

    def _restrain(self, connection: Connection, channel: str, verdict: Verdict, now: datetime) -> None:
        number = self._channels[channel]
        if verdict.not_before is not None:
            connection.run(self._sql["not_before"], (to_ms(verdict.not_before), number))
        for scope, until, reason in verdict.limits:
            connection.run(self._sql["limit"], {"scope": scope, "until": to_ms(until), "reason": reason})
        if verdict.pause and connection.run(self._sql["pause"], (to_ms(now), verdict.pause, number)):
            append(connection, Event(at=now, kind="paused", actor="lane", detail=f"{channel}: {verdict.pause}"))

    def _put_aside(
        self,
        entry: Delivery,
        state: State,
        *,
        reason: str,
        held_by: str,
        now: datetime,
        rendered: Rendered | None = None,
        until: datetime | None = None,
    ) -> None:
        found = content(rendered) if rendered else None

        def work(connection: Connection) -> None:
            if found:
                freeze(connection, found, to_ms(now))
            fields = {
                "id": entry.id,
                "owner": self._owner,
                "state": state_number(state),
                "reason": reason,
                "held_by": held_by,
                "until": to_ms(until) if until else None,
                "message": found.hash if found else None,
                "ended_at": to_ms(now) if state is State.SKIPPED else None,
            }
            if connection.run(self._sql["put_aside"], fields) and rendered:
                note(connection, rendered, now)

        self._writer.call(work, priority=SOON)
