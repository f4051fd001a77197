"""The table ``[channels.NAME]`` of mail, checked. Must not contact anyone."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Literal

from distributor.dkim import Signer
from distributor.keys import read_key
from distributor.mime import bare_list_id, mailbox
from distributor.model.mail import MailTerms, ProviderTerms, RelayTerms
from distributor.rules.mail.feedback import is_sender_id
from distributor.rules.mail.groups import provider_of
from distributor.secret import Secret
from distributor.text.loopback import is_loopback

#: the name of the relay that stands in the channel's own table
MAIN = "main"
_PORTS = {"starttls": 587, "tls": 465, "none": 25}
#: RFC 6376 section 3.1: labels of a domain name
_SELECTOR = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*")
#: what a List-* header may lead to (RFC 2369 section 2)
_URI = re.compile(r"(https://|mailto:)[!-;=?-~]+")


@dataclass(frozen=True, kw_only=True)
class KeyOptions:
    """``[channels.NAME.dkim.SELECTOR]``: a key that signs mail."""

    #: RSA of at least 2,048 bits, or Ed25519, in PEM
    key: Secret
    #: whose key it is; empty: the sender's domain
    domain: str = ""
    #: ``2026-12-01``: mails from that day on are signed with it; empty: from ever
    since: str = ""

    def __post_init__(self) -> None:
        """Raise ValueError for a key that cannot sign."""
        said("key", read_key, self.key.reveal(), "a key as distributor keys dkim makes one")
        said("since", begins, self.since, "a day such as 2026-12-01")


@dataclass(frozen=True, kw_only=True)
class ProviderOptions:
    """``[channels.NAME.providers.PROVIDER]``: what its readers get at most; 0 is no limit."""

    #: mails in a minute
    per_minute: int = 0
    #: conversations at the same time
    connections: int = 0


@dataclass(frozen=True, kw_only=True)
class RelayOptions:
    """How mail is handed to one relay."""

    host: str
    #: empty: 587 for starttls, 465 for tls, 25 for none
    port: int | None = None
    #: starttls (RFC 3207) | tls (RFC 8314) | none (a relay on this machine only)
    tls: Literal["starttls", "tls", "none"] = "starttls"
    #: allows ``tls = "none"`` to a relay elsewhere: everyone on the way can read the mail and the password
    allow_plaintext: bool = False
    username: str = ""
    password: Secret | None = None
    #: certificates of the relay's own authority (PEM); empty: the system's
    ca_file: str = ""
    #: seconds for connecting and for every command
    timeout: float = 60.0
    #: seconds for the answer to a whole message; RFC 5321 section 4.5.3.2.6 asks for ten minutes
    final_timeout: float = 600.0
    #: most connections at the same time
    connections: int = 4
    #: relays with a smaller number are used first
    priority: int = 1
    #: most mails in a clock minute, in any hour and in any day; 0 is no limit
    per_minute: int = 0
    per_hour: int = 0
    per_day: int = 0
    #: ``2026-12-01``: new since that day, so that it takes ever more, for four weeks; empty: it is not new
    warmup_from: str = ""

    def terms(self, name: str) -> RelayTerms:
        """What it takes, under its name."""
        return RelayTerms(
            name=name,
            priority=self.priority,
            per_minute=self.per_minute,
            per_hour=self.per_hour,
            per_day=self.per_day,
            warmup_from=begins(self.warmup_from),
        )

    def __post_init__(self) -> None:
        """Raise ValueError for a value that cannot be right."""
        for key in ("per_minute", "per_hour", "per_day"):
            if getattr(self, key) < 0:
                raise ValueError(f"{key} is {getattr(self, key)}; expected 0 (no limit) or more")
        said("warmup_from", begins, self.warmup_from, "a day such as 2026-12-01")
        if self.tls == "none" and not self.allow_plaintext and not is_loopback(self.host):
            hint = 'take "starttls" or "tls"; allow_plaintext = true only where everyone on the way may read the mail'
            raise ValueError(f'tls "none" to {self.host}, which is not this machine; {hint}')
        if self.ca_file and not Path(self.ca_file).is_absolute():
            raise ValueError(f"ca_file {self.ca_file!r} is no absolute path; begin it with /")
        if self.port is not None and not 1 <= self.port <= 65535:
            raise ValueError(f"port is {self.port}; it must be 1 to 65535")
        if self.connections < 1:
            raise ValueError(f"connections is {self.connections}; at least 1 is needed")


@dataclass(frozen=True, kw_only=True)
class Options(RelayOptions):
    """The table ``[channels.NAME]`` with ``type = "email"``."""

    #: ``Name <news@example.org>``: From, and the return path
    sender: str
    #: address for answers; empty: the sender's
    reply_to: str = ""
    #: address that takes unsubscriptions by mail; empty: one in ``bounce_domain``, or the sender's
    unsubscribe: str = ""
    #: the domain of return paths, each with the name of its mail; empty: the sender's address is the return path
    bounce_domain: str = ""
    #: ``News <news.example.org>`` or bare (RFC 2919); empty: made from the channel's name and the sender's domain
    list_id: str = ""
    #: where List-Help, List-Subscribe and List-Archive lead (RFC 2369): ``https:`` or ``mailto:``; empty: what our own
    #: public pages have, or nothing
    list_help: str = ""
    list_subscribe: str = ""
    list_archive: str = ""
    #: who answers for the newsletter; empty: the address for answers
    list_owner: str = ""
    #: the last field of Feedback-ID, 5 to 15 letters and digits, never changed; empty: made from the sender's domain
    sender_id: str = ""
    #: keys that sign, by selector; none: the relay signs, or nobody
    dkim: Mapping[str, KeyOptions] = field(default_factory=dict)
    #: further relays, by name; the one above is called ``main``
    relays: Mapping[str, RelayOptions] = field(default_factory=dict)
    #: most mails in a minute, and conversations at the same time, for the readers of any one provider; 0 is no limit
    provider_per_minute: int = 0
    provider_connections: int = 0
    #: the same for one provider, by its name or domain
    providers: Mapping[str, ProviderOptions] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raise ValueError for a value that cannot be right."""
        super().__post_init__()
        _check(self)
        _check_keys(self)


