"""The ledger as it can be looked at: rows, counts, messages, events. Moves nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from distributor.model import Delivery, Message, Pause, State, SubjectKind, Trial
from distributor.store.codes import ACTS, STATES, from_ms, state_number
from distributor.store.connection import Row, queries
from distributor.store.ledger import shadowed
from distributor.store.ledger.charges import spent
from distributor.store.ledger.messages import message_from_json
from distributor.store.ledger.tally import Tally
from distributor.store.readers import Readers


class LedgerView:
    """What stands in the ledger."""

    def __init__(self, readers: Readers) -> None:
        """Share the store's readers."""
        self._readers = readers
        self._sql = queries("deliveries")
        self._tally = Tally(readers)

    def message(self, message_id: int) -> Message:
        """A frozen message."""
        return message_from_json(self._readers.query(self._sql["message"], (message_id,))[0]["content"])

    def channels(self) -> Sequence[Row]:
        """Every channel ever configured, with its pause."""
        return self._readers.query(self._sql["channels"])

    def pauses(self) -> Sequence[Pause]:
        """The channels that send nothing until their credentials work again."""
        return [one for one in self.refused() if isinstance(one, Pause)]

    def refused(self) -> Sequence[Pause | Trial]:
        """The channels that are paused, and those that have yet to show that they work again, in one look."""
        return [found for found in map(_refused, self.channels()) if found is not None]

    def limits(self, channel: int) -> Sequence[Row]:
        """What the accounts and applications of a channel (its row's id) may not do before an instant."""
        return self._readers.query(self._sql["limits_of"], (channel,))

    def spent(self, channel: int, since: Sequence[datetime]) -> tuple[int, ...]:
        """What a channel (its row's id) has spent since each of some instants, in millionths."""
        return spent(self._readers, channel, since)

    def spent_in_shadow(self, channel: int, since: Sequence[datetime], now: datetime) -> tuple[int, ...]:
        """The same of a day and a month, with what it would have spent until ``now``."""
        money = shadowed.together(self._readers, channel, since, now)
        return money.spent_today, money.spent_this_month

    def list(self, *, state: State | None = None, channel: str | None = None, limit: int = 50) -> Sequence[Row]:
        """The latest rows with what they carry, newest first."""
        number = None if state is None else state_number(state)
        return self._readers.query(self._sql["list"], {"state": number, "channel": channel, "limit": limit})

    def of_subject(self, subject_id: int) -> Sequence[Delivery]:
        """All deliveries of one story or issue."""
        return [delivery(row) for row in self._readers.query(self._sql["of_subject"], (subject_id,))]

    def answers_of(self, subject_id: int) -> Sequence[tuple[Delivery, int]]:
        """The deliveries of a story; of mails that have the same fate the first, with how many there are."""
        return self.answers_of_each([subject_id]).get(subject_id, ())

    def answers_of_each(self, subjects: Sequence[int]) -> Mapping[int, Sequence[tuple[Delivery, int]]]:
        """The same of several stories; those without a delivery are left out."""
        found: dict[int, list[tuple[Delivery, int]]] = {}
        for row in self._readers.query(self._sql["answers_of"], {"subjects": json.dumps(list(subjects))}):
            found.setdefault(row["subject_id"], []).append((delivery(row), row["n"]))
        return found

    def posts_of(self, subject_id: int) -> Sequence[Delivery]:
        """The same without the mails of single readers."""
        return [delivery(row) for row in self._readers.query(self._sql["posts_of"], (subject_id,))]

    def issues_carrying(self, story_id: int) -> Sequence[Row]:
        """The issues in which a story stands."""
        return self._readers.query(self._sql["issues_carrying"], (story_id,))

    def counts(self) -> Mapping[str, Mapping[State, int]]:
        """How many rows stand in which state, by channel."""
        names = {row["id"]: row["name"] for row in self.channels()}
        found: dict[str, dict[State, int]] = {}
        for (channel, state), n in self._tally.counts().items():
            found.setdefault(names[channel], {})[STATES[state]] = n
        return found

    def subject_counts(self, subject_id: int) -> Mapping[State, int]:
        """How many deliveries of one subject stand in which state.

        Of a closed issue it is what its closing has counted, unless a doubt was settled since.
        """
        for row in self._readers.query(self._sql["closed_counts"], (subject_id,)):
            kept: dict[str, int] = json.loads(row["counts"])
            if kept.get(State.UNKNOWN.value, 0) == row["doubtful"]:
                return {state: kept[state.value] for state in STATES if state.value in kept}
        rows = self._readers.query(self._sql["subject_counts"], (subject_id,))
        return {STATES[row["state"]]: row["n"] for row in rows}

    def shadowed(self) -> Sequence[Row]:
        """The stories that shadow mode would have told on channels of their own audience, oldest first."""
        return self._readers.query(queries("shadowed")["told"])

    def fence_left(self, feeds: Sequence[str]) -> tuple[int, int]:
        """How many deliveries, and how many of these feeds, still stand behind the fence of a restore."""
        row = self._readers.query(self._sql["fence_left"], {"feeds": json.dumps(list(feeds))})[0]
        return row["deliveries"], row["feeds"]

    def events(self, limit: int = 20) -> Sequence[Row]:
        """The latest events, newest first."""
        return self._readers.query(queries("events")["latest"], (limit,))


def _refused(row: Row) -> Pause | Trial | None:
    name, reason = row["name"], row["unproven"]
    if row["paused_at"] is not None:
        told, is_again = row["paused_reason"], reason is not None
        return Pause(channel=name, since=from_ms(row["paused_at"]), reason=told, is_again=is_again)
    return None if reason is None else Trial(channel=name, reason=reason)


def delivery(row: Row) -> Delivery:
    """The value of a row of ``deliveries`` joined with its subject's kind and channel's name."""
    return Delivery(
        id=row["id"],
        subject_id=row["subject_id"],
        subject_kind=SubjectKind(row["subject_kind"]),
        channel=row["channel"],
        recipient=row["recipient"],
        act=ACTS[row["act"]],
        part=row["part"],
        revision=row["revision"],
        state=STATES[row["state"]],
        reason=row["reason"],
        held_by=row["held_by"],
        due_at=from_ms(row["due_at"]),
        priority=row["priority"],
        template=row["template"],
        attempts=row["attempts"],
        message_id=row["message_id"],
        first_sent_at=from_ms(row["started_at"]),
        remote_id=row["remote_id"],
        url=row["url"],
        held_until=from_ms(row["held_until"]),
        stale_at=from_ms(row["stale_at"]),
        doubts=row["doubts"],
        looks=row["looks"],
        look_at=from_ms(row["look_at"]),
        after_id=row["after_id"],
        parent_id=row["parent_id"],
        segment=row["segment"],
    )
