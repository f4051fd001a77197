"""What readers saw, as append-only JSON lines: the one source for counting visible, lost and doubled posts.
Must never change or drop a line that was written.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from pathlib import Path
from typing import Any

from distributor.sandbox.clock import iso, wall

Line = dict[str, Any]

_written: ContextVar[list[int] | None] = ContextVar("_written", default=None)


@contextmanager
def counting() -> Iterator[list[int]]:
    """The numbers of the lines that the enclosed code (this task alone) writes to any journal."""
    numbers: list[int] = []
    token = _written.set(numbers)
    try:
        yield numbers
    finally:
        _written.reset(token)


def read(path: Path) -> list[Line]:
    """All whole lines of a journal file; a last line that was cut off by a crash is left out."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1] if line]


def since_reset(lines: list[Line]) -> list[Line]:
    """The lines after the last ``reset``: those of the world that stands now."""
    for index in range(len(lines) - 1, -1, -1):
        if lines[index]["act"] == "reset":
            return lines[index + 1 :]
    return lines


class Journal:
    """The journal of one platform; the file's stem is the platform's name.

    Every line holds ``n``, ``at``, ``platform``, ``act`` (post, edit, delete, mail, hook, reset), ``account``, ``id``,
    ``text``, ``urls`` and whatever else the platform shows.
    """

    def __init__(self, path: Path, *, now: Callable[[], datetime] = wall) -> None:
        """Open or create the file, cut a torn last line, and keep the old lines for the platform to rebuild from."""
        self.path = path
        self.platform = path.stem
        self._now = now
        path.parent.mkdir(parents=True, exist_ok=True)
        _mend(path)
        self._lines = read(path)
        self._n = self._lines[-1]["n"] if self._lines else 0
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def append(self, *, act: str, **fields: Any) -> Line:
        """Write one line at once (one ``write`` to a file opened for appending) and give it back."""
        self._n += 1
        line: Line = {"n": self._n, "at": iso(self._now()), "platform": self.platform, "act": act}
        line |= {"account": "", "id": "", "text": "", "urls": []} | fields
        data = json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass") + b"\n"
        os.write(self._file, data)
        self._lines.append(line)
        numbers = _written.get()
        if numbers is not None:
            numbers.append(self._n)
        return line

    def lines(self) -> list[Line]:
        """The lines of the world that stands now, oldest first: everything after the last reset."""
        return list(since_reset(self._lines))

    def reset(self) -> None:
        """Begin a new world; the old lines stay in the file."""
        self.append(act="reset")

    def close(self) -> None:
        """Give the file back; may be called twice."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _mend(path: Path) -> None:
    """Cut a last line without its newline: the process died while writing it, and nobody was answered."""
    if path.exists():
        data = path.read_bytes()
        if not data.endswith(b"\n"):
            os.truncate(path, data.rfind(b"\n") + 1)
