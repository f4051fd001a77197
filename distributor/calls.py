"""Every act by name: the typed registry behind the command line, the control socket and whatever face comes later.

Each call takes the open app and plain arguments and gives a JSON-ready object of one documented shape
(docs/commands.md). Must not print, and must not know who asked.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from distributor.app import App
from distributor.errors import CallError
from distributor.looks import (
    delivery_json,
    digest_json,
    feed_json,
    instant,
    issue_json,
    readable,
    row_json,
    story_json,
    subscriber_json,
)
from distributor.mime import mailbox
from distributor.model import Article, Limits, State, Story
from distributor.rules.identity import keys

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One act."""

    name: str
    run: Callable[..., Json]
    #: what it does, in one line
    about: str


CALLS: dict[str, Call] = {}


def call(function: Callable[..., Json]) -> Callable[..., Json]:
    """Register a function under its name; its first argument is the app, the others are keyword-only."""
    about = (function.__doc__ or "").splitlines()[0]
    CALLS[function.__name__] = Call(name=function.__name__, run=function, about=about)
    return function


def dispatch(app: App, name: str, args: Mapping[str, Any]) -> Json:
    """Run a call by name. Raises CallError for an unknown name or arguments that do not fit."""
    found = CALLS.get(name)
    if found is None:
        raise CallError("unknown_call", f"there is no call {name!r}", hint=f"known: {', '.join(sorted(CALLS))}")
    try:
        bound = inspect.signature(found.run).bind(app, **args)
    except TypeError as error:
        raise CallError("bad_arguments", f"{name}: {error}") from error
    kinds = get_type_hints(found.run)
    for key, value in args.items():
        if not _fits(value, kinds[key]):
            raise CallError("bad_arguments", f"{name}: {key} cannot be {value!r:.80}")
    return found.run(*bound.args, **bound.kwargs)


@call
def status(app: App) -> Json:
    """What stands where: counts by channel, paused channels, feeds in trouble."""
    settings = app.settings
    return {
        "mode": settings.mode,
        "counts": _counts(app),
        "channels": _channels(app),
        "feeds": _feeds(app),
    }


@call
def deliveries(app: App, *, state: str | None = None, channel: str | None = None, limit: int = 50) -> Json:
    """The latest deliveries, with the counts by channel and the feeds and channels in trouble."""
    wanted = None if state is None else _state(state)
    if channel is not None and channel not in {row["name"] for row in app.store.deliveries.channels()}:
        raise CallError("unknown_channel", f"there is no channel {channel!r}", hint=_known(app.channels))
    rows = app.store.deliveries.list(state=wanted, channel=channel, limit=limit)
    return {"deliveries": [row_json(row) for row in rows], **status(app)}


@call
def where(app: App, *, url: str) -> Json:
    """Every channel's answer for one story."""
    story = app.store.stories.find(_names(app, url))
    if story is None:
        raise CallError("unknown_story", f"no story is known by the address {url}", hint="is it the story's own page?")
    found = app.store.deliveries.of_subject(story.id)
    issues = app.store.deliveries.issues_carrying(story.id)
    return {
        "story": story_json(story),
        "deliveries": [delivery_json(entry) for entry in found],
        "issues": [issue_json(row, app.store.deliveries.subject_counts(row["id"])) for row in issues],
    }


@call
def preview(app: App, *, last: int = 5, channel: str | None = None) -> Json:
    """The latest stories as each channel would show them now; nothing is sent."""
    chosen = {name: opened for name, opened in app.channels.items() if channel in (None, name)}
    if channel is not None and not chosen:
        raise CallError("unknown_channel", f"there is no channel {channel!r}", hint=_known(app.channels))
    stories = app.store.stories.latest(last)
    return {
        "previews": [
            _preview(app, story, name, opened.kind, opened.limits)
            for story in stories
            for name, opened in chosen.items()
        ]
    }


@call
def digest_preview(app: App, *, name: str, at: str | None = None) -> Json:
    """The issue that a digest would send at its next slot, as things stand."""
    if name not in app.digesters:
        raise CallError("unknown_digest", f"there is no digest {name!r}", hint=_known(app.digests))
    digester, now = app.digesters[name], app.clock.now()
    slot = _instant(at) if at else digester.next_slot(now)
    if slot is None:
        raise CallError("no_slot", f"the digest {name} has no slot")
    selection = digester.preview(now)
    return digest_json(app.renderer, digester.digest, slot, selection)


