"""Which story goes to which channel, and why not to the others. Must not know what a channel is made of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from distributor.model import FLASH, Approval, Article, Conditions, DeliveryIntent, PubStatus, Route, State
from distributor.rules.queue.holds import planned

#: A baseline story was in the feed before distributor first read it.
BASELINE = "baseline: it was in the feed when the feed was first read"
_APPROVALS = {Approval.NONE: 0, Approval.ONE: 1, Approval.TWO: 2}
_NEVER = datetime.min.replace(tzinfo=UTC)


def plan(
    article: Article,
    routes: Sequence[Route],
    audiences: Mapping[str, Sequence[int]],
    now: datetime,
    *,
    baseline: bool = False,
    internal: str = "",
) -> Sequence[DeliveryIntent]:
    """One answer for every channel of every route: deliveries, held ones where a condition asks for it, or a skip
    with its reason. ``internal`` says why the story looks like internal material.

    The first route that accepts the story decides for a channel. ``audiences`` gives the recipients of channels
    that have many (subscriber ids); a channel it does not name has one audience of its own, recipient 0.
    """
    refusal = BASELINE if baseline else _refusal(article)
    intents: list[DeliveryIntent] = []
    for channel in dict.fromkeys(name for route in routes for name in route.channels):
        own = [route for route in routes if channel in route.channels]
        answers = _answers(channel, article, own, audiences.get(channel, (0,)), now, refusal, internal)
        intents.extend(planned(one, now) for one in answers)
    return intents


def mismatch(article: Article, route: Route) -> str:
    """Why the route does not accept the story, in words; empty when it does."""
    return next(_complaints(article, route), "")


def _complaints(article: Article, route: Route) -> Iterator[str]:
    if route.feeds and article.feed not in route.feeds:
        yield f"feed {article.feed} is not among {_said(route.feeds)}"
    if route.categories and not _shares(article.categories, route.categories):
        yield f"category {_said(article.categories)} is not among {_said(route.categories)}"
    if route.languages and not speaks(article.language, route.languages):
        yield f"language {article.language or 'unknown'} is not among {_said(route.languages)}"
    if route.keywords and not _mentions(article, route.keywords):
        yield f"mentions none of {_said(route.keywords)}"
    if route.urgency is not None and article.urgency > route.urgency:
        yield f"urgency {article.urgency} is below {route.urgency}"


def _answers(
    channel: str,
    article: Article,
    routes: Sequence[Route],
    recipients: Sequence[int],
    now: datetime,
    refusal: str,
    internal: str,
) -> Iterable[DeliveryIntent]:
    reasons = {route.name: mismatch(article, route) for route in routes}
    chosen = next((route for route in routes if not reasons[route.name]), None)
    why_not = refusal
    if not why_not and chosen is None:
        why_not = "; ".join(f"route {name}: {reason}" for name, reason in reasons.items())
    if not why_not and not recipients:
        why_not = "nobody is subscribed"
    if why_not or chosen is None:
        return [DeliveryIntent(channel=channel, state=State.SKIPPED, reason=why_not, due_at=now)]
    first = _intent(channel, article, chosen, now, _conditions(article, chosen, internal, now))
    return [replace(first, recipient=recipient) if recipient else first for recipient in recipients]


def _intent(
    channel: str, article: Article, route: Route, now: datetime, conditions: Conditions | None
) -> DeliveryIntent:
    due = now + timedelta(seconds=route.delay)
    return DeliveryIntent(
        channel=channel,
        # an embargo holds, but what a restore puts in doubt knows no hold: it has its time here as well
        due_at=max(due, article.embargoed or due),
        reason=f"route {route.name}",
        priority=max(FLASH, article.urgency),
        template=route.template,
        stale_at=_stale_at(article, route, now),
        category=article.categories[0] if article.categories else "",
        conditions=conditions,
    )


def _conditions(article: Article, route: Route, internal: str, now: datetime) -> Conditions | None:
    """What the story must pass on the route's channels; None: nothing."""
    embargo = article.embargoed if article.embargoed is not None and article.embargoed > now else None
    approvals = _APPROVALS[route.approval]
    if not (internal or approvals or embargo or route.undo):
        return None
    return Conditions(
        internal=internal,
        approvals=approvals,
        edits=route.approval_edits and approvals > 0,
        silence=route.silence,
        silence_after=route.silence_after,
        embargo=embargo,
        undo=route.undo,
    )


def _stale_at(article: Article, route: Route, now: datetime) -> datetime | None:
    """When the story is no news any more: counted from its publication, or from a later end of its embargo."""
    if not route.shelf_life:
        return None
    return max(article.published or now, article.embargoed or _NEVER) + route.shelf_life


def _refusal(article: Article) -> str:
    return "" if article.pubstatus is PubStatus.USABLE else f"its status is {article.pubstatus.value}"


def _shares(has: Sequence[str], wanted: Sequence[str]) -> bool:
    return not {name.casefold() for name in has}.isdisjoint(name.casefold() for name in wanted)


def speaks(language: str, wanted: Sequence[str]) -> bool:
    """Whether a language is one of some, or a kind of one: ``en-GB`` is ``en``."""
    tag = language.casefold()
    return any(tag == name.casefold() or tag.startswith(f"{name.casefold()}-") for name in wanted)


def _mentions(article: Article, keywords: Sequence[str]) -> bool:
    text = f"{article.headline}\n{article.summary}\n{article.body}"
    return any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE) for word in keywords)


def _said(names: Sequence[str]) -> str:
    return ", ".join(names) if names else "(none)"
