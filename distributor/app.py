"""Opens and closes everything: settings become plain arguments, and the flows meet their adapters. Decides nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from distributor.channels import kinds
from distributor.errors import TemplateError
from distributor.flows.at_once import Herald
from distributor.flows.bounce import Resting
from distributor.flows.canary import Warden
from distributor.flows.courtesy import Courtesy
from distributor.flows.deliver import HELD_BY_TEMPLATE, Deliverer
from distributor.flows.digest import Digester
from distributor.flows.hubs import HubKeeper
from distributor.flows.ingest import Ingester
from distributor.flows.letters import LetterSetter
from distributor.flows.recheck import Rechecker
from distributor.flows.tell import Teller
from distributor.flows.typeset import Typesetter
from distributor.flows.verify import Verifier
from distributor.flows.watch import Watcher
from distributor.inlets import fetcher, make_door, make_ingester, make_keepers, open_sources
from distributor.interfaces import (
    Billed,
    Channel,
    Clock,
    Metered,
    Numbered,
    Source,
)
from distributor.mailroom import Mailroom, make_mailroom
from distributor.model import ALERTS, Act, ChannelPolicy, Digest, FollowUp, Stale
from distributor.outlets import (
    Bench,
    gated,
    make_adopter,
    make_judge,
    make_preparations,
    make_recheckers,
    make_tellers,
    make_watchers,
    open_bench,
    read_again,
)
from distributor.reception import Reception, introduce, make_reception, titles
from distributor.rules.change.lines import told_in_issues
from distributor.rules.fate.binding import Standing
from distributor.rules.fate.doubt import LOOKS
from distributor.rules.mail.follow import Followed, signed
from distributor.rules.queue import budget
from distributor.rules.queue.budget import Budget
from distributor.rules.queue.gates import Gates
from distributor.store.desk.acts import By
from distributor.store.file.binding import here
from distributor.store.file.whole import write_whole
from distributor.store.opening import Store, open_store

if TYPE_CHECKING:
    from pathlib import Path

    from distributor.config import ChannelSettings, Settings
    from distributor.render import Renderer

log = logging.getLogger(__name__)

#: Beside the store: who gets alerts by mail, for the day when the store cannot be read.
READERS_FILE = "alert-readers"
#: The command that ends a fenced shadow.
TAKE_OVER = "distributor take-over"


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """Everything that runs, opened; :meth:`close` gives it all back."""

    settings: Settings
    clock: Clock
    store: Store
    renderer: Renderer
    channels: Mapping[str, Channel]
    sources: Mapping[str, Source]
    ingesters: Mapping[str, Ingester]
    deliverers: Mapping[str, Deliverer]
    #: none in shadow: nobody is asked about posts that were never made
    verifiers: Mapping[str, Verifier]
    digests: Mapping[str, Digest]
    digesters: Mapping[str, Digester]
    #: who mails a digest's stories to those who get them at once
    heralds: Mapping[str, Herald]
    #: who looks for posts made by hand
    watchers: Sequence[Watcher]
    #: who looks whether published stories' pages still stand
    recheckers: Sequence[Rechecker]
    #: who keeps each feed subscribed at the hub that it names
    keepers: Mapping[str, HubKeeper]
    #: what readers do by their own links
    reception: Reception
    #: who takes in what comes back of mails
    mailroom: Mailroom
    #: who carries on what somebody said of single issues
    warden: Warden
    #: who tells each receiver of webhooks
    tellers: Mapping[str, Teller]
    #: the settings as they would be with a text in the place of the editors' file. Raises ConfigError
    read: Callable[[str], Settings]
    _resources: ExitStack

    @property
    def fence(self) -> str:
        """Why nothing touches the wire although the configuration says live; empty: it does."""
        return "" if self.store.binding.judgement.is_live else self.store.binding.judgement.reason

    @property
    def mode(self) -> str:
        """``live`` or ``shadow``, as it is: a store that may not be the live one runs in shadow."""
        return "shadow" if self.fence else self.settings.mode

    def close(self) -> None:
        """Close channels, sources and the store, in that order; may be called twice."""
        self._resources.close()


def open_app(settings: Settings, *, clock: Clock, threaded: bool, runs: bool = True, kept: Store | None = None) -> App:
    """Open the store and everything around it. Raises StoreError and TemplateError; leaves nothing open then.

    ``runs`` False is for a command that only looks or changes a row: it binds no store to this place. A store that is
    ``kept`` is open already, and stays open behind the app.
    """
    with ExitStack() as stack:
        store = open_store(settings.store_folder, threaded=threaded) if kept is None else kept
        if kept is None:
            stack.callback(store.close)
        store.binding.look(here(settings.store_folder, settings.file))
        renderer = proved_renderer(settings, counted=make_counter(settings, store.key))
        sources = open_sources(settings, stack, clock)
        channels = open_channels(settings, stack)
        bench = open_bench(settings, store, stack, fetcher)
        _introduce(store, settings, channels, clock)
        if runs and settings.mode == "live":
            _settle(store, clock)
        digests = {digest.name: digest for digest in settings.digests}
        return App(
            settings=settings,
            clock=clock,
            store=store,
            renderer=renderer,
            channels=channels,
            sources=sources,
            ingesters={
                name: make_ingester(settings, store, name, source, channels) for name, source in sources.items()
            },
            deliverers={
                name: _deliverer(settings, store, renderer, channel, clock, bench) for name, channel in channels.items()
            },
            verifiers={name: _verifier(settings, store, channel, clock) for name, channel in channels.items()}
            if settings.mode == "live"
            else {},
            digests=digests,
            digesters={name: _digester(settings, store, digest, clock) for name, digest in digests.items()},
            heralds={name: _herald(settings, store, digest, clock) for name, digest in digests.items()},
            watchers=make_watchers(settings, store, channels, clock),
            keepers=make_keepers(settings, store),
            mailroom=make_mailroom(settings, store, clock, fetcher),
            reception=make_reception(store, clock, lambda: tell_desk(settings, store)),
            recheckers=make_recheckers(settings, store, channels, clock, fetcher),
            warden=Warden(store.control, store.alerts, lambda now: By(who="clock", through="the canary", at=now)),
            tellers=make_tellers(settings, store, clock, fetcher),
            read=partial(read_again, settings),
            _resources=stack.pop_all(),
        )


def make_counter(settings: Settings, key: bytes) -> Callable[[int, int, str], str] | None:
    """Makes the links of issues that are counted when they are followed; None: none is."""
    public = settings.web.pages
    if not settings.mail.count_clicks or public is None:
        return None
    return lambda issue, story, to: f"{public}/r/go/{signed(key, Followed(issue=issue, story=story, target=to))}"


def proved_renderer(
    settings: Settings, *, every: bool = False, counted: Callable[[int, int, str], str] | None = None
) -> Renderer:
    """The Jinja environment, after the templates for its channels have rendered the samples, and those that
    routes and digests name.

    ``every`` also tries templates for kinds of channels that are not configured, which only a check has time for.
    Raises TemplateError with one line for each that does not render or is not there.
    """
    kind = {channel.name: channel.kind for channel in settings.channels}
    routed = {(kind[channel], route.template) for route in settings.routes for channel in route.channels}
    mailed = {(kind[digest.channel], digest.template) for digest in settings.digests}
    folded = {(one.kind, Act.ROUNDUP.value) for one in settings.channels if one.kind != "email" and _folds(one.policy)}
    alerted = {(kind[channel], "notice") for channel in settings.alerts.channels}
    answered = {(one.kind, "correction") for one in settings.channels if _answers(one.policy)}
    renderer = make_renderer(settings, counted=counted)
    lined = [one.template for one in settings.digests if told_in_issues(_policy(settings, one.channel))]
    wanted = [(kind, name) for kind, name in routed | mailed | folded | alerted | answered if name]
    renderer.compile_all(wanted, lined, kinds=None if every else frozenset(kind.values()))
    return renderer


def _answers(policy: ChannelPolicy) -> bool:
    """Whether any revision is told in words of its own."""
    wanted = (policy.on_update, policy.on_refile, policy.on_correction, policy.on_withdrawal)
    return FollowUp.REPLY in wanted or policy.on_withdrawal is FollowUp.EDIT_VISIBLE


def _folds(policy: ChannelPolicy) -> bool:
    return policy.stale is Stale.FOLD or policy.fold_above > 0


def make_renderer(
    settings: Settings, before: Path | None = None, *, counted: Callable[[int, int, str], str] | None = None
) -> Renderer:
    """The one Jinja environment, with the operator's own templates before the shipped ones; ``before`` is tried first.

    ``counted`` makes the links of issues that are counted when they are followed.
    Raises TemplateError for a folder that is not there: the shipped ones would silently stand in its place.
    """
    from distributor.render import Desk, Renderer

    if settings.desk.templates is not None and not settings.desk.templates.is_dir():
        raise TemplateError(f"desk.templates: {settings.desk.templates} is no folder")
    own = [folder for folder in (before, settings.desk.templates) if folder is not None]
    desk = Desk(
        name=settings.desk.name,
        zone=settings.desk.zone,
        language=settings.desk.language,
        imprint=settings.mail.imprint,
    )
    return Renderer(own, desk, settings.style, is_public=settings.web.pages is not None, counted=counted)


def open_channels(
    settings: Settings, stack: ExitStack, wanted: Sequence[ChannelSettings] | None = None
) -> Mapping[str, Channel]:
    """Every configured channel (or those wanted); none has contacted anyone yet. ``stack`` closes them."""
    found = {}
    for channel in settings.channels if wanted is None else wanted:
        opened = kinds()[channel.kind].open(channel.name, channel.options)
        stack.callback(opened.close)
        found[channel.name] = opened
    return found


def tell_desk(settings: Settings, store: Store) -> None:
    """Let the store know whom alerts go to: at start, and whenever a reader comes or goes."""
    kind = {channel.name: channel.kind for channel in settings.channels}
    readers = store.subscribers.audience(ALERTS)
    targets = [
        (name, recipient)
        for name in settings.alerts.channels
        for recipient in (readers if kind[name] == "email" else (0,))
    ]
    store.alerts.tell(targets)
    if any(kind[name] == "email" for name in settings.alerts.channels):
        addresses = "".join(f"{address}\n" for address in store.subscribers.addresses(ALERTS))
        try:
            write_whole(settings.store_folder / READERS_FILE, addresses)
        except OSError as error:
            log.error("who gets alerts could not be put down beside the store: %s", error.strerror)


def _introduce(store: Store, settings: Settings, channels: Mapping[str, Channel], clock: Clock) -> None:
    """Let the store know the channels and digests, and settle what an earlier run left."""
    for channel in settings.channels:
        opened = channels[channel.name]
        scopes = opened.scopes if isinstance(opened, Metered) else ()
        numbering = opened.numbering if isinstance(opened, Numbered) else ""
        store.deliveries.know_channel(channel.name, channel.kind, clock.now(), scopes=scopes, account=numbering)
    lost = store.deliveries.recover(clock.now())
    if lost:
        log.warning("%d deliveries were at the wire when the program ended; they may have arrived or not", lost)
    if settings.mode == "live" and (left := store.deliveries.end_shadow(clock.now())):
        log.info("%d deliveries still waited when shadow mode ended; what it has seen is not sent later", left)
    store.deliveries.release(HELD_BY_TEMPLATE)
    store.deliveries.release(budget.GATE)  # the budget may have been raised; the gate looks again
    introduce(settings, store)
    tell_desk(settings, store)


def _settle(store: Store, clock: Clock) -> None:
    """Bind a store to this place at its first live run; say plainly where it is another's."""
    judgement = store.binding.judgement
    if judgement.standing is Standing.FIRST:
        store.binding.bind(clock.now())
    elif not judgement.is_live:
        log.error("shadow: nothing is sent, for %s; if this is to be the live one: %s", judgement.reason, TAKE_OVER)
        store.alerts.raise_alert("take-over", f"nothing is sent: {judgement.reason}", hint=TAKE_OVER, now=clock.now())


