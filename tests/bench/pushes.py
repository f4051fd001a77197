"""From a newsroom's system to the readers: a pushed story, a pushed flash and a polled story, each until it stands on
every immediate channel, by the platforms' own journals; without anything else to send, and while a digest is mailed.

``python -m tests.bench.pushes``
"""

from __future__ import annotations

import http.client
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from distributor.app import open_app
from distributor.clock import SystemClock
from distributor.config import load
from distributor.control import ask
from distributor.drills.demo import prepare
from distributor.drills.loopback import write_config
from distributor.drills.names import story_name
from distributor.net.signed import headers
from distributor.sandbox.client import Running, start
from distributor.store.connection import open_writer
from distributor.store.opening import FILE
from tests.bench.flashes import _READERS, PLATFORMS
from tests.platforms import clean_environment, until

#: Seconds within which a pushed story and 99 of 100 flashes must stand everywhere; the first is also what a polled one
#: may take beyond its interval.
MOST_STORY, MOST_FLASH = 5.0, 1.0
#: Of each kind in each of the two halves; seconds between two, about; and between two looks at the polled feed.
STORIES, PAUSE, EVERY = 100, 0.2, 10
#: Readers of the digest: enough that it is still being sent when the last story has left.
READERS = 40_000
_SECRET = b"not-a-real-secret"
_SYLLABLES = [first + second for first in "bdfgklmnprstvz" for second in ("a", "e", "i", "o", "u", "an", "er")]

_MORE = """
[feeds.cms]
type = "push"
secret = "{secret}"
surge = 0

[web]
listen = "127.0.0.1:{port}"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Half:
    """Seconds until a story stood on every channel, by kind (story, flash, polled)."""

    delays: Mapping[str, Sequence[float]]
    #: mails that went out meanwhile, and those that still waited at the end
    mails: int
    waiting: int

    @property
    def ok(self) -> bool:
        """Whether every promise is kept."""
        late = max(self.delays["story"]) > MOST_STORY or max(self.delays["polled"]) > EVERY + MOST_STORY
        return not late and ninety_nine(self.delays["flash"]) <= MOST_FLASH

    def told(self) -> str:
        """The figures: median, 99th percentile and worst, in seconds."""
        return "; ".join(
            f"{kind} {statistics.median(found):.2f}/{ninety_nine(found):.2f}/{max(found):.2f} s"
            for kind, found in self.delays.items()
        )


def ninety_nine(found: Sequence[float]) -> float:
    """The 99th percentile: the least that no more than one in a hundred is above."""
    return sorted(found)[-(len(found) // 100) - 1]


def pushes() -> tuple[Half, Half]:
    """Push and publish without a digest, then with one."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name, start(Path(name) / "platforms") as platforms:
        folder, port = Path(name), _free()
        prepare(platforms)
        slot = datetime.now(UTC) + timedelta(seconds=120)
        config = write_config(folder, platforms, {"news": "/rss.xml"}, slot=f"{slot.minute} {slot.hour} * * *")
        with config.open("a", encoding="utf-8") as file:
            file.write(_MORE.format(secret=_SECRET.decode(), port=port))
        _subscribe(config)
        desk = _Desk(platforms, folder / "state", port)
        with _daemon(config, port):
            quiet = desk.half(1)
            until(lambda: desk.mails() > 0)  # the digest's slot has come
            busy = desk.half(2)
        return quiet, busy


def _free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def _listens(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def _subscribe(config: Path) -> None:
    """Many readers of the digest."""
    settings = load(config, environ={}, cwd=config.parent)
    open_app(settings, clock=SystemClock(), threaded=False).close()  # makes the store
    with closing(open_writer(settings.store_folder / FILE)) as writer:
        for sql in _READERS:
            writer.run(sql, {"count": READERS})


@contextmanager
def _daemon(config: Path, port: int) -> Iterator[None]:
    """A daemon that listens."""
    command = [sys.executable, "-m", "distributor", "--config", str(config), "run", "--log-level", "warning"]
    log = config.parent / "log"
    with log.open("ab") as file:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, env=clean_environment(), cwd=config.parent
        )
    try:
        until(lambda: process.poll() is not None or _listens(port))
        assert process.poll() is None, log.read_text("utf-8")
        yield
    finally:
        process.terminate()
        process.wait()


