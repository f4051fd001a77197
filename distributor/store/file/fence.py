"""The fence of a restored store: what it believes to be unsent may have been sent by the one that it replaces. Runs in
the caller's transaction; asks no platform.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from distributor.rules.queue.fence import REASON, RESTORE
from distributor.store.codes import to_ms
from distributor.store.connection import Connection, queries
from distributor.store.ledger.events import append, doubt

#: How far new numbers stand above the highest that is known to have been given.
JUMP = 1_000_000
#: Under which name the instant of the last fence is kept.
FENCED_AT = "fenced_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fence:
    """What the fence has to know of the house."""

    #: the configured feeds, also those that this store never read
    feeds: Sequence[str]
    #: the configured digests, also those that this store never knew
    digests: Sequence[str]
    #: the channels whose platform can be asked what stands there
    askable: Sequence[str]
    #: those whose platform tells a repetition from a new parcel, by the delivery's number
    repeatable: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fenced:
    """What stands behind the fence."""

    deliveries: int
    feeds: int
    #: issues cut short
    issues: int


def raise_fence(
    connection: Connection, fence: Fence, *, delivery: int, subject: int, shared: int, now: datetime
) -> Fenced:
    """Put everything that may have been sent in doubt; ``delivery`` and ``subject`` are the highest lost numbers.

    Up to the number ``shared`` a delivery is surely the same one in both stores; beyond it the other store may have
    given its number to another, and where parcels are told apart by it, a person decides.
    """
    sql, moves = queries("binding"), queries("deliveries")
    for name, top in (("deliveries", delivery), ("subjects", subject)):
        lifted = {"name": name, "top": top, "jump": JUMP}
        if not connection.run(sql["lift"], lifted):
            connection.run(sql["begin_lifted"], lifted)
    fields = {"now": to_ms(now), "reason": REASON}
    connection.run(moves["fence_alerts"], fields)
    connection.run(sql["fence_channels"])
    asked = {"askable": json.dumps(list(fence.askable)), "repeatable": json.dumps(list(fence.repeatable))}
    doubtful = connection.query(moves["fence"], {**fields, **asked, "shared": shared})
    append(connection, *(doubt(row["subject_id"], row["id"], now) for row in doubtful))
    connection.run(sql["set_meta"], (FENCED_AT, str(to_ms(now))))
    connection.run(sql["fence_feeds"])
    connection.run_many(sql["fence_feed"], [(name,) for name in fence.feeds])
    connection.run_many(sql["fence_digest"], [(name, to_ms(now)) for name in fence.digests])
    connection.run(sql["fence_digests"], (to_ms(now),))
    issues = connection.run(sql["fence_issues"], (f"{RESTORE} nobody knows who of its readers got it",))
    return Fenced(deliveries=len(doubtful), feeds=len(fence.feeds), issues=issues)
