"""A reader's dials, everything that is known of a reader, and how it is forgotten. Decides nothing.

Whatever a link in a mail changes is told by a letter that holds how it was before, and takes it back.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from distributor.model import Choice, Letter, LetterKind, ReaderDials, SubscriptionState
from distributor.rules.mail import sections
from distributor.store.codes import STATES, from_ms, to_ms
from distributor.store.connection import Connection, Row, queries
from distributor.store.desk.acts import By
from distributor.store.ledger.events import Event, append
from distributor.store.mail.letters import Consent, Letters, agree
from distributor.store.mail.wishes import choice_of, dials_of
from distributor.store.readers import Readers
from distributor.store.writer import LATER, Writer

#: What is changed within this time after a letter is told, and taken back, by that letter.
TOLD_WITHIN = timedelta(minutes=10)
#: Who has not said yes within this time is forgotten.
STRANGE = timedelta(days=30)


class DialStore:
    """The dials of the store's readers."""

    def __init__(self, writer: Writer, readers: Readers, letters: Letters, key: bytes) -> None:
        """Share the store's writer, readers and letters; ``key`` is the store's own."""
        self._writer = writer
        self._readers = readers
        self._letters = letters
        self._key = hmac.new(key, b"erased readers", hashlib.sha256).digest()
        self._sql = queries("dials")

    def get(self, subscriber: int) -> ReaderDials | None:
        """A reader; None: there is none of this number any more."""
        found = self._readers.query(self._sql["reader"], (subscriber,))
        if not found:
            return None
        return _reader(found[0], self._readers.query(self._sql["choices"], (subscriber,)))

    def set(
        self,
        reader: ReaderDials,
        *,
        source: str,
        network: str,
        is_told: bool,
        now: datetime,
    ) -> bool:
        """Give a reader other dials and choices; whether anything changed. ``is_told``: by a letter that takes it back.

        What is chosen of a topic the reader never had is a new subscription.
        """

        def work(connection: Connection) -> bool:
            rows = connection.query(self._sql["reader"], (reader.id,))
            if not rows:
                return False
            before = _reader(rows[0], connection.query(self._sql["choices"], (reader.id,)))
            changes = {one.topic: one for one in reader.choices if one != _of(before, one.topic)}
            is_other = (before.dials, before.clicks) != (reader.dials, reader.clicks)
            if not changes and not is_other:
                return False
            self._apply(connection, reader, changes.values(), now)
            for act, topics in _said(before, changes, is_other=is_other):
                agree(connection, reader.id, Consent(act=act, source=source, topics=topics, network=network), now)
            if is_told:
                self._tell(connection, before, sorted(changes), now)
            return True

        return self._writer.call(work)

    def take_back(self, letter: Letter, subscriber: int, *, source: str, network: str, now: datetime) -> bool:
        """Give a reader the dials from before what a letter tells; whether that changed anything."""
        told = self._letters.belongs(letter.id, subscriber).get("before")
        now_is = self.get(subscriber)
        if told is None or now_is is None:
            return False
        before = _thawed(told, now_is)
        return self.set(before, source=source, network=network, is_told=False, now=now)

    def ask_fresh(self, subscriber: int, *, least: timedelta, now: datetime) -> bool:
        """Write a letter with a fresh link, unless one was written a short while ago; whether it was."""

        def work(connection: Connection) -> bool:
            place = {"id": subscriber, "kind": LetterKind.FRESH.value, "since": to_ms(now - least)}
            if connection.query(self._sql["recent_letter"], place)[0]["id"] is not None:
                return False
            self._letters.write_within(connection, subscriber, LetterKind.FRESH, now=now)
            return True

        return self._writer.call(work)

    def everything(self, subscriber: int) -> Mapping[str, Any] | None:
        """All that is known of a reader, ready for JSON; None: there is no such reader."""
        told = self.known(subscriber)
        if told is None:
            return None
        asked = {name: self._readers.query(self._sql[name], (subscriber,)) for name in ("letters", "mails")}
        return {
            **told,
            "letters": [_plain(row) for row in asked["letters"]],
            "mails": [_plain(row) | {"state": STATES[row["state"]].value} for row in asked["mails"]],
        }

    def known(self, subscriber: int) -> Mapping[str, Any] | None:
        """The same without letters and mails, which may be many."""
        rows = self._readers.query(self._sql["reader"], (subscriber,))
        if not rows:
            return None
        return {
            "reader": _plain(rows[0]),
            "subscriptions": [_plain(row) for row in self._readers.query(self._sql["choices"], (subscriber,))],
            "consents": [
                _plain(row) | {"topics": json.loads(row["topics"])} for row in self._letters.consents(subscriber)
            ],
        }

    def erase(self, subscriber: int, now: datetime, *, by: By | None = None, reason: str = "") -> bool:
        """Forget a reader, but for a keyed hash of the address, so that no import brings them back; whether it was.

        ``by``: somebody has done it in the reader's name, which is put on record by the reader's number.
        """

        def work(connection: Connection) -> bool:
            rows = connection.query(self._sql["reader"], (subscriber,))
            for row in rows:
                place = {"hash": self.hash_of(row["address"]), "now": to_ms(now)}
                connection.run(self._sql["remember_erased"], place)
                self._forget(connection, row, now)
                connection.run(self._sql["forget_suppression"], {"address": row["address"]})
            if rows and by is not None:
                detail = by.told(f"reader {subscriber}: {reason}")
                append(connection, Event(at=now, kind="reader erased", actor=by.who, detail=detail))
            return bool(rows)

        return self._writer.call(work)

    def forget_strangers(self, now: datetime) -> int:
        """Forget those who were asked and have not said yes within a month; how many."""

        def work(connection: Connection) -> int:
            rows = connection.query(self._sql["strangers"], {"before": to_ms(now - STRANGE)})
            for row in rows:
                self._forget(connection, row, now)
            return len(rows)

        return self._writer.call(work, priority=LATER)

    def hash_of(self, address: str) -> bytes:
        """What is kept of an erased address."""
        return hmac.new(self._key, address.lower().encode("utf-8", "surrogatepass"), hashlib.sha256).digest()

    def _forget(self, connection: Connection, row: Row, now: datetime) -> None:
        place = {"id": row["id"], "address": row["address"], "now": to_ms(now)}
        for name in (
            *("forget_reader", "forget_subscriptions", "forget_consents", "forget_letters", "forget_moves"),
            *("forget_answers", "forget_reasons", "forget_returns", "forget_score"),
        ):
            connection.run(self._sql[name], place)

    def _apply(self, connection: Connection, reader: ReaderDials, changes: Any, now: datetime) -> None:
        connection.run(self._sql["set_reader"], {"id": reader.id, **_columns(reader)})
        other = queries("subscribers")
        for one in changes:
            place = {"id": reader.id, "topic": one.topic, "now": to_ms(now), "topics": json.dumps([one.topic])}
            if one.state is SubscriptionState.CONFIRMED:
                connection.run(other["choose"], place | {"source": "dials"})
            else:
                connection.run(other["end"], place)
            connection.run(self._sql["set_choice"], place | _choice_columns(one))

    def _tell(self, connection: Connection, before: ReaderDials, topics: Sequence[str], now: datetime) -> None:
        place = {"id": before.id, "kind": LetterKind.CHANGED.value, "since": to_ms(now - TOLD_WITHIN)}
        if connection.query(self._sql["recent_letter"], place)[0]["id"] is None:
            self._letters.write_within(
                connection, before.id, LetterKind.CHANGED, now=now, topics=list(topics), before=_frozen(before)
            )


