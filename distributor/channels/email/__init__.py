"""Mail through a relay by SMTP: the channel. Must not speak SMTP itself."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Sequence

from distributor.channels import ChannelKind
from distributor.channels.email.options import Options, port
from distributor.channels.email.pool import Envelope, Loop, Pool, Transport, results
from distributor.channels.email.stationery import Stationery
from distributor.channels.email.transport import Relay, SmtpTransport
from distributor.errors import ChannelError, Rejected
from distributor.model import Limits, Parcel, Receipt


class EmailChannel:
    """One SMTP identity; see the module for what its answers mean."""

    kind = "email"
    known_by = "its Message-ID"

    def __init__(self, name: str, options: Options, transport: Callable[[], Transport] | None = None) -> None:
        """Nothing is contacted yet; ``transport`` replaces the way of speaking SMTP."""
        self._stationery = Stationery(name, options)
        self._options = options
        self.name = name
        self.account = self._stationery.sender.address
        self.limits = Limits(text=None)
        # no more than can be at the wire together: whatever is marked as sending when the program dies is unknown
        self.batch = options.connections
        relay = _relay(options, self._stationery.sender.domain)
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
                envelopes.append((index, self._stationery.envelope(parcel)))
            except Rejected as error:
                yield index, error
        for index, failure in results(self._loop, self._pool, envelopes):
            yield index, failure or Receipt(remote_id=self._stationery.message_id(parcels[index]))

    def reply(self, parcel: Parcel) -> Receipt:
        """One mail that mail programs show under the mail ``parcel.target``. Raises ChannelError."""
        return self.send(parcel)

    def check(self) -> str:
        """Connect, EHLO, TLS, AUTH, NOOP, QUIT: everything but a mail. Raises ChannelError."""
        self._loop.start(self._pool.prove()).result()
        options = self._options
        signed_in = f", signed in as {options.username}" if options.username else ""
        return f"{self.account} through {options.host}:{port(options)} ({options.tls}{signed_in})"

    def offers(self) -> frozenset[str]:
        """What the relay offers beyond plain SMTP, such as ``DSN``. Raises ChannelError."""
        return self._loop.start(self._pool.prove()).result()

    def close(self) -> None:
        """Say goodbye to the relay and end the thread; a later send starts anew."""
        if self._loop.running:
            self._loop.start(self._pool.leave()).result()
        self._loop.close()


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


def _hello(sender_domain: str) -> str:
    """The name for EHLO: this machine's, where it is a full one, otherwise the sender's domain (no DNS is asked)."""
    name = socket.gethostname()
    return name if name.isascii() and "." in name.strip(".") else sender_domain


def open_channel(name: str, options: Options) -> EmailChannel:
    """A channel that has not yet contacted anyone."""
    return EmailChannel(name, options)


KIND = ChannelKind(options=Options, open=open_channel, defaults={"unknown": "accept", "on_correction": "reply"})
