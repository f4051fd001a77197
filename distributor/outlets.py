"""What revisions, takes, kills and lint ask of the house: every channel's wishes and abilities, every feed's own marks,
the newsroom's style. Decides nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from distributor.channels import kinds
from distributor.errors import ConfigError, Problem
from distributor.flows.adopt import Adopter
from distributor.flows.bounce import Clerk, Postmaster
from distributor.flows.illustrate import Illustrator
from distributor.flows.judge import Judge
from distributor.flows.preflight import Preflight, Surveyor
from distributor.flows.recheck import Rechecker
from distributor.flows.tell import Teller
from distributor.flows.traffic import Traffic
from distributor.flows.watch import LONGEST_POLL, Watcher, ears
from distributor.interfaces import (
    Answerable,
    Channel,
    Clock,
    Editable,
    Erasable,
    Idempotent,
    Illustrated,
    Relayed,
    Silenceable,
    Verifiable,
)
from distributor.model import Media
from distributor.model import Preflight as Wish
from distributor.model.forecast import Rulebook
from distributor.model.tidings import Word
from distributor.net.signed import headers, key_of
from distributor.phrases import Phrase
from distributor.rules.change.following import Outlet
from distributor.rules.change.planning import Editing
from distributor.rules.words.lint import Linter
from distributor.seams import Preparation
from distributor.sources.crawler import Crawler
from distributor.sources.darkroom import Darkroom, can_develop
from distributor.sources.guard import MIB, Guard
from distributor.store.file.fence import Fence
from distributor.text.marks import MarkKind

#: of processor time for one picture, and bytes of memory for working on it: 60 million pixels take 240 MiB at a time
SECONDS, MEMORY = 8.0, 768 * MIB
#: bytes of a file; what agencies send is larger than what platforms take
LARGEST_FILE = 25 * MIB

if TYPE_CHECKING:
    from contextlib import ExitStack

    from distributor.config import FeedSettings, NetSettings, ReceiverSettings, Settings
    from distributor.model import ChannelPolicy
    from distributor.net import Fetcher
    from distributor.render import Renderer
    from distributor.store.opening import Store


def make_editing(settings: Settings, channels: Mapping[str, Channel], feed: FeedSettings | None = None) -> Editing:
    """What planning asks; without a feed no site's own marks count."""
    marks = {
        MarkKind.CORRECTION: feed.correction_marks if feed else (),
        MarkKind.KILL: feed.kill_marks if feed else (),
    }
    return Editing(
        outlets={
            one.name: _outlet(one.policy, channels[one.name]) for one in settings.channels if one.name in channels
        },
        feeds=[one.name for one in settings.feeds],
        marks={kind: words for kind, words in marks.items() if words},
    )


def read_again(settings: Settings, text: str | None = None) -> Settings:
    """The settings as they would be now with another text, or what stands there, as the editors' file. Raises
    ConfigError.
    """
    from distributor.config import load

    return load(settings.file, environ=os.environ, cwd=Path.cwd(), editorial=text)


def with_rules(settings: Settings, found: Settings) -> Settings:
    """The settings with the editorial rules of others: routes, digests, style and the times of channels.

    Raises ConfigError where those are about a channel or a feed that is not there yet.
    """
    from distributor.config import TIMES

    known = {one.name: one.policy for one in found.channels}
    here, feeds = {one.name for one in settings.channels}, {one.name for one in settings.feeds}
    told = [*(name for one in found.routes for name in one.channels), *(one.channel for one in found.digests)]
    read = [name for one in found.routes for name in one.feeds]
    read += [name for one in found.digests for name in one.feeds]
    odd = [*(name for name in told if name not in here), *(name for name in read if name not in feeds)]
    if odd:
        found_new, hint = Phrase("%(name)s is new", name=odd[0]), Phrase("restart the program first")
        raise ConfigError((Problem(where="config.toml", found=found_new, hint=hint),))
    channels = [
        replace(one, policy=replace(one.policy, **{key: getattr(known[one.name], key) for key in TIMES}))
        if one.name in known
        else one
        for one in settings.channels
    ]
    return replace(settings, routes=found.routes, digests=found.digests, style=found.style, channels=tuple(channels))


