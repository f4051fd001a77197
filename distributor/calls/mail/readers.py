"""Calls about readers: who gets what, asked, added and removed by the operator or by the newsroom's own system."""

from __future__ import annotations

from collections.abc import Sequence

from distributor.app import App, tell_desk
from distributor.calls.registry import Json, call, known
from distributor.errors import CallError
from distributor.looks import subscriber_json
from distributor.mime import mailbox
from distributor.model import ALERTS
from distributor.rules.mail.readers.asking import Wish
from distributor.store.mail.letters import Consent


@call
def subscribers(app: App) -> Json:
    """Every reader with their subscriptions."""
    return {"subscribers": subscriber_json(app.store.subscribers.list())}


@call
def subscribe(
    app: App,
    *,
    address: str,
    topics: Sequence[str],
    name: str = "",
    language: str = "",
    source: str = "operator",
    form: str = "",
    version: str = "",
) -> Json:
    """Confirm a reader for digests, for an email channel's single stories or for alerts, on the operator's word.

    ``form`` is what the reader agreed to, in its version.
    """
    _check(app, address, topics)
    now = app.clock.now()
    consent = Consent(act="operator", source=source, topics=topics, form=form, version=version)
    app.store.subscribers.subscribe(address, topics, now=now, consent=consent, name=name, language=language)
    tell_desk(app.settings, app.store)
    return {"address": address, "topics": list(topics), "asked": False}


@call
def ask_reader(
    app: App,
    *,
    address: str,
    topics: Sequence[str],
    name: str = "",
    language: str = "",
    source: str = "operator",
    form: str = "",
    version: str = "",
) -> Json:
    """Ask a reader by a letter whether they want something; nothing is sent before they say yes.

    ``form`` is what somebody agreed to in their name, in its version.
    """
    _check(app, address, topics)
    if ALERTS in topics:
        raise CallError("unknown_topic", "nobody is asked for the desk's alerts", hint="subscribe them on your word")
    if app.settings.web.pages is None:
        raise CallError("no_public", "there is no page to say yes on", hint='[web] public = "https://desk.example.org"')
    wish = Wish(
        address=mailbox(address).address,
        topics=tuple(topics),
        source=source,
        name=name,
        language=language or app.settings.desk.language,
        form=form,
        version=version,
    )
    return {"address": address, "topics": list(topics), "asked": app.reception.subscribing.ask(wish)}


@call
def unsubscribe(app: App, *, address: str, topic: str | None = None) -> Json:
    """End a reader's subscriptions, all or one; what has not left is not sent."""
    ended = app.store.subscribers.leave(address, topic, app.clock.now())
    if not ended:
        raise CallError("not_subscribed", f"{address} has no such subscription")
    tell_desk(app.settings, app.store)
    return {"address": address, "ended": ended}


def topics_of(app: App) -> frozenset[str]:
    """Everything that can be subscribed to."""
    mails = (channel for channel, opened in app.channels.items() if opened.kind == "email")
    return frozenset({ALERTS, *app.digests, *mails})


def _check(app: App, address: str, topics: Sequence[str]) -> None:
    """Raise CallError for what is no topic or no address."""
    topics_known = topics_of(app)
    unknown = [topic for topic in topics if topic not in topics_known]
    if unknown or not topics:
        said = ", ".join(unknown) or "(none)"
        raise CallError("unknown_topic", f"nothing to subscribe to under {said}", hint=known(topics_known))
    if not is_bare_address(address):
        raise CallError("bad_address", f"{address!r} is not a mail address", hint="such as name@example.org")


def is_bare_address(text: str) -> bool:
    """Whether a mail can be written to it; asked of the code that writes it, so that no issue meets a wrong reader."""
    try:
        mailbox(text)
    except ValueError:
        return False
    return "<" not in text and text == text.strip()
