"""Stories that a digest's readers get at once, each by itself: decided once, and written in slices. Decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from distributor.model import Segment
from distributor.store.codes import to_ms
from distributor.store.connection import Connection, queries
from distributor.store.ledger.segments import Mail, Slices, add_segments
from distributor.store.readers import Readers
from distributor.store.writer import Writer

#: Readers of one slice; a story is more urgent than an issue, and others wait behind it.
SLICE = 10_000


class AtOnce:
    """The decisions of the store."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        """Share the store's writer and readers."""
        self._writer = writer
        self._readers = readers
        self._slices = Slices(writer, readers)

    def decide(self, digest: str, story: int, segments: Sequence[Segment], *, waited_at: datetime | None) -> bool:
        """Fix who gets a story (nobody: no segments), or that it still waits; whether that was not decided before."""
        sql = queries("at_once")["decide"]
        fields = {"digest": digest, "story": story, "decided": int(waited_at is None)}
        fields |= {"waited_at": None if waited_at is None else to_ms(waited_at)}

        def work(connection: Connection) -> bool:
            is_news = connection.run(sql, fields) > 0
            if is_news:
                add_segments(connection, story, digest, segments)
            return is_news

        return self._writer.call(work)

    def unwritten(self) -> Sequence[tuple[int, str]]:
        """The stories, each with its digest, whose rows were cut short."""
        rows = self._readers.query(queries("segments")["unwritten_stories"])
        return [(row["subject_id"], row["digest"]) for row in rows]

    def write(self, story: int, *, digest: str, channel: str, priority: int, now: datetime) -> None:
        """Write the rows of a story for its readers, from where an earlier run stopped."""
        snapshot = int(self._readers.query(queries("segments")["newest_reader"])[0]["id"])
        reason = f"digest {digest}, at once"
        mail = Mail(
            digest=digest,
            channel=channel,
            template="",
            priority=priority,
            reason=reason,
            snapshot=snapshot,
            now=now,
        )
        self._slices.write(story, mail, SLICE)
