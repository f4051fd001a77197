"""One process made of app, engine and control socket. Must not hold logic of its own beyond start, watch and stop."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any

from distributor.app import App, open_app
from distributor.calls import WAKING, dispatch
from distributor.calls.ahead.editing import judge, notice, read_file, under
from distributor.chat.opening import open_room
from distributor.clock import SystemClock
from distributor.control import ControlServer
from distributor.engine.engine import Engine
from distributor.engine.round import run_round
from distributor.errors import CallError, DistributorError, StoreError
from distributor.web.opening import open_web

if TYPE_CHECKING:
    from distributor.config import Settings

log = logging.getLogger(__name__)

#: Seconds between two looks at the editors' file.
LOOK = 2.0


def run(settings: Settings) -> None:
    """Own the store and work until SIGTERM or SIGINT; then finish what is in hand and return.

    Other editorial rules are taken over as by a start: what is in hand is finished, everything is opened anew.
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    present: Settings | None = settings
    while present is not None:
        present = _serve(present, stop)
    log.info("stopped")


def _serve(settings: Settings, stop: threading.Event) -> Settings | None:
    """Work until the end, or until other editorial rules are to be taken over: the settings with them."""
    with ExitStack() as stack:
        app = stack.enter_context(closing(open_app(settings, clock=SystemClock(), threaded=True)))

        def answer(name: str, args: Mapping[str, Any]) -> dict[str, Any]:
            told = dispatch(app, name, args)
            if name in WAKING:
                engine.wake()  # what somebody let go leaves now, not at the lanes' next look
            return told

        engine = Engine(app, open_room(app, answer))
        control = ControlServer(settings.store_folder, answer)
        stack.callback(control.close)
        web = open_web(app, answer, engine.polling.poke, engine.wake)
        if web is not None:
            stack.callback(web.close)
        engine.start()
        if web is not None:
            web.start()
        notify("READY=1")
        log.info("ready: %d feeds, %d channels, mode %s", len(app.sources), len(app.channels), app.mode)
        other = _watch(app, engine, stop)
        notify("STOPPING=1" if other is None else "RELOADING=1")
        if web is not None:
            web.close()
        engine.stop()
    return other


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


def _watch(app: App, engine: Engine, stop: threading.Event) -> Settings | None:
    """Wait for the stop, or for other editorial rules (they are returned); ping systemd's watchdog while the store
    answers and every lane moves.
    """
    limit = int(os.environ.get("WATCHDOG_USEC", "0")) / 1_000_000
    pause = limit / 3 if limit else 3600.0
    pinged, seen = time.monotonic(), None
    while not stop.wait(min(pause, LOOK)):
        if (found := _changed(app, seen)) is not None:
            seen = found
            if (other := taken(app, found)) is not None:
                log.info("the editors' file has changed: its rules are taken over")
                return other
        if time.monotonic() - pinged >= pause:
            pinged = time.monotonic()
            _ping(engine)
    return None


def _changed(app: App, seen: str | None) -> str | None:
    """What stands in the editors' file, where it is not what was seen last; None also where it cannot be read."""
    try:
        found = read_file(app)
    except CallError:
        return None
    return None if found == seen else found


def taken(app: App, text: str) -> Settings | None:
    """The settings with a new text's rules; None where they are those in force, or cannot be."""
    try:
        notice(app, app.clock.now())
        other = None if judge(app, text) else under(app, text)
    except DistributorError as error:
        log.error("the editors' file could not be looked at: %s", error)
        return None
    return None if other == app.settings else other


def _ping(engine: Engine) -> None:
    try:
        healthy = engine.healthy()
    except StoreError:
        log.exception("the store does not answer")
        healthy = False
    if healthy:
        notify("WATCHDOG=1")
    else:
        log.error("a lane does not move or the store does not answer: no sign of life to systemd")
