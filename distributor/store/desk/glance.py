"""The last hours and the next of the ledger, at a glance: by indexes alone, however much is in it. Changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from distributor.store.codes import to_ms
from distributor.store.connection import Row, queries
from distributor.store.readers import Readers


class Glance:
    """What stands around an instant."""

    def __init__(self, readers: Readers) -> None:
        """Share the store's readers."""
        self._readers = readers
        self._sql = queries("glance")

    def earlier(self, channel: int, since: datetime, most: int) -> Sequence[Row]:
        """What left on a channel (its row's id) since an instant, newest first."""
        return self._rows("earlier", channel=channel, since=to_ms(since), most=most)

    def issues(self, digest: str, since: datetime, most: int) -> Sequence[Row]:
        """The issues of a digest that were opened since an instant, newest first."""
        return self._rows("issues", digest=digest, since=to_ms(since), most=most)

    def trouble(self, since: datetime) -> Mapping[str, int]:
        """How many deliveries are held until somebody says so, failed since an instant, and are unknown."""
        return dict(self._rows("trouble", since=to_ms(since))[0])

    def _rows(self, name: str, **fields: object) -> Sequence[Row]:
        return self._readers.query(self._sql[name], fields)
