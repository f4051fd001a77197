"""What one shift hands over to the next, as it stands in the ledger. Changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from distributor.store.codes import to_ms
from distributor.store.connection import Row, queries
from distributor.store.readers import Readers

#: Most rows of each sort that are told one by one.
MOST = 200


class Shift:
    """The ledger since an instant."""

    def __init__(self, readers: Readers) -> None:
        """Share the store's readers."""
        self._readers = readers
        self._sql = queries("shift")

    def posts(self, since: datetime) -> Sequence[Row]:
        """What went out on channels with an audience of their own, the oldest first."""
        return self._rows("posts", since)

    def posted(self, since: datetime) -> Mapping[str, int]:
        """How many went out there, by channel."""
        return {row["channel"]: row["n"] for row in self._rows("posted", since)}

    def issues(self, since: datetime) -> Sequence[Row]:
        """The issues of digests that were opened."""
        return self._rows("issues", since)

    def open(self, since: datetime) -> Sequence[Row]:
        """What is held or unknown now, and what failed since."""
        return self._rows("open", since)

    def decisions(self, since: datetime) -> Sequence[Row]:
        """What people decided, the oldest first."""
        return self._rows("decisions", since)

    def _rows(self, name: str, since: datetime) -> Sequence[Row]:
        return self._readers.query(self._sql[name], {"since": to_ms(since), "most": MOST})
