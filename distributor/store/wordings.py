"""An editor's own words: for a story on one channel, or as a post without a story. Decides nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from distributor.model import Article, DeliveryIntent, SubjectKind
from distributor.rules.identity import fingerprint
from distributor.store.articles import article_to_json
from distributor.store.codes import to_ms
from distributor.store.connection import Connection, queries
from distributor.store.deliveries import add_intents
from distributor.store.events import Event, append
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

    def reword(self, story_id: int, channel: str, text: str, *, who: str, through: str, now: datetime) -> int:
        """Give a story its words on a channel, if it waits there; how many deliveries will carry them."""

        def work(connection: Connection) -> int:
            waiting = connection.query(self._sql["waiting"], (story_id, channel))
            if waiting:
                _put(connection, story_id, channel, text, who=who, through=through, now=now)
            return len(waiting)

        return self._writer.call(work)

    def post(
        self,
        article: Article,
        wordings: Mapping[str, str],
        intents: Sequence[DeliveryIntent],
        *,
        who: str,
        through: str,
        now: datetime,
    ) -> int:
        """Write a story that no feed brought, with its words for each channel and its deliveries; its number.

        It counts as a baseline: no digest carries it, and no day's sum of published stories.
        """
        sql = queries("stories")

        def work(connection: Connection) -> int:
            story = int(connection.query(sql["new_subject"], (int(SubjectKind.STORY),))[0]["id"])
            told = (article.feed, article.url, article.headline, fingerprint(article), article.pubstatus.value)
            connection.run(sql["insert"], (story, *told, 1, to_ms(now), to_ms(now)))
            connection.run(sql["add_revision"], (story, 0, to_ms(now), article_to_json(article)))
            connection.run(sql["add_key"], (f"guid:{article.feed}:{article.guid}", story, fingerprint(article)))
            for channel, text in wordings.items():
                _put(connection, story, channel, text, who=who, through=through, now=now)
            add_intents(connection, story, intents, now)
            return story

        return self._writer.call(work)


def _put(
    connection: Connection, story_id: int, channel: str, text: str, *, who: str, through: str, now: datetime
) -> None:
    fields = {"story": story_id, "channel": channel, "text": text, "who": who, "through": through, "now": to_ms(now)}
    connection.run(queries("wordings")["put"], fields)
    detail = f"{channel} ({through}): {text}"
    append(connection, Event(at=now, kind="worded", subject_id=story_id, actor=who, detail=detail))
