"""Limits of accounts and applications: kept through restarts, shared by channels and lanes, obeyed to the second."""

from __future__ import annotations

import threading
from contextlib import closing
from datetime import timedelta

import pytest

from distributor.channels._answer import Answer
from distributor.channels._verdicts import Scopes, judge
from distributor.errors import OutOfCredit, RateLimited, Unauthorized
from distributor.model import Quota, Receipt, State
from distributor.rules.fate.lifecycle import decide
from tests.apps import told_app
from tests.support import NOON, HandClock, ToldChannel, ToldSource, article

APP, USER = "twitter:app:5f3a", "twitter:user:77aa"
HALF_A_DAY = timedelta(hours=12)


def newsroom(folder, clock, stories=2, threaded=False, **channels):
    """Channels x and y of one app, each of an account of its own."""
    source = ToldSource([article(number, urgency=5) for number in range(1, stories + 1)])
    app = told_app(folder, source=source, clock=clock, channels=channels, threaded=threaded)
    app.store.deliveries.know_channel("x", "console", NOON, scopes=[APP, USER])
    app.store.deliveries.know_channel("y", "console", NOON, scopes=[APP, "twitter:user:1111"])
    app.ingesters["politics"].run_once(clock.now())
    return app


def sent(app, channel):
    return app.store.deliveries.counts()[channel].get(State.SENT, 0)


def drain(app, channel):
    return sum(iter(app.deliverers[channel].run_once, 0))


def test_a_limit_of_the_app_holds_every_channel_of_it_and_one_of_the_account_its_own(short):
    clock = HandClock()
    limited = ToldChannel("x", RateLimited("day", retry_after=HALF_A_DAY, scope=APP))
    with closing(newsroom(short, clock, x=limited)) as app:
        drain(app, "x")
        assert drain(app, "y") == 0
        clock.advance(HALF_A_DAY.total_seconds())
        drain(app, "x")
        drain(app, "y")
        assert (sent(app, "x"), sent(app, "y")) == (2, 2)


def test_a_limit_of_one_account_is_none_of_the_others(short):
    limited = ToldChannel("x", RateLimited("quarter", retry_after=timedelta(minutes=15), scope=USER))
    with closing(newsroom(short, HandClock(), x=limited)) as app:
        drain(app, "x")
        drain(app, "y")
        assert (sent(app, "x"), sent(app, "y")) == (0, 2)


@pytest.mark.parametrize("scope", ["", USER])
def test_a_wait_of_twelve_hours_is_kept_to_the_second_through_a_restart_and_uses_up_no_attempt(short, scope):
    clock = HandClock()
    limited = ToldChannel("x", RateLimited("Telegram asks to wait", retry_after=HALF_A_DAY, scope=scope))
    with closing(newsroom(short, clock, x=limited)) as app:
        drain(app, "x")
        drain(app, "y")
        assert sent(app, "y") == 2
        assert app.store.deliveries.next_due("x") == NOON + HALF_A_DAY
    clock.advance(6 * 3600)
    with closing(newsroom(short, clock, x=(channel := ToldChannel("x")))) as app:
        assert drain(app, "x") == 0
        assert app.store.deliveries.next_due("x") == NOON + HALF_A_DAY
        clock.advance(6 * 3600 - 0.001)
        assert drain(app, "x") == 0
        clock.advance(0.001)
        assert drain(app, "x") == 2
        assert sent(app, "x") == 2
        assert len(channel.parcels) == 2
        rows = app.store.deliveries.list(channel="x", state=State.SENT)
        assert {row["attempts"] for row in rows} == {1}


def test_what_a_post_has_used_up_is_waited_for_so_that_the_next_one_meets_no_refusal(short):
    clock = HandClock()
    quota = Quota(scope=USER, wait=timedelta(minutes=3), reason="X: nothing is left of this quarter of an hour")
    channel = ToldChannel("x", Receipt(remote_id="1", quotas=(quota,)))
    with closing(newsroom(short, clock, x=channel)) as app:
        drain(app, "x")
        assert len(channel.parcels) == 1
        clock.advance(179)
        assert drain(app, "x") == 0
        clock.advance(1)
        assert drain(app, "x") == 1
        assert (sent(app, "x"), app.store.deliveries._readers.query("SELECT count(*) AS n FROM attempts")[0]["n"]) == (
            2,
            0,
        )