def charge_reads(app: App) -> None:
    """Write what looking at the channels has cost since the last time; a look is not kept back for want of money."""
    for name, channel in app.channels.items():
        if isinstance(channel, Billed) and (micros := channel.reads() * _policy(app.settings, name).price_read):
            app.store.deliveries.charge_reads(name, micros, app.clock.now())


def _deliverer(
    settings: Settings,
    store: Store,
    renderer: Renderer,
    channel: Channel,
    clock: Clock,
    bench: Bench = Bench(),  # noqa: B008 - frozen
) -> Deliverer:
    typesetter = Typesetter(
        channel,
        stories=store.stories,
        issues=store.issues,
        alerts=store.alerts,
        renderer=renderer,
        digests={digest.name: digest for digest in settings.digests},
        mark=store.mark,
        policy=_policy(settings, channel.name),
        credit=renderer.credit,
        frozen=store.doubts,
        wordings=store.wordings,
        posts=store.posts,
        lines=store.lines,
        judge=make_judge(settings, store, channel),
        letters=LetterSetter(store.letters, renderer, titles(settings)).set,
    )
    return Deliverer(
        channel,
        store.deliveries,
        typesetter=typesetter,
        readership=Resting(store.subscribers.readers, store.bounces, clock),
        posts=store.posts,
        mark=store.mark,
        clock=clock,
        live=settings.mode == "live",
        gate=_gates(settings, channel, renderer),
        purse=Budget(_policy(settings, channel.name)),
        adopt=make_adopter(store, channel.name).adopt if _policy(settings, channel.name).watch else None,
        preparations=make_preparations(store, channel, clock, bench, _policy(settings, channel.name)),
        courtesy=_courtesy(settings, store) if channel.kind == "email" else None,
        is_fenced=lambda: not store.binding.judgement.is_live,
    )


