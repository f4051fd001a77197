"""The loopback platforms' common base: HTTP, journal, clock, control plane, client and the process itself."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.sandbox import __main__ as process
from distributor.sandbox.client import Running, SandboxError, attach, start
from distributor.sandbox.clock import Clock, iso
from distributor.sandbox.control import Host
from distributor.sandbox.http import Part, Request, Response, json_response, parse_multipart
from distributor.sandbox.http_server import HttpServer, serve
from distributor.sandbox.journal import Journal, counting, read, since_reset
from distributor.sandbox.log import redacted

NOW = datetime(2026, 10, 2, 8, 54, tzinfo=UTC)


class Echo:
    """A platform that shows what it was sent."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.knobs: dict[str, Any] = {}
        self.url = ""

    def listens_at(self, url: str) -> None:
        self.url = url

    async def handle(self, request: Request) -> Response:
        if request.path == "/crash":
            raise RuntimeError("a bug")
        if request.path == "/empty":
            return Response(status=204)
        if request.path == "/odd":
            return Response(status=299, body=b"odd", headers={"content-length": "3", "Date": "now"})
        if request.method == "POST":
            self.journal.append(act="post", text=request.body.decode("latin-1"))
        shown = {"method": request.method, "path": request.path, "query": request.query, "target": request.target}
        return json_response(200, shown | {"headers": request.headers, "size": len(request.body)})

    def state(self) -> dict[str, Any]:
        return {"knobs": self.knobs, "url": self.url}

    def configure(self, options: Mapping[str, Any]) -> None:
        self.knobs |= options

    def reset(self) -> None:
        self.knobs.clear()


