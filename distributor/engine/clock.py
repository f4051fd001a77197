"""The clock: APScheduler fires slots and chores (its only home), the rota feeds. The truth about "once" is never here.

A memory job store, UTC, no misfire loss: what was missed while the program was down is found in the store.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.interval import IntervalTrigger

from distributor.engine.rota import Rota
from distributor.errors import DistributorError, StoreDamaged

log = logging.getLogger(__name__)

#: Feeds read at the same moment; each is mostly waiting for a server.
AT_ONCE = 8
#: Seconds between two looks for a clock that was set, and the least that counts as a jump.
WATCH, JUMP = 5.0, 30.0
#: When what failed is tried again.
AFTER = timedelta(minutes=5)
#: Threads for all else, so that slow servers never delay a slot or a chore.
HOUSE = 4


class SlotTrigger(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types
    """Fires at the instants that a rule of ours gives, right on the nights when clocks change."""

    def __init__(self, next_slot: Callable[[datetime], datetime | None]) -> None:
        """``next_slot`` gives the first instant strictly after another."""
        self._next_slot = next_slot

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """The next instant; APScheduler asks after every firing."""
        return self._next_slot(previous_fire_time or now.astimezone(UTC))


class Timekeeper:
    """Fires what it was given, each in a thread of a small pool, never twice at the same moment."""

    def __init__(self, *, wall: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Nothing fires before :meth:`start`. ``wall`` is looked at for jumps alone."""
        self._scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(HOUSE), "feeds": ThreadPoolExecutor(AT_ONCE)},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
            timezone=UTC,
        )
        self._stopping = threading.Event()
        self._wall = wall
        #: names of what fires at an interval
        self._rhythms: list[str] = []
        self._rota = Rota(AT_ONCE)
        self._watch = threading.Thread(target=self._watch_for_jumps, name="clock-watch", daemon=True)

    def every(
        self, name: str, interval: timedelta, work: Callable[[], object], *, first: datetime, pool: str = "default"
    ) -> None:
        """Fire at ``first`` and then at every interval; ``pool`` is ``feeds`` for what waits for strangers' servers."""
        trigger = IntervalTrigger(seconds=interval.total_seconds(), start_date=first, timezone=UTC)
        run = self._told(name, work)
        self._scheduler.add_job(run, trigger, id=name, name=name, next_run_time=first, executor=pool)
        self._rhythms.append(name)

    def at(self, name: str, next_slot: Callable[[datetime], datetime | None], work: Callable[[], object]) -> None:
        """Fire at every instant of a rule."""
        self._scheduler.add_job(self._told(name, work), SlotTrigger(next_slot), id=name, name=name)

    def then(
        self, name: str, work: Callable[[], datetime | None], *, first: datetime, after: timedelta = AFTER
    ) -> None:
        """Run at ``first``, and then each time at the instant that the run before gave.

        Where it gave none or ended in an error, it is run again ``after`` a while.
        """
        self._rota.add(name, work, first=first, after=after)

    def at_once(self, name: str) -> None:
        """Run now what :meth:`then` was given; once more where it is running already."""
        self._rota.at_once(name)

    def start(self) -> None:
        """Begin."""
        self._scheduler.start()
        self._rota.start()
        self._watch.start()

    def stop(self) -> None:
        """Fire no more and wait for what is running; what has fired and waits for a thread is not begun."""
        self._stopping.set()
        self._rota.stop()
        if self._scheduler.running:
            self._watch.join()
            self._scheduler.shutdown(wait=True)

    def _watch_for_jumps(self) -> None:
        """Where the clock is set back, begin each rhythm anew: else no feed is read before the old hour comes again."""
        began = self._drift()
        while not self._stopping.wait(WATCH):
            now = self._drift()
            if now < began - JUMP:
                log.warning("the clock was set back by about %d s; feeds and chores begin anew", began - now)
                for name in self._rhythms:
                    self._scheduler.modify_job(name, next_run_time=datetime.now(UTC))
                self._rota.anew()
            began = now

    def _drift(self) -> float:
        """Seconds between the wall clock and one that nobody can set."""
        return self._wall().timestamp() - time.monotonic()

    def _told(self, name: str, work: Callable[[], object]) -> Callable[[], None]:
        """The work, with its errors in the log instead of in APScheduler's hands."""

        def run() -> None:
            if self._stopping.is_set():
                return
            try:
                work()
            except StoreDamaged:
                return  # the daemon says so, and ends
            except DistributorError as error:
                log.error("%s: %s", name, error)
            except Exception:
                log.exception("%s ended in an unexpected error", name)

        return run
