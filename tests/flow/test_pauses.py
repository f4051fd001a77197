"""A paused channel: one alert, few questions, and nobody else held up."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta

import pytest

from distributor.engine.engine import Engine
from distributor.engine.round import run_round
from distributor.errors import AlreadyThere, OutOfCredit, Unauthorized, Unavailable
from distributor.model import Message, Pause, Receipt, Rendered, State, Trial
from distributor.rules.fate.lifecycle import decide
from distributor.rules.queue.pausing import FIRST_ASK, LONGEST_ASK, Asking, begin, refused
from tests.apps import CONFIG, told_app
from tests.support import NOON, HandClock, ToldBulk, ToldChannel, ToldSource, article

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


class Asked(ToldChannel):
    """Remembers when it was asked."""

    def __init__(self, clock, *answers):
        super().__init__("x", *answers)
        self._clock = clock
        self.questions = []

    def check(self):
        self.questions.append(self._clock.now())
        return super().check()


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture
def opened(short):
    apps = []

    def make(**options):
        apps.append(told_app(short, **options))
        return apps[-1]

    yield make
    for app in apps:
        app.close()


def minutes(channel):
    return [int((at - NOON) / MINUTE) for at in channel.questions]


def watch(engine, clock, span):
    """The engine's look at pauses, every minute."""
    for _ in range(span):
        clock.advance(60)
        engine.ask_paused()


def alerts(app):
    rows = app.store.deliveries._readers.query("SELECT key, text, hint, recovered_at, recovery FROM alerts ORDER BY id")
    return [dict(row) for row in rows]


def test_wrong_keys_are_asked_about_ever_more_rarely(opened, clock):
    channel = Asked(clock, Unauthorized("bad token"))
    channel.refusal = Unauthorized("bad token, still")
    engine = Engine(app := opened(clock=clock, channels={"x": channel}))
    run_round(app)
    watch(engine, clock, 240)
    assert minutes(channel) == [5, 15, 35, 75, 135, 195]
    assert len(channel.parcels) == 1


def test_an_account_without_credit_is_asked_once_and_then_every_hour_because_a_question_costs(opened, clock):
    channel = Asked(clock, OutOfCredit("credits depleted"))
    channel.refusal = OutOfCredit("credits depleted, still")
    engine = Engine(app := opened(clock=clock, channels={"x": channel}))
    run_round(app)
    watch(engine, clock, 200)
    assert minutes(channel) == [5, 65, 125, 185]


def test_a_pause_is_one_alert_that_ends_with_it_and_holds_up_nobody_else(opened, clock):
    source = ToldSource([article(number) for number in range(1, 6)])
    channel = Asked(clock, OutOfCredit("credits depleted"))
    channel.refusal = OutOfCredit("credits depleted")
    engine = Engine(app := opened(clock=clock, channels={"x": channel}, source=source))
    run_round(app)
    for _ in range(30):
        engine.chores()
    watch(engine, clock, 60)
    (alert,) = alerts(app)
    assert (alert["key"], alert["text"]) == ("paused:x", "channel x is paused: credits depleted")
    assert "after a restart at once" in alert["hint"]
    assert alert["recovered_at"] is None
    assert len(channel.parcels) == 1
    assert app.store.deliveries.counts()["x"] == {State.DUE: 5}
    assert app.store.deliveries.counts()["y"] == {State.SENT: 5}
    channel.refusal = None
    watch(engine, clock, 6)
    run_round(app)
    engine.chores()
    (alert,) = alerts(app)
    assert (alert["recovery"], alert["recovered_at"] is None) == ("channel x works again", False)
    assert app.store.deliveries.counts()["x"] == {State.SENT: 5}


def drain(app, name="x"):
    """All that its lane does until nothing is left to do."""
    while app.deliverers[name].run_once():
        continue


class Mute(Asked):
    """Answers every question well and refuses every post, as X does a token that may only read."""

    def send(self, parcel):
        self.parcels.append(parcel)
        raise Unauthorized("may not post")


def test_a_question_that_is_answered_well_is_no_recovery_before_something_is_accepted(opened, clock):
    channel = Asked(clock, OutOfCredit("credits depleted"))
    engine = Engine(app := opened(clock=clock, channels={"x": channel}))
    run_round(app)
    engine.chores()
    watch(engine, clock, 6)
    assert minutes(channel) == [5]
    assert not app.store.deliveries.pauses()
    (alert,) = alerts(app)
    assert (alert["recovered_at"], alert["recovery"]) == (None, "")
    assert alert["text"] == "channel x was paused, and is tried again: credits depleted"
    drain(app)
    engine.chores()
    (alert,) = alerts(app)
    assert (alert["recovery"], alert["recovered_at"] is None) == ("channel x works again", False)


