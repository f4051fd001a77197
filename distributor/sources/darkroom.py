"""A story's picture, fetched through the guard and made fit for a platform in a child process.
Must not decide whether a picture may be shown, nor decode one in this process.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import asdict
from importlib.util import find_spec
from typing import Any, Final, Protocol

from distributor.errors import ParseError
from distributor.model import Frame, Photo
from distributor.net import Answer

_log = logging.getLogger(__name__)
#: what a server is asked for; AVIF and WebP are read, and JPEG is what platforms are given
_ACCEPT: Final = "image/jpeg, image/png, image/webp;q=0.9, image/avif;q=0.8, image/gif;q=0.5, */*;q=0.1"
#: seconds for fetching one picture
PATIENCE: Final = 10.0
#: files as they came that are kept in memory, so that a second channel does not fetch the same one again
_KEPT: Final = 6
#: and for how long, seconds: a newsroom may mend a picture under the same address
_LASTS: Final = 10.0
#: what is missing where pictures cannot be read
MISSING: Final = "pictures need the extra “images”: pip install 'distributor[images]'"


class Fetching(Protocol):
    """What fetches a file; the shipped one is ``net.Fetcher.get``."""

    def __call__(self, url: str, *, headers: Mapping[str, str], deadline: float) -> Answer:
        """The file. Raises FetchError."""
        ...


class Wall(Protocol):
    """What reads a picture behind a wall; the shipped one is ``guard.Guard`` with the work ``picture``."""

    def ask(self, asked: Mapping[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        """What the child makes of these bytes. Raises ParseError."""
        ...


class Darkroom:
    """Develops pictures; safe to share between threads."""

    def __init__(self, fetch: Fetching, wall: Wall) -> None:
        """Keep what is needed; nothing is contacted."""
        self._fetch = fetch
        self._wall = wall
        self._lock = threading.Lock()
        self._files: OrderedDict[str, tuple[float, bytes]] = OrderedDict()

    def develop(self, url: str, frame: Frame) -> Photo:
        """The picture at an address as a platform takes it. Raises FetchError, ParseError."""
        answer, data = self._wall.ask({"frame": asdict(frame)}, self._file(url))
        return Photo(data=data, mime=answer["mime"], width=answer["width"], height=answer["height"])

    def measures(self, url: str) -> tuple[int, int]:
        """Width and height of the picture at an address, in pixels. Raises FetchError, ParseError."""
        answer, _ = self._wall.ask({}, self._file(url))
        return answer["width"], answer["height"]

    def size(self, url: str) -> int:
        """Bytes of the file at an address. Raises FetchError, ParseError."""
        return len(self._file(url))

    def _file(self, url: str) -> bytes:
        """The file, fetched once for all channels that want it at about the same time."""
        with self._lock:
            if url not in self._files or time.monotonic() - self._files[url][0] > _LASTS:
                body = self._fetch(url, headers={"accept": _ACCEPT}, deadline=PATIENCE).body
                if not body:
                    raise ParseError("the picture is an empty file")
                self._files[url] = time.monotonic(), body
                self._files.move_to_end(url)
                while len(self._files) > _KEPT:
                    self._files.popitem(last=False)
            return self._files[url][1]


def can_develop() -> bool:
    """Whether the extra is installed; where it is not, the log says once how to have it."""
    found = find_spec("PIL") is not None
    if not found:
        _log.warning("%s; until then a story's picture is shown by its link's card alone", MISSING)
    return found
