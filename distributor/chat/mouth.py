"""Everything that is written into the chat, at the pace that the platform allows. Must not know what it says."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from distributor.chat.pace import WINDOWS, wait
from distributor.errors import ChannelError, RateLimited, Rejected, Unauthorized
from distributor.interfaces import Clock, Conversation
from distributor.model import Card
from distributor.rules.fate.lifecycle import UNSAID_WAIT, backoff

log = logging.getLogger(__name__)
T = TypeVar("T")

#: While the chat cannot be written to, it is tried again at least so often.
LONGEST = timedelta(minutes=1)
#: What could not be said within so long is no answer any more.
PATIENCE = timedelta(minutes=10)


class Later(Exception):
    """Nothing can be written before :attr:`Mouth.not_before`."""


class Mouth:
    """Writes cards, changes them, and answers presses."""

    def __init__(self, conversation: Conversation, clock: Clock) -> None:
        """Nothing is written yet."""
        self._conversation = conversation
        self._clock = clock
        self._sent: deque[datetime] = deque(maxlen=max(most for _, most in WINDOWS))
        self._failures = 0
        #: nothing is written before this instant
        self.not_before = clock.now()
        #: why nothing can be written; empty: it can
        self.trouble = ""

    def show(self, card: Card, *, topic: int = 0, answers: int = 0) -> int:
        """Post a card; its number. Raises Later, and Rejected for one that the platform will never take."""
        return self._write(lambda: self._conversation.show(card, topic=topic, answers=answers))

    def change(self, number: int, card: Card) -> None:
        """Change a card in place. Raises as above."""
        self._write(lambda: self._conversation.change(number, card))

    def answer(self, press: str, words: str) -> None:
        """Answer a press; one that cannot be answered (any more) counts all the same."""
        try:
            self._conversation.answer(press, words)
        except ChannelError as error:
            log.info("operations chat: a press could not be answered: %s", error)

    def rest(self) -> timedelta:
        """How long nothing can be written."""
        now = self._clock.now()
        return max(self.not_before - now, wait(list(self._sent), now))

    def _write(self, call: Callable[[], T]) -> T:
        if self.rest() > timedelta(0):
            raise Later
        self._sent.append(self._clock.now())
        try:
            done = call()
        except Rejected:
            raise
        except ChannelError as error:
            self._fail(error)
            raise Later from None
        self._failures, self.trouble = 0, ""
        return done

    def _fail(self, error: ChannelError) -> None:
        """What may not be there is written again: a card that stands twice does no harm."""
        self._failures += 1
        pause = min(backoff(self._failures), LONGEST)
        if isinstance(error, RateLimited):
            pause = error.retry_after or UNSAID_WAIT
        if self._failures == 1:
            log.warning("operations chat: it cannot be written to: %s", error)
        if isinstance(error, Unauthorized) or self._failures > 3:
            self.trouble = str(error)
        self.not_before = self._clock.now() + pause
