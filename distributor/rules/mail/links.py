"""Which links of their own a reader's mail carries, and where they lead. Must not look at a clock, store or network."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from distributor.model import Letter, LetterKind, ReaderLinks
from distributor.rules.mail.tokens import Purpose, Ticket, write

#: How long a link may be used that does more than a forwarded mail should.
CONFIRM_WITHIN, ADDRESS_WITHIN, FRESH_WITHIN, UNDO_WITHIN = (
    timedelta(days=7),
    timedelta(days=2),
    timedelta(hours=2),
    timedelta(days=30),
)
#: what a letter asks for: the link's purpose, and how long it holds
_ASKED = {
    LetterKind.CONFIRM: (Purpose.CONFIRM, CONFIRM_WITHIN),
    LetterKind.ADDRESS_OLD: (Purpose.ADDRESS, ADDRESS_WITHIN),
    LetterKind.ADDRESS_NEW: (Purpose.ADDRESS, ADDRESS_WITHIN),
    LetterKind.FRESH: (Purpose.FRESH, FRESH_WITHIN),
    LetterKind.CHANGED: (Purpose.UNDO, UNDO_WITHIN),
    LetterKind.LEFT: (Purpose.UNDO, UNDO_WITHIN),
}
#: where a purpose has its page; a fresh link opens the same page with more on it
_PATHS = {Purpose.VIEW: "issue"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """One mail and whom it goes to."""

    subscriber: int
    delivery: int
    #: the subscription it came with; empty for a letter
    topic: str
    #: None: it is no letter
    letter: Letter | None = None


class Links:
    """Makes readers' links for one public address."""

    def __init__(self, public: str, key: bytes) -> None:
        """``public`` is where the world reaches the pages, without a slash at its end; ``key`` the store's own."""
        self._public = public
        self._key = key

    def of(self, mail: Addressee) -> ReaderLinks:
        """The links of one mail; a letter has no page, and one that asks for something leads to where that is given."""
        dials = self.to(Purpose.DIALS, Ticket(subscriber=mail.subscriber))
        if mail.letter is None:
            topics: tuple[str, ...] = (mail.topic,) if mail.topic else ()
            return ReaderLinks(
                leave=self.to(Purpose.LEAVE, Ticket(subscriber=mail.subscriber, topics=topics, number=mail.delivery)),
                dials=dials,
                view=self.to(Purpose.VIEW, Ticket(subscriber=mail.subscriber, number=mail.delivery)),
            )
        # who never asked for what a letter wants confirmed leaves that alone, not what they have
        topics = mail.letter.topics if mail.letter.kind is LetterKind.CONFIRM else ()
        leave = Ticket(subscriber=mail.subscriber, topics=topics, number=mail.delivery)
        return ReaderLinks(
            leave=self.to(Purpose.LEAVE, leave), dials=dials, confirm=self.asked(mail.subscriber, mail.letter)
        )

    def asked(self, subscriber: int, letter: Letter) -> str:
        """Where the reader says yes to a letter, or takes back what it tells."""
        return self.to(_ASKED[letter.kind][0], ticket_of(subscriber, letter))

    def to(self, purpose: Purpose, ticket: Ticket) -> str:
        """The address of a page."""
        return f"{self._public}/r/{_PATHS.get(purpose, purpose.value)}/{write(self._key, purpose, ticket)}"


def ticket_of(subscriber: int, letter: Letter) -> Ticket:
    """What the link of a letter holds."""
    return Ticket(subscriber=subscriber, topics=letter.topics, number=letter.id, until=expiry(letter))


def expiry(letter: Letter) -> datetime:
    """Until when the link of a letter holds, in whole seconds, for no token carries a fraction."""
    return (letter.created_at + _ASKED[letter.kind][1]).replace(microsecond=0)