def port(options: RelayOptions) -> int:
    """The relay's port: as given, or the one that belongs to the kind of TLS."""
    return options.port if options.port is not None else _PORTS[options.tls]


def all_relays(options: Options) -> Mapping[str, RelayOptions]:
    """Every relay by its name, the channel's own first."""
    return {MAIN: options, **options.relays}


def mail_terms(options: Options) -> MailTerms:
    """All that paces the channel's mail."""
    usual = ProviderTerms(per_minute=options.provider_per_minute, connections=options.provider_connections)
    return MailTerms(
        relays=tuple(one.terms(name) for name, one in all_relays(options).items()),
        providers={
            provider_of(name): ProviderTerms(per_minute=one.per_minute, connections=one.connections)
            for name, one in options.providers.items()
        },
        others=usual,
    )


def begins(day: str) -> datetime | None:
    """When a day begins, in UTC; None for an empty text. Raises ValueError."""
    return datetime.combine(date.fromisoformat(day), time.min, tzinfo=UTC) if day else None


def signers(options: Options) -> list[Signer]:
    """Who signs, by its table; see ``dkim.chosen``."""
    sender = mailbox(options.sender).domain
    return [
        Signer(
            domain=one.domain.lower() or sender,
            selector=name,
            key=read_key(one.key.reveal()),
            since=begins(one.since),
        )
        for name, one in options.dkim.items()
    ]


def said(key: str, read: Callable[[str], object], value: str, right: str) -> None:
    """Read a value; what is wrong with it is told with its key. Raises ValueError."""
    try:
        read(value)
    except ValueError as error:
        raise ValueError(f"{key}: {error}; expected {right}") from error


def _check(options: Options) -> None:
    """Raise ValueError with a sentence that begins with the key, for the first value that cannot be right."""
    for key in ("sender", "reply_to", "unsubscribe", "list_owner"):
        value = getattr(options, key)
        if value or key == "sender":
            said(key, mailbox, value, "an address such as News <news@example.org>")
    if options.bounce_domain:
        said("bounce_domain", lambda text: mailbox(f"b@{text}"), options.bounce_domain, "a name: bounce.example.org")
    said("list_id", bare_list_id, options.list_id, "News <news.example.org>")
    for key in ("list_help", "list_subscribe", "list_archive"):
        if getattr(options, key) and not _URI.fullmatch(getattr(options, key)):
            raise ValueError(f"{key}: an https: or mailto: address is expected")
    if MAIN in options.relays:
        raise ValueError(f"relays: {MAIN} is the name of the channel's own relay; expected another")
    if options.sender_id and not is_sender_id(options.sender_id):
        raise ValueError(f"sender_id {options.sender_id!r}: 5 to 15 letters and digits are expected")


def _check_keys(options: Options) -> None:
    """Raise ValueError for keys with which no mail would pass: not aligned (RFC 7489 section 3.1), or Ed25519 alone."""
    sender = mailbox(options.sender).domain
    for name, one in options.dkim.items():
        if not _SELECTOR.fullmatch(name):
            raise ValueError(f"dkim: {name!r} cannot be a selector; expected letters, digits and dashes")
        domain = one.domain.lower() or sender
        if domain != sender and not sender.endswith(f".{domain}"):
            raise ValueError(
                f"dkim: the key {name} is of {domain}; expected the sender's domain, {sender}, or one above"
            )
    if options.dkim and all(one.key.algorithm != "rsa-sha256" for one in signers(options)):
        raise ValueError("dkim: an RSA key is needed beside Ed25519, which many providers do not verify yet")
