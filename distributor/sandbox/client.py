"""Start the loopback platforms and talk to their control plane, with the standard library alone.
Must not interpret what readers saw; it hands the journal over as it is.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from distributor.sandbox.journal import Line, read, since_reset

#: never through a proxy: everything is on this machine
_opener = build_opener(ProxyHandler({}))


class SandboxError(Exception):
    """The platforms did not start, or refused a control command; the text says why."""


class Running:
    """Loopback platforms that run in a process of their own."""

    def __init__(self, state: Path, ready: dict[str, Any], process: subprocess.Popen[bytes] | None = None) -> None:
        """Wrap what ``ready.json`` says; ``process`` is known only to the one who started it."""
        self.state = state
        self.pid: int = ready["pid"]
        #: address of each platform: ``http://127.0.0.1:P``, for smtp ``127.0.0.1:P``
        self.urls: dict[str, str] = {name: url for name, url in ready.items() if isinstance(url, str)}
        self._process = process

    def journal(self, platform: str, *, everything: bool = False) -> list[Line]:
        """What readers saw since the last reset (or ever); also readable after the process has ended."""
        lines = read(self.state / f"{platform}.jsonl")
        return lines if everything else since_reset(lines)

    def control(self, platform: str, verb: str, payload: Any = None, *, method: str = "") -> Any:
        """Send a control command: POST with a payload, otherwise GET. Raises SandboxError."""
        url = self.urls["smtp_control" if platform == "smtp" else platform]
        body = None if payload is None else json.dumps(payload).encode("utf-8")
        request = Request(f"{url}/_emu/{verb}", data=body, method=method or ("GET" if body is None else "POST"))  # noqa: S310
        try:
            with _opener.open(request, timeout=30) as answer:
                return json.load(answer)
        except HTTPError as error:
            with error:
                text = error.read().decode("utf-8", "replace")
            raise SandboxError(f"{platform} {verb}: {error.code} {text}") from None

    def fault(self, platform: str, **rule: Any) -> None:
        """Append one rule to the platform's script of faults."""
        self.control(platform, "faults", rule)

    def clear_faults(self, platform: str) -> None:
        """Forget the platform's script."""
        self.control(platform, "faults", method="DELETE")

    def log(self, platform: str) -> list[dict[str, Any]]:
        """Every request since the last reset."""
        answer: list[dict[str, Any]] = self.control(platform, "log")
        return answer

    def advance(self, seconds: float) -> None:
        """Move the platforms' common clock."""
        name = next(iter(self.urls)).removesuffix("_control")
        self.control(name, "clock", {"advance": seconds})

    def reset(self, platform: str) -> None:
        """Empty one platform; its journal goes on after a ``reset`` line."""
        self.control(platform, "reset", {})

    def stop(self, *, timeout: float = 10.0) -> None:
        """End the process and wait for it; may be called twice."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(timeout)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        elif _alive(self.pid):
            os.kill(self.pid, signal.SIGTERM)
            _until(lambda: not _alive(self.pid), timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start(state: Path, *, only: Iterable[str] = (), timeout: float = 20.0, **options: object) -> Running:
    """Start the platforms and wait until they listen. Raises SandboxError.

    ``options`` are those of the command line with underscores (``delay=0.02``, ``smtp_port=2525``, ``smtp_tls=True``).
    The process has its own session, no standard input, and writes its complaints to ``state/sandbox.log``.
    """
    state.mkdir(parents=True, exist_ok=True)
    (state / "ready.json").unlink(missing_ok=True)
    command = [sys.executable, "-m", "distributor.sandbox", "--state", str(state), *_flags(only, options)]
    with (state / "sandbox.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - our own module
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    ready = state / "ready.json"
    if not _until(lambda: ready.exists() or process.poll() is not None, timeout) or not ready.exists():
        process.kill()
        process.wait()
        raise SandboxError("the loopback platforms did not start: " + _tail(state / "sandbox.log"))
    return Running(state, json.loads(ready.read_text("utf-8")), process)


def attach(state: Path) -> Running:
    """The platforms that another process started in ``state``. Raises SandboxError when none run there."""
    ready = state / "ready.json"
    if not ready.exists():
        raise SandboxError(f"no loopback platforms were started in {state}")
    values = json.loads(ready.read_text("utf-8"))
    if not _alive(values["pid"]):
        raise SandboxError(f"the loopback platforms of {state} have ended")
    return Running(state, values)


def _flags(only: Iterable[str], options: dict[str, object]) -> list[str]:
    flags = [f"--only={','.join(only)}"] if only else []
    for name, value in options.items():
        flag = f"--{name.replace('_', '-')}"
        if value is False:
            flags.append(f"--no-{flag[2:]}")
        elif value is not None:
            flags.append(flag if value is True else f"{flag}={value}")
    return flags


def _until(reached: Any, timeout: float) -> bool:
    end = time.monotonic() + timeout
    while not reached():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _tail(path: Path) -> str:
    return path.read_text("utf-8", "replace").strip()[-2000:]
