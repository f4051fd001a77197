"""Trouble in the midst of a delivery: a locked file, a full disk, a clock that jumps, a program that stands still.
Each ends in a plain error or in the right recovery, and whatever happens nothing is lost and nothing doubled.
"""

from __future__ import annotations

import resource
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from datetime import timedelta

import pytest

from distributor.drills.names import story_name
from distributor.engine.engine import Engine
from distributor.errors import StoreError, StoreLocked
from distributor.flows.deliver import LEASE
from distributor.model import IssueState, State
from distributor.store.codes import STATES
from distributor.store.opening import FILE
from distributor.store.writer import InlineWriter
from tests.apps import told_app
from tests.platforms import until
from tests.support import HandClock, ToldBulk, ToldChannel, ToldSource, article

#: Another program that holds the file's write lock until it is told to let go.
HOLD = """
import sqlite3, sys
with sqlite3.connect(sys.argv[1], isolation_level=None) as foreign:
    foreign.execute("BEGIN IMMEDIATE")
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def locked(app):
    """Another process holds the write lock; we wait for it a moment only."""
    app.store._writer._connection.run("PRAGMA busy_timeout = 10")
    command = [sys.executable, "-c", HOLD, str(app.store.folder / FILE)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as foreign:
        assert foreign.stdin is not None
        assert foreign.stdout is not None
        assert foreign.stdout.readline() == b"held\n"
        yield
        foreign.stdin.close()
        assert foreign.wait(20) == 0


@contextmanager
def full(app):
    """Not a byte more fits: every commit must make the WAL longer."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    end = (app.store.folder / f"{FILE}-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (end, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


TROUBLES = {"locked": (locked, StoreLocked), "full": (full, StoreError)}


class Desk:
    """One story for one channel, on a clock moved by hand; ``at`` names the moment in which the trouble begins."""

    def __init__(self, folder, trouble):
        self.clock = HandClock()
        self.channel = ToldChannel("x")
        self.app = told_app(folder, channels={"x": self.channel}, clock=self.clock)
        self.engine = Engine(self.app)
        self.trouble, self.error = TROUBLES[trouble]
        self._open = None

    def begin(self):
        self._open = self.trouble(self.app)
        self._open.__enter__()

    def end(self):
        if self._open is not None:
            self._open.__exit__(None, None, None)
            self._open = None

    def read(self):
        return self.app.ingesters["politics"].run_once(self.clock.now())

    def send(self):
        return self.app.deliverers["x"].run_once()

    def before(self, owner, name):
        """The trouble begins right before a method is called the next time."""
        real = getattr(owner, name)

        def troubled(*args, **more):
            self.begin()
            return real(*args, **more)

        setattr(owner, name, troubled)
        return lambda: setattr(owner, name, real)

    def row(self):
        (row,) = [row for row in self.app.store.deliveries.list() if row["channel"] == "x"]
        return row

    @property
    def state(self):
        return STATES[self.row()["state"]]


@pytest.fixture(params=list(TROUBLES))
def desk(request, short):
    found = Desk(short, request.param)
    with closing(found.app):
        yield found
        found.end()


def test_a_story_that_cannot_be_written_down_is_read_again(desk):
    desk.begin()
    with pytest.raises(desk.error):
        desk.read()
    desk.end()
    assert len(desk.read().changes) == 1
    assert (desk.send(), len(desk.channel.parcels), desk.state) == (1, 1, State.SENT)


def test_a_claim_that_cannot_be_written_touches_nothing_and_comes_again(desk):
    desk.read()
    desk.begin()
    with pytest.raises(desk.error):
        desk.send()
    desk.end()
    assert (desk.channel.parcels, desk.state) == ([], State.PLANNED)
    assert (desk.send(), len(desk.channel.parcels), desk.state) == (1, 1, State.SENT)


def test_without_a_start_on_record_nothing_touches_the_wire_and_the_claim_runs_out(desk):
    desk.read()
    heal = desk.before(desk.app.deliverers["x"]._typesetter, "set")
    with pytest.raises(desk.error):
        desk.send()
    desk.end()
    heal()
    assert (desk.channel.parcels, desk.state) == ([], State.DUE)
    assert desk.send() == 0, "the claim is still ours, and nobody knows that its batch is gone"
    desk.clock.advance(LEASE.total_seconds())
    assert (desk.send(), len(desk.channel.parcels), desk.state) == (1, 1, State.SENT)


def test_an_answer_that_cannot_be_written_leaves_a_doubt_with_its_reason_and_no_second_post(desk):
    desk.read()
    real = desk.channel.send

    def send(parcel):
        receipt = real(parcel)
        desk.begin()
        return receipt

    desk.channel.send = send
    with pytest.raises(desk.error):
        desk.send()
    desk.end()
    desk.channel.send = real
    assert desk.state is State.SENDING
    desk.clock.advance(LEASE.total_seconds())
    assert desk.send() == 0
    desk.engine.chores()
    assert (desk.state, desk.row()["reason"]) == (
        State.UNKNOWN,
        "no answer was recorded before its lease ran out",
    )
    assert (desk.send(), len(desk.channel.parcels)) == (0, 1)


def test_an_expiry_and_an_alert_that_cannot_be_written_come_again(desk):
    desk.read()
    desk.channel.answers = [RuntimeError("a bug of ours")]
    with pytest.raises(RuntimeError):
        desk.send()
    desk.clock.advance(LEASE.total_seconds())
    desk.begin()
    with pytest.raises(desk.error):
        desk.engine.chores()
    with pytest.raises(desk.error):
        desk.app.store.alerts.raise_alert("doubt", "nobody knows", now=desk.clock.now())
    desk.end()
    states = [desk.state]
    desk.engine.chores()
    assert [*states, desk.state] == [State.SENDING, State.UNKNOWN]
    assert desk.app.store.alerts.raise_alert("doubt", "nobody knows", now=desk.clock.now())


def test_a_message_for_which_the_database_has_no_page_left_is_sent_when_there_is_room(short):
    """PRAGMA max_page_count: the database itself is full, wherever its files lie."""
    told = article(headline="A long headline " * 4000)
    clock, channel = HandClock(), ToldChannel("x")
    with closing(told_app(short, channels={"x": channel}, source=ToldSource([told]), clock=clock)) as app:
        app.ingesters["politics"].run_once(clock.now())
        writer = app.store._writer
        assert isinstance(writer, InlineWriter)
        connection = writer._connection
        pages = int(connection.query("PRAGMA page_count")[0]["page_count"])
        connection.query(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(StoreError, match="full"):
            app.deliverers["x"].run_once()
        assert channel.parcels == []
        connection.query(f"PRAGMA max_page_count = {pages + 1000}")
        clock.advance(LEASE.total_seconds())
        assert (app.deliverers["x"].run_once(), len(channel.parcels)) == (1, 1)


# -- a clock that jumps


HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Jumping(ToldChannel):
    """Sets the clock in the midst of a send, as ntpd or an operator would."""

    def __init__(self, name, clock, jump):
        super().__init__(name)
        self.clock, self.jump, self.meanwhile = clock, jump, lambda: None

    def send(self, parcel):
        receipt = super().send(parcel)
        self.clock.advance(self.jump.total_seconds())
        self.jump = timedelta(0)
        self.meanwhile()
        return receipt


@pytest.mark.parametrize("jump", [-HOUR, DAY])
@pytest.mark.parametrize("moment", ["idle", "wire"])
def test_a_clock_that_jumps_loses_and_doubles_no_story_and_no_issue(short, jump, moment):
    clock = HandClock()
    x = Jumping("x", clock, jump if moment == "wire" else timedelta(0))
    mail = ToldBulk("mail")
    source = ToldSource(())
    with closing(told_app(short, channels={"x": x, "mail": mail}, source=source, clock=clock)) as app:
        engine = Engine(app)
        x.meanwhile = engine.chores
        app.store.subscribers.subscribe("reader@example.org", ["morning"], now=clock.now(), source="test")
        for number in range(1, 7):
            source.documents = [[article(number, published=clock.now())]]
            app.ingesters["politics"].run_once(clock.now())
            if (number, moment) == (3, "idle"):
                clock.advance(jump.total_seconds())
            _minutes(app, engine, 20)
        _minutes(app, engine, 120)
        counts = {state.value: count for state, count in app.store.deliveries.counts()["x"].items()}
        assert [parcel.key for parcel in x.parcels] == list(dict.fromkeys(parcel.key for parcel in x.parcels))
        assert len(x.parcels) == 6
        assert counts == ({"sent": 5, "unknown": 1} if (moment, jump) == ("wire", DAY) else {"sent": 6})
        issues = app.store.issues.list()
        assert len({issue.slot for issue in issues}) == len(issues) >= 1
        sent = [issue for issue in issues if issue.state is IssueState.CLOSED]
        assert len({parcel.key for parcel in mail.parcels}) == len(mail.parcels) == len(sent)


def _minutes(app, engine, count):
    for _ in range(count):
        for digester in app.digesters.values():
            digester.run_due(app.clock.now())
        for deliverer in app.deliverers.values():
            while deliverer.run_once():
                continue
        engine.chores()
        app.clock.advance(60)


# -- a program that stands still


def test_a_daemon_that_stood_still_beyond_its_lease_is_not_replaced_and_posts_nothing_twice(loop):
    """SIGSTOP at the wire. Whoever would take its place is refused, for its lock lives; when it goes on, an answer that
    came meanwhile is its own, or the row has become a doubt: never a second post."""
    (url,) = loop.publish("At the wire when the program stood still")
    loop.configure(('type = "twitter"', 'type = "twitter"\ntimeout = 120'))
    loop.platforms.fault("x", action="delay_after", method="POST", path="/2/tweets", seconds=60)
    with loop.daemon() as daemon:
        until(lambda: loop.shown("x"))
        assert daemon.counts("x") == {"sending": 1}
        daemon.process.send_signal(signal.SIGSTOP)
        second = loop.command("run")
        assert (second.returncode, "in use by another distributor" in second.stderr) == (3, True)
        loop.platforms.clear_faults("x")
        with closing(sqlite3.connect(loop.state / FILE)) as store, store:
            store.execute("UPDATE deliveries SET lease_until = 1 WHERE state = 3")
        daemon.process.send_signal(signal.SIGCONT)
        until(lambda: daemon.counts("x").keys() <= {"sent", "unknown"})
        later = loop.publish("After it went on")
        until(lambda: story_name(later[0]) in loop.shown("x"))
        assert daemon.end() == 0
    assert loop.shown("x") == {story_name(url): 1, story_name(later[0]): 1}
