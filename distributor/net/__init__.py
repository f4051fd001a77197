"""The one guarded HTTP fetcher: it contacts public addresses and what the operator allowed, and nothing else.
Must not interpret what it fetched, and must never follow the environment's settings unasked.

Every host name is resolved once, every address found is checked, and the connection goes to the very address that was
checked, so that a second answer of the name server (rebinding) is never asked for. Redirects pass the same door. The
guard sits where the socket is opened, below the HTTP library, so that no spelling of an address can get past it.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from distributor.errors import FetchError, FetchRefused
from distributor.net.body import MIB, read_body
from distributor.net.guard import Deadline, Guard, Refusal, Resolve, Verdict, check_host
from distributor.net.pool import Pool
from distributor.net.stream import Connect

if TYPE_CHECKING:
    import httpx2

__all__ = ["MAX_REDIRECTS", "MIB", "Answer", "Fetcher", "Verdict"]

MAX_REDIRECTS: Final = 5
_REDIRECTS: Final = (301, 302, 303, 307, 308)
_NOT_MODIFIED: Final = 304


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server answered: 2xx with a body, or 304 without one."""

    status: int
    #: the address that answered, after redirects
    url: str
    #: names in lower case
    headers: Mapping[str, str] = field(default_factory=dict)
    #: decompressed; never larger than the limit
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Target:
    """A checked spelling of an address: which connection it asks for."""

    url: httpx2.URL
    text: str
    scheme: str
    host: str
    port: int


