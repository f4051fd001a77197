"""HTTP calls through requests that know whether anything left this machine; its only home, and urllib3's.
Must not decide what an answer means, retry, or follow a redirect.

A request passes two doors, and the door at which it fails is the whole difference between the two errors::

    resolve, vet, connect, proxy tunnel, TLS   failure -> Unavailable     (no byte of the request was sent)
    send, wait, read                           failure -> UnknownOutcome  (the far side may have acted)
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util.connection import create_connection

from distributor import __version__
from distributor.channels._answer import Answer
from distributor.channels._options import ENVIRONMENT
from distributor.channels._reason import because, one_line
from distributor.errors import FetchRefused, Unavailable, UnknownOutcome

#: seconds for a connection: a little over a TCP retransmission (RFC 6298: 1 s, then 2 s)
CONNECT_TIMEOUT = 3.05
#: from a host and a port to the addresses that may be contacted; raises FetchRefused
Vet = Callable[[str, int], Sequence[str]]
#: raised by requests while it prepares a request
_UNPREPARED = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidHeader,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Detour:
    """Three beginnings of an address, for a library that has its server's address built in."""

    #: what the library writes
    written: str
    #: what its signatures cover; the server checks them against its public address
    signed: str
    #: where requests really go
    contacted: str


class _Reached(Exception):
    """A connection stands, and it is all that was wanted."""


class Line:
    """One session with one server: no kept connections, nothing from the environment, bounded in time."""

    def __init__(
        self, url: str, *, timeout: float, proxy: str = "", vet: Vet | None = None, detour: Detour | None = None
    ) -> None:
        """Prepare a session for ``url``; contacts nobody.

        ``timeout`` is the longest silence in seconds while reading; a whole answer may take twice as long.
        """
        self.timeout = timeout
        self._vet = vet
        self._call = threading.local()
        self.session = _Session(detour)
        self.session.trust_env = False
        self.session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.session.proxies = _proxies(url, proxy)
        # a kept connection that the server has closed looks exactly like a lost answer
        self.session.headers.update({"Connection": "close", "User-Agent": f"distributor/{__version__}"})
        adapter = _Adapter(self, detour)
        self.session.mount("https://", adapter)
        self.session.mount("http://", adapter)

    def listen(self, judge: Callable[[Answer], None]) -> None:
        """Show every answer to ``judge`` before any other code reads it; what it raises reaches the caller."""

        def hook(response: requests.Response, **_: object) -> None:
            judge(read(response))

        self.session.hooks["response"].append(hook)

    @contextlib.contextmanager
    def call(self) -> Iterator[requests.Session]:
        """The session for one request, answer read included; raises Unavailable or UnknownOutcome."""
        watch = self._call.watch = _Watch(2 * self.timeout)
        try:
            yield self.session
        except _UNPREPARED as error:
            raise Unavailable(because("the request could not be built", type(error).__name__)) from None
        except requests.RequestException as error:
            raise UnknownOutcome(self._silence(error, watch)) from None
        finally:
            watch.end()

    def reach(self, url: str) -> None:
        """Resolve, vet and connect, TLS included, and hang up before a request's first byte. Raises Unavailable."""
        self._call.probing = True
        try:
            with self.call() as session, contextlib.suppress(_Reached):
                session.head(url)
        finally:
            self._call.probing = False

    def close(self) -> None:
        """Give the session back; may be called twice."""
        self.session.close()

    def open(self, host: str, connection: HTTPConnection) -> socket.socket | None:
        """A socket to the first address of ``host`` that the vetting allows and that answers; None without vetting."""
        if self._vet is None or connection.proxy:
            return None
        failure: OSError = OSError("no address")
        for address in self._vet(host, connection.port):
            try:
                return create_connection(
                    (address, connection.port), connection.timeout, socket_options=connection.socket_options
                )
            except OSError as error:
                failure = error
        raise failure

    def connect(self, connection: HTTPConnection, connect: Callable[[], None]) -> None:
        """Run ``connect``, the first door; raises Unavailable. A later call only ever meets an open connection."""
        where = f"{connection.host}:{connection.port}"
        try:
            connect()
        except FetchRefused as error:
            raise Unavailable(because(f"{where} is not contacted", str(error))) from None
        except (OSError, urllib3.exceptions.HTTPError, http.client.HTTPException) as error:
            raise Unavailable(_unreached(error, where)) from None
        if getattr(self._call, "probing", False):
            raise _Reached
        self._call.watch.begin(connection.sock)

    def _silence(self, error: requests.RequestException, watch: _Watch) -> str:
        if watch.is_over:
            return f"the answer took longer than {2 * self.timeout:g} s"
        if isinstance(error, requests.Timeout) or "timed out" in str(error):
            return f"no answer within {self.timeout:g} s"
        return "the connection broke before a whole answer came"


