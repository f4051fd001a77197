"""What readers do by their own links and forms, introduced to the store. Decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from distributor.flows.dials import Dialling
from distributor.flows.leave import Leaving
from distributor.flows.subscribe import Subscribing
from distributor.interfaces import Clock
from distributor.model import ALERTS
from distributor.rules.mail.links import Links

if TYPE_CHECKING:
    from distributor.config import Settings
    from distributor.store.opening import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """Everything that readers may do."""

    leaving: Leaving
    subscribing: Subscribing
    dialling: Dialling


def titles(settings: Settings) -> Mapping[str, str]:
    """What readers call the newsletters, by name: digests, single stories of email channels, the desk's alerts."""
    single = {channel.name: settings.desk.name for channel in settings.channels if channel.kind == "email"}
    return {ALERTS: ALERTS} | single | {digest.name: digest.title for digest in settings.digests}


def introduce(settings: Settings, store: Store) -> None:
    """Let the store know through which channel letters leave, and where readers' links lead."""
    mails = [channel.name for channel in settings.channels if channel.kind == "email"]
    store.letters.tell(settings.readers.letters or (mails[0] if mails else ""))
    store.subscribers.tell(Links(settings.web.pages, store.key) if settings.web.pages else None)


def make_reception(store: Store, clock: Clock, changed: Callable[[], None]) -> Reception:
    """What readers do; ``changed`` is told when somebody came or went."""
    return Reception(
        leaving=Leaving(store.subscribers, store.letters, store.dials, key=store.key, clock=clock, changed=changed),
        dialling=Dialling(store.dials, store.moves, key=store.key, clock=clock, changed=changed),
        subscribing=Subscribing(store.asks, store.subscribers, key=store.key, clock=clock, changed=changed),
    )
