"""The index of what headlines and addresses say, for stories that are older than it. Decides nothing."""

from __future__ import annotations

from distributor.store.connection import Connection, queries
from distributor.store.readers import Readers
from distributor.store.writer import LATER, Writer

#: Stories that one transaction puts in, so that lanes come between (about 10 ms, and 0.1 s where the index merges).
SLICE = 100


class StoryWords:
    """Puts older stories into the index, the latest first; later ones put themselves in."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        """Share the store's writer and readers."""
        self._writer = writer
        self._readers = readers
        self._sql = queries("words")

    def further(self) -> int:
        """Put in some more; how many stories are out of it still, or were before."""
        (left,) = self._readers.query(self._sql["left"])
        if left["n"]:
            self._writer.call(self._put_in, priority=LATER)
        return int(left["n"])

    def _put_in(self, connection: Connection) -> None:
        connection.run(self._sql["put_in"], (SLICE,))
        connection.run(self._sql["move"], (SLICE,))
