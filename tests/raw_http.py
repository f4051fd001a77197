"""A tiny HTTP server on loopback that misbehaves exactly as told: faults on the socket itself, for channels."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

#: a script gets the open connection and the request; what it writes is what the client sees
Script = Callable[[socket.socket, "Seen"], None]


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


def answer(status: int, body: bytes | str | object = b"", headers: dict[str, str] | None = None) -> Script:
    """A whole answer; anything that is not bytes or text is written as JSON."""
    raw = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
    kind = "application/json" if not isinstance(body, bytes | str) else "text/html"
    fields = {"Content-Type": kind, "Content-Length": str(len(raw)), **(headers or {})}
    head = f"HTTP/1.1 {status} Status\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields.items())

    def write(connection: socket.socket, seen: Seen) -> None:
        connection.sendall(head.encode("latin-1") + b"\r\n" + raw)

    return write


def truncated(status: int, body: bytes) -> Script:
    """Announces more than it sends."""
    return answer(status, body, {"Content-Type": "application/json", "Content-Length": str(len(body) + 50)})


def dropped(connection: socket.socket, seen: Seen) -> None:
    """The request is taken, and the connection closes without a word."""


def reset(connection: socket.socket, seen: Seen) -> None:
    """The request is taken, and the connection is torn down."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def silent(connection: socket.socket, seen: Seen) -> None:
    """The request is taken, and nothing follows until the client gives up."""
    connection.settimeout(5)
    with contextlib.suppress(OSError):
        connection.recv(1)


def dripping(connection: socket.socket, seen: Seen) -> None:
    """An answer that never ends, a byte at a time, faster than any read timeout."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n")
    pause = threading.Event()
    with contextlib.suppress(OSError):
        while True:
            connection.sendall(b" ")
            pause.wait(0.02)


@dataclass(kw_only=True)
class Server:
    """Runs ``script`` for every request; keeps what it saw."""

    script: Script
    port: int
    scheme: str = "http"
    seen: list[Seen] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"{self.scheme}://127.0.0.1:{self.port}"


@contextlib.contextmanager
def serve(script: Script, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """A running server; it ends, with all its threads, at the end of the block."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(script=script, port=listener.getsockname()[1], scheme="https" if tls else "http")
        workers: list[threading.Thread] = []

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                server.connections += 1
                worker = threading.Thread(target=_serve_one, args=(server, connection, tls), daemon=True)
                workers.append(worker)
                worker.start()

        acceptor = threading.Thread(target=accept, daemon=True)
        acceptor.start()
        try:
            yield server
        finally:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            acceptor.join(5)
            for worker in workers:
                worker.join(5)


def _serve_one(server: Server, connection: socket.socket, tls: ssl.SSLContext | None) -> None:
    connection.settimeout(5)
    with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
        stack.enter_context(connection)
        if tls is not None:
            connection = stack.enter_context(tls.wrap_socket(connection, server_side=True))
        request = _read(connection)
        if request is not None:
            server.seen.append(request)
            server.script(connection, request)


def _read(connection: socket.socket) -> Seen | None:
    stream = connection.makefile("rb")
    first = stream.readline().decode("latin-1").split()
    if len(first) != 3:
        return None
    headers: dict[str, str] = {}
    while (line := stream.readline().decode("latin-1").strip()) != "":
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    body = stream.read(int(headers.get("content-length", "0")))
    return Seen(method=first[0], path=first[1], headers=headers, body=body)


def closed_port() -> int:
    """A port on loopback where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port
