"""The posts by which readers have a story, its other takes and languages, and revisions that somebody makes by hand.
Decides nothing: what is to be written is made by the caller, inside the transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from distributor.model import Change, DeliveryIntent, Standing, Story
from distributor.rules.change.background import Background
from distributor.rules.story.pages import Page
from distributor.store.codes import from_ms, to_ms
from distributor.store.connection import Connection, queries
from distributor.store.news.revisions import StoreBackground, standing_of_row, story_of_row, write_change
from distributor.store.readers import Readers
from distributor.store.writer import SOON, Writer

#: From the past to a change with its plan; None: there is nothing to write.
Reviser = Callable[[Background], tuple[Change, Sequence[DeliveryIntent]] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailed:
    """How many readers were mailed a story by one thing."""

    channel: str
    #: empty: a mail of its own
    digest: str
    slot: str
    readers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A post that names a story among several."""

    channel: str
    url: str
    #: whether it is being changed or taken away because of the story
    is_changed: bool


class Following:
    """What follows the posts of the store's stories."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        """Share the store's writer and readers."""
        self._writer = writer
        self._readers = readers
        self._sql = queries("revisions")

    def revise(self, reviser: Reviser, *, through: str, now: datetime) -> Change | None:
        """Write a revision that somebody makes, with what it does to the posts that stand, in one transaction."""

        def work(connection: Connection) -> Change | None:
            made = reviser(StoreBackground(connection))
            if made is not None:
                write_change(connection, *made, through=through, now=now)
            return made[0] if made is not None else None

        return self._writer.call(work, priority=SOON)

    def standing(self, story_id: int) -> Sequence[Standing]:
        """The posts of a story that readers may have, in the order in which they were planned."""
        return [standing_of_row(row) for row in self._readers.query(self._sql["standing"], {"story": story_id})]

    def takes(self, story_id: int) -> Sequence[Story]:
        """All takes of the story to which one belongs, that one included, the oldest first."""
        return [story_of_row(row) for row in self._readers.query(self._sql["takes"], {"story": story_id})]

    def mails(self, story_id: int) -> Sequence[Mailed]:
        """What readers were mailed a story by."""
        rows = self._readers.query(self._sql["mails"], {"story": story_id})
        return [
            Mailed(channel=row["channel"], digest=row["digest"], slot=row["slot"], readers=row["n"]) for row in rows
        ]

    def roundups(self, story_id: int) -> Sequence[Named]:
        """The round-ups that readers have and that name a story."""
        rows = self._readers.query(self._sql["roundups"], {"story": story_id})
        return [Named(channel=row["channel"], url=row["url"], is_changed=bool(row["is_changed"])) for row in rows]

    def pages(self, feed: str, since: datetime) -> Sequence[Page]:
        """The pages of a feed's stories that came after ``since`` and that readers have, longest unseen first."""
        rows = self._readers.query(self._sql["pages"], {"feed": feed, "since": to_ms(since)})
        return [
            Page(
                story_id=row["id"],
                url=row["url"],
                first_seen_at=from_ms(int(row["first_seen_at"])),
                looked_at=from_ms(row["at"]),
                gone_at=from_ms(row["gone_at"]),
            )
            for row in rows
        ]

    def looked(self, page: Page, *, gone: bool, now: datetime) -> None:
        """Remember a look at a page, and since when it is gone."""
        fields = {"story": page.story_id, "gone": int(gone), "now": to_ms(now)}
        self._writer.call(lambda c: c.run(self._sql["looked"], fields))
