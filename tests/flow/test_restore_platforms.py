"""A day-old backup restored beside live loopback platforms; their journals say what readers saw."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from distributor.app import App
from distributor.calls import dispatch
from distributor.calls.desk.keeping import restore_backup
from distributor.config import load
from distributor.drills.names import story_name
from distributor.model import State
from tests.flow.test_verify_platforms import opened, read
from tests.platforms import Loop
from tests.support import HandClock

#: Longer than all looks at a platform (seconds).
LONG = 200


def drain(app: App) -> None:
    for deliverer in app.deliverers.values():
        while deliverer.run_once():
            pass


def settle(app: App, clock: HandClock) -> None:
    """Time passes until X and Telegram have nothing in doubt or due."""
    for _ in range(LONG):
        for verifier in app.verifiers.values():
            verifier.run_once()
        drain(app)
        counts = app.store.deliveries.counts()
        if all(set(counts[name]) <= {State.SENT} for name in ("x", "telegram")):
            return
        clock.advance(1)


def test_a_day_old_backup_beside_live_platforms_doubles_nothing_and_loses_nothing(loop: Loop) -> None:
    loop.configure()
    urls = loop.publish("Sent before the backup")
    with opened(loop) as (app, clock):
        read(app, clock)
        drain(app)
        urls += loop.publish("Waiting in the backup")
        read(app, clock)
        file = Path(dispatch(app, "backup", {})["path"])
        drain(app)
        urls += loop.publish("Sent after the backup")
        read(app, clock)
        drain(app)
    urls += loop.publish("Never seen by the store that was lost")
    settings = load(loop.config, environ={}, cwd=loop.folder)
    assert restore_backup(settings, file, datetime.now(UTC))["unknown"] == 3
    with opened(loop) as (app, clock):
        read(app, clock)
        drain(app)
        assert sum(loop.shown("x").values()) == sum(loop.shown("telegram").values()) == 3
        settle(app, clock)
        assert app.store.deliveries.counts()["x"] == {State.SENT: 4}
        assert app.store.deliveries.counts()["telegram"] == {State.SENT: 4}
        waiting = app.store.deliveries.list(channel="hook", state=State.UNKNOWN)
        assert {row["headline"] for row in waiting} == {
            "Sent after the backup",
            "Never seen by the store that was lost",
        }
        assert all(row["look_at"] is None for row in waiting)
    once = dict.fromkeys(map(story_name, urls), 1)
    assert dict(loop.shown("x")) == dict(loop.shown("telegram")) == once
