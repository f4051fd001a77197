"""Trying a configuration out: every template, feed and channel. Posts nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from distributor.app import TAKE_OVER, make_renderer, open_channels, proved_renderer
from distributor.clock import SystemClock
from distributor.developing import developed
from distributor.errors import DistributorError, StoreDamaged, StoreError
from distributor.inlets import fetcher, open_sources
from distributor.interfaces import Channel, Checkable, Source, Validators
from distributor.model import Story
from distributor.outlets import open_darkroom
from distributor.rules.fate.binding import Standing
from distributor.rules.fate.space import short_of_room
from distributor.showing import Wanted, previews
from distributor.sources.guard import Guard
from distributor.sources.parsed import Reading
from distributor.store.connection import DAMAGED
from distributor.store.file.binding import here, peek
from distributor.store.file.marker import MarkerFile
from distributor.store.opening import FILE
from distributor.surveying import survey_chat
from distributor.vouching import label_of, make_provider

if TYPE_CHECKING:
    from distributor.config import Settings
    from distributor.net.names import Names

Json = dict[str, Any]

#: A store whose marker is there and whose database is not.
GONE = "its database is gone; the marker of the one that ran here is there"
#: With less free room than this (bytes) no commit can be sure of its place.
LEAST_TO_WRITE = 1 << 20
#: What is proved, in the order in which it is told.
PARTS = ("templates", "feeds", "channels", "operations", "mail", "login", "store")


def check_all(settings: Settings, names: Names | None = None) -> Json:
    """Compile every template against a sample story, read every feed, ask every channel who we are there.

    With ``names``, also look at each sender of mail as mailbox providers do.
    """
    with ExitStack() as stack:
        sources = open_sources(settings, stack, SystemClock())
        channels = open_channels(settings, stack)
        found: Json = {
            "config": str(settings.file),
            "mode": settings.mode,
            "warnings": list(settings.warnings),
            "templates": [_tried("all", partial(_compiled, settings))],
            "feeds": [_tried(name, partial(_read, source)) for name, source in sources.items()],
            "channels": [_tried(name, partial(_asked, channel)) for name, channel in channels.items()],
            "operations": survey_chat(settings, channels),
            "mail": _mail(settings, channels, names) if names else [],
            "login": _login(settings),
            "store": _store(settings),
        }
    parts = (one for part in PARTS for one in found[part])
    return {"ok": all(one["ok"] for one in parts), **found}


def _login(settings: Settings) -> list[Json]:
    """Whether the provider by which people log in is good for it; nothing where there is none."""
    provider = make_provider(settings, SystemClock().now)
    return [] if provider is None else [_tried(label_of(settings), provider.check)]


def _mail(settings: Settings, channels: Mapping[str, Channel], names: Names) -> list[Json]:
    from distributor.doctoring import examine_mail

    with closing(fetcher(settings.net, settings.net.proxy)) as looker:
        return examine_mail(settings, channels, names, looker)


def preview_file(settings: Settings, path: Path, wanted: Wanted, *, last: int, pictures: bool) -> Json:
    """The stories of a saved document as each channel would show them. Raises ParseError, CallError."""
    with ExitStack() as stack:
        guard = Guard()
        stack.callback(guard.close)
        parsed = guard.parse(path.read_bytes(), path.name, "", Reading(kind="auto", zone=settings.desk.zone))
        channels = open_channels(settings, stack)
        now = SystemClock().now()
        stories = [Story(id=0, article=one, first_seen_at=now) for one in parsed.articles[:last]]
        found = previews(settings, channels, stories, wanted, renderer=partial(make_renderer, settings))
        if pictures:
            found = developed(found, channels, open_darkroom(settings, stack, fetcher))
        return {"previews": found}


def _store(settings: Settings) -> list[Json]:
    """Whether the store that is there may run live in this place; nothing where there is none yet."""
    path = settings.store_folder / FILE
    if not path.exists() and MarkerFile(settings.store_folder).read() is None:
        return []
    return [_tried(str(settings.store_folder), partial(_judged, settings, path))]


def _judged(settings: Settings, path: Path) -> str:
    if not path.exists():
        raise StoreError(f"{GONE}; put the latest backup in its place: distributor restore FILE")
    if (note := path.with_name(DAMAGED)).exists():
        raise StoreDamaged(note.read_text("utf-8").strip())
    told = _standing(settings, path)
    room = os.statvfs(path.parent)
    free = room.f_bavail * room.f_frsize
    short = short_of_room(free=free, total=room.f_blocks * room.f_frsize)
    if free < LEAST_TO_WRITE:
        raise StoreError(f"nothing can be written: {short}")
    return f"{told}; {short}" if short else told


def _standing(settings: Settings, path: Path) -> str:
    judgement = peek(path, here(settings.store_folder, settings.file))
    if judgement is None:
        return "of an earlier version; the next start brings it up to date"
    if not judgement.is_live:
        raise StoreError(f"it runs in shadow, for {judgement.reason}; if this is to be the live one: {TAKE_OVER}")
    return "it runs here" if judgement.standing is Standing.OURS else "nobody's yet; its first live run binds it here"


def _tried(name: str, attempt: Callable[[], str]) -> Json:
    try:
        return {"name": name, "ok": True, "detail": attempt()}
    except DistributorError as error:
        return {"name": name, "ok": False, "detail": str(error)}


def _compiled(settings: Settings) -> str:
    proved_renderer(settings, every=True)
    return "every template compiles and renders a sample story"


def _read(source: Source) -> str:
    fetched = source.fetch(Validators())
    count = len(source.parse(fetched)) if fetched is not None else 0
    return f"{count} articles"


def _asked(channel: Channel) -> str:
    if not isinstance(channel, Checkable):
        return "nothing to ask"
    return channel.check()
