"""Calls about readers: who gets what, added and removed by the operator."""

from __future__ import annotations

from collections.abc import Sequence

from distributor.app import App, tell_desk
from distributor.calls.registry import Json, call, known
from distributor.errors import CallError
from distributor.looks import subscriber_json
from distributor.mime import mailbox
from distributor.model import ALERTS


@call
def subscribers(app: App) -> Json:
    """Every reader with their subscriptions."""
    return {"subscribers": subscriber_json(app.store.subscribers.list())}


@call
def subscribe(app: App, *, address: str, topics: Sequence[str], name: str = "", language: str = "") -> Json:
    """Confirm a reader for digests, for an email channel's single stories or for alerts, on the operator's word."""
    topics_known = {
        ALERTS,
        *app.digests,
        *(channel for channel, opened in app.channels.items() if opened.kind == "email"),
    }
    unknown = [topic for topic in topics if topic not in topics_known]
    if unknown or not topics:
        said = ", ".join(unknown) or "(none)"
        raise CallError("unknown_topic", f"nothing to subscribe to under {said}", hint=known(topics_known))
    if not _is_bare_address(address):
        raise CallError("bad_address", f"{address!r} is not a mail address", hint="such as name@example.org")
    now = app.clock.now()
    app.store.subscribers.subscribe(address, topics, now=now, source="operator", name=name, language=language)
    tell_desk(app.settings, app.store)
    return {"address": address, "topics": list(topics)}


@call
def unsubscribe(app: App, *, address: str, topic: str | None = None) -> Json:
    """End a reader's subscriptions, all or one; what has not left is not sent."""
    ended = app.store.subscribers.leave(address, topic, app.clock.now())
    if not ended:
        raise CallError("not_subscribed", f"{address} has no such subscription")
    tell_desk(app.settings, app.store)
    return {"address": address, "ended": ended}


def _is_bare_address(text: str) -> bool:
    """Whether a mail can be written to it; asked of the code that writes it, so that no issue meets a wrong reader."""
    try:
        mailbox(text)
    except ValueError:
        return False
    return "<" not in text and text == text.strip()
