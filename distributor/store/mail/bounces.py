"""What came back of mails, how addresses have failed, and which providers refuse us. Reads no mail and judges none.

One transaction for each report: it is filed under the far side's own name of it (UNIQUE), and what follows for a reader
is written with it, or nothing is. So a report that is read twice, from a mailbox that a kill left full, counts once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from urllib.parse import unquote

from distributor.model.returns import (
    About,
    Arrival,
    Cause,
    Effect,
    Filed,
    Judged,
    Kind,
    Proof,
    ProviderPause,
    Return,
)
from distributor.rules.mail.returning.providers import provider_at, rested
from distributor.rules.mail.returning.scores import Score, scored, weight
from distributor.rules.mail.verp import named
from distributor.store.codes import from_ms, to_ms
from distributor.store.connection import Connection, Row, queries
from distributor.store.desk.alerts import Alerts
from distributor.store.ledger.events import Event, append
from distributor.store.readers import Readers
from distributor.store.writer import SOON, Writer
from distributor.text.mail import addresses

#: A Message-ID alone tells no number: of so many deliveries the reader's own are looked through for it.
LOOKED_THROUGH = 300_000
_MARK = re.compile(r"(?<![a-z0-9])[a-z2-7]{16}(?=@)")
_EPOCH = date(1970, 1, 1)
#: how the keys of alerts about providers begin
PROVIDER = "provider:"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One reader of one report."""

    arrival: Arrival
    kind: Kind
    judged: Judged
    about: About | None
    now: datetime

    @property
    def address(self) -> str:
        """The address as we mail it; empty for nobody whom we know."""
        return self.about.address if self.about else ""

    @property
    def effect(self) -> Effect:
        """What follows: nothing for nobody, and nothing that lasts on a stranger's word where proof is asked for."""
        if self.about is None:
            return Effect.NONE
        doubtful = self.arrival.strict and self.about.proof is Proof.ADDRESS
        return Effect.SCORE if doubtful and self.judged.effect is Effect.SUPPRESS else self.judged.effect