class _Desk:
    """A newsroom's system and its site."""

    def __init__(self, platforms: Running, state: Path, port: int) -> None:
        self._platforms = platforms
        self._state = state
        self._port = port

    def half(self, number: int) -> Half:
        """Push and publish so many, and wait until all stand everywhere."""
        random, before = Random(number), self.mails()
        sent: dict[str, dict[str, float]] = {"story": {}, "flash": {}, "polled": {}}
        for place in range(STORIES):
            for kind, urgency in (("story", 5), ("flash", 1)):
                url = f"https://news.example.org/politics/view/{kind}-{number}{place:05}-2026/"
                sent[kind][story_name(url)] = time.time()
                self._push(_document(random, url, urgency))
                time.sleep(random.uniform(0, 2 * PAUSE))
            if place % 6 == 0:
                told = {"section": "society", "headline": _words(random, 8), "paragraphs": [f"{_words(random, 40)}."]}
                begun = time.time()
                sent["polled"][story_name(self._platforms.control("site", "publish", told)["url"])] = begun
        after = self.mails()
        delays = {kind: self._delays(stories) for kind, stories in sent.items()}
        return Half(delays=delays, mails=before - after, waiting=after)

    def mails(self) -> int:
        """Mails that are still to be sent."""
        status = ask(self._state, "status", {})
        assert status is not None
        counts = status["counts"].get("mail", {})
        return sum(counts.get(state, 0) for state in ("planned", "due", "sending"))

    def _push(self, document: bytes) -> None:
        now = datetime.now(UTC)
        fields = headers(f"push_{now.timestamp()}", document, now, [_SECRET])
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        connection.request("POST", "/hooks/articles", document, fields)
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        connection.close()

    def _delays(self, stories: Mapping[str, float]) -> Sequence[float]:
        """Seconds from the sending of each story to the last platform's line about it; waits until all are there."""

        def found() -> Mapping[str, Mapping[str, str]]:
            return {
                name: {story_name(url): line["at"] for line in self._platforms.journal(name) for url in line["urls"]}
                for name in PLATFORMS
            }

        until(lambda: all(set(stories) <= set(seen) for seen in found().values()))
        seen = found()
        last = {story: max(seen[name][story] for name in PLATFORMS) for story in stories}
        return [datetime.fromisoformat(last[story]).timestamp() - at for story, at in stories.items()]


def _document(random: Random, url: str, urgency: int) -> bytes:
    told = {
        "headline": _words(random, 8),
        "url": url,
        "guid": url,
        "body": f"{_words(random, 40)}.",
        "urgency": urgency,
    }
    return json.dumps(told | {"published": datetime.now(UTC).isoformat(), "categories": ["Politics"]}).encode()


def _words(random: Random, count: int) -> str:
    return " ".join("".join(random.choices(_SYLLABLES, k=3)) for _ in range(count)).capitalize()


def main() -> int:
    """Print the figures; 1 when a promise is not kept."""
    kept = True
    for name, half in zip(("nothing else to send", "a digest under way"), pushes(), strict=True):
        print(
            f"{name}: until all of {', '.join(PLATFORMS)} have it, median/99 of 100/worst: {half.told()}; "
            f"{half.mails} mails meanwhile, {half.waiting} still waiting"
        )
        kept = kept and half.ok and (name == "nothing else to send" or half.waiting > 0)
    if not kept:
        print(
            f"  falls short: a pushed story within {MOST_STORY} s, 99 of 100 flashes within {MOST_FLASH} s, a polled "
            f"story within its {EVERY} s and {MOST_STORY} s, also while a digest is sent, was promised"
        )
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
