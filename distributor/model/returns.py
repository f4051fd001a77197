"""What comes back of a mail: bounces, complaints, answers by machines. Holds no behaviour that touches the world."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What a mail that came back is."""

    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    AUTOREPLY = "autoreply"
    #: still being tried by somebody: no bounce (RFC 3464 section 2.3.3)
    DELAYED = "delayed"
    UNSUBSCRIBE = "unsubscribe"
    OTHER = "other"


class Cause(StrEnum):
    """Whose fault it is that a mail did not arrive."""

    #: there is nobody at the address, and never will be
    DEAD = "dead"
    #: it may pass: a full mailbox, an outage, a limit
    SOFT = "soft"
    #: we are refused, not the reader: authentication, reputation, policy, size
    SENDER_FAULT = "sender_fault"
    OTHER = "other"


class Effect(StrEnum):
    """What follows for the address, or for all mail to its provider."""

    SUPPRESS = "suppress"
    SCORE = "score"
    PAUSE_LANE = "pause_lane"
    NONE = "none"


class Proof(StrEnum):
    """By what a mail of ours is known again, the best first."""

    VERP = "verp"
    ENVID = "envid"
    MESSAGE_ID = "message-id"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a report tells of one recipient, in its own words."""

    #: empty where it does not say whom it is about
    address: str
    #: failed, delayed, delivered, relayed, expanded; empty where it does not say
    action: str = ""
    #: ``5.1.1`` (RFC 3463); empty where it does not say
    status: str = ""
    #: what the server said
    said: str = ""
    #: what the report says of the recipient to people; heeded where the server's own words tell nothing
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One recipient, judged."""

    #: None where it is not told, or made unreadable
    address: str | None
    cause: Cause
    #: None where none is told
    status: str | None
    effect: Effect
    #: in words, for people
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """A mail that came back, read and judged."""

    kind: Kind
    recipients: tuple[Judged, ...] = ()
    #: where the name of our own mail may stand, the best proof first
    names: tuple[tuple[Proof, str], ...] = ()
    #: for people: its subject and who sent it
    subject: str = ""
    sender: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Where something that came back came from."""

    #: the far side's own name of it, under which it counts once
    remote_id: str
    #: what brought it, for people: ``mailbox bounces``, ``hook ses``, ``relay mail``
    source: str
    #: the delivery that it is about, where that is known beforehand; 0: it is looked for
    delivery: int = 0
    #: whether a name of our own is needed before an address is given up: else anybody who knows an address could end
    #: its mail by a forged report
    strict: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """A mail of ours that something is about."""

    proof: Proof
    #: 0: the reader is known by the address alone
    delivery: int = 0
    subscriber: int = 0
    address: str = ""
    #: the channel that it left through, and what the reader is subscribed to; empty where no delivery is known
    channel: str = ""
    topic: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """What became of something that came back."""

    #: it had been filed before, and nothing followed
    is_known: bool = False
    #: nobody knows whom it is about, or what it is: somebody should look
    is_unknown: bool = False
    #: what followed, for whom
    effects: tuple[tuple[str, Effect], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderPause:
    """Mail to a provider that rests, because it refuses us and not its readers."""

    #: empty: of every channel
    channel: str
    #: who keeps the mailboxes: a group of domains (``rules.mail.groups``) or a domain
    domain: str
    until: datetime
    status: str | None
    reason: str