def test_refusals_without_a_time_are_waited_out_ever_longer_until_one_is_accepted(short):
    clock = HandClock()
    refusal = RateLimited("429")
    channel = ToldChannel("x", refusal, refusal, refusal, Receipt(remote_id="1"), refusal)
    with closing(newsroom(short, clock, x=channel)) as app:
        waits = []
        for _ in range(5):
            app.deliverers["x"].run_once()
            due = app.store.deliveries.next_due("x")
            assert due is not None
            waits.append((due - clock.now()).total_seconds() / 60)
            clock.at = max(due, clock.now())
        assert waits == [1, 2, 4, 0, 1]


@pytest.mark.parametrize("error", [timedelta(hours=-5), timedelta(days=1)])
def test_a_wait_is_counted_by_the_platforms_clock_when_ours_is_wrong(error):
    """X says 12:00 and a reset at 12:10: ten minutes, whatever our own clock shows."""
    reset = str(int((NOON + timedelta(minutes=10)).timestamp()))
    headers = {"date": "Tue, 24 Nov 2026 12:00:00 GMT", "x-rate-limit-remaining": "0", "x-rate-limit-reset": reset}
    ours = NOON + error
    answer = judge(Answer(status=429, headers=headers, body=b""), ours, Scopes(app=APP, user=USER))
    assert answer is not None
    verdict = decide(answer, tries=1, now=ours)
    assert [(scope, until - ours) for scope, until, _ in verdict.limits] == [(USER, timedelta(minutes=10))]


def test_a_longer_limit_is_not_shortened_by_a_shorter_one(short):
    clock = HandClock()
    with closing(newsroom(short, clock)) as app:
        for hours in (12, 1):
            limit = {
                "scope": APP,
                "until": int((NOON + timedelta(hours=hours)).timestamp() * 1000),
                "reason": f"{hours} h",
            }
            app.store.deliveries._writer.call(lambda c, told=limit: c.run(app.store.deliveries._sql["limit"], told))
        assert app.store.deliveries.next_due("x") == NOON + HALF_A_DAY


@pytest.mark.parametrize(
    "refusal",
    [
        RateLimited("429", retry_after=timedelta(minutes=15), scope=USER),
        RateLimited("429", retry_after=timedelta(minutes=15)),
        OutOfCredit("402"),
        Unauthorized("401"),
    ],
)
def test_after_a_refusal_the_other_lane_makes_no_call_even_with_a_row_in_hand(short, refusal):
    clock = HandClock()
    channel = ToldChannel("x", refusal)
    source = ToldSource([article(1, urgency=1), article(2, urgency=5)])
    with closing(told_app(short, source=source, clock=clock, channels={"x": channel}, threaded=True)) as app:
        app.store.deliveries.know_channel("x", "console", NOON, scopes=[APP, USER])
        app.ingesters["politics"].run_once(clock.now())
        deliverer, turn = app.deliverers["x"], Turns(app.store.deliveries)
        deliverer._ledger = turn
        lanes = [
            threading.Thread(target=deliverer.run_once, kwargs={"urgent": urgent}, name=name)
            for urgent, name in ((True, "flash"), (False, "other"))
        ]
        for lane in lanes:
            lane.start()
        for lane in lanes:
            lane.join(20)
            assert not lane.is_alive()
        assert turn.late == [{}]
        assert len(channel.parcels) == 1
        assert drain(app, "x") == 0
        assert app.store.deliveries.counts()["x"] == {State.DUE: 2}
        rows = app.store.deliveries.list(channel="x")
        assert {(row["lease_owner"], row["attempts"]) for row in rows} == {(None, 0)}


class Turns:
    """The ledger; both lanes claim, the flash is answered, and only then the other lane starts."""

    def __init__(self, ledger):
        self._ledger = ledger
        self._claimed, self._held, self._answered = threading.Event(), threading.Event(), threading.Event()
        self.late = []

    def claim_due(self, channel, *, urgent, **options):
        if not urgent:
            assert self._claimed.wait(20)
        found = self._ledger.claim_due(channel, urgent=urgent, **options)
        (self._claimed if urgent else self._held).set()
        return found

    def start(self, batch, **options):
        assert self._held.wait(20)
        if threading.current_thread().name == "flash":
            return self._ledger.start(batch, **options)
        assert self._answered.wait(20)
        found = self._ledger.start(batch, **options)
        self.late.append(found)
        return found

    def record(self, *args, **options):
        self._ledger.record(*args, **options)
        self._answered.set()

    def __getattr__(self, name):
        return getattr(self._ledger, name)
