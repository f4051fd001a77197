"""Subscribing with a double yes: a form or a system asks, a letter asks back, its link says yes. Must not render
anything, and must never let the answer tell whether an address is known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from distributor.interfaces import Clock
from distributor.model import LetterKind
from distributor.rules.mail.readers.asking import Filled, Lately, Standing, Wish, filled, letter_for
from distributor.rules.mail.tokens import Purpose, Ticket, read, write

#: The version of the words on the page that says yes.
CONFIRM_VERSION = "confirm-1"


class AskBook(Protocol):
    """Where wishes are kept."""

    def ask(
        self, wish: Wish, rule: Callable[[Wish, Standing, Lately], LetterKind | None], now: datetime
    ) -> LetterKind | None:
        """Put a wish on record, and write the letter that the rule says."""
        ...

    def say_yes(
        self, subscriber: int, topics: Sequence[str], *, source: str, version: str, network: str, now: datetime
    ) -> bool:
        """A reader confirms."""
        ...


class ReaderBook(Protocol):
    """Where subscriptions stand."""

    def standing(self, subscriber: int, topics: Sequence[str]) -> Mapping[str, str]:
        """The states of a reader's subscriptions."""
        ...

    def language(self, subscriber: int) -> str | None:
        """The reader's language; None: there is no such reader any more."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """Who stands before the page that says yes."""

    language: str
    #: what the link is about, and of that what is not confirmed yet and what is
    topics: tuple[str, ...]
    open: tuple[str, ...]
    confirmed: tuple[str, ...]
    #: leads to the reader's dials
    dials: str


class Subscribing:
    """What comes of a wish for newsletters."""

    def __init__(
        self, asks: AskBook, readers: ReaderBook, *, key: bytes, clock: Clock, changed: Callable[[], None]
    ) -> None:
        """``key`` is the store's own; ``changed`` is told after every change."""
        self._asks = asks
        self._readers = readers
        self._key = key
        self._clock = clock
        self._changed = changed

    def form(self) -> str:
        """The mark of a form that is shown now: it tells later when that was."""
        made = int(self._clock.now().timestamp())
        return write(self._key, Purpose.FORM, Ticket(subscriber=0, number=made))

    def who_filled(self, mark: str, bait: str) -> Filled:
        """Who seems to have filled in a form that bears a mark."""
        ticket = read(self._key, Purpose.FORM, mark)
        age = None if ticket is None else self._clock.now() - datetime.fromtimestamp(ticket.number, UTC)
        return filled(bait=bait, age=age)

    def ask(self, wish: Wish) -> bool:
        """Ask an address whether it wants what somebody asked for, within the limits.

        Whether a letter was written: that is nobody's to know who may not see the list of readers.
        """
        kind = self._asks.ask(wish, letter_for, self._clock.now())
        if kind is not None:
            self._changed()
        return kind is not None

    def look(self, token: str) -> Newcomer | None:
        """How things stand for a link that says yes, changing nothing; None: it is none of ours, or is over."""
        ticket = read(self._key, Purpose.CONFIRM, token)
        if ticket is None or ticket.is_over(self._clock.now()):
            return None
        language = self._readers.language(ticket.subscriber)
        if language is None:
            return None
        standing = self._readers.standing(ticket.subscriber, ticket.topics)
        return Newcomer(
            language=language,
            topics=ticket.topics,
            open=tuple(topic for topic, state in standing.items() if state == "unconfirmed"),
            confirmed=tuple(topic for topic, state in standing.items() if state == "confirmed"),
            dials=write(self._key, Purpose.DIALS, Ticket(subscriber=ticket.subscriber)),
        )

    def confirm(self, token: str, *, network: str) -> Newcomer | None:
        """Say yes, once; again changes nothing. None: the link is none of ours, or is over."""
        found, ticket = self.look(token), read(self._key, Purpose.CONFIRM, token)
        if found is None or ticket is None:
            return None
        said = self._asks.say_yes(
            ticket.subscriber,
            ticket.topics,
            source="link in the letter",
            version=CONFIRM_VERSION,
            network=network,
            now=self._clock.now(),
        )
        if said:
            self._changed()
        return self.look(token)
