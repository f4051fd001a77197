"""What the relays of a mail channel took and may take, and how fast providers are mailed: for ``channels``."""

from __future__ import annotations

from datetime import datetime

from distributor.app import App
from distributor.calls.registry import Json
from distributor.interfaces import Relayed
from distributor.looks import instant
from distributor.model.mail import RelayTerms
from distributor.rules.mail.lanes import opened, recovered
from distributor.rules.mail.quotas import Uses, room
from distributor.rules.mail.relaying import Rest
from distributor.rules.mail.warmup import allowance


def relays_of(app: App, name: str, now: datetime) -> list[Json]:
    """Each relay of a channel, in the order in which they are used; none for other kinds."""
    channel = app.channels[name]
    if not isinstance(channel, Relayed):
        return []
    uses, rests = app.store.relays.uses(name, now), app.store.relays.rests(name)
    ordered = sorted(channel.terms.relays, key=lambda one: one.priority)
    return [_relay(one, uses.get(one.name, ()), rests.get(one.name), now) for one in ordered]


def _relay(terms: RelayTerms, uses: Uses, rest: Rest | None, now: datetime) -> Json:
    found = room(terms, uses, now)
    return {
        "name": terms.name,
        "priority": terms.priority,
        "counted": sum(n for _, n in uses),
        "left": found.left,
        "opens": instant(found.opens),
        "full": found.reason or None,
        "warmup": allowance(terms.warmup_from, now) if terms.warmup_from else None,
        "rests_until": instant(rest.until) if rest and rest.until > now else None,
        "trouble": rest.reason if rest else None,
    }


def lanes_of(app: App, name: str, now: datetime) -> list[Json]:
    """The providers that a channel mails more slowly because they asked for it."""
    channel = app.channels[name]
    if not isinstance(channel, Relayed):
        return []
    found = []
    for provider, slowed in app.store.relays.rates(name).items():
        lane = recovered(opened(channel.terms.provider(provider).per_minute, now, before=slowed), now)
        face = {"per_minute": lane.rate, "usual": lane.ceiling, "since": instant(slowed.changed_at)}
        found.append({"provider": provider, **face, "reason": slowed.reason})
    return found
