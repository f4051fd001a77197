"""Calls about the newsletter's readers one by one, and how many come and go.

Whoever may have them sees people's addresses: they need the role that lists of readers need.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from distributor.app import App, tell_desk
from distributor.calls.mail.bounces import return_face
from distributor.calls.mail.readers import topics_of
from distributor.calls.registry import Json, by, call
from distributor.errors import CallError
from distributor.looks import instant
from distributor.reception import titles
from distributor.rules.mail.returning.scores import Score
from distributor.store.codes import STATES, from_ms
from distributor.store.connection import Row
from distributor.store.mail.audience import Came, Found

#: mails and reports that are told of one reader; days of growth, and the most of them
MAILS, DAYS, MOST_DAYS = 50, 30, 366
#: the shortest beginning that is looked for: a letter alone is nobody's
LEAST = 2
#: what counts as coming in ``consents.act``: by a reader's own word or somebody's for them
_CONFIRMED = ("confirmed", "operator", "imported", "returned")
_ACTS = ("asked", *_CONFIRMED, "left")


@call
def readers(app: App, *, text: str, limit: int = 50) -> Json:
    """The readers whose address, or its domain, begins with a text; ``@example`` looks at domains alone."""
    wanted = text.strip()
    if len(wanted) < LEAST:
        raise CallError("too_short", f"{text!r:.40} is too little to look for", hint="the beginning of an address")
    found = app.store.audience.find(wanted, limit + 1)
    return {"readers": [_found(one) for one in found[:limit]], "more": len(found) > limit}


@call
def reader(app: App, *, reader: int) -> Json:
    """All about one reader: dials, subscriptions, consents, what they got, what came back, whether they are mailed."""
    row = _find(app, reader)
    told, names = app.store.dials.known(reader), titles(app.settings)
    assert told is not None
    book, address, now = app.store.audience, row["address"], app.clock.now()
    has = {one["topic"] for one in told["subscriptions"]}
    return {
        "id": reader,
        "address": address,
        "name": row["name"] or None,
        "since": instant(row["created_at"]),
        "dials": {key: _dial(key, told["reader"][key]) for key in _DIALS},
        "subscriptions": [{**one, "title": names.get(one["topic"], one["topic"])} for one in told["subscriptions"]],
        "others": [{"topic": one, "title": names.get(one, one)} for one in sorted(topics_of(app) - has)],
        "consents": told["consents"],
        "mails": [_mail(one) for one in book.mails(reader, MAILS)],
        "returns": [return_face(one) for one in book.returns(address, MAILS)],
        "suppression": _suppression(book.suppression(address)),
        "score": _score(book.score(address), now),
    }


@call
def reader_number(app: App, *, address: str) -> Json:
    """The number of the reader who has an address."""
    return {"reader": _number(app, address)}


@call
def reader_export(app: App, *, reader: int) -> Json:
    """All that is known of a reader, as they would get it by a fresh link."""
    _find(app, reader)
    return {"known": app.store.dials.everything(reader)}


@call
def reader_erase(app: App, *, reader: int, reason: str, who: str, through: str) -> Json:
    """Forget a reader for good, but for a keyed hash of the address, so that no list brings them back."""
    doer = by(app, who, through)
    if not reason.strip():
        raise CallError("no_reason", "nobody will know why", hint="asked by letter")
    _find(app, reader)
    app.store.dials.erase(reader, doer.at, by=doer, reason=" ".join(reason.split()))
    tell_desk(app.settings, app.store)
    return {"reader": reader}


@call
def readers_growth(app: App, *, days: int = DAYS) -> Json:
    """How many came and went day by day, and how many each newsletter has now; nobody's address."""
    zone, now = ZoneInfo(app.settings.desk.zone), app.clock.now()
    if days > MOST_DAYS:
        raise CallError("too_long", f"{days} days are more than can be told", hint=f"at most {MOST_DAYS}")
    today = now.astimezone(zone).date()
    told = [today - timedelta(days=back) for back in reversed(range(days))]
    spans = [(_midnight(day, zone), _midnight(day + timedelta(days=1), zone)) for day in told]
    names = titles(app.settings)
    counted = app.store.audience.topics()
    topics = {topic: counted.get(topic, {}) for topic in topics_of(app) | counted.keys()}
    return {
        "zone": zone.key,
        "days": [
            {"day": day.isoformat(), **_came(came)}
            for day, came in zip(told, app.store.audience.came(spans, _ACTS), strict=True)
        ],
        "topics": [
            {"topic": topic, "title": names.get(topic, topic), **{state: counts.get(state, 0) for state in _STATES}}
            for topic, counts in sorted(topics.items())
        ],
        "suppressed": app.store.audience.suppressed(),
    }


_DIALS = ("language", "zone", "quiet_from", "quiet_to", "most_per_day", "text_only", "paused_until", "clicks")
_FLAGS = ("text_only", "clicks")
_STATES = ("confirmed", "unconfirmed")


def _find(app: App, reader: int) -> Row:
    row = app.store.audience.row(reader)
    if row is None:
        raise CallError("unknown_reader", f"there is no reader {reader}", hint="the number of one that was found")
    return row


def _number(app: App, address: str) -> int:
    number = app.store.audience.number(address.strip())
    if number is None:
        raise CallError("unknown_reader", f"nobody has the address {address:.80}", hint="as it was subscribed")
    return number


def _found(one: Found) -> Json:
    return {
        "id": one.id,
        "address": one.address,
        "name": one.name or None,
        "subscriptions": dict(one.topics),
        "suppressed": one.is_suppressed,
    }


def _dial(key: str, value: Any) -> Any:
    if key in _FLAGS:
        return None if value is None else bool(value)
    return value if value != "" else None


def _mail(row: Row) -> Json:
    return {
        "delivery": row["id"],
        "channel": row["channel"],
        "issue": row["issue"],
        "digest": row["digest"],
        "slot": row["slot"],
        "letter": row["letter"],
        "headline": row["headline"],
        "state": STATES[row["state"]].value,
        "reason": row["reason"] or None,
        "at": instant(row["ended_at"] or row["started_at"] or row["planned_at"]),
    }


def _suppression(row: Row | None) -> Json | None:
    return {"kind": row["kind"], "reason": row["reason"], "at": instant(from_ms(row["at"]))} if row else None


def _score(score: Score | None, now: datetime) -> Json | None:
    if score is None:
        return None
    until = score.until if score.until and score.until > now else None
    told = {"points": score.points, "last_day": score.day.isoformat(), "rests": score.rests}
    return {**told, "rests_until": instant(until)}


def _came(came: Came) -> Mapping[str, int]:
    return {
        "asked": came.said.get("asked", 0),
        "confirmed": sum(came.said.get(act, 0) for act in _CONFIRMED),
        "left": came.said.get("left", 0),
        "suppressed": came.suppressed,
    }


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """When a local day begins; where midnight is skipped, an hour later is it, too."""
    return datetime.combine(day, time(), zone)
