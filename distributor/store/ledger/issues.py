"""The dated runs of digests: opened once per slot, frozen in slices, closed when no row is open. Chooses no story."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType

from distributor.model import (
    EVERYBODY,
    Canary,
    Horizon,
    Issue,
    IssueState,
    RevisionClass,
    Segment,
    Served,
    SubjectKind,
    Window,
    Wish,
)
from distributor.rules.queue.holds import CANARY
from distributor.store.codes import STATES, from_ms, to_ms
from distributor.store.connection import Connection, Row, queries
from distributor.store.ledger.events import Event, append
from distributor.store.ledger.lines import add_lines
from distributor.store.ledger.seals import seal
from distributor.store.ledger.segments import Mail, Slices, add_segments
from distributor.store.readers import Readers
from distributor.store.writer import Writer

#: Rows of one slice: one statement for a million would block every lane for seconds.
SLICE = 50_000


class Issues:
    """The issues of the store."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        """Share the store's writer and readers."""
        self._writer = writer
        self._readers = readers
        self._sql = queries("issues")
        self._slices = Slices(writer, readers)

    def know_digest(self, name: str, now: datetime) -> datetime:
        """Give a configured digest its row; the instant since which its slots are ours."""
        self._writer.call(lambda c: c.run(self._sql["know_digest"], (name, to_ms(now))))
        return from_ms(int(self._readers.query(self._sql["since"], (name,))[0]["since"]))

    def began(self, name: str) -> datetime | None:
        """The instant since which a digest's slots are ours; None: it is not known yet."""
        rows = self._readers.query(self._sql["since"], (name,))
        return from_ms(int(rows[0]["since"])) if rows else None

    def exists(self, digest: str, slot: str) -> bool:
        """Whether this slot has had its issue, sent or skipped."""
        return bool(self._readers.query(self._sql["find"], (digest, slot)))

    def horizon(self, digest: str) -> Horizon:
        """Where a known digest begins to look since a restore."""
        row = self._readers.query(self._sql["horizon"], (digest,))[0]
        if not row["fence_subject"]:
            return Horizon()
        since = from_ms(int(row["since"]))
        return Horizon(after=row["fence_subject"], published_since=since, published_upto=row["upto"])

    def looked(self, digest: str) -> datetime | None:
        """Up to when its slots were looked for; None: never yet."""
        return from_ms(self._readers.query(self._sql["looked"], (digest,))[0]["looked_at"])

    def look(self, digest: str, now: datetime) -> None:
        """Its slots have been looked for until now."""
        self._writer.call(lambda c: c.run(self._sql["look"], {"name": digest, "now": to_ms(now)}))

    def served(self, digest: str, wishes: Sequence[Wish]) -> Mapping[Wish, Served]:
        """How far the readers of some choices have been served; choices that no slot ever came for are left out."""
        asked = {_choice(wish): wish for wish in wishes}
        rows = self._readers.query(self._sql["served"], {"digest": digest, "choices": json.dumps(list(asked))})
        return {
            asked[row["choice"]]: Served(
                upto=row["upto"], at=from_ms(int(row["at"])), looked_at=from_ms(int(row["looked_at"]))
            )
            for row in rows
        }

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
        again: Collection[int] = (),
        waited: Mapping[int, datetime] = MappingProxyType({}),
        segments: Sequence[Segment] = (EVERYBODY,),
        served: Mapping[Wish, Served] = MappingProxyType({}),
        left: Sequence[int] = (),
        skipped: str,
        lines: Sequence[RevisionClass] = (),
        lines_since: datetime | None = None,
        undo: timedelta = timedelta(0),
        canary: Canary | None = None,
        now: datetime,
    ) -> int | None:
        """Open an issue with its stories and those it leaves, or put on record why there is none (``skipped``).

        ``again`` are those of its stories that are there only for who has not had them, ``waited`` says when some were
        last held. ``served`` is how far each choice is served with this issue. ``lines`` are the classes of revisions
        since an instant of which it tells the readers of earlier issues. Its first mail leaves when ``undo`` is
        over, and with a ``canary`` the others wait for what that brings back. The id of an issue to freeze; None when
        it was skipped or the slot has had its issue already.
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
            "begins_at": to_ms(now + undo) if undo else None,
        }
        looked_at = [
            (place, story, int(story not in again), to_ms(waited[story]) if story in waited else None)
            for place, story in enumerate(stories)
        ]

        def work(connection: Connection) -> int | None:
            if connection.query(self._sql["find"], (digest, slot)):
                return None
            subject = connection.query("INSERT INTO subjects (kind) VALUES (?) RETURNING id", (int(SubjectKind.ISSUE),))
            issue = int(subject[0]["id"])
            connection.run(self._sql["open"], {**fields, "id": issue})
            connection.run_many(self._sql["add_story"], [(issue, *one) for one in looked_at])
            connection.run_many(self._sql["leave"], [(issue, story) for story in left])
            connection.run_many(self._sql["serve"], [_served(digest, *one) for one in served.items()])
            if not skipped:
                add_segments(connection, issue, digest, segments)
                add_lines(connection, issue, digest, lines, lines_since or now)
                watch(connection, issue, canary, now)
            return None if skipped else issue

        return self._writer.call(work)

    def freeze(self, issue: int, *, topic: str, channel: str, template: str, priority: int, now: datetime) -> int:
        """Write the deliveries of an issue in slices, from where an earlier run stopped; the recipients in all."""
        (row,) = self._readers.query(self._sql["snapshot"], (issue,))
        reason = f"digest {topic}"
        mail = Mail(
            digest=topic,
            channel=channel,
            template=template,
            priority=priority,
            reason=reason,
            snapshot=int(row["snapshot"]),
            now=now,
            begins_at=from_ms(row["begins_at"]),
            held_by=CANARY if row["is_watched"] else "",
        )
        self._slices.write(issue, mail, SLICE)
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
        kept = json.dumps(counts)
        detail = json.dumps({"counts": counts, "rows": made.rows, "sha256": made.sha256})

        def work(connection: Connection) -> bool:
            closed = connection.run(self._sql["close"], (to_ms(now), kept, issue)) > 0
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


def watch(connection: Connection, issue: int, canary: Canary | None, now: datetime) -> None:
    """A share of an issue's recipients gets it first, inside the caller's transaction."""
    if canary is not None:
        wanted = {"share": canary.share, "number": canary.number, "wait": canary.wait // timedelta(milliseconds=1)}
        connection.run(queries("control")["watch"], {"issue": issue, "now": to_ms(now), **wanted})


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


def _served(digest: str, wish: Wish, served: Served) -> dict[str, object]:
    at, looked_at = to_ms(served.at), to_ms(served.looked_at)
    return {"digest": digest, "choice": _choice(wish), "upto": served.upto, "at": at, "looked_at": looked_at}


def _choice(wish: Wish) -> str:
    """A choice as the key of ``served``."""
    told = [wish.rhythm, wish.hour, wish.weekday, wish.zone, wish.sections, wish.language]
    return json.dumps(told, ensure_ascii=False)
