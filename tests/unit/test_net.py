"""The fetcher's door: what it refuses without a packet, where it really connects, and what it swallows at most."""

from __future__ import annotations

import gzip
import random
import re
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any

import httpx2
import pytest
import trustme
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.clock import SystemClock
from distributor.errors import FetchError, FetchRefused
from distributor.interfaces import Source, Validators
from distributor.net import MIB, Answer, Fetcher, Verdict
from distributor.net.body import read_body
from distributor.net.guard import forbidden
from distributor.sources import Opening, kinds
from distributor.sources.guard import Guard
from distributor.sources.parsed import Reading

PUBLIC = "93.184.215.14"


class World:
    """A resolver and a network that write down what they were asked; connections land on one local server."""

    def __init__(self, names: Mapping[str, list[str]] | None = None, port: int = 0) -> None:
        self.names, self.port = dict(names or {}), port
        self.asked: list[str] = []
        self.connected: list[tuple[str, int]] = []

    def resolve(self, host: str, port: int, **_: Any) -> list[tuple[Any, ...]]:
        self.asked.append(host)
        if host not in self.names:
            raise socket.gaierror(-2, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in self.names[host]]

    def connect(self, address: tuple[str, int], timeout: float) -> socket.socket:
        self.connected.append(address)
        return socket.create_connection(("127.0.0.1", self.port), timeout)

    def fetcher(self, **given: Any) -> Fetcher:
        options: dict[str, Any] = {"user_agent": "test", "timeout": 5.0} | given
        return Fetcher(resolve=self.resolve, connect=self.connect, **options)


class Handler(BaseHTTPRequestHandler):
    """Answers by the path, as the test's table says."""

    protocol_version = "HTTP/1.1"
    pages: Mapping[str, Callable[[Handler], None]]
    seen: list[tuple[str, dict[str, str]]]

    def do_GET(self) -> None:
        self.seen.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        self.pages[self.path](self)

    def do_CONNECT(self) -> None:
        self.seen.append((self.path, {}))
        self.answer(403)

    def answer(self, status: int = 200, body: bytes = b"", **fields: str) -> None:
        self.send_response(status)
        for name, value in ({"content_length": str(len(body))} | fields).items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


