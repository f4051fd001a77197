"""What names mean, asked of DNS (dnspython, its only home). Must not judge an answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from distributor.errors import FetchError

if TYPE_CHECKING:
    from dns.resolver import Resolver

#: seconds for one question, over all servers
PATIENCE = 5.0


class Names:
    """A resolver: this machine's own, or a server that is named."""

    def __init__(self, server: str = "", *, patience: float = PATIENCE) -> None:
        """``server``: ``address`` or ``address:port`` (``[...]:port`` for IPv6). Raises ValueError for another text."""
        self._server = _server(server) if server else None
        self._patience = patience
        self._resolver: Resolver | None = None

    def texts(self, name: str) -> Sequence[str] | None:
        """The TXT records of a name, each joined from its strings (RFC 7208 section 3.3); None: no such name.

        Raises FetchError where nobody answers.
        """
        found = self._ask(name, "TXT")
        return None if found is None else [b"".join(one.strings).decode("utf-8", "replace") for one in found]

    def exchanges(self, name: str) -> Sequence[str]:
        """The mail servers of a name, best first; ``.`` alone: it takes no mail (RFC 7505). Raises FetchError."""
        found = sorted(self._ask(name, "MX") or (), key=lambda one: one.preference)
        return [one.exchange.to_text(omit_final_dot=True) or "." for one in found]

    def addresses(self, name: str) -> Sequence[str]:
        """The addresses of a host, IPv4 first. Raises FetchError."""
        return [one.address for kind in ("A", "AAAA") for one in self._ask(name, kind) or ()]

    def names_of(self, address: str) -> Sequence[str]:
        """What an address is called. Raises FetchError."""
        from dns import reversename

        found = self._ask(reversename.from_address(address).to_text(), "PTR") or ()
        return [one.target.to_text(omit_final_dot=True) for one in found]

    def _ask(self, name: str, kind: str):  # type: ignore[no-untyped-def]  # each kind of record has its own type
        """The records of a kind; None where there is no such name. Raises FetchError."""
        from dns import exception, resolver

        try:
            return list(self._asked().resolve(name, kind, search=False))
        except resolver.NXDOMAIN:
            return None
        except resolver.NoAnswer:
            return []
        except exception.DNSException as error:
            raise FetchError(f"DNS does not tell the {kind} of {name}: {_said(error)}") from error

    def _asked(self) -> Resolver:
        """The resolver, read from this machine's configuration at the first question. Raises FetchError."""
        from dns import resolver

        if self._resolver is None:
            try:
                found = resolver.Resolver(configure=self._server is None)
            except resolver.NoResolverConfiguration as error:
                raise FetchError("this machine has no resolver configured; name one with --resolver") from error
            if self._server is not None:
                found.nameservers, found.port = [self._server[0]], self._server[1]
            found.lifetime = self._patience
            self._resolver = found
        return self._resolver


def _server(text: str) -> tuple[str, int]:
    import ipaddress

    host, mark, port = text.rpartition(":")
    if not mark or (":" in host and not host.startswith("[")):  # an address without a port
        host, port = text, "53"
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        raise ValueError(f"{text!r} is no resolver; expected an address such as 192.0.2.53 or 192.0.2.53:53") from None
    if not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError(f"{text!r} has no port from 1 to 65535")
    return str(address), int(port)


def _said(error: Exception) -> str:
    """The first line of an error that lists every server and try."""
    from dns import exception

    if isinstance(error, exception.Timeout):
        return "no answer in time"
    return str(error).partition(":")[0].strip() or type(error).__name__
