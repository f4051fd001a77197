"""The small web server: it answers on its own thread, says what it cannot do, and lets nobody hold it up."""

from __future__ import annotations

import http.client
import socket
import threading

import pytest
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from distributor.errors import ListenError, TemplateError
from distributor.web import reading
from distributor.web.reading import read_body
from distributor.web.server import WebServer
from distributor.web.site import HEADERS, make_site


@pytest.fixture
def served():
    opened = []

    def make(*routes: Route) -> WebServer:
        server = WebServer(make_site(routes), "127.0.0.1", 0)
        opened.append(server)
        server.start()
        return server

    yield make
    for server in opened:
        server.close()


def ask(server: WebServer, method: str, path: str, body: bytes | None = None, **fields: str):
    connection = http.client.HTTPConnection(server.address[0], server.address[1], timeout=20)
    connection.request(method, path, body, fields)
    answer = connection.getresponse()
    found = answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    connection.close()
    return found


async def taken(request: Request) -> Response:
    return PlainTextResponse(str(len(await read_body(request, 1000))))


def test_it_answers_that_it_is_there_and_every_answer_is_guarded(served):
    server = served()
    for path, expected in (("/healthz", 200), ("/nothing", 404)):
        status, fields, _ = ask(server, "GET", path)
        assert status == expected
        assert {name: fields[name] for name in HEADERS} == HEADERS
        assert "server" not in fields


def test_a_body_is_read_to_its_limit_and_no_further(served):
    server = served(Route("/take", taken, methods=["POST"]))
    assert ask(server, "POST", "/take", b"x" * 1000)[2] == b"1000"
    status, _, told = ask(server, "POST", "/take", b"x" * 1001)
    assert (status, b"more than 1000 bytes" in told) == (413, True)
    chunks = [b"x" * 600] * 2
    connection = http.client.HTTPConnection(server.address[0], server.address[1], timeout=20)
    connection.request("POST", "/take", iter(chunks), {"transfer-encoding": "chunked"}, encode_chunked=True)
    assert connection.getresponse().status == 413
    connection.close()


def test_a_sender_that_dawdles_is_sent_away(served, monkeypatch):
    monkeypatch.setattr(reading, "SLOWEST", 0.05)
    server = served(Route("/take", taken, methods=["POST"]))
    with socket.create_connection(server.address, timeout=20) as wire:
        wire.sendall(b"POST /take HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
        assert wire.recv(100).startswith(b"HTTP/1.1 408")


def test_an_address_that_is_taken_is_named(served):
    host, port = served().address
    with pytest.raises(ListenError, match=rf"web.listen: cannot listen on {host}:{port} \(address already in use\)"):
        WebServer(make_site([]), host, port)


def test_a_stop_finishes_what_is_in_hand():
    begun, let_go = threading.Event(), threading.Event()

    async def slow(_: Request) -> Response:
        begun.set()
        await run_in_threadpool(let_go.wait, 20)
        return PlainTextResponse("done")

    server = WebServer(make_site([Route("/slow", slow)]), "127.0.0.1", 0)
    server.start()
    found = []
    asking = threading.Thread(target=lambda: found.append(ask(server, "GET", "/slow")[2]))
    asking.start()
    assert begun.wait(20)
    closing = threading.Thread(target=server.close)
    closing.start()
    let_go.set()
    closing.join(20)
    asking.join(20)
    assert found == [b"done"]
    with pytest.raises(OSError, match="refused"):
        ask(server, "GET", "/healthz")


def test_a_server_that_never_began_can_be_closed():
    WebServer(make_site([]), "127.0.0.1", 0).close()


def test_nobody_is_answered_before_what_all_would_wait_for_is_laid_ready():
    told: list[str] = []

    async def tell(_: Request) -> Response:
        return PlainTextResponse(" ".join(told))

    site = make_site([Route("/told", tell)])
    server = WebServer(site, "127.0.0.1", 0, warm=lambda: told.append("warm"))
    server.start()
    assert ask(server, "GET", "/told")[2] == b"warm"
    server.close()


def test_what_cannot_be_laid_ready_keeps_nobody_from_the_rest(caplog):
    def broken() -> None:
        raise TemplateError("web/reader-lost.html.j2: line 3: unexpected end")

    server = WebServer(make_site([]), "127.0.0.1", 0, warm=broken)
    server.start()
    assert ask(server, "GET", "/healthz")[0] == 200
    server.close()
    assert "reader-lost.html.j2: line 3" in caplog.text
