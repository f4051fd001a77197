"""The marker: a small file beside the database that says how far it had come, so that an older copy is recognised.
Decides nothing.
"""

from __future__ import annotations

import json
import os
import threading
from dataclasses import asdict, replace
from pathlib import Path

from distributor.rules.fate.binding import Heights
from distributor.store.migrations import MARKER

NAME = MARKER
#: Smaller than a disk's block and always of this length, so that one write replaces it wholly.
SIZE = 512


class MarkerFile:
    """The file of one store; writes are cheap, and safe against a kill; :meth:`sync` is safe against a power cut."""

    def __init__(self, folder: Path) -> None:
        """Nothing is read or written yet."""
        self._path = folder / NAME
        self._file: int | None = None
        self._last: Heights | None = None
        self._lock = threading.Lock()

    def read(self) -> Heights | None:
        """What it says; None where there is none, or none that can be understood."""
        try:
            found = Heights(**json.loads(self._path.read_bytes()))
        except (OSError, ValueError, TypeError):
            return None
        words, numbers = (found.store, found.event_hash), (found.epoch, found.event, found.delivery, found.subject)
        is_whole = all(isinstance(one, str) for one in words) and all(type(one) is int for one in numbers)
        return found if is_whole and type(found.closed) is bool else None

    def write(self, heights: Heights) -> None:
        """Say that the store has come so far; never less than before. Raises OSError."""
        with self._lock:
            if self._last is not None and _order(heights) <= _order(self._last):
                return
            if self._file is None:
                self._replace(heights)
            else:
                os.pwrite(self._file, _bytes(heights), 0)
            self._last = heights

    def sync(self) -> None:
        """Make what was written last durable, in a new file, should somebody have taken the old one away."""
        with self._lock:
            if self._last is not None:
                self._replace(self._last)

    def seal(self) -> None:
        """Say, durably, that what was written last is the end: the store was closed in order. Raises OSError."""
        with self._lock:
            if self._last is not None:
                self._replace(replace(self._last, closed=True))

    def close(self) -> None:
        """Close the file; may be called twice."""
        with self._lock:
            if self._file is not None:
                os.close(self._file)
                self._file = None
            self._last = None

    def _replace(self, heights: Heights) -> None:
        new = self._path.with_name(f"{NAME}.new")
        file = os.open(new, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            os.pwrite(file, _bytes(heights), 0)
            os.fsync(file)
            new.replace(self._path)
            sync_folder(self._path.parent)
        except BaseException:
            os.close(file)
            raise
        if self._file is not None:
            os.close(self._file)
        self._file = file


def sync_folder(folder: Path) -> None:
    """Make a folder's names durable: a rename is otherwise safe against a kill, not against a power cut."""
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _order(heights: Heights) -> tuple[int, int, int, int]:
    return heights.epoch, heights.event, heights.delivery, heights.subject


def _bytes(heights: Heights) -> bytes:
    return json.dumps(asdict(heights)).encode().ljust(SIZE - 1) + b"\n"
