"""Leaving by a link, and taking it back: whoever has a reader's mail may do both, and the reader is told by a letter.
Must not render anything, and must not let a link do what it was not made for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from distributor.interfaces import Clock
from distributor.model import Letter, LetterKind
from distributor.rules.mail.links import ticket_of
from distributor.rules.mail.tokens import Purpose, Ticket, read, write

#: What the record says of where it came from.
LINK, MAIL_PROGRAM = "link in a mail", "one-click of a mail program"


class LeaverBook(Protocol):
    """Where subscriptions stand."""

    def end(self, subscriber: int, topics: Sequence[str], *, source: str, network: str, now: datetime) -> bool:
        """A reader leaves some topics, or all; whether anything ended."""
        ...

    def take_back(self, subscriber: int, left: Letter, *, source: str, network: str, now: datetime) -> bool:
        """A reader takes back having left; whether anything came back."""
        ...

    def ended(self, subscriber: int, left: Letter) -> Sequence[str]:
        """What a letter tells the end of and no later act has touched."""
        ...

    def standing(self, subscriber: int, topics: Sequence[str]) -> Mapping[str, str]:
        """The states of a reader's subscriptions."""
        ...

    def language(self, subscriber: int) -> str | None:
        """The reader's language; None: there is no such reader any more."""
        ...


class LetterBook(Protocol):
    """Where letters are read."""

    def get(self, letter: int) -> Letter | None:
        """One letter."""
        ...

    def latest(self, subscriber: int, kind: LetterKind) -> Letter | None:
        """The last letter of a kind to a reader."""
        ...


class DialBook(Protocol):
    """Where dials stand."""

    def take_back(self, letter: Letter, subscriber: int, *, source: str, network: str, now: datetime) -> bool:
        """Give a reader the dials from before what a letter tells."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaver:
    """A reader before the page of a link."""

    ticket: Ticket
    language: str
    #: the subscriptions that the link ends and that have not ended
    topics: tuple[str, ...]
    #: the token that opens the dials
    dials: str = ""
    #: those that ended and can come back
    gone: tuple[str, ...] = ()
    #: the token that brings them back; empty: nothing can be brought back
    undo: str = ""
    #: whether the link takes back other settings than having left
    is_change: bool = False


class Leaving:
    """What a reader's links to leave and to come back do."""

    def __init__(
        self,
        subscribers: LeaverBook,
        letters: LetterBook,
        dials: DialBook,
        *,
        key: bytes,
        clock: Clock,
        changed: Callable[[], None],
    ) -> None:
        """``key`` is the store's own; ``changed`` is told after every change."""
        self._subscribers = subscribers
        self._letters = letters
        self._dials = dials
        self._key = key
        self._clock = clock
        self._changed = changed

    def look(self, token: str) -> Leaver | None:
        """How things stand for a link that ends something, changing nothing; None: it is none of ours."""
        ticket = read(self._key, Purpose.LEAVE, token)
        language = None if ticket is None else self._subscribers.language(ticket.subscriber)
        if ticket is None or language is None:
            return None
        standing = self._subscribers.standing(ticket.subscriber, ticket.topics)
        topics = tuple(topic for topic, state in standing.items() if state != "unsubscribed")
        left = self._letters.latest(ticket.subscriber, LetterKind.LEFT)
        dials = write(self._key, Purpose.DIALS, Ticket(subscriber=ticket.subscriber))
        back = Leaver(ticket=ticket, language=language, topics=topics, dials=dials)
        return back if topics or left is None else self._back(back, left)

    def _back(self, leaver: Leaver, left: Letter) -> Leaver:
        """The same with what the link of a letter takes back, while it holds."""
        ticket = ticket_of(leaver.ticket.subscriber, left)
        if ticket.is_over(self._clock.now()):
            return leaver
        gone = tuple(self._subscribers.ended(ticket.subscriber, left))
        return replace(leaver, gone=gone, undo=write(self._key, Purpose.UNDO, ticket) if gone else "")

    def leave(self, token: str, *, source: str, network: str) -> Leaver | None:
        """End what the link ends, once; again changes nothing. None: the link is none of ours."""
        leaver = self.look(token)
        if leaver is None:
            return None
        ticket = leaver.ticket
        if self._subscribers.end(
            ticket.subscriber, ticket.topics, source=source, network=network, now=self._clock.now()
        ):
            self._changed()
        return self.look(token)

    def look_back(self, token: str) -> Leaver | None:
        """How things stand for a link that takes it back, changing nothing; None: it is none of ours, or is over."""
        ticket = read(self._key, Purpose.UNDO, token)
        if ticket is None or ticket.is_over(self._clock.now()):
            return None
        letter, language = self._letters.get(ticket.number), self._subscribers.language(ticket.subscriber)
        if letter is None or language is None:
            return None
        leaver = Leaver(ticket=ticket, language=language, topics=letter.topics)
        if letter.kind is LetterKind.CHANGED:
            return replace(leaver, undo=token, is_change=True)
        return self._back(leaver, letter)

    def come_back(self, token: str, *, network: str) -> Leaver | None:
        """Take back having left; again changes nothing. None: the link is none of ours, or is over."""
        found = self.look_back(token)
        left = self._letters.get(found.ticket.number) if found is not None else None
        if found is None or left is None:
            return None
        now, reader = self._clock.now(), found.ticket.subscriber
        if found.is_change:
            is_back = self._dials.take_back(left, reader, source=LINK, network=network, now=now)
        else:
            is_back = self._subscribers.take_back(reader, left, source=LINK, network=network, now=now)
        if is_back:
            self._changed()
        return replace(found, undo="") if found.is_change else self.look_back(token)
