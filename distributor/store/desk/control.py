"""One issue under control: who holds it, its canary, and its receipt. Decides nothing; who did what is on record.

A phase is in force when its act returns; its rows follow in slices (``put_aside``, ``drop``, ``let_go``), so that an
act that was cut short is carried on.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from distributor.model import Canary, Control, Fated, IssueState, Phase, SubjectKind
from distributor.model.returns import Cause, Kind
from distributor.rules.mail.canary import Answer, CameBack, Recipient
from distributor.rules.mail.receipts import Fate
from distributor.store.codes import STATES, from_ms, to_ms
from distributor.store.connection import Connection, Row, queries
from distributor.store.desk.acts import By
from distributor.store.ledger.events import Event, append
from distributor.store.readers import Readers
from distributor.store.writer import LATER, SOON, Writer

#: Most rows that one transaction moves, so that lanes come between.
SLICE = 1000


class IssueControl:
    """The controls of the store's issues."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        """Share the store's writer and readers."""
        self._writer = writer
        self._readers = readers
        self._sql = queries("control")
        #: by closed issue: what it was counted under, and the counts
        self._fates: dict[int, tuple[tuple[int, int], Mapping[Fate, int]]] = {}

    def get(self, issue: int) -> Control:
        """How an issue stands; the plain one where nobody has touched it."""
        begins_at = next((row["begins_at"] for row in self._readers.query(self._sql["place"], (issue,))), None)
        rows = self._readers.query(self._sql["get"], (issue,))
        return _control(rows[0], begins_at) if rows else Control(issue=issue, begins_at=from_ms(begins_at))

    def place(self, issue: int) -> Row | None:
        """An issue's own row: its state, digest, recipients, and the issue that went to its rest."""
        return next(iter(self._readers.query(self._sql["place"], (issue,))), None)

    def in_hand(self) -> Sequence[Control]:
        """Issues whose rows are not yet where their phase wants them, and those whose canary is watched."""
        return [self.get(row["issue_id"]) for row in self._readers.query(self._sql["in_hand"])]

    def hold(self, control: Control, phase: Phase, reason: str, by: By) -> bool:
        """Let nothing of an issue pass a claim or a start any more; False where it is no longer as it was looked at."""
        fields = {"issue": control.issue, "from": control.phase.value, "phase": phase.value, "reason": reason}

        def work(connection: Connection) -> bool:
            done = connection.run(self._sql["hold"], {**fields, **_by(by)}) > 0
            if done:
                append(connection, _event(control.issue, f"issue {phase.value}", reason, by))
            return done

        return self._writer.call(work, priority=SOON)

    def go_on(self, control: Control, phase: Phase, by: By) -> bool:
        """What held an issue is over; False where it is no longer as it was looked at."""
        fields = {"issue": control.issue, "from": control.phase.value, "phase": phase.value}

        def work(connection: Connection) -> bool:
            done = connection.run(self._sql["go_on"], {**fields, **_by(by)}) > 0
            if done:
                append(connection, _event(control.issue, "issue resumed", f"it was {control.phase.value}", by))
            return done

        return self._writer.call(work, priority=SOON)

    def recipients(self, issue: int) -> Sequence[Recipient]:
        """Whom an issue was frozen for."""
        return [
            Recipient(delivery=row["id"], subscriber=row["recipient"], domain=row["domain"])
            for row in self._readers.query(self._sql["recipients"], (issue,))
        ]

    def draw(self, issue: int, first: Collection[int], now: datetime) -> None:
        """Let the first mails of an issue go; the same again where it was cut short."""
        ids = sorted(first)
        for start in range(0, len(ids), SLICE):
            part = ids[start : start + SLICE]

            def work(connection: Connection, part: Sequence[int] = part) -> None:
                connection.run_many(self._sql["add_canary"], [(issue, number) for number in part])
                connection.run(self._sql["let_go_first"], {"ids": json.dumps(part)})

            self._writer.call(work)
        self._writer.call(lambda c: c.run(self._sql["drawn"], {"issue": issue, "now": to_ms(now)}))

    def answers(self, issue: int) -> Sequence[Answer]:
        """What the first mails of an issue have brought back."""
        return [
            Answer(state=STATES[row["state"]], reason=row["reason"], was_tried=bool(row["was_tried"]), count=row["n"])
            for row in self._readers.query(self._sql["evidence"], (issue,))
        ]

    def came_back(self, issue: int) -> CameBack:
        """What came back later of those that a relay had accepted."""
        rows = self._readers.query(self._sql["came_back"], (issue,))
        counts = {(row["kind"], row["class"]): int(row["n"]) for row in rows}
        return CameBack(
            dead=counts.get((Kind.BOUNCE, Cause.DEAD), 0),
            faults=counts.get((Kind.BOUNCE, Cause.SENDER_FAULT), 0),
            complaints=sum(count for (kind, _), count in counts.items() if kind == Kind.COMPLAINT),
        )

    def put_aside(self, control: Control) -> int:
        """Hold what has not left of an issue; how many rows."""
        fields = {"reason": f"stopped by {control.who}: {control.reason}"}
        return self._in_slices(control.issue, "waiting", "put_aside", fields)

    def drop(self, control: Control, now: datetime) -> int:
        """End unsent what has not left; how many rows."""
        fields = {"reason": f"ended by {control.who}: {control.reason}", "now": to_ms(now)}
        return self._in_slices(control.issue, "unsent", "drop", fields)

    def let_go(self, control: Control) -> int:
        """Let go what the control of an issue held; while its canary is watched, what a stop held of it alone."""
        which = "held_by_stop" if control.phase is Phase.CANARY else "held"
        fields = {"reason": f"released by {control.who}" if control.who else "released"}
        return self._in_slices(control.issue, which, "let_go", fields)

    def settled(self, control: Control) -> None:
        """Every row is where the phase wants it."""
        fields = {"issue": control.issue, "phase": control.phase.value}
        self._writer.call(lambda c: c.run(self._sql["done"], fields))

    def is_under_way(self, issue: int) -> bool:
        """Whether rows of an issue are still written, or may still leave."""
        row = self.place(issue)
        return row is not None and row["state"] in (IssueState.FREEZING, IssueState.OPEN)

    def is_written(self, issue: int) -> bool:
        """Whether all its rows are."""
        row = self.place(issue)
        return row is not None and row["state"] != IssueState.FREEZING

    def receipt(self, issue: int) -> tuple[Sequence[Fated], int | None]:
        """What became of each recipient, and the sum that was frozen; None while rows are still being written."""
        rows = self._readers.query(self._sql["receipt"], {"issue": issue})
        found = [
            Fated(
                segment=row["segment"],
                state=STATES[row["state"]],
                held_by=row["held_by"],
                reason=row["reason"],
                was_tried=bool(row["was_tried"]),
                count=row["n"],
                came_back=row["came_back"],
            )
            for row in rows
        ]
        frozen = rows[0]["frozen"] if rows else 0 if self.is_written(issue) else None
        return found, frozen

    def fates(self, issue: int) -> Mapping[Fate, int]:
        """How many recipients met which fate; of a closed issue it is counted again only where that may have changed:
        something came back of a mail, or a doubt was settled.
        """
        rows = self._readers.query(self._sql["stamp"], (issue,))
        stamp = (rows[0]["returned"], rows[0]["doubtful"]) if rows else None
        before = self._fates.get(issue)
        if before is not None and before[0] == stamp:
            return before[1]
        found = _fates(self._readers.query(self._sql["fates"], {"issue": issue})[0])
        if stamp is not None:
            self._fates[issue] = (stamp, found)
        return found

    def carried(self, issue: int) -> Sequence[Row]:
        """Which text of each story readers have, or may have: ``story_id``, ``revision``, ``headline``, ``n``."""
        return self._readers.query(self._sql["carried"], (issue,))

    def open_rest(self, issue: int, slot: str, *, undo: timedelta, by: By) -> int | None:
        """Open an issue for those whom the end of another left out; its id. None where that was done already."""

        def work(connection: Connection) -> int | None:
            (row,) = connection.query(self._sql["place"], (issue,))
            if row["rest"] or connection.query(queries("issues")["find"], (row["digest"], slot)):
                return None
            subject = connection.query("INSERT INTO subjects (kind) VALUES (?) RETURNING id", (int(SubjectKind.ISSUE),))
            number = int(subject[0]["id"])
            fields = {"id": number, "of": issue, "slot": slot, "now": to_ms(by.at), "begins": to_ms(by.at + undo)}
            for name in ("open_rest", "same_stories", "same_segments"):
                connection.run(self._sql[name], fields)
            append(connection, _event(number, "issue opened", f"for those whom issue {issue} left out", by))
            return number

        return self._writer.call(work)

    def unfinished_rests(self) -> Sequence[int]:
        """The issues for those left out whose rows are not all written."""
        return [row["id"] for row in self._readers.query(self._sql["unfinished_rests"])]

    def write_rest(self, number: int, now: datetime) -> None:
        """Write the rows of such an issue, from wherever an earlier run stopped, and let it leave."""
        after = 0
        (row,) = self._readers.query(self._sql["place"], (number,))
        fields = {"id": number, "now": to_ms(now), "begins": row["begins_at"]}
        fields["reason"] = f"the rest of issue {row['rest_of']}"
        while rows := self._readers.query(self._sql["left_out"], {"of": row["rest_of"], "after": after, "most": SLICE}):
            after = rows[-1]["id"]
            told = {**fields, "ids": json.dumps([one["id"] for one in rows])}
            self._writer.call(partial(_run, self._sql["write_rest"], told), priority=LATER)
        self._writer.call(lambda c: c.run(queries("issues")["set_open"], {"id": number}))

    def note(self, kind: str, detail: str, by: By) -> None:
        """Put on record what somebody did that moved no row."""
        self._writer.call(lambda c: append(c, _event(None, kind, detail, by)))

    def _in_slices(self, issue: int, which: str, move: str, fields: Mapping[str, object]) -> int:
        moved, place = 0, {"issue": issue, "most": SLICE}

        def work(connection: Connection) -> int:
            ids = [row["id"] for row in connection.query(self._sql[which], place)]
            return connection.run(self._sql[move], {**fields, "ids": json.dumps(ids)}) if ids else 0

        while count := self._writer.call(work):
            moved += count
        return moved


