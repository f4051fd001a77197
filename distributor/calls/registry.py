"""The typed registry of every act, and what its arguments are made of. Must not know who asked."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

from distributor.app import App
from distributor.errors import CallError
from distributor.model import Article, Story
from distributor.phrases import Phrase
from distributor.rules.queue.calendar import instants
from distributor.rules.story.identity import BY_HAND, keys
from distributor.store.desk.acts import By

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One act."""

    name: str
    run: Callable[..., Json]
    #: what it does, in one line
    about: str


CALLS: dict[str, Call] = {}
#: Calls after which something may leave at once: whoever runs the lanes wakes them.
WAKING = frozenset(
    {"release", "send_now", "approve", "resume", "settle", "post", "reword", "correct", "withdraw", "poll", "publish"}
    | {"refile", "update", "move", "resume_channel", "ask_reader", "resume_provider", "issue_resume", "issue_rest"}
    | {"resend"}
)
#: The largest number that SQLite can hold.
LARGEST = (1 << 63) - 1
#: Arguments whose values no message shows.
SECRET = frozenset({"password"})


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
            shown = "that" if key in SECRET else f"{value!r:.80}"
            raise CallError("bad_arguments", f"{name}: {key} cannot be {shown}")
    return found.run(*bound.args, **bound.kwargs)


def known(names: Iterable[str]) -> Phrase:
    """What can be named, for the hint of a refusal."""
    return Phrase("known: %(names)s", names=", ".join(sorted(names)) or Phrase("(none)"))


def parse_instant(text: str) -> datetime:
    """The instant of a text in ISO 8601 with its offset. Raises CallError."""
    hint = "2026-11-30T07:00+03:00"
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is None:
            raise CallError("bad_instant", f"{text!r} has no zone", hint=hint)
        return found.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise CallError("bad_instant", f"{text!r} is not an instant", hint=hint) from error


def parse_moment(app: App, text: str) -> datetime:
    """The instant of a text in ISO 8601; without an offset it is the wall's time at the desk. Raises CallError."""
    try:
        wall = datetime.fromisoformat(text)
        if wall.tzinfo is not None:
            return parse_instant(text)
        found = instants(wall, ZoneInfo(app.settings.desk.zone))
    except (ValueError, OverflowError) as error:
        raise CallError("bad_instant", f"{text!r} is not an instant", hint="2026-11-30T07:00") from error
    if not found:
        hint = "clocks go forward over it; name a later time"
        raise CallError("bad_instant", f"{text} does not come in {app.settings.desk.zone}", hint=hint)
    return found[0]


def by(app: App, who: str, through: str) -> By:
    """Who acts, now. Raises CallError for nobody."""
    if not who.strip() or not through.strip():
        raise CallError("no_name", "nobody is named who decides", hint="--by NAME")
    return By(who=" ".join(who.split()), through=through, at=app.clock.now())


def know_channel(app: App, channel: str | None) -> None:
    """Raise CallError for a channel that nothing has."""
    channels = {row["name"] for row in app.store.deliveries.channels()}
    if channel is not None and channel not in channels:
        raise CallError("unknown_channel", f"there is no channel {channel!r}", hint=known(channels))


def find_story(app: App, url: str) -> Story:
    """The story of an address. Raises CallError for one that nothing has."""
    story = app.store.stories.find(story_names(app, url))
    if story is None:
        raise CallError("unknown_story", f"no story is known by the address {url}", hint="is it the story's own page?")
    return story


def story_names(app: App, url: str) -> Sequence[str]:
    """The keys under which the story of an address may be known, in whichever feed."""
    feeds = [*([feed.name for feed in app.settings.feeds] or [""]), BY_HAND]
    articles = [Article(feed=feed, guid=url, url=url, headline="") for feed in feeds]
    return [key for article in articles for key in reversed(keys(article))]


def _fits(value: object, kind: Any) -> bool:
    """Whether a value that came as JSON is of an argument's type; a number counts something, a text is proper text."""
    if get_origin(kind) is UnionType:
        return any(_fits(value, one) for one in get_args(kind))
    if get_origin(kind) is Sequence:
        return isinstance(value, list | tuple) and all(_fits(one, get_args(kind)[0]) for one in value)
    if get_origin(kind) is dict:
        return isinstance(value, dict)
    if kind is int:
        return type(value) is int and 0 < value <= LARGEST
    if kind is str:
        # half a surrogate pair (undecodable bytes of a command line) can be neither stored nor hashed
        return isinstance(value, str) and not any("\ud800" <= char <= "\udfff" for char in value)
    return isinstance(value, kind)
