"""What one table says about another: names that must exist, numbers that must fit. Must not trust the shape of
a table: it may be broken.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from distributor.config.report import Report, show
from distributor.config.scanner import KeyPath
from distributor.config.schema import Mail, Oidc, Operations, Web
from distributor.config.tables import Checked
from distributor.model import ALERTS
from distributor.text.loopback import is_own_http


def check_names(tree: Mapping[str, Any], report: Report) -> None:
    """Report every feed and channel that a route or digest names and that does not exist.

    A feed or channel counts as existing as soon as it has a table, so that one mistake makes one problem.
    """
    feeds, channels = _named(tree, "feeds"), _named(tree, "channels")
    for name, route in _named(tree, "routes").items():
        _check_list(("routes", name, "feeds"), route, feeds, "feed", report)
        _check_list(("routes", name, "channels"), route, channels, "channel", report)
    for name, digest in _named(tree, "digests").items():
        _check_list(("digests", name, "feeds"), digest, feeds, "feed", report)
        _check_mail_channel(("digests", name, "channel"), digest, channels, report, "a digest leaves")
    _check_mail_channel(("readers", "letters"), tree.get("readers"), channels, report, "letters leave")
    _check_list(("alerts", "channels"), tree.get("alerts"), channels, "channel", report)


def _named(tree: Mapping[str, Any], table: str) -> dict[str, Any]:
    named = tree.get(table)
    return named if isinstance(named, dict) else {}


def _check_list(path: KeyPath, raw: Any, known: Mapping[str, Any], what: str, report: Report) -> None:
    names = raw.get(path[-1]) if isinstance(raw, dict) else None
    for index, name in enumerate(names if isinstance(names, tuple) else ()):
        if isinstance(name, str) and name not in known:
            report.unknown_name((*path, index), what, name, known)


def _check_mail_channel(path: KeyPath, raw: Any, channels: Mapping[str, Any], report: Report, what: str) -> None:
    name = raw.get(path[-1]) if isinstance(raw, dict) else None
    if not isinstance(name, str):
        return
    if name not in channels:
        report.unknown_name(path, "channel", name, channels)
        return
    kind = channels[name].get("type", "email") if isinstance(channels[name], dict) else "email"
    if kind != "email":
        found = f'channel "{name}" is of type {show(kind)}'
        report.problem(path, found, f'{what} through a channel of type "email"')


def check_alerts(tree: Mapping[str, Any], public: Collection[str], report: Report) -> None:
    """Report an alert channel whose kind only the public reads, and a digest or mail channel named as alerts are.

    ``public`` are those kinds.
    """
    channels, digests, alerts = _named(tree, "channels"), _named(tree, "digests"), tree.get("alerts")
    wanted = alerts.get("channels") if isinstance(alerts, dict) else ()
    for index, name in enumerate(wanted if isinstance(wanted, tuple) else ()):
        kind = channels.get(name, {}).get("type") if isinstance(channels.get(name), dict) else None
        if kind in public:
            found = f'channel "{name}" is of type {show(kind)}, which the public reads'
            report.problem(("alerts", "channels", index), found, "expected a channel that only the desk reads")
    for table, named in (("channels", channels), ("digests", digests)):
        if ALERTS in named:
            hint = f'expected another name: readers are subscribed to "{ALERTS}" for alerts'
            report.problem((table, ALERTS), f'is named "{ALERTS}"', hint)


def check_operations(checked: Checked, report: Report) -> None:
    """Report an operations chat without its bot or its people, and a bot that is none of Telegram's channels."""
    table = checked.single["operations"]
    assert isinstance(table, Operations)
    telegram = {channel.name for channel in checked.channels if channel.kind == "telegram"}
    if table.bot is not None and table.bot not in telegram:
        report.unknown_name(("operations", "bot"), "channel of type telegram", table.bot, telegram)
    if (table.bot is None) != (table.chat is None):
        there, missing = ("chat", "bot") if table.bot is None else ("bot", "chat")
        report.problem(("operations", there), f"there is no {missing}", "expected both bot and chat, or neither")
    if table.chat is not None and not table.people:
        report.warning(("operations", "chat"), 'nobody may act there; people = ["123456789 Anna"] lets somebody')
    numbers = [text.partition(" ")[0] for text in table.people]
    for index, number in enumerate(numbers):
        if number in numbers[:index]:
            report.problem(("operations", "people", index), f"{number} stands there twice", "expected one name each")


