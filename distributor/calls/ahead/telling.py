"""What an editorial rule is, for the sentence that tells it. Speaks no language."""

from __future__ import annotations

from datetime import timedelta

from distributor.calls.registry import Json
from distributor.config.settings import ChannelSettings
from distributor.looks import amount
from distributor.model import Canary, Digest, Route, Style


def told_route(route: Route) -> Json:
    """A route, for its sentence."""
    return {
        "name": route.name,
        "channels": list(route.channels),
        "feeds": list(route.feeds),
        "categories": list(route.categories),
        "keywords": list(route.keywords),
        "languages": list(route.languages),
        "urgency": route.urgency,
        "delay": _seconds(timedelta(seconds=route.delay)),
        "shelf_life": _seconds(route.shelf_life),
        "approval": route.approval.value,
        "approval_edits": route.approval_edits,
        "silence": route.silence.value,
        "silence_after": _seconds(route.silence_after),
        "undo": _seconds(route.undo),
        "template": route.template,
        "lint": [{"rule": rule, "level": level.value} for rule, level in route.lint],
    }


def told_digest(digest: Digest) -> Json:
    """A digest, for its sentence."""
    return {
        "name": digest.name,
        "title": digest.title,
        "description": digest.description,
        "channel": digest.channel,
        "slots": list(digest.slots),
        "zone": digest.zone,
        "feeds": list(digest.feeds),
        "categories": list(digest.categories),
        "languages": list(digest.languages),
        "most": digest.most,
        "least": digest.least,
        "order": digest.order,
        "lead": digest.lead.value,
        "grouping": digest.grouping.value,
        "sections": list(digest.sections),
        "rhythms": [one.value for one in digest.rhythms],
        "morning": digest.morning,
        "evening": digest.evening,
        "undo": _seconds(digest.undo),
        "offered": digest.offered,
        "archive": digest.archive,
        "template": digest.template,
        "canary": _told_canary(digest.canary),
    }


def told_style(style: Style) -> Json:
    """The newsroom's words about its words, for their sentence."""
    return {
        "blocked_words": list(style.blocked_words),
        "hosts": list(style.hosts),
        "hashtags": [{"section": section, "words": words} for section, words in style.hashtags],
        "tags": list(style.tags),
        "most_tags": style.most_tags,
    }


def _told_canary(canary: Canary | None) -> Json | None:
    if canary is None:
        return None
    return {"share": canary.share, "number": canary.number, "wait": _seconds(canary.wait)}


def told_times(channel: ChannelSettings) -> Json:
    """When a channel posts and what it may spend, for its sentence."""
    policy = channel.policy
    return {
        "name": channel.name,
        "gap": _seconds(policy.gap),
        "most_per_hour": policy.most_per_hour,
        "most_per_day": policy.most_per_day,
        "quiet": policy.quiet,
        "quiet_silent": policy.quiet_silent,
        "slots": list(policy.slots),
        "fold_above": policy.fold_above,
        "stale": policy.stale.value,
        "fair_share": policy.fair_share,
        "budget_per_day": amount(policy.budget_per_day),
        "budget_per_month": amount(policy.budget_per_month),
    }


def _seconds(length: timedelta) -> int:
    return int(length.total_seconds())