def read(response: requests.Response, limit: int | None = None) -> Answer:
    """The answer with its body (at most ``limit`` bytes of it); call it inside ``Line.call``.

    A refusal is a refusal even if its body breaks off; an acceptance must be readable to the end.
    """
    try:
        body = response.content if limit is None else _first(response, limit)
    except requests.RequestException:
        if response.status_code < 400:
            raise
        body = b""
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(status=response.status_code, headers=headers, body=body)


def _first(response: requests.Response, limit: int) -> bytes:
    body = b""
    with response:
        for chunk in response.iter_content(8192):
            body += chunk
            if len(body) >= limit:
                break
    return body[:limit]


class _Watch:
    """Hangs up on a server that keeps a call alive by dripping bytes: a read timeout only bounds each silence."""

    def __init__(self, seconds: float) -> None:
        self.is_over = False
        self._seconds = seconds
        self._timer: threading.Timer | None = None

    def begin(self, sock: Any) -> None:
        self._timer = threading.Timer(self._seconds, self._hang_up, (sock,))
        self._timer.daemon = True
        self._timer.start()

    def end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _hang_up(self, sock: Any) -> None:
        self.is_over = True
        raw: socket.socket = getattr(sock, "socket", sock)  # TLS through a TLS proxy is wrapped once more
        with contextlib.suppress(OSError):
            socket.socket.shutdown(raw, socket.SHUT_RDWR)


class _Session(requests.Session):
    """A session that turns the written address into the one to be signed, before any signature is made."""

    def __init__(self, detour: Detour | None) -> None:
        super().__init__()
        self._detour = detour

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:
        if self._detour is not None:
            url = self._detour.signed + str(url).removeprefix(self._detour.written)
        return super().request(method, url, *args, **kwargs)


class _Adapter(HTTPAdapter):
    """Gives every connection to the line, forces the timeouts and turns the signed address into the contacted one."""

    def __init__(self, line: Line, detour: Detour | None) -> None:
        self._pools = _pools(line)
        self._timeout = (min(CONNECT_TIMEOUT, line.timeout), line.timeout)
        self._detour = detour
        super().__init__()

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **pool_kwargs: Any) -> None:
        super().init_poolmanager(connections, maxsize, block, **pool_kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **proxy_kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **proxy_kwargs)
        manager.pool_classes_by_scheme = self._pools
        return manager

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,  # noqa: ARG002 - the callers' own timeout is what this class replaces
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        if self._detour is not None and request.url is not None:
            request.url = self._detour.contacted + request.url.removeprefix(self._detour.signed)
        response = super().send(request, stream, self._timeout, verify, cert, proxies)
        response.headers.pop("Location", None)  # requests follows nothing, and reads no body to find out where
        return response


def _pools(line: Line) -> dict[str, type[HTTPConnectionPool]]:
    """Connection pools whose connections pass through the doors of ``line``."""

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return line.open(self.host, self) or super()._new_conn()

        def connect(self) -> None:
            line.connect(self, super().connect)

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return line.open(self.host, self) or super()._new_conn()

        def connect(self) -> None:
            line.connect(self, super().connect)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

        def _put_conn(self, conn: Any) -> None:
            super()._put_conn(_closed(conn))

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

        def _put_conn(self, conn: Any) -> None:
            super()._put_conn(_closed(conn))

    return {"http": PlainPool, "https": SecurePool}


def _closed(connection: Any) -> Any:
    """A used connection, closed even where the server did not say that it would: it may close it at any moment."""
    if connection is not None:
        connection.close()
    return connection


def _proxies(url: str, proxy: str) -> Any:
    if proxy == ENVIRONMENT:
        return requests.utils.get_environ_proxies(url)
    return {"http": proxy, "https": proxy} if proxy else {}


def _unreached(error: Exception, where: str) -> str:
    """Why no connection stands, in plain words."""
    host, _, _ = where.rpartition(":")
    cause = error.__cause__ if isinstance(error, urllib3.exceptions.HTTPError) and error.__cause__ else error
    match cause:
        case ssl.SSLError():
            detail = getattr(cause, "verify_message", "") or cause.reason or ""
            return because(f"no TLS with {where}", detail)
        case socket.gaierror():
            return f"the host {one_line(host)} cannot be found"
        case TimeoutError():
            return f"no connection to {where} in time"
        case OSError():
            return because(f"no connection to {where}", cause.strerror or str(cause))
    return because(f"no connection to {where}", type(error).__name__)


def response_type() -> type[requests.Response]:
    """The class of raw answers, for libraries that can hand them through."""
    return requests.Response
