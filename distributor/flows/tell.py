"""Telling a receiver what became of stories: at least once, in order, and never in anybody's way.

::

    events of the chain, after the receiver's cursor
      -> put aside, where something older of the same story was refused
      -> POST, signed                                  2xx -> the cursor moves, committed
           410 -> ended        400, 409, 413, 422 -> put aside, others go on        else -> all wait, ever longer

A kill between the answer and the commit tells one message again, under the same id.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from distributor.errors import FetchError
from distributor.interfaces import Clock
from distributor.model.tidings import Tiding, Told, Word
from distributor.rules.fate.tidings import Fate, fate, message, pause, said, word

log = logging.getLogger(__name__)

#: Looked at in one go.
MOST = 50
#: How many events that are none of its matter a start may have to look at again, rather than that each look writes.
REWRITTEN = 1000


class Outbox(Protocol):
    """How far each receiver was told, and what happened since."""

    def know(self, name: str) -> Told:
        """How a receiver stands; a new one begins with what happens from now on."""
        ...

    def aside(self, name: str, now: datetime, most: int) -> Sequence[Tiding]:
        """What was put aside and whose time has come."""
        ...

    def ahead(self, name: str, after: int, most: int) -> tuple[Sequence[Tiding], int]:
        """What happened after an event, and the number up to which nothing else did."""
        ...

    def told(self, name: str, tiding: Tiding, now: datetime) -> None:
        """It was taken."""
        ...

    def passed(self, name: str, event: int) -> None:
        """Nothing up to this event is its matter."""
        ...

    def put_aside(self, name: str, tiding: Tiding, *, tries: int, until: datetime, error: str) -> None:
        """It was refused, or something older of its story was."""
        ...

    def failed(self, name: str, *, until: datetime, error: str) -> None:
        """The receiver cannot be told anything until then."""
        ...

    def ended(self, name: str, now: datetime, error: str) -> None:
        """It wants no more."""
        ...


class Teller:
    """Tells one receiver."""

    def __init__(
        self,
        name: str,
        words: Collection[Word],
        post: Callable[[str, bytes], None],
        outbox: Outbox,
        clock: Clock,
        *,
        host: str = "",
    ) -> None:
        """``words`` are those it wants; ``post`` sends a body under an id, and raises FetchError.

        ``host`` is what may be shown of where it is.
        """
        self.name = name
        self.host = host
        self.words = frozenset(words)
        self._post = post
        self._outbox = outbox
        self._clock = clock
        #: nothing up to here is its matter; kept in mind, so that not every look writes
        self._passed = 0

    def run_once(self, is_stopping: Callable[[], bool] = lambda: False) -> int:
        """Tell what waits, as far as it is taken; how many messages were. ``is_stopping`` ends it between two."""
        now = self._clock.now()
        state = self._outbox.know(self.name)
        if state.ended_at is not None or (state.not_before is not None and state.not_before > now):
            return 0
        aside = self._outbox.aside(self.name, now, MOST)
        found, passed = self._outbox.ahead(self.name, max(state.event, self._passed), MOST)
        count, is_through = self._tell([*aside, *found], state.tries, is_stopping)
        if is_through:
            self._passed = passed
            if len(found) == MOST or passed - state.event > REWRITTEN:
                self._outbox.passed(self.name, passed)
        return count

    def test(self) -> None:
        """Send a message that means nothing. Raises FetchError."""
        now = self._clock.now()
        told = {"type": "test", "timestamp": said(now), "data": {"receiver": self.name}}
        self._post(f"test_{int(now.timestamp() * 1000)}", _body(told))

    def _tell(self, waiting: Sequence[Tiding], tries: int, is_stopping: Callable[[], bool]) -> tuple[int, bool]:
        """Tell one after the other; how many were taken, and whether it was done to the end."""
        count, behind = 0, set[int]()
        for tiding in waiting:
            if is_stopping():
                return count, False
            if word(tiding.kind, tiding.detail) not in self.words:
                self._outbox.passed(self.name, tiding.event)
            elif tiding.is_behind or tiding.subject_id in behind:
                self._outbox.put_aside(self.name, tiding, tries=0, until=self._clock.now(), error="")
            elif (refusal := self._refusal(tiding)) is None:
                self._outbox.told(self.name, tiding, self._clock.now())
                count, tries = count + 1, 0
            elif self._refused(tiding, refusal, tries):
                behind.add(tiding.subject_id)
            else:
                return count, False
        return count, True

    def _refusal(self, tiding: Tiding) -> FetchError | None:
        try:
            self._post(tiding.key, _body(message(tiding)))
        except FetchError as error:
            return error
        return None

    def _refused(self, tiding: Tiding, error: FetchError, tries: int) -> bool:
        """Write what a refusal means; whether others can be told."""
        now, reason = self._clock.now(), str(error)
        match fate(error.status):
            case Fate.END:
                log.error("the receiver %s wants no more webhooks", self.name)
                self._outbox.ended(self.name, now, reason)
                return False
            case Fate.ASIDE:
                until = now + pause(tiding.tries + 1, error.retry_after)
                self._outbox.put_aside(self.name, tiding, tries=tiding.tries + 1, until=until, error=reason)
                return True
            case _:
                self._outbox.failed(self.name, until=now + pause(tries + 1, error.retry_after), error=reason)
                return False


def _body(told: Mapping[str, object]) -> bytes:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