def make_fence(settings: Settings, channels: Mapping[str, Channel]) -> Fence:
    """What a fence has to know of the house."""
    askable = [name for name, opened in channels.items() if isinstance(opened, Verifiable)]
    repeatable = [name for name, opened in channels.items() if isinstance(opened, Idempotent) and name not in askable]
    feeds, digests = ([one.name for one in some] for some in (settings.feeds, settings.digests))
    return Fence(feeds=feeds, digests=digests, askable=askable, repeatable=repeatable)


def gated(policy: ChannelPolicy, channel: Channel, renderer: Renderer) -> ChannelPolicy:
    """A channel's policy as its gates have it: where nothing can be without a sound, quiet hours hold, and a round-up
    costs what its template makes of it.
    """
    is_silent = policy.quiet_silent and isinstance(channel, Silenceable)
    return replace(policy, quiet_silent=is_silent, roundup_links=renderer.links_in_roundup(channel.kind))


def make_rulebook(settings: Settings, channels: Mapping[str, Channel], renderer: Renderer) -> Rulebook:
    """Everything in settings and templates that decides what goes where and when."""
    known = [one for one in settings.channels if one.name in channels]
    return Rulebook(
        routes=settings.routes,
        policies={one.name: gated(one.policy, channels[one.name], renderer) for one in known},
        mails=frozenset(one.name for one in known if one.kind == "email"),
        digests=settings.digests,
    )


def make_recheckers(
    settings: Settings,
    store: Store,
    channels: Mapping[str, Channel],
    clock: Clock,
    fetcher: Callable[[NetSettings, str], Fetcher],
) -> Sequence[Rechecker]:
    """Who looks at the pages of each feed that wants it; nobody in shadow, where readers have nothing."""
    outlets = make_editing(settings, channels).outlets
    return [
        Rechecker(
            feed.name,
            partial(fetcher(settings.net, feed.proxy).get, follow=False),
            store.following,
            store.alerts,
            lasts=feed.recheck,
            outlets=outlets,
            clock=clock,
        )
        for feed in settings.feeds
        if feed.recheck and settings.mode == "live"
    ]


def make_tellers(
    settings: Settings, store: Store, clock: Clock, fetcher: Callable[[NetSettings, str], Fetcher]
) -> Mapping[str, Teller]:
    """Who tells each receiver of webhooks what becomes of stories; nobody is contacted yet."""
    return {
        one.name: Teller(
            one.name,
            [Word(word) for word in one.on],
            _poster(one, fetcher(settings.net, settings.net.proxy), clock),
            store.outbox,
            clock,
            host=urlsplit(one.url).hostname or "",
        )
        for one in settings.receivers
    }


def _poster(receiver: ReceiverSettings, fetcher: Fetcher, clock: Clock) -> Callable[[str, bytes], None]:
    """Sends a signed body to a receiver through the guard."""
    secrets = [one for one in (receiver.secret, receiver.previous_secret) if one is not None]
    keys = [key_of(one, f"hooks.{receiver.name}.secret") for one in secrets]

    def post(key: str, body: bytes) -> None:
        fetcher.post(receiver.url, body, headers=headers(key, body, clock.now(), keys))

    return post


def make_judge(settings: Settings, store: Store, channel: Channel) -> Judge:
    """Who looks at the words of a channel before they leave."""
    return Judge(channel, make_linter(settings, channel.name), store.findings)


def make_linter(settings: Settings, channel: str) -> Linter:
    """The rules of lint as a channel's routes and the newsroom's style have them."""
    return Linter(settings.style, settings.routes, channel)


