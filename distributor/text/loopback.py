"""Whether a host or an address is this machine itself by its very name. Must not ask anybody what a name stands for."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit


def is_loopback(host: str) -> bool:
    """Whether a host is this machine: ``localhost`` (RFC 6761 section 6.3), 127.0.0.0/8 or ``::1``, in brackets or not.

    Short ways of writing an address (``127.1``) are none: who resolves them decides what they are.
    """
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    try:
        address = ip_address(host)
    except ValueError:
        return host.removesuffix(".").lower() == "localhost"
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


def is_own_http(url: str) -> bool:
    """Whether an address is one of this machine's own, by http: there it crosses no wire."""
    if "\\" in url or not url.isprintable() or " " in url:  # browsers read these otherwise than we do
        return False
    try:
        found = urlsplit(url)
    except ValueError:
        return False
    return found.scheme == "http" and is_loopback(found.hostname or "")
