"""One process made of app, engine and control socket. Must not hold logic of its own beyond start, watch and stop."""

from __future__ import annotations

import gc
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from distributor.app import App, open_app
from distributor.calls import WAKING, dispatch
from distributor.calls.ahead.editing import accept, judge, notice, read_file, refuse, under
from distributor.chat.opening import open_room
from distributor.clock import SystemClock
from distributor.control import PATIENCE, ControlServer
from distributor.engine.engine import Engine
from distributor.engine.round import run_round
from distributor.errors import CallError, DistributorError, StoreError
from distributor.store.opening import Store, open_store
from distributor.web.opening import open_web, take_address

if TYPE_CHECKING:
    from distributor.config import Settings

log = logging.getLogger(__name__)

#: Seconds between two looks at the editors' file.
LOOK = 2.0
#: What has stood in it for so long is whole (seconds).
SETTLED = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Under what the program works."""

    settings: Settings
    #: the editors' file that they were read from; empty at the start
    text: str = ""
    #: another text of it, which could not be taken over; None: there is none
    refused: str | None = None


class House:
    """What stands through a change of rules: the store with its lock, the web's address, the control socket.

    So nobody else can take one of them meanwhile, and calls and requests that come meanwhile wait.
    """

    def __init__(self, settings: Settings, stack: ExitStack) -> None:
        """Take everything; ``stack`` gives it back. Raises StoreError, ListenError."""
        self.store: Store = stack.enter_context(closing(open_store(settings.store_folder, threaded=True)))
        self.address = take_address(settings)
        if self.address is not None:
            stack.callback(self.address.close)
        self._run: Callable[[str, Mapping[str, Any]], dict[str, Any]] | None = None
        self._served = threading.Condition()
        stack.callback(ControlServer(settings.store_folder, self.answer).close)

    def answer(self, name: str, args: Mapping[str, Any]) -> dict[str, Any]:
        """Run a call, as soon as there is somebody to run it. Raises CallError."""
        with self._served:
            if not self._served.wait_for(lambda: self._run is not None, PATIENCE):
                raise CallError("no_answer", "the program is still being opened")
            run = self._run
        assert run is not None
        return run(name, args)

    def serve(self, run: Callable[[str, Mapping[str, Any]], dict[str, Any]] | None) -> None:
        """From now on calls are run so; None: they wait."""
        with self._served:
            self._run = run
            self._served.notify_all()


def run(settings: Settings) -> None:
    """Own the store and work until SIGTERM or SIGINT; then finish what is in hand and return."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    work(settings, stop)
    log.info("stopped")


def work(settings: Settings, stop: threading.Event) -> None:
    """Own the store and work until the stop.

    Other editorial rules are taken over as by a start: what is in hand is finished, everything is opened anew. Where
    that does not succeed, the work goes on under the rules before, and somebody is told. Raises StoreDamaged as soon as
    the database is found damaged: nothing can be put on record any more, and what is not on record must not leave.
    """
    with ExitStack() as stack:
        house = House(settings, stack)
        house.store.damage.then(stop.set)
        now, before, refusal = Rules(settings=settings), None, ""
        while True:
            with ExitStack() as running:
                try:
                    app, engine = _open(house, now.settings, running)
                except Exception as error:
                    if before is None or house.store.damage.found:
                        raise
                    log.exception("the new rules could not be taken over; the rules before them stay in force")
                    refusal = _plainly(error)
                    now, before = replace(before, refused=now.text), None
                    continue
                if refusal:
                    _tell(app, now.refused or "", refusal)
                other = _watch(app, engine, stop, now.refused)
                notify("STOPPING=1" if other is None else "RELOADING=1")
            del app, engine  # they go before what follows them is frozen
            if house.store.damage.found:
                raise house.store.damage.found
            if other is None:
                return
            now, before, refusal = other, now, ""


