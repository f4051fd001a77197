"""Decides which addresses may be contacted. Must not open a connection: it only asks the resolver it was given.

Whether an address would be contacted, and why not, is told by ``Fetcher.verdict(url)`` of ``distributor.net`` as a
:class:`Verdict`; ``distributor fetch --guard URL`` shows it.
"""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Final, TypeAlias

from distributor.errors import FetchError, FetchRefused

_Address: TypeAlias = IPv4Address | IPv6Address
_Network: TypeAlias = IPv4Network | IPv6Network
#: ``socket.getaddrinfo`` or something with its answer
Resolve: TypeAlias = Callable[..., Iterable[tuple[Any, Any, Any, Any, Any]]]

WEB_PORTS: Final = (80, 443)

#: IANA's special-purpose address registries (RFC 6890 and its updates), by what a reader should be told
_FORBIDDEN: Final[dict[str, tuple[str, ...]]] = {
    # a cloud's own services for its machines; 169.254.169.254 and 100.100.100.200 lie in the ranges below
    "metadata": ("168.63.129.16/32", "fd00:ec2::254/128"),
    "private": (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.168.0.0/16", "::1/128", "fc00::/7", "fe80::/10", "fec0::/10"),
    ),
    "documentation": ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20"),
    "multicast": ("224.0.0.0/4", "ff00::/8"),
    # tunnels (6to4, Teredo) and protocol plumbing have no web servers, whatever address is folded into them
    "reserved": (
        *("192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "240.0.0.0/4"),
        *("2001::/23", "2002::/16", "3ffe::/16"),
    ),
}
_NETWORKS: Final[tuple[tuple[str, _Network], ...]] = tuple(
    (kind, ip_network(network)) for kind, networks in _FORBIDDEN.items() for network in networks
)
#: all that IANA has given out as global unicast; the rest of IPv6 is special or unused
_GLOBAL_V6: Final = IPv6Network("2000::/3")

#: IPv4-mapped (RFC 4291) and NAT64 (RFC 6052): packets really go to the IPv4 address folded in
_TRANSPARENT: Final = (IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"))
_COMPATIBLE: Final = IPv6Network("::/96")
_SIX_TO_FOUR: Final = IPv6Network("2002::/16")
_TEREDO: Final = IPv6Network("2001::/32")
_LOW_32: Final = 0xFFFF_FFFF


class Refusal(FetchRefused):
    """The guard says no, in words that continue "will not contact ..." and "redirected to ..."."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the guarded client would do with an address; nothing was contacted to find out but the resolver."""

    #: why it would not be contacted, in one plain line; empty: it would
    why_not: str = ""
    #: whether the guard forbids it; False beside a reason: the network stands in the way (no such name)
    is_refused: bool = False
    #: where a connection would go, the first that answers; empty where only a proxy could resolve the name
    addresses: tuple[str, ...] = ()

    @property
    def would_contact(self) -> bool:
        """Whether a fetch would go there."""
        return not self.why_not


class Deadline:
    """One wall-clock limit for everything a fetch does."""

    def __init__(self, seconds: float) -> None:
        """Begin to count."""
        self._seconds = seconds
        self._until = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds left. Raises FetchError when none are."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise self.late()
        return left

    def late(self) -> FetchError:
        """The error that says so."""
        return FetchError(f"timed out after {self._seconds:g} s")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Allowed:
    """One entry of the allow-list: a host or a network, and a port (None: 80 and 443)."""

    host: str = ""
    network: _Network | None = None
    port: int | None = None

    def opens(self, port: int) -> bool:
        """Whether the entry is about this port."""
        return port == self.port if self.port else port in WEB_PORTS

    def names(self, host: str) -> bool:
        """Whether the entry is about this host, or about a network with this address, whatever the port."""
        if self.network is None:
            return host == self.host
        return _is_address(host) and ip_address(host) in self.network

    def vouches(self, host: str, address: _Address, port: int) -> bool:
        """Whether the operator allowed this connection."""
        if not self.opens(port):
            return False
        if self.network is None:
            return host == self.host
        return any(each in self.network for each in (address, *_folded(address)))


class Guard:
    """Admits public addresses on ports 80 and 443, and whatever the operator listed."""

    def __init__(self, allow: tuple[str, ...], resolve: Resolve) -> None:
        """Read the allow-list: ``host[:port]``, ``address[:port]`` or CIDR. Raises ValueError, naming the entry.

        An entry without a port is for 80 and 443; a host entry vouches for every address of that name.
        """
        self._allow = tuple(_allowed(entry) for entry in allow)
        self._resolve = resolve

    def addresses(self, host: str, port: int, deadline: Deadline) -> list[str]:
        """The addresses of a host or an address literal, every one checked. Raises Refusal, FetchError."""
        self.check_port(host, port)
        try:
            found = [str(ip_address(host))]
        except ValueError:
            found = self._lookup(host, port, deadline)
        for address in found:
            self._check(host, address, port)
        return found

    def check_port(self, host: str, port: int) -> None:
        """Refuse a port that no entry is about, before a name is even resolved. Raises Refusal."""
        if port not in WEB_PORTS and not any(entry.opens(port) for entry in self._allow):
            raise Refusal(f"port {port} of {host}, which is not on the allow-list")

    def _check(self, host: str, text: str, port: int) -> None:
        """Refuse one address unless it is public or vouched for."""
        address = ip_address(text)
        if any(entry.vouches(host, address, port) for entry in self._allow):
            return
        if kind := forbidden(address):
            raise Refusal(f"a {kind} address {text}")
        if port not in WEB_PORTS:
            raise Refusal(f"port {port} of {host}, which is not on the allow-list")

    def _lookup(self, host: str, port: int, deadline: Deadline) -> list[str]:
        """The addresses of a name, asked in a thread, because a name server can be slower than any deadline."""
        outcome: list[list[str] | None] = []

        def ask() -> None:
            try:
                infos = self._resolve(host, port, type=socket.SOCK_STREAM)
                outcome.append(list(dict.fromkeys(str(info[4][0]) for info in infos)))
            except (OSError, UnicodeError):
                outcome.append(None)

        thread = threading.Thread(target=ask, name="resolve", daemon=True)
        thread.start()
        thread.join(deadline.left())
        if not outcome:
            raise deadline.late()
        if not outcome[0]:
            raise FetchError(f"no address found for {host}")
        return outcome[0]


def own_hosts(allow: Iterable[str]) -> Callable[[str], bool]:
    """What says whether the allow-list names a host or the network of an address. Raises ValueError, as
    :class:`Guard` does.
    """
    entries = tuple(_allowed(entry) for entry in allow)
    return lambda host: any(entry.names(host) for entry in entries)


def forbidden(address: _Address) -> str:
    """What kind of address this is that nobody should be sent to; empty for a public one.

    An explicit list, because ``ipaddress.is_global`` lets NAT64, 6to4, site-local and multicast addresses through.
    """
    for inner in _folded(address):
        if kind := forbidden(inner):
            return kind
    if any(address in network for network in _TRANSPARENT):
        return ""
    for kind, network in _NETWORKS:
        if address in network:
            return kind
    return "reserved" if address.version == 6 and address not in _GLOBAL_V6 else ""


def check_host(host: str) -> None:
    """Refuse a host that is neither a plain name nor an address in its one usual spelling. Raises Refusal.

    Resolvers also read ``2130706433``, ``0x7f.1`` and ``017700000001`` as addresses (``inet_aton``); whoever writes
    them has something to hide. A host is taken for a number as the WHATWG URL standard does: by its last label.
    """
    if ":" in host:
        if "%" in host or not _is_address(host):
            raise Refusal("a malformed address")
        return
    if len(host) > 253 or not re.fullmatch(r"[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_][a-z0-9_-]{0,62})*", host):
        raise Refusal("a malformed host name")
    if re.fullmatch(r"[0-9]+|0x[0-9a-f]*", host.rpartition(".")[2]) and not _is_address(host):
        raise Refusal(f"an address in an unusual spelling, {host}")


def _is_address(text: str) -> bool:
    """Whether it is an IP address in its strict spelling."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _folded(address: _Address) -> Iterator[IPv4Address]:
    """The IPv4 addresses folded into an IPv6 one (RFC 4291, 6052, 3056; RFC 4380: Teredo's server and client)."""
    if isinstance(address, IPv4Address):
        return
    number = int(address)
    if address in _COMPATIBLE or any(address in network for network in _TRANSPARENT):
        yield IPv4Address(number & _LOW_32)
    elif address in _SIX_TO_FOUR:
        yield IPv4Address(number >> 80 & _LOW_32)
    elif address in _TEREDO:
        yield IPv4Address(number >> 64 & _LOW_32)
        yield IPv4Address(~number & _LOW_32)


def _allowed(entry: str) -> _Allowed:
    """One entry of the allow-list. Raises ValueError."""
    if _is_network(entry):
        return _Allowed(network=ip_network(entry, strict=False))
    found = re.fullmatch(r"\[?(.+?)\]?(?::([0-9]{1,5}))?", entry.lower())
    if found is None or (found[2] and not 1 <= int(found[2]) <= 65535):
        raise ValueError(f"allow: {entry!r} is not a host, an address or a network, with or without a port")
    host, port = found[1], int(found[2]) if found[2] else None
    if _is_network(host):
        return _Allowed(network=ip_network(host, strict=False), port=port)
    try:
        check_host(host)
    except Refusal as refusal:
        raise ValueError(f"allow: {entry!r} is {refusal}") from None
    return _Allowed(host=host, port=port)


def _is_network(text: str) -> bool:
    """Whether it is an address or CIDR."""
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return True
