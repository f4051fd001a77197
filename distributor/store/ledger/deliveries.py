"""The ledger: every delivery a row in exactly one state, moved only as ``rules.fate.lifecycle.MOVES`` allows.

Decides nothing. Every UPDATE carries the state it moves from; batches are the normal case, a single row a batch of one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from distributor.model import FLASH, Delivery, DeliveryIntent, Rendered, State
from distributor.rules.fate.lifecycle import FIRST_LOOK, Verdict
from distributor.store.codes import act_number, from_ms, state_number, to_ms
from distributor.store.connection import Connection, Row, queries
from distributor.store.desk.acts import By
from distributor.store.ledger import answers, leaving, shadowed
from distributor.store.ledger.answers import Answered
from distributor.store.ledger.charges import Purse, charge_reads
from distributor.store.ledger.events import Event, append, doubt
from distributor.store.ledger.findings import note
from distributor.store.ledger.leaving import Guard, Leaving
from distributor.store.ledger.messages import content, freeze
from distributor.store.ledger.queue import Gate, Turn, pass_gate, take_turn
from distributor.store.ledger.view import LedgerView, delivery
from distributor.store.news.conditions import ask
from distributor.store.news.withdrawals import doubt_again
from distributor.store.readers import Readers
from distributor.store.writer import ANSWER, SOON, Joint, Writer

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
        #: the hashes of the messages that are at the wire, which the events of their success name
        self._leaving: dict[int, bytes] = {}

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

        ``urgent`` takes flashes only; ``gate`` decides what of the queue may leave. Of a channel that has yet to prove
        itself after a pause one row is tried.
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

        def work(connection: Connection) -> Sequence[Delivery]:
            turn = take_turn(connection, channel, fields, now)
            wanted = {**fields, "limit": 1} if turn.is_trial else fields
            rows = self._claimed(connection, wanted, gate, now, turn) if turn.is_open else ()
            found = [delivery(row) for row in rows]
            return [replace(entry, is_trial=True) for entry in found] if turn.is_trial else found

        found = self._writer.call(work, priority=SOON)
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
        self,
        batch: Sequence[Rendered],
        *,
        now: datetime,
        lease: timedelta,
        purse: Purse | None = None,
        guard: Guard | None = None,
    ) -> Mapping[int, datetime]:
        """Freeze the messages and make "about to touch the wire" durable, with what it costs.

        Gives, for every row that was still ours and due, whose channel may still send, that the ``guard`` lets go and
        for which the money reaches, the instant of its first start; others must not be sent.
        """
        part = Leaving(
            rows=[(entry, content(entry)) for entry in batch],
            owner=self._owner,
            now=now,
            at=to_ms(now),
            until=to_ms(now + lease),
            purse=purse,
            guard=guard,
        )
        started = self._writer.call(Joint(leaving.start, part), priority=SOON)
        hashes = {entry.delivery_id: found.hash for entry, found in part.rows}
        self._leaving.update({number: hashes[number] for number in started})
        return {number: from_ms(at) for number, at in started.items()}

    def record(self, channel: str, batch: Sequence[tuple[Delivery, Verdict]], *, now: datetime) -> None:
        """Write the answers, and what they mean for the channel."""
        rows = [(entry, told, answers.answer(entry, told.outcome, owner=self._owner, now=now)) for entry, told in batch]
        known = {entry.id: self._leaving.pop(entry.id) for entry, _ in batch if entry.id in self._leaving}
        part = Answered(rows=rows, channel=channel, number=self._channels[channel], now=now, messages=known)
        self._writer.call(Joint(answers.record, part), priority=ANSWER)

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

    def shadow(
        self, entry: Delivery, rendered: Rendered, *, reason: str, now: datetime, purse: Purse | None = None
    ) -> None:
        """End a claimed row as if it had left: for the gates of shadow mode it has, with its price.

        Where the money would not reach, it waits for that as it would have.
        """
        channel, found = self._channels[entry.channel], content(rendered)
        fields = {**self._aside(entry, State.SKIPPED, reason=reason, now=now), "message": found.hash}

        def work(connection: Connection) -> None:
            lack = shadowed.lacking(connection, purse, rendered, channel, now) if purse else None
            if lack is not None:
                wait = {"id": entry.id, "owner": self._owner, "until": to_ms(lack.until)}
                connection.run(self._sql["wait_for_money"], {**wait, "reason": shadowed.WAITS + lack.reason})
                return
            freeze(connection, [(found, to_ms(now))])
            if connection.run(self._sql["put_aside"], fields):
                note(connection, rendered, now)
                if not entry.recipient:
                    shadowed.note(connection, purse, rendered, channel, now)

        self._writer.call(work, priority=SOON)

    def end_shadow(self, now: datetime) -> int:
        """At a live start: end what still waits behind gates of shadow mode; how many rows."""
        return self._writer.call(lambda connection: shadowed.end(connection, now))

    def put_aside(self, batch: Sequence[tuple[Delivery, str, datetime | None]], *, by: str, now: datetime) -> None:
        """Hold claimed rows until an instant, or end them unsent where there is none; each with its reason."""
        rows = [
            self._aside(entry, State.SKIPPED, reason=reason, now=now)
            if until is None
            else self._aside(entry, State.HELD, reason=reason, now=now, held_by=by, until=until)
            for entry, reason, until in batch
        ]
        self._writer.call(lambda c: c.run_many(self._sql["put_aside"], rows), priority=SOON)

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

    def resume(self, channel: str, now: datetime, *, by: By | None = None) -> bool:
        """End a channel's pause; whether there was one. ``by`` is who did; None: the clock."""
        number = self._channels[channel]
        actor, detail = (by.who, by.told(channel)) if by else ("clock", channel)

        def work(connection: Connection) -> bool:
            ended = connection.run(self._sql["resume"], (number,)) > 0
            if ended:
                append(connection, Event(at=now, kind="resumed", actor=actor, detail=detail))
            return ended

        return self._writer.call(work)

    def next_due(self, channel: str, *, urgent: bool = False) -> datetime | None:
        """When the channel may have something (``urgent``: a flash) to send again; None when nothing waits."""
        fields = {"channel": self._channels[channel], "floor": FLASH if urgent else LEAST_URGENT}
        rows = self._readers.query(self._sql["next_due"], fields)
        return from_ms(rows[0]["at"]) if rows else None

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
                freeze(connection, [(found, to_ms(now))])
            fields = self._aside(entry, state, reason=reason, now=now, held_by=held_by, until=until)
            fields["message"] = found.hash if found else None
            if connection.run(self._sql["put_aside"], fields) and rendered:
                note(connection, rendered, now)

        self._writer.call(work, priority=SOON)

    def _aside(
        self,
        entry: Delivery,
        state: State,
        *,
        reason: str,
        now: datetime,
        held_by: str = "",
        until: datetime | None = None,
    ) -> dict[str, object]:
        """What the statement ``put_aside`` needs, without a message."""
        return {
            "id": entry.id,
            "owner": self._owner,
            "state": state_number(state),
            "reason": reason,
            "held_by": held_by,
            "until": to_ms(until) if until else None,
            "message": None,
            "ended_at": to_ms(now) if state is State.SKIPPED else None,
        }
