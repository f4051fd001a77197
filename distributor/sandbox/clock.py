"""One clock for all loopback platforms, with an offset that can be moved, so that windows of hours need no waiting.
Must not be used to wait: it only tells the time.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path


def wall() -> datetime:
    """The machine's own instant, aware, UTC."""
    return datetime.now(UTC)


def iso(instant: datetime) -> str:
    """``2026-10-02T11:54:00.123456Z``, always with microseconds so that texts sort like instants."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Clock:
    """The machine's clock plus an offset; the offset survives a restart when a file is given."""

    def __init__(self, path: Path | None = None, *, base: Callable[[], datetime] = wall) -> None:
        """Read the offset that an earlier process left in ``path``; start at zero without one."""
        self._path = path
        self._base = base
        self._offset = timedelta(0)
        if path is not None and path.exists():
            self._offset = timedelta(seconds=float(json.loads(path.read_text("utf-8"))["offset"]))

    @property
    def offset(self) -> float:
        """Seconds ahead of the machine's clock."""
        return self._offset.total_seconds()

    def now(self) -> datetime:
        """The platforms' present instant, aware, UTC."""
        return self._base() + self._offset

    def advance(self, seconds: float) -> datetime:
        """Move the clock and give the new present; a negative number moves it back."""
        self._offset += timedelta(seconds=seconds)
        if self._path is not None:
            self._path.write_text(json.dumps({"offset": self.offset}), "utf-8")
        return self.now()
