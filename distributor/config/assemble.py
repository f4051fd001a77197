"""From checked tables to the settings that the program gets. Reads no files and judges nothing any more."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import cast

from distributor.config import schema
from distributor.config.checks import canary_of
from distributor.config.location import state_folder
from distributor.config.settings import (
    AlertSettings,
    BackupSettings,
    ChannelSettings,
    DeskSettings,
    FeedSettings,
    HookSettings,
    MailboxSettings,
    MailSettings,
    NetSettings,
    OidcSettings,
    OperationsSettings,
    ReaderSettings,
    ReceiverSettings,
    Settings,
    WebSettings,
)
from distributor.config.tables import Checked, CheckedFeed
from distributor.model import (
    Approval,
    Canary,
    ChannelPolicy,
    Credit,
    Digest,
    Doubt,
    FollowUp,
    Grouping,
    Lead,
    Level,
    Links,
    Media,
    Preflight,
    Rhythm,
    Route,
    Silence,
    Stale,
    Style,
    Takes,
)


def assemble(checked: Checked, file: Path, environ: Mapping[str, str], warnings: tuple[str, ...]) -> Settings:
    """The settings; relative paths are taken from the folder of ``file``."""
    store = cast(schema.Store, checked.single["store"])
    desk = cast(schema.Desk, checked.single["desk"])
    net = cast(schema.Net, checked.single["net"])
    mail = cast(schema.Mail, checked.single["mail"])
    return Settings(
        mode=checked.top.mode,
        file=file,
        store_folder=state_folder(store.folder if "folder" in store.model_fields_set else None, file.parent, environ),
        desk=_desk(desk, file.parent),
        net=NetSettings(**dict(net)),
        readers=ReaderSettings(**dict(checked.single["readers"])),
        mail=MailSettings(**dict(mail)),
        feeds=tuple(_feed(feed, net) for feed in checked.feeds.values()),
        channels=tuple(
            ChannelSettings(name=one.name, kind=one.kind, options=one.options, policy=_policy(one.policy, desk.zone))
            for one in checked.channels
        ),
        routes=tuple(_route(name, route) for name, route in checked.routes.items()),
        digests=tuple(_digest(name, digest, desk) for name, digest in checked.digests.items()),
        style=_style(cast(schema.Style, checked.single["style"])),
        alerts=_alerts(cast(schema.Alerts, checked.single["alerts"]), file.parent),
        backup=_backup(cast(schema.Backup, checked.single["backup"]), file.parent),
        web=WebSettings(**dict(checked.single["web"])),
        oidc=OidcSettings(**dict(checked.single["oidc"])),
        mailboxes=tuple(
            MailboxSettings(name=one.name, kind=one.kind, options=one.options, **dict(one.table))
            for one in checked.mailboxes
        ),
        hooks=tuple(HookSettings(name=one.name, kind=one.kind, options=one.options) for one in checked.hooks),
        receivers=tuple(ReceiverSettings(name=name, **dict(one)) for name, one in checked.receivers.items()),
        operations=_operations(cast(schema.Operations, checked.single["operations"])),
        warnings=warnings,
    )


def _policy(table: schema.Policy, zone: str) -> ChannelPolicy:
    """The operator's wishes in the rules' own words; money in millionths."""
    values = dict(table) | {
        "stale": Stale(table.stale),
        "unknown": Doubt(table.unknown),
        "links": Links(table.links),
        "takes": Takes(table.takes),
        "utm": tuple((name, value) for name, _, value in (text.partition("=") for text in table.utm)),
        "media": Media(table.media),
        "credit": Credit(table.credit),
        "preflight": Preflight(table.preflight),
        "zone": zone,
    }
    for key in ("on_update", "on_refile", "on_correction", "on_withdrawal"):
        values[key] = FollowUp(values[key])
    prices = ("price", "price_with_link", "price_to_delete", "price_read", "price_picture")
    for key in (*prices, "budget_per_day", "budget_per_month"):
        values[key] = None if values[key] is None else round(values[key] * 1_000_000)
    return ChannelPolicy(**values)


def _style(table: schema.Style) -> Style:
    tags = (text.partition("=") for text in table.hashtags)
    named = tuple((section.strip(), words.strip() or section.strip()) for section, _, words in tags)
    return Style(**(dict(table) | {"hashtags": named}))


def _alerts(table: schema.Alerts, base: Path) -> AlertSettings:
    file = None if table.heartbeat_file is None else base / table.heartbeat_file
    return AlertSettings(**(dict(table) | {"heartbeat_file": file}))


def _backup(table: schema.Backup, base: Path) -> BackupSettings:
    folder = None if table.folder is None else base / table.folder
    return BackupSettings(folder=folder, at=table.at, keep=table.keep)


def _operations(table: schema.Operations) -> OperationsSettings:
    numbers = (text.partition(" ") for text in table.people)
    return OperationsSettings(**(dict(table) | {"people": {int(number): name for number, _, name in numbers}}))


def _desk(desk: schema.Desk, base: Path) -> DeskSettings:
    return DeskSettings(
        name=desk.name,
        zone=desk.zone,
        language=desk.language,
        editorial=base / desk.editorial,
        templates=base / desk.templates if desk.templates is not None else None,
        corrections_feed=base / desk.corrections_feed if desk.corrections_feed is not None else None,
    )


#: Nobody's feed is asked more often by itself.
FASTEST = timedelta(seconds=30)


def _feed(one: CheckedFeed, net: schema.Net) -> FeedSettings:
    feed = one.table
    fastest = min(feed.every, max(feed.every / 5, FASTEST)) if feed.fastest is None else feed.fastest
    pace = {"fastest": fastest, "slowest": 3 * feed.every if feed.slowest is None else feed.slowest}
    own = {"name": one.name, "type": one.kind, "options": one.options}
    values = dict(feed) | pace | own | {"proxy": net.proxy if feed.proxy is None else feed.proxy}
    return FeedSettings(**values)


def _route(name: str, route: schema.RouteTable) -> Route:
    values = {
        "delay": route.delay.total_seconds(),
        "approval": Approval(route.approval),
        "silence": Silence(route.silence),
        "lint": tuple((rule, Level(level)) for rule, _, level in (text.partition(" ") for text in route.lint)),
    }
    return Route(**(dict(route) | values | {"name": name}))


def _digest(name: str, digest: schema.DigestTable, desk: schema.Desk) -> Digest:
    title = name if digest.title is None else digest.title
    zone = desk.zone if digest.zone is None else digest.zone
    values = {
        "name": name,
        "title": title,
        "zone": zone,
        "grouping": Grouping(digest.grouping),
        "lead": Lead(digest.lead),
        "rhythms": tuple(Rhythm(one) for one in digest.rhythms),
        "canary": _canary(digest),
    }
    table = {key: value for key, value in dict(digest).items() if key != "canary_wait"}
    return Digest(**(table | values))


def _canary(digest: schema.DigestTable) -> Canary | None:
    share, number = canary_of(digest.canary) or (0.0, 0)
    return Canary(share=share, number=number, wait=digest.canary_wait) if digest.canary else None
