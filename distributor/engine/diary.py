"""When troubles are looked for, the heart beats and the day is reconciled. Decides nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from distributor.app import App
from distributor.engine.clock import Timekeeper
from distributor.engine.daybook import Daybook
from distributor.engine.heartbeat import Heartbeat
from distributor.engine.troubles import Troubles
from distributor.inlets import fetcher
from distributor.rules.queue.timing import parse_schedule

#: How often feeds, room and lanes are looked at.
LOOK = timedelta(minutes=5)


def lay_out(
    timekeeper: Timekeeper, app: App, troubles: Troubles, is_healthy: Callable[[], bool]
) -> tuple[Heartbeat, Daybook]:
    """Put all of it on the clock; what beats and what reconciles, so that they can be asked."""
    now, settings = app.clock.now(), app.settings
    heartbeat = Heartbeat(
        file=settings.alerts.heartbeat_file,
        url=settings.alerts.heartbeat_url,
        fetcher=fetcher(settings.net, settings.net.proxy),
        is_well=lambda: _is_well(app, is_healthy),
        fence=lambda: app.fence if settings.mode == "live" else "",
        summary=lambda: {"mode": app.mode, "alerts": len(app.store.alerts.open_alerts())},
    )
    timekeeper.every("troubles", LOOK, troubles.look, first=now + LOOK)
    timekeeper.every(
        "heartbeat", settings.alerts.heartbeat_every, lambda: heartbeat.beat(app.clock.now()), first=now, pool="feeds"
    )
    schedule, zone = parse_schedule(settings.alerts.reconcile), ZoneInfo(settings.desk.zone)
    daybook = Daybook(app, troubles)

    def next_slot(after: datetime) -> datetime | None:
        return schedule.after(after, zone)

    timekeeper.at("reconcile", next_slot, daybook.reconcile)
    return heartbeat, daybook


def _is_well(app: App, is_healthy: Callable[[], bool]) -> bool:
    """Whether the store can be written (StoreError where not) and every lane moves."""
    app.store.alerts.prove_writable(app.clock.now())
    return is_healthy()