def test_a_channel_that_may_ask_and_not_post_is_one_alert_and_is_tried_ever_more_rarely(opened, clock):
    channel = Mute(clock)
    engine = Engine(app := opened(clock=clock, channels={"x": channel}))
    run_round(app)
    for _ in range(400):
        watch(engine, clock, 1)
        drain(app)
        engine.chores()
    assert minutes(channel) == [5, 15, 35, 75, 135, 195, 255, 315, 375]
    assert len(channel.parcels) == 1 + len(channel.questions)  # one for each question, and no storm
    (alert,) = alerts(app)
    assert (alert["recovered_at"], alert["text"]) == (None, "channel x is paused: may not post")
    assert app.store.deliveries.counts()["x"] == {State.DUE: 1}


def test_a_channel_that_may_ask_and_not_post_is_one_alert_across_restarts(short, clock):
    for number in range(4):
        with closing(told_app(short, clock=clock, channels={"x": (channel := Mute(clock))})) as app:
            engine = Engine(app)
            engine.ask_paused()
            run_round(app)
            engine.chores()
            assert (len(channel.parcels), len(channel.questions)) == (1, 1 if number else 0)
            (alert,) = alerts(app)
            assert (alert["recovered_at"], alert["text"]) == (None, "channel x is paused: may not post")
        clock.advance(60)
    with closing(told_app(short, clock=clock)) as app:
        engine = Engine(app)
        engine.ask_paused()
        run_round(app)
        engine.chores()
        assert [one["recovery"] for one in alerts(app)] == ["channel x works again"]


def test_a_restart_between_the_question_and_the_post_is_no_recovery(short, clock):
    with closing(told_app(short, clock=clock, channels={"x": Mute(clock)})) as app:
        run_round(app)
        (engine := Engine(app)).chores()
        watch(engine, clock, 5)
        assert not app.store.deliveries.pauses()
    with closing(told_app(short, clock=clock, channels={"x": Mute(clock)})) as app:
        engine = Engine(app)
        engine.chores()
        drain(app)
        engine.chores()
        (alert,) = alerts(app)
        assert (alert["recovered_at"], alert["text"]) == (None, "channel x is paused: may not post")


def test_a_refusal_days_after_a_good_answer_goes_on_where_the_questions_were(opened, clock):
    channel = Mute(clock)
    engine = Engine(app := opened(clock=clock, channels={"x": channel}))
    run_round(app)
    watch(engine, clock, 2 * 24 * 60)  # nothing is due in all that time
    drain(app)
    engine.chores()
    watch(engine, clock, 12)
    assert minutes(channel) == [5, 2 * 24 * 60 + 10]
    assert [one["recovered_at"] for one in alerts(app)] == [None]


def test_after_a_pause_one_row_of_a_batch_is_tried_and_the_others_when_it_was_accepted(opened, clock):
    mail = ToldBulk("mail", *[Unauthorized("535")] * 4)
    text = CONFIG.replace('channels = ["x", "y"]', 'channels = ["mail"]')
    app = opened(clock=clock, channels={"mail": mail}, config=text)
    for number in range(5):
        app.store.subscribers.subscribe(f"reader{number}@example.org", ["mail"], now=clock.now(), source="test")
    engine = Engine(app)
    run_round(app)
    assert len(mail.parcels) == 3
    watch(engine, clock, 5)
    drain(app, "mail")
    assert len(mail.parcels) == 4
    watch(engine, clock, 10)
    assert [app.deliverers["mail"].run_once() for _ in range(4)] == [1, 3, 1, 0]
    assert app.store.deliveries.counts()["mail"] == {State.SENT: 5}


def claimed(ledger, most=3):
    """Claim and start rows of the channel."""
    found = ledger.claim_due("x", now=NOON, limit=most, lease=HOUR)
    words = [Rendered(delivery_id=one.id, message=Message(text=f"{one.id}"), carried=()) for one in found]
    ledger.start(words, now=NOON, lease=HOUR)
    return found


def answered(ledger, entry, answer):
    ledger.record("x", [(entry, decide(answer, tries=1, now=NOON))], now=NOON)


def test_what_was_at_the_wire_when_the_pause_came_proves_nothing(opened, clock):
    """Two lanes send: one is refused, and the other's post is accepted late, after the question."""
    app = opened(clock=clock, source=ToldSource([article(number) for number in range(1, 4)]))
    ledger = app.store.deliveries
    app.ingesters["politics"].run_once(clock.now())
    refused, early, late = claimed(ledger)
    answered(ledger, refused, Unauthorized("no"))
    answered(ledger, early, Receipt(remote_id="1"))
    assert ledger.refused() == [Pause(channel="x", since=NOON, reason="no")]
    ledger.resume("x", NOON)
    answered(ledger, late, Receipt(remote_id="2"))
    assert ledger.refused() == [Trial(channel="x", reason="no")]
    (tried,) = claimed(ledger)
    answered(ledger, tried, Receipt(remote_id="3"))
    assert ledger.refused() == []


def test_a_duplicate_that_was_refused_proves_nothing():
    assert not decide(AlreadyThere("duplicate"), tries=1, now=NOON, doubted=True).is_proof
    assert decide(Receipt(), tries=1, now=NOON).is_proof


