"""Corrections that readers are told of in their next issue: who is owed which, and who was told. Decides nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from distributor.model import Delivery, Line, RevisionClass
from distributor.store.codes import to_ms
from distributor.store.connection import Connection, queries
from distributor.store.ledger.posts import Posts
from distributor.store.news.articles import article_from_json
from distributor.store.news.stories import Stories
from distributor.store.readers import Readers


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How many readers of an issue were told of a story's correction."""

    digest: str
    slot: str
    revision: int
    readers: int


class Lines:
    """The lines of the store's issues."""

    def __init__(self, readers: Readers, stories: Stories, posts: Posts) -> None:
        """Share the store's readers."""
        self._readers = readers
        self._stories = stories
        self._posts = posts
        self._sql = queries("lines")

    def owed(self, entries: Sequence[Delivery]) -> Mapping[int, Sequence[Line]]:
        """By delivery id: what an issue has to tell its reader of earlier ones; rows that tell nothing are left out."""
        ids = json.dumps([entry.id for entry in entries])
        line = cache(self.line)  # the same for many readers
        found: dict[int, list[Line]] = {}
        for row in self._readers.query(self._sql["owed"], {"ids": ids}):
            found.setdefault(row["delivery_id"], []).append(line(row["story_id"], row["got"], row["revision"]))
        return found

    def told(self, story_id: int) -> Sequence[Told]:
        """By which issues how many readers were told of a story's corrections."""
        rows = self._readers.query(self._sql["told"], {"story": story_id})
        return [
            Told(digest=row["digest"], slot=row["slot"], revision=row["revision"], readers=row["n"]) for row in rows
        ]

    def waiting(self, story_id: int, revision: int, channel: str) -> int:
        """How many readers of a channel are to be told of a revision in their next issue."""
        place = {"story": story_id, "revision": revision, "channel": channel}
        return int(self._readers.query(self._sql["waiting"], place)[0]["n"])

    def line(self, story_id: int, got: int, revision: int) -> Line:
        """A correction of what readers have in revision ``got``."""
        story = self._stories.get(story_id)
        assert story is not None, "a line is about a story of the store"
        before = self._readers.query(self._sql["article"], (story_id, got))[0]["article"]
        change = next(one for one in self._posts.revisions(story_id) if one.number == revision)
        return Line(story=story, before=article_from_json(before), change=change)


def add_lines(
    connection: Connection, issue: int, digest: str, classes: Sequence[RevisionClass], since: datetime
) -> None:
    """Fix what an issue tells of earlier ones, inside the caller's transaction."""
    if classes:
        told = json.dumps([one.value for one in classes])
        fields = {"issue": issue, "digest": digest, "classes": told, "since": to_ms(since)}
        connection.run(queries("lines")["add"], fields)
