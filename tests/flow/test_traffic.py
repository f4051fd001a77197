"""Mail waits for relays and providers, and no quota is forgotten by a restart: the real rows, with relays as told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from distributor.app import App
from distributor.calls import dispatch
from distributor.cli import sending
from distributor.errors import ChannelError, Deferred, Unavailable
from distributor.flows import traffic
from distributor.model import Article, Parcel, Receipt, State
from distributor.model.mail import MailTerms, ProviderTerms, RelayReport, RelayTerms, RelayTrouble
from distributor.rules.mail.relaying import Rest
from tests.apps import CONFIG, told_app
from tests.support import NOON, HandClock, ToldBulk, ToldSource, article

MAILED = CONFIG.replace('channels = ["x", "y"]', 'channels = ["mail"]')


class Relays(ToldBulk):
    """A mail channel whose relays take what they are given, but for those that are down."""

    kind = "email"

    def __init__(self, terms: MailTerms) -> None:
        super().__init__("mail")
        self.terms = terms
        self.down: set[str] = set()
        self.sent: list[tuple[str, str]] = []
        self.slow: set[str] = set()
        self._used: dict[str, int] = {}
        self._troubles: list[RelayTrouble] = []

    def send_many(self, parcels: Sequence[Parcel]) -> Iterator[tuple[int, Receipt | ChannelError]]:
        for index, parcel in enumerate(parcels):
            yield index, self._answer(parcel)

    def _answer(self, parcel: Parcel) -> Receipt | ChannelError:
        for relay in parcel.relays or tuple(one.name for one in self.terms.relays):
            if relay in self.down:
                self._troubles.append(RelayTrouble(relay=relay, reason="connection refused", wait=None))
                continue
            self._used[relay] = self._used.get(relay, 0) + 1
            if parcel.recipient.address in self.slow:
                return Deferred("4.7.28 rate", retry_after=timedelta(minutes=30), is_pace=True)
            self.sent.append((relay, parcel.recipient.address))
            return Receipt(remote_id=parcel.key)
        return Unavailable("no connection")

    def report(self) -> RelayReport:
        found = RelayReport(used=self._used, troubles=tuple(self._troubles))
        self._used, self._troubles = {}, []
        return found


def terms(*relays: RelayTerms, **more: Any) -> MailTerms:
    return MailTerms(relays=relays, **more)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


class House:
    """One newsroom that mails a story to its readers, through restarts."""

    def __init__(self, folder: Path, clock: HandClock) -> None:
        self.folder, self.clock = folder, clock
        self.app: App | None = None

    def open(self, relay: Relays) -> App:
        self.close()
        self.source = ToldSource([article()])
        told: dict[str, Any] = {"source": self.source, "clock": self.clock, "config": MAILED}
        self.app = told_app(self.folder, channels={"mail": relay}, **told)
        return self.app

    def close(self) -> None:
        if self.app is not None:
            self.app.close()
        self.app = None

    def tell(self, story: Article) -> None:
        """A later story."""
        assert self.app is not None
        self.source.documents = [[article(), story]]
        self.app.ingesters["politics"].run_once(self.clock.now())

    def publish(self, app: App, *addresses: str) -> None:
        for address in addresses:
            app.store.subscribers.subscribe(address, ["mail"], now=NOON, source="test")
        app.ingesters["politics"].run_once(NOON)

    def run(self, app: App, *, minutes: int = 0) -> None:
        self.clock.advance(60 * minutes)
        while app.deliverers["mail"].run_once():
            continue


@pytest.fixture
def house(short: Path, clock: HandClock) -> Iterator[House]:
    made = House(short, clock)
    yield made
    made.close()


def readers(count: int, domain: str = "example.org") -> list[str]:
    return [f"reader{number}@{domain}" for number in range(count)]


def states(app: App) -> dict[State, int]:
    return {state: count for state, count in app.store.deliveries.counts()["mail"].items() if count}


def held(app: App) -> set[str]:
    return {row["reason"] for row in app.store.deliveries.list(limit=100) if row["held_by"] == "traffic"}


def test_what_is_above_a_quota_goes_by_the_next_relay_and_then_waits(house: House) -> None:
    relay = Relays(terms(RelayTerms(name="main", per_hour=3), RelayTerms(name="spare", priority=2, per_hour=2)))
    app = house.open(relay)
    house.publish(app, *readers(8))
    house.run(app)
    assert [name for name, _ in relay.sent] == ["main"] * 3 + ["spare"] * 2
    assert states(app) == {State.SENT: 5, State.HELD: 3}
    assert held(app) == {"relay main: 3 an hour; relay spare: 2 an hour"}
    house.run(app, minutes=61)
    assert states(app) == {State.SENT: 8}


def test_a_restart_forgets_no_quota(house: House) -> None:
    limits = terms(RelayTerms(name="main", per_day=3))
    app = house.open(first := Relays(limits))
    house.publish(app, *readers(5))
    house.run(app)
    app = house.open(second := Relays(limits))
    house.run(app, minutes=600)
    assert (len(first.sent), len(second.sent)) == (3, 0)
    house.run(app, minutes=900)
    assert len(second.sent) == 2


def test_what_was_set_aside_and_not_used_is_given_back_when_its_minute_ends(house: House) -> None:
    relay = Relays(terms(RelayTerms(name="main", per_hour=50)))
    app = house.open(relay)
    house.publish(app, *readers(2))
    house.run(app)
    assert sum(n for _, n in app.store.relays.uses("mail", house.clock.now())["main"]) == 50
    app.store.subscribers.subscribe("late@example.org", ["mail"], now=NOON, source="test")
    house.tell(article(2))
    house.run(app, minutes=2)
    assert len(relay.sent) == 5
    assert [n for _, n in app.store.relays.uses("mail", house.clock.now())["main"]] == [2, 48]
    assert app.store.relays.address(99) == ""


def test_a_relay_that_is_down_is_left_alone_and_somebody_is_told_until_it_works_again(house: House) -> None:
    relay = Relays(terms(RelayTerms(name="main", per_hour=100), RelayTerms(name="spare", priority=2, per_hour=100)))
    relay.down = {"main"}
    app = house.open(relay)
    house.publish(app, *readers(3))
    house.run(app)
    assert {name for name, _ in relay.sent} == {"spare"}
    (rest,) = app.store.relays.rests("mail").values()
    assert (rest.count, rest.reason) == (1, "connection refused")
    alerts = app.store.deliveries._readers.query("SELECT text, recovered_at FROM alerts WHERE key = 'relay:mail:main'")
    assert [(row["text"], row["recovered_at"]) for row in alerts] == [
        ("relay main of mail takes no mail: connection refused", None)
    ]
    relay.down = set()
    house.open(relay)  # the rest stands in the store
    assert house.app is not None
    assert set(house.app.store.relays.rests("mail")) == {"main"}
    house.tell(article(2))
    house.run(house.app, minutes=2)
    assert [name for name, _ in relay.sent[3:]] == ["main"] * 3
    assert house.app.store.relays.rests("mail") == {}
    query = "SELECT recovered_at FROM alerts WHERE key = 'relay:mail:main'"
    assert all(row["recovered_at"] for row in house.app.store.deliveries._readers.query(query))


def test_while_all_relays_are_left_alone_mail_waits_and_nothing_is_lost(house: House) -> None:
    relay = Relays(terms(RelayTerms(name="main"), RelayTerms(name="spare", priority=2)))
    relay.down = {"main", "spare"}
    app = house.open(relay)
    house.publish(app, *readers(2))
    house.run(app)
    house.run(app, minutes=1)
    house.run(app, minutes=1)
    assert app.store.relays.rests("mail")["main"].count >= 2
    relay.down = set()
    for _ in range(6):
        house.run(app, minutes=4)
    assert states(app) == {State.SENT: 2}
    assert sorted(address for _, address in relay.sent) == readers(2)


def test_the_only_relay_is_never_left_alone(house: House) -> None:
    relay = Relays(terms(RelayTerms(name="main")))
    relay.down = {"main"}
    app = house.open(relay)
    house.publish(app, *readers(1))
    house.run(app)
    assert app.store.relays.rests("mail") == {}
    relay.down = set()
    house.run(app, minutes=1)
    assert states(app) == {State.SENT: 1}


def test_a_provider_is_mailed_no_faster_than_its_pace_and_the_others_go_on(house: House) -> None:
    paced = terms(RelayTerms(name="main"), providers={"gmail": ProviderTerms(per_minute=1)})
    relay = Relays(paced)
    app = house.open(relay)
    house.publish(app, *readers(3, "gmail.com"), *readers(3))
    house.run(app)
    assert sorted(address for _, address in relay.sent) == sorted(["reader0@gmail.com", *readers(3)])
    assert held(app) == {"gmail is mailed no faster"}
    house.run(app, minutes=1)
    house.run(app, minutes=1)
    assert states(app) == {State.SENT: 6}


def test_too_fast_slows_one_provider_through_a_restart_until_it_has_been_quiet(house: House) -> None:
    paced = terms(RelayTerms(name="main"), providers={"gmail": ProviderTerms(per_minute=100)})
    relay = Relays(paced)
    relay.slow = {"reader0@gmail.com"}
    app = house.open(relay)
    house.publish(app, *readers(2, "gmail.com"), *readers(1))
    house.run(app)
    slowed = app.store.relays.rates("mail")["gmail"]
    assert (slowed.rate, slowed.reason) == (50, "4.7.28 rate")
    assert states(app) == {State.SENT: 2, State.DUE: 1}
    assert {row["not_before"] for row in app.store.deliveries.channels()} == {0}
    relay.slow = set()
    app = house.open(relay)
    assert app.store.relays.rates("mail")["gmail"].rate == 50
    house.run(app, minutes=60)
    assert states(app) == {State.SENT: 3}
    assert app.store.relays.rates("mail") == {}


def test_one_reader_is_put_off_ever_longer_and_given_up_in_the_end(house: House) -> None:
    relay = Relays(terms(RelayTerms(name="main")))
    relay.slow = {"reader0@example.org"}
    app = house.open(relay)
    house.publish(app, *readers(1))
    for _ in range(40):
        house.run(app, minutes=240)
    assert states(app) == {State.FAILED: 1}
    (row,) = app.store.deliveries.list(limit=1)
    assert row["reason"] == "gave up after 30 tries: 4.7.28 rate"


def test_a_provider_says_too_fast_once_for_a_batch(house: House) -> None:
    relay = Relays(terms(RelayTerms(name="main"), others=ProviderTerms(per_minute=80)))
    relay.slow = set(readers(3))
    app = house.open(relay)
    house.publish(app, *readers(3))
    house.run(app)
    assert app.store.relays.rates("mail")["example.org"].rate == 40


def test_lanes_that_rest_are_forgotten_before_there_are_too_many(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traffic, "MOST_LANES", 2)
    relay = Relays(terms(RelayTerms(name="main")))
    relay.slow = {"a@slow.example"}
    app = house.open(relay)
    house.publish(app, "a@slow.example", "b@b.example")
    house.run(app)
    app.store.subscribers.subscribe("c@c.example", ["mail"], now=NOON, source="test")
    house.tell(article(2))
    house.run(app, minutes=3)
    (shared,) = (one for one in app.deliverers["mail"]._preparations if isinstance(one, traffic.Traffic))
    assert "slow.example" in shared._lanes
    assert len(shared._lanes) <= 3


def test_the_channels_command_shows_relays_and_lanes(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    new = RelayTerms(name="new", warmup_from=NOON - timedelta(hours=1))
    old = RelayTerms(name="old", priority=2, per_hour=2)
    down = RelayTerms(name="down", priority=3)
    relay = Relays(terms(down, old, new, others=ProviderTerms(per_minute=60)))
    relay.slow = {"reader0@example.org"}
    app = house.open(relay)
    house.publish(app, *readers(1))
    house.run(app)
    app.store.relays.use("mail", "old", 2, house.clock.now())
    rest = Rest(count=1, until=NOON + timedelta(minutes=1), reason="connection refused")
    app.store.relays.rest("mail", "down", rest)
    found = dispatch(app, "channels", {})
    mail = next(one for one in found["channels"] if one["name"] == "mail")
    assert [(one["name"], one["left"], one["warmup"], one["full"]) for one in mail["relays"]] == [
        ("new", 0, 50, "50 a day while it is new"),
        ("old", 0, None, "2 an hour"),
        ("down", None, None, None),
    ]
    assert mail["relays"][2]["trouble"] == "connection refused"
    (lane,) = mail["lanes"]
    assert (lane["provider"], lane["per_minute"], lane["usual"]) == ("example.org", 30, 60)
    assert [one["relays"] for one in found["channels"] if one["name"] == "x"] == [[]]
    monkeypatch.setattr(sending, "act", lambda *_: found)
    shown = CliRunner().invoke(sending.channels, [], obj=None).output
    assert "mail, relay new: 50 a day while it is new are used up until" in shown
    assert "mail, relay down: left alone until" in shown
    assert "mail mails example.org 30 mails a minute, slowed" in shown


def test_an_alert_waits_for_no_quota(house: House) -> None:
    relay = Relays(terms(RelayTerms(name="main", per_day=1)))
    app = house.open(relay)
    house.publish(app, *readers(2))
    house.run(app)
    app.store.subscribers.subscribe("desk@example.org", ["alerts"], now=NOON, source="test")
    app.store.alerts.tell([("mail", app.store.subscribers.audience("alerts")[0])])
    app.store.alerts.raise_alert("test", "somebody must know", now=house.clock.now())
    house.run(app)
    assert [address for _, address in relay.sent] == ["reader0@example.org", "desk@example.org"]
