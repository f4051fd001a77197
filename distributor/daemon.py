"""One process made of app, engine and control socket. Must not hold logic of its own beyond start, watch and stop."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from collections.abc import Mapping
from contextlib import ExitStack, closing
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from distributor.app import open_app
from distributor.calls import WAKING, dispatch
from distributor.chat.opening import open_room
from distributor.clock import SystemClock
from distributor.control import ControlServer
from distributor.engine.engine import Engine
from distributor.engine.round import run_round
from distributor.errors import StoreError
from distributor.web.opening import open_web

if TYPE_CHECKING:
    from distributor.config import Settings

log = logging.getLogger(__name__)


def run(settings: Settings) -> None:
    """Own the store and work until SIGTERM or SIGINT; then finish what is in hand and return."""
    stop = threading.Event()
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
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        engine.start()
        if web is not None:
            web.start()
        notify("READY=1")
        log.info("ready: %d feeds, %d channels, mode %s", len(app.sources), len(app.channels), app.mode)
        _watch(engine, stop)
        notify("STOPPING=1")
        if web is not None:
            web.close()
        engine.stop()
    log.info("stopped")


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


def _watch(engine: Engine, stop: threading.Event) -> None:
    """Wait for the stop; ping systemd's watchdog while the store answers and every lane moves."""
    limit = int(os.environ.get("WATCHDOG_USEC", "0")) / 1_000_000
    pause = timedelta(seconds=limit / 3 if limit else 3600).total_seconds()
    while not stop.wait(pause):
        try:
            healthy = engine.healthy()
        except StoreError:
            log.exception("the store does not answer")
            healthy = False
        if healthy:
            notify("WATCHDOG=1")
        else:
            log.error("a lane does not move or the store does not answer: no sign of life to systemd")
