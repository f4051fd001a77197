"""A small HTTP/1.1 server on 127.0.0.1 over h11, with scripted faults. Must not know any platform.

::

    read a request -> control plane? -> answer at once
                   -> a fault?       -> run the platform or not, then spoil the answer
                   -> otherwise      -> half the delay, run the platform, half the delay, answer
"""

from __future__ import annotations

import asyncio
import http.client
import socket
import struct
import sys
import traceback
from dataclasses import replace
from email.utils import format_datetime
from http import HTTPStatus
from urllib.parse import parse_qs

import h11

from distributor.sandbox.clock import iso
from distributor.sandbox.control import PREFIX, Host
from distributor.sandbox.faults import Rule
from distributor.sandbox.http import Request, Response, json_response
from distributor.sandbox.journal import counting
from distributor.sandbox.log import Seen
from distributor.sandbox.platform import Addressed, Limited

#: most octets of a request's body; more is answered 413
BODY_LIMIT = 64 * 1024 * 1024
#: most octets of a request's head
HEAD_LIMIT = 64 * 1024
#: how long a fault hangs when its rule does not say, seconds
HANG = 3600.0
#: how long an answered client may go on sending what nobody reads, seconds
LINGER = 0.5
_PIECE = 65536


def reset(writer: asyncio.StreamWriter) -> None:
    """Drop a connection with a TCP RST: linger of zero seconds, then close (socket(7))."""
    sock = writer.get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


class HttpServer:
    """One listening socket with its connections."""

    def __init__(self, host: Host, *, delay: float = 0.0, limit: int = BODY_LIMIT) -> None:
        """``delay`` is added to every answer of the platform, in seconds; ``limit`` is the largest body."""
        self.host = host
        self.delay = delay
        self.limit = limit
        self.port = 0
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """``http://127.0.0.1:PORT``."""
        return f"http://127.0.0.1:{self.port}"

    async def listen(self, port: int = 0) -> None:
        """Bind 127.0.0.1; port 0 takes any free one."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", port, backlog=512)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening and drop every connection."""
        if self._server is not None:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await _Connection(self, reader, writer).run()
        except (ConnectionError, asyncio.CancelledError):
            pass  # the client went away, or the server is closing
        finally:
            self._tasks.discard(task)
            writer.close()


async def serve(host: Host, port: int = 0, *, delay: float = 0.0, limit: int = BODY_LIMIT) -> HttpServer:
    """A server for ``host`` that is listening already."""
    server = HttpServer(host, delay=delay, limit=limit)
    await server.listen(port)
    if isinstance(host.platform, Addressed):
        host.platform.listens_at(server.url)
    return server