@contextmanager
def serving(pages: Mapping[str, Callable[[Handler], None]], tls: ssl.SSLContext | None = None) -> Iterator[Any]:
    handler = type("OneHandler", (Handler,), {"pages": pages, "seen": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield type("Served", (), {"port": server.server_address[1], "seen": handler.seen})  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def page(status: int = 200, body: bytes = b"", **fields: str) -> Callable[[Handler], None]:
    return lambda handler: handler.answer(status, body, **fields)


PRIVATE_V4 = [
    *("127.0.0.1", "127.8.8.8", "0.0.0.0", "0.1.2.3", "10.1.2.3", "100.64.0.1", "100.127.255.254", "169.254.169.254"),
    *("172.16.0.1", "172.31.255.255", "192.168.1.1", "192.0.0.8", "192.0.0.192", "192.0.2.1", "192.88.99.1"),
    *("198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1"),
    *("255.255.255.255", "168.63.129.16", "100.100.100.200"),
]
PRIVATE_V6 = [
    *("::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:a00:1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe"),
    *("64:ff9b:1::1", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:808:808::1", "2001:0:7f00:1::", "2001::1"),
    *("2001:0:808:808:0:0:80ff:fffe", "2001:db8::1", "2001:10::1", "3fff::1", "3ffe::1", "fc00::1", "fd00:ec2::254"),
    *("fe80::1", "fec0::1", "ff02::1", "ff0e::1", "100::1", "5f00::1", "4000::1", "::8.8.8.8", "::ffff:0:127.0.0.1"),
]
SPELLINGS = [
    *("http://2130706433/", "http://0x7f000001/", "http://017700000001/", "http://0177.0.0.1/", "http://0x7f.0.0.1/"),
    *("http://127.1/", "http://127.0.1/", "http://0x7f.1/", "http://0/", "http://134744072/", "http://127.0.0.1./"),
    *(
        "http://127.0.0.%31/",
        "http://%31%32%37.0.0.1/",
        "http://127。0。0。1/",
        "http://127．0．0．1/",
        "http://127｡0｡0｡1/",
    ),
    *(
        "http://１２７.0.0.1/",
        "http://①②⑦.⓪.⓪.①/",
        "http://[::1]:443/",
        "http://[::ffff:7f00:1]/",
        "http://[fe80::1%25lo]/",
    ),
    *(
        "http://user@8.8.8.8/",
        "http://user:pw@8.8.8.8/",
        "http://@8.8.8.8/",
        "http://8.8.8.8:22/",
        "http://8.8.8.8:8080/",
    ),
    *("https://8.8.8.8:6379/", "ftp://8.8.8.8/", "file:///etc/passwd", "gopher://8.8.8.8/", "javascript:alert(1)"),
    *(
        "//8.8.8.8/",
        "8.8.8.8",
        "",
        "http://",
        "http:///etc",
        "http://[::1",
        "http://8.8.8.8:99999/",
        "http://8.8.8.8:0/",
    ),
    *(
        "http://8.8.8.8\\@127.0.0.1/",
        "http://8.8.8.8:80\\@127.0.0.1/",
        "http://8.8.8.8\\x/",
        "http://a b/",
        "http://exa\nmple.com/",
    ),
    *("http://-x-.example/", "http://a..example/", "http://.example/", f"http://{'a' * 64}.example/"),
    *(f"http://{'a.' * 130}example/", "http://1.2.3.256/", "http://1.2.3.4.5/", "http://0x/", "http://ex^mple.com/"),
]
REFUSED = [f"http://{address}/" for address in PRIVATE_V4]
REFUSED += [f"http://[{address}]/" for address in PRIVATE_V6] + SPELLINGS


def feed(url: str, fetcher: Fetcher) -> Source:
    """A feed as a configuration opens it."""
    shape, clock = kinds()["feed"], SystemClock()
    opening = Opening(name="politics", fetcher=fetcher, guard=Guard(), clock=clock, reading=Reading(feed="politics"))
    return shape.open(opening, shape.options(url=url))


def test_the_list_of_refused_addresses_is_long() -> None:
    assert len(REFUSED) >= 60


@pytest.mark.parametrize("url", REFUSED)
def test_a_forbidden_address_is_refused_without_a_packet(url: str) -> None:
    world = World()
    fetcher = world.fetcher()
    with pytest.raises(FetchRefused) as caught:
        fetcher.get(url)
    assert str(caught.value).startswith("will not contact ")
    assert fetcher.verdict(url) == Verdict(why_not=str(caught.value), is_refused=True)
    refusal = f"^{re.escape(str(caught.value))}$"
    with pytest.raises(FetchRefused, match=refusal):  # a hub
        fetcher.post(url, b"hub.mode=subscribe")
    with pytest.raises(FetchRefused, match=refusal):  # a page that is only looked at
        fetcher.get(url, follow=False)
    with pytest.raises((FetchRefused, ValueError)):  # what is no address at all is refused with the configuration
        feed(url, fetcher).fetch(Validators())
    assert world.connected == []
    assert world.asked == []


@pytest.mark.parametrize("address", PRIVATE_V4 + PRIVATE_V6)
def test_a_name_that_leads_to_a_forbidden_address_is_refused_before_a_connection(address: str) -> None:
    world = World({"trap.example": [address]})
    with pytest.raises(FetchRefused, match=r"^will not contact a \w+ address"):
        world.fetcher().get("http://trap.example/")
    assert world.asked == ["trap.example"]
    assert world.connected == []


def test_one_forbidden_address_among_public_ones_refuses_the_name() -> None:
    world = World({"mixed.example": [PUBLIC, "10.0.0.1"]})
    with pytest.raises(FetchRefused, match=r"private address 10\.0\.0\.1"):
        world.fetcher().get("http://mixed.example/")
    assert world.connected == []


@pytest.mark.parametrize("address", ["8.8.8.8", PUBLIC, "172.32.0.1", "100.128.0.1", "2606:4700::1", "2a00:1450::1"])
def test_public_addresses_pass(address: str) -> None:
    world = World({"public.example": [address]})
    verdict = world.fetcher().verdict("https://public.example/feed")
    assert verdict == Verdict(addresses=(address,))
    assert verdict.would_contact
    assert forbidden(ip_address(address)) == ""


def test_public_addresses_behind_nat64_pass() -> None:
    assert forbidden(IPv6Address("64:ff9b::808:808")) == ""
    assert forbidden(IPv6Address("::ffff:8.8.8.8")) == ""


@settings(max_examples=300, deadline=None)
@given(st.ip_addresses(v=4))
def test_an_address_folded_into_ipv6_is_never_treated_more_kindly(address: Any) -> None:
    number = int(address)
    mapped, nat64 = (IPv6Address(base | number) for base in (0xFFFF << 32, 0x64FF9B << 96))
    assert forbidden(mapped) == forbidden(nat64) == forbidden(address)
    assert forbidden(IPv6Address(0x2002 << 112 | number << 80))
    assert forbidden(IPv6Address(number))


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
def test_nothing_that_python_calls_private_passes(address: IPv4Address | IPv6Address) -> None:
    if not address.is_global or address.is_multicast:
        nat64 = address in IPv6Network("64:ff9b::/96")
        mapped = isinstance(address, IPv6Address) and address.ipv4_mapped is not None
        assert forbidden(address) or nat64 or mapped


@settings(max_examples=200, deadline=None)
@given(
    st.text(max_size=40), st.sampled_from(["", "http://", "https://", "http://127.0.0.1", "http://[", "http://user@"])
)
def test_any_text_is_judged_without_another_error(text: str, start: str) -> None:
    world = World()
    verdict = world.fetcher().verdict(start + text)
    assert not verdict.would_contact
    assert world.connected == []


def test_the_connection_goes_to_the_checked_address_and_keeps_the_name() -> None:
    with serving({"/feed?a=1": page(body=b"news", content_type="text/xml")}) as served:
        world = World({"news.example": [PUBLIC]}, served.port)
        answer = world.fetcher().get("http://news.example/feed?a=1#top", headers={"If-None-Match": '"é"'})
    assert (answer.status, answer.body, answer.url) == (200, b"news", "http://news.example/feed?a=1")
    assert answer.headers["content-type"] == "text/xml"
    assert world.connected == [(PUBLIC, 80)]
    path, fields = served.seen[0]
    assert path == "/feed?a=1"
    assert fields["host"] == "news.example"
    assert fields["user-agent"] == "test"
    assert fields["accept-encoding"] == "gzip, deflate"
    assert fields["if-none-match"].encode("latin-1").decode() == '"é"'


def test_a_name_is_resolved_once_so_a_second_answer_cannot_rebind_it() -> None:
    answers = iter([[PUBLIC], ["127.0.0.1"]])

    class Rebinding(World):
        def resolve(self, host: str, port: int, **_: Any) -> list[tuple[Any, ...]]:
            self.names[host] = next(answers)
            return super().resolve(host, port)

    with serving({"/": page(body=b"x")}) as served:
        world = Rebinding(port=served.port)
        assert world.fetcher().get("http://rebind.example/").body == b"x"
        assert world.connected == [(PUBLIC, 80)]
        with pytest.raises(FetchRefused, match=r"127\.0\.0\.1"):
            world.fetcher().get("http://rebind.example/")
    assert len(world.connected) == 1


def test_the_pool_still_takes_the_guarded_network() -> None:
    """The one private attribute of the HTTP library that the guard hangs on."""
    transport = httpx2.HTTPTransport()
    assert hasattr(transport._pool, "_network_backend")
    proxied = httpx2.HTTPTransport(proxy="http://127.0.0.1:1")
    assert hasattr(proxied._pool, "_network_backend")


def test_the_next_address_is_tried_when_the_first_does_not_answer() -> None:
    with serving({"/": page(body=b"x")}) as served:

        class FirstDown(World):
            def connect(self, address: tuple[str, int], timeout: float) -> socket.socket:
                if address[0] == "8.8.4.4":
                    self.connected.append(address)
                    raise ConnectionRefusedError(111, "Connection refused")
                return super().connect(address, timeout)

        world = FirstDown({"two.example": ["8.8.4.4", PUBLIC], "down.example": ["8.8.4.4"]}, served.port)
        assert world.fetcher().get("http://two.example/").body == b"x"
        assert world.connected == [("8.8.4.4", 80), (PUBLIC, 80)]
        with pytest.raises(FetchError, match=r"^could not connect to down\.example: Connection refused$") as caught:
            world.fetcher().get("http://down.example/")
    assert not isinstance(caught.value, FetchRefused)


def test_a_name_without_an_address_is_a_plain_failure() -> None:
    with pytest.raises(FetchError, match=r"^no address found for nowhere\.example$"):
        World().fetcher().get("http://nowhere.example/")
    verdict = World().fetcher().verdict("http://nowhere.example/")
    assert (verdict.why_not, verdict.is_refused) == ("no address found for nowhere.example", False)


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("http://127.0.0.1/", "redirected to a private address 127.0.0.1"),
        ("http://trap.example/", "redirected to a private address 10.0.0.1"),
        ("http://[::ffff:169.254.169.254]/", "redirected to a private address ::ffff:169.254.169.254"),
        ("http://news.example:8080/", "redirected to port 8080 of news.example, which is not on the allow-list"),
        ("file:///etc/passwd", "redirected to an address of the scheme file; only http and https are fetched"),
        ("http://u:p@news.example/", "redirected to an address with credentials in it"),
        ("//2130706433/", "redirected to an address in an unusual spelling, 2130706433"),
        ("http://[::1", "redirected to a malformed address"),
    ],
)
def test_a_redirect_passes_the_same_door(target: str, reason: str) -> None:
    with serving({"/": page(302, location=target)}) as served:
        world = World({"news.example": [PUBLIC], "trap.example": ["10.0.0.1"]}, served.port)
        with pytest.raises(FetchRefused) as caught:
            world.fetcher().get("http://news.example/")
    assert re.sub(r"ffff:a9fe:a9fe", "ffff:169.254.169.254", str(caught.value)) == reason
    assert world.connected == [(PUBLIC, 80)]


class Scripted(World):
    """A network where every server answers with the same bytes, and no packet leaves this process."""

    def __init__(self, names: Mapping[str, list[str]], answer: bytes) -> None:
        super().__init__(names)
        self.answer = answer
        self.far: list[socket.socket] = []

    def connect(self, address: tuple[str, int], timeout: float) -> socket.socket:
        self.connected.append(address)
        near, far = socket.socketpair()
        far.sendall(self.answer)
        self.far.append(far)
        return near

    def said(self) -> bytes:
        """What the last server was sent."""
        return self.far[-1].recv(10_000)

    def close(self) -> None:
        for far in self.far:
            far.close()


def redirect(url: str) -> bytes:
    return b"HTTP/1.1 307 Elsewhere\r\nContent-Length: 0\r\nLocation: %s\r\n\r\n" % url.encode()


#: what lacks a host leads back to the page that redirects (RFC 3986 section 5.3), an empty user is dropped
_JOINED = ("http://", "http:///etc", "http://@8.8.8.8/")
#: what is an address of its own also behind a Location field
TARGETS = [url for url in REFUSED if ":" in url.partition("/")[0] and "\n" not in url and url not in _JOINED]


def test_the_list_of_refused_redirects_is_long() -> None:
    assert len(TARGETS) >= 60


@pytest.mark.parametrize("url", TARGETS)
def test_every_forbidden_address_is_refused_as_the_target_of_a_redirect(url: str) -> None:
    location = url.encode()
    world = Scripted(
        {"news.example": [PUBLIC]}, b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: %s\r\n\r\n" % location
    )
    try:
        with pytest.raises(FetchRefused, match=r"^redirected to "):
            world.fetcher().get("http://news.example/")
        assert world.connected == [(PUBLIC, 80)]
        assert world.asked == ["news.example"]
    finally:
        world.close()


def test_a_post_is_made_once_and_never_handed_on() -> None:
    world = Scripted({"hub.example": [PUBLIC]}, b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\nok")
    try:
        answer = world.fetcher().post(
            "http://hub.example/", b"hub.mode=subscribe", headers={"Content-Type": "application/x-www-form-urlencoded"}
        )
        said = world.said()
    finally:
        world.close()
    assert (answer.status, answer.body) == (202, b"ok")
    assert said.startswith(b"POST / HTTP/1.1\r\n")
    assert b"content-type: application/x-www-form-urlencoded" in said.lower()
    assert said.endswith(b"\r\n\r\nhub.mode=subscribe")
    world = Scripted(
        {"hub.example": [PUBLIC]},
        b"HTTP/1.1 307 Elsewhere\r\nLocation: http://other.example/\r\nContent-Length: 0\r\n\r\n",
    )
    try:
        with pytest.raises(FetchError, match=r"^redirected to http://other\.example/$"):
            world.fetcher().post("http://hub.example/", b"x")
    finally:
        world.close()
    assert world.connected == [(PUBLIC, 80)]


def test_a_redirect_is_not_followed_where_nobody_wants_it() -> None:
    with serving({"/": page(301, location="/gone")}) as served:
        world = World({"news.example": [PUBLIC]}, served.port)
        with pytest.raises(FetchError, match=r"^redirected to http://news\.example/gone$") as caught:
            world.fetcher().get("http://news.example/", follow=False)
    assert caught.value.status is None
    assert len(world.connected) == 1


def test_redirects_are_followed_five_times_and_no_further() -> None:
    pages = {f"/{step}": page(301, location=f"{step + 1}") for step in range(6)} | {"/6": page(body=b"end")}
    with serving(pages) as served:
        world = World({"news.example": [PUBLIC]}, served.port)
        answer = world.fetcher().get("http://news.example/1")
        assert (answer.body, answer.url) == (b"end", "http://news.example/6")
        with pytest.raises(FetchError, match="redirected more than 5 times"):
            world.fetcher().get("http://news.example/0")


def test_credentials_stay_with_their_origin_and_cookies_come_along() -> None:
    pages = {"/": page(307, location="http://other.example/next", set_cookie="a=1"), "/next": page(302, location="end")}
    with serving(pages | {"/end": page(302, location="last", set_cookie="b=2"), "/last": page()}) as served:
        world = World({"news.example": [PUBLIC], "other.example": [PUBLIC]}, served.port)
        world.fetcher().get("http://news.example/", headers={"Authorization": "secret", "If-None-Match": '"x"'})
    fields = [seen for _, seen in served.seen]
    assert [seen.get("authorization") for seen in fields] == ["secret", None, None, None]
    assert [seen.get("if-none-match") for seen in fields] == ['"x"'] * 4
    assert [seen.get("cookie") for seen in fields] == [None, None, None, "b=2"]


def test_a_redirect_without_a_target_is_a_failure() -> None:
    with serving({"/": page(302)}) as served, pytest.raises(FetchError, match="answered 302 without saying where to"):
        World({"news.example": [PUBLIC]}, served.port).fetcher().get("http://news.example/")


def local(port: int, **given: Any) -> Fetcher:
    options: dict[str, Any] = {"user_agent": "test", "allow": (f"127.0.0.1:{port}",), "timeout": 5.0} | given
    return Fetcher(**options)


def test_the_allow_list_opens_one_port_of_one_address() -> None:
    with serving({"/": page(body=b"x")}) as served, serving({"/": page(body=b"y")}) as other:
        fetcher = local(served.port)
        assert fetcher.get(f"http://127.0.0.1:{served.port}/").body == b"x"
        assert fetcher.get(f"http://localhost:{served.port}/").body == b"x"
        with pytest.raises(FetchRefused, match="not on the allow-list"):
            fetcher.get(f"http://127.0.0.1:{other.port}/")


@pytest.mark.parametrize(
    ("entry", "url", "passes"),
    [
        ("10.0.0.0/8", "http://10.1.2.3/", True),
        ("10.0.0.0/8", "http://10.1.2.3:8080/", False),
        ("10.0.0.0/8", "http://11.1.2.3/", True),
        ("10.0.0.0/8:8080", "http://10.1.2.3:8080/", True),
        ("10.0.0.0/8:8080", "http://10.1.2.3/", False),
        ("10.0.0.0/8:8080", "http://8.8.8.8:8080/", False),
        ("10.0.0.5", "https://cms.example/", True),
        ("10.0.0.5:8080", "http://cms.example:8080/", True),
        ("10.0.0.5:8080", "http://cms.example/", False),
        ("CMS.example", "https://cms.example/", True),
        ("cms.example", "https://cms.example./", True),
        ("cms.example", "https://cms.example:8443/", False),
        ("cms.example:8443", "https://cms.example:8443/", True),
        ("cms.example:8443", "https://cms.example/", False),
        ("cms.example:8443", "https://public.example:8443/", False),
        ("public.example:8443", "https://public.example:8443/", True),
        ("10.0.0.5", "http://[::ffff:10.0.0.5]/", True),
        ("::1", "http://[::1]/", True),
        ("[::1]:8080", "http://[::1]:8080/", True),
        ("[::1]:8080", "http://[::1]/", False),
        ("fd00::/8", "http://[fd12::1]/", True),
        ("fd00::/8", "http://[fc12::1]/", False),
        ("localhost", "http://127.0.0.1/", False),
    ],
)
def test_an_entry_of_the_allow_list_opens_exactly_what_it_says(entry: str, url: str, passes: bool) -> None:
    world = World({"cms.example": ["10.0.0.5"], "public.example": [PUBLIC]})
    verdict = world.fetcher(allow=(entry,)).verdict(url)
    assert verdict.would_contact is passes, verdict


@pytest.mark.parametrize("entry", ["", ":80", "host:0", "host:65536", "host:http", "a b", "127.1", "1.2.3.4/33", "*.x"])
def test_a_wrong_entry_of_the_allow_list_is_named(entry: str) -> None:
    with pytest.raises(ValueError, match=re.escape(repr(entry))):
        Fetcher(user_agent="test", allow=(entry,))


def test_not_modified_comes_back_without_a_body() -> None:
    with serving({"/": page(304, etag='"1"')}) as served:
        answer = local(served.port).get(f"http://127.0.0.1:{served.port}/")
    assert isinstance(answer, Answer)
    assert (answer.status, answer.body, answer.headers["etag"]) == (304, b"", '"1"')


@pytest.mark.parametrize(
    ("fields", "pause"),
    [
        ({}, None),
        ({"retry_after": "120"}, timedelta(seconds=120)),
        ({"retry_after": "Mon, 30 Nov 2026 07:05:00 GMT"}, None),
        ({"retry_after": "soon"}, None),
        ({"retry_after": "-5"}, None),
        ({"retry_after": "9" * 30}, None),
    ],
)
def test_an_error_status_is_a_failure_with_the_pause_asked_for(fields: dict[str, str], pause: timedelta | None) -> None:
    with (
        serving({"/": page(503, b"", **fields)}) as served,
        pytest.raises(FetchError, match=r"^answered 503$") as caught,
    ):
        local(served.port).get(f"http://127.0.0.1:{served.port}/")
    assert caught.value.status == 503
    if "GMT" in fields.get("retry_after", ""):
        assert caught.value.retry_after is not None
        assert caught.value.retry_after >= timedelta(0)
    else:
        assert caught.value.retry_after == pause


def test_a_date_to_retry_at_is_read_by_the_servers_own_clock() -> None:
    def late(handler: Handler) -> None:
        handler.send_response_only(429)
        handler.send_header("Date", "Mon, 30 Nov 2026 07:00:00 GMT")
        handler.send_header("Retry-After", "Mon, 30 Nov 2026 07:05:00 GMT")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    with serving({"/": late}) as served, pytest.raises(FetchError, match="answered 429") as caught:
        local(served.port).get(f"http://127.0.0.1:{served.port}/")
    assert caught.value.retry_after == timedelta(minutes=5)


def chunked(parts: list[bytes], **fields: str) -> Callable[[Handler], None]:
    def send(handler: Handler) -> None:
        handler.send_response(200)
        for name, value in fields.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for part in parts:
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        handler.wfile.write(b"0\r\n\r\n")

    return send


def test_a_body_beyond_the_limit_is_cut_off_announced_or_not() -> None:
    pages = {"/said": page(body=b"x" * 3000), "/unsaid": chunked([b"x" * 500] * 6), "/fits": page(body=b"x" * 2048)}
    with serving(pages) as served:
        fetcher = local(served.port, most_bytes=2048)
        for path in ("/said", "/unsaid"):
            with pytest.raises(FetchError, match=r"^larger than 2048 bytes$"):
                fetcher.get(f"http://127.0.0.1:{served.port}{path}")
        assert len(fetcher.get(f"http://127.0.0.1:{served.port}/fits").body) == 2048


def test_half_a_megabyte_does_not_become_half_a_gigabyte() -> None:
    packer, parts = zlib.compressobj(9, zlib.DEFLATED, 31), []
    for _ in range(512):
        parts.append(packer.compress(b"\0" * MIB))
    bomb = b"".join(parts) + packer.flush()
    assert 0.4 * MIB < len(bomb) < 0.6 * MIB
    with serving({"/": page(body=bomb, content_encoding="gzip")}) as served:
        began = time.monotonic()
        with pytest.raises(FetchError, match=r"compression bomb|larger than 10 MiB"):
            local(served.port).get(f"http://127.0.0.1:{served.port}/")
        assert time.monotonic() - began < 1


def test_text_that_unfolds_beyond_the_limit_is_refused() -> None:
    noise = random.Random(1).randbytes(1500)
    packed = gzip.compress(noise * 2)
    assert len(packed) < 2048
    with pytest.raises(FetchError, match="larger than 2048 bytes"):
        read_body([packed], coding="gzip", length="", most=2048)


def test_a_small_bomb_within_the_limit_is_still_a_bomb() -> None:
    with pytest.raises(FetchError, match=r"^a compression bomb: \d+ bytes unfold to more than \d+ MiB$"):
        read_body([gzip.compress(b"\0" * 8 * MIB)], coding="gzip", length="", most=10 * MIB)


def bare(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        ("gzip", gzip.compress(b"news", mtime=0)),
        ("x-gzip", gzip.compress(b"news", mtime=0)),
        ("GZIP", gzip.compress(b"ne", mtime=0) + gzip.compress(b"ws", mtime=0)),
        ("gzip", gzip.compress(b"news", mtime=0) + b"\0\0\0"),
        ("deflate", zlib.compress(b"news")),
        ("deflate", zlib.compress(b"news") + b"rubbish"),
        ("deflate", bare(b"news")),
        ("identity", b"news"),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_every_common_compression_is_undone_however_it_is_cut(coding: str, packed: bytes, size: int) -> None:
    chunks = [packed[start : start + size] for start in range(0, len(packed), size)]
    assert read_body(chunks, coding=coding, length="", most=100) == b"news"


@pytest.mark.parametrize(
    ("coding", "packed", "reason"),
    [
        ("br", b"news", r"encoding that was not asked for \(br\)"),
        ("zstd", b"\x28\xb5\x2f\xfd", r"encoding that was not asked for \(zstd\)"),
        ("gzip, gzip", gzip.compress(gzip.compress(b"news", mtime=0), mtime=0), "encoding that was not asked for"),
        ("gzip, br", b"news", "encoding that was not asked for"),
        ("gzip", b"plain text", "the compressed body is damaged"),
        ("gzip", gzip.compress(b"news", mtime=0)[:-4], "the compressed body ends too early"),
        ("gzip", gzip.compress(b"news", mtime=0) + b"\x1f\x8brubbish", "the compressed body is damaged"),
        ("deflate", b"\xff\xff\xff", "the compressed body is damaged"),
    ],
)
def test_a_damaged_or_unknown_compression_is_said_so(coding: str, packed: bytes, reason: str) -> None:
    with pytest.raises(FetchError, match=reason):
        read_body([packed], coding=coding, length="", most=100)


def test_an_empty_body_is_empty_in_every_coding() -> None:
    for coding in ("", "gzip", "deflate"):
        assert read_body([], coding=coding, length="0", most=10) == b""
        assert read_body([b""], coding=coding, length="x", most=10) == b""


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["gzip", "deflate"]))
def test_rubbish_in_a_compressed_body_is_a_fetch_error(data: bytes, coding: str) -> None:
    try:
        body = read_body([data], coding=coding, length="", most=1000)
    except FetchError:
        return
    assert len(body) <= 1000


def test_a_server_that_drips_is_left_at_the_deadline() -> None:
    stop = threading.Event()

    def drip(handler: Handler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while not stop.wait(0.02):
            handler.wfile.write(b"x")

    with serving({"/": drip}) as served:
        began = time.monotonic()
        with pytest.raises(FetchError, match=r"^timed out after 0\.2 s$"):
            local(served.port, timeout=0.2).get(f"http://127.0.0.1:{served.port}/")
        stop.set()
        assert time.monotonic() - began < 1


def test_a_server_that_says_nothing_is_left_at_the_calls_own_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(FetchError, match=r"^timed out after 0\.1 s$"):
            local(port).get(f"http://127.0.0.1:{port}/", deadline=0.1)
    with pytest.raises(FetchError, match=r"^timed out after 0 s$"):
        World({"news.example": [PUBLIC]}).fetcher().get("http://news.example/", deadline=0)


def test_a_slow_name_server_and_a_slow_connection_count_too() -> None:
    release = threading.Event()

    def slow(*_: Any, **__: Any) -> list[tuple[Any, ...]]:
        release.wait(2)
        return []

    def never(address: tuple[str, int], timeout: float) -> socket.socket:
        time.sleep(timeout)
        raise TimeoutError("timed out")

    with pytest.raises(FetchError, match="timed out after"):
        Fetcher(user_agent="test", resolve=slow, timeout=0.05).get("http://slow.example/")
    release.set()
    with pytest.raises(FetchError, match="timed out after"):
        Fetcher(user_agent="test", connect=never, timeout=0.05).get("http://8.8.8.8/")


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "the answer broke off or is not proper HTTP"),
        (b"nonsense\r\n\r\n", "the answer broke off or is not proper HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", "the answer broke off or is not proper HTTP"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 50_000, "broke off|connection was lost"),
    ],
)
def test_a_broken_answer_is_a_plain_failure(raw: bytes, reason: str) -> None:
    def send(listener: socket.socket) -> None:
        peer, _ = listener.accept()
        with peer:
            peer.recv(10_000)
            try:
                peer.sendall(raw)
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=send, args=(listener,))
        thread.start()
        port = listener.getsockname()[1]
        with pytest.raises(FetchError, match=reason):
            local(port).get(f"http://127.0.0.1:{port}/")
        thread.join()