def check_web(checked: Checked, report: Report) -> None:
    """Report links that are to be counted and have no page to lead through, and hosts that nobody is led to."""
    mail, web = checked.single["mail"], checked.single["web"]
    assert isinstance(mail, Mail)
    assert isinstance(web, Web)
    if web.readers_before and web.readers is None:
        report.problem(("web", "readers_before"), "there is no web.readers", "it is where they stand now")
    if mail.count_clicks and web.readers is None and web.public is None:
        report.problem(("mail", "count_clicks"), "there is no web.public", "the links that are counted lead through it")


#: What brings the library that reads a provider's tokens.
MISSING = "pip install 'distributor[oidc]'"


def check_oidc(checked: Checked, report: Report, *, is_installed: bool) -> None:
    """Report a login by OpenID that cannot work: half of it is missing, or the way back."""
    oidc, web = checked.single["oidc"], checked.single["web"]
    assert isinstance(oidc, Oidc)
    assert isinstance(web, Web)
    if oidc.issuer is None:
        for key in ("client_id", "client_secret"):
            if getattr(oidc, key) is not None:
                report.problem(("oidc", key), "there is no oidc.issuer", "it says at which provider")
        return
    if oidc.client_id is None:
        report.problem(("oidc", "client_id"), "missing", "this key is required: what the provider calls us")
    if web.listen is None or not web.desk:
        report.problem(("oidc", "issuer"), "there is no desk", "web.listen opens one, and web.desk must be true")
    if web.public is None:
        report.problem(("oidc", "issuer"), "there is no web.public", "the provider leads people back there")
    elif not (web.public.startswith("https://") or is_own_http(web.public)):
        found = f"found {show(web.public)}"
        report.problem(("web", "public"), found, "expected https://, for a provider leads people back there (oidc)")
    if not is_installed:
        report.problem(("oidc", "issuer"), "the extra “oidc” is not installed", MISSING)


def check_feeds(checked: Checked, report: Report) -> None:
    """Report a feed whose limits exclude its own pace."""
    for name, one in checked.feeds.items():
        feed = one.table
        if feed.fastest is not None and feed.fastest > feed.every:
            report.problem(("feeds", name, "fastest"), "is longer than every", "expected no longer than every")
        if feed.slowest is not None and feed.slowest < feed.every:
            report.problem(("feeds", name, "slowest"), "is shorter than every", "expected no shorter than every")


def check_digests(checked: Checked, report: Report) -> None:
    """Report a digest that can never be filled, and warn of one that never opens by itself."""
    for name, digest in checked.digests.items():
        if digest.least > digest.most:
            hint = f"expected no more than most ({digest.most})"
            report.problem(("digests", name, "least"), f"found {digest.least}", hint)
        if not digest.slots:
            report.warning(("digests", name), "has no slots, so no issue opens by itself")


def check_budgets(checked: Checked, report: Report) -> None:
    """Warn of a budget that reaches for no post at all, or for none with the link that it shall carry."""
    for channel in checked.channels:
        policy = channel.policy
        linked = max(policy.price, policy.price_with_link)
        dearest, what = (policy.price, "post") if policy.links == "never" else (linked, "post with a link")
        for key in ("budget_per_day", "budget_per_month"):
            budget = getattr(policy, key)
            if budget is not None and budget < dearest:
                report.warning(("channels", channel.name, key), f"{budget:g} reaches for no {what} ({dearest:g})")


def check_lines(checked: Checked, report: Report) -> None:
    """Report a line in the next issue where no issues leave, and warn where none does yet."""
    mailing = {digest.channel for digest in checked.digests.values()}
    for channel in checked.channels:
        for key in ("on_correction", "on_withdrawal"):
            if getattr(channel.policy, key) != "next-digest":
                continue
            path = ("channels", channel.name, key)
            if channel.kind != "email":
                report.problem(
                    path, f'a channel of type "{channel.kind}" has no issues', 'expected "email" for next-digest'
                )
            elif channel.name not in mailing:
                report.warning(path, "no digest leaves through it, so nobody is told in a next issue")


#: What paces posts; mail goes to its readers one by one and is not paced.
_PACING = (
    *("gap", "most_per_hour", "most_per_day", "quiet", "quiet_silent", "slots"),
    *("fair_share", "fold_above", "stale"),
)


def check_pacing(checked: Checked, report: Report) -> None:
    """Warn of keys that have no effect on mail."""
    for channel in checked.channels:
        idle = [key for key in _PACING if channel.kind == "email" and key in channel.policy.model_fields_set]
        if idle:
            report.warning(
                ("channels", channel.name), f"is of type email, which is not paced: no effect of {', '.join(idle)}"
            )
