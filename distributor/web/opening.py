"""The web server as configured: which doors stand open. Decides nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from distributor.interfaces import Told

if TYPE_CHECKING:
    from distributor.app import App
    from distributor.web.hooks import Answer
    from distributor.web.server import WebServer


def open_web(app: App, answer: Answer, poke: Callable[[str], None]) -> WebServer | None:
    """The server, with its address taken and nothing answered yet; None where none is wanted. Raises ListenError.

    ``answer`` runs a call, ``poke`` has a feed read now.
    """
    if app.settings.web.listen is None:
        return None
    from distributor.web.hooks import PushHook
    from distributor.web.server import WebServer
    from distributor.web.site import make_site
    from distributor.web.websub import HubDoor

    told = {name: source for name, source in app.sources.items() if isinstance(source, Told)}
    for source in told.values():
        source.warm()
    hook = PushHook({name: source.keys for name, source in told.items() if source.keys}, answer, app.clock.now)
    door = HubDoor(app.store.hubs, poke, app.clock.now)
    host, port = app.settings.web.address
    return WebServer(make_site([*hook.routes, *door.routes]), host, port)
