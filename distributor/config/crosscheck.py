"""What one table says about another: names that must exist, numbers that must fit. Must not trust the shape of
a table: it may be broken.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from distributor.config.report import Report, found, known_hint, show
from distributor.config.scanner import KeyPath
from distributor.config.schema import Mail, Oidc, Operations, Web
from distributor.config.tables import Checked
from distributor.model import ALERTS
from distributor.phrases import Phrase
from distributor.text.loopback import is_own_http


def check_names(tree: Mapping[str, Any], report: Report) -> None:
    """Report every feed and channel that a route or digest names and that does not exist.

    A feed or channel counts as existing as soon as it has a table, so that one mistake makes one problem.
    """
    feeds, channels = _named(tree, "feeds"), _named(tree, "channels")
    for name, route in _named(tree, "routes").items():
        _check_list(("routes", name, "feeds"), route, feeds, report.unknown_feed)
        _check_list(("routes", name, "channels"), route, channels, report.unknown_channel)
    for name, digest in _named(tree, "digests").items():
        _check_list(("digests", name, "feeds"), digest, feeds, report.unknown_feed)
        hint = Phrase('a digest leaves through a channel of type "email"')
        _check_mail_channel(("digests", name, "channel"), digest, channels, report, hint)
    hint = Phrase('letters leave through a channel of type "email"')
    _check_mail_channel(("readers", "letters"), tree.get("readers"), channels, report, hint)
    _check_list(("alerts", "channels"), tree.get("alerts"), channels, report.unknown_channel)


def _named(tree: Mapping[str, Any], table: str) -> dict[str, Any]:
    named = tree.get(table)
    return named if isinstance(named, dict) else {}


def _check_list(
    path: KeyPath, raw: Any, known: Mapping[str, Any], unknown: Callable[[KeyPath, str, Mapping[str, Any]], None]
) -> None:
    names = raw.get(path[-1]) if isinstance(raw, dict) else None
    for index, name in enumerate(names if isinstance(names, tuple) else ()):
        if isinstance(name, str) and name not in known:
            unknown((*path, index), name, known)


def _check_mail_channel(path: KeyPath, raw: Any, channels: Mapping[str, Any], report: Report, hint: Phrase) -> None:
    name = raw.get(path[-1]) if isinstance(raw, dict) else None
    if not isinstance(name, str):
        return
    if name not in channels:
        report.unknown_channel(path, name, channels)
        return
    kind = channels[name].get("type", "email") if isinstance(channels[name], dict) else "email"
    if kind != "email":
        told = Phrase('channel "%(name)s" is of type %(kind)s', name=name, kind=show(kind))
        report.problem(path, told, hint)


def check_alerts(tree: Mapping[str, Any], public: Collection[str], report: Report) -> None:
    """Report an alert channel whose kind only the public reads, and a digest or mail channel named as alerts are.

    ``public`` are those kinds.
    """
    channels, digests, alerts = _named(tree, "channels"), _named(tree, "digests"), tree.get("alerts")
    wanted = alerts.get("channels") if isinstance(alerts, dict) else ()
    for index, name in enumerate(wanted if isinstance(wanted, tuple) else ()):
        kind = channels.get(name, {}).get("type") if isinstance(channels.get(name), dict) else None
        if kind in public:
            told = Phrase('channel "%(name)s" is of type %(kind)s, which the public reads', name=name, kind=show(kind))
            hint = Phrase("expected a channel that only the desk reads")
            report.problem(("alerts", "channels", index), told, hint)
    for table, named in (("channels", channels), ("digests", digests)):
        if ALERTS in named:
            hint = Phrase('expected another name: readers are subscribed to "%(name)s" for alerts', name=ALERTS)
            report.problem((table, ALERTS), Phrase('is named "%(name)s"', name=ALERTS), hint)


def check_operations(tree: Mapping[str, Any], checked: Checked, report: Report) -> None:
    """Report an operations chat without its bot or its people, and a bot that is none of Telegram's channels.

    A channel with a mistake of its own is there all the same.
    """
    table = checked.single["operations"]
    assert isinstance(table, Operations)
    telegram = {name for name, raw in _named(tree, "channels").items() if _may_be("telegram", raw)}
    if table.bot is not None and table.bot not in telegram:
        told = Phrase("unknown channel of type telegram %(name)s", name=show(table.bot))
        report.problem(("operations", "bot"), told, known_hint(table.bot, telegram))
    if (table.bot is None) != (table.chat is None):
        there, missing = ("chat", "bot") if table.bot is None else ("bot", "chat")
        told = Phrase("there is no %(what)s", what=missing)
        report.problem(("operations", there), told, Phrase("expected both bot and chat, or neither"))
    if table.chat is not None and not table.people:
        report.warning(("operations", "chat"), 'nobody may act there; people = ["123456789 Anna"] lets somebody')
    numbers = [text.partition(" ")[0] for text in table.people]
    for index, number in enumerate(numbers):
        if number in numbers[:index]:
            told = Phrase("%(number)s stands there twice", number=number)
            report.problem(("operations", "people", index), told, Phrase("expected one name each"))


def _may_be(kind: str, raw: Any) -> bool:
    """Whether a channel is of a kind; one whose table does not say so is in another problem already."""
    return not isinstance(raw, dict) or raw.get("type", kind) == kind


def check_web(checked: Checked, report: Report) -> None:
    """Report links that are to be counted and have no page to lead through, and hosts that nobody is led to."""
    mail, web = checked.single["mail"], checked.single["web"]
    assert isinstance(mail, Mail)
    assert isinstance(web, Web)
    if web.readers_before and web.readers is None:
        report.problem(("web", "readers_before"), _no("web.readers"), Phrase("it is where they stand now"))
    if mail.count_clicks and web.readers is None and web.public is None:
        hint = Phrase("the links that are counted lead through it")
        report.problem(("mail", "count_clicks"), _no("web.public"), hint)


def _no(what: str) -> Phrase:
    return Phrase("there is no %(what)s", what=what)


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
                report.problem(("oidc", key), _no("oidc.issuer"), Phrase("it says at which provider"))
        return
    if oidc.client_id is None:
        hint = Phrase("this key is required: what the provider calls us")
        report.problem(("oidc", "client_id"), Phrase("missing"), hint)
    if web.listen is None or not web.desk:
        hint = Phrase("web.listen opens one, and web.desk must be true")
        report.problem(("oidc", "issuer"), Phrase("there is no desk"), hint)
    if web.public is None:
        report.problem(("oidc", "issuer"), _no("web.public"), Phrase("the provider leads people back there"))
    elif not (web.public.startswith("https://") or is_own_http(web.public)):
        hint = Phrase("expected https://, for a provider leads people back there (oidc)")
        report.problem(("web", "public"), found(web.public), hint)
    if not is_installed:
        told = Phrase("the extra “oidc” is not installed")
        report.problem(("oidc", "issuer"), told, Phrase.as_it_is(MISSING))


def check_feeds(checked: Checked, report: Report) -> None:
    """Report a feed whose limits exclude its own pace."""
    for name, one in checked.feeds.items():
        feed = one.table
        if feed.fastest is not None and feed.fastest > feed.every:
            hint = Phrase("expected no longer than every")
            report.problem(("feeds", name, "fastest"), Phrase("is longer than every"), hint)
        if feed.slowest is not None and feed.slowest < feed.every:
            hint = Phrase("expected no shorter than every")
            report.problem(("feeds", name, "slowest"), Phrase("is shorter than every"), hint)


def check_digests(checked: Checked, report: Report) -> None:
    """Report a digest that can never be filled, and warn of one that never opens by itself."""
    for name, digest in checked.digests.items():
        if digest.least > digest.most:
            hint = Phrase("expected no more than most (%(most)s)", most=digest.most)
            report.problem(("digests", name, "least"), found(digest.least), hint)
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
                told = Phrase('a channel of type "%(kind)s" has no issues', kind=channel.kind)
                report.problem(path, told, Phrase('expected "email" for next-digest'))
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
