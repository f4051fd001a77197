"""Mail through a relay by SMTP: the shape of its table and the channel. Must not speak SMTP itself."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from distributor.channels import ChannelKind
from distributor.channels.email.pool import Envelope, Loop, Pool, Transport, results
from distributor.channels.email.transport import Relay, SmtpTransport
from distributor.errors import ChannelError, Rejected
from distributor.mime import bare_list_id, compose, mailbox
from distributor.model import Limits, Parcel, Receipt
from distributor.secret import Secret

_PORTS = {"starttls": 587, "tls": 465, "none": 25}


@dataclass(frozen=True, kw_only=True)
class Options:
    """The table ``[channels.NAME]`` with ``type = "email"``."""

    #: the relay
    host: str
    #: ``Name <news@example.org>``: From, and the return path
    sender: str
    #: empty: 587 for starttls, 465 for tls, 25 for none
    port: int | None = None
    #: starttls (RFC 3207) | tls (RFC 8314) | none (a relay on this machine only)
    tls: Literal["starttls", "tls", "none"] = "starttls"
    #: allows ``tls = "none"`` to a relay elsewhere: everyone on the way can read the mail and the password
    allow_plaintext: bool = False
    username: str = ""
    password: Secret | None = None
    #: address for answers; empty: the sender's
    reply_to: str = ""
    #: address that takes unsubscriptions by mail; empty: the sender's
    unsubscribe: str = ""
    #: ``News <news.example.org>`` or bare (RFC 2919); empty: made from the channel's name and the sender's domain
    list_id: str = ""
    #: certificates of the relay's own authority (PEM); empty: the system's
    ca_file: str = ""
    #: seconds for connecting and for every command
    timeout: float = 60.0
    #: seconds for the answer to a whole message; RFC 5321 section 4.5.3.2.6 asks for ten minutes
    final_timeout: float = 600.0
    #: most connections at the same time
    connections: int = 4

    def __post_init__(self) -> None:
        """Raise ValueError for a value that cannot be right."""
        _check(self)


class EmailChannel:
    """One SMTP identity; see the module for what its answers mean."""

    kind = "email"
    known_by = "its Message-ID"

    def __init__(self, name: str, options: Options, transport: Callable[[], Transport] | None = None) -> None:
        """Nothing is contacted yet; ``transport`` replaces the way of speaking SMTP."""
        self._sender = mailbox(options.sender)
        self._options = options
        self.name = name
        self.account = self._sender.address
        self.limits = Limits(text=None)
        # no more than can be at the wire together: whatever is marked as sending when the program dies is unknown
        self.batch = options.connections
        relay = _relay(options, self._sender.domain)
        self._pool = Pool(transport or (lambda: SmtpTransport(relay)), size=options.connections)
        self._loop = Loop(f"smtp-{name}")

    def send(self, parcel: Parcel) -> Receipt:
        """One mail. Raises ChannelError."""
        ((_, result),) = self.send_many([parcel])
        if isinstance(result, ChannelError):
            raise result
        return result

    def send_many(self, parcels: Sequence[Parcel]) -> Iterator[tuple[int, Receipt | ChannelError]]:
        """Mails over several connections at once; a refused reader does no harm to the others."""
        envelopes: list[tuple[int, Envelope]] = []
        for index, parcel in enumerate(parcels):
            try:
                envelopes.append((index, self._envelope(parcel)))
            except Rejected as error:
                yield index, error
        for index, failure in results(self._loop, self._pool, envelopes):
            yield index, failure or Receipt(remote_id=f"<{parcels[index].key}@{self._sender.domain}>")

    def reply(self, parcel: Parcel) -> Receipt:
        """One mail that mail programs show under the mail ``parcel.target``. Raises ChannelError."""
        return self.send(parcel)

    def check(self) -> str:
        """Connect, EHLO, TLS, AUTH, NOOP, QUIT: everything but a mail. Raises ChannelError."""
        self._loop.start(self._pool.prove()).result()
        options = self._options
        signed_in = f", signed in as {options.username}" if options.username else ""
        return f"{self._sender.address} through {options.host}:{port(options)} ({options.tls}{signed_in})"

    def close(self) -> None:
        """Say goodbye to the relay and end the thread; a later send starts anew."""
        if self._loop.running:
            self._loop.start(self._pool.leave()).result()
        self._loop.close()

    def _envelope(self, parcel: Parcel) -> Envelope:
        """The parcel as bytes with its addresses. Raises Rejected for a reader no mail can reach."""
        options = self._options
        try:
            recipient = mailbox(parcel.recipient.address)
        except ValueError as error:
            raise Rejected(str(error)) from error
        leave = quote(mailbox(options.unsubscribe).address if options.unsubscribe else self._sender.address, safe="@")
        links = [parcel.recipient.links.leave] if parcel.recipient.links.leave else []
        content = compose(
            parcel.message,
            sender=options.sender,
            recipient=parcel.recipient,
            key=parcel.key,
            date=parcel.first_sent_at,
            domain=self._sender.domain,
            reply_to=options.reply_to,
            list_id=options.list_id or f"{_label(self.name)}.{self._sender.domain}",
            answers=parcel.target,
            unsubscribe=(*links, f"mailto:{leave}?subject=unsubscribe%20{parcel.key}"),
        )
        return Envelope(sender=self._sender, recipient=recipient, content=content)


def port(options: Options) -> int:
    """The relay's port: as given, or the one that belongs to the kind of TLS."""
    return options.port if options.port is not None else _PORTS[options.tls]