def _open(house: House, settings: Settings, running: ExitStack) -> tuple[App, Engine]:
    """Everything opened and at work under these settings; ``running`` ends it, also where it could only be begun."""
    app = running.enter_context(closing(open_app(settings, clock=SystemClock(), threaded=True, kept=house.store)))

    def answer(name: str, args: Mapping[str, Any]) -> dict[str, Any]:
        told = dispatch(app, name, args)
        if name in WAKING:
            engine.wake()  # what somebody let go leaves now, not at the lanes' next look
        return told

    running.callback(house.serve, None)
    engine = Engine(app, open_room(app, house.answer))
    running.callback(engine.stop)
    web = open_web(app, house.answer, engine.polling.poke, engine.wake, house.address)
    if web is not None:
        running.callback(web.close)
    _settle()
    engine.start()
    house.serve(answer)
    if web is not None:
        web.start()
    notify("READY=1")
    log.info("ready: %d feeds, %d channels, mode %s", len(app.sources), len(app.channels), app.mode)
    return app, engine


def _settle() -> None:
    """From now on, the collector of cycles looks only at what comes; at what is there already, it has looked.

    A full round took it 150 ms and more, in which no thread could go on.
    """
    gc.unfreeze()  # what stood under other rules goes now
    gc.collect()
    gc.freeze()


def _plainly(error: Exception) -> str:
    """What people are told of it; what is no error of ours may show anything."""
    return str(error) if isinstance(error, DistributorError) else f"{type(error).__name__}; the log has the details"


def _tell(app: App, text: str, reason: str) -> None:
    try:
        refuse(app, text, reason, app.clock.now())
    except StoreError as error:
        log.error("what came of the new rules cannot be put on record: %s", error)


def run_once(settings: Settings) -> Mapping[str, Any]:
    """Read every feed once, open the issues that are due, send what is due, and give the sums."""
    with closing(open_app(settings, clock=SystemClock(), threaded=False)) as app:
        room = open_room(app, lambda name, args: dispatch(app, name, args))
        done = run_round(app)
        if room is not None:
            room.work()
        feeds = [
            {"name": one.feed, "articles": one.articles, "changes": len(one.changes), "error": one.error or None}
            for one in done.feeds
        ]
        return {"read": feeds, "issues": done.issues, "handled": done.handled, **dispatch(app, "status", {})}


def notify(state: str) -> None:
    """Tell systemd (sd_notify(3)); silent where nobody listens, for a lost word must not end the work."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as wire:
            wire.settimeout(1.0)  # a manager that reads no more must not hold up the stop
            wire.connect("\0" + address[1:] if address.startswith("@") else address)
            wire.sendall(state.encode())
    except OSError as error:
        log.warning("the service manager could not be told %s: %s", state, error.strerror or error)


def _watch(app: App, engine: Engine, stop: threading.Event, seen: str | None = None) -> Rules | None:
    """Wait for the stop, or for other editorial rules (they are returned); ping systemd's watchdog while the store
    answers and every lane moves. What was ``seen`` in the editors' file is not looked at again.
    """
    limit = int(os.environ.get("WATCHDOG_USEC", "0")) / 1_000_000
    pause = limit / 3 if limit else 3600.0
    pinged = time.monotonic()
    while not stop.wait(min(pause, LOOK)):
        if (found := _changed(app, seen)) is not None:
            seen = found
            if (other := taken(app, found)) is not None:
                log.info("the editors' file has changed: its rules are taken over")
                return Rules(settings=other, text=found)
        if time.monotonic() - pinged >= pause:
            pinged = time.monotonic()
            _ping(engine)
    return None


def _changed(app: App, seen: str | None) -> str | None:
    """What stands in the editors' file, where it is not what was seen last; None also where it cannot be read, or is
    just being written in place.
    """
    try:
        found = read_file(app)
        if found == seen:
            return None
        time.sleep(SETTLED)
        return found if read_file(app) == found else None
    except CallError:
        return None


def taken(app: App, text: str) -> Settings | None:
    """The settings with a new text's rules; None where they are those in force, or cannot be."""
    try:
        notice(app, app.clock.now())
        other = None if judge(app, text) else under(app, text)
        if other == app.settings:
            accept(app, text, app.clock.now())
            other = None
    except DistributorError as error:
        log.error("the editors' file could not be looked at: %s", error)
        return None
    return other


def _ping(engine: Engine) -> None:
    try:
        healthy = engine.healthy()
    except StoreError as error:
        log.error("the store does not answer: %s", error)
        healthy = False
    if healthy:
        notify("WATCHDOG=1")
    else:
        log.error("a lane does not move or the store does not answer: no sign of life to systemd")