class Bounces:
    """What came back, of one store."""

    def __init__(self, writer: Writer, readers: Readers, alerts: Alerts, mark: Callable[[int], str]) -> None:
        """Share the store's writer, readers and alerts; ``mark`` names deliveries outside."""
        self._writer = writer
        self._readers = readers
        self._alerts = alerts
        self._mark = mark
        self._sql = queries("bounces")

    def about(self, found: Return, address: str | None, delivery: int = 0) -> About | None:
        """Which mail of ours a report is about, by the best proof it gives; None: nobody whom we know."""
        if delivery:
            return self._delivered(delivery, Proof.VERP)
        for proof, text in found.names:
            name = named(unquote(text), self._mark)
            if name is not None and (about := self._delivered(name.delivery, proof)) is not None:
                return about
        return self._reader(address, found) if address else None

    def file(self, arrival: Arrival, found: Return, now: datetime) -> Filed:
        """Put a report on record, with what follows from it; nothing where it is on record already."""
        recipients = found.recipients or (
            Judged(address=None, cause=Cause.OTHER, status=None, effect=Effect.NONE, reason=""),
        )
        cases = [
            _Case(
                arrival=arrival,
                kind=found.kind,
                judged=one,
                about=self.about(found, one.address, arrival.delivery),
                now=now,
            )
            for one in recipients
        ]
        return self._writer.call(partial(self._file, cases=cases, found=found), priority=SOON)

    def filed(self, remote_id: str) -> Filed | None:
        """What became of a report that is on record; None: it is not."""
        return _known(self._readers.query(self._sql["known"], (remote_id,)))

    def resting(self, now: datetime) -> Mapping[str, datetime]:
        """The addresses that rest after failures, in lower case, with the end of the rest."""
        rows = self._readers.query(self._sql["resting"], {"now": to_ms(now)})
        return {row["address"].lower(): from_ms(row["until"]) for row in rows}

    def pauses(self, now: datetime) -> Sequence[ProviderPause]:
        """The providers whose mail rests, the first to be mailed again first."""
        return [
            ProviderPause(
                channel=row["channel"],
                domain=row["domain"],
                until=from_ms(row["until"]),
                status=row["status"],
                reason=row["reason"],
            )
            for row in self._readers.query(self._sql["pauses"], (to_ms(now),))
        ]

    def resume(self, domain: str, now: datetime) -> bool:
        """Mail a provider again now, whatever it said; whether its mail rested."""
        fields = {"domain": domain, "now": to_ms(now)}

        def work(connection: Connection) -> bool:
            if not connection.run(self._sql["resume"], fields):
                return False
            self._alerts.over_within(connection, PROVIDER + domain, "somebody has had it mailed again", now=now)
            return True

        return self._writer.call(work)

    def end_pauses(self, now: datetime) -> Sequence[str]:
        """Say of every provider whose rest is over that it is; which these are."""
        resting = {pause.domain.lower() for pause in self.pauses(now)}
        told = [row["key"].removeprefix(PROVIDER) for row in self._readers.query(self._sql["told"])]
        over = [domain for domain in told if domain.lower() not in resting]
        for domain in over:
            self._alerts.recover(PROVIDER + domain, "it is mailed again, and shows whether it takes mail", now=now)
        return over

    def suppress(self, address: str, *, reason: str, who: str, now: datetime) -> bool:
        """Never mail an address again, on somebody's word; whether it is news."""

        def work(connection: Connection) -> bool:
            done = connection.run(self._sql["suppress"], (address, "manual", f"{reason} ({who})", to_ms(now), None))
            if done:
                append(connection, Event(at=now, kind="suppressed", actor=who, detail=reason))
            return done > 0

        return self._writer.call(work)

    def unsuppress(self, address: str, *, reason: str, who: str, now: datetime) -> bool:
        """Let an address be mailed again, with its failures forgotten; whether it was suppressed or resting."""

        def work(connection: Connection) -> bool:
            done = connection.run(self._sql["unsuppress"], (address,))
            done += connection.run(self._sql["forget_score"], (address,))
            if done:
                append(connection, Event(at=now, kind="unsuppressed", actor=who, detail=reason))
            return done > 0

        return self._writer.call(work)

    def list(self, *, limit: int, unknown: bool = False, address: str = "") -> Sequence[Row]:
        """What came back, the latest first; instants are milliseconds."""
        fields = {"limit": limit, "unknown": int(unknown), "address": address}
        return self._readers.query(self._sql["list"], fields)

    def scores(self, limit: int) -> Sequence[tuple[str, Score]]:
        """How addresses have failed, the worst first."""
        return [(row["address"], score_of(row)) for row in self._readers.query(self._sql["scores"], (limit,))]

    def suppressed(self, limit: int) -> Sequence[Row]:
        """Whom never to mail and why, the latest first."""
        return self._readers.query(self._sql["suppressed"], (limit,))

    def unknown(self) -> int:
        """How much came back that nobody has understood or looked at."""
        return int(self._readers.query(self._sql["unknown_count"])[0]["n"])

    def seen(self) -> int:
        """Somebody has looked at all that was not understood; how much that was."""
        return self._writer.call(lambda c: c.run(self._sql["seen"]))

    def _delivered(self, delivery: int, proof: Proof) -> About | None:
        for row in self._readers.query(self._sql["about"], (delivery,)):
            return About(
                proof=proof,
                delivery=row["id"],
                subscriber=row["subscriber"],
                address=row["address"],
                channel=row["channel"],
                topic=row["topic"],
            )
        return None

    def _reader(self, address: str, found: Return) -> About | None:
        """The reader of an address, and the mail, where a Message-ID of ours among the reader's last ones tells it."""
        for row in self._readers.query(self._sql["reader"], (address,)):
            marks = {one for _, text in found.names for one in _MARK.findall(text)}
            for number in self._lately(row["subscriber"]) if marks else ():
                if self._mark(number) in marks:
                    return self._delivered(number, Proof.MESSAGE_ID)
            return About(proof=Proof.ADDRESS, subscriber=row["subscriber"], address=row["address"])
        return None

    def _lately(self, subscriber: int) -> Iterator[int]:
        fields = {"subscriber": subscriber, "most": LOOKED_THROUGH}
        return (row["id"] for row in self._readers.query(self._sql["lately"], fields))

    def _file(self, connection: Connection, *, cases: Sequence[_Case], found: Return) -> Filed:
        known = _known(connection.query(self._sql["known"], (cases[0].arrival.remote_id,)))
        if known is not None:
            return known
        is_unknown = _is_unknown(found.kind, cases)
        effects = []
        for part, case in enumerate(cases):
            effect = self._follow(connection, case)
            connection.run(self._sql["file"], _row(case, part, effect, found, is_unknown))
            if effect is not Effect.NONE:
                effects.append((case.address, effect))
        return Filed(is_unknown=is_unknown, effects=tuple(effects))

    def _follow(self, connection: Connection, case: _Case) -> Effect:
        """Write what follows from one reader's part of a report."""
        match case.effect:
            case Effect.SUPPRESS:
                self._end(connection, case, case.judged.reason)
            case Effect.SCORE:
                self._count(connection, case)
            case Effect.PAUSE_LANE:
                self._pause(connection, case)
            case Effect.NONE:
                pass
        return case.effect

    def _end(self, connection: Connection, case: _Case, reason: str) -> None:
        """Suppress an address, with an event that holds the far side's own name of it, and no address.

        Events are for ever, and a reader may ask to be forgotten.
        """
        assert case.about is not None
        reader = f"reader {case.about.subscriber}"
        remote = f"{case.arrival.remote_id}:{case.about.subscriber}"
        kind = "complaint" if case.kind is Kind.COMPLAINT else "bounce"
        if not connection.run(self._sql["suppress"], (case.address, kind, reason, to_ms(case.now), remote)):
            return
        connection.run(self._sql["forget_score"], (case.address,))
        detail = " ".join((f"{reader}:", kind, case.judged.status or "")).strip()
        event = Event(at=case.now, kind="suppressed", actor=case.arrival.source, detail=detail, remote_id=remote)
        append(connection, event)

    def _count(self, connection: Connection, case: _Case) -> None:
        rows = connection.query(self._sql["score"], (case.address,))
        score = scored(score_of(rows[0]) if rows else None, weight(case.judged.status), case.now)
        if score.is_over:
            self._end(connection, case, f"it failed again after {score.rests} rests: {case.judged.reason}")
            return
        fields = {"address": case.address, "halves": score.halves, "day": (score.day - _EPOCH).days}
        until = to_ms(score.until) if score.until else None
        connection.run(self._sql["set_score"], {**fields, "rests": score.rests, "until": until})

    def _pause(self, connection: Connection, case: _Case) -> None:
        about, now, domain = case.about, case.now, provider_at(case.address)
        assert about is not None
        place = {"channel": about.channel, "domain": domain}
        last = next(iter(connection.query(self._sql["pause"], place)), None)
        count, until = rested(last["count"] if last else 0, from_ms(last["until"]) if last else None, now)
        # it is about all of the provider's readers, and is told to people: no reader's address stands in it
        reason = " ".join(addresses.without(case.judged.reason).split()) or case.judged.status or "it does not say why"
        told = {"status": case.judged.status, "reason": reason}
        fields = {**place, **told, "count": count, "now": to_ms(now), "until": to_ms(until)}
        connection.run(self._sql["set_pause"], fields)
        text = f"{domain} refuses our mail, not its readers: {reason}"
        hint = f"mend it, then: distributor bounce resume {domain}"
        self._alerts.raise_within(connection, PROVIDER + domain, text, hint=hint, now=now)