def _relay(options: Options, sender_domain: str) -> Relay:
    """The table's part that the conversation needs."""
    return Relay(
        host=options.host,
        port=port(options),
        tls=options.tls,
        username=options.username,
        password=options.password,
        ca_file=options.ca_file,
        timeout=options.timeout,
        final_timeout=options.final_timeout,
        hello=_hello(sender_domain),
    )


def _check(options: Options) -> None:
    """Raise ValueError with a sentence that begins with the key, for the first value that cannot be right."""
    for key in ("sender", "reply_to", "unsubscribe"):
        value = getattr(options, key)
        if value or key == "sender":
            _said(key, mailbox, value, "an address such as News <news@example.org>")
    _said("list_id", bare_list_id, options.list_id, "News <news.example.org>")
    if options.tls == "none" and not options.allow_plaintext and not _is_loopback(options.host):
        hint = 'take "starttls" or "tls"; allow_plaintext = true only where everyone on the way may read the mail'
        raise ValueError(f'tls "none" to {options.host}, which is not this machine; {hint}')
    if options.ca_file and not Path(options.ca_file).is_absolute():
        raise ValueError(f"ca_file {options.ca_file!r} is no absolute path; begin it with /")
    if options.port is not None and not 1 <= options.port <= 65535:
        raise ValueError(f"port is {options.port}; it must be 1 to 65535")
    if options.connections < 1:
        raise ValueError(f"connections is {options.connections}; at least 1 is needed")


def _said(key: str, read: Callable[[str], object], value: str, right: str) -> None:
    """Read a value; what is wrong with it is told with its key."""
    try:
        read(value)
    except ValueError as error:
        raise ValueError(f"{key}: {error}; expected {right}") from error


def _is_loopback(host: str) -> bool:
    """Whether a host is this machine by its very name: localhost (RFC 6761 section 6.3) or a loopback address."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.rstrip(".").lower() == "localhost"


def _hello(sender_domain: str) -> str:
    """The name for EHLO: this machine's, where it is a full one, otherwise the sender's domain (no DNS is asked)."""
    name = socket.gethostname()
    return name if name.isascii() and "." in name.strip(".") else sender_domain


def _label(name: str) -> str:
    """A channel's name as one label of a List-Id."""
    return re.sub(r"[^a-z0-9-]+", "-", name.lower()).strip("-") or "list"


def open_channel(name: str, options: Options) -> EmailChannel:
    """A channel that has not yet contacted anyone."""
    return EmailChannel(name, options)


KIND = ChannelKind(options=Options, open=open_channel, defaults={"unknown": "accept", "on_correction": "reply"})
