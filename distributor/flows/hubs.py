"""Subscriptions at hubs: asked for, renewed, confirmed, refused (WebSub). A push means "poll now", and nothing more.

What a hub brings is never read: anybody may run a hub, and the feed itself is the truth.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Protocol
from urllib.parse import urlencode

from distributor.errors import FetchError
from distributor.rules.reading.leases import LEASE, Subscription, is_due, lease, may_confirm

log = logging.getLogger(__name__)


class HubBook(Protocol):
    """Where subscriptions are remembered."""

    def get(self, feed: str) -> Subscription | None:
        """A feed's subscription."""
        ...

    def token(self, feed: str) -> str:
        """What stands in its callback."""
        ...

    def secret(self, feed: str) -> str:
        """What its hub signs with."""
        ...

    def asked(self, feed: str, hub: str, topic: str, now: datetime) -> None:
        """A hub is being asked."""
        ...

    def confirmed(self, feed: str, until: datetime) -> None:
        """It was verified."""
        ...

    def denied(self, feed: str, error: str) -> None:
        """It was refused, or the hub could not be asked."""
        ...


#: Sends a form to an address; raises FetchError.
Post = Callable[[str, bytes, dict[str, str]], object]


class HubKeeper:
    """Keeps one feed subscribed at the hub that its document names."""

    def __init__(self, feed: str, book: HubBook, post: Post, *, callback: Callable[[str], str]) -> None:
        """``callback`` gives the public address for a token."""
        self.feed = feed
        self._book = book
        self._post = post
        self._callback = callback

    def run_once(self, hub: str, topic: str, now: datetime) -> bool:
        """Ask the hub if it is time to; whether it was asked. A hub that cannot be asked costs nothing but a pause."""
        known = self._book.get(self.feed)
        if not hub and known is not None:  # the document has not changed since the program began
            hub, topic = known.hub, known.topic
        if not hub or not is_due(known, hub, topic, now):
            return False
        # before it is asked: a hub may verify while it is still being told
        self._book.asked(self.feed, hub, topic, now)
        try:
            self._post(hub, self._form(topic), {"content-type": "application/x-www-form-urlencoded"})
        except FetchError as error:
            log.warning("feed %s: its hub %s", self.feed, error)
            self._book.denied(self.feed, str(error))
        return True

    def _form(self, topic: str) -> bytes:
        return urlencode(
            {
                "hub.callback": self._callback(self._book.token(self.feed)),
                "hub.mode": "subscribe",
                "hub.topic": topic,
                "hub.secret": self._book.secret(self.feed),
                "hub.lease_seconds": int(LEASE.total_seconds()),
            }
        ).encode()


def answer_hub(book: HubBook, known: Subscription | None, fields: dict[str, str], now: datetime) -> str | None:
    """What to answer a hub that verifies a subscription (WebSub, section 5.3): its challenge, or None for a refusal."""
    mode, topic = fields.get("hub.mode", ""), fields.get("hub.topic", "")
    if known is not None and mode == "denied" and topic == known.topic:
        reason = " ".join(fields.get("hub.reason", "").split())[:200]
        book.denied(known.feed, f"refused: {reason}" if reason else "refused")
        return ""
    challenge = fields.get("hub.challenge", "")
    if known is None or not challenge or not may_confirm(known, mode, topic):
        return None
    book.confirmed(known.feed, now + lease(fields.get("hub.lease_seconds", "")))
    log.info("feed %s: its hub tells us of news until %s", known.feed, now + lease(fields.get("hub.lease_seconds", "")))
    return challenge
