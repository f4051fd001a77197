"""The web server as configured: which doors stand open. Decides nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from distributor.channels import kinds
from distributor.interfaces import Told
from distributor.net.signed import key_of
from distributor.reception import titles

if TYPE_CHECKING:
    from socket import socket

    from starlette.requests import Request
    from starlette.routing import Route

    from distributor.app import App
    from distributor.config import Settings
    from distributor.flows.online import Online
    from distributor.render.pages import Pages
    from distributor.web.desk.frame import Frame
    from distributor.web.hooks import Answer
    from distributor.web.server import WebServer

#: Seconds after the start when the desk's pages are compiled, and between two of them: what is to be sent goes first.
WARMED_AFTER, BREATH = 5.0, 0.1


def take_address(settings: Settings) -> socket | None:
    """The configured address, so that nobody else takes it; None where none is wanted. Raises ListenError."""
    if settings.web.listen is None:
        return None
    from distributor.web.server import listen

    return listen(*settings.web.address)


def open_web(
    app: App,
    answer: Answer,
    poke: Callable[[str], None],
    wake: Callable[[], None] = lambda: None,
    taken: socket | None = None,
) -> WebServer | None:
    """The server, with its address taken and nothing answered yet; None where none is wanted. Raises ListenError.

    ``answer`` runs a call, ``poke`` has a feed read now, ``wake`` has the lanes look for something to send; ``taken``
    is the address where it was taken before.
    """
    if app.settings.web.listen is None:
        return None
    from distributor.web.bounces import BounceHook
    from distributor.web.hooks import PushHook
    from distributor.web.readers.hook import SubscriberHook
    from distributor.web.server import WebServer
    from distributor.web.site import make_site
    from distributor.web.websub import HubDoor

    told = {name: source for name, source in app.sources.items() if isinstance(source, Told)}
    for source in told.values():
        source.warm()
    hook = PushHook({name: source.keys for name, source in told.items() if source.keys}, answer, app.clock.now)
    bounces = BounceHook(app.mailroom.hooks, app.mailroom.clerk, app.clock.now)
    door = HubDoor(app.store.hubs, poke, app.clock.now)
    readers = SubscriberHook(_keys(app), answer, app.clock.now)
    doors = [*hook.routes, *bounces.routes, *door.routes, *readers.routes]
    pages = make_pages(app.settings)
    routes = [*doors, *readers_routes(app, wake, pages), *desk_routes(app, answer, pages)]
    host, port = app.settings.web.address
    return WebServer(make_site(routes, stands(app)), host, port, taken, partial(_warm, app.settings, pages))


def make_pages(settings: Settings) -> Pages:
    """Every page of the web, by the newsroom's own templates where it has some."""
    from distributor.render.pages import Pages

    own = () if settings.desk.templates is None else (settings.desk.templates,)
    return Pages(own, settings.desk.zone)


def _warm(settings: Settings, pages: Pages) -> None:
    """Compile readers' pages, for which two hundred may ask at once, and by and by those of the desk."""
    if settings.web.pages is not None:
        pages.warm("reader-")
        pages.warm("public-")
    if settings.web.desk:
        later = threading.Timer(WARMED_AFTER, partial(pages.warm, "desk/", breath=BREATH))
        later.name, later.daemon = "warming", True
        later.start()


def stands(app: App) -> Callable[[Request], bool]:
    """Whether what a request asks for stands on the host that it asks."""
    from distributor.web.desk.origin import Origin
    from distributor.web.hosts import Hosts

    web = app.settings.web
    hosts, origin = Hosts(web.public, web.readers, web.readers_before), Origin(web.public, web.proxies)
    return lambda request: hosts.answers(origin.host(request), request.url.path)


def _keys(app: App) -> Sequence[bytes]:
    """What signs messages about readers; none: nobody may send any."""
    readers = app.settings.readers
    return [key_of(one, "readers.secret") for one in (readers.secret, readers.previous_secret) if one is not None]


def readers_routes(app: App, wake: Callable[[], None] = lambda: None, pages: Pages | None = None) -> Sequence[Route]:
    """Every page that readers reach; there are none where no link could lead to them."""
    settings, address = app.settings, app.settings.web.pages
    if address is None:
        return ()
    from distributor.rules.mail.readers.dialling import Offer
    from distributor.rules.mail.sections import offered as sections
    from distributor.web.readers.dials import DialsDoor
    from distributor.web.readers.following import FollowingDoor
    from distributor.web.readers.frame import Frame, House
    from distributor.web.readers.leaving import LeavingDoor
    from distributor.web.readers.public import PublicDoor
    from distributor.web.readers.subscribing import ListView, SubscribingDoor

    house = House(
        name=settings.desk.name,
        language=settings.desk.language,
        imprint=settings.mail.imprint,
        titles=titles(settings),
        proxies=settings.readers.proxies,
    )
    frame = Frame(pages or make_pages(settings), house, wake)
    offered = [
        ListView(name=one.name, title=one.title, description=one.description, sections=sections(one))
        for one in settings.digests
        if one.offered
    ]
    public = PublicDoor(make_online(app), frame, app.store.key, address, app.clock.now, zone=settings.desk.zone)
    known = [Offer(topic=one.name, sections=sections(one), rhythms=one.rhythms) for one in settings.digests]
    offers = [one for one in known if one.topic in {each.name for each in offered}]
    known += [Offer(topic=one.name) for one in settings.channels if one.kind == "email"]
    return [
        *LeavingDoor(app.reception.leaving, frame).routes,
        *DialsDoor(app.reception.dialling, frame, offers, known).routes,
        *SubscribingDoor(app.reception.subscribing, frame, offered).routes,
        *FollowingDoor(app.store.archive, app.store.key, frame).routes,
        *public.routes(news=settings.web.news, corrections=settings.web.corrections, embed=settings.web.embed),
    ]


