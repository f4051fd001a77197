"""Work on what strangers wrote, behind a wall: a child process with limits, killed and replaced when it breaks one.
Must not parse anything.

A thread cannot be stopped after a second or at so many bytes; a process can.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from distributor.errors import ParseError
from distributor.sources.frames import HEAD, frame, sizes, unframe
from distributor.sources.parsed import (
    Listing,
    Parsed,
    Reading,
    from_json,
    listing_from_json,
    meta_from_json,
)
from distributor.text.meta import Meta

MIB: Final = 1 << 20
#: what the child inherits: how to find its code and to speak; no secret that the environment may hold
_KEPT: Final = ("PATH", "HOME", "TZ", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "SYSTEMROOT")
_KEPT_PREFIXES: Final = ("PYTHON", "LANG", "LC_", "COVERAGE_")


#: a second of work may take so many on a machine that is busy with other things
BUSY: Final = 10.0


class _LateError(Exception):
    """The child did not answer in time."""


class _GoneError(Exception):
    """The child ended."""


class Guard:
    """Has documents read in a child process; safe to share between threads, which take turns.

    ``work`` is what the child loads before its limits hold (``child.WORKS``). ``seconds`` of processor time are for one
    document, and half as much again for every MiB of it (ten times that by the clock on the wall); ``memory`` in bytes
    is beyond what the child holds when it starts; ``start`` seconds are for starting it, at the first document.
    """

    def __init__(
        self, *, seconds: float = 1.0, memory: int = 256 * MIB, start: float = 30.0, work: str = "document"
    ) -> None:
        """Keep the limits; nothing is started."""
        self._work = work
        self._seconds = seconds
        self._memory = memory
        self._start_seconds = start
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None

    def parse(self, body: bytes, url: str, content_type: str, reading: Reading) -> Parsed:
        """What ``readers.parse`` gives for these bytes. Raises ParseError, also for every broken limit."""
        answer, _ = self.ask({"url": url, "content_type": content_type, "reading": asdict(reading)}, body)
        return from_json(answer["parsed"])

    def leads(self, body: bytes, url: str, content_type: str, reading: Reading) -> Listing:
        """Where a listing page or a sitemap leads. Raises ParseError, also for every broken limit."""
        asked = {"act": "leads", "url": url, "content_type": content_type, "reading": asdict(reading)}
        return listing_from_json(self.ask(asked, body)[0]["listing"])

    def look(self, body: bytes, url: str, content_type: str = "") -> Meta:
        """What the page at ``url`` says of itself in its head. Raises ParseError, also for every broken limit."""
        answer, _ = self.ask({"act": "look", "url": url, "content_type": content_type}, body)
        return meta_from_json(answer["meta"])

    def ask(self, asked: Mapping[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        """What the child makes of these bytes, with the bytes that it gives back. Raises ParseError."""
        seconds = self._seconds * (1 + len(body) / MIB / 2)
        with self._lock:
            answer, made = self._exchange({**asked, "work": self._work, "seconds": seconds}, body, seconds)
        if "error" in answer:
            raise ParseError(str(answer["error"]))
        return answer, made

    def warm(self) -> None:
        """Start the child now, so that the first document need not wait for it. Raises ParseError."""
        with self._lock:
            self._running()

    def close(self) -> None:
        """End the child; may be called twice. A later document starts another."""
        with self._lock:
            self._stop(patience=1.0)

    def _exchange(self, asked: Mapping[str, Any], body: bytes, seconds: float) -> tuple[dict[str, Any], bytes]:
        """One exchange, with a fresh child after every failure."""
        child = self._running()
        try:
            answer, made = _exchange(child, frame(asked, body), seconds * BUSY)
        except _LateError:
            self._stop()
            raise ParseError(f"parsing took longer than {seconds * BUSY:.3g} s and was stopped") from None
        except _GoneError:
            raise self._ended(child, seconds) from None
        except BaseException:
            self._stop()
            raise
        if answer.get("last"):
            self._stop()
        return answer, made

    def _ended(self, child: subprocess.Popen[bytes], seconds: float) -> ParseError:
        """Why a child is gone: the kernel ended it at its limit of time, or it crashed."""
        self._stop(patience=1.0)
        if child.returncode == -signal.SIGPROF:
            return ParseError(f"parsing took longer than {seconds:.3g} s and was stopped")
        return ParseError("the parser crashed on this document")

    def _running(self) -> subprocess.Popen[bytes]:
        """The child, started and ready. Raises ParseError."""
        if self._child is not None and self._child.poll() is None:
            return self._child
        self._stop()
        self._child = _spawn(self._memory, self._work)
        try:
            _exchange(self._child, b"", self._start_seconds)
        except (_LateError, _GoneError):
            self._stop()
            raise ParseError("the parser process could not be started") from None
        return self._child

    def _stop(self, patience: float = 0.0) -> None:
        """End the child and give back its pipes: an idle one ends with its input, a stuck one is killed."""
        child, self._child = self._child, None
        if child is None:
            return
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.close()
        try:
            child.wait(patience)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        child.stdout.close()


def _spawn(memory: int, work: str) -> subprocess.Popen[bytes]:
    """A child in a session of its own, so that a Ctrl-C meant for us does not end it in the middle of a document."""
    kept = {name: value for name, value in os.environ.items() if name in _KEPT or name.startswith(_KEPT_PREFIXES)}
    child = subprocess.Popen(  # noqa: S603  our own module by our own interpreter
        [sys.executable, "-m", "distributor.sources.child", str(memory), work],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        env=kept,
        start_new_session=True,
    )
    assert child.stdin is not None
    # reads wait in poll and take what is there; only a write could block on a child that does not read
    os.set_blocking(child.stdin.fileno(), False)
    return child


def _exchange(child: subprocess.Popen[bytes], message: bytes, seconds: float) -> tuple[dict[str, Any], bytes]:
    """Send a message (may be empty) and read one answer with its bytes. Raises _LateError, _GoneError."""
    assert child.stdin is not None
    assert child.stdout is not None
    until = time.monotonic() + seconds
    try:
        _send(child.stdin.fileno(), message, until)
        text, rest = sizes(_receive(child.stdout.fileno(), HEAD, until))
        answer = unframe(_receive(child.stdout.fileno(), text, until))
        return answer, _receive(child.stdout.fileno(), rest, until)
    except (OSError, ValueError):
        raise _GoneError from None


def _send(pipe: int, message: bytes, until: float) -> None:
    """Write everything before the instant. Raises _LateError, OSError."""
    rest = memoryview(message)
    while rest:
        _wait(pipe, select.POLLOUT, until)
        rest = rest[os.write(pipe, rest[: 1 << 16]) :]


def _receive(pipe: int, size: int, until: float) -> bytes:
    """Read so many bytes before the instant. Raises _LateError, _GoneError."""
    parts: list[bytes] = []
    while size:
        _wait(pipe, select.POLLIN, until)
        part = os.read(pipe, min(size, MIB))
        if not part:
            raise _GoneError
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _wait(pipe: int, event: int, until: float) -> None:
    """Wait until the pipe can be used. Raises _LateError."""
    poll = select.poll()
    poll.register(pipe, event)
    if not poll.poll(max(0, until - time.monotonic()) * 1000):
        raise _LateError
