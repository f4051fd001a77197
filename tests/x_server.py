"""The loopback X behind a real socket in a thread of the test process, and the real tweepy pointed at it."""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
import requests.adapters
import tweepy

from distributor.sandbox import accounts
from distributor.sandbox.clock import Clock
from distributor.sandbox.control import Host
from distributor.sandbox.http_server import HttpServer, serve
from distributor.sandbox.journal import Journal
from distributor.sandbox.x import X, create
from distributor.sandbox.x.oauth import SCOPES

PUBLIC = "https://api.twitter.com"
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x03\x00\x00\x00\x02\x08\x02\x00\x00\x00\x12\x16\xf1\x4d"
    b"\x00\x00\x00\x00IEND\xaeB`\x82"
)
GIF = (
    b"GIF89a\x03\x00\x02\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff"
    b",\x00\x00\x00\x00\x03\x00\x02\x00\x00\x02\x02\x84\x51\x00;"
)
MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(64)


@dataclass(frozen=True)
class Answer:
    """One answer as http.client saw it; header names are lower-case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Rebase(requests.adapters.HTTPAdapter):
    """Sends what was meant for X to the loopback server, with a time limit."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self.base = base

    def send(self, request: requests.PreparedRequest, *_: Any, **options: Any) -> requests.Response:
        assert request.url is not None
        request.url = request.url.replace(PUBLIC, self.base, 1)
        return super().send(request, **(options | {"timeout": 5}))


@dataclass
class Loopback:
    """A running loopback X."""

    host: Host
    server: HttpServer
    #: a user token that outlives every jump of the clock
    token: str
    clients: list[Any] = field(default_factory=list)

    @property
    def x(self) -> X:
        assert isinstance(self.host.platform, X)
        return self.host.platform

    @property
    def clock(self) -> Clock:
        return self.host.clock

    def visible(self) -> list[dict[str, Any]]:
        return self.host.journal.lines()

    def client(self, **options: Any) -> Any:
        keys: dict[str, Any] = {
            "consumer_key": accounts.X_CONSUMER_KEY,
            "consumer_secret": accounts.X_CONSUMER_SECRET,
            "access_token": accounts.X_ACCESS_TOKEN,
            "access_token_secret": accounts.X_ACCESS_TOKEN_SECRET,
        }
        client = tweepy.Client(**(keys | options))
        client.session.trust_env = False
        client.session.mount(PUBLIC, Rebase(self.server.url))
        self.clients.append(client)
        return client

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """One request over http.client, with a user token unless ``token`` says otherwise; JSON unless bytes."""
        token = self.token if token is None else token
        sent = {"Authorization": f"Bearer {token}"} if token else {}
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        connection = http.client.HTTPConnection(urlsplit(self.server.url).netloc, timeout=5)
        try:
            connection.request(method, path, body, sent | (headers or {}))
            answer = connection.getresponse()
            return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        finally:
            connection.close()


def multipart(**fields: bytes | str) -> tuple[bytes, dict[str, str]]:
    """A multipart body with its header."""
    pieces = []
    for name, value in fields.items():
        data = value if isinstance(value, bytes) else value.encode()
        pieces.append(f'--edge\r\nContent-Disposition: form-data; name="{name}"; filename="f"\r\n\r\n'.encode() + data)
    return b"\r\n".join(pieces) + b"\r\n--edge--\r\n", {"Content-Type": "multipart/form-data; boundary=edge"}


@contextmanager
def loopback(state: Path, **options: Any) -> Iterator[Loopback]:
    """The loopback X on a free port, with the state that ``state`` holds."""
    clock = Clock(state / "clock.json")
    journal = Journal(state / "x.jsonl", now=clock.now)
    host = Host(platform=create(state, clock, journal), clock=clock, journal=journal)
    platform = host.platform
    assert isinstance(platform, X)
    if options:
        platform.configure(options)
    token = platform.operate("grant", {"scope": SCOPES, "seconds": 1e9})["access_token"]
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(serve(host), loop).result(5)
    running = Loopback(host, server, token)
    try:
        yield running
    finally:
        for client in running.clients:
            client.session.close()
        asyncio.run_coroutine_threadsafe(server.close(), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()
        running.x.close()
        journal.close()