def make_online(app: App) -> Online:
    """What the public reads of what has left."""
    from distributor.flows.online import Online

    store = app.store
    public = [name for name, kind in kinds().items() if kind.is_public]
    return Online(
        store.archive,
        store.stories,
        store.issues,
        app.digests,
        frozen=store.doubts.frozen,
        render=app.renderer.issue_page,
        kinds=public,
    )


def desk_routes(app: App, answer: Answer, pages: Pages | None = None) -> Sequence[Route]:
    """The desk and its API; ``answer`` runs a call. There are none where they are not wanted."""
    settings = app.settings
    if not settings.web.desk:
        return ()
    from starlette.routing import Route

    from distributor.calls.desk.outside import receipt_of
    from distributor.flows.enter import Entering
    from distributor.web.desk.acts import Acts
    from distributor.web.desk.api import Api
    from distributor.web.desk.compose import ComposeDoor
    from distributor.web.desk.decide import DecideDoor
    from distributor.web.desk.deeds import DeedDoor
    from distributor.web.desk.frame import HOME, Frame, House
    from distributor.web.desk.gate import Gate
    from distributor.web.desk.mail.digests import DigestsDoor
    from distributor.web.desk.mail.importing import ImportDoor
    from distributor.web.desk.mail.readers import ReadersDoor
    from distributor.web.desk.now import NowDoor
    from distributor.web.desk.origin import Origin
    from distributor.web.desk.queue import QueueDoor
    from distributor.web.desk.receipts import ReceiptDoor
    from distributor.web.desk.ruling import RuleDoor
    from distributor.web.desk.schedules import SchedulesDoor
    from distributor.web.desk.stop import StopDoor
    from distributor.web.desk.story import StoryDoor
    from distributor.web.desk.supply import SupplyDoor

    house = House(name=settings.desk.name, zone=settings.desk.zone, language=settings.desk.language)
    origin = Origin(settings.web.public, settings.web.proxies)
    gate = Gate(Entering(app.store.people, app.store.logins, app.clock), origin)
    pages = pages or make_pages(settings)
    frame = Frame(pages, house, gate, lambda: answer("stopped", {}))
    receipts = ReceiptDoor(
        pages,
        house,
        lambda number: receipt_of(app, story) if (story := app.store.stories.get(number)) else None,
        app.store.key,
        app.clock.now,
        sites=settings.web.receipts,
    )
    acts = Acts(answer, app.store.people, app.clock.now)
    return [
        *frame.assets.routes,
        *login_routes(app, frame),
        *NowDoor(frame, answer).routes,
        *StopDoor(frame, answer).routes,
        *StoryDoor(frame, answer).routes,
        *DecideDoor(frame, answer).routes,
        *SchedulesDoor(frame, acts).routes,
        *RuleDoor(frame, acts).routes,
        *ComposeDoor(frame, answer, acts).routes,
        *QueueDoor(frame, answer).routes,
        *SupplyDoor(frame, answer).routes,
        *DeedDoor(frame, acts).routes,
        *DigestsDoor(frame, answer).routes,
        *ImportDoor(frame, answer, acts, app.clock.now).routes,
        *ReadersDoor(frame, answer, acts).routes,
        *Api(gate, acts).routes,
        *receipts.routes,
        # behind all others: what nobody else answers
        Route(f"{HOME}/{{rest:path}}", frame.nowhere, methods=["GET"]),
    ]


def login_routes(app: App, frame: Frame) -> Sequence[Route]:
    """The ways into the desk: by a password, and by the provider that is configured."""
    from distributor.flows.vouch import Vouched
    from distributor.vouching import label_of, make_provider
    from distributor.web.desk.login import LoginDoor
    from distributor.web.desk.openid import Offer, OpenIdDoor

    provider = make_provider(app.settings, app.clock.now)
    if provider is None:
        return LoginDoor(frame).routes
    offer = Offer(label=label_of(app.settings), public=app.settings.web.public or "")
    vouched = Vouched(provider, frame.gate.entering, app.clock)
    return [*LoginDoor(frame, offer).routes, *OpenIdDoor(frame, vouched).routes]