@contextlib.contextmanager
def running_server(folder: Path, **options: Any) -> Iterator[HttpServer]:
    """A server in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    journal = Journal(folder / "echo.jsonl")
    host = Host(platform=Echo(journal), clock=Clock(), journal=journal)
    server = asyncio.run_coroutine_threadsafe(serve(host, **options), loop).result(5)
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(server.close(), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
        journal.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[HttpServer]:
    with running_server(tmp_path) as server:
        yield server


@contextlib.contextmanager
def connected(server: HttpServer) -> Iterator[HTTPConnection]:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=5)
    yield connection
    connection.close()


def ask(connection: HTTPConnection, method: str, path: str, body: bytes | None = None) -> tuple[int, Any]:
    connection.request(method, path, body)
    response = connection.getresponse()
    data = response.read()
    return response.status, json.loads(data) if data else None


def raw(server: HttpServer, data: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as sock:
        sock.sendall(data)
        with sock.makefile("rb") as file:
            return file.read()


# -- HTTP


def test_one_connection_carries_many_requests(server: HttpServer) -> None:
    with connected(server) as connection:
        first = ask(connection, "GET", "/a%20b?x=1&x=2&y=")
        sock = connection.sock
        assert first[1]["path"] == "/a%20b"
        assert first[1]["target"] == "/a%20b?x=1&x=2&y="
        assert first[1]["query"] == {"x": ["1", "2"], "y": [""]}
        assert ask(connection, "POST", "/", b"hello")[1]["size"] == 5
        assert ask(connection, "GET", "/empty") == (204, None)
        connection.request("HEAD", "/")
        assert connection.getresponse().read() == b""
        connection.request("GET", "/odd")
        assert connection.getresponse().read() == b"odd"
        assert connection.sock is sock


def test_doubled_headers_are_joined_and_a_chunked_body_is_read(server: HttpServer) -> None:
    request = (
        b"POST /x HTTP/1.1\r\nHost: a\r\nX-A: 1\r\nX-A: 2\r\nExpect: 100-continue\r\nConnection: close\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as sock, sock.makefile("rb") as file:
        sock.sendall(request)
        assert file.readline() == b"HTTP/1.1 100 \r\n"
        sock.sendall(b"3\r\nabc\r\n0\r\n\r\n")
        shown = json.loads(file.read().rpartition(b"\r\n\r\n")[2])
    assert (shown["size"], shown["headers"]["x-a"]) == (3, "1, 2")


def test_what_is_not_http_is_refused(server: HttpServer) -> None:
    assert raw(server, b"nonsense\r\n\r\n").startswith(b"HTTP/1.1 400 ")
    assert raw(server, b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 100_000).startswith(b"HTTP/1.1 431 ")


def test_half_a_request_is_never_handled(server: HttpServer) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as sock, sock.makefile("rb") as file:
        sock.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
        sock.shutdown(socket.SHUT_WR)
        assert file.read().startswith(b"HTTP/1.1 400 ")
    assert server.host.journal.lines() == []


def test_a_body_over_the_limit_is_answered_413(tmp_path: Path) -> None:
    with running_server(tmp_path, limit=10) as server:
        answer = raw(server, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n12345678901")
        assert answer.startswith(b"HTTP/1.1 413 ")
        assert server.host.journal.lines() == []


def test_a_bug_in_a_platform_is_answered_500(server: HttpServer, capfd: pytest.CaptureFixture[str]) -> None:
    with connected(server) as connection:
        assert ask(connection, "GET", "/crash")[0] == 500
        assert ask(connection, "GET", "/")[0] == 200
    assert "a bug" in capfd.readouterr().err


def test_a_delay_is_added_to_every_answer_but_not_to_control(tmp_path: Path) -> None:
    with running_server(tmp_path, delay=0.04) as server, connected(server) as connection:
        begin = time.monotonic()
        ask(connection, "GET", "/")
        middle = time.monotonic()
        ask(connection, "GET", "/_emu/state")
        assert middle - begin >= 0.04
        assert time.monotonic() - middle < 0.04


def test_a_form_is_parsed_with_its_doubles_and_blanks() -> None:
    request = Request(method="POST", path="/", at=NOW, body=b"a=1&a=%D1%8F&b=")
    assert request.form() == {"a": ["1", "я"], "b": [""]}
    assert Request(method="POST", path="/", at=NOW).form() == {}
    with pytest.raises(ValueError, match="bad query field"):
        Request(method="POST", path="/", at=NOW, body=b"just text").form()


def test_a_multipart_body_is_parsed_to_its_parts() -> None:
    body = (
        b'--B\r\nContent-Disposition: form-data; name="chat"\r\n\r\n@newsroom\r\n'
        b'--B\r\nContent-Disposition: form-data; name="photo"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
        b"\x89PNG\r\n\r\n--\xff\r\n--B--\r\nepilogue"
    )
    request = Request(
        method="POST", path="/", at=NOW, body=body, headers={"content-type": "Multipart/Form-Data; boundary=B"}
    )
    chat, photo = request.parts()
    assert (chat.name, chat.text, chat.filename) == ("chat", "@newsroom", "")
    assert photo == Part(name="photo", filename="a.png", content_type="image/png", data=b"\x89PNG\r\n\r\n--\xff")
    assert request.content_type == "multipart/form-data"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b"{}"),
        ("multipart/form-data", b"--B--"),
        ("multipart/form-data; boundary=B", b"--B\r\nContent-Disposition: form-data; name=x\r\n\r\ncut"),
        ("multipart/form-data; boundary=B", b"--B\r\nno header\r\n--B--"),
        ("multipart/form-data; boundary=B", b"--Bx\r\n\r\n\r\n\r\n--B--"),
        ("multipart/form-data; boundary=B", b"--B\r\nContent-Type: text/plain\r\n\r\nx\r\n--B--"),
    ],
)
def test_a_broken_multipart_body_is_refused(content_type: str, body: bytes) -> None:
    with pytest.raises(ValueError, match=r"multipart|part has no"):
        parse_multipart(content_type, body)


@given(st.lists(st.tuples(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), st.binary(max_size=50)), min_size=1))
@settings(max_examples=100, deadline=None)
def test_any_bytes_survive_a_multipart_body(fields: list[tuple[str, bytes]]) -> None:
    boundary = "b" * 60
    pieces = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + data + b"\r\n"
        for name, data in fields
    ]
    body = b"".join(pieces) + f"--{boundary}--\r\n".encode()
    parsed = parse_multipart(f"multipart/form-data; boundary={boundary}", body)
    assert [(part.name, part.data) for part in parsed] == fields


# -- control plane


def test_the_control_plane_shows_and_changes_what_stands(server: HttpServer) -> None:
    with connected(server) as connection:
        ask(connection, "POST", "/post?access_token=abc", b"one")
        assert ask(connection, "POST", "/_emu/config", b'{"a": 1}') == (200, {"ok": True})
        assert ask(connection, "GET", "/_emu/state")[1] == {"knobs": {"a": 1}, "url": server.url}
        (seen,) = ask(connection, "GET", "/_emu/log")[1]
        assert (seen["method"], seen["path"], seen["status"]) == ("POST", "/post?access_token=***", 200)
        assert (seen["committed"], seen["lines"]) == (True, [1])
        assert [line["text"] for line in ask(connection, "GET", "/_emu/journal")[1]] == ["one"]
        assert ask(connection, "POST", "/_emu/faults", b'[{"action": "html_502"}]')[1]["rules"] == 1
        assert ask(connection, "GET", "/_emu/faults")[1][0]["action"] == "html_502"
        assert ask(connection, "DELETE", "/_emu/faults")[0] == 200
        assert ask(connection, "GET", "/_emu/faults")[1] == []
        assert ask(connection, "POST", "/_emu/clock", b'{"advance": 60}')[1]["offset"] == 60.0
        assert ask(connection, "GET", "/_emu/clock")[1]["offset"] == 60.0
        assert ask(connection, "POST", "/_emu/reset")[0] == 200
        assert ask(connection, "GET", "/_emu/journal")[1] == ask(connection, "GET", "/_emu/log")[1] == []
        assert ask(connection, "GET", "/_emu/state")[1]["knobs"] == {}


@pytest.mark.parametrize(
    ("method", "verb", "body", "status"),
    [
        ("GET", "nothing", None, 404),
        ("POST", "publish", b"{}", 404),
        ("POST", "faults", b"{", 400),
        ("POST", "faults", b'{"action": "sing"}', 400),
        ("POST", "faults", b'{"actions": "sing"}', 400),
        ("POST", "faults", b"{}", 400),
        ("POST", "clock", b'{"advance": "soon"}', 400),
        ("POST", "clock", b"{}", 404),
    ],
)
def test_a_wrong_control_command_is_refused(
    server: HttpServer, method: str, verb: str, body: bytes | None, status: int
) -> None:
    with connected(server) as connection:
        assert ask(connection, method, f"/_emu/{verb}", body)[0] == status


def test_no_token_stays_in_a_logged_path() -> None:
    assert redacted("/bot100000:sandbox-telegram-token/sendMessage") == "/bot***/sendMessage"
    assert redacted("/file/bot9:x/photos/1.jpg") == "/file/bot***/photos/1.jpg"
    assert redacted("/x?a=1&oauth_signature=abc%3D&b=2") == "/x?a=1&oauth_signature=***&b=2"


# -- clock and journal


def test_the_clock_moves_on_command_and_remembers(tmp_path: Path) -> None:
    clock = Clock(tmp_path / "clock.json", base=lambda: NOW)
    assert clock.now() == NOW
    assert clock.advance(3600) == NOW + timedelta(hours=1)
    assert Clock(tmp_path / "clock.json", base=lambda: NOW).offset == 3600
    assert iso(NOW) == "2026-10-02T08:54:00.000000Z"


def test_the_journal_goes_on_after_a_restart_and_a_reset(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    journal = Journal(path, now=lambda: NOW)
    journal.append(act="post", id="1", text="Привет 👋", urls=["https://a.example/"])
    journal.close()
    journal.close()
    again = Journal(path, now=lambda: NOW)
    assert [line["id"] for line in again.lines()] == ["1"]
    again.reset()
    with counting() as numbers:
        again.append(act="post", id="2")
    again.close()
    assert numbers == [3]
    assert [line["id"] for line in again.lines()] == ["2"]
    lines = read(path)
    assert [line["n"] for line in lines] == [1, 2, 3]
    assert lines[0] == {
        "n": 1,
        "at": "2026-10-02T08:54:00.000000Z",
        "platform": "x",
        "act": "post",
        "account": "",
        "id": "1",
        "text": "Привет 👋",
        "urls": ["https://a.example/"],
    }


@pytest.mark.parametrize("torn", [b'{"n":2,"act":"po', b'{"n": 2}'])
def test_a_line_torn_by_a_crash_is_cut_off(tmp_path: Path, torn: bytes) -> None:
    path = tmp_path / "x.jsonl"
    first = Journal(path)
    first.append(act="post")
    first.close()
    with path.open("ab") as file:
        file.write(torn)
    assert len(read(path)) == 1
    journal = Journal(path)
    journal.append(act="edit")
    journal.close()
    assert [(line["n"], line["act"]) for line in read(path)] == [(1, "post"), (2, "edit")]


def test_a_journal_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert read(tmp_path / "none.jsonl") == []


@given(st.lists(st.sampled_from(["post", "edit", "reset"])))
@settings(max_examples=100, deadline=None)
def test_only_the_world_after_the_last_reset_stands(acts: list[str]) -> None:
    kept = since_reset([{"act": act} for act in acts])
    assert all(line["act"] != "reset" for line in kept)
    assert len(kept) == len(acts) if "reset" not in acts else acts[::-1].index("reset") == len(kept)


# -- the process


def test_the_process_says_where_it_listens_and_ends_on_command(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "distributor.sandbox", "--state", str(tmp_path), "--only", "site,hooks,smtp"]
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    assert child.stdout is not None
    ready = json.loads(child.stdout.readline())
    assert set(ready) == {"pid", "site", "hooks", "smtp", "smtp_control"}
    assert json.loads((tmp_path / "ready.json").read_text()) == ready
    child.send_signal(signal.SIGHUP)
    with attach(tmp_path) as running:
        assert running.pid == child.pid
        assert running.control("site", "state")["visible"] == 0
        running.advance(5)
        assert running.control("hooks", "clock")["offset"] == 5
        child.terminate()
        assert child.wait(10) == 0
    assert child.stdout.read() == b""
    child.stdout.close()
    with pytest.raises(SandboxError, match="ended"):
        attach(tmp_path)


def test_whoever_attached_can_end_it_too(tmp_path: Path) -> None:
    first = start(tmp_path, only=["hooks"])
    reaper = threading.Thread(target=lambda: os.waitpid(first.pid, 0))
    reaper.start()
    attach(tmp_path).stop()
    reaper.join(10)
    assert not reaper.is_alive()
    first.stop()


def test_a_wrong_command_line_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SandboxError, match="unknown platform moon"):
        start(tmp_path, only=["moon"])
    with pytest.raises(SandboxError, match="needs --smtp-cert"):
        start(tmp_path, only=["smtp"], smtp_tls=True)
    with pytest.raises(SandboxError, match="no loopback platforms"):
        attach(tmp_path)
    with pytest.raises(SystemExit) as ended:
        process.parse(["--state", str(tmp_path), "--only", "moon"])
    assert ended.value.code == 2
    assert "known: x, telegram, site, hooks, hub, openid, smtp" in capsys.readouterr().err


def test_an_open_connection_does_not_keep_the_process_from_ending(tmp_path: Path) -> None:
    running: Running = start(tmp_path, only=["hooks", "smtp"])
    addresses = [running.urls["hooks"].removeprefix("http://"), running.urls["smtp"]]
    ports = [int(address.rpartition(":")[2]) for address in addresses]
    sockets = [socket.create_connection(("127.0.0.1", port), timeout=5) for port in ports]
    assert sockets[1].recv(10).startswith(b"220")
    running.stop()
    for sock in sockets:
        sock.close()
    assert (tmp_path / "sandbox.log").read_text().count("\n") == 1
