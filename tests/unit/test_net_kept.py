"""Connections that wait for the next request: one for many documents of a server, and the guard's word for each."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import Any

import pytest

from distributor.errors import FetchError, FetchRefused
from distributor.net import Fetcher
from distributor.net.guard import Deadline
from distributor.net.stream import Stream, Turn

PUBLIC, OTHER = "93.184.215.14", "8.8.8.8"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnews"
UNCHANGED = b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n'
LAST = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nlast"
CUT = b""


class Servers:
    """A network in this process: each connection answers its requests in turn with its own script, then it ends."""

    def __init__(self, *scripts: Sequence[bytes]) -> None:
        self.scripts = iter(scripts)
        self.addresses = iter([PUBLIC, "127.0.0.1"])
        self.connected: list[str] = []
        self.asked: list[bytes] = []
        self.threads: list[threading.Thread] = []

    def resolve(self, host: str, port: int, **_: Any) -> list[tuple[Any, ...]]:
        address = OTHER if host == "other.example" else next(self.addresses)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    def connect(self, address: tuple[str, int], timeout: float) -> socket.socket:
        self.connected.append(address[0])
        near, far = socket.socketpair()
        self.threads.append(threading.Thread(target=self.answer, args=(far, next(self.scripts))))
        self.threads[-1].start()
        return near

    def answer(self, far: socket.socket, script: Sequence[bytes]) -> None:
        with far:
            for one in script:
                if not (asked := far.recv(10_000)):
                    return
                self.asked.append(asked)
                if one is CUT:
                    return
                far.sendall(one)
            far.recv(1)  # stays open until the other side is done with it

    def fetcher(self, keep: float = 60.0) -> Fetcher:
        return Fetcher(user_agent="test", timeout=5.0, resolve=self.resolve, connect=self.connect, keep=keep)


@pytest.fixture
def wire() -> Iterator[Callable[..., tuple[Servers, Fetcher]]]:
    opened: list[tuple[Servers, Fetcher]] = []

    def network(*scripts: Sequence[bytes], keep: float = 60.0) -> tuple[Servers, Fetcher]:
        servers = Servers(*scripts)
        opened.append((servers, servers.fetcher(keep)))
        return opened[-1]

    yield network
    for servers, fetcher in opened:
        fetcher.close()
        for thread in servers.threads:
            thread.join()


def test_documents_of_one_server_come_over_one_connection_changed_or_not(wire) -> None:
    servers, fetcher = wire([OK, UNCHANGED, OK])
    assert [fetcher.get(f"http://news.example/{number}").status for number in range(3)] == [200, 304, 200]
    assert servers.connected == [PUBLIC]


def test_nothing_is_kept_unless_it_is_wanted(wire) -> None:
    servers, fetcher = wire([OK], [OK], keep=0.0)
    servers.addresses = iter([PUBLIC, PUBLIC])
    for _ in range(2):
        fetcher.get("http://news.example/")
    assert servers.connected == [PUBLIC, PUBLIC]


def test_a_kept_connection_stays_where_it_was_checked_and_the_next_one_is_checked_anew(wire) -> None:
    servers, fetcher = wire([OK, LAST])
    assert [fetcher.get("http://rebind.example/").body for _ in range(2)] == [b"news", b"last"]
    with pytest.raises(FetchRefused, match=r"private address 127\.0\.0\.1"):  # what its name leads to by now
        fetcher.get("http://rebind.example/")
    assert servers.connected == [PUBLIC]


def test_no_other_host_or_port_is_asked_over_a_kept_connection(wire) -> None:
    servers, fetcher = wire([OK], [OK])
    fetcher.get("http://news.example/")
    fetcher.get("http://other.example/")
    with pytest.raises(FetchRefused):
        fetcher.get("https://news.example/")
    assert servers.connected == [PUBLIC, OTHER]


def test_a_server_that_closed_meanwhile_is_connected_to_again(wire) -> None:
    servers, fetcher = wire([OK], [OK])
    servers.addresses = iter([PUBLIC, PUBLIC])
    fetcher.get("http://news.example/")
    pool = next(iter(fetcher._pool._transports.values()))._pool
    pool.connections[0]._connection._network_stream._sock.shutdown(socket.SHUT_RD)
    assert fetcher.get("http://news.example/").body == b"news"
    assert len(servers.connected) == 2


def test_a_connection_that_ends_under_a_request_costs_no_reading(wire) -> None:
    servers, fetcher = wire([OK, CUT], [OK])
    servers.addresses = iter([PUBLIC, PUBLIC])
    assert [fetcher.get("http://news.example/").body for _ in range(2)] == [b"news", b"news"]
    assert (len(servers.connected), len(servers.asked)) == (2, 3)


def test_a_new_connection_that_ends_is_a_failure_and_so_is_a_post_over_a_kept_one(wire) -> None:
    _, fetcher = wire([CUT])
    with pytest.raises(FetchError, match=r"broke off|was lost"):
        fetcher.get("http://news.example/")
    servers, fetcher = wire([OK, CUT])
    fetcher.get("http://news.example/")
    with pytest.raises(FetchError, match=r"broke off|was lost"):
        fetcher.post("http://news.example/", b"x")
    assert len(servers.asked) == 2


def test_every_request_over_a_kept_connection_has_its_own_deadline(wire) -> None:
    _, fetcher = wire([OK, OK])
    fetcher.get("http://news.example/", deadline=5.0)
    with pytest.raises(FetchError, match="timed out after 0 s"):
        fetcher.get("http://news.example/", deadline=0.0)


def test_a_fetcher_can_be_closed_twice_and_used_again(wire) -> None:
    servers, fetcher = wire([OK], [OK])
    servers.addresses = iter([PUBLIC, PUBLIC])
    fetcher.get("http://news.example/")
    with closing(fetcher):
        fetcher.close()
        assert fetcher.get("http://news.example/").body == b"news"
    assert len(servers.connected) == 2


def test_nothing_to_send_is_no_matter_of_the_system() -> None:
    near, far = socket.socketpair()
    turn = Turn()
    turn.begin(Deadline(5.0))
    with near, far:
        near.shutdown(socket.SHUT_WR)  # whatever were asked of it now would fail
        Stream(near, turn).write(b"")
        with pytest.raises(FetchError):
            Stream(near, turn).write(b"news")
