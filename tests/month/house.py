"""The newsroom of the month: the shipped flows on a real store under a clock that is set, with a relay that answers as
the world says, at the channel's seam.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

from distributor.app import App, _deliverer
from distributor.errors import ChannelError, Rejected, Unavailable, UnknownOutcome
from distributor.model import Article, Digest, Issue, Limits, Message, Parcel, PubStatus, Receipt, Story
from distributor.rules.mail import sections
from tests.apps import told_app
from tests.month.world import (
    DIGESTS,
    EVENING,
    MORNING,
    Correct,
    Event,
    Join,
    Leave,
    Person,
    Publish,
    Suppress,
    Turn,
    Withdraw,
    World,
)
from tests.support import HandClock, ToldSource

CONFIG = """\
[store]
folder = "state"

[feeds.wire]
url = "https://news.example.org/rss"
first_run = "publish"
surge_least = 100000

[channels.mail]
type = "email"
host = "127.0.0.1"
tls = "none"
sender = "News <news@example.org>"

[routes.all]
channels = ["mail"]

[digests.front]
channel = "mail"
slots = ["weekdays at 07:30"]
zone = "Europe/Minsk"
most = 12
morning = "MORNING"
evening = "EVENING"

[digests.games]
channel = "mail"
slots = ["mon, thu at 18:00"]
zone = "Europe/Berlin"
categories = ["Sport", "Culture"]
morning = "MORNING"
evening = "EVENING"
""".replace("MORNING", MORNING).replace("EVENING", EVENING)


@dataclass(frozen=True, slots=True)
class Mail:
    """What came to a reader, or was refused for them."""

    at: datetime
    address: str
    #: empty: a story by itself
    digest: str
    slot: str
    #: each with its revision, in the order of the mail
    stories: tuple[tuple[int, int], ...]
    has_html: bool
    is_refused: bool


class Relay:
    """Takes many parcels; is away when the world says so, refuses a few, and of a few gives no answer."""

    name, kind = "mail", "email"
    limits = Limits(text=None)
    batch = 100

    def __init__(self, world: World, clock: HandClock) -> None:
        self._world = world
        self._clock = clock
        self._random = Random(world.seed)
        self.mails: list[Mail] = []

    def send_many(self, parcels: Sequence[Parcel]) -> Iterator[tuple[int, Receipt | ChannelError]]:
        """An answer for each."""
        for index, parcel in enumerate(parcels):
            yield index, self._answer(parcel)

    def send(self, parcel: Parcel) -> Receipt:
        """One parcel."""
        answer = self._answer(parcel)
        if isinstance(answer, ChannelError):
            raise answer
        return answer

    def close(self) -> None:
        """Nothing is open."""

    def _answer(self, parcel: Parcel) -> Receipt | ChannelError:
        now = self._clock.now()
        if self._world.is_down(now):
            return Unavailable("connection refused")
        told = json.loads(parcel.message.text)
        draw = self._random.random()
        mail = Mail(
            at=now,
            address=parcel.recipient.address,
            digest=told["digest"],
            slot=told["slot"],
            stories=tuple((number, revision) for number, revision in told["stories"]),
            has_html=bool(parcel.message.html),
            is_refused=draw < 0.001,
        )
        self.mails.append(mail)
        if mail.is_refused:
            return Rejected("552 5.2.2 mailbox full")
        return UnknownOutcome("no answer to the final dot") if draw < 0.002 else Receipt(remote_id="250")


class Printer:
    """Says which stories a mail tells, with their revisions."""

    credit = staticmethod(lambda story, image: "")
    links_in_roundup = staticmethod(lambda kind: False)

    def story(self, kind: str, limits: Limits, story: Story, **more: Any) -> Message:
        """One story."""
        return _message("", "", [story])

    def digest(
        self, digest: Digest, issue: Issue, stories: Sequence[Story], **more: Any
    ) -> tuple[Message, Sequence[Story]]:
        """One issue."""
        return _message(digest.name, issue.slot, stories), stories


def _message(digest: str, slot: str, stories: Sequence[Story]) -> Message:
    told = {
        "digest": digest,
        "slot": slot,
        "stories": [(int(one.article.guid), one.article.revision) for one in stories],
    }
    return Message(text=json.dumps(told), html="<p>", subject="News")


class House:
    """The newsroom."""

    def __init__(self, folder: Path, world: World) -> None:
        self.clock, self.source = HandClock(world.start), ToldSource([])
        self.relay = Relay(world, self.clock)
        self.app: App = told_app(
            folder, source=self.source, clock=self.clock, config=CONFIG, channels={"mail": self.relay}
        )
        printer: Any = Printer()
        self.deliverer = _deliverer(self.app.settings, self.app.store, printer, self.relay, self.clock)
        typesetter: Any = self.deliverer.typesetter
        typesetter._judge = None  # lint has no say in these words
        self._world = world
        self._numbers: dict[int, int] = {}
        self._articles: dict[int, Article] = {}
        self.app.ingesters["wire"].run_once(world.start)
        for name in DIGESTS:
            self.app.digesters[name].run_due(world.start)

    def tick(self, now: datetime, people: dict[int, Person]) -> Sequence[Mail]:
        """A quarter of an hour's work; the mails that left. ``people`` are as they shall be now."""
        self.clock.at = now
        self.relay.mails = []
        told: dict[int, Article] = {}
        for event in self._world.events.get(now, ()):
            self._happens(event, told, people)
        if told:
            self.source.documents = [list(told.values())]
            self.app.ingesters["wire"].run_once(now)
        for herald in self.app.heralds.values():
            herald.run_once(now)
        for digester in self.app.digesters.values():
            digester.run_due(now)
        while self.deliverer.run_once(urgent=True) or self.deliverer.run_once():
            continue
        self.app.store.issues.close_done(now)
        return self.relay.mails

    def broken_sums(self) -> list[str]:
        """Issues whose readers do not add up."""
        sql = """SELECT i.id, i.recipients, count(d.id) AS readers, sum(d.state < 4) AS open, sum(d.state >= 4) AS ended
                 FROM issues i JOIN deliveries d ON d.subject_id = i.id
                 WHERE i.opened_at > ? AND i.state <> 'freezing' GROUP BY i.id
                 HAVING i.recipients <> readers OR readers <> open + ended"""
        since = int(self.clock.at.timestamp() * 1000) - 3 * 86_400_000
        return [f"issue {row['id']}: {dict(row)}" for row in self.app.store._readers.query(sql, (since,))]

    def states(self) -> dict[str, int]:
        """How many rows stand where."""
        sql = "SELECT state, count(*) AS n FROM deliveries GROUP BY state"
        names = ("planned", "due", "held", "sending", "sent", "failed", "unknown", "skipped")
        return {names[row["state"]]: row["n"] for row in self.app.store._readers.query(sql)}

    def close(self) -> None:
        """Give the store back."""
        self.app.close()

    def _happens(self, event: Event, told: dict[int, Article], people: dict[int, Person]) -> None:
        store, now = self.app.store, self.clock.now()
        match event:
            case Publish():
                told[event.number] = self._articles[event.number] = _article(event, now)
            case Correct(number=number):
                known = self._articles[number]
                told[number] = self._articles[number] = replace(known, body=f"{known.body} {_again(known)}")
            case Withdraw(number=number):
                told[number] = self._articles[number] = replace(self._articles[number], pubstatus=PubStatus.CANCELED)
            case Join(number=number):
                self._join(people[number])
            case Turn(number=number):
                self._write(people[number], now)
            case Leave(number=number, topic=topic):
                store.subscribers.leave(people[number].address, topic, now)
            case Suppress(number=number, kind=kind):
                store.subscribers.suppress(people[number].address, kind=kind, reason=f"a {kind}", now=now)

    def _join(self, person: Person) -> None:
        topics = list(person.topics)
        told = {"now": self.clock.now(), "source": "test", "zone": person.zone}
        self._numbers[person.number] = self.app.store.subscribers.subscribe(person.address, topics, **told)  # type: ignore[arg-type]
        self._write(person, self.clock.now())

    def _write(self, person: Person, now: datetime) -> None:
        """The reader's dials as they are now."""
        number = self._numbers.get(person.number)
        if number is None:
            return
        quiet = person.quiet or (None, None)
        until = None if person.paused_until is None else int(person.paused_until.timestamp() * 1000)

        def work(connection: Any) -> None:
            connection.run(
                "UPDATE subscribers SET zone = ?, quiet_from = ?, quiet_to = ?, most_per_day = ?, text_only = ?,"
                " paused_until = ? WHERE id = ?",
                (person.zone, *quiet, person.cap, int(person.text_only), until, number),
            )
            for topic, wants in person.topics.items():
                connection.run(
                    "UPDATE subscriptions SET rhythm = ?, hour = ?, weekday = ?, sections = ?"
                    " WHERE subscriber_id = ? AND topic = ?",
                    (wants.rhythm, wants.hour, wants.weekday, sections.kept(wants.sections), number, topic),
                )

        self.app.store._writer.call(work)


def _again(article: Article) -> str:
    return f"Addition {article.body.count('Addition') + 1}."


def _article(event: Publish, now: datetime) -> Article:
    return Article(
        feed="wire",
        guid=str(event.number),
        url=f"https://news.example.org/{event.number}/",
        headline=event.headline,
        summary=event.body.split(" ", 8)[-1][:80],
        body=event.body,
        categories=event.categories,
        language="en",
        published=now - event.age,
        urgency=event.urgency,
        embargoed=event.embargo,
    )
