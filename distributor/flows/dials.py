"""A reader's dials, changed through a link; what a forwarded mail must not do needs a fresh link. Must not render
anything.

::

    link in a mail  -> see and change the dials, subscribe, leave, ask for a fresh link (told by a letter, taken back)
    fresh link      -> that, and: see all that is known, be forgotten, ask for another address
    letters to both -> another address
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from distributor.interfaces import Clock
from distributor.model import LetterKind, Moving, ReaderDials
from distributor.rules.mail.readers.asking import Lately, Standing, Wish, letter_for
from distributor.rules.mail.readers.dialling import Told
from distributor.rules.mail.tokens import Purpose, Ticket, read, write

#: A reader gets no second fresh link within this time.
FRESH_EVERY = timedelta(minutes=10)


class DialBook(Protocol):
    """Where dials stand."""

    def get(self, subscriber: int) -> ReaderDials | None:
        """A reader."""
        ...

    def set(self, reader: ReaderDials, *, source: str, network: str, is_told: bool, now: datetime) -> bool:
        """Give a reader other dials."""
        ...

    def ask_fresh(self, subscriber: int, *, least: timedelta, now: datetime) -> bool:
        """Write a letter with a fresh link."""
        ...

    def everything(self, subscriber: int) -> Mapping[str, Any] | None:
        """All that is known of a reader."""
        ...

    def erase(self, subscriber: int, now: datetime) -> bool:
        """Forget a reader."""
        ...


class MoveBook(Protocol):
    """Where changes of address stand."""

    def ask(
        self, subscriber: int, wish: Wish, rule: Callable[[Wish, Standing, Lately], LetterKind | None], now: datetime
    ) -> bool:
        """Write to both addresses, within the limits; whether it was done."""
        ...

    def get(self, subscriber: int, letter: int) -> Moving | None:
        """The change that a letter asks about."""
        ...

    def agree(self, subscriber: int, letter: int, *, network: str, now: datetime) -> bool:
        """One of the two addresses says yes."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """A reader before the page of dials."""

    reader: ReaderDials
    #: whether the link may do what a forwarded mail must not
    is_fresh: bool
    #: the token that ends everything
    leave: str


class Dialling:
    """What readers' links to their dials do."""

    def __init__(
        self, dials: DialBook, moves: MoveBook, *, key: bytes, clock: Clock, changed: Callable[[], None]
    ) -> None:
        """``key`` is the store's own; ``changed`` is told after every change."""
        self._dials = dials
        self._moves = moves
        self._key = key
        self._clock = clock
        self._changed = changed

    def look(self, token: str, *, fresh: bool) -> Seat | None:
        """Who the link is for, changing nothing; None: it is none of ours, or is over."""
        ticket = self._ticket(Purpose.FRESH if fresh else Purpose.DIALS, token)
        reader = None if ticket is None else self._dials.get(ticket.subscriber)
        if reader is None:
            return None
        return Seat(reader=reader, is_fresh=fresh, leave=write(self._key, Purpose.LEAVE, Ticket(subscriber=reader.id)))

    def save(self, seat: Seat, told: Told, *, network: str) -> bool:
        """Set what a form says; whether that changed anything. What the form does not show stays as it is."""
        shown = {one.topic for one in told.choices}
        kept = tuple(one for one in seat.reader.choices if one.topic not in shown)
        # who never agreed and does not now is as before
        clicks = told.clicks or (None if seat.reader.clicks is None else False)
        wanted = replace(seat.reader, dials=told.dials, clicks=clicks, choices=(*told.choices, *kept))
        source = "fresh link" if seat.is_fresh else "link in a mail"
        now = self._clock.now()
        is_news = self._dials.set(wanted, source=source, network=network, is_told=not seat.is_fresh, now=now)
        if is_news:
            self._changed()
        return is_news

    def ask_fresh(self, seat: Seat) -> None:
        """Send a fresh link to the reader's address, if none was sent a short while ago."""
        self._dials.ask_fresh(seat.reader.id, least=FRESH_EVERY, now=self._clock.now())

    def everything(self, seat: Seat) -> Mapping[str, Any] | None:
        """All that is known of the reader; None where the link is not fresh."""
        return self._dials.everything(seat.reader.id) if seat.is_fresh else None

    def erase(self, seat: Seat) -> bool:
        """Forget the reader; False where the link is not fresh."""
        is_done = seat.is_fresh and self._dials.erase(seat.reader.id, self._clock.now())
        if is_done:
            self._changed()
        return is_done

    def ask_move(self, seat: Seat, address: str, *, network: str) -> bool:
        """Ask both addresses whether mail shall go to another; False where the link is not fresh.

        Nobody learns whether the other address is known, or had a letter today.
        """
        if seat.is_fresh:
            wish = Wish(address=address, topics=(), source="move", network=network)
            self._moves.ask(seat.reader.id, wish, _one_of_two, self._clock.now())
        return seat.is_fresh

    def look_move(self, token: str) -> Moving | None:
        """The change that a link agrees to, changing nothing; None: it is none of ours, or is over."""
        ticket = self._ticket(Purpose.ADDRESS, token)
        return None if ticket is None else self._moves.get(ticket.subscriber, ticket.number)

    def agree(self, token: str, *, network: str) -> Moving | None:
        """Say yes to another address, once; again changes nothing. None: the link is none of ours, or is over."""
        ticket = self._ticket(Purpose.ADDRESS, token)
        if ticket is None:
            return None
        if self._moves.agree(ticket.subscriber, ticket.number, network=network, now=self._clock.now()):
            self._changed()
        return self._moves.get(ticket.subscriber, ticket.number)

    def _ticket(self, purpose: Purpose, token: str) -> Ticket | None:
        ticket = read(self._key, purpose, token)
        return None if ticket is None or ticket.is_over(self._clock.now()) else ticket


def _one_of_two(wish: Wish, standing: Standing, lately: Lately) -> LetterKind | None:
    """Whether an address may be asked, whoever has it."""
    return LetterKind.ADDRESS_NEW if letter_for(wish, standing, lately) is not None else None
