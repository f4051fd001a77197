"""The seams: what the flows expect of the outside world. Protocols only; imports nothing that implements one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from distributor.errors import ChannelError
from distributor.model import Article, Card, Frame, Handed, Limits, News, Parcel, Photo, Receipt, Seen, Survey, Us
from distributor.model.mail import MailTerms, RelayReport


class Clock(Protocol):
    """Where every instant and every wait comes from, so that time can be simulated."""

    def now(self) -> datetime:
        """The present instant, aware, UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Return after so many seconds."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What a server gave to ask "anything new?" with: the ETag and Last-Modified fields (RFC 9110 section 8.8)
    and, for servers that have neither, the SHA-256 of the body.
    """

    etag: str = ""
    modified: str = ""
    body_hash: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A document as it came: bytes after decompression, never larger than the limit."""

    body: bytes
    #: the address that answered, after redirects
    url: str
    content_type: str
    validators: Validators
    #: further documents that belong to it: the pages of a listing, the sitemaps of an index, the files of a folder
    parts: tuple[Fetched, ...] = ()


class Source(Protocol):
    """Code that reads one kind of feed. ``fetch`` touches the network, ``parse`` is pure."""

    def fetch(self, validators: Validators) -> Fetched | None:
        """The document, or None when nothing changed. Raises FetchError."""
        ...

    def parse(self, fetched: Fetched) -> Sequence[Article]:
        """The articles, in the document's order. Raises ParseError."""
        ...


@runtime_checkable
class Resting(Protocol):
    """A source whose server may say how long its document stays as it is."""

    #: what the server said at the last fetch; zero where it said nothing
    rest: timedelta


@runtime_checkable
class Hubbed(Protocol):
    """A source whose document may name a hub that tells of its news (WebSub)."""

    #: as the document said when it was parsed last; empty: none
    hub: str
    #: the address under which the hub knows it
    topic: str


@runtime_checkable
class Told(Protocol):
    """A source that asks nobody: what is new is brought to it."""

    #: the secrets that a pushed story may be signed with; none: stories come by hand alone
    keys: Sequence[bytes]
    #: what was left out of the document that was parsed last
    warnings: Sequence[str]

    def warm(self) -> None:
        """Be ready for the first story. Raises ParseError."""
        ...

    def get(self, url: str) -> Fetched:
        """The page of a story that somebody names. Raises FetchError."""
        ...

    def parse(self, fetched: Fetched) -> Sequence[Article]:
        """The stories of what was brought. Raises ParseError."""
        ...


class Channel(Protocol):
    """One account, chat or SMTP identity that takes messages."""

    #: the key of ``[channels.NAME]``
    name: str
    #: the type, which is also the name of its template folder
    kind: str
    limits: Limits

    def send(self, parcel: Parcel) -> Receipt:
        """Prepare (uploads; freely repeated), then one commit call. Raises ChannelError and nothing else."""
        ...

    def close(self) -> None:
        """Give back connections; may be called twice."""
        ...


@runtime_checkable
class Checkable(Protocol):
    """A channel that can prove its credentials without posting."""

    def check(self) -> str:
        """Who we are there, in words ("@desk, can post"). Raises ChannelError."""
        ...


@runtime_checkable
class Offering(Protocol):
    """A channel whose messages go through a relay that says what it can."""

    def offers(self) -> frozenset[str]:
        """The names of its extensions, in capitals, such as ``SMTPUTF8``. Raises ChannelError."""
        ...


@runtime_checkable
class Bulk(Protocol):
    """A channel that sends many parcels over shared connections."""

    #: the most parcels of one call
    batch: int

    def send_many(self, parcels: Sequence[Parcel]) -> Iterable[tuple[int, Receipt | ChannelError]]:
        """For every parcel, its index and what became of it, in the order in which answers came."""
        ...


@runtime_checkable
class Relayed(Protocol):
    """A channel of mail that hands it to relays, each with its own quotas."""

    #: the key of ``[channels.NAME]``
    name: str
    #: what its relays take, and what the readers of a provider get
    terms: MailTerms

    def report(self) -> RelayReport:
        """What became of mails at the relays since this was last asked."""
        ...


@runtime_checkable
class Verifiable(Protocol):
    """A channel whose platform can be asked what stands there."""

    def posts_after(self, remote_id: str) -> Sequence[Seen]:
        """The posts newer than one (empty: the newest that can be had), oldest first; ours and others'.

        Raises ChannelError: RateLimited and Unavailable for now, anything else where the platform cannot be asked.
        """
        ...


@runtime_checkable
class Heedful(Protocol):
    """A channel that reads its posts one by one, and need not read those that are known to be ours."""

    def heed(self, ours: Collection[str]) -> None:
        """From now on, under these ids stand posts of ours; every look goes at least as far as the newest of them."""
        ...


@runtime_checkable
class Editable(Protocol):
    """A channel whose posts can be changed in place."""

    def edit(self, parcel: Parcel) -> Receipt:
        """Give the post ``parcel.target`` the parcel's words. Raises ChannelError; AlreadyThere where it has them."""
        ...


@runtime_checkable
class Answerable(Protocol):
    """A channel on which a post can answer another."""

    def reply(self, parcel: Parcel) -> Receipt:
        """Post under ``parcel.target``. Raises ChannelError."""
        ...


