"""The call behind the desk's page of digests: what each sends next, and how its last issues stand. Changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from distributor.app import App
from distributor.calls.mail.issuing import UNDER_WAY
from distributor.calls.registry import Json, call
from distributor.looks import instant
from distributor.model import Digest, IssueState, Wish
from distributor.rules.mail.receipts import Fate
from distributor.rules.mail.rhythms import next_slot, zone_of
from distributor.rules.queue.timing import slot_name
from distributor.store.connection import Row

#: how many of its own slots are told of each digest
SLOTS = 3
#: an issue for more readers is summed on its own page: counting them takes too long for a list
SUMMED = 50_000
_ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)


@call
def digests(app: App, *, limit: int = 5) -> Json:
    """Every digest with its next slots, the stories that are expected, and its last issues with what became of them."""
    now = app.clock.now()
    return {
        "at": instant(now),
        "zone": app.settings.desk.zone,
        "counts_clicks": app.settings.mail.count_clicks,
        "digests": [_digest(app, one, now, limit) for one in app.digests.values()],
    }


def _digest(app: App, digest: Digest, now: datetime, limit: int) -> Json:
    expected = app.digesters[digest.name].preview(now)
    return {
        "name": digest.name,
        "title": digest.title,
        "channel": digest.channel,
        "zone": digest.zone,
        "archive": digest.archive,
        "readers": app.store.audience.of_topic(digest.name),
        "schedules": list(digest.slots),
        "next": _slots(digest, now),
        "expected": {
            "reason": expected.reason or None,
            "stories": [
                {"id": one.id, "headline": one.article.headline, "url": one.article.url} for one in expected.stories
            ],
        },
        "issues": [_issue(app, row) for row in app.store.glance.issues(digest.name, _ALWAYS, limit)],
    }


def _slots(digest: Digest, now: datetime) -> list[Json]:
    """The digest's own next slots; readers' own hours come beside them."""
    found: list[Json] = []
    at: datetime | None = now
    while len(found) < SLOTS and (at := next_slot(digest, Wish(), at or now)) is not None:
        found.append({"slot": slot_name(at, zone_of(digest, "")), "at": instant(at)})
    return found


def _issue(app: App, row: Row) -> Json:
    control = app.store.control.get(row["id"])
    return {
        "issue": row["id"],
        "slot": row["slot"],
        "state": row["state"],
        "reason": row["reason"] or None,
        "opened": instant(row["opened_at"]),
        "begins": instant(control.begins_at),
        "is_under_way": IssueState(row["state"]) in UNDER_WAY,
        "phase": control.phase.value,
        "why": control.reason or None,
        "recipients": row["recipients"],
        "sums": _sums(app, row),
    }


def _sums(app: App, row: Row) -> Mapping[str, int] | None:
    if (row["recipients"] or 0) > SUMMED:
        return None
    fates = app.store.control.fates(row["id"])
    return {fate.value: fates[fate] for fate in Fate}
