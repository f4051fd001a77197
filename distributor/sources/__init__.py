"""The world comes in: one file per kind of source, this program's own and those of the entry-point group
``distributor.sources``. Nothing here knows what a kind does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Final

from distributor.interfaces import Clock, Source
from distributor.net import Fetcher
from distributor.sources.guard import Guard
from distributor.sources.parsed import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a source is opened with, whatever its kind."""

    #: the key of ``[feeds.NAME]``
    name: str
    #: the one guarded client; nothing else may touch the network
    fetcher: Fetcher
    #: reads documents in a process with limits; nothing else may parse what strangers wrote
    guard: Guard
    clock: Clock
    #: what every kind is told of the feed
    reading: Reading
    #: a longer file is refused
    most_bytes: int = 10 << 20
    #: where relative paths start: the folder of the configuration
    base: Path = Path()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceKind:
    """One kind of source: the shape of its ``[feeds.NAME]`` table and how to open one."""

    #: a plain frozen dataclass without slots; its fields are the table's keys beside those that every feed takes
    options: type
    #: from an opening and its options to a source that has not yet contacted anyone
    open: Callable[[Opening, Any], Source]


#: This program's own kinds by the value of ``type``: they need no installation to be found.
OWN: Final = {
    "auto": "distributor.sources.own.auto:AUTO",
    "feed": "distributor.sources.own.documents:FEED",
    "folder": "distributor.sources.own.folder:FOLDER",
    "jsonfeed": "distributor.sources.own.documents:JSON_FEED",
    "ninjs": "distributor.sources.own.folder:NINJS",
    "page": "distributor.sources.own.page:PAGE",
    "push": "distributor.sources.own.push:PUSH",
    "sitemap": "distributor.sources.own.sitemap:SITEMAP",
    "wordpress": "distributor.sources.own.wordpress:WORDPRESS",
}


@cache
def kinds() -> Mapping[str, SourceKind]:
    """All kinds by the value of ``type``, in alphabetical order; nobody else's stands in the place of our own."""
    found: dict[str, SourceKind] = {point.name: point.load() for point in entry_points(group="distributor.sources")}
    for name, place in OWN.items():
        module, _, constant = place.partition(":")
        found[name] = getattr(import_module(module), constant)
    return dict(sorted(found.items()))