@runtime_checkable
class Erasable(Protocol):
    """A channel whose posts can be taken away."""

    #: for how long after a post this can be done; None: always
    erasable_for: timedelta | None

    def erase(self, parcel: Parcel) -> Receipt:
        """Take the post ``parcel.target`` away. Raises ChannelError; AlreadyThere where it is gone."""
        ...


@runtime_checkable
class Illustrated(Protocol):
    """A channel whose platform itself shows a picture that it was given with a post."""

    #: what a picture must fit
    frame: Frame
    #: how the words beside a picture are measured, and how many there may be
    caption: Limits

    def shelf(self, key: str) -> str:
        """Under which name is kept what the platform calls a picture, for the post of a key; stable, without secrets.

        The same name for several posts: they share their pictures.
        """
        ...

    def hand_over(self, photo: Photo) -> Handed | None:
        """Give the platform a picture that no reader sees yet, as often as need be; None: it comes with its post.

        Raises ChannelError; whatever it raises, no post has been made.
        """
        ...


@runtime_checkable
class Keyed(Protocol):
    """A channel whose posts are known by the name that we gave them (``Parcel.key``), whatever was answered."""

    #: what the name is there, in words: "its Message-ID"
    known_by: str


@runtime_checkable
class Listening(Protocol):
    """A channel whose platform tells an account what others post, once and to one listener."""

    #: stable name of who is told, without secrets; channels that share it are told together, so one of them listens
    ear: str
    #: the name of this channel's own place among those of the posts
    place: str

    def listen(self, after: int, wait: timedelta) -> News:
        """What was told since ``after`` (the last ``News.next``), waiting so long for the first of it.

        Asking with ``after`` makes the platform forget all before it. Raises ChannelError: Rejected where somebody
        else listens in our place.
        """
        ...

    def hush(self) -> None:
        """End a ``listen`` that waits in another thread; it raises then."""
        ...


class Conversation(Protocol):
    """The side of a bot that serves a chat in which people decide; each raises ChannelError."""

    def us(self) -> Us:
        """Who we are there, asked once."""
        ...

    def show(self, card: Card, *, topic: int = 0, answers: int = 0) -> int:
        """Post a card, under a message where it answers one; its number."""
        ...

    def change(self, number: int, card: Card) -> None:
        """Put a card in the place of one that stands there; one that reads so already is no error."""
        ...

    def answer(self, press: str, words: str) -> None:
        """Tell the person who pressed a button, and nobody else, what came of it (at most 200 characters)."""
        ...


@runtime_checkable
class Surveying(Protocol):
    """A conversation that can look whether it will work; it raises ChannelError."""

    def survey(self, *, topic: int = 0, people: Sequence[int] = ()) -> Survey:
        """What stands in the way of serving there; posts nothing and hears nothing."""
        ...


@runtime_checkable
class Conversing(Protocol):
    """A channel whose bot can serve a chat in which people decide."""

    def converse(self, chat: str) -> Conversation:
        """The conversation in a chat (its id or ``@name``); contacts nobody yet, and ends with the channel."""
        ...


@runtime_checkable
class Idempotent(Protocol):
    """A channel whose recipient can tell a repeated parcel from a new one."""

    #: why the same parcel may go twice without harm, in words: "the receiver knows its id"
    repeats: str


@runtime_checkable
class Named(Protocol):
    """A channel whose account is known without asking anybody."""

    #: as its platform shows it, without secrets: ``@desk``, ``news@example.org``; may be empty
    account: str


@runtime_checkable
class Rehearsing(Protocol):
    """A channel whose account can show a test where no reader sees it."""

    #: where, as its platform calls it; empty: nowhere as it is configured
    stage: str

    def rehearse(self, text: str) -> Receipt:
        """Post a plain text there. Raises ChannelError."""
        ...


@runtime_checkable
class Metered(Protocol):
    """A channel that shares the limits of an account or application with others."""

    #: stable names without secrets, the same for every channel that shares them: ``twitter:app:5f3a``
    scopes: Sequence[str]


@runtime_checkable
class Numbered(Protocol):
    """A channel whose platform numbers the posts of each account or chat."""

    #: whose numbers they are: stable, without secrets; another value means that they begin anew
    numbering: str


@runtime_checkable
class Billed(Protocol):
    """A channel whose platform bills what is read."""

    def reads(self) -> int:
        """How much was read and billed since this was last asked."""
        ...


@runtime_checkable
class Silenceable(Protocol):
    """A channel whose platform can deliver without a sound."""

    #: what a silent message is there, in words: "it arrives without a sound"
    silence: str


@runtime_checkable
class Inbox(Protocol):
    """A mailbox to which mail comes back. Each call may raise MailboxError."""

    #: as it is called in the configuration
    name: str

    def letters(self) -> Iterator[tuple[str, bytes]]:
        """What is there now, the oldest first: the mailbox's own key of each mail, and its bytes."""
        ...

    def remove(self, key: str) -> None:
        """Delete a mail for good; nothing where it is gone already."""
        ...

    def set_aside(self, key: str) -> None:
        """Move a mail where somebody can look at it and it is not read again; nothing where it is gone already."""
        ...

    def close(self) -> None:
        """Let go of the mailbox; a later call opens it anew."""
        ...
