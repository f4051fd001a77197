"""The web server as configured: which doors stand open. Decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from distributor.interfaces import Told
from distributor.reception import titles

if TYPE_CHECKING:
    from starlette.routing import Route

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
    return WebServer(make_site([*hook.routes, *door.routes, *readers_routes(app)]), host, port)


def readers_routes(app: App) -> Sequence[Route]:
    """Every page that readers reach; there are none where no link could lead to them."""
    if app.settings.web.public is None:
        return ()
    from distributor.render.pages import Pages
    from distributor.web.readers.frame import Frame, House
    from distributor.web.readers.leaving import LeavingDoor

    settings = app.settings
    own = () if settings.desk.templates is None else (settings.desk.templates,)
    house = House(
        name=settings.desk.name, language=settings.desk.language, imprint=settings.mail.imprint, titles=titles(settings)
    )
    frame = Frame(Pages(own, settings.desk.zone), house)
    return LeavingDoor(app.reception.leaving, frame).routes
