"""The real daemon as a process of its own, stopped or killed at any instant. Must not look into its store."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from distributor.control import ask
from distributor.errors import DistributorError

#: The daemon answers, and ends after a SIGTERM, within so many seconds on the slowest machine.
PATIENCE = 60.0
#: What a shell tells of a command that a SIGTERM has ended: 128 and the signal's number (POSIX, 2.8.2 Exit Status).
EXIT_TERMINATED = 128 + signal.SIGTERM
#: Settings of this process's surroundings that are meant for another daemon.
_FOREIGN = ("DISTRIBUTOR_", "NOTIFY_SOCKET", "WATCHDOG_", "CREDENTIALS_", "STATE_DIRECTORY")


@contextmanager
def unwinding() -> Iterator[None]:
    """A SIGTERM ends the command as Ctrl-C does, and with it all that was started. In the main thread only."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(EXIT_TERMINATED))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class Daemon:
    """``distributor run``, started at once; the owner ends it."""

    def __init__(self, config: Path, log: Path) -> None:
        """Start it on ``config``; what it logs is appended to ``log``."""
        command = [sys.executable, "-m", "distributor", "--config", str(config), "run", "--log-level", "warning"]
        environment = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
        self._state = config.parent / "state"
        self._log = log
        with log.open("ab") as file:
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, env=environment
            )

    def ready(self) -> None:
        """Return as soon as it answers on its control socket. Raises DistributorError."""
        self.wait_for(lambda: ask(self._state, "status", {}) is not None, "answer", seconds=PATIENCE)

    def wait_for(
        self,
        reached: Callable[[], bool],
        what: str,
        *,
        seconds: float,
        pause: float = 0.005,
        moved: Callable[[], object] = lambda: None,
    ) -> None:
        """Return as soon as it is reached, asking after every ``pause`` (seconds).

        Raises DistributorError when the daemon ends, or when it is not reached and what ``moved`` tells has been the
        same for ``seconds``.
        """
        told, end = moved(), time.monotonic() + seconds
        while not reached():
            if (now := moved()) != told:
                told, end = now, time.monotonic() + seconds
            if self._process.poll() is not None or time.monotonic() > end:
                raise DistributorError(f"the daemon did not {what}: {self._words()}")
            time.sleep(pause)

    def kill(self) -> None:
        """SIGKILL: nothing of it runs any more when this returns; may be called twice."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """SIGTERM, as a service manager does. Raises DistributorError when it does not end well."""
        self._process.send_signal(signal.SIGTERM)
        try:
            code = self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise DistributorError(f"the daemon did not stop: {self._words()}") from None
        if code:
            raise DistributorError(f"the daemon stopped with code {code}: {self._words()}")

    def _words(self) -> str:
        return self._log.read_text("utf-8", "replace")[-2000:]
