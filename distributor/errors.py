"""Every error distributor raises on purpose. A foreign error is translated once, at the border, into one of these.

::

    DistributorError
    +-- ConfigError          one or more problems in configuration files or the environment
    +-- StoreError
    |   +-- StoreLocked      another process owns the store
    |   +-- StoreTooNew      written by a newer distributor
    |   +-- StoreForeign     not a distributor store
    |   +-- StoreDamaged     its file is damaged: only a backup in its place helps
    +-- SourceError          a feed or page could not be read; the feed stays, the reason is recorded
    |   +-- FetchError       the network or the server
    |   |   +-- FetchRefused the guard would not contact that address
    |   +-- ParseError       bytes came, but not what was promised
    +-- MailboxError         a mailbox to which mail comes back cannot be read
    +-- ListenError          the web server's address cannot be had
    +-- Unsigned             a message is not signed as it must be
    +-- Unvouched            an OpenID provider has not vouched for somebody, or is not believed
    +-- TemplateError        a template does not compile, or does not render
    |   +-- TooLong          an editor's own words do not fit
    +-- ChannelError         what ``Channel.send`` may raise, and nothing else
    |   +-- Rejected         this message, never
    |   |   +-- AlreadyThere its very words stand there already
    |   |   +-- PictureRefused its words may stand there, its picture may not
    |   +-- RateLimited      not now; ``retry_after`` says when
    |   |   +-- Deferred     not now for this recipient; the others go on
    |   +-- Unavailable      nothing left this machine (only a failure to connect counts)
    |   +-- UnknownOutcome   after the first byte: no answer, 5xx, unreadable 2xx
    |   +-- Unauthorized     the channel pauses: credentials or rights
    |   +-- OutOfCredit      the channel pauses: money
    +-- CallError            a command was refused, with a code for scripts
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from distributor.phrases import Phrase


class DistributorError(Exception):
    """Root of the tree; its text is one plain line for people and never holds a secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong with the configuration, for one plain line."""

    #: the file, ``environment`` or the name of a credential
    where: str
    #: line in that file, counted from 1; None where there is none
    line: int | None = None
    #: dotted key such as ``channels.x.api_key``; may be empty for a whole file
    key: str = ""
    #: what was found; never a secret value
    found: Phrase
    #: what would be right
    hint: Phrase

    def __str__(self) -> str:
        """``config.toml:12: channels.tg.chat: found ...; expected ...``."""
        return str(self.said)

    @property
    def said(self) -> Phrase:
        """The same, for any language."""
        place = self.where if self.line is None else f"{self.where}:{self.line}"
        told = Phrase.joined("; ", (self.found, self.hint))
        return Phrase.joined(": ", [part for part in (place, self.key, told) if part])


class ConfigError(DistributorError):
    """All problems of a configuration at once."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        """Keep the problems; the text is one line each."""
        self.problems = problems
        super().__init__(Phrase.joined("\n", [problem.said for problem in problems]))


class StoreError(DistributorError):
    """The store cannot be opened or written."""


class StoreLocked(StoreError):
    """Another process owns the store."""


class StoreTooNew(StoreError):
    """The store was written by a newer distributor; it is left untouched."""


class StoreForeign(StoreError):
    """The file is not a distributor store; it is left untouched."""


class StoreDamaged(StoreError):
    """The database file is damaged; ``found`` is what SQLite says of it. Another folder would be an empty store, which
    knows nothing of what was sent: so the way out is a backup in its place, and nothing else.
    """

    def __init__(self, found: str) -> None:
        """Keep what was found."""
        super().__init__(
            f"the store's database is damaged ({found}); put the latest backup in its place: distributor restore FILE"
        )
        self.found = found


class SourceError(DistributorError):
    """A source could not be read; the text says why, in plain words."""


class FetchError(SourceError):
    """The network or the far server failed. ``retry_after`` is set where the server asked for a pause."""

    def __init__(self, reason: str, *, status: int | None = None, retry_after: timedelta | None = None) -> None:
        """Keep the HTTP status, where one came, and the pause asked for."""
        super().__init__(reason)
        self.status = status
        self.retry_after = retry_after


class FetchRefused(FetchError):
    """The guard refused to contact the address; no packet was sent."""


class ParseError(SourceError):
    """Bytes came, but they are not the document that was promised."""


class MailboxError(DistributorError):
    """A mailbox to which mail comes back cannot be read or changed; what is in it stays for the next reading."""


class ListenError(DistributorError):
    """The address that the web server shall listen on cannot be had; the text names it and says why."""


class Unsigned(DistributorError):
    """A message is not signed as it must be; the text says what is wrong and holds no secret."""


class Unvouched(DistributorError):
    """An OpenID provider has not vouched for somebody, or what it said is not believed.

    ``why`` is what the person is told (a value of :class:`distributor.model.people.Unproved`); the text is for the log,
    and holds neither code nor token.
    """

    def __init__(self, why: str, reason: str) -> None:
        """Keep both."""
        super().__init__(reason)
        self.why = why


class TemplateError(DistributorError):
    """A template does not compile or does not render; the text names file, line and reason."""


class TooLong(TemplateError):
    """An editor's own words do not fit a channel, and are never cut."""

    def __init__(self, length: int, limit: int) -> None:
        """Keep how long they are, as the platform counts, and what would fit."""
        super().__init__(
            Phrase("an editor's own words are %(length)s units long; %(limit)s fit", length=length, limit=limit)
        )
        self.length = length
        self.limit = limit


class ChannelError(DistributorError):
    """What a channel may raise while sending; the text is a plain reason without secrets."""


class Rejected(ChannelError):
    """The platform will never take this message; it surely was not sent."""


class AlreadyThere(Rejected):
    """Refused because the very same words of ours stand there already.

    After a doubt this is the proof that they arrived; at a first attempt it is a refusal like any other.
    """


class PictureRefused(Rejected):
    """Refused because of the picture that came with it: the same words without it may be taken."""


class RateLimited(ChannelError):
    """Not sent; the platform asks to wait ``retry_after`` (None: it did not say how long).

    ``scope`` names the account or application whose limit it is; empty: the channel's own.
    """

    def __init__(self, reason: str, *, retry_after: timedelta | None = None, scope: str = "") -> None:
        """Keep the wait asked for and whose it is."""
        super().__init__(reason)
        self.retry_after = retry_after
        self.scope = scope


class Deferred(RateLimited):
    """Not sent, and to be tried again later, for this recipient alone: the channel goes on with the others.

    ``is_pace`` says that it came of sending too fast to whoever keeps the recipient's mailbox.
    """

    def __init__(self, reason: str, *, retry_after: timedelta, is_pace: bool = False) -> None:
        """Keep the first wait, and whether others should be sent more slowly."""
        super().__init__(reason, retry_after=retry_after)
        self.is_pace = is_pace


class Unavailable(ChannelError):
    """Nothing left this machine: no connection could be made."""


class UnknownOutcome(ChannelError):
    """The request left and no believable answer came back."""


class Unauthorized(ChannelError):
    """Not sent; credentials or rights are wrong, so the whole channel pauses."""


class OutOfCredit(ChannelError):
    """Not sent; the account has no money left, so the whole channel pauses."""


class CallError(DistributorError):
    """A call was refused: ``code`` for scripts, the text for people, ``hint`` for the way out."""

    def __init__(self, code: str, message: str, *, hint: str = "") -> None:
        """Keep the parts for the control socket's error object."""
        super().__init__(message)
        self.code = code
        self.hint = hint
