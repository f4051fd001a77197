"""The demo: one full round on loopback platforms, judged by what their journals say readers saw. Needs no credentials.

::

    platforms (a process of their own) <- stories published on the loopback newsroom
    distributor reads its feeds, posts, mails the digest -> journals -> truth -> result and a page to look at
"""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from distributor.app import open_app
from distributor.calls import dispatch
from distributor.clock import SystemClock
from distributor.config import load
from distributor.control import ask
from distributor.drills.loopback import FACTOR, READERS, SITE, write_config
from distributor.drills.names import story_name
from distributor.drills.page import write_page
from distributor.drills.process import Daemon
from distributor.drills.stories import STORIES
from distributor.drills.truth import Truth, feed_links, judge
from distributor.engine.round import run_round
from distributor.errors import DistributorError
from distributor.sandbox.client import Running, SandboxError, start

#: The sandbox's names of its platforms that show something to readers.
SHOWN = ("x", "telegram", "hooks", "smtp")
#: Most stories of the demo's digest.
MOST = 40
#: The live demo gives up after so many seconds.
PATIENCE = 180.0
#: How far ahead the live demo's digest is: a whole minute, and time enough to publish before it.
LEAD = timedelta(seconds=75)

#: Called again and again with what is visible so far; the command line draws it.
Show = Callable[[Mapping[str, int], int, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a demo proved."""

    stories: int
    planned: int
    unknown: int
    truth: Truth
    #: the page that shows every post and mail as a reader would see it; None when none was asked for
    page: Path | None

    @property
    def ok(self) -> bool:
        """Every routed story visible exactly once everywhere, and one digest to each reader."""
        bad = self.truth.doubled + self.truth.missing + self.truth.strange + self.unknown
        return bad == 0

    def json(self) -> dict[str, Any]:
        """The documented shape of ``demo --once --json``."""
        return {
            "ok": self.ok,
            "stories": self.stories,
            "planned": self.planned,
            "visible": dict(self.truth.visible),
            "doubled": self.truth.doubled,
            "missing": self.truth.missing,
            "unknown": self.unknown,
            "strange": self.truth.strange,
            "limit_factor": FACTOR,
            "page": str(self.page) if self.page else None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """What the loopback newsroom will publish."""

    #: name of each feed and its path on the newsroom's site
    feeds: Mapping[str, str]
    #: publishes everything and gives the stories' addresses
    publish: Callable[[Running], Sequence[str]]


def run_demo(*, stories: Path | None, out: Path | None, show: Show | None = None) -> Result:
    """One demo; with ``show`` against a real daemon in a process of its own, otherwise one round in this one.

    ``stories`` is a feed file or a folder of feed files; ``out`` the folder for the page. Raises DistributorError
    for a file that is not a feed, and where the loopback platforms do not start.
    """
    edition = builtin() if stories is None else from_files(stories)
    try:
        return _run(edition, out, show)
    except SandboxError as error:
        raise DistributorError(str(error)) from error


def _run(edition: Edition, out: Path | None, show: Show | None) -> Result:
    with TemporaryDirectory(prefix="distributor-demo-") as folder:
        work = Path(folder)
        with start(work / "platforms") as platforms:
            prepare(platforms)
            round_ = _once(work, platforms, edition) if show is None else _live(work, platforms, edition, show)
            journals = {name: platforms.journal(name) for name in SHOWN}
            truth = judge(round_.published, journals, readers=READERS, most=MOST)
            page = None if out is None else write_page(out, journals, platforms)
    return Result(stories=len(round_.published), planned=round_.planned, unknown=round_.unknown, truth=truth, page=page)


def prepare(platforms: Running) -> None:
    """Widen the rate limits, and let the newsroom's pages have a name that X takes for an address."""
    for platform in ("x", "telegram"):
        platforms.control(platform, "config", {"factor": FACTOR})
    platforms.control("site", "config", {"base": SITE, "full_text": True, "items": 500})


def builtin() -> Edition:
    """The stories that come with the program, in two sections."""
    sections = dict.fromkeys(story["section"] for story in STORIES)

    def publish(platforms: Running) -> Sequence[str]:
        return [str(platforms.control("site", "publish", story)["url"]) for story in STORIES]

    return Edition(feeds={section: f"/{section}/rss.xml" for section in sections}, publish=publish)


def from_files(path: Path) -> Edition:
    """The stories of one's own feed files, served by the loopback newsroom as they are."""
    files = sorted(one for one in path.iterdir() if one.is_file()) if path.is_dir() else [path]
    documents = {f"feed-{number}": file.read_bytes() for number, file in enumerate(files, 1)}
    if not documents:
        raise DistributorError(f"{path} holds no feed file")
    try:
        links = [link for document in documents.values() for link in feed_links(document)]
    except ValueError as error:
        raise DistributorError(f"{path} cannot be judged: {error}") from error

    def publish(platforms: Running) -> Sequence[str]:
        served = {
            f"/{name}.xml": {"body_base64": b64encode(document).decode(), "content_type": "application/xml"}
            for name, document in documents.items()
        }
        platforms.control("site", "config", {"raw": served})
        return list({story_name(link): link for link in links}.values())

    return Edition(feeds={name: f"/{name}.xml" for name in documents}, publish=publish)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Round:
    """One round that has been run, before it is judged."""

    published: Sequence[str]
    planned: int
    unknown: int


class ShiftedClock(SystemClock):
    """The real clock, set ahead: the digest's slot comes when the round is ready for it."""

    ahead = timedelta(0)

    def now(self) -> datetime:
        """The real instant and what it was set ahead."""
        return super().now() + self.ahead


def _once(work: Path, platforms: Running, edition: Edition) -> _Round:
    """Publish everything, read it, send it; then the next minute's slot comes, and the digest leaves."""
    published = edition.publish(platforms)
    settings = load(
        write_config(work, platforms, dict(edition.feeds), slot="* * * * *", most=MOST), environ={}, cwd=work
    )
    clock = ShiftedClock()
    with closing(open_app(settings, clock=clock, threaded=False)) as app:
        for reader in READERS:
            dispatch(app, "subscribe", {"address": reader, "topics": ["daily"]})
        run_round(app)
        clock.ahead = timedelta(minutes=1)
        run_round(app)
        return _Round(published=published, **_ledger(dispatch(app, "status", {})))


def _live(work: Path, platforms: Running, edition: Edition, show: Show) -> _Round:
    """The real daemon in a process of its own; stories are published while it runs."""
    slot = datetime.now(UTC) + LEAD
    cron = f"{slot.minute} {slot.hour} * * *"
    config = write_config(work, platforms, dict(edition.feeds), slot=cron, most=MOST)
    with _daemon(config, work / "daemon.log") as state:
        for reader in READERS:
            ask(state, "subscribe", {"address": reader, "topics": ["daily"]})
        published = edition.publish(platforms)
        _wait(platforms, published, show, f"the digest leaves at {slot:%H:%M} UTC")
        return _Round(published=published, **_ledger(ask(state, "status", {}) or {}))


def _wait(platforms: Running, published: Sequence[str], show: Show, note: str) -> None:
    """Show what is visible until everything is, or patience ends."""
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE:
        journals = {name: platforms.journal(name) for name in SHOWN}
        truth = judge(published, journals, readers=READERS, most=MOST)
        show(truth.visible, len(published), note)
        if not truth.missing:
            return
        time.sleep(0.3)


@contextmanager
def _daemon(config: Path, log: Path) -> Iterator[Path]:
    """``distributor run`` as a process, answering; stopped with SIGTERM at the end. Gives its state folder."""
    daemon = Daemon(config, log)
    try:
        daemon.ready()
        yield config.parent / "state"
        daemon.stop()
    finally:
        daemon.kill()


def _ledger(status: Mapping[str, Any]) -> dict[str, int]:
    """What our own ledger counts: rows planned to be sent, and rows whose fate is unknown."""
    rows = list(status["counts"].values())
    planned = sum(count for states in rows for state, count in states.items() if state != "skipped")
    return {"planned": planned, "unknown": sum(states.get("unknown", 0) for states in rows)}
