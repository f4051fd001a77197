"""Money in the ledger: charged before the wire, given back where nothing was sent, never above the budget."""

from __future__ import annotations

import threading
from contextlib import closing
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from distributor.app import App
from distributor.errors import Rejected, Unavailable, UnknownOutcome
from distributor.model import Receipt, State
from tests.apps import CONFIG, told_app
from tests.flow.test_verify import GONE, Wall
from tests.support import NOON, HandClock, ToldChannel, ToldSource, article

PLAIN, LINKED = 15_000, 200_000
PRICES = "price = 0.015\nprice_with_link = 0.2\n"


def config(more="", channels='["x"]'):
    text = CONFIG.replace('[channels.x]\ntype = "console"\n', f'[channels.x]\ntype = "console"\n{PRICES}{more}')
    return text.replace('channels = ["x", "y"]', f"channels = {channels}")


def stories(*urgencies):
    return ToldSource([article(number, urgency=urgency) for number, urgency in enumerate(urgencies, 1)])


@pytest.fixture
def opened(short):
    apps = []

    def make(source, *answers, more="", channel=None, **options):
        told = {"x": channel or ToldChannel("x", *answers)}
        app = told_app(short, source=source, channels=told, config=config(more), **options)
        apps.append(app)
        app.ingesters["politics"].run_once(app.clock.now())
        return app

    yield make
    for app in apps:
        app.close()


def drain(app):
    return sum(iter(app.deliverers["x"].run_once, 0))


def charges(app):
    rows = app.store.deliveries._readers.query("SELECT micros FROM charges ORDER BY id")
    return [row["micros"] for row in rows]


def standing(app):
    """The state, the holder and the reason of each delivery, in the order of the stories."""
    rows = sorted(app.store.deliveries.list(channel="x"), key=lambda row: row["story_url"])
    return [(State(tuple(State)[row["state"]]), row["held_by"], row["reason"]) for row in rows]


def states(app):
    return [state for state, _, _ in standing(app)]


class Spying(ToldChannel):
    """Looks at the money while a parcel is at the wire."""

    seen: tuple[int, ...] = ()
    app: App

    def send(self, parcel):
        self.seen = (*self.seen, *charges(self.app))
        return super().send(parcel)


def test_the_price_is_on_record_before_the_first_byte(opened):
    channel = Spying("x")
    app = opened(stories(5), channel=channel)
    channel.app = app
    drain(app)
    assert channel.seen == (LINKED,)
    assert charges(app) == [LINKED]


@pytest.mark.parametrize(
    ("answer", "charged"),
    [
        (Receipt(remote_id="1"), [LINKED]),
        (UnknownOutcome("no answer"), [LINKED]),
        (Rejected("too long"), [LINKED, -LINKED]),
        (Unavailable("refused"), [LINKED, -LINKED]),
    ],
)
def test_what_surely_was_not_sent_costs_nothing_and_what_is_unknown_does(opened, answer, charged):
    app = opened(stories(5), answer)
    drain(app)
    assert charges(app) == charged


def test_a_retry_pays_again_what_it_was_given_back(opened):
    app = opened(stories(5), Unavailable("refused"), clock=(clock := HandClock()))
    drain(app)
    clock.advance(5)
    drain(app)
    assert charges(app) == [LINKED, -LINKED, LINKED]


def test_a_delivery_that_was_in_doubt_pays_no_second_time(opened):
    app = opened(stories(5), UnknownOutcome("no answer"), Rejected("no"), more="budget_per_day = 0.2\n")
    drain(app)
    settled = "UPDATE deliveries SET state = 1, look_at = NULL, ended_at = NULL WHERE state = 6"
    app.store.deliveries._writer.call(lambda connection: connection.run(settled))
    assert drain(app) == 1
    assert states(app) == [State.FAILED]
    assert charges(app) == [LINKED]  # the first call may have been made


def test_what_was_in_doubt_and_is_not_there_gets_its_price_back(opened):
    clock = HandClock()
    wall = Wall("x", clock, GONE, GONE, Rejected("no"))
    app = opened(stories(5), channel=wall, more="budget_per_day = 0.2\n", clock=clock)
    drain(app)
    assert charges(app) == [LINKED]
    for sends in (2, 3):
        for _ in range(200):
            clock.advance(1)
            app.verifiers["x"].run_once()
            if states(app) == [State.DUE]:
                break
        assert sum(charges(app)) == 0
        drain(app)
        assert len(wall.parcels) == sends
    assert states(app) == [State.FAILED]
    assert charges(app) == [LINKED, -LINKED] * 3


def test_when_money_is_short_the_most_urgent_leave_and_the_rest_wait_for_the_next_day(opened):
    app = opened(stories(5, 2, 8, 3), more="budget_per_day = 0.45\n", clock=(clock := HandClock()))
    drain(app)
    waits = (State.HELD, "budget", "budget: 0.20 needed, 0.05 of 0.45 left today")
    assert states(app) == [State.HELD, State.SENT, State.HELD, State.SENT]
    assert [one for one in standing(app) if one[0] is State.HELD] == [waits, waits]
    assert app.store.deliveries.next_due("x") == NOON + timedelta(hours=12)
    clock.advance(12 * 60 * 60)
    drain(app)
    assert states(app) == [State.SENT] * 4
    assert sum(charges(app)) == 4 * LINKED


