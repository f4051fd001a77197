"""The desk's pages over a store of years: what each call and each page costs. ``python -m tests.bench.pages`` alone."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from distributor.app import App
from distributor.calls import dispatch
from distributor.store.opening import FILE
from distributor.web.desk.frame import HOME, ROOMS
from distributor.web.desk.now import LISTS
from distributor.web.opening import desk_routes
from distributor.web.site import make_site
from tests.apps import told_app
from tests.bench.great import CHANNELS, CONFIG, Size, fill
from tests.support import NOON, ToldChannel

#: Milliseconds of the first page that were promised, with the size's stories and readers.
MOST = 50.0
RUNS = 7
STORY = "https://news.example.org/politics/story-99990/"
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
    "where": {"url": STORY},
    "story": {"url": STORY},
    "stories": {"words": "headline"},
    "decide": {},
    "issue_list": {},
    "digest_preview": {"name": "morning"},
}
BROWSER, PASSWORD = {"sec-fetch-site": "same-origin"}, "a long and quiet river"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """What was measured, in milliseconds of CPU, the median of some runs: the first, which may look further, is told
    apart.
    """

    size: Size
    calls: Mapping[str, float]
    pages: Mapping[str, float]
    #: the counts of a process that has counted nothing yet
    first_counts: float

    @property
    def ok(self) -> bool:
        """Whether the first page is fast enough."""
        return self.pages[HOME] <= MOST


def pages(size: Size | None = None) -> Pages:
    """Fill a store, and ask it what pages ask."""
    told = size or Size()
    with tempfile.TemporaryDirectory(prefix="bench-") as name, _newsroom(Path(name), told) as app:
        first = _spent(lambda: dispatch(app, "channels", {}))
        calls = {name: _median(partial(dispatch, app, name, args)) for name, args in CALLS.items()}
        browser = _browser(app)
        paths = [*ROOMS.values(), *(f"{HOME}/list/{one}" for one in LISTS)]
        seen = {path: _median(partial(_got, browser, path)) for path in paths}
        return Pages(size=told, calls=calls, pages=seen, first_counts=first)


def told(found: Pages) -> str:
    """One line for each sort of question."""
    size = found.size
    return (
        f"pages: over {size.stories:,} stories, {size.readers:,} readers, {size.deliveries:,} deliveries "
        f"({size.issues * size.mails + size.under_way:,} mails): the first page {found.pages[HOME]:.0f} ms of CPU\n"
        f"  pages: {_list(found.pages)}\n"
        f"  calls: {_list(found.calls)}; the first counts of a process {found.first_counts:.0f}"
    )


def _list(found: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {spent:.0f}" for name, spent in found.items())


@contextmanager
def _newsroom(folder: Path, size: Size) -> Iterator[App]:
    told_app(folder, config=CONFIG, channels={}).close()  # makes the store
    fill(folder / "state" / FILE, NOON, size)
    channels = {name: ToldChannel(name) for name in CHANNELS}
    with closing(told_app(folder, config=CONFIG, channels=channels)) as app:
        yield app


def _browser(app: App) -> TestClient:
    """A browser in which an operator is logged in."""
    someone = {"who": "root", "through": "command line", "name": "Olga", "role": "operator", "password": PASSWORD}
    dispatch(app, "user_add", someone)
    site = make_site(desk_routes(app, lambda name, args: dispatch(app, name, args)))
    browser = TestClient(site, base_url="http://127.0.0.1:8464")
    browser.post("/desk/login", data={"name": "Olga", "password": PASSWORD, "next": HOME}, headers=BROWSER)
    return browser


def _got(browser: TestClient, path: str) -> None:
    answer = browser.get(path)
    assert answer.status_code == 200, f"{path}: {answer.status_code}"


def _median(work: Callable[[], object]) -> float:
    work()
    return statistics.median(_spent(work) for _ in range(RUNS))


def _spent(work: Callable[[], object]) -> float:
    """Milliseconds of CPU of one run, in whichever thread."""
    start = time.process_time_ns()
    work()
    return (time.process_time_ns() - start) / 1e6


if __name__ == "__main__":
    result = pages()
    print(told(result))
    sys.exit(0 if result.ok else 1)
