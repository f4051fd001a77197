"""Readers' pages while an issue leaves: two hundred requests a second, each on a connection of its own, as proxies ask.

The daemon, the loopback mail server and whoever asks are processes of their own. A request counts from the instant at
which it was to be made, so that a server that dawdles is not spared what came meanwhile. ``python -m
tests.bench.readers_pages``
"""

from __future__ import annotations

import asyncio
import multiprocessing
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

from distributor.app import open_app
from distributor.clock import SystemClock
from distributor.config import load
from distributor.control import ask
from distributor.drills.demo import prepare
from distributor.drills.loopback import write_config
from distributor.rules.mail.follow import Followed, signed
from distributor.rules.mail.links import Links
from distributor.rules.mail.tokens import Purpose, Ticket
from distributor.sandbox.client import start
from distributor.store.connection import open_writer
from distributor.store.opening import FILE
from tests.bench.flashes import _READERS
from tests.bench.pushes import _daemon, _free
from tests.platforms import until

#: Milliseconds within which 99 of 100 readers shall have their page; how many ask in a second, and for how long.
MOST, RATE, SECONDS = 100.0, 200, 20
#: Readers of the digest: enough that it is still being sent at the end.
READERS = 60_000
#: Of a hundred requests, so many of each kind; the links that end and count write into the store.
MIX: Mapping[str, int] = {
    "issue": 24,
    "mail": 16,
    "go": 16,
    "dials": 10,
    "leave": 10,
    "left": 4,
    "subscribe": 8,
    "archive": 4,
    "news": 4,
    "corrections": 4,
}
TEXT = "Parliament has passed a law that obliges every public body to publish its tenders as open data. "
_WEB = """
[web]
listen = "127.0.0.1:{port}"
public = "http://127.0.0.1:{port}"
"""


@dataclass(frozen=True, slots=True)
class Ask:
    """One request."""

    kind: str
    path: str
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was measured: milliseconds by kind, and the answers that were none of what was expected."""

    delays: Mapping[str, Sequence[float]]
    odd: Mapping[str, int]
    #: mails that left meanwhile, and those that still waited at the end
    mails: int
    waiting: int

    @property
    def all(self) -> Sequence[float]:
        """Every delay."""
        return [one for found in self.delays.values() for one in found]

    @property
    def ok(self) -> bool:
        """Whether every promise is kept."""
        return share(self.all, 99) <= MOST and not self.odd

    def told(self) -> str:
        """One line for people, and one for each kind."""
        found = self.all
        whole = (
            f"readers' pages at {RATE} requests/s for {SECONDS} s: median {share(found, 50):.1f}, 99 of 100 within "
            f"{share(found, 99):.1f}, worst {max(found):.1f} ms; {self.mails:,} mails of an issue left meanwhile, "
            f"{self.waiting:,} waited; odd answers: {sum(self.odd.values())}"
        )
        kinds = (
            f"  {kind}: median {share(one, 50):.1f}, 99 of 100 within {share(one, 99):.1f} ms"
            for kind, one in self.delays.items()
        )
        return "\n".join((whole, *kinds, *(f"  {what}: {count}" for what, count in self.odd.items())))


def share(found: Sequence[float], of: int) -> float:
    """The least value that no more than ``100 - of`` in a hundred are above."""
    return sorted(found)[-(len(found) * (100 - of) // 100) - 1]


def readers_pages() -> tuple[Found, Found]:
    """Ask for pages while an issue leaves, then the same when it is stopped: what the machine itself makes of it."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name, start(Path(name) / "platforms") as platforms:
        platforms.control("smtp", "config", {"brief": True})
        folder, port = Path(name), _free()
        prepare(platforms)
        for number in range(20):
            told = {"section": "society", "headline": f"Story number {number} of the day", "paragraphs": [TEXT * 4]}
            platforms.control("site", "publish", told)
        slot = datetime.now(UTC) + timedelta(seconds=80)
        config = write_config(folder, platforms, {"news": "/rss.xml"}, slot=f"{slot.minute} {slot.hour} * * *")
        with config.open("a", encoding="utf-8") as file:
            file.write(_WEB.format(port=port))
        key = _store(config)
        with _daemon(config, port):
            return _measured(folder / "state", key, port, slot)


def _store(config: Path) -> bytes:
    """A store with many readers; its key."""
    settings = load(config, environ={}, cwd=config.parent)
    app = open_app(settings, clock=SystemClock(), threaded=False)
    key = app.store.key
    app.close()
    with closing(open_writer(settings.store_folder / FILE)) as writer:
        for sql in _READERS:
            writer.run(sql, {"count": READERS})
    return key


