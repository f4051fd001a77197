"""A pushed flash: from the commit of its plan to its arrival at the platforms, while a great digest is being mailed."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from distributor.app import App, open_app
from distributor.clock import SystemClock
from distributor.config import load
from distributor.drills.demo import prepare
from distributor.drills.loopback import write_config
from distributor.drills.names import story_name
from distributor.engine.engine import Engine
from distributor.flows.ingest import Ingester
from distributor.sandbox.client import Running, start
from distributor.store.connection import open_writer
from distributor.store.opening import FILE
from tests.support import ToldSource, article

#: Seconds within which 99 of 100 flashes must have reached their platform.
MOST = 1.0
FLASHES = 200
#: Readers of the digest: enough that it is still being sent when the last flash has left.
READERS = 40_000
#: Between two flashes, about (seconds).
PAUSE = 0.1
PLATFORMS = {"x": "post", "telegram": "post", "hooks": "hook"}
#: Longest that the last flash may take to be seen before the benchmark gives up (seconds).
PATIENCE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Flashes:
    """What was measured, by platform, in seconds."""

    median: Mapping[str, float]
    p99: Mapping[str, float]
    #: mails that went out between the first flash and the last
    mails: int
    #: mails that were still to be sent after the last
    waiting: int

    @property
    def ok(self) -> bool:
        """In time everywhere, and the digest was under way all the while."""
        return max(self.p99.values()) <= MOST and self.mails > 0 and self.waiting > 0


def flashes() -> Flashes:
    """Send a digest, and flashes in the midst of it."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as name,
        start(Path(name) / "platforms") as platforms,
    ):
        folder = Path(name)
        prepare(platforms)
        app = _app(folder, platforms)
        with closing(app):
            engine = Engine(app)
            engine.start()
            try:
                return _measured(app, engine, platforms)
            finally:
                engine.stop()


def _app(folder: Path, platforms: Running) -> App:
    config = write_config(folder, platforms, {"news": "/rss.xml"}, slot="0 5 1 1 *")
    settings = load(config, environ={}, cwd=folder)
    open_app(settings, clock=SystemClock(), threaded=False).close()  # makes the store
    with closing(open_writer(settings.store_folder / FILE)) as writer:
        for sql in _READERS:
            writer.run(sql, {"count": READERS})
    return open_app(settings, clock=SystemClock(), threaded=True)


_READERS = (
    """WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)
       INSERT INTO subscribers (address, created_at) SELECT 'reader.' || i || '@example.org', 0 FROM n""",
    """INSERT INTO subscriptions (subscriber_id, topic, state, created_at, confirmed_at)
       SELECT id, 'daily', 'confirmed', 0, :count FROM subscribers""",
)


def _measured(app: App, engine: Engine, platforms: Running) -> Flashes:
    random = Random(1)
    _ingest(app, 0, urgency=5)
    app.digesters["daily"].run_slot(datetime.now(UTC), datetime.now(UTC))
    engine.wake()
    before = _mails(app)
    committed = {}
    for number in range(1, FLASHES + 1):
        story = _ingest(app, number, urgency=1)
        committed[story] = time.time()
        engine.wake()
        time.sleep(random.uniform(0, 2 * PAUSE))
    after = _mails(app)
    found = {name: _delays(platforms, name, committed) for name in PLATFORMS}
    return Flashes(
        median={name: statistics.median(delays) for name, delays in found.items()},
        p99={name: sorted(delays)[-(-len(delays) * 99 // 100) - 1] for name, delays in found.items()},
        mails=before - after,
        waiting=after,
    )


def _ingest(app: App, number: int, *, urgency: int) -> str:
    """Read a feed with one more story, as the clock does; the story's name."""
    told = replace(article(number, feed="news", published=datetime.now(UTC)), urgency=urgency)
    ingester: Ingester = app.ingesters["news"]
    Ingester(
        "news",
        ToldSource([told]),
        app.store.stories,
        routes=ingester._routes,
        audiences=ingester._audiences,
        publish_first=True,
    ).run_once(app.clock.now())
    return story_name(told.url)


def _mails(app: App) -> int:
    """Mails that are still to be sent."""
    counts = app.store.deliveries.counts()["mail"]
    return sum(count for state, count in counts.items() if state.value in ("planned", "due", "sending"))


def _delays(platforms: Running, name: str, committed: Mapping[str, float]) -> list[float]:
    """Seconds from each flash's commit to the platform's own line about it; waits until all are there."""
    end = time.monotonic() + PATIENCE
    while True:
        seen = {story_name(url): line["at"] for line in platforms.journal(name) for url in line["urls"]}
        if set(committed) <= set(seen):
            return [datetime.fromisoformat(seen[story]).timestamp() - at for story, at in committed.items()]
        assert time.monotonic() < end, f"{len(set(committed) - set(seen))} flashes never came to {name}"
        time.sleep(0.1)