class _Connection:
    """One client's connection and the exchanges on it, one after the other."""

    def __init__(self, server: HttpServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._server = server
        self._host = server.host
        self._reader = reader
        self._writer = writer
        self._h11 = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_LIMIT)
        self._is_head = False

    async def run(self) -> None:
        """Exchange until one side closes."""
        try:
            while (request := await self._read()) is not None:
                if not await self._exchange(request) or self._h11.our_state is not h11.DONE:
                    return
                if self._h11.their_state is not h11.DONE:
                    return
                self._h11.start_next_cycle()
        except h11.RemoteProtocolError as error:
            if self._h11.our_state in (h11.IDLE, h11.SEND_RESPONSE):
                await self._send(json_response(error.error_status_hint, {"error": str(error)}, {"Connection": "close"}))

    async def _next(self) -> h11.Event | type[h11.PAUSED]:
        while True:
            event = self._h11.next_event()
            if event is not h11.NEED_DATA:
                return event  # type: ignore[return-value]  # NEED_DATA is ruled out
            if self._h11.they_are_waiting_for_100_continue:
                self._writer.write(self._h11.send(h11.InformationalResponse(status_code=100, headers=[])) or b"")
            self._h11.receive_data(await self._reader.read(_PIECE))

    async def _read(self) -> Request | None:
        """The next request with its body; None when the client closed or asked for too much."""
        head = await self._next()
        if not isinstance(head, h11.Request):
            return None
        pieces: list[bytes] = []
        size = 0
        while isinstance(event := await self._next(), h11.Data):
            size += len(event.data)
            if size > self._server.limit:
                await self._refuse()
                return None
            pieces.append(bytes(event.data))
        if not isinstance(event, h11.EndOfMessage):
            return None
        return self._request(head, b"".join(pieces))

    def _request(self, head: h11.Request, body: bytes) -> Request:
        self._is_head = head.method == b"HEAD"
        target = head.target.decode("ascii", "replace")
        path, _, query = target.partition("?")
        headers: dict[str, str] = {}
        for name, value in head.headers:
            key, text = name.decode("ascii"), value.decode("latin-1")
            headers[key] = f"{headers[key]}, {text}" if key in headers else text
        return Request(
            method=head.method.decode("ascii"),
            path=path,
            query=parse_qs(query, keep_blank_values=True),
            headers=headers,
            body=body,
            at=self._host.clock.now(),
            target=target,
        )

    async def _refuse(self) -> None:
        """413, then read on for a moment: closing at once would reset the connection before the answer is read."""
        await self._send(json_response(413, {"error": "Request Entity Too Large"}, {"Connection": "close"}))
        self._writer.write_eof()
        await self._wait_for_end(LINGER)

    async def _exchange(self, request: Request) -> bool:
        """Answer one request; False when the connection must end."""
        if request.path.startswith(PREFIX):
            await self._send(self._host.control(request))
            return True
        rule = self._rule(request)
        seen = self._host.log.open(
            at=iso(request.at), method=request.method, target=request.target, size=len(request.body)
        )
        if rule is not None:
            seen.fault, seen.fault_name = rule.action, rule.name
            return await self._spoil(request, rule, seen)
        await asyncio.sleep(self._server.delay / 2)
        response = await self._run(request, seen)
        await asyncio.sleep(self._server.delay / 2)
        seen.status = response.status
        await self._send(response)
        return True

    def _rule(self, request: Request) -> Rule | None:
        if not self._host.faults.rules:
            return None  # a picture of megabytes is not decoded for nothing
        return self._host.faults.match(request.method, request.target, request.body.decode("utf-8", "replace"))

    async def _run(self, request: Request, seen: Seen) -> Response:
        seen.handled = True
        with counting() as seen.lines:
            try:
                return await self._host.platform.handle(request)
            except Exception:  # noqa: BLE001 - a server answers 500 whatever went wrong, and shows it to its operator
                sys.stderr.write(traceback.format_exc())
                return json_response(500, {"error": "the loopback platform itself failed"})

    async def _spoil(self, request: Request, rule: Rule, seen: Seen) -> bool:
        """Do what the script says; False when the connection ends with it."""
        if rule.action == "delay_before":
            await rule.delay()
        response = await self._run(request, seen) if rule.runs else None
        if rule.action in ("hang_before", "hang_after"):
            await self._wait_for_end(HANG if rule.seconds is None else rule.seconds)
        elif rule.action in ("reset_before", "reset_after"):
            reset(self._writer)
        elif rule.action != "lost_response":
            return await self._answer_spoilt(request, rule, seen, response)
        return False

    async def _answer_spoilt(self, request: Request, rule: Rule, seen: Seen, response: Response | None) -> bool:
        if rule.action == "delay_after":
            await rule.delay()
        answer = spoilt(self._host, request, rule, response)
        seen.status = answer.status
        if rule.action == "truncate_body":
            self._writer.write(self._head(answer, len(answer.body)) + answer.body[: len(answer.body) // 2])
            await self._writer.drain()
            return False
        await self._send(answer)
        return rule.action != "drop_keepalive"

    async def _wait_for_end(self, seconds: float) -> None:
        """Return when the client closes, or after so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                while await self._reader.read(_PIECE):
                    pass
        except TimeoutError:
            pass

    def _head(self, response: Response, length: int | None) -> bytes:
        headers = [(name, value) for name, value in response.headers.items()]
        names = {name.lower() for name in response.headers}
        if "date" not in names:
            headers.append(("Date", format_datetime(self._host.clock.now(), usegmt=True)))
        if length is None:
            headers.append(("Transfer-Encoding", "chunked"))
        elif "content-length" not in names and response.status not in (204, 304):
            headers.append(("Content-Length", str(length)))
        reason = http.client.responses.get(response.status, "")
        head = h11.Response(status_code=response.status, headers=headers, reason=reason.encode("ascii"))
        return self._h11.send(head) or b""

    async def _send(self, response: Response) -> None:
        if response.chunks is not None:
            await self._send_chunks(response)
            return
        data = self._head(response, len(response.body))
        if response.body and not self._is_head and response.status not in (204, 304):
            data += self._h11.send(h11.Data(data=response.body)) or b""
        self._writer.write(data + (self._h11.send(h11.EndOfMessage()) or b""))
        await self._writer.drain()

    async def _send_chunks(self, response: Response) -> None:
        assert response.chunks is not None
        self._writer.write(self._head(response, None))
        for chunk in response.chunks:
            await asyncio.sleep(response.chunk_delay)
            self._writer.write(self._h11.send(h11.Data(data=chunk)) or b"")
            await self._writer.drain()
        self._writer.write(self._h11.send(h11.EndOfMessage()) or b"")
        await self._writer.drain()


_HTML = (
    "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n"
    "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)


def spoilt(host: Host, request: Request, rule: Rule, response: Response | None) -> Response:
    """The answer that a rule makes of the platform's own (None where the platform did not run)."""
    if rule.action in ("html_502", "html_503"):
        status = HTTPStatus(int(rule.action[-3:]))
        page = _HTML.format(f"{status.value} {status.phrase}").encode("ascii")
        return Response(status=status, body=page, headers={"Content-Type": "text/html"} | rule.headers)
    if rule.action == "bad_json_200":
        body = (rule.body or '{"ok":true,"data":{"id":').encode("utf-8")
        return Response(body=body, headers={"Content-Type": "application/json"} | rule.headers)
    if rule.action == "rate_limit":
        return _rate_limited(host, request, rule)
    if rule.action in ("status", "status_after"):
        kind = "application/json" if rule.body.lstrip()[:1] in ("{", "[") else "text/plain"
        return Response(
            status=rule.status, body=rule.body.encode("utf-8"), headers={"Content-Type": kind} | rule.headers
        )
    assert response is not None
    if rule.action == "slow_body" and response.body:
        step = max(1, len(response.body) // 20)
        pieces = [response.body[at : at + step] for at in range(0, len(response.body), step)]
        return replace(response, body=b"", chunks=pieces, chunk_delay=(rule.seconds or 1.0) / len(pieces))
    return response


def _rate_limited(host: Host, request: Request, rule: Rule) -> Response:
    if isinstance(host.platform, Limited) and not rule.body:
        answer = host.platform.rate_limit_answer(request, rule.seconds)
        return replace(answer, headers={**answer.headers, **rule.headers})
    wait = {} if rule.seconds is None else {"Retry-After": str(int(rule.seconds))}
    body = rule.body or '{"error":"Too Many Requests"}'
    headers = {"Content-Type": "application/json"} | wait | rule.headers
    return Response(status=429, body=body.encode("utf-8"), headers=headers)
