"""Where a request comes from: its network, its scheme, and whether one of our own pages sent it. Decides no rights.

What proxies say counts only from those that are configured; from anybody else it is something that anybody can write.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.requests import Request

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Origin:
    """What this server knows of where it is reached."""

    def __init__(self, public: str | None, proxies: Sequence[str]) -> None:
        """``public`` is where the world reaches it; ``proxies`` are networks whose word counts."""
        self._public = _origin(public) if public else ""
        self._proxies = [ipaddress.ip_network(one, strict=False) for one in proxies]

    def is_secure(self, request: Request) -> bool:
        """Whether whoever asks does so by https, as far as is known."""
        if self._is_proxy(_peer(request)) and "x-forwarded-proto" in request.headers:
            return request.headers["x-forwarded-proto"].rpartition(",")[2].strip().lower() == "https"
        return request.url.scheme == "https" or self._public.startswith("https:")

    def host(self, request: Request) -> str:
        """The host that was asked: as the request has it, or as a proxy whose word counts says it was."""
        said = request.headers.get("x-forwarded-host", "").rpartition(",")[2].strip()
        return said if said and self._is_proxy(_peer(request)) else request.headers.get("host", "")

    def network(self, request: Request) -> str:
        """Where somebody comes from, never the whole address: ``203.0.113.0/24``, ``2001:db8:1::/48``; or empty."""
        address = _peer(request)
        hops = request.headers.get("x-forwarded-for", "").split(",")
        while address is not None and self._is_proxy(address) and hops:
            address = _address(hops.pop()) or address
        if address is None:
            return ""
        return str(ipaddress.ip_network((address, 24 if address.version == 4 else 48), strict=False))

    def is_own(self, request: Request) -> bool:
        """Whether one of our own pages sent this, as the browser itself says (Fetch Metadata; RFC 6454).

        Both fields are the browser's, and no page can forge them; one that is there must agree, and one must be there.
        """
        site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
        if site is None and origin is None:
            return False
        return site in (None, "same-origin") and (origin is None or self._is_ours(request, origin))

    def _is_ours(self, request: Request, origin: str) -> bool:
        scheme = "https" if self.is_secure(request) else "http"
        own = {self._public, f"{scheme}://{self.host(request).lower()}"}
        return origin.lower() in own - {"", f"{scheme}://"}

    def _is_proxy(self, address: _Address | None) -> bool:
        return address is not None and any(address in network for network in self._proxies)


def _origin(url: str) -> str:
    """The origin of an address as browsers write it."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    port = "" if parts.port in (None, usual) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


def _peer(request: Request) -> _Address | None:
    return _address(request.client.host if request.client else "")


def _address(text: str) -> _Address | None:
    try:
        found = ipaddress.ip_address(text.strip().strip("[]").partition("%")[0])
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, ipaddress.IPv6Address) else found