def test_money_that_comes_back_lets_those_who_wait_look_again(opened):
    app = opened(stories(2, 5), Rejected("no"), more="budget_per_day = 0.2\n")
    drain(app)
    assert states(app) == [State.FAILED, State.SENT]
    assert sum(charges(app)) == LINKED


def test_a_budget_that_was_raised_counts_from_the_next_start(short):
    source = stories(5)
    with closing(told_app(short, source=source, config=config("budget_per_day = 0.1\n"))) as app:
        app.ingesters["politics"].run_once(app.clock.now())
        drain(app)
        assert states(app) == [State.HELD]
    with closing(told_app(short, source=source, config=config("budget_per_day = 0.3\n"))) as app:
        drain(app)
        assert states(app) == [State.SENT]


def test_a_refund_after_midnight_gives_today_nothing(opened):
    clock = HandClock(NOON + timedelta(hours=11, minutes=59, seconds=59))

    class Slow(ToldChannel):
        def send(self, parcel):
            if not self.parcels:
                clock.advance(2)
            return super().send(parcel)

    app = opened(stories(2, 5, 5), channel=Slow("x", Rejected("no")), more="budget_per_day = 0.2\n", clock=clock)
    drain(app)
    assert sorted(states(app)) == [State.FAILED, State.HELD, State.SENT]


def test_below_the_top_stories_a_post_leaves_without_its_link_at_the_lower_price(opened):
    app = opened(stories(3, 5), more='links = "top"\n')
    drain(app)
    top, plain = app.channels["x"].parcels
    assert "utm_id=" in top.message.link
    assert plain.message.link == ""
    assert "http" not in plain.message.text
    assert charges(app) == [LINKED, PLAIN]


def test_an_address_in_the_headline_is_paid_for_even_without_links(opened):
    source = ToldSource([article(1, headline="Rates rise at Booking.com", summary="")])
    app = opened(source, more='links = "never"\nbudget_per_day = 0.1\n')
    drain(app)
    assert standing(app) == [(State.HELD, "budget", "budget: 0.20 needed, 0.10 of 0.10 left today")]
    assert charges(app) == []


def test_two_lanes_with_money_for_one_post_send_exactly_one(opened):
    """Both have claimed before either starts, so only the start itself can notice."""
    app = opened(stories(1, 5), more="budget_per_day = 0.3\n", threaded=True)
    deliverer, both = app.deliverers["x"], threading.Barrier(2, timeout=20)
    start = app.store.deliveries.start

    def together(*args, **options):
        both.wait()
        return start(*args, **options)

    deliverer._ledger = Proxy(app.store.deliveries, start=together)
    lanes = [threading.Thread(target=deliverer.run_once, kwargs={"urgent": urgent}) for urgent in (True, False)]
    claimed = threading.Event()
    deliverer._ledger.claim_due = in_turn(app.store.deliveries, claimed)
    for lane in lanes:
        lane.start()
    for lane in lanes:
        lane.join(20)
        assert not lane.is_alive()
    assert len(app.channels["x"].parcels) == 1
    assert sorted(states(app)) == [State.HELD, State.SENT]
    assert charges(app) == [LINKED]


class Proxy:
    """The ledger with one of its moves replaced."""

    def __init__(self, ledger, **moves):
        self._ledger = ledger
        self.__dict__.update(moves)

    def __getattr__(self, name):
        return getattr(self._ledger, name)


def in_turn(ledger, claimed):
    """The flash's lane claims first, so that each lane has a row in hand."""

    def claim(channel, *, urgent, **options):
        if not urgent:
            assert claimed.wait(20)
        found = ledger.claim_due(channel, urgent=urgent, **options)
        claimed.set()
        return found

    return claim


def test_a_batch_shares_the_money_row_by_row(opened):
    class Many(ToldChannel):
        batch = 5

        def send_many(self, parcels):
            return ((index, self.send(parcel)) for index, parcel in enumerate(parcels))

    app = opened(stories(5, 5, 5), channel=Many("x"), more="budget_per_day = 0.5\n")
    app.deliverers["x"]._gate = None  # as mail: only the start looks
    drain(app)
    assert sorted(states(app)) == [State.HELD, State.SENT, State.SENT]


answers = st.sampled_from(
    [Receipt(remote_id="1"), Rejected("no"), UnknownOutcome("?"), Unavailable("down"), RuntimeError("a bug")]
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(answers, max_size=12), st.integers(0, 9))
def test_the_charges_are_the_price_of_what_was_sent_or_may_have_been(tmp_path_factory, told, budget):
    clock, folder = HandClock(), tmp_path_factory.mktemp("money")
    text = config(f"budget_per_day = {budget / 10}\n")
    with closing(
        told_app(folder, source=stories(*[5] * 8), channels={"x": ToldChannel("x", *told)}, config=text, clock=clock)
    ) as app:
        app.ingesters["politics"].run_once(clock.now())
        for _ in range(14):
            try:
                app.deliverers["x"].run_once()
            except RuntimeError:
                continue
            finally:
                paid = sum(state in (State.SENT, State.UNKNOWN, State.SENDING) for state in states(app))
                assert sum(charges(app)) == LINKED * paid
                assert LINKED * paid <= budget * 100_000
            clock.advance(60)
