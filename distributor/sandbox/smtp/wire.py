"""The octets of one SMTP connection: lines, message content, and replies that wait for each other.
Must not know what a command means.
"""

from __future__ import annotations

import asyncio
import ssl

from distributor.sandbox.http_server import reset

_PIECE = 65536


class ClosedError(ConnectionError):
    """The client closed the connection."""


class Wire:
    """Buffered reading and writing.

    Replies are gathered while commands are at hand and leave together when the server has to wait for input
    (RFC 2920 section 3.2); ``delay`` is the simulated round trip of each such group, in seconds.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
        """Wrap a connection."""
        self._reader = reader
        self._writer = writer
        self._delay = delay
        self._in = bytearray()
        self._out = bytearray()

    @property
    def pending(self) -> bool:
        """Whether the client has sent more than was read so far."""
        return bool(self._in)

    def write(self, data: bytes) -> None:
        """Queue octets; they leave with the next flush."""
        self._out += data

    def flush(self) -> None:
        """Let the queued octets leave, after the simulated delay; reading goes on meanwhile."""
        if not self._out:
            return
        data = bytes(self._out)
        self._out.clear()
        if self._delay:
            asyncio.get_running_loop().call_later(self._delay, self._writer.write, data)
        else:
            self._writer.write(data)

    async def settle(self) -> None:
        """Flush and wait until the octets have left."""
        self.flush()
        await asyncio.sleep(self._delay and self._delay + 0.001)
        await self._writer.drain()

    async def _fill(self) -> None:
        self.flush()
        data = await self._reader.read(_PIECE)
        if not data:
            raise ClosedError
        self._in += data

    def _take(self, size: int) -> bytes:
        data = bytes(self._in[:size])
        del self._in[:size]
        return data

    async def line(self, limit: int) -> bytes | None:
        """The next line with its end; None when it was longer than ``limit`` (and is dropped)."""
        scanned, fits = 0, True
        while (end := self._in.find(b"\n", scanned)) < 0:
            scanned = len(self._in)
            if scanned > limit:
                self._in.clear()
                scanned, fits = 0, False
            await self._fill()
        line = self._take(end + 1)
        return line if fits and len(line) <= limit else None

    async def exactly(self, size: int) -> bytes:
        """So many octets."""
        while len(self._in) < size:
            await self._fill()
        return self._take(size)

    async def content(self, limit: int) -> bytes | None:
        """A message up to its final dot, unstuffed (RFC 5321 section 4.5.2); None when longer than ``limit``."""
        self._in[:0] = b"\r\n"
        scanned, fits = 0, True
        while (end := self._in.find(b"\r\n.\r\n", scanned)) < 0:
            if len(self._in) > limit:
                del self._in[:-4]
                fits = False
            scanned = max(0, len(self._in) - 4)
            await self._fill()
        raw = self._take(end + 5)[:-3]
        return raw.replace(b"\r\n.", b"\r\n")[2:] if fits and len(raw) - 2 <= limit else None

    async def start_tls(self, context: ssl.SSLContext) -> None:
        """Hand-shake as the server; what the client sent before it is dropped (RFC 3207 section 4.2)."""
        await self.settle()
        self._in.clear()
        await self._writer.start_tls(context)

    async def wait_for_end(self, seconds: float) -> None:
        """Return when the client closes, or after so many seconds; earlier replies leave first."""
        self.flush()
        try:
            async with asyncio.timeout(seconds):
                while await self._reader.read(_PIECE):
                    pass
        except TimeoutError:
            pass

    async def reset(self) -> None:
        """Drop the connection with a TCP RST; earlier replies leave first."""
        await self.settle()
        reset(self._writer)

    async def close(self) -> None:
        """Let everything leave, then close."""
        await self.settle()
        self._writer.close()
