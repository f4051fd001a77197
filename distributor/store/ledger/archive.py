"""What the public may read of issues and news that have left, and how often links of issues were followed. Decides
nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from distributor.model import Line, Revision, Story
from distributor.store.codes import from_ms, to_ms
from distributor.store.connection import Connection, queries
from distributor.store.ledger.lines import Lines
from distributor.store.ledger.posts import revision_of
from distributor.store.news.revisions import story_of_row
from distributor.store.readers import Readers
from distributor.store.writer import LATER, Writer

#: behind every number of an issue
_END = 1 << 62


@dataclass(frozen=True, slots=True, kw_only=True)
class MailOfIssue:
    """One mail of an issue, as it left."""

    issue: int
    message: int
    left_at: datetime
    #: the numbers of the stories that it tells, those included of which it tells a correction alone
    carried: frozenset[int]
    #: the numbers of all stories of the issue, in their order
    members: Sequence[int]
    #: those of them that were news in it
    news: frozenset[int]


class Archive:
    """The issues and news of the store that have left."""

    def __init__(self, writer: Writer, readers: Readers, lines: Lines) -> None:
        """Share the store's writer, readers and lines."""
        self._writer = writer
        self._readers = readers
        self._lines = lines
        self._sql = queries("archive")

    def issues(self, digest: str, most: int, *, before: int = 0) -> Sequence[tuple[int, datetime]]:
        """The latest issues of a digest (with a number below ``before``, if one is given), and when each left."""
        place = {"digest": digest, "most": most, "before": before or _END}
        return [(row["id"], from_ms(int(row["left_at"]))) for row in self._readers.query(self._sql["issues"], place)]

    def first_mail(self, issue: int) -> MailOfIssue | None:
        """The first mail of an issue that left; None: none has."""
        return self._mail("first_mail", issue)

    def mail(self, delivery: int) -> MailOfIssue | None:
        """One mail of an issue; None: it is none, or has not left."""
        return self._mail("mail", delivery)

    def message(self, delivery: int) -> int | None:
        """The number of the message that a mail of an issue carries; None: it is none, or has not left."""
        return next((row["message_id"] for row in self._readers.query(self._sql["mail"], (delivery,))), None)

    def corrected(self, stories: Sequence[int], since: datetime) -> Sequence[Line]:
        """The last correction of each of some stories since an instant, in the order of the stories."""
        place = {"stories": json.dumps(list(stories)), "since": to_ms(since)}
        rows = {row["story_id"]: row for row in self._readers.query(self._sql["corrected"], place)}
        found = [rows[story] for story in stories if story in rows]
        return [self._lines.line(row["story_id"], row["got"], row["revision"]) for row in found]

    def recent(self, kinds: Sequence[str], digests: Sequence[str], most: int) -> Sequence[Story]:
        """The newest stories that were posted on channels of some kinds, or mailed in an issue of some digests."""
        place = {"kinds": json.dumps(list(kinds)), "digests": json.dumps(list(digests)), "most": most}
        return [story_of_row(row) for row in self._readers.query(self._sql["recent"], place)]

    def corrections(self, stories: Sequence[int]) -> Mapping[int, Revision]:
        """By story: the last correction of what readers have."""
        rows = self._readers.query(self._sql["last_corrections"], (json.dumps(list(stories)),))
        return {row["story_id"]: revision_of(row) for row in rows}

    def told(self, kinds: Sequence[str], digests: Sequence[str], most: int) -> Sequence[tuple[Story, Revision]]:
        """The newest corrections and withdrawals of what the public may have read, with the story as it then read."""
        place = {"kinds": json.dumps(list(kinds)), "digests": json.dumps(list(digests)), "most": most}
        rows = self._readers.query(self._sql["told"], place)
        return [(story_of_row(row), revision_of(row)) for row in rows]

    def count(self, issue: int, story: int) -> bool:
        """Count that somebody followed the link of a story in an issue; whether it stands there."""
        if not self._readers.query(self._sql["is_told"], (issue, story))[0]["is_so"]:
            return False

        def work(connection: Connection) -> bool:
            return connection.run(self._sql["click"], (issue, story)) > 0

        return self._writer.call(work, priority=LATER)

    def clicks(self, issue: int) -> Sequence[tuple[int, int]]:
        """The stories of an issue in their order, and how often the link of each was followed."""
        return [(row["story_id"], row["clicks"]) for row in self._readers.query(self._sql["clicks"], (issue,))]

    def _mail(self, name: str, number: int) -> MailOfIssue | None:
        for row in self._readers.query(self._sql[name], (number,)):
            return MailOfIssue(
                issue=row["issue_id"],
                message=row["message_id"],
                left_at=from_ms(row["started_at"]),
                carried=frozenset(self._numbers("carried", row["message_id"])),
                members=self._numbers("members", row["issue_id"]),
                news=frozenset(self._numbers("news", row["issue_id"])),
            )
        return None

    def _numbers(self, name: str, number: int) -> Sequence[int]:
        return [row["story_id"] for row in self._readers.query(self._sql[name], (number,))]