def _measured(state: Path, key: bytes, port: int, slot: datetime) -> tuple[Found, Found]:
    time.sleep(max(0.0, (slot - datetime.now(UTC)).total_seconds() - 20))
    until(lambda: _counts(state).get("sent", 0) > 500)
    issue = _told(state, "issue_list")["issues"][0]["issue"]
    busy = _half(state, key, port, issue)
    _told(state, "issue_stop", issue=issue, who="bench", through="bench", reason="the same without it")
    time.sleep(5)
    return busy, _half(state, key, port, issue)


def _half(state: Path, key: bytes, port: int, issue: int) -> Found:
    """Ask for so long."""
    story = _told(state, "issue_show", issue=issue)["stories"][0]
    sent = _told(state, "deliveries", channel="mail", state="sent", limit=1000)["deliveries"]
    mail = next(one["id"] for one in sent if one["issue"])  # letters to those who leave are among them
    asks = _asks(Random(1), key, f"http://127.0.0.1:{port}", issue=issue, mail=mail, story=story)
    before = _counts(state)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        told = pool.apply(asked, (port, asks))
    after = _counts(state)
    delays: dict[str, list[float]] = {}
    odd: Counter[str] = Counter()
    for one, status, delay in told:
        delays.setdefault(one, []).append(delay)
        if status not in (200, 302):
            odd[f"{one} {status}"] += 1
    waiting = sum(after.get(state, 0) for state in ("planned", "due", "sending"))
    return Found(delays=delays, odd=odd, mails=after["sent"] - before["sent"], waiting=waiting)


def _told(state: Path, call: str, /, **args: object) -> Any:
    told = ask(state, call, args)
    assert told is not None
    return told


def _counts(state: Path) -> Mapping[str, int]:
    counts: Mapping[str, int] = _told(state, "status")["counts"].get("mail", {})
    return counts


def _asks(
    random: Random, key: bytes, public: str, *, issue: int, mail: int, story: Mapping[str, object]
) -> Sequence[Ask]:
    """What readers ask for, in a shuffled order: each has links of their own."""
    links = Links(public, key)
    wanted = [kind for kind, times in MIX.items() for _ in range(times * RATE * SECONDS // 100)]
    random.shuffle(wanted)

    def one(kind: str, number: int) -> Ask:
        reader = READERS - number  # the last to be mailed
        leave = links.to(Purpose.LEAVE, Ticket(subscriber=reader, topics=("daily",), number=mail))
        paths = {
            "issue": f"/r/issue/{issue}",
            "mail": links.to(Purpose.VIEW, Ticket(subscriber=reader, number=mail)),
            "go": f"/r/go/{_followed(key, issue, story)}",
            "dials": links.to(Purpose.DIALS, Ticket(subscriber=reader)),
            "leave": leave,
            "left": leave,
            "archive": "/r/archive/daily",
        }
        path = urlsplit(paths.get(kind, f"/r/{kind}")).path
        return Ask(kind, path, b"List-Unsubscribe=One-Click" if kind == "left" else b"")

    return [one(kind, number) for number, kind in enumerate(wanted)]


def _followed(key: bytes, issue: int, story: Mapping[str, object]) -> str:
    return signed(key, Followed(issue=issue, story=int(str(story["id"])), target=str(story["url"])))


def asked(port: int, asks: Sequence[Ask]) -> Sequence[tuple[str, int, float]]:
    """Ask for each at its instant; kind, status and milliseconds since that instant."""
    return asyncio.run(_all(port, asks))


async def _all(port: int, asks: Sequence[Ask]) -> Sequence[tuple[str, int, float]]:
    begun = time.perf_counter() + 0.5

    async def one(number: int, each: Ask) -> tuple[str, int, float]:
        at = begun + number / RATE
        await asyncio.sleep(max(0.0, at - time.perf_counter()))
        status = await _status(port, each)
        return each.kind, status, (time.perf_counter() - at) * 1e3

    return await asyncio.gather(*(one(number, each) for number, each in enumerate(asks)))


async def _status(port: int, each: Ask) -> int:
    method = "POST" if each.body else "GET"
    head = f"{method} {each.path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n"
    if each.body:
        head += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(each.body)}\r\n"
    try:
        async with asyncio.timeout(30):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"{head}\r\n".encode() + each.body)
            answer = await reader.read()
            writer.close()
    except (OSError, TimeoutError):
        return 0
    return int(answer[9:12] or b"0")


if __name__ == "__main__":
    busy, quiet = readers_pages()
    print(f"while an issue leaves: {busy.told()}\nwhen it is stopped: {quiet.told()}")
    sys.exit(not (busy.ok and busy.waiting > 0))
