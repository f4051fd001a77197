"""The running engine: the clock fires, the lanes send. Must not know a platform."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial

from distributor.app import App, charge_reads
from distributor.calls.delivery.stopping import finish_stops
from distributor.engine.chatting import Chatter, Desk
from distributor.engine.clock import Timekeeper
from distributor.engine.diary import lay_out
from distributor.engine.lanes import Lane
from distributor.engine.lookout import Lookout
from distributor.engine.mailroom import MailboxReading
from distributor.engine.polling import Polling
from distributor.engine.rounds import Rounds
from distributor.engine.telling import Telling
from distributor.engine.troubles import Troubles
from distributor.engine.upkeep import Upkeep
from distributor.engine.watching import Watch
from distributor.flows.digest import Digester
from distributor.flows.ingest import Ingested, Ingester
from distributor.flows.pause import Pauses

log = logging.getLogger(__name__)

#: Closing issues, expiring leases.
CHORES = timedelta(seconds=10)
#: How often somebody looks whether a paused channel's time to be asked has come (``rules.queue.pausing``).
LOOK_AT_PAUSES = timedelta(minutes=1)
#: How often slots are looked for that the clock missed: a reader may have chosen an earlier one.
MISSED = timedelta(minutes=1)
#: How long all first looks for posts by hand together may hold up the start, seconds.
FIRST_LOOKS = 1.0
#: How long a stop waits for what is at the wire.
GRACE = 30.0


class Engine:
    """Runs an app until it is stopped."""

    def __init__(self, app: App, room: Desk | None = None) -> None:
        """Lay out lanes and schedules; nothing runs before :meth:`start`. ``room`` is the operations chat's."""
        self._app = app
        self._chatters = [] if room is None else [Chatter(room)]
        ledger = app.store.deliveries
        self.lanes: Mapping[str, Lane] = {
            name: Lane(deliverer, ledger, app.clock) for name, deliverer in app.deliverers.items()
        }
        self._all = [
            *self.lanes.values(),
            *(Lane(deliverer, ledger, app.clock, urgent=True) for deliverer in app.deliverers.values()),
        ]
        self._lookouts = [
            Lookout(verifier, self.wake, is_live=lambda: not app.fence) for verifier in app.verifiers.values()
        ]
        self._watches = [Watch(watcher, is_live=lambda: not app.fence) for watcher in app.watchers]
        self._tellings = [Telling(teller, is_live=lambda: app.mode == "live") for teller in app.tellers.values()]
        self._pauses = Pauses(app.channels, ledger, app.store.alerts, begun=app.clock.now())
        self._timekeeper = Timekeeper()
        self._last_chores = app.clock.now()
        self.troubles = Troubles(app, self._all, self.wake)
        self.heartbeat, self._daybook = lay_out(self._timekeeper, app, self.troubles, self.healthy)
        self.polling = Polling(app, self._timekeeper, lambda name: self.read(app.ingesters[name]))
        self._lay_out()

    def start(self) -> None:
        """Begin to send and to read, after a moment for what was posted by hand while the program was down.

        What the clock holds is looked at anew, for the policy may be another.
        """
        self._app.store.holds.reconsider()
        finish_stops(self._app)
        for watch in self._watches:
            watch.start()
        end = time.monotonic() + FIRST_LOOKS
        for watch in self._watches:
            watch.looked(max(0.0, end - time.monotonic()))
        for lane in self._all:
            lane.start()
        for lookout in self._lookouts:
            lookout.start()
        for telling in self._tellings:
            telling.start()
        for chatter in self._chatters:
            chatter.start()
        self._timekeeper.start()

    def stop(self) -> None:
        """Make no new claims, finish what is in hand, free the rest."""
        running = self._threads()
        for part in running:
            part.stop()
        self._timekeeper.stop()
        end = time.monotonic() + GRACE  # one for all: a service manager waits only so long
        late = [part.name for part in running if not part.join(max(0.0, end - time.monotonic()))]
        if late:
            log.warning("still at the wire after %s s: %s", GRACE, ", ".join(late))
        self._app.store.deliveries.give_back()
        charge_reads(self._app)

    def healthy(self) -> bool:
        """Whether the store answers and every lane moves; the watchdog asks."""
        now = self._app.clock.now()
        self._app.store.deliveries.channels()
        return all(lane.alive(now) for lane in self._all) and all(one.running() for one in self._lookouts)

    def wake(self, channel: str = "") -> None:
        """Something was planned, or may go on: on one channel, or on all."""
        for lane in self._all:
            if channel in ("", lane.name):
                lane.wake()

    def read(self, ingester: Ingester) -> Ingested:
        """Read one feed now, and wake the lanes when it brought something."""
        result = ingester.run_once(self._app.clock.now())
        self.troubles.feed_read(result)
        if result.error:
            log.warning("feed %s: %s", result.feed, result.error)
        if result.changes:
            log.info("feed %s: %d new or changed", result.feed, len(result.changes))
            self.wake()
            for name in self._app.heralds:
                self._herald(name)
        return result

    def _threads(self) -> Sequence[Rounds]:
        return [*self._all, *self._lookouts, *self._watches, *self._tellings, *self._chatters]

    def _lay_out(self) -> None:
        app, now = self._app, self._app.clock.now()
        for name, digester in app.digesters.items():
            self._timekeeper.at(f"digest {name}", digester.next_slot, self._issuing(digester))
            self._timekeeper.every(f"digest {name}, what was missed", MISSED, self._issuing(digester), first=now)
            self._timekeeper.every(f"digest {name}, at once", MISSED, partial(self._herald, name), first=now)
        self._timekeeper.every("chores", CHORES, self.chores, first=now + CHORES)
        Upkeep(app, self.wake).lay_out(self._timekeeper)
        MailboxReading(app, self.troubles, self.wake).lay_out(self._timekeeper)
        self._timekeeper.every("paused channels", LOOK_AT_PAUSES, self.ask_paused, first=now)

    def chores(self) -> None:
        """Close what is finished, and make unknown what never came back."""
        now = self._app.clock.now()
        if now < self._last_chores:  # the clock was set back: no wait of the time that never was may last
            self._app.store.holds.reconsider()
        self._last_chores = now
        self._app.store.issues.close_done(now)
        charge_reads(self._app)
        self._tell_pauses()
        lost = self._app.store.deliveries.expire(now)
        if lost:
            log.error("%d deliveries never came back from the wire; their outcome is unknown", lost)

    def ask_paused(self) -> None:
        """Ask paused channels whose time has come, by a harmless call, whether their credentials work again."""
        for name in self._pauses.ask(self._app.clock.now()):
            self.wake(name)
        self._tell_pauses()

    def _tell_pauses(self) -> None:
        if self._pauses.tell(self._app.clock.now()):
            self.wake()

    def _herald(self, name: str) -> None:
        """Mail what is new to those of a digest's readers who get it at once."""
        herald = self._app.heralds[name]
        if herald.run_once(self._app.clock.now()):
            self.wake(herald.digest.channel)

    def _issuing(self, digester: Digester) -> Callable[[], object]:
        def work() -> None:
            for issue in digester.run_due(self._app.clock.now()):
                log.info("digest %s: issue %d is open", digester.digest.name, issue)
                self.wake(digester.digest.channel)

        return work
