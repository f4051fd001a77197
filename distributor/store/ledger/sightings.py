"""Posts seen on our own channels that no delivery of ours made, and which delivery each stands for. Decides nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from distributor.model import Delivery, Seen, Sighting
from distributor.rules.story.likeness import markers
from distributor.store.codes import from_ms, to_ms
from distributor.store.connection import Connection, Row, queries
from distributor.store.ledger.events import Event, append
from distributor.store.readers import Readers
from distributor.store.writer import SOON, Writer

#: How long before a sighting our own post may have begun that it is held to be: one that was in doubt can be late.
OURS = timedelta(days=2)


class Sightings:
    """The sightings of the store."""

    def __init__(self, writer: Writer, readers: Readers, *, owner: int, mark: Callable[[int], str]) -> None:
        """``owner`` holds the leases of the rows that adopt; ``mark`` gives a delivery's name outside the store."""
        self._writer = writer
        self._readers = readers
        self._owner = owner
        self._mark = mark
        self._sql = queries("sightings")

    def keep(self, channel: str, posts: Sequence[Seen]) -> int:
        """Remember posts that were seen on a channel, all but our own; how many were new."""

        def work(connection: Connection) -> int:
            number = connection.query(self._sql["channel"], (channel,))[0]["id"]
            return sum(self._keep(connection, number, post) for post in posts)

        return self._writer.call(work, priority=SOON) if posts else 0

    def free(self, channel: str, since: datetime) -> Sequence[Sighting]:
        """The posts by hand since then that stand for no delivery yet, the oldest first."""
        fields = {"channel": self._number(channel), "since": to_ms(since), "started": to_ms(since - OURS)}
        return [_sighting(row) for row in self._readers.query(self._sql["free"], fields)]

    def posted(self, channel: str, since: datetime) -> Sequence[tuple[int, int, datetime]]:
        """Our own posts of stories that were sent since then: delivery, story and the instant of its start."""
        fields = {"channel": self._number(channel), "since": to_ms(since), "started": to_ms(since - OURS)}
        rows = self._readers.query(self._sql["posted"], fields)
        return [(row["id"], row["subject_id"], from_ms(row["started_at"])) for row in rows]

    def adopt(self, entry: Delivery, sighting: Sighting, *, why: str, now: datetime) -> bool:
        """End a claimed row as posted by hand; False, and nothing changed, where row or sighting is another's now."""
        seen = sighting.seen
        fields = {"delivery": entry.id, "id": sighting.id, "owner": self._owner, "now": to_ms(now)}
        told = {"reason": f"posted by hand: {seen.url or seen.remote_id}", "remote_id": seen.remote_id, "url": seen.url}

        def work(connection: Connection) -> bool:
            if not connection.run(self._sql["take"], fields):
                return False
            if not connection.run(self._sql["adopt"], fields | told):
                raise _Lost
            detail = {"url": seen.url, "remote_id": seen.remote_id, "why": why}
            append(connection, _event("adopted", entry.subject_id, entry.id, detail, now))
            return True

        try:
            return self._writer.call(work, priority=SOON)
        except _Lost:
            return False

    def double(self, delivery: int, story: int, sighting: Sighting, *, why: str, now: datetime) -> bool:
        """Put on record that a post by hand tells what a delivery of ours told, too; whether that is news."""

        def work(connection: Connection) -> bool:
            if not connection.run(self._sql["take"], {"delivery": delivery, "id": sighting.id}):
                return False
            # the row's own place stays what its event "sent" says; this is the other's
            detail = {"other": sighting.seen.url or sighting.seen.remote_id, "why": why}
            append(connection, _event("doubled", story, delivery, detail, now))
            return True

        return self._writer.call(work)

    def doubled_since(self, channel: str, since: datetime) -> bool:
        """Whether a post by hand since then is known to double one of ours."""
        fields = {"channel": self._number(channel), "since": to_ms(since)}
        return bool(self._readers.query(self._sql["doubled_since"], fields))

    def _keep(self, connection: Connection, channel: int, post: Seen) -> int:
        since = to_ms(post.at - OURS)
        if marked := markers(post):
            started = connection.query(self._sql["started_since"], (channel, since))
            if any(self._mark(row["id"]) in marked for row in started):
                return 0
        fields = {"remote_id": post.remote_id, "url": post.url, "at": to_ms(post.at), "text": post.text}
        links = json.dumps(post.links, ensure_ascii=False)
        return connection.run(self._sql["keep"], {"channel": channel, "since": since, "links": links, **fields})

    def _number(self, channel: str) -> int:
        return int(self._readers.query(self._sql["channel"], (channel,))[0]["id"])


class _Lost(Exception):
    """The row is no longer ours; what was done for it is undone."""


def _event(kind: str, story: int, delivery: int, detail: Mapping[str, str], now: datetime) -> Event:
    words = json.dumps(detail, ensure_ascii=False)
    return Event(at=now, kind=kind, subject_id=story, delivery_id=delivery, actor="watch", detail=words)


def _sighting(row: Row) -> Sighting:
    seen = Seen(
        remote_id=row["remote_id"],
        url=row["url"],
        at=from_ms(row["at"]),
        text=row["text"],
        links=tuple(json.loads(row["links"])),
    )
    return Sighting(id=row["id"], seen=seen)
