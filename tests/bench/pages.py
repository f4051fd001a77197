"""The desk's pages and readers' over a store of years: what each call and each page costs.

``python -m tests.bench.pages [FOLDER]`` alone; a folder keeps the store, which takes minutes to make.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from starlette.testclient import TestClient

from distributor.app import App
from distributor.calls import dispatch
from distributor.errors import CallError
from distributor.rules.mail.links import Links
from distributor.rules.mail.tokens import Purpose, Ticket
from distributor.store.opening import FILE
from distributor.web.desk.frame import HOME, ROOMS
from distributor.web.desk.now import LISTS
from distributor.web.opening import desk_routes, readers_routes
from distributor.web.site import make_site
from tests.apps import told_app
from tests.bench.great import CHANNELS, CONFIG, Size, fill
from tests.support import NOON, HandClock, ToldChannel

#: Milliseconds of CPU that were promised of every page, with the size's stories and readers.
MOST = 50.0
RUNS = 7
#: Where the desk and readers' pages stand.
PUBLIC = "http://127.0.0.1:8464"
CALLS: Mapping[str, Mapping[str, Any]] = {
    "now": {},
    "handover": {"hours": 24},
    "channels": {},
    "feeds": {},
    "alerts": {},
    "stops": {},
    "held": {},
    "upcoming": {},
    "deliveries": {},
    "where": {"url": "STORY"},
    "story": {"url": "STORY"},
    "stories": {"words": "headline"},
    "decide": {},
    "issue_list": {},
    "digest_preview": {"name": "morning"},
}
#: Pages of the desk that are no room, and are opened daily. The story is the one that was told and changed most, the
#: issue is under way, the reader is the one who got most.
OTHERS = (
    "/decide?page=2",
    "/handover?hours=24",
    "/queue?week=2026-W48",
    "/queue/POST",
    "/story?url=STORY",
    "/story?words=headline",
    "/compose",
    "/stop",
    "/schedules/history",
    "/digests/issue/ISSUE",
    "/digests/issue/CLOSED",
    "/digests/preview/morning",
    "/digests/mail/morning",
    "/readers/reader/1",
    "/readers/import",
)
#: What readers open, of their own and of everybody's.
FOR_READERS = ("/r/subscribe", "/r/archive/morning", "/r/news", "/r/corrections", "/r/issue/CLOSED", "DIALS", "LEAVE")
BROWSER, PASSWORD = {"sec-fetch-site": "same-origin"}, "a long and quiet river"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What something took, in milliseconds."""

    #: of the processor, in whichever thread; whoever asks is in it. The least of some runs: what else the machine does
    #: can only add to it
    cpu: float
    #: the median of them
    wall: float

    def __str__(self) -> str:
        return f"{self.cpu:.0f} ({self.wall:.0f})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """What was measured."""

    size: Size
    calls: Mapping[str, Spent]
    pages: Mapping[str, Spent]
    #: the counts of a process that has counted nothing yet
    first_counts: Spent

    @property
    def slow(self) -> Mapping[str, Spent]:
        """The pages that cost too much."""
        return {path: spent for path, spent in self.pages.items() if spent.cpu > MOST}


def pages(size: Size | None = None, folder: Path | None = None) -> Pages:
    """Fill a store, or take the one that a folder keeps, and ask it what pages ask."""
    told, clock = size or Size(), HandClock()
    with ExitStack() as stack:
        place = folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        app = stack.enter_context(_newsroom(place, told, clock))
        first = _once(lambda: dispatch(app, "channels", {}))
        names = _names(app, told)
        calls = {name: _spent(partial(dispatch, app, name, _meant(args, names))) for name, args in CALLS.items()}
        browser = stack.enter_context(_browser(app))
        paths = [*ROOMS.values(), *(f"{HOME}/list/{one}" for one in LISTS), *(f"{HOME}{one}" for one in OTHERS)]
        seen = {path: _spent(partial(_got, browser, _named(path, names))) for path in paths}
        seen[f"{HOME}/readers, searched"] = _spent(partial(_got, browser, f"{HOME}/readers", {"text": "reader.77"}))
        seen["/receipt"] = _spent(partial(_got, browser, names["RECEIPT"]))
        for path in FOR_READERS:
            # what everybody gets is kept for a moment: each run is after it
            seen[path] = _spent(partial(_got, browser, _named(path, names)), lambda: clock.advance(600))
        return Pages(size=told, calls=calls, pages=seen, first_counts=first)


def told(found: Pages) -> str:
    """One line for each sort of question."""
    size = found.size
    return (
        f"pages: over {size.stories:,} stories, {size.readers:,} readers, {size.deliveries:,} deliveries: "
        f"the first page {found.pages[HOME].cpu:.0f} ms of CPU, the dearest {_dearest(found.pages)}\n"
        f"  CPU (and wall) of pages: {_list(found.pages)}\n"
        f"  of calls: {_list(found.calls)}; the first counts of a process {found.first_counts}"
    )


def _dearest(found: Mapping[str, Spent]) -> str:
    path = max(found, key=lambda one: found[one].cpu)
    return f"{path} {found[path].cpu:.0f}"


def _list(found: Mapping[str, Spent]) -> str:
    return ", ".join(f"{name} {spent}" for name, spent in found.items())


@contextmanager
def _newsroom(folder: Path, size: Size, clock: HandClock) -> Iterator[App]:
    if not (folder / "state" / FILE).exists():
        told_app(folder, config=CONFIG, channels={}).close()  # makes the store
        fill(folder / "state" / FILE, NOON, size)
    channels = {name: ToldChannel(name) for name in CHANNELS}
    with closing(told_app(folder, config=CONFIG, channels=channels, clock=clock)) as app:
        yield app


def _names(app: App, size: Size) -> Mapping[str, str]:
    """What stands for itself in paths and arguments."""
    story = f"https://news.example.org/politics/story-{size.told}/"
    links, issue = Links(PUBLIC, app.store.key), size.stories + size.planned + size.issues + 1
    return {
        "STORY": story,
        "ISSUE": str(issue),
        "CLOSED": str(issue - 1),
        "POST": str(dispatch(app, "deliveries", {"state": "held", "limit": 1})["deliveries"][0]["id"]),
        "RECEIPT": dispatch(app, "receipt_link", {"url": story})["path"],
        "DIALS": urlsplit(links.to(Purpose.DIALS, Ticket(subscriber=1))).path,
        "LEAVE": urlsplit(links.to(Purpose.LEAVE, Ticket(subscriber=1, topics=("morning",), number=0))).path,
    }


def _named(path: str, names: Mapping[str, str]) -> str:
    for name, value in names.items():
        path = path.replace(name, value)
    return path


def _meant(args: Mapping[str, Any], names: Mapping[str, str]) -> Mapping[str, Any]:
    return {key: names.get(value, value) if isinstance(value, str) else value for key, value in args.items()}


@contextmanager
def _browser(app: App) -> Iterator[TestClient]:
    """A browser in which an operator is logged in; the server's threads stay while it is open, as the daemon's do."""
    someone = {"who": "root", "through": "command line", "name": "Olga", "role": "operator", "password": PASSWORD}
    with suppress(CallError):  # a store that was kept knows them
        dispatch(app, "user_add", someone)
    site = make_site([*desk_routes(app, lambda name, args: dispatch(app, name, args)), *readers_routes(app)])
    with TestClient(site, base_url=PUBLIC) as browser:
        browser.post("/desk/login", data={"name": "Olga", "password": PASSWORD, "next": HOME}, headers=BROWSER)
        yield browser


def _got(browser: TestClient, path: str, form: Mapping[str, str] | None = None) -> None:
    answer = browser.get(path) if form is None else browser.post(path, data=dict(form), headers=BROWSER)
    assert answer.status_code == 200, f"{path}: {answer.status_code}"


def _spent(work: Callable[[], object], before: Callable[[], object] = lambda: None) -> Spent:
    work()
    found = []
    for _ in range(RUNS):
        before()
        found.append(_once(work))
    return Spent(
        cpu=min(one.cpu for one in found),
        wall=statistics.median(one.wall for one in found),
    )


def _once(work: Callable[[], object]) -> Spent:
    start, begun = time.process_time_ns(), time.perf_counter_ns()
    work()
    return Spent(cpu=(time.process_time_ns() - start) / 1e6, wall=(time.perf_counter_ns() - begun) / 1e6)


if __name__ == "__main__":
    result = pages(folder=Path(sys.argv[1]) if len(sys.argv) > 1 else None)
    print(told(result))
    sys.exit(1 if result.slow else 0)