class Fetcher:
    """Fetches documents through the guard; safe to share between threads.

    ``proxy`` is empty, the address of an HTTP proxy, or ``environment`` (HTTP_PROXY, HTTPS_PROXY, NO_PROXY). Behind a
    proxy the guard checks the spelling and every address that this machine knows for the name; the connection itself
    is the proxy's, which is the operator's to confine.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        allow: tuple[str, ...] = (),
        timeout: float = 20.0,
        most_bytes: int = 10 * MIB,
        proxy: str = "",
        resolve: Resolve = socket.getaddrinfo,
        connect: Connect = socket.create_connection,
        tls: ssl.SSLContext | None = None,
        keep: float = 0.0,
    ) -> None:
        """Keep the settings (``timeout`` in seconds for one whole fetch); nothing is contacted. Raises ValueError.

        ``keep``: seconds for which an idle connection is kept; who sets it calls :meth:`close`.
        """
        if proxy not in ("", "environment") and not proxy.startswith("http://"):
            raise ValueError("proxy: expected an address with http://, or environment")
        self._guard = Guard(allow, resolve)
        self._user_agent = user_agent
        self._timeout = timeout
        self._most = most_bytes
        self._proxy = proxy
        self._pool = Pool(self._guard, connect, tls, keep)

    def close(self) -> None:
        """Give back the connections that are kept; may be called twice."""
        self._pool.close()

    def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        deadline: float | None = None,
        follow: bool = True,
    ) -> Answer:
        """The document at ``url``: a 2xx answer, or 304. ``deadline`` in seconds replaces the timeout for this call.

        ``follow`` False takes a redirect for an answer that brings no document.

        Raises FetchRefused where the guard says no, FetchError for every other failure, each with a plain reason.
        """
        import httpx2

        until = Deadline(self._timeout if deadline is None else deadline)
        asked = _lower(headers)
        cookies = httpx2.Cookies()
        for hop in range(MAX_REDIRECTS + 1):
            try:
                target = self._admit(url, until)
                found = self._ask(target, asked, until, cookies)
            except Refusal as refusal:
                raise FetchRefused(f"{'redirected to' if hop else 'will not contact'} {refusal}") from None
            if isinstance(found, Answer):
                return found
            if not follow:
                raise FetchError(f"redirected to {found}")
            asked, url = _carried(asked, target.text, found), found
        raise FetchError(f"redirected more than {MAX_REDIRECTS} times")

    def post(
        self, url: str, body: bytes, *, headers: Mapping[str, str] | None = None, deadline: float | None = None
    ) -> Answer:
        """The 2xx answer to a POST of ``body``, through the same door and limits; a redirect is never followed, for
        what was meant for one server is not handed to another.

        Raises FetchRefused, FetchError.
        """
        import httpx2

        until = Deadline(self._timeout if deadline is None else deadline)
        try:
            target = self._admit(url, until)
            found = self._ask(target, _lower(headers), until, httpx2.Cookies(), body)
        except Refusal as refusal:
            raise FetchRefused(f"will not contact {refusal}") from None
        if isinstance(found, Answer):
            return found
        raise FetchError(f"redirected to {found}")

    def verdict(self, url: str) -> Verdict:
        """Whether this address would be contacted, and why not; resolves the name but connects to nothing."""
        try:
            target, deadline = _target(url), Deadline(self._timeout)
            found = self._behind_proxy(target, deadline)
            if found is None:
                found = self._guard.addresses(target.host, target.port, deadline)
        except Refusal as refusal:
            return Verdict(why_not=f"will not contact {refusal}", is_refused=True)
        except FetchError as error:
            return Verdict(why_not=str(error))
        return Verdict(addresses=tuple(found))

    def _admit(self, url: str, deadline: Deadline) -> _Target:
        """The target of a permitted spelling; behind a proxy also its addresses, as far as this machine knows them."""
        target = _target(url)
        self._behind_proxy(target, deadline)
        return target

    def _behind_proxy(self, target: _Target, deadline: Deadline) -> list[str] | None:
        """The checked addresses of what a proxy will fetch, as far as this machine knows; None without a proxy.

        Raises Refusal, FetchError.
        """
        self._guard.check_port(target.host, target.port)
        if not self._proxy_for(target):
            return None
        try:
            return self._guard.addresses(target.host, target.port, deadline)
        except Refusal:
            raise
        except FetchError:
            deadline.left()  # only the proxy may be able to resolve names here
            return []

    def _proxy_for(self, target: _Target) -> str:
        """The proxy that this target goes through; empty for none. Raises FetchError."""
        if self._proxy != "environment":
            return self._proxy
        from urllib.request import getproxies_environment
        from urllib.request import proxy_bypass_environment as bypasses  # type: ignore[attr-defined]  # typeshed: macOS

        proxies = getproxies_environment()
        if bypasses(f"{target.host}:{target.port}", proxies):
            return ""
        found = proxies.get(target.scheme, "")
        if found and not found.startswith("http://"):
            raise FetchError("the proxy that the environment names is not an http:// address")
        return found

    def _ask(
        self, target: _Target, asked: Mapping[str, str], deadline: Deadline, cookies: Any, body: bytes | None = None
    ) -> Answer | str:
        """One request, a POST where it has a body: the answer, or the address that a redirect leads to.

        Raises Refusal, FetchError.
        """
        import httpx2

        headers = {"user-agent": self._user_agent, "accept": "*/*", **asked, "accept-encoding": "gzip, deflate"}
        # values as bytes: an entity tag may hold more than ASCII (RFC 9110 section 8.8.3)
        sent = [(name.encode("ascii"), value.encode()) for name, value in headers.items()]
        request = httpx2.Request("GET" if body is None else "POST", target.url, headers=sent, content=body)
        if cookies:
            cookies.set_cookie_header(request)
        with self._pool.answer(request, self._proxy_for(target), deadline) as response:
            if response.status_code not in _REDIRECTS:
                return self._answer(target.text, response)
            response.request = request
            cookies.extract_cookies(response)
            return _onward(target.url, response)

    def _answer(self, url: str, response: httpx2.Response) -> Answer:
        """The answer in limits. Raises FetchError for a status that brings no document."""
        status, fields = response.status_code, dict(response.headers.items())
        if status == _NOT_MODIFIED:
            response.read()  # to its end, which is here: else the connection could not be kept
            return Answer(status=status, url=url, headers=fields)
        if not response.is_success:
            raise FetchError(f"answered {status}", status=status, retry_after=_retry_after(fields))
        coding, length = fields.get("content-encoding", ""), fields.get("content-length", "")
        body = read_body(response.iter_raw(), coding=coding, length=length, most=self._most)
        return Answer(status=status, url=url, headers=fields, body=body)


@lru_cache(maxsize=1024)  # the same feeds are asked all day; a refusal is found anew each time
def _target(url: str) -> _Target:
    """The target of an address. Raises Refusal for a scheme, a spelling or credentials that are not permitted."""
    import httpx2

    try:
        parsed = httpx2.URL(url)
    except httpx2.InvalidURL:
        raise Refusal("a malformed address") from None
    if parsed.scheme not in ("http", "https"):
        raise Refusal(f"an address of the scheme {parsed.scheme[:20] or 'none'}; only http and https are fetched")
    authority = re.split(r"[/?#]", url.partition("//")[2])[0]
    if "@" in authority or parsed.userinfo:
        raise Refusal("an address with credentials in it")
    if "\\" in authority:
        raise Refusal("a malformed address")
    told = parsed.raw_host.decode("ascii")
    host = told.lower().removesuffix(".")
    check_host(host)
    usual = 443 if parsed.scheme == "https" else 80
    port = usual if parsed.port is None else parsed.port
    canonical = parsed if host == told and not parsed.fragment else parsed.copy_with(host=host, fragment=None)
    return _Target(url=canonical, text=str(canonical), scheme=parsed.scheme, host=host, port=port)


def _onward(url: httpx2.URL, response: httpx2.Response) -> str:
    """Where a redirect leads; a malformed address stays as it is, for the next hop to refuse. Raises FetchError."""
    import httpx2

    location = response.headers.get("location", "")
    if not location:
        raise FetchError(f"answered {response.status_code} without saying where to", status=response.status_code)
    try:
        return str(url.join(location))
    except (httpx2.InvalidURL, ValueError):
        return location


def _lower(headers: Mapping[str, str] | None) -> dict[str, str]:
    """Request fields with their names in lower case."""
    return {name.lower(): value for name, value in (headers or {}).items()}


def _carried(asked: Mapping[str, str], old: str, new: str) -> dict[str, str]:
    """The request fields for the next hop; credentials stay with the origin they were meant for."""
    same = old.split("/")[:3] == new.split("/")[:3]
    return {name: value for name, value in asked.items() if same or name not in ("authorization", "cookie")}


def _retry_after(fields: Mapping[str, str]) -> timedelta | None:
    """The pause that the server asks for: seconds or a date (RFC 9110 section 10.2.3); None where it says nothing."""
    text = fields.get("retry-after", "").strip()
    if text.isascii() and text.isdigit() and len(text) < 9:
        return timedelta(seconds=int(text))
    try:
        until = parsedate_to_datetime(text)
        # by the server's own clock, so that ours may be wrong
        now = parsedate_to_datetime(fields["date"]) if "date" in fields else datetime.now(UTC)
        return max(until - now, timedelta(0))
    except (ValueError, TypeError):
        return None
