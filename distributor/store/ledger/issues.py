"""The dated runs of digests: opened once per slot, frozen in slices, closed when no row is open. Chooses no story."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from distributor.model import Issue, IssueState, RevisionClass, SubjectKind, Window
from distributor.store.codes import STATES, from_ms, to_ms
from distributor.store.connection import Connection, Row, queries
from distributor.store.ledger.events import Event, append
from distributor.store.ledger.lines import add_lines
from distributor.store.ledger.seals import seal
from distributor.store.readers import Readers
from distributor.store.writer import LATER, Writer

#: Rows of one slice: one statement for a million would block every lane for seconds.
SLICE = 50_000


class Issues:
    """The issues of the store."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        """Share the store's writer and readers."""
        self._writer = writer
        self._readers = readers
        self._sql = queries("issues")

    def know_digest(self, name: str, now: datetime) -> datetime:
        """Give a configured digest its row; the instant since which its slots are ours."""
        self._writer.call(lambda c: c.run(self._sql["know_digest"], (name, to_ms(now))))
        return from_ms(int(self._readers.query(self._sql["since"], (name,))[0]["since"]))

    def exists(self, digest: str, slot: str) -> bool:
        """Whether this slot has had its issue, sent or skipped."""
        return bool(self._readers.query(self._sql["find"], (digest, slot)))

    def window(self, digest: str, *, first: int, upto: int) -> Window:
        """Where the next issue of a known digest looks, up to a story; ``first`` is where its first one begins."""
        row = self._readers.query(self._sql["window"], (digest,))[0]
        return Window(
            after=max(first if row["last"] is None else row["last"], row["fence_subject"]),
            upto=upto,
            before=0 if row["is_first_after_fence"] else row["before"] or 0,
            published_since=from_ms(row["since"]) if row["is_first_after_fence"] else None,
        )

    def carry(self, digest: str, *, who: str, now: datetime) -> bool:
        """Somebody says that the store which a restore replaced mailed no issue; whether that was in doubt."""

        def work(connection: Connection) -> bool:
            is_news = connection.run(self._sql["carry"], {"name": digest}) > 0
            if is_news:
                told = f"the next issue of {digest} carries what stood in the store before the restore"
                append(connection, Event(at=now, kind="carried on", actor=who, detail=told))
            return is_news

        return self._writer.call(work)

    def open(
        self,
        digest: str,
        slot: str,
        slot_at: datetime,
        *,
        window: Window,
        stories: Sequence[int],
        left: Sequence[int] = (),
        skipped: str,
        lines: Sequence[RevisionClass] = (),
        lines_since: datetime | None = None,
        now: datetime,
    ) -> int | None:
        """Open an issue with its stories and those it leaves, or put on record why there is none (``skipped``).

        ``lines`` are the classes of revisions since an instant of which it tells the readers of earlier issues.
        The id of an issue to freeze; None when it was skipped or the slot has had its issue already.
        """
        fields = {
            "digest": digest,
            "slot": slot,
            "slot_at": to_ms(slot_at),
            "state": IssueState.SKIPPED.value if skipped else IssueState.FREEZING.value,
            "reason": skipped,
            "window_from": window.after,
            "window_to": window.upto,
            "now": to_ms(now),
            "closed_at": to_ms(now) if skipped else None,
        }

        def work(connection: Connection) -> int | None:
            if connection.query(self._sql["find"], (digest, slot)):
                return None
            subject = connection.query("INSERT INTO subjects (kind) VALUES (?) RETURNING id", (int(SubjectKind.ISSUE),))
            issue = int(subject[0]["id"])
            connection.run(self._sql["open"], {**fields, "id": issue})
            connection.run_many(self._sql["add_story"], [(issue, place, story) for place, story in enumerate(stories)])
            connection.run_many(self._sql["leave"], [(issue, story) for story in left])
            if not skipped:
                add_lines(connection, issue, digest, lines, lines_since or now)
            return None if skipped else issue

        return self._writer.call(work)

    def freeze(self, issue: int, *, topic: str, channel: str, template: str, priority: int, now: datetime) -> int:
        """Write the deliveries of an issue in slices, from where an earlier run stopped; the recipients in all."""
        fields = {"issue": issue, "topic": topic, "template": template, "priority": priority, "now": to_ms(now)}
        fields |= {"slice": SLICE, "reason": f"digest {topic}"}

        def work(connection: Connection) -> int:
            number = connection.query("SELECT id FROM channels WHERE name = ?", (channel,))[0]["id"]
            return connection.run(self._sql["freeze_slice"], {**fields, "channel": number})

        while self._writer.call(work, priority=LATER) == SLICE:
            continue
        return self._settle(issue, now)

    def unfinished(self) -> Sequence[Issue]:
        """Issues whose freezing was cut short."""
        return [_issue(row) for row in self._readers.query(self._sql["unfinished"])]

    def close_done(self, now: datetime) -> Sequence[int]:
        """Close and seal the issues of which nothing is open any more; their ids.

        The seal is read beside the writer, however large the issue: rows that never were in doubt are final now.
        """
        return [row["id"] for row in self._readers.query(self._sql["closable"]) if self._close(row["id"], now)]

    def get(self, issue: int) -> Issue | None:
        """One issue."""
        return next((_issue(row) for row in self._readers.query(self._sql["get"], (issue,))), None)

    def list(self, limit: int = 20) -> Sequence[Issue]:
        """The latest issues, newest first."""
        return [_issue(row) for row in self._readers.query(self._sql["list"], (limit,))]

    def _close(self, issue: int, now: datetime) -> bool:
        made = seal(self._readers, issue)
        counts = {
            STATES[row["state"]].value: row["n"]
            for row in self._readers.query(queries("deliveries")["subject_counts"], (issue,))
        }
        detail = json.dumps({"counts": counts, "rows": made.rows, "sha256": made.sha256})

        def work(connection: Connection) -> bool:
            closed = connection.run(self._sql["close"], (to_ms(now), issue)) > 0
            if closed:
                append(connection, Event(at=now, kind="closed", subject_id=issue, actor="clock", detail=detail))
            return closed

        return self._writer.call(work)

    def _settle(self, issue: int, now: datetime) -> int:
        """All recipients are frozen: the issue is open, or skipped when there are none."""

        def work(connection: Connection) -> int:
            connection.run(self._sql["set_open"], {"id": issue})
            frozen = int(connection.query("SELECT recipients FROM issues WHERE id = ?", (issue,))[0]["recipients"])
            if not frozen:
                connection.run(self._sql["skip"], ("nobody is subscribed", to_ms(now), issue))
            return frozen

        return self._writer.call(work)


def _issue(row: Row) -> Issue:
    return Issue(
        id=row["id"],
        digest=row["digest"],
        slot=row["slot"],
        state=IssueState(row["state"]),
        reason=row["reason"],
        opened_at=from_ms(row["opened_at"]),
        again=bool(row["again"]),
    )
