"""What the pages of stories showed before their links were posted, and which posts waited for that. Decides nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

from distributor.model import Delivery, Looked, PageFacts
from distributor.rules.queue.holds import Wait
from distributor.store.codes import from_ms, to_ms
from distributor.store.connection import Connection, Row, queries
from distributor.store.ledger.events import Event, append
from distributor.store.readers import Readers
from distributor.store.writer import SOON, Writer


class Preflights:
    """The pages of the store."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        """Share the store's writer and readers."""
        self._writer = writer
        self._readers = readers
        self._sql = queries("preflights")

    def address(self, story: int) -> str:
        """The address of a story's page; empty where there is none."""
        return next((str(row["url"]) for row in self._readers.query(self._sql["address"], (story,))), "")

    def find(self, story: int, url: str) -> Looked | None:
        """What is known of a story's page at an address."""
        rows = self._readers.query(self._sql["find"], {"story": story, "url": url})
        return next((_looked(row) for row in rows), None)

    def of_story(self, story: int) -> Looked | None:
        """What is known of a story's page."""
        return next((_looked(row) for row in self._readers.query(self._sql["of_story"], (story,))), None)

    def keep(self, story: int, url: str, facts: PageFacts, now: datetime) -> Looked:
        """Write one more look."""
        fields = {"story": story, "url": url, "now": to_ms(now), "facts": json.dumps(asdict(facts), sort_keys=True)}

        def work(connection: Connection) -> Row:
            connection.run(self._sql["keep"], fields)
            return connection.query(self._sql["of_story"], (story,))[0]

        return _looked(self._writer.call(work, priority=SOON))

    def waited(self, delivery: int) -> tuple[datetime | None] | None:
        """Until when a post was to wait for its page (None: until somebody lets it go); None: it never was."""
        for row in self._readers.query(self._sql["waited"], (delivery,)):
            return (None if row["until"] is None else from_ms(row["until"]),)
        return None

    def note(self, entry: Delivery, lacks: str, wait: Wait | None, now: datetime) -> None:
        """Write what a post's page lacks; that a post goes all the same is an event."""
        until = wait.until if wait else None
        fields = {"delivery": entry.id, "lacks": lacks, "waiting": int(wait is not None)}
        goes = Event(at=now, kind="page", subject_id=entry.subject_id, delivery_id=entry.id, actor="lane", detail=lacks)

        def work(connection: Connection) -> None:
            connection.run(self._sql["note"], {**fields, "until": to_ms(until) if until else None})
            if lacks and wait is None:
                append(connection, goes)

        self._writer.call(work, priority=SOON)

    def lacks_of(self, story: int) -> Mapping[int, str]:
        """By delivery: what a post's page lacked when its turn came."""
        return {row["id"]: row["lacks"] for row in self._readers.query(self._sql["lacks_of_story"], (story,))}


def _looked(row: Row) -> Looked:
    told = json.loads(row["facts"])
    facts = PageFacts(**{**told, "forbidden": tuple(told["forbidden"])})
    return Looked(facts=facts, first_at=from_ms(row["first_at"]), at=from_ms(row["at"]), looks=row["looks"])
