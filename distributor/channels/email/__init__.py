"""Mail through a relay by SMTP: the channel. Must not speak SMTP itself."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Sequence

from distributor.channels import ChannelKind
from distributor.channels.email.options import Options, RelayOptions, all_relays, mail_terms, port
from distributor.channels.email.pool import Envelope, Lanes, Loop, Pool, Transport, results
from distributor.channels.email.router import Router
from distributor.channels.email.stationery import Stationery
from distributor.channels.email.transport import Relay, SmtpTransport
from distributor.errors import ChannelError, Rejected
from distributor.model import Limits, Parcel, Receipt
from distributor.model.mail import RelayReport


class EmailChannel:
    """One SMTP identity; see the module for what its answers mean."""

    kind = "email"
    known_by = "its Message-ID"

    def __init__(self, name: str, options: Options, transport: Callable[[], Transport] | None = None) -> None:
        """Nothing is contacted yet; ``transport`` replaces the way of speaking SMTP."""
        self._stationery = Stationery(name, options)
        self.name = name
        self.account = self._stationery.sender.address
        self.limits = Limits(text=None)
        self.terms = mail_terms(options)
        self._relays = dict(sorted(all_relays(options).items(), key=lambda one: one[1].priority))
        # no more than can be at the wire together: whatever is marked as sending when the program dies is unknown
        self.batch = max(one.connections for one in self._relays.values())
        lanes = Lanes(lambda provider: self.terms.provider(provider).connections)
        self._pools = {
            name: Pool(transport or self._transport(one), size=one.connections, lanes=lanes)
            for name, one in self._relays.items()
        }
        self._router = Router(self._pools)
        self._loop = Loop(f"smtp-{name}")

    def _transport(self, options: RelayOptions) -> Callable[[], Transport]:
        relay = _relay(options, self._stationery.sender.domain)
        return lambda: SmtpTransport(relay)

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
        for index, failure in results(self._loop, self._router.run, envelopes):
            yield index, failure or Receipt(remote_id=self._stationery.message_id(parcels[index]))

    def reply(self, parcel: Parcel) -> Receipt:
        """One mail that mail programs show under the mail ``parcel.target``. Raises ChannelError."""
        return self.send(parcel)

    def check(self) -> str:
        """Connect, EHLO, TLS, AUTH, NOOP, QUIT: everything but a mail. Raises ChannelError where no relay works."""
        told, failures = [], []
        for name, options in self._relays.items():
            signed_in = f", signed in as {options.username}" if options.username else ""
            place = f"{options.host}:{port(options)} ({options.tls}{signed_in})"
            try:
                self._loop.start(self._pools[name].prove()).result()
                told.append(place)
            except ChannelError as error:
                failures.append(error)
                told.append(f"{place}, WHICH FAILS: {error}")
        if len(failures) == len(told):
            raise failures[0]
        return f"{self.account} through {' or '.join(told)}"

    def report(self) -> RelayReport:
        """What became of mails at the relays since this was last asked."""
        return self._router.report()

    def offers(self) -> frozenset[str]:
        """What every relay offers beyond plain SMTP, such as ``DSN``. Raises ChannelError."""
        found = [self._loop.start(pool.prove()).result() for pool in self._pools.values()]
        return frozenset.intersection(*found)

    def close(self) -> None:
        """Say goodbye to the relay and end the thread; a later send starts anew."""
        if self._loop.running:
            self._loop.start(self._router.leave()).result()
        self._loop.close()


def _relay(options: RelayOptions, sender_domain: str) -> Relay:
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
