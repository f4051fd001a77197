"""Calls about lists of readers: brought in and given out, in slices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from distributor.app import App, tell_desk
from distributor.calls.mail.readers import topics_of
from distributor.calls.registry import Json, call, known
from distributor.errors import CallError
from distributor.looks import instant
from distributor.mime import mailbox
from distributor.rules.mail.readers.importing import Brought, Fate
from distributor.store.codes import from_ms

#: Readers of one slice of a file that is given out.
SLICE = 1_000
#: of one slice that is brought in: a transaction of more would keep others waiting
MOST = 2_000


@call
def import_readers(
    app: App, *, readers: Sequence[dict[str, Any]], topics: Sequence[str], source: str, dry_run: bool = False
) -> Json:
    """Take at most 2,000 addresses of a list; how many became what. ``dry_run`` only looks."""
    named = {topic for one in readers for topic in one.get("topics", ())} | set(topics)
    if unknown := ", ".join(sorted(named - topics_of(app))):
        raise CallError("unknown_topic", f"nothing to subscribe to under {unknown}", hint=known(topics_of(app)))
    if len(readers) > MOST:
        raise CallError("too_many", f"{len(readers)} readers in one call", hint=f"at most {MOST}")
    try:
        brought = [_brought(one) for one in readers]
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        hint = '{"address": "a@example.org", "fate": "subscribed"}'
        raise CallError("not_read", f"a reader cannot be read: {error}", hint=hint) from error
    found = app.store.imports.bring(brought, topics, source=source, is_meant=not dry_run, now=app.clock.now())
    if not dry_run:
        tell_desk(app.settings, app.store)
    return {"became": dict(found)}


@call
def export_readers(app: App, *, after: int | None = None) -> Json:
    """The subscriptions of the next readers after a number, and the number to go on from; null: that was all."""
    rows, last = app.store.imports.page(after or 0, SLICE)
    lone: list[Json] = []
    if last is None:
        lone = [
            dict.fromkeys(("name", "language", "zone", "topic"), "")
            | {"address": row["address"], "state": "suppressed", "since": instant(from_ms(row["at"]))}
            | {"source": row["kind"]}
            for row in app.store.imports.lone_suppressions()
        ]
    return {"readers": [*rows, *lone], "next": last}


def _brought(one: Mapping[str, Any]) -> Brought:
    """A reader of a list. Raises ValueError for what no mail can reach."""
    since = one.get("since")
    return Brought(
        address=mailbox(one["address"]).address,
        fate=Fate(one["fate"]),
        name=str(one.get("name", "")),
        language=str(one.get("language", "")),
        zone=str(one.get("zone", "")),
        since=datetime.fromisoformat(since) if since else None,
        topics=tuple(str(topic) for topic in one.get("topics", ())),
    )