def _known(rows: Sequence[Row]) -> Filed | None:
    return Filed(is_known=True, is_unknown=bool(rows[0]["aside"])) if rows else None


def _is_unknown(kind: Kind, cases: Sequence[_Case]) -> bool:
    """Whether somebody should look: it is nothing that we understand, or about nobody whom we know.

    A wish to leave counts with a name of ours alone, or anybody could end anybody's mail.
    """
    if kind in (Kind.AUTOREPLY, Kind.DELAYED):
        return False
    if kind is Kind.UNSUBSCRIBE:
        return all(case.about is None or case.about.proof is Proof.ADDRESS for case in cases)
    if kind is Kind.OTHER and all(case.judged.address is None for case in cases):
        return True
    return all(case.about is None for case in cases)


def _row(case: _Case, part: int, effect: Effect, found: Return, is_unknown: bool) -> dict[str, object]:
    leaves = case.kind is Kind.UNSUBSCRIBE and not is_unknown
    return {
        "remote_id": case.arrival.remote_id,
        "part": part,
        "at": to_ms(case.now),
        "source": case.arrival.source,
        "kind": case.kind.value,
        "address": case.address or case.judged.address or "",
        "delivery": (case.about.delivery or None) if case.about else None,
        "class": case.judged.cause.value,
        "status": case.judged.status,
        "action": "unsubscribe" if leaves else effect.value,
        "proof": case.about.proof.value if case.about else None,
        "reason": case.judged.reason or found.subject[:200],
        "aside": int(is_unknown),
        "unknown": int(is_unknown),
    }


def score_of(row: Row) -> Score:
    """The score of a row of ``bounce_scores``."""
    day = _EPOCH + timedelta(days=row["day"])
    return Score(halves=row["halves"], day=day, rests=row["rests"], until=from_ms(row["until"]))