def test_after_a_restart_it_is_asked_at_once_and_the_alert_is_not_raised_again(short, clock):
    with closing(told_app(short, clock=clock, channels={"x": ToldChannel("x", Unauthorized("bad token"))})) as app:
        run_round(app)
        Engine(app).chores()
    clock.advance(60)
    channel = Asked(clock)
    channel.refusal = Unauthorized("bad token")
    with closing(told_app(short, clock=clock, channels={"x": channel})) as app:
        engine = Engine(app)
        engine.ask_paused()
        assert minutes(channel) == [1]
        assert len(alerts(app)) == 1
        watch(engine, clock, 12)
        assert minutes(channel) == [1, 11]


def test_an_alert_of_a_pause_that_ended_unseen_ends_at_the_next_start(short, clock):
    with closing(told_app(short, clock=clock, channels={"x": ToldChannel("x", Unauthorized("bad token"))})) as app:
        run_round(app)
        Engine(app).chores()
        app.store.deliveries.resume("x", clock.now())
        drain(app)
    with closing(told_app(short, clock=clock)) as app:
        Engine(app).chores()
        assert [alert["recovery"] for alert in alerts(app)] == ["channel x works again"]


def test_a_channel_that_is_no_longer_configured_keeps_no_alert_and_is_asked_nothing(short, clock):
    with closing(told_app(short, clock=clock, channels={"y": ToldChannel("y", Unauthorized("bad token"))})) as app:
        run_round(app)
        Engine(app).chores()
    config = CONFIG.replace('[channels.y]\ntype = "console"\n', "").replace('["x", "y"]', '["x"]')
    with closing(told_app(short, clock=clock, config=config)) as app:
        engine = Engine(app)
        engine.ask_paused()
        (alert,) = alerts(app)
        assert (alert["recovery"], alert["recovered_at"] is None) == ("channel y is not configured any more", False)


def test_a_pause_soon_after_the_last_goes_on_where_its_questions_were():
    """The question is answered well, and posting is refused all the same: no storm of pauses."""
    first = begin(Pause(channel="x", since=NOON, reason="403"), None, NOON)
    assert (first.at, first.wait) == (NOON + FIRST_ASK, FIRST_ASK)
    ended = Asking(since=NOON, at=first.at, wait=first.wait, ended=first.at)
    soon = begin(Pause(channel="x", since=NOON + 6 * MINUTE, reason="403"), ended, NOON)
    assert (soon.at, soon.wait) == (NOON + 16 * MINUTE, 2 * FIRST_ASK)
    later = begin(Pause(channel="x", since=NOON + 5 * MINUTE + LONGEST_ASK, reason="403"), ended, NOON)
    assert later.wait == FIRST_ASK
    unproven = begin(Pause(channel="x", since=NOON + 2 * LONGEST_ASK, reason="403", is_again=True), ended, NOON)
    assert unproven.wait == 2 * FIRST_ASK
    unasked = begin(Pause(channel="x", since=NOON + MINUTE, reason="403"), first, NOON)
    assert unasked.wait == FIRST_ASK


def test_what_an_earlier_run_paused_is_asked_about_at_once():
    asking = begin(Pause(channel="x", since=NOON - MINUTE, reason="401"), None, NOON)
    assert asking.at == NOON


@pytest.mark.parametrize(
    ("refusal", "wait"),
    [(Unauthorized("no"), 2 * FIRST_ASK), (Unavailable("down"), 2 * FIRST_ASK), (OutOfCredit("no"), LONGEST_ASK)],
)
def test_the_next_question_comes_later(refusal, wait):
    asking = refused(Asking(since=NOON, at=NOON, wait=FIRST_ASK), refusal, NOON)
    assert (asking.at, asking.wait) == (NOON + wait, wait)
    assert refused(Asking(since=NOON, at=NOON, wait=LONGEST_ASK), refusal, NOON).wait == LONGEST_ASK


def test_rows_in_hand_when_the_pause_comes_are_given_back_without_a_call(opened, clock):
    """Two batches are claimed; the first is refused, the second has not touched the wire."""
    mail = ToldBulk("mail", *[Unauthorized("535")] * 3)
    text = CONFIG.replace('channels = ["x", "y"]', 'channels = ["mail"]')
    app = opened(clock=clock, channels={"mail": mail}, config=text)
    for number in range(6):
        app.store.subscribers.subscribe(f"reader{number}@example.org", ["mail"], now=clock.now(), source="test")
    app.ingesters["politics"].run_once(clock.now())
    deliverer = app.deliverers["mail"]
    inner = app.store.deliveries

    class Second:
        def __getattr__(self, name):
            return getattr(inner, name)

        def start(self, batch, **options):
            deliverer._ledger = inner
            deliverer.run_once()
            return inner.start(batch, **options)

    deliverer._ledger = Second()
    deliverer.run_once()
    assert len(mail.parcels) == 3
    assert inner.counts()["mail"] == {State.DUE: 6}
    assert {row["lease_owner"] for row in inner.list(channel="mail")} == {None}
