"""The local socket over which commands reach the running daemon: one JSON line in, one JSON line out.

``$STATE/control.sock``, mode 0600: whoever may open the file may act (docs/commands.md, "The control socket").
Must not know what a call does.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator, Mapping
from io import BufferedIOBase
from pathlib import Path
from typing import Any

from distributor.errors import CallError, DistributorError, StoreError

log = logging.getLogger(__name__)

SOCKET = "control.sock"
VERSION = 1
#: Longest request line; the longest text an act carries is far below.
LONGEST = 1 << 20
#: A client waits this long for an answer (seconds).
PATIENCE = 60.0

Answer = dict[str, Any]


class ControlServer:
    """Answers calls on a socket, one thread for each connection."""

    def __init__(self, folder: Path, run: Callable[[str, Mapping[str, Any]], Answer]) -> None:
        """Listen in ``folder``; ``run`` takes a call's name and arguments. A stale socket is replaced.

        The caller owns the store's lock, so no other daemon can be behind the old socket. Raises StoreError where
        there can be no socket (unix(7): its path has at most 107 bytes on Linux).
        """
        self._path = folder / SOCKET
        mask = os.umask(0o177)
        try:
            self._path.unlink(missing_ok=True)
            self._server = _Server(str(self._path), _handler(run))
        except OSError as error:
            raise StoreError(f"the control socket {self._path} cannot be opened: {error.strerror or error}") from error
        finally:
            os.umask(mask)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), name="control", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Answer no more and remove the socket."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._path.unlink(missing_ok=True)


def ask(folder: Path, name: str, args: Mapping[str, Any], *, patience: float | None = None) -> Answer | None:
    """The daemon's answer to a call; None when no daemon runs on this store.

    ``patience`` in seconds replaces the usual one, for what reads the whole ledger. Raises CallError as the daemon did,
    or with the code ``no_answer`` when it fell silent.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as wire:
        wire.settimeout(patience or PATIENCE)
        try:
            wire.connect(str(folder / SOCKET))
        except OSError:
            return None
        line = _exchange(wire, json.dumps({"v": VERSION, "call": name, "args": dict(args)}).encode() + b"\n")
    try:
        answer = json.loads(line)
        if answer["ok"]:
            return dict(answer["result"])
        error = answer["error"]
        refusal = CallError(error["code"], error["message"], hint=error.get("hint", ""))
    except (ValueError, KeyError, TypeError) as broken:
        raise CallError("no_answer", "the daemon ended before it answered") from broken
    raise refusal


def _exchange(wire: socket.socket, request: bytes) -> bytes:
    """The line that answers a request; empty when the other side went away. Raises CallError for silence."""
    try:
        wire.sendall(request)
        with wire.makefile("rb") as lines:
            return lines.readline()
    except TimeoutError as error:
        raise CallError("no_answer", f"the daemon did not answer in {wire.gettimeout():g} s") from error
    except OSError:
        return b""


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    block_on_close = False


def _handler(run: Callable[[str, Mapping[str, Any]], Answer]) -> type[socketserver.StreamRequestHandler]:
    class Handler(socketserver.StreamRequestHandler):
        timeout = PATIENCE

        def handle(self) -> None:
            try:
                for line in _lines(self.rfile):
                    self.wfile.write(_answer(run, line))
            except OSError:
                return  # the client went away

    return Handler


def _lines(file: BufferedIOBase) -> Iterator[bytes]:
    """Line by line; one that is longer than any call comes as an empty one, so that it is refused once."""
    while line := file.readline(LONGEST):
        whole = line.endswith(b"\n") or len(line) < LONGEST
        rest = line
        while not whole and rest and not rest.endswith(b"\n"):
            rest = file.readline(LONGEST)
        yield line if whole else b""


def _answer(run: Callable[[str, Mapping[str, Any]], Answer], line: bytes) -> bytes:
    try:
        name, args = _request(line)
        return _encoded({"ok": True, "result": run(name, args)})
    except CallError as error:
        return _refusal(error.code, str(error), error.hint)
    except DistributorError as error:
        return _refusal("failed", str(error), "")
    except Exception:
        log.exception("a call ended in an unexpected error")
        return _refusal("internal", "the daemon met an unexpected error; its log has the details", "")


def _request(line: bytes) -> tuple[str, Mapping[str, Any]]:
    try:
        request = json.loads(line)
        version, name, args = request["v"], request["call"], request.get("args", {})
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise CallError("bad_request", "not a call", hint='{"v": 1, "call": "status", "args": {}}') from error
    if version != VERSION or not isinstance(name, str) or not isinstance(args, dict):
        raise CallError("bad_request", f"version {version!r} is not spoken here", hint=f"v is {VERSION}")
    return name, args


def _refusal(code: str, message: str, hint: str) -> bytes:
    return _encoded({"ok": False, "error": {"code": code, "message": message, "hint": hint}})


def _encoded(answer: Answer) -> bytes:
    """One line; half a surrogate pair, which UTF-8 cannot carry, becomes an escape, which JSON can."""
    return json.dumps(answer, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"
