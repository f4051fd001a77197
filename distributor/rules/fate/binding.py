"""Whether a store is the live one: bound to its machine, folder and configuration, and not older than its marker.
Must not look at a file.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class Standing(StrEnum):
    """What an opening finds."""

    #: never run live: nobody's yet
    FIRST = "first"
    OURS = "ours"
    #: bound to another machine, folder or configuration
    MOVED = "moved"
    #: an older file, or another one, lies in the place of the one that ran here last
    OLDER = "older"
    #: bound, but nothing outside the database says that it is the one that ran last
    UNMARKED = "unmarked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a store runs live."""

    #: the machine's own name, hashed
    machine: str
    #: the real path of the store's folder
    folder: str
    #: the real path of the configuration file
    config: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Heights:
    """How far a store has come: what the marker beside it holds, and what the database itself says."""

    store: str
    #: grows with every take-over and restore
    epoch: int
    event: int
    #: of that event, in hexadecimal; empty before the first
    event_hash: str
    delivery: int
    subject: int
    #: of a marker: whether it was written at an orderly end, so that nothing was sent since
    closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What an opening found, and why, in words (empty for a store that may run live)."""

    standing: Standing
    reason: str = ""
    #: whether what it believes to be unsent may have been sent by another
    is_outdated: bool = False

    @property
    def is_live(self) -> bool:
        """Whether it may touch the wire."""
        return self.standing in (Standing.FIRST, Standing.OURS)


def judge(
    here: Place,
    bound: Place | None,
    store: Heights,
    marker: Heights | None,
    hash_there: str,
    left: Heights | None = None,
) -> Judgement:
    """The verdict at an opening. ``hash_there`` is the database's own hash of the marker's event; empty: none.

    ``left`` is the marker in the folder to which the store is bound, where that is another and can be seen from here.
    """
    if marker is not None and (reason := _older(store, marker, hash_there)):
        return Judgement(standing=Standing.OLDER, reason=reason, is_outdated=True)
    if bound is None:
        return Judgement(standing=Standing.FIRST)
    if moved := _moved(here, bound):
        unsure = _unsure(here, bound, marker, left)
        return Judgement(standing=Standing.MOVED, reason=f"{moved}{unsure}", is_outdated=bool(unsure))
    if marker is None:
        reason = "its marker, which tells whether this is the newest state of the database, is gone"
        return Judgement(standing=Standing.UNMARKED, reason=reason, is_outdated=True)
    return Judgement(standing=Standing.OURS)


def _older(store: Heights, marker: Heights, hash_there: str) -> str:
    """Why the database is not the one that the marker was written for; empty when it is.

    A higher epoch is newer whatever else it holds: a take-over or a restore wrote it, and the marker comes after.
    """
    if store.store != marker.store:
        return "the database is not the one that ran here last"
    if store.epoch > marker.epoch:
        return ""
    if store.epoch < marker.epoch or store.event < marker.event or store.delivery < marker.delivery:
        return (
            f"the database is an older copy: it ends with event {store.event} and delivery {store.delivery}, "
            f"the one that ran here last had come to {marker.event} and {marker.delivery}"
        )
    if hash_there != marker.event_hash:
        return f"the database is a copy that went its own way: its event {marker.event} is another"
    return ""


def _unsure(here: Place, bound: Place, marker: Heights | None, left: Heights | None) -> str:
    """Why a store that was moved may not be its newest state; empty where it is, or was never elsewhere."""
    if marker is None:
        return "; the marker that tells its age was not moved with it"
    if (here.machine, here.folder) == (bound.machine, bound.folder):
        return ""
    if not marker.closed:
        return "; it is a copy of a store that had not ended in order, or a backup"
    if left is not None and left.store == marker.store and replace(left, closed=True) != replace(marker, closed=True):
        return "; the one that was copied has gone on"
    return "; the one that was copied runs there" if left is not None and not left.closed else ""


def _moved(here: Place, bound: Place) -> str:
    parts = []
    if here.machine != bound.machine:
        parts.append("another machine")
    if here.folder != bound.folder:
        parts.append(f"the folder {bound.folder}")
    if here.config != bound.config:
        parts.append(f"the configuration {bound.config}")
    return f"the store is bound to {' and '.join(parts)}" if parts else ""
