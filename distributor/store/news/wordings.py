"""An editor's own words: for a story on one channel, or as a post without a story. Decides nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from distributor.model import Article, Change, ChangeKind, DeliveryIntent
from distributor.rules.story.identity import fingerprint
from distributor.store.codes import to_ms
from distributor.store.connection import Connection, queries
from distributor.store.desk.acts import By
from distributor.store.ledger.events import Event, append
from distributor.store.ledger.findings import look_anew
from distributor.store.news.conditions import reworded
from distributor.store.news.revisions import write_change
from distributor.store.readers import Readers
from distributor.store.writer import Writer


class Wordings:
    """The wordings of the store."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        """Share the store's writer and readers."""
        self._writer = writer
        self._readers = readers
        self._sql = queries("wordings")

    def of(self, story_id: int, channel: str) -> str:
        """The words for a story on a channel; empty where its template speaks."""
        return next((str(row["text"]) for row in self._readers.query(self._sql["get"], (story_id, channel))), "")

    def waiting(self, story_id: int, channel: str) -> Sequence[int]:
        """The deliveries whose words can still be others."""
        return [int(row["id"]) for row in self._readers.query(self._sql["waiting"], (story_id, channel))]

    def reword(self, story_id: int, channel: str, text: str, *, by: By) -> int:
        """Give a story its words on a channel, if it waits there; how many deliveries will carry them.

        Who has said yes there has said it to other words.
        """

        def work(connection: Connection) -> int:
            waiting = connection.query(self._sql["waiting"], (story_id, channel))
            if waiting:
                put(connection, story_id, channel, text, by)
                look_anew(connection, story_id)
                reworded(connection, story_id, waiting[0]["channel_id"], by.at)
            return len(waiting)

        return self._writer.call(work)

    def post(
        self,
        article: Article,
        wordings: Mapping[str, str],
        intents: Sequence[DeliveryIntent],
        *,
        by: By,
    ) -> int:
        """Write a story that no feed brought, with its words for each channel and its deliveries; its number.

        It counts as a baseline: no digest carries it, and no day's sum of published stories.
        """
        change = Change(kind=ChangeKind.NEW, article=replace(article, fingerprint=fingerprint(article)))

        def work(connection: Connection) -> int:
            story = write_change(connection, change, intents, baseline=True, now=by.at)
            for channel, text in wordings.items():
                put(connection, story, channel, text, by)
            return story

        return self._writer.call(work)


def put(connection: Connection, story_id: int, channel: str, text: str, by: By) -> None:
    """Write an editor's words for a story on a channel, in the caller's transaction; they are on record."""
    fields = {"story": story_id, "channel": channel, "text": text, "who": by.who, "through": by.through}
    connection.run(queries("wordings")["put"], {**fields, "now": to_ms(by.at)})
    detail = by.told(f"{channel}: {text}")
    append(connection, Event(at=by.at, kind="worded", subject_id=story_id, actor=by.who, detail=detail))