@call
def subscribers(app: App) -> Json:
    """Every reader with their subscriptions."""
    return {"subscribers": subscriber_json(app.store.subscribers.list())}


@call
def subscribe(app: App, *, address: str, topics: Sequence[str], name: str = "", language: str = "") -> Json:
    """Confirm a reader for digests, or for an email channel's single stories, on the operator's word."""
    known = {*app.digests, *(channel for channel, opened in app.channels.items() if opened.kind == "email")}
    unknown = [topic for topic in topics if topic not in known]
    if unknown or not topics:
        said = ", ".join(unknown) or "(none)"
        raise CallError("unknown_topic", f"nothing to subscribe to under {said}", hint=_known(known))
    if not _is_bare_address(address):
        raise CallError("bad_address", f"{address!r} is not a mail address", hint="such as name@example.org")
    now = app.clock.now()
    app.store.subscribers.subscribe(address, topics, now=now, source="operator", name=name, language=language)
    return {"address": address, "topics": list(topics)}


@call
def unsubscribe(app: App, *, address: str, topic: str | None = None) -> Json:
    """End a reader's subscriptions, all or one; what has not left is not sent."""
    ended = app.store.subscribers.leave(address, topic, app.clock.now())
    if not ended:
        raise CallError("not_subscribed", f"{address} has no such subscription")
    return {"address": address, "ended": ended}


def _fits(value: object, kind: Any) -> bool:
    """Whether a value that came as JSON is of an argument's type; a number counts something, a text is proper text."""
    if get_origin(kind) is UnionType:
        return any(_fits(value, one) for one in get_args(kind))
    if get_origin(kind) is Sequence:
        return isinstance(value, list | tuple) and all(_fits(one, get_args(kind)[0]) for one in value)
    if kind is int:
        return type(value) is int and 0 < value < 1 << 63  # what SQLite can hold
    if kind is str:
        # half a surrogate pair (undecodable bytes of a command line) can be neither stored nor hashed
        return isinstance(value, str) and not any("\ud800" <= char <= "\udfff" for char in value)
    return isinstance(value, kind)


def _counts(app: App) -> Json:
    counts = app.store.deliveries.counts()
    return {channel: {state.value: count for state, count in states.items()} for channel, states in counts.items()}


def _channels(app: App) -> list[Json]:
    return [
        {
            "name": row["name"],
            "kind": row["kind"],
            "configured": row["name"] in app.channels,
            "paused": row["paused_reason"] or None,
            "paused_at": instant(row["paused_at"]),
        }
        for row in app.store.deliveries.channels()
    ]


def _feeds(app: App) -> list[Json]:
    known = app.store.stories.feeds()
    return [feed_json(feed.name, known.get(feed.name)) for feed in app.settings.feeds]


def _preview(app: App, story: Story, name: str, kind: str, limits: Limits) -> Json:
    message = app.renderer.story(kind, limits, story, link=story.article.url)
    return {
        "channel": name,
        "story": story.article.url,
        "headline": story.article.headline,
        "subject": message.subject or None,
        "text": readable(message.text),
        "length": limits.measure(message.text),
        "limit": limits.text,
    }


def _names(app: App, url: str) -> Sequence[str]:
    """The keys under which the story of an address may be known, in whichever feed."""
    feeds = [feed.name for feed in app.settings.feeds] or [""]
    articles = [Article(feed=feed, guid=url, url=url, headline="") for feed in feeds]
    return [key for article in articles for key in reversed(keys(article))]


def _state(name: str) -> State:
    try:
        return State(name)
    except ValueError as error:
        raise CallError("unknown_state", f"there is no state {name!r}", hint=_known(State)) from error


def _is_bare_address(text: str) -> bool:
    """Whether a mail can be written to it; asked of the code that writes it, so that no issue meets a wrong reader."""
    try:
        mailbox(text)
    except ValueError:
        return False
    return "<" not in text and text == text.strip()


def _instant(text: str) -> datetime:
    hint = "2026-11-30T07:00+03:00"
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is None:
            raise CallError("bad_instant", f"{text!r} has no zone", hint=hint)
        return found.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise CallError("bad_instant", f"{text!r} is not an instant", hint=hint) from error


def _known(names: Iterable[str]) -> str:
    return f"known: {', '.join(sorted(names)) or '(none)'}"