def _policy(settings: Settings, channel: str) -> ChannelPolicy:
    return next(one.policy for one in settings.channels if one.name == channel)


def _gates(settings: Settings, channel: Channel, renderer: Renderer) -> Gates | None:
    """What a channel's posts pass; None where nothing can hold them, and for mail, which goes to each reader alone."""
    gates = Gates(gated(_policy(settings, channel.name), channel, renderer), in_shadow=settings.mode == "shadow")
    return gates if gates.matters and channel.kind != "email" else None


def _verifier(settings: Settings, store: Store, channel: Channel, clock: Clock) -> Verifier:
    return Verifier(
        channel,
        store.doubts,
        policy=_policy(settings, channel.name).unknown,
        mark=store.mark,
        bell=store.alerts,
        clock=clock,
        schedule=kinds()[channel.kind].looks or LOOKS,
    )


def _courtesy(settings: Settings, store: Store) -> Courtesy:
    """Who serves the readers of a mail channel what they chose and have not had."""
    return Courtesy(
        store.deliveries,
        stories=store.stories,
        issues=store.issues,
        choices=store.choices,
        digests={digest.name: digest for digest in settings.digests},
        zone=settings.desk.zone,
    )


def _digester(settings: Settings, store: Store, digest: Digest, clock: Clock) -> Digester:
    since = store.issues.know_digest(digest.name, clock.now())
    doors = {feed.name: make_door(settings, feed) for feed in settings.feeds}
    lines = told_in_issues(_policy(settings, digest.channel))
    return Digester(digest, store.issues, store.stories, since=since, choices=store.choices, doors=doors, lines=lines)


def _herald(settings: Settings, store: Store, digest: Digest, clock: Clock) -> Herald:
    since = store.issues.know_digest(digest.name, clock.now())
    doors = {feed.name: make_door(settings, feed) for feed in settings.feeds}
    return Herald(digest, store.at_once, store.stories, store.choices, store.issues, since=since, doors=doors)