def _run(sql: str, fields: Mapping[str, object], connection: Connection) -> int:
    return connection.run(sql, fields)


def _by(by: By) -> dict[str, object]:
    return {"who": by.who, "through": by.through, "at": to_ms(by.at)}


def _event(issue: int | None, kind: str, detail: str, by: By) -> Event:
    return Event(at=by.at, kind=kind, subject_id=issue, actor=by.who, detail=by.told(detail))


def _fates(row: Row) -> Mapping[Fate, int]:
    """A count of rows by state, as fates: as ``rules.mail.receipts`` tells them apart one by one."""
    rest = row["n"] - row["sent"] - row["failed"] - row["unknown"] - row["skipped"]
    return +Counter(
        {
            Fate.ACCEPTED: row["sent"] - row["bounced"],
            Fate.BOUNCED: row["failed"] + row["bounced"],
            Fate.RETRYING: rest,
            Fate.UNKNOWN: row["unknown"],
            Fate.EXCLUDED: row["skipped"],
        }
    )


def _control(row: Row, begins_at: int | None) -> Control:
    canary = None
    if row["share"] or row["number"]:
        canary = Canary(share=row["share"], number=row["number"], wait=timedelta(milliseconds=row["wait"]))
    return Control(
        issue=row["issue_id"],
        phase=Phase(row["phase"]),
        reason=row["reason"],
        who=row["who"],
        through=row["through"],
        at=from_ms(row["at"]),
        canary=canary,
        drawn_at=from_ms(row["drawn_at"]),
        judged_at=from_ms(row["judged_at"]),
        begins_at=from_ms(begins_at),
    )