def _said(before: ReaderDials, changes: Mapping[str, Choice], *, is_other: bool) -> Sequence[tuple[str, Sequence[str]]]:
    """What other choices mean on record: a topic that begins was confirmed, one that ends was left.

    All else has changed; ``is_other``: so have the dials for all topics.
    """
    had = {topic for topic in changes if _of(before, topic).state is SubscriptionState.CONFIRMED}
    has = {topic for topic, one in changes.items() if one.state is SubscriptionState.CONFIRMED}
    rest = changes.keys() - (has ^ had)
    said = (("confirmed", has - had), ("left", had - has), ("changed", rest))
    return [(act, sorted(topics)) for act, topics in said if topics or (act == "changed" and is_other)]


def _of(reader: ReaderDials, topic: str) -> Choice:
    """What a reader has of a topic; nothing, where they never had it."""
    none = Choice(topic=topic, state=SubscriptionState.UNSUBSCRIBED)
    return next((one for one in reader.choices if one.topic == topic), none)


def _reader(row: Row, choices: Sequence[Row]) -> ReaderDials:
    return ReaderDials(
        id=row["id"],
        address=row["address"],
        name=row["name"],
        dials=dials_of(row),
        clicks=None if row["clicks"] is None else bool(row["clicks"]),
        choices=tuple(choice_of(one) for one in choices),
    )


def _choice_columns(one: Choice) -> dict[str, Any]:
    rhythm = one.rhythm.value if one.rhythm else None
    return {"sections": sections.kept(one.sections), "rhythm": rhythm, "hour": one.hour, "weekday": one.weekday}


def _columns(reader: ReaderDials) -> dict[str, Any]:
    dials = reader.dials
    begin, _, end = dials.quiet.partition("-")
    return {
        "language": dials.language,
        "zone": dials.zone,
        "quiet_from": begin or None,
        "quiet_to": end or None,
        "most_per_day": dials.most_per_day,
        "text_only": int(dials.text_only),
        "paused_until": None if dials.paused_until is None else to_ms(dials.paused_until),
        "clicks": None if reader.clicks is None else int(reader.clicks),
    }


def _frozen(reader: ReaderDials) -> dict[str, Any]:
    """A reader's dials as a letter holds them."""
    topics = [{"topic": one.topic, "state": one.state.value, **_choice_columns(one)} for one in reader.choices]
    return {"dials": _columns(reader), "topics": topics}


def _thawed(told: Mapping[str, Any], reader: ReaderDials) -> ReaderDials:
    """The reader with the dials that a letter holds; what was subscribed later ends."""
    row = {"id": reader.id, "address": reader.address, "name": reader.name, **told["dials"]}
    held = {one["topic"] for one in told["topics"]}
    later = [
        {"topic": one.topic, "state": "unsubscribed", **_choice_columns(one)}
        for one in reader.choices
        if one.topic not in held
    ]
    return _reader(row, [*told["topics"], *later])


def _plain(row: Row) -> dict[str, Any]:
    """A row for JSON: instants in ISO 8601."""
    return {
        name: from_ms(row[name]).isoformat(timespec="seconds").replace("+00:00", "Z")
        if (name.endswith("_at") or name in ("at", "paused_until")) and row[name] is not None
        else row[name]
        for name in row.keys()  # noqa: SIM118 - a row of SQLite iterates over its values
    }
