"""The HTTP library's connections, each opened through the guard. Must not decide what is asked, or of whom."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from distributor.errors import FetchError
from distributor.net.guard import Deadline, Guard, Refusal
from distributor.net.stream import Backend, Connect, Turn, plain

if TYPE_CHECKING:
    import httpx2

#: idle connections of one fetcher
MOST_IDLE: Final = 20


@cache
def own_certificates() -> ssl.SSLContext:
    """The certificates to trust: the machine's own store, read once."""
    return ssl.create_default_context()


class Pool:
    """The connections of one fetcher, which may be kept for a while; safe to share between threads.

    A connection that is kept goes where it went when its address was checked, whatever its name leads to meanwhile.
    """

    def __init__(self, guard: Guard, connect: Connect, tls: ssl.SSLContext | None, keep: float) -> None:
        """``keep``: seconds for which an idle connection waits for the next request; 0 closes it at once."""
        self._guard = guard
        self._connect = connect
        self._tls = tls
        self._keep = keep
        self._turn = Turn()
        self._lock = threading.Lock()
        self._transports: dict[str, httpx2.HTTPTransport] = {}

    @contextmanager
    def answer(self, request: httpx2.Request, proxy: str, deadline: Deadline) -> Iterator[httpx2.Response]:
        """What was answered, while it is read; ``proxy`` is empty for none. Raises Refusal, FetchError."""
        import httpx2

        try:
            response = self._begun(request, proxy, deadline)
            try:
                yield response
            finally:
                response.close()
        except httpx2.ProxyError as error:
            raise FetchError("the proxy refused the connection") from error
        except httpx2.HTTPError as error:
            raise FetchError(f"the answer broke off or is not proper HTTP ({plain(error)})") from error

    def close(self) -> None:
        """Give all connections back; may be called twice."""
        with self._lock:
            transports, self._transports = self._transports, {}
        for transport in transports.values():
            transport.close()

    def _begun(self, request: httpx2.Request, proxy: str, deadline: Deadline) -> httpx2.Response:
        """The head of the answer. A connection that was kept may have ended just now: then another is taken."""
        import httpx2

        transport = self._transport(proxy)
        while True:
            self._turn.begin(deadline)
            try:
                return transport.handle_request(request)
            except Refusal:
                raise
            except (FetchError, httpx2.HTTPError):
                if self._turn.opened or request.method != "GET":
                    raise
                deadline.left()

    def _transport(self, proxy: str) -> httpx2.HTTPTransport:
        """The library's connections by way of a proxy, or of none."""
        with self._lock:
            if proxy not in self._transports:
                self._transports[proxy] = self._made(proxy)
            return self._transports[proxy]

    def _made(self, proxy: str) -> httpx2.HTTPTransport:
        import httpx2

        limits = httpx2.Limits(max_keepalive_connections=MOST_IDLE if self._keep else 0, keepalive_expiry=self._keep)
        found = httpx2.HTTPTransport(
            verify=self._tls or own_certificates(), trust_env=False, proxy=proxy or None, limits=limits
        )
        backend: Any = Backend(None if proxy else self._guard, self._connect, self._turn)
        # the transport offers no public way to give its pool a network; a test pins this attribute
        found._pool._network_backend = backend  # noqa: SLF001
        return found