def test_a_reset_connection_is_a_plain_failure() -> None:
    def reset(listener: socket.socket) -> None:
        peer, _ = listener.accept()
        peer.recv(10_000)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        peer.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=reset, args=(listener,))
        thread.start()
        port = listener.getsockname()[1]
        with pytest.raises(FetchError, match="the connection was lost: Connection reset by peer"):
            local(port).get(f"http://127.0.0.1:{port}/")
        thread.join()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def contexts(authority: trustme.CA, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert(name).configure_cert(server)
    authority.configure_trust(client)
    return server, client


def test_tls_is_checked_against_the_name_and_not_the_address(authority: trustme.CA) -> None:
    server, client = contexts(authority, "news.example")
    with serving({"/": page(body=b"x")}, server) as served:
        world = World({"news.example": [PUBLIC], "other.example": [PUBLIC]}, served.port)
        fetcher = world.fetcher(tls=client)
        assert fetcher.get("https://news.example/").body == b"x"
        assert world.connected == [(PUBLIC, 443)]
        with pytest.raises(FetchError, match="the certificate is not valid: Hostname mismatch"):
            fetcher.get("https://other.example/")
        with pytest.raises(FetchError, match="the certificate is not valid"):
            world.fetcher().get("https://news.example/")


def test_the_environment_is_followed_only_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTPS_PROXY", "socks5://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "direct.example")
    with serving({"/": page(body=b"x"), "http://news.example/": page(body=b"by proxy")}) as served:
        names = {"news.example": [PUBLIC], "direct.example": [PUBLIC], "trap.example": ["10.0.0.1"]}
        world = World(names, served.port)
        assert world.fetcher().get("http://news.example/").body == b"x"
        assert world.connected == [(PUBLIC, 80)]
        asking = world.fetcher(proxy="environment")
        assert asking.get("http://news.example/").body == b"by proxy"
        assert world.connected[1:] == [("127.0.0.1", 9)]
        assert asking.get("http://direct.example/").body == b"x"
        assert world.connected[2:] == [(PUBLIC, 80)]
        with pytest.raises(FetchError, match="not an http:// address"):
            asking.get("https://news.example/")


def test_behind_a_proxy_the_guard_checks_what_it_can_know() -> None:
    with serving({"http://unknown.example/": page(body=b"by proxy")}) as served:
        world = World({"trap.example": ["10.0.0.1"], "news.example": [PUBLIC]}, served.port)
        fetcher = world.fetcher(proxy="http://proxy.example:3128")
        for url in ("http://127.0.0.1/", "http://trap.example/", "http://news.example:22/"):
            with pytest.raises(FetchRefused):
                fetcher.get(url)
            assert fetcher.verdict(url).is_refused
        assert fetcher.verdict("http://news.example/").addresses == (PUBLIC,)
        assert fetcher.verdict("http://unknown.example/") == Verdict()
        assert world.connected == []
        assert fetcher.get("http://unknown.example/").body == b"by proxy"
        assert world.connected == [("proxy.example", 3128)]
        with pytest.raises(FetchError, match="the proxy refused the connection"):
            fetcher.get("https://news.example/")


def test_a_proxy_of_another_kind_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="proxy: expected"):
        Fetcher(user_agent="test", proxy="socks5://127.0.0.1:1080")
