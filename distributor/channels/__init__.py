"""The world goes out: one file per kind of channel, found through the entry-point group ``distributor.channels``.

Other people's packages add kinds in the same way; nothing here names a platform.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from importlib.metadata import entry_points
from typing import Any

from distributor.interfaces import Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelKind:
    """One kind of channel: the shape of its ``[channels.NAME]`` table and how to open one."""

    #: a plain frozen dataclass without slots; its fields are the table's keys (``type`` left out)
    options: type
    #: from the channel's name and its options to a channel that has not yet contacted anyone
    open: Callable[[str, Any], Channel]
    #: defaults of its own for the keys that every channel takes (docs/channels.md), as they stand in a file
    defaults: Mapping[str, Any] = field(default_factory=dict)
    #: of a kind that can be asked what stands there: when to ask, counted from the doubt; empty for the usual instants
    looks: tuple[timedelta, ...] = ()
    #: the name under which the platform's crawler comes to a page to make a card of it; empty: none does
    crawler: str = ""
    #: whether the desk may be told of trouble there; not where only the public reads
    takes_alerts: bool = True
    #: whether what it posts is news that anybody may read
    is_public: bool = False
    #: what a test would need that no reader sees, in words, where a channel of this kind can show none
    test_needs: str = "an account or receiver of its own, configured as another channel"


@cache
def kinds() -> Mapping[str, ChannelKind]:
    """All installed kinds by the value of ``type``, in alphabetical order."""
    found = sorted(entry_points(group="distributor.channels"), key=lambda point: point.name)
    return {point.name: point.load() for point in found}