def make_watchers(settings: Settings, store: Store, channels: Mapping[str, Channel], clock: Clock) -> Sequence[Watcher]:
    """Who looks for posts made by hand and hears the operations chat; in shadow nobody: another program may listen.

    Behind a fence they look at nothing until somebody takes over: whoever runs them asks for that.
    """
    if settings.mode != "live":
        return []
    every = {one.name: one.policy.watch for one in settings.channels if one.policy.watch}
    bots = [channels[settings.operations.bot]] if settings.operations.bot else []
    return [
        Watcher(
            ear,
            store.sightings,
            store.alerts,
            [make_adopter(store, name) for name in ear.channels],
            # a chat is heard without a rest
            every=min([every[name] for name in ear.channels] + ([LONGEST_POLL] if ear.serves else [])),
            clock=clock,
        )
        for ear in ears({name: channels[name] for name in every}, bots=bots)
    ]


def make_adopter(store: Store, channel: str) -> Adopter:
    """Who ends what somebody has posted by hand on a channel."""
    return Adopter(channel, store.sightings, store.stories, store.alerts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What the channels share for what their posts need beside their words."""

    #: None: no channel wants pictures, or they cannot be read here
    room: Darkroom | None = None
    #: None: no channel wants pages looked at
    surveyor: Surveyor | None = None


def open_bench(
    settings: Settings, store: Store, stack: ExitStack, fetcher: Callable[[NetSettings, str], Fetcher]
) -> Bench:
    """What the configured channels need; ``stack`` closes it. Contacts nobody yet."""
    room = _open_darkroom(settings, stack, fetcher)
    if all(one.policy.preflight is Wish.OFF for one in settings.channels):
        return Bench(room=room)
    wall = Guard()
    stack.callback(wall.close)
    names = [kinds()[one.kind].crawler for one in settings.channels]
    fetch = fetcher(settings.net, settings.net.proxy).get
    crawler = Crawler(fetch, wall, room.measures if room else None, names=names)
    return Bench(room=room, surveyor=Surveyor(crawler, store.preflights))


def _open_darkroom(
    settings: Settings, stack: ExitStack, fetcher: Callable[[NetSettings, str], Fetcher]
) -> Darkroom | None:
    """Where pictures are read, if any channel wants them."""
    policies = [one.policy for one in settings.channels]
    wanted = any(one.media is Media.PHOTO or one.preflight is not Wish.OFF for one in policies)
    return open_darkroom(settings, stack, fetcher) if wanted else None


def open_darkroom(
    settings: Settings, stack: ExitStack, fetcher: Callable[[NetSettings, str], Fetcher]
) -> Darkroom | None:
    """Where pictures are read, if the extra is installed; ``stack`` closes it."""
    if not can_develop():
        return None
    wall = Guard(seconds=SECONDS, memory=MEMORY, work="picture")
    stack.callback(wall.close)
    net = replace(settings.net, most_bytes=max(settings.net.most_bytes, LARGEST_FILE))
    return Darkroom(fetcher(net, net.proxy).get, wall)


def make_preparations(
    store: Store, channel: Channel, clock: Clock, bench: Bench, policy: ChannelPolicy
) -> Sequence[Preparation]:
    """What the posts of a channel need beside their words: pages that are ready, then pictures; of mails a relay, and
    a provider that takes them.
    """
    found: list[Preparation] = []
    if channel.kind == "email":
        clerk = Clerk(store.bounces, store.subscribers)
        found.append(Postmaster(channel.name, clerk, store.bounces, clock))
    if bench.surveyor is not None and policy.preflight is not Wish.OFF:
        crawler = kinds()[channel.kind].crawler
        found.append(Preflight(bench.surveyor, store.preflights, policy=policy, crawler=crawler, clock=clock))
    if isinstance(channel, Illustrated):
        found.append(Illustrator(channel, bench.room, store.showings, mark=store.mark, clock=clock))
    if isinstance(channel, Relayed):
        found.append(Traffic(channel, store.relays, store.alerts, clock))
    return found


def _outlet(policy: ChannelPolicy, channel: Channel) -> Outlet:
    return Outlet(
        policy=policy,
        can_edit=isinstance(channel, Editable),
        can_reply=isinstance(channel, Answerable),
        can_erase=isinstance(channel, Erasable),
        erasable_for=channel.erasable_for if isinstance(channel, Erasable) else None,
        mails=channel.kind == "email",
    )
