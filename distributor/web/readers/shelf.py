"""Pages that everybody gets alike, kept for a minute. Knows nothing of what they show."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from starlette.responses import Response

#: for how long what was shown may be shown again, here and in browsers
KEPT = timedelta(minutes=1)
#: how many pages are kept
MOST = 200


class Shelf:
    """Keeps pages; each is made by one thread at a time, and whoever asks meanwhile waits for that one."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        """``now`` is the clock's."""
        self._now = now
        self._kept: dict[str, tuple[datetime, Response]] = {}
        self._lock = threading.Lock()
        self._making: dict[str, threading.Lock] = {}

    def peek(self, place: str) -> Response | None:
        """A page that stands here and is not too old; it waits for nobody."""
        known, now = self._kept.get(place), self._now()
        return _copy(known[1]) if known is not None and now - KEPT < known[0] <= now else None

    def take(self, place: str, make: Callable[[], Response]) -> Response:
        """A page, made anew where none stands here."""
        with self._lock:
            making = self._making.setdefault(place, threading.Lock())
        try:
            with making:
                return self.peek(place) or self._put(place, make())
        finally:
            with self._lock:
                self._making.pop(place, None)

    def _put(self, place: str, made: Response) -> Response:
        with self._lock:
            self._kept.pop(place, None)
            while len(self._kept) >= MOST:  # what was made longest ago goes first
                del self._kept[next(iter(self._kept))]
            self._kept[place] = (self._now(), made)
        return _copy(made)


def _copy(page: Response) -> Response:
    """The same page for one more reader, who may be given fields of their own."""
    return Response(page.body, status_code=page.status_code, headers=dict(page.headers))
