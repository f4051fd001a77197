"""Random work for the ledger, and a book outside it of all that was acknowledged. Opens and cuts nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from distributor.errors import ChannelError, RateLimited, Rejected, Unauthorized, Unavailable, UnknownOutcome
from distributor.interfaces import Validators
from distributor.model import (
    Act,
    Article,
    Change,
    ChangeKind,
    Decision,
    Delivery,
    DeliveryIntent,
    Drop,
    Found,
    GiveUp,
    Held,
    History,
    LookAgain,
    Message,
    PubStatus,
    Receipt,
    Rendered,
    Seen,
    SendAgain,
    Settlement,
    Skipped,
    State,
    SubjectKind,
    Waiting,
)
from distributor.rules.fate.lifecycle import MOVES, decide, state_after
from distributor.rules.story.identity import Known, changes, keys
from distributor.store.codes import STATES
from distributor.store.connection import Connection, Row
from distributor.store.desk.alerts import Alerts
from distributor.store.ledger.deliveries import Deliveries
from distributor.store.ledger.doubts import Doubts
from distributor.store.news.stories import Stories
from distributor.store.readers import Readers
from distributor.store.writer import ANSWER, NORMAL, SOON, Writer
from tests.support import NOON, article, intent

CHANNELS = ("x", "mail", "hook")
#: States between which a row moves without anybody being told.
QUIET = (State.PLANNED, State.DUE, State.HELD)
#: Longer than any life, so that a lease runs out only where the drill says so.
LEASE = timedelta(days=30)


class HardGate:
    """A gate that lets the first go, holds the second and skips the third, whatever they are."""

    #: nothing would have left
    in_shadow = False

    def __init__(self, *, until: datetime) -> None:
        """What is held waits until then."""
        self._until = until

    def since(self, now: datetime) -> tuple[datetime, datetime]:
        """No money is counted."""
        return now, now

    def decide(self, waiting: Sequence[Waiting], history: History, now: datetime) -> Decision:
        """By their places in the queue."""
        ids = tuple(row.id for row in waiting)
        return Decision(
            go=ids[:1],
            held=[Held(ids=ids[1:2], by="pacing", reason="one after the other", until=self._until)] if ids[1:2] else [],
            skipped=[Skipped(ids=ids[2:3], reason="no news any more")] if ids[2:3] else [],
        )


class Side:
    """The shipped ledger over one writer: the store on the disk, or its twin in memory."""

    def __init__(self, writer: Writer, connect_reader: Callable[[], Connection], *, owner: int) -> None:
        self.writer = writer
        self.readers = Readers(connect_reader)
        self.alerts = Alerts(writer, self.readers)
        self.stories = Stories(writer, self.readers, self.alerts)
        self.deliveries = Deliveries(writer, self.readers, owner=owner)
        self.doubts = Doubts(writer, self.readers)

    def begin(self) -> None:
        """What a start writes first; it changes nothing that is there."""
        for name in CHANNELS:
            self.deliveries.know_channel(name, "console", NOON, scopes=("account",))
        self.alerts.tell([("mail", 0)])

    def close(self) -> None:
        self.writer.close()
        self.readers.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One change of the ledger, run alike on both sides."""

    name: str
    run: Callable[[Side], Any]
    #: what is written in the book once it was acknowledged, with what it answered
    settle: Callable[[Any], None]
    #: deliveries that it may move
    touches: frozenset[int] = frozenset()
    priority: int = NORMAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What was acknowledged of a delivery."""

    subject: int
    state: State
    remote_id: str = ""


@dataclass(slots=True, kw_only=True)
class Desk:
    """Who works with the ledger: what is in hand, what was promised."""

    random: Random
    side: Side
    now: datetime = NOON
    book: dict[int, Fact] = field(default_factory=dict)
    claimed: list[Delivery] = field(default_factory=list)
    started: list[Delivery] = field(default_factory=list)
    articles: list[Article] = field(default_factory=list)
    #: acknowledged moves of deliveries
    moves: int = 0

    def reopened(self, side: Side, rows: Sequence[Row]) -> None:
        """After a cut: nothing is in hand, and what the ledger says now is what it must keep."""
        self.side = side
        self.claimed, self.started = [], []
        self.book = {
            row["id"]: Fact(subject=row["subject_id"], state=STATES[row["state"]], remote_id=row["remote_id"])
            for row in rows
        }

    def lost(self, rows: Sequence[Row], unacknowledged: Sequence[Work]) -> Sequence[str]:
        """What the book has and the ledger has not; a work that nobody acknowledged may have happened."""
        found = {row["id"]: (STATES[row["state"]], row["remote_id"]) for row in rows}
        moving = frozenset[int]().union(*(work.touches for work in unacknowledged))
        return [
            f"delivery {number}: {fact.state.value} {fact.remote_id} was acknowledged, found {found.get(number)}"
            for number, fact in self.book.items()
            if number not in found or not _kept(fact, *found[number], moving=number in moving)
        ]

    # the works

    def pick(self) -> Work:
        """A work that makes sense now."""
        self.now += timedelta(seconds=self.random.randrange(60))
        choices: list[tuple[int, Callable[[], Work]]] = [
            (3 if len(self.claimed) < 4 else 1, self.ingest),
            (8, self.claim),
            (14 if self.claimed else 0, self.start),
            (20 if self.started else 0, self.record),
            (2 if self.claimed else 0, self.hold),
            (2 if self.claimed else 0, self.skip),
            (2, self.feed_failed),
            (2, self.gated),
            (2, self.alert),
        ]
        return self._one_of(choices)

    def pick_alone(self) -> Work:
        """The same, or a work that shares its commit with no other."""
        choices: list[tuple[int, Callable[[], Work]]] = [
            (14, self.pick),
            (1, self.recover),
            (1, self.release),
            (3, self.resume),
            (1, self.give_back),
            (1, self.expire),
            (4 if self._in(State.UNKNOWN) else 0, self.settle),
            (1 if self.articles else 0, self.revise),
            (1 if self.articles else 0, self.withdraw),
        ]
        return self._one_of(choices)

    def ingest(self) -> Work:
        """A new story with some deliveries, now and then a long one."""
        number = len(self.articles) + 1
        told = article(number, body="word " * self.random.choice((10, 10, 100, 100, 3000)))
        self.articles.append(told)
        intents = [self._intent(part) for part in range(self.random.randint(1, 6))]
        return self._ingestion("ingest", told, lambda change: intents)

    def revise(self) -> Work:
        """New words for a known story, and an edit."""
        place = self.random.randrange(len(self.articles))
        told = replace(self.articles[place], headline=f"Headline {self.random.random()}", pubstatus=PubStatus.USABLE)
        self.articles[place] = told

        def plan(change: Change) -> Sequence[DeliveryIntent]:
            if change.kind is not ChangeKind.UPDATED:
                return ()
            return [intent("x", act=Act.EDIT, revision=change.article.revision, due_at=self.now)]

        return self._ingestion("revise", told, plan)

    def withdraw(self) -> Work:
        """A story that its source takes back."""
        place = self.random.randrange(len(self.articles))
        told = replace(self.articles[place], pubstatus=PubStatus.CANCELED)
        self.articles[place] = told
        return self._ingestion("withdraw", told, lambda change: ())

    def claim(self) -> Work:
        channel, limit, now = self.random.choice(CHANNELS), self.random.randint(1, 5), self.now

        def settle(found: Sequence[Delivery]) -> None:
            self.claimed += found
            for entry in found:
                self._note(entry, State.DUE)

        return Work(
            name="claim",
            run=lambda side: side.deliveries.claim_due(channel, now=now, limit=limit, lease=LEASE),
            settle=settle,
            priority=SOON,
        )

    def gated(self) -> Work:
        """A claim behind a gate that lets one go, holds the next until an instant and skips the third."""
        channel, now = self.random.choice(CHANNELS), self.now
        gate = HardGate(until=now + timedelta(seconds=self.random.randrange(1, 300)))

        def settle(found: Sequence[Delivery]) -> None:
            self.claimed += found
            for entry in found:
                self._note(entry, State.DUE)

        return Work(
            name="gated claim",
            run=lambda side: side.deliveries.claim_due(channel, now=now, limit=1, lease=LEASE, gate=gate),
            settle=settle,
            touches=self._in(State.PLANNED) | self._in(State.DUE) | self._in(State.HELD),
            priority=SOON,
        )

    def alert(self) -> Work:
        """Somebody must know, or need not any more."""
        key, now = self.random.choice(("relay", "silence")), self.now
        if self.random.random() < 0.5:
            return Work(
                name="alert",
                run=lambda side: side.alerts.raise_alert(key, f"{key}!", hint="look", now=now),
                settle=lambda _: None,
            )
        return Work(name="recovery", run=lambda side: side.alerts.recover(key, "over", now=now), settle=lambda _: None)

    def start(self) -> Work:
        batch, now = self._take(self.claimed), self.now
        rendered = [self._rendered(entry) for entry in batch]

        def settle(found: Mapping[int, datetime]) -> None:
            for entry in batch:
                if entry.id in found:
                    self._note(entry, State.SENDING)
                    self.started.append(replace(entry, first_sent_at=found[entry.id]))

        return Work(
            name="start",
            run=lambda side: side.deliveries.start(rendered, now=now, lease=LEASE),
            settle=settle,
            touches=_ids(batch),
            priority=SOON,
        )

    def record(self) -> Work:
        channel, now = self.random.choice(self.started).channel, self.now
        batch = [entry for entry in self.started if entry.channel == channel][: self.random.randint(1, 5)]
        self.started = [entry for entry in self.started if entry not in batch]
        told = [(entry, decide(self._answer(entry), tries=entry.attempts + 1, now=now)) for entry in batch]

        def settle(_: None) -> None:
            for entry, verdict in told:
                receipt = getattr(verdict.outcome, "receipt", None)
                self._note(entry, state_after(verdict.outcome), receipt.remote_id if receipt else "")

        return Work(
            name="record",
            run=lambda side: side.deliveries.record(channel, told, now=now),
            settle=settle,
            touches=_ids(batch),
            priority=ANSWER,
        )

    def hold(self) -> Work:
        (entry,), now = self._take(self.claimed, most=1), self.now
        return Work(
            name="hold",
            run=lambda side: side.deliveries.hold(entry, by="template", reason="no such filter", now=now),
            settle=lambda _: self._note(entry, State.HELD),
            touches=_ids([entry]),
            priority=SOON,
        )

    def skip(self) -> Work:
        (entry,), now = self._take(self.claimed, most=1), self.now
        shadow = self._rendered(entry) if self.random.random() < 0.5 else None
        return Work(
            name="skip",
            run=lambda side: side.deliveries.skip(entry, reason="shadow", now=now, rendered=shadow),
            settle=lambda _: self._note(entry, State.SKIPPED),
            touches=_ids([entry]),
            priority=SOON,
        )

    def settle(self) -> Work:
        """What a verifier or a person decides about some doubts."""
        unknown = sorted(self._in(State.UNKNOWN))
        ids, now = self.random.sample(unknown, min(len(unknown), self.random.randint(1, 4))), self.now
        ends = {number: self._end(number) for number in ids}

        def run(side: Side) -> Sequence[int]:
            found = side.doubts.unknown(ids=ids)
            batch = [(doubt, ends[doubt.delivery.id][1]) for doubt in found]
            return side.doubts.settle(batch, now=now, actor="verifier")

        def settle(done: Sequence[int]) -> None:
            for number in done:
                state, settlement = ends[number]
                remote_id = settlement.post.remote_id if isinstance(settlement, Found) else ""
                self.book[number] = replace(self.book[number], state=state, remote_id=remote_id)
                self.moves += 1

        return Work(name="settle", run=run, settle=settle, touches=frozenset(ids))

    def _end(self, number: int) -> tuple[State, Settlement]:
        """What becomes of one doubt."""
        post = Seen(remote_id=f"found-{number}", url=f"https://x.test/{number}", at=self.now, text="found")
        ends: list[tuple[State, Settlement]] = [
            (State.SENT, Found(post=post)),
            (State.DUE, SendAgain(at=self.now, reason="it is not there")),
            (State.FAILED, GiveUp(reason="long enough")),
            (State.SKIPPED, Drop(reason="never again")),
            (State.UNKNOWN, LookAgain(at=self.now + timedelta(seconds=30), counts=True)),
        ]
        return self.random.choice(ends)

    def release(self) -> Work:
        return Work(
            name="release",
            run=lambda side: side.deliveries.release("template"),
            settle=lambda _: self._all(State.HELD, State.DUE),
            touches=self._in(State.HELD),
        )

    def resume(self) -> Work:
        channel, now = self.random.choice(CHANNELS), self.now
        return Work(name="resume", run=lambda side: side.deliveries.resume(channel, now), settle=lambda _: None)

    def give_back(self) -> Work:
        return Work(
            name="give back", run=lambda side: side.deliveries.give_back(), settle=lambda _: self.claimed.clear()
        )

    def expire(self) -> Work:
        """Time passes beyond every lease."""
        self.now += 2 * LEASE
        now = self.now
        return self._to_unknown("expire", lambda side: side.deliveries.expire(now))

    def recover(self) -> Work:
        """What a start does: the claims of the dead are free, what they had at the wire is unknown."""
        self.now += 2 * LEASE
        now = self.now
        return self._to_unknown("recover", lambda side: side.deliveries.recover(now))

    def feed_failed(self) -> Work:
        now, reason = self.now, "timed out " * self.random.choice((1, 1, 1, 900))
        return Work(
            name="feed failed",
            run=lambda side: side.stories.feed_failed("politics", reason, now),
            settle=lambda _: None,
        )

    # their parts

    def _one_of(self, choices: Sequence[tuple[int, Callable[[], Work]]]) -> Work:
        weights, makers = zip(*choices, strict=True)
        made: Work = self.random.choices(makers, weights)[0]()
        return made

    def _intent(self, part: int) -> DeliveryIntent:
        due_at = self.now + timedelta(seconds=self.random.choice((0, 0, 0, 90, 600)))
        state, reason = self.random.choice([(State.PLANNED, "route all")] * 8 + [(State.SKIPPED, "nobody subscribed")])
        priority = self.random.randint(1, 9)
        channel = self.random.choice(CHANNELS)
        return intent(channel, part=part, due_at=due_at, state=state, reason=reason, priority=priority)

    def _ingestion(self, name: str, told: Article, plan: Callable[[Change], Sequence[DeliveryIntent]]) -> Work:
        validators, now = Validators(etag=f'"{self.random.random()}"'), self.now

        def planner(known: Mapping[str, Known], _: object) -> Sequence[tuple[Change, Sequence[DeliveryIntent]]]:
            return [(change, plan(change)) for change in changes([told], known)]

        def run(side: Side) -> Sequence[Change]:
            return side.stories.ingest("politics", [told], planner, validators=validators, baseline=False, now=now)

        story = self.side.stories.find(keys(told))
        touched = {number for number, fact in self.book.items() if story and fact.subject == story.id}
        return Work(name=name, run=run, settle=lambda _: self._read(told), touches=frozenset(touched))

    def _read(self, told: Article) -> None:
        """Write down what a reader sees of a story that was just acknowledged."""
        story = self.side.stories.find(keys(told))
        assert story is not None
        for entry in self.side.deliveries.of_subject(story.id):
            self._note(entry, entry.state, entry.remote_id)
        gone = {number for number, fact in self.book.items() if fact.subject == story.id}
        if told.pubstatus is PubStatus.CANCELED:
            self.claimed = [entry for entry in self.claimed if entry.id not in gone]

    def _rendered(self, entry: Delivery) -> Rendered:
        text = f"message {self.random.randrange(20)} " * self.random.choice((1, 1, 10, 400))
        carried = ((entry.subject_id, 0),) if entry.subject_kind is SubjectKind.STORY else ()
        return Rendered(delivery_id=entry.id, message=Message(text=text), carried=carried)

    def _answer(self, entry: Delivery) -> Receipt | ChannelError:
        remote_id = f"{entry.id}-{self.random.randrange(10**9)}"
        answers: list[Receipt | ChannelError] = [Receipt(remote_id=remote_id, url=f"https://x.test/{remote_id}")] * 8
        answers += [
            Rejected("too long"),
            UnknownOutcome("no answer"),
            Unavailable("refused"),
            Unauthorized("bad token"),
        ]
        answers += [RateLimited("flood", retry_after=timedelta(seconds=5))]
        answers += [RateLimited("used up", retry_after=timedelta(seconds=20), scope="account")]
        return self.random.choice(answers)

    def _take(self, hand: list[Delivery], most: int = 5) -> list[Delivery]:
        taken = self.random.sample(hand, min(len(hand), self.random.randint(1, most)))
        hand[:] = [entry for entry in hand if entry not in taken]
        return taken

    def _to_unknown(self, name: str, run: Callable[[Side], int]) -> Work:
        def settle(_: int) -> None:
            self._all(State.SENDING, State.UNKNOWN)
            self.claimed, self.started = [], []

        return Work(name=name, run=run, settle=settle, touches=self._in(State.SENDING))

    def _in(self, state: State) -> frozenset[int]:
        return frozenset(number for number, fact in self.book.items() if fact.state is state)

    def _all(self, before: State, after: State) -> None:
        for number in self._in(before):
            self.book[number] = replace(self.book[number], state=after)
            self.moves += 1

    def _note(self, entry: Delivery, state: State, remote_id: str = "") -> None:
        fact = Fact(subject=entry.subject_id, state=state, remote_id=remote_id)
        self.moves += self.book.get(entry.id) != fact
        self.book[entry.id] = fact


def _ids(batch: Sequence[Delivery]) -> frozenset[int]:
    return frozenset(entry.id for entry in batch)


def _kept(fact: Fact, state: State, remote_id: str, *, moving: bool) -> bool:
    """Whether a row is as it was acknowledged, or where an unacknowledged work may have brought it."""
    if (state, remote_id) == (fact.state, fact.remote_id):
        return True
    moved = MOVES[fact.state] if moving else frozenset[State]()
    # a claim lets every row fall due or go whose instant has come, and its gate holds and skips others; it tells only
    # of those that it leases, and in a group it may come behind the work that made the row due
    quiet = state in (*QUIET, State.SKIPPED) and not {fact.state, *moved}.isdisjoint(QUIET)
    return quiet or state in moved
