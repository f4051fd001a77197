"""Where what comes back of mails is taken in: mailboxes, providers' hooks, relays' answers. Decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from distributor.flows.bounce import Clerk, Collector
from distributor.interfaces import Clock
from distributor.returns import Desk, Hook, hooks, inboxes

if TYPE_CHECKING:
    from distributor.config import NetSettings, Settings
    from distributor.net import Fetcher
    from distributor.store.opening import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailroom:
    """Everything that takes in what comes back."""

    clerk: Clerk
    #: each mailbox, with the time between two readings
    collectors: Sequence[tuple[Collector, timedelta]]
    #: each provider's hook, by its name
    hooks: Mapping[str, Hook]


def make_mailroom(
    settings: Settings, store: Store, clock: Clock, fetcher: Callable[[NetSettings, str], Fetcher]
) -> Mailroom:
    """The mailboxes and hooks as configured; nobody is contacted yet."""
    clerk = Clerk(store.bounces, store.subscribers)
    inbox = inboxes() if settings.mailboxes else {}
    hook = hooks() if settings.hooks else {}
    desk = Desk(fetch=lambda url: fetcher(settings.net, settings.net.proxy).get(url).body, now=clock.now)
    return Mailroom(
        clerk=clerk,
        collectors=[
            (Collector(inbox[one.kind].open(one.name, one.options), clerk, clock, strict=one.strict), one.every)
            for one in settings.mailboxes
        ],
        hooks={one.name: hook[one.kind].open(one.options, desk) for one in settings.hooks},
    )
