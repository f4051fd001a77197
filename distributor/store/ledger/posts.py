"""What stands of a post whose follow-up's turn has come, and what its story's revisions mean. Decides nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from distributor.model import Act, Delivery, Revision, RevisionClass, State, Story
from distributor.rules.change.turn import Post
from distributor.store.codes import ACTS, STATES, from_ms, to_ms
from distributor.store.connection import Row, queries
from distributor.store.ledger.view import delivery
from distributor.store.news.articles import article_from_json
from distributor.store.readers import Readers


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What readers see of a post."""

    #: the revision of its story in it; None: none that is known
    revision: int | None
    #: whether it was taken away
    is_gone: bool


class Posts:
    """The posts that follow-ups are about."""

    def __init__(self, readers: Readers) -> None:
        """Share the store's readers."""
        self._readers = readers
        self._sql = queries("posts")

    def about(self, entries: Sequence[Delivery], now: datetime) -> Mapping[int, Post]:
        """By delivery id: the post that it is about; rows that are about none are left out."""
        ids = [entry.id for entry in entries if entry.parent_id is not None]
        if not ids:
            return {}
        rows = self._readers.query(self._sql["about"], {"ids": json.dumps(ids), "now": to_ms(now)})
        return {row["follow_up"]: _post(row) for row in rows}

    def shown(self, ids: Sequence[int]) -> Mapping[int, Shown]:
        """By delivery id: what those of some posts and answers that left show now."""
        rows = self._readers.query(self._sql["shown"], {"ids": json.dumps(list(ids))})
        return {row["id"]: Shown(revision=row["revision"], is_gone=bool(row["gone"])) for row in rows}

    def told(self, most: int) -> Sequence[tuple[Story, Revision]]:
        """The newest corrections and withdrawals of what readers may have read, with the story as it then read."""
        rows = self._readers.query(self._sql["told"], {"most": most})
        return [
            (
                Story(
                    id=row["id"],
                    article=article_from_json(row["article"]),
                    first_seen_at=from_ms(int(row["first_seen_at"])),
                ),
                revision_of(row),
            )
            for row in rows
        ]

    def follow_ups(self, story_id: int, revision: int) -> Sequence[tuple[str, Act, State, int]]:
        """What was done about a revision: channel, act, state and how many."""
        rows = self._readers.query(self._sql["follow_ups"], {"story": story_id, "revision": revision})
        return [(row["channel"], ACTS[row["act"]], STATES[row["state"]], row["n"]) for row in rows]

    def revisions(self, story_id: int) -> Sequence[Revision]:
        """Every revision of a story, the first first."""
        return [revision_of(row) for row in self._readers.query(self._sql["revisions"], (story_id,))]


def _post(row: Row) -> Post:
    return Post(
        delivery=delivery(row),
        first=row["first"],
        shows=row["shows"],
        is_overtaken=bool(row["is_overtaken"]),
        is_busy=bool(row["is_busy"]),
        erasure=None if row["erasure"] is None else STATES[row["erasure"]],
        erasure_reason=row["erasure_reason"] or "",
    )


def revision_of(row: Row) -> Revision:
    """The value of a row of ``revisions``."""
    return Revision(
        number=row["revision"],
        meaning=RevisionClass(row["class"]),
        note=row["note"],
        who=row["who"],
        at=from_ms(int(row["seen_at"])),
    )
