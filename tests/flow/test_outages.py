"""Telegram in a flood wait of twelve hours, X out of credit and the relay dead, all at once: nobody else waits for
them, and in the end every reader has every story once.
"""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from datetime import timedelta

import pytest

from distributor.engine.engine import LOOK_AT_PAUSES, Engine
from distributor.errors import OutOfCredit, RateLimited, Unavailable
from distributor.model import State
from distributor.store.codes import state_number
from tests.apps import CONFIG, told_app
from tests.support import NOON, HandClock, ToldBulk, ToldChannel, ToldSource, article

pytestmark = pytest.mark.no_cover

SENT = state_number(State.SENT)
OUTAGE = timedelta(hours=12)
MINUTE = timedelta(minutes=1)
#: A story every so many minutes, and a digest at the top of every hour.
RHYTHM = 7
NEWSROOM = (
    CONFIG.replace(
        '[channels.y]\ntype = "console"\n',
        '[channels.telegram]\ntype = "console"\n\n[channels.hook]\ntype = "console"\n',
    )
    .replace('channels = ["x", "y"]', 'channels = ["x", "telegram", "hook", "mail"]')
    .replace("0 13 * * *", "0 * * * *")
)


class Ailing(ToldChannel):
    """A channel that says no until a given instant, as its platform would; it counts every call."""

    def __init__(self, name, clock, refusal):
        super().__init__(name)
        self.clock = clock
        self.over_at = NOON + OUTAGE
        self._refuse = refusal
        self.calls = 0
        self.arrived = []

    def send(self, parcel):
        self.calls += 1
        if self.clock.now() < self.over_at:
            raise self._refuse(self.over_at - self.clock.now())
        self.arrived.append((parcel.key, self.clock.now()))
        return super().send(parcel)

    def check(self):
        self.calls += 1
        if self.clock.now() < self.over_at:
            raise self._refuse(self.over_at - self.clock.now())
        return "@desk"


class AilingBulk(Ailing, ToldBulk):
    """The same for mail."""


class Newsroom:
    """The app on a clock moved by hand, minute by minute, as its lanes and its timetable would."""

    def __init__(self, folder, **channels):
        self.clock = channels["hook"].clock
        self.source = ToldSource(())
        self.app = told_app(folder, channels=channels, source=self.source, clock=self.clock, config=NEWSROOM)
        self.engine = Engine(self.app)
        for number, topics in enumerate((["mail"], ["mail"], ["morning"]), 1):
            address = f"reader.{number}@example.org"
            self.app.store.subscribers.subscribe(address, topics, now=NOON, source="test")
        self.stories = 0

    def publish(self):
        """One more story in the feed; the lanes look at once."""
        self.stories += 1
        self.source.documents = [[article(self.stories, published=self.clock.now())]]
        self.engine.read(self.app.ingesters["politics"])

    def minute(self):
        """What the timetable and the lanes do within a minute."""
        for digester in self.app.digesters.values():
            digester.run_due(self.clock.now())
        if not (self.clock.now() - NOON) % LOOK_AT_PAUSES:
            self.engine.ask_paused()
        for deliverer in self.app.deliverers.values():
            while deliverer.run_once(urgent=True) or deliverer.run_once():
                continue
        self.engine.chores()

    def rows(self, channel):
        return [row for row in self.app.store.deliveries.list(limit=100_000) if row["channel"] == channel]


@pytest.fixture
def newsroom(short):
    clock = HandClock()
    well = Ailing("hook", clock, lambda _: AssertionError("it is well"))
    well.over_at = NOON
    room = Newsroom(
        short,
        hook=well,
        telegram=Ailing("telegram", clock, lambda rest: RateLimited("flood", retry_after=rest)),
        x=Ailing("x", clock, lambda _: OutOfCredit("no credits left")),
        mail=AilingBulk("mail", clock, lambda _: Unavailable("connection refused")),
    )
    with closing(room.app):
        yield room


def test_twelve_hours_of_three_dead_channels_delay_nobody_else_and_lose_and_double_nothing(newsroom):
    published = {}
    for minute in range(int((OUTAGE + timedelta(hours=2)) / MINUTE)):
        if minute % RHYTHM == 0:
            newsroom.publish()
            published[newsroom.stories] = newsroom.clock.now()
        newsroom.minute()
        newsroom.clock.advance(60)
        if newsroom.clock.now() == NOON + OUTAGE:
            outage_over(newsroom)
    channels, stories = newsroom.app.channels, newsroom.stories
    # on time: in the very minute in which each story was published
    assert [at for _, at in channels["hook"].arrived] == list(published.values())
    for name, readers in {"hook": 1, "x": 1, "telegram": 1}.items():
        once(channels[name].arrived, stories * readers)
        assert Counter(row["state"] for row in newsroom.rows(name)) == {SENT: stories}
    mails = [row for row in newsroom.rows("mail") if row["slot"] is None]
    assert Counter(row["state"] for row in mails) == {SENT: 2 * stories}
    issues = [row for row in newsroom.rows("mail") if row["slot"] is not None]
    # an issue that waited gives way to a newer one that tells all of it
    sent = [row for row in issues if row["state"] == SENT]
    assert {row["reason"].endswith("tells it") for row in issues if row["state"] != SENT} == {True}
    once(channels["mail"].arrived, len(mails) + len(sent))
    assert max(row["attempts"] for name in ("x", "telegram") for row in newsroom.rows(name)) == 1


def outage_over(newsroom):
    """What the hours have cost: no storm of calls, no try used up by a wait, nothing given up."""
    channels = newsroom.app.channels
    assert channels["telegram"].calls == 1
    assert channels["x"].calls < 50  # asked ever more rarely
    assert channels["mail"].calls < OUTAGE / MINUTE  # each new mail asks anew, ever more slowly
    for name in ("x", "telegram"):
        assert not channels[name].arrived
        assert {row["attempts"] for row in newsroom.rows(name)} == {0}
    states = {row["state"] for name in ("x", "telegram", "mail") for row in newsroom.rows(name)}
    assert states <= {state_number(State.PLANNED), state_number(State.DUE)}


def once(arrived, count):
    """Each key arrived once, and so many in all."""
    assert set(Counter(key for key, _ in arrived).values()) == {1}
    assert len(arrived) == count
