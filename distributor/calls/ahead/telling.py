"""What an editorial rule is, for the sentence that tells it. Speaks no language."""

from __future__ import annotations

from datetime import timedelta

from distributor.calls.registry import Json
from distributor.config.settings import ChannelSettings
from distributor.model import Digest, Route


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
        "undo": _seconds(route.undo),
    }


def told_digest(digest: Digest) -> Json:
    """A digest, for its sentence."""
    return {
        "name": digest.name,
        "title": digest.title,
        "channel": digest.channel,
        "slots": list(digest.slots),
        "zone": digest.zone,
        "categories": list(digest.categories),
        "most": digest.most,
        "least": digest.least,
    }


def told_times(channel: ChannelSettings) -> Json:
    """When a channel posts, for its sentence."""
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
    }


def _seconds(length: timedelta) -> int:
    return int(length.total_seconds())
