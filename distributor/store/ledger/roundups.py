"""Round-ups: the one post that tells what a channel did not get one by one. Chooses no story, decides nothing.

A round-up is an issue of ``round-up CHANNEL`` with one delivery. As long as that waits, what is folded meanwhile joins
it: a night of stale stories is one post in the morning.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from distributor.model import ROUTINE, Act, Skipped, State, SubjectKind
from distributor.store.codes import act_number, state_number, to_ms
from distributor.store.connection import Connection, Row, queries


def fold(connection: Connection, channel: int, skipped: Skipped, now: datetime) -> int:
    """Skip rows and put their stories into the channel's round-up, inside the caller's transaction; how many."""
    issue, slot = _waiting(connection, channel) or _opened(connection, channel, skipped.slot, now)
    reason = f"folded into the round-up of {slot}: {skipped.reason}"
    fields = {"ids": json.dumps(skipped.ids), "reason": reason, "now": to_ms(now)}
    rows = connection.query(queries("deliveries")["skip_these"], fields)
    join = queries("issues")["join"]
    connection.run_many(join, [{"issue": issue, "story": story} for story in _stories(rows, skipped.ids)])
    return len(rows)


def _stories(rows: Sequence[Row], ids: Sequence[int]) -> Sequence[int]:
    """The stories of the skipped rows, in the order of the decision."""
    subjects = {row["id"]: row["subject_id"] for row in rows}
    return [subjects[number] for number in ids if number in subjects]


def _waiting(connection: Connection, channel: int) -> tuple[int, str] | None:
    """The channel's round-up that nobody has in hand and that has never been at the wire."""
    for row in connection.query(queries("issues")["waiting_roundup"], {"channel": channel}):
        return row["id"], row["slot"]
    return None


def _opened(connection: Connection, channel: int, slot: str, now: datetime) -> tuple[int, str]:
    """A new round-up: its issue, open from the first moment, and its one delivery, due at once."""
    sql = queries("issues")
    name = connection.query(sql["channel_name"], (channel,))[0]["name"]
    digest = f"round-up {name}"
    free = _free_slot(connection, digest, slot)
    subject = connection.query("INSERT INTO subjects (kind) VALUES (?) RETURNING id", (int(SubjectKind.ISSUE),))
    issue = int(subject[0]["id"])
    connection.run(sql["open_roundup"], {"id": issue, "digest": digest, "slot": free, "now": to_ms(now)})
    fields = {"issue": issue, "channel": channel, "priority": ROUTINE, "now": to_ms(now), "reason": digest}
    numbers = {"act": act_number(Act.ROUNDUP), "state": state_number(State.DUE)}
    connection.run(sql["post_roundup"], {**fields, **numbers})
    return issue, free


def _free_slot(connection: Connection, digest: str, slot: str) -> str:
    """The slot's name, numbered where the minute has had a round-up that has left already."""
    name, number = slot, 1
    while connection.query(queries("issues")["find"], (digest, name)):
        number += 1
        name = f"{slot} ({number})"
    return name
