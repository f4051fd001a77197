"""Calls that keep the store: a backup, and the word that this is the live one. The restore is no call, for no daemon
may run then.
"""

from __future__ import annotations

from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from distributor.app import App, open_channels
from distributor.calls.registry import Json, call
from distributor.errors import CallError, StoreError
from distributor.outlets import make_fence
from distributor.rules.fate.binding import Place
from distributor.store.file.binding import here
from distributor.store.file.fence import Fenced
from distributor.store.file.restore import restore

if TYPE_CHECKING:
    from distributor.config import Settings


@call
def backup(app: App, *, to: str | None = None) -> Json:
    """A proved copy of the store, in the folder of the configuration or in another one (an absolute path)."""
    if to is not None and not Path(to).is_absolute():
        raise CallError("bad_folder", f"{to!r} is not an absolute path", hint="such as /var/backups/news")
    folder = Path(to) if to else backup_folder(app.settings)
    made = app.store.backups.make(folder, keep=app.settings.backup.keep, now=app.clock.now())
    return {
        "path": str(made.path),
        "bytes": made.size,
        "events": made.proved.events,
        "head": made.proved.head or None,
        "seconds": made.seconds,
        "verified": True,
        "removed": [str(path) for path in made.removed],
    }


@call
def take_over(app: App) -> Json:
    """Make this the live store; one that may be outdated is fenced, as after a restore."""
    if not app.fence:
        raise CallError("nothing_to_take_over", "this store is not fenced", hint="it runs as its configuration says")
    reason, now = app.fence, app.clock.now()
    done = app.store.binding.take_over(make_fence(app.settings, app.channels), actor="operator", now=now)
    app.store.alerts.recover("take-over", "somebody took over; this is the live store", now=now)
    return {
        "was": reason,
        "epoch": done.epoch,
        "released": done.released,
        "fenced": done.fenced is not None,
        **_fenced_json(done.fenced or Fenced(deliveries=0, feeds=0, issues=0)),
    }


def restore_backup(settings: Settings, file: Path, now: datetime) -> Json:
    """Put a backup in the place of the store, fenced. Raises StoreLocked while a daemon runs, StoreError."""
    with ExitStack() as stack:
        fence = make_fence(settings, open_channels(settings, stack))
        done = restore(settings.store_folder, file, fence, actor="operator", now=now)
    return {
        "restored": str(file),
        "events": done.proved.events,
        "kept": str(done.kept) if done.kept else None,
        "epoch": done.epoch,
        **_fenced_json(done.fenced),
        "shadow": _bound_elsewhere(settings, done.bound),
    }


def backup_folder(settings: Settings) -> Path:
    """Where copies lie unless somebody says otherwise."""
    return settings.backup.folder or settings.store_folder / "backups"


def watch_fence(app: App) -> None:
    """Have somebody know as long as anything stands behind the fence of a restore."""
    left, now = app.store.deliveries.fence_left([feed.name for feed in app.settings.feeds]), app.clock.now()
    if any(left):
        text = "after a restore, deliveries wait until somebody knows whether the replaced store sent them"
        app.store.alerts.raise_alert("restore", text, hint="distributor deliveries --state unknown", now=now)
    else:
        app.store.alerts.recover("restore", "nothing of the restore is in doubt any more", now=now)


def make_due_backup(app: App) -> None:
    """The copy that the clock asks for; somebody is told when there is none, and when there is one again."""
    now = app.clock.now()
    try:
        made = app.store.backups.make(backup_folder(app.settings), keep=app.settings.backup.keep, now=now)
    except StoreError as error:
        app.store.alerts.raise_alert("backup", f"there is no new backup: {error}", hint="distributor backup", now=now)
        raise
    app.store.alerts.recover("backup", f"there is a new backup: {made.path.name}", now=now)


def _fenced_json(fenced: Fenced) -> Json:
    return {"unknown": fenced.deliveries, "feeds": fenced.feeds, "issues": fenced.issues}


def _bound_elsewhere(settings: Settings, bound: Place | None) -> str | None:
    if bound is None or bound == here(settings.store_folder, settings.file):
        return None
    return "the backup is bound to another place; it runs in shadow until: distributor take-over"
