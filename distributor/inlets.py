"""How stories come in: every feed's source over the one guarded fetcher, and what reads it. Decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from distributor import __version__
from distributor.flows.hubs import HubKeeper
from distributor.flows.ingest import Ingester, SurgeGuard
from distributor.interfaces import Channel, Clock, Source, Told, Verifiable
from distributor.net import Fetcher
from distributor.outlets import make_editing
from distributor.rules.change.incoming import Door
from distributor.rules.reading.rhythm import Pace
from distributor.sources import Opening, kinds
from distributor.sources.guard import Guard
from distributor.sources.parsed import Reading
from distributor.text.marks import MarkKind

if TYPE_CHECKING:
    from distributor.config import FeedSettings, NetSettings, Settings
    from distributor.store.opening import Store

#: Seconds for which a connection to a server of feeds is kept: the pages of one reading, and the feeds of one house.
KEEP = 15.0


def open_sources(settings: Settings, stack: ExitStack, clock: Clock) -> Mapping[str, Source]:
    """Every configured feed's source, over one guarded fetcher for each proxy; ``stack`` closes them."""
    guard = Guard()
    stack.callback(guard.close)
    fetchers = {proxy: fetcher(settings.net, proxy, keep=KEEP) for proxy in {feed.proxy for feed in settings.feeds}}
    for one in fetchers.values():
        stack.callback(one.close)
    return {feed.name: _source(feed, settings, fetchers[feed.proxy], guard, clock) for feed in settings.feeds}


def fetcher(net: NetSettings, proxy: str, *, keep: float = 0.0) -> Fetcher:
    """The guarded HTTP fetcher as configured; ``keep`` as in :class:`distributor.net.Fetcher`."""
    contact = f" (+{net.contact})" if net.contact else ""
    return Fetcher(
        allow=net.allow,
        user_agent=f"distributor/{__version__}{contact}",
        timeout=net.timeout.total_seconds(),
        most_bytes=net.most_bytes,
        proxy=proxy,
        keep=keep,
    )


def _source(feed: FeedSettings, settings: Settings, fetcher: Fetcher, guard: Guard, clock: Clock) -> Source:
    opening = Opening(
        name=feed.name,
        fetcher=fetcher,
        guard=guard,
        clock=clock,
        reading=Reading(
            feed=feed.name,
            category=feed.category,
            language=feed.language,
            agencies=feed.agencies,
            zone=feed.zone,
        ),
        most_bytes=settings.net.most_bytes,
        base=settings.file.parent,
    )
    return kinds()[feed.type].open(opening, feed.options)


def make_ingester(
    settings: Settings, store: Store, name: str, source: Source, channels: Mapping[str, Channel] | None = None
) -> Ingester:
    """What reads one feed, with its own pace and what planning asks of the house."""
    mail = [channel.name for channel in settings.channels if channel.kind == "email"]
    feed = next(one for one in settings.feeds if one.name == name)
    return Ingester(
        name,
        source,
        store.stories,
        routes=settings.routes,
        audiences=lambda: {channel: store.subscribers.audience(channel) for channel in mail},
        publish_first=feed.first_run == "publish" or isinstance(source, Told),
        guard=SurgeGuard(times=feed.surge, least=feed.surge_least),
        askable=[one for one, opened in (channels or {}).items() if isinstance(opened, Verifiable)],
        editing=make_editing(settings, channels or {}, feed),
        door=make_door(settings, feed),
        pace=None if isinstance(source, Told) else Pace(usual=feed.every, fastest=feed.fastest, slowest=feed.slowest),
    )


def make_keepers(settings: Settings, store: Store) -> Mapping[str, HubKeeper]:
    """Who keeps each feed subscribed at its hub; nobody where no hub could reach us."""
    public = settings.web.public
    if settings.web.listen is None or public is None:
        return {}

    def keeper(feed: FeedSettings) -> HubKeeper:
        post = fetcher(settings.net, feed.proxy).post
        return HubKeeper(
            feed.name,
            store.hubs,
            lambda url, body, headers: post(url, body, headers=headers),
            callback=lambda token: f"{public}/hub/{token}",
        )

    return {feed.name: keeper(feed) for feed in settings.feeds}


def make_door(settings: Settings, feed: FeedSettings) -> Door:
    """What is asked of every article of a feed before anything is planned."""
    return Door(
        zone=ZoneInfo(settings.desk.zone),
        marks={MarkKind.INTERNAL: feed.internal_marks},
        needs_rights=feed.image_rights == "required",
    )
