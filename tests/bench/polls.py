"""Five hundred feeds of one site, polled in rhythm by one daemon: feeds per second, CPU per feed, memory; and what
feedparser's own defaults take for the same documents in the same run.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from distributor.control import ask
from distributor.sandbox.client import Running, start
from tests.platforms import clean_environment

#: Milliseconds of CPU that an unchanged feed may cost at most.
MOST = 2.0
FEEDS = 500
#: Seconds between two readings of one feed, and how many rounds of unchanged feeds are measured.
EVERY, ROUNDS = 10, 3
#: Stories in each feed.
ITEMS = 20
#: Seconds after which the benchmark gives up.
PATIENCE = 600.0

_CONFIG = """\
[store]
folder = "state"

[net]
allow = ["{host}"]

[channels.console]
type = "console"

[routes.none]
channels = ["console"]
categories = ["nothing"]

"""
_FEED = """\
[feeds.f{number}]
url = "{site}/f{number}.xml"
every = "{every} s"
slowest = "{every} s"

"""
_SYLLABLES = [first + second for first in "bdfgklmnprstvz" for second in ("a", "e", "i", "o", "u", "an", "er")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Polls:
    """What was measured: milliseconds of CPU for one feed (all processes), MiB of memory."""

    per_second: float
    unchanged: float
    changed: float
    #: of the daemon, and of the child that parses
    memory: tuple[int, int]
    #: the same by ``feedparser.parse(address)``, with the entity tag it was given before, and its memory
    their_unchanged: float
    their_changed: float

    @property
    def ok(self) -> bool:
        """Whether the promise is kept."""
        return self.unchanged <= MOST


def polls(feeds: int = FEEDS, every: int = EVERY, rounds: int = ROUNDS) -> Polls:
    """Let a daemon read so many feeds."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as name,
        start(Path(name) / "platforms", only=["site"]) as platforms,
    ):
        folder, site = Path(name), platforms.urls["site"]
        _serve(platforms, feeds, ITEMS)
        with _daemon(folder, _config(folder, site, feeds, every)) as pid:
            # every feed has been read, and asked again with what it said of itself
            _until(lambda: _answered(platforms)[304] >= feeds)
            time.sleep(every)
            before, spent, began = _answered(platforms), _cpu_of_all(pid), time.monotonic()
            time.sleep(every * rounds)
            after, took = _answered(platforms), time.monotonic() - began
            unchanged = (_cpu_of_all(pid) - spent) / (after[304] - before[304])
            _serve(platforms, feeds, ITEMS + 1)
            spent = _cpu_of_all(pid)
            _until(lambda: _answered(platforms)[200] >= after[200] + feeds)
            time.sleep(2.0)  # the last ones are being written
            among = _answered(platforms)[304] - after[304]
            changed = (_cpu_of_all(pid) - spent - among * unchanged) / feeds
            memory = [_memory(one) for one in (pid, *_children(pid))]
        their_unchanged, their_changed = _theirs(site, feeds)
    return Polls(
        per_second=(after[304] - before[304]) / took,
        unchanged=unchanged * 1e3,
        changed=changed * 1e3,
        memory=(memory[0], memory[1]),
        their_unchanged=their_unchanged * 1e3,
        their_changed=their_changed * 1e3,
    )


def _serve(platforms: Running, feeds: int, items: int) -> None:
    """Every feed with so many stories, the newest first, each unlike any other."""
    raw = {f"/f{number}.xml": _document(number, items) for number in range(feeds)}
    platforms.control("site", "config", {"raw": raw})


def _document(number: int, items: int) -> dict[str, object]:
    found = "".join(_item(number, place) for place in reversed(range(items)))
    body = f'<?xml version="1.0"?><rss version="2.0"><channel><title>Feed {number}</title>{found}</channel></rss>'
    return {"body": body, "content_type": "application/rss+xml", "validators": True}


def _item(number: int, place: int) -> str:
    random = Random(number * 1_000 + place)

    def words(count: int) -> str:
        return " ".join("".join(random.choices(_SYLLABLES, k=3)) for _ in range(count))

    link = f"https://news{number}.example.org/{place}/{'-'.join(words(4).split())}"
    return (
        f"<item><title>{words(8).capitalize()}</title><link>{link}</link><guid>{link}</guid>"
        f"<description>{words(40).capitalize()}.</description></item>"
    )


def _config(folder: Path, site: str, feeds: int, every: int) -> Path:
    path = folder / "config.toml"
    path.touch(mode=0o600)
    tables = (_FEED.format(number=number, site=site, every=every) for number in range(feeds))
    path.write_text(_CONFIG.format(host=site.removeprefix("http://")) + "".join(tables), "utf-8")
    return path


@contextmanager
def _daemon(folder: Path, config: Path) -> Iterator[int]:
    """A daemon that is ready; its process id."""
    command = [sys.executable, "-m", "distributor", "--config", str(config), "run", "--log-level", "warning"]
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=clean_environment(), cwd=folder
        )
    try:
        _until(lambda: process.poll() is not None or _answers(folder / "state"))
        assert process.poll() is None, (folder / "log").read_text("utf-8")
        yield process.pid
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _answers(state: Path) -> bool:
    try:
        return ask(state, "status", {}) is not None
    except OSError:
        return False


def _until(reached: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not reached():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.5)


def _cpu_of_all(pid: int) -> float:
    """Seconds of CPU that a daemon and its children have used."""
    return sum(map(_cpu, (pid, *_children(pid))))


def _answered(platforms: Running) -> Counter[int | None]:
    """How often the site gave each status."""
    return Counter(line["status"] for line in platforms.log("site"))


def _children(pid: int) -> Sequence[int]:
    """The processes that a process started, whichever of its threads did."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return [int(one) for thread in threads for one in (thread / "children").read_text().split()]


def _cpu(pid: int) -> float:
    """Seconds of CPU that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory(pid: int) -> int:
    """MiB that a process has had at most."""
    found = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(found.split()[1]) // 1024


def _theirs(site: str, feeds: int) -> tuple[float, float]:
    """Seconds of CPU of an unchanged and of a new feed by feedparser's own defaults."""
    import feedparser

    tags = {}
    begun = time.process_time()
    for number in range(feeds):
        tags[number] = feedparser.parse(f"{site}/f{number}.xml").get("etag")
    between = time.process_time()
    for number in range(feeds):
        assert feedparser.parse(f"{site}/f{number}.xml", etag=tags[number]).get("status") == 304
    return (time.process_time() - between) / feeds, (between - begun) / feeds


def main() -> int:
    """Print the figures; 1 when an unchanged feed costs more than was promised."""
    found = polls()
    print(told(found))
    return 0 if found.ok else 1


def told(found: Polls) -> str:
    """The figures in one line."""
    return (
        f"{FEEDS} feeds of {ITEMS} stories, each read every {EVERY} s: {found.per_second:.0f} feeds/s; CPU "
        f"{found.unchanged:.2f} ms for an unchanged feed (feedparser's defaults: {found.their_unchanged:.2f}), "
        f"{found.changed:.2f} ms for a changed one (without any ledger: {found.their_changed:.2f}); "
        f"memory at most {found.memory[0]} MiB, and {found.memory[1]} MiB the child that parses"
    )


if __name__ == "__main__":
    sys.exit(main())
