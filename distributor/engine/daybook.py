"""The day before, reconciled by the clock: on record, in the log, and an alert for what nobody decided."""

from __future__ import annotations

import logging
from datetime import timedelta
from zoneinfo import ZoneInfo

from distributor.app import App
from distributor.engine.troubles import Troubles
from distributor.rules.fate.reconcile import sentence, undecided

log = logging.getLogger(__name__)


class Daybook:
    """Reconciles the day before, and asks SQLite whether its file is sound."""

    def __init__(self, app: App, troubles: Troubles) -> None:
        """``troubles`` raises what nobody decided."""
        self._app = app
        self._troubles = troubles

    def reconcile(self) -> None:
        """Once a day, by the clock."""
        now, zone = self._app.clock.now(), ZoneInfo(self._app.settings.desk.zone)
        day = now.astimezone(zone).date() - timedelta(days=1)
        found = self._app.store.daybook.reckon(day, zone, self._app.channels, now)
        told = [sentence(one) for one in found]
        for line in told:
            log.info("%s: %s", day, line)
        self._app.store.daybook.note(day, found, now)
        open_ends = "; ".join(sentence(one) for one in found if undecided(one))
        self._troubles.tell(
            "reconcile",
            f"{day}: {open_ends}" if open_ends else "",
            over=f"{day}: every story went where it should, or somebody decided otherwise",
            hint=f"distributor reconcile --day {day}",
        )
        broken = self._app.store.alerts.sanity()
        found_damaged = broken and f"SQLite finds its file damaged: {broken}"
        self._troubles.tell("sanity", found_damaged, over="the file is sound", hint="distributor restore FILE")
