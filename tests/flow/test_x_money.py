"""Our books against the loopback X's own: what it billed, what it refused, and what it was asked."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from distributor.app import charge_reads
from distributor.channels.twitter import Options, Twitter
from distributor.engine.round import run_round
from distributor.model import State
from distributor.sandbox import accounts
from distributor.secret import Secret
from distributor.store.codes import STATES
from tests.apps import told_app
from tests.flow.test_money import config, drain, states
from tests.support import HandClock, ToldSource, article
from tests.x_server import Loopback, loopback


def account(server: Loopback) -> Twitter:
    options = Options(
        api_key=Secret(accounts.X_CONSUMER_KEY),
        api_secret=Secret(accounts.X_CONSUMER_SECRET),
        access_token=Secret(accounts.X_ACCESS_TOKEN),
        access_secret=Secret(accounts.X_ACCESS_TOKEN_SECRET),
        base_url=server.server.url,
    )
    return Twitter("x", options)


class Room:
    """A newsroom with the real channel on the loopback X."""

    def __init__(self, folder, server, stories, more):
        self.server, self.clock = server, HandClock(server.clock.now())
        self.channel = account(server)
        self.folder, self.more = folder, more
        self.source = ToldSource(stories)
        self.app = self.open()
        self.app.ingesters["politics"].run_once(self.clock.now())

    def open(self):
        app = told_app(
            self.folder,
            source=self.source,
            channels={"x": self.channel},
            config=config(self.more),
            clock=self.clock,
        )
        app.store.deliveries.know_channel("x", "console", self.clock.now(), scopes=self.channel.scopes)
        return app

    def reopen(self):
        self.app.close()
        self.app = self.open()

    def advance(self, seconds):
        self.clock.advance(seconds)
        self.server.clock.advance(seconds)

    def asked(self):
        """How many posts were tried, whatever came of them."""
        return sum(line["method"] == "POST" for line in self.server.host.log.dump())

    def charged(self):
        """Thousandths of a dollar, by our books."""
        return self.app.store.deliveries._readers.query("SELECT sum(micros) / 1000 AS n FROM charges")[0]["n"] or 0

    def billed(self):
        """Thousandths of a dollar, by X's journal."""
        return sum(round(line["cost"] * 1000) for line in self.server.visible())


@contextmanager
def room(folder, stories=3, more="", **options) -> Iterator[Room]:
    told = stories if isinstance(stories, list) else [article(number, urgency=5) for number in range(1, stories + 1)]
    with loopback(folder / "x", **options) as server:
        found = Room(folder, server, told, more)
        with closing(found.channel):
            try:
                yield found
            finally:
                found.app.close()


@pytest.mark.parametrize("links", ["always", "top", "never"])
def test_at_the_end_x_has_billed_what_we_have_charged(short, links):
    stories = [
        article(1, urgency=2),
        article(2, urgency=5),
        article(3, urgency=5, headline="Rates rise at Booking.com", summary="", body=""),
        article(4, urgency=8, headline="It ends here.Is it so", summary="", body=""),
        article(5, urgency=8, headline="Prices of 10.11.2026, U.S. and No.5", summary="", body=""),
    ]
    with room(short, stories, f'links = "{links}"\n') as found:
        drain(found.app)
        assert states(found.app) == [State.SENT] * 5
        assert found.charged() == found.billed() == found.server.x._world.books.spent


def test_a_round_up_that_the_money_reaches_leaves_though_it_would_not_reach_for_a_link(short):
    """0.10 is left after the first post: a post with a link costs 0.20, and the round-up's headlines 0.015."""
    with room(short, 4, "budget_per_day = 0.3\nfold_above = 1\n") as found:
        drain(found.app)
        rows = found.app.store.deliveries.list(channel="x")
        assert sorted(STATES[row["state"]] for row in rows) == sorted([State.SENT] * 2 + [State.SKIPPED] * 3)
        assert found.charged() == found.billed() == 215


def test_a_round_up_with_links_waits_for_the_money_that_they_cost(short):
    own = short / "own" / "twitter"
    own.mkdir(parents=True)
    (own / "roundup.txt.j2").write_text("{% for one in stories %}{{ one.link }}\n{% endfor %}", "utf-8")
    more = 'budget_per_day = 0.3\nfold_above = 1\n[desk]\ntemplates = "own"\n'
    with room(short, 4, more) as found:
        drain(found.app)
        (waits,) = [row for row in found.app.store.deliveries.list(channel="x") if row["held_by"]]
        assert (waits["held_by"], waits["reason"]) == ("budget", "budget: 0.20 needed, 0.10 of 0.30 left today")
        assert found.asked() == 1


def test_what_is_read_on_x_is_charged_once_a_day_as_x_bills_it(short):
    with room(short, 3, "price_read = 0.001\n") as found:
        found.channel._now = found.clock.now
        drain(found.app)
        posts = found.charged()
        for _ in range(2):  # the same posts and the account itself: X bills them once a day
            assert len(found.channel.posts_after("")) == 3
            assert found.channel.check() == "@" + accounts.X_USERNAME
            charge_reads(found.app)
            charge_reads(found.app)
        assert found.charged() == posts + 3 + 1 == found.server.x._world.books.spent
        found.advance(86_400)
        found.channel.posts_after("")
        run_round(found.app)
        assert found.charged() == posts + 4 + 3 == found.server.x._world.books.spent


def test_a_402_in_mid_queue_pauses_after_one_call_and_is_not_charged(short):
    with room(short, 6, balance=0.4) as found:
        drain(found.app)
        assert sorted(states(found.app)) == sorted([State.SENT] * 2 + [State.DUE] * 4)
        assert found.asked() == 3
        assert found.charged() == found.billed() == 400
        drain(found.app)
        found.reopen()
        drain(found.app)
        assert found.asked() == 3
        found.server.x.configure({"balance": 100.0})
        found.app.store.deliveries.resume("x", found.clock.now())
        drain(found.app)
        assert states(found.app) == [State.SENT] * 6
        assert found.charged() == found.billed() == 1200


def test_a_quarter_that_is_used_up_is_waited_for_without_a_refusal(short):
    """Two posts a quarter of an hour: the second one's headers say that nothing is left."""
    with room(short, 5, factor=0.02) as found:
        for quarter in range(3):
            drain(found.app)
            assert found.asked() == min(5, 2 * (quarter + 1))
            found.reopen()
            assert drain(found.app) == 0
            found.advance(901)
        assert states(found.app) == [State.SENT] * 5
        assert found.charged() == found.billed() == 1000


def test_the_app_s_day_is_waited_for_and_not_only_the_quarter(short):
    """The legacy plan: two posts a day and more in a quarter; a 429 of the day still shows the quarter's reset."""
    with room(short, 3, profile="legacy", factor=0.02) as found:
        counters = found.server.x._world.counters
        drain(found.app)
        assert found.asked() == 2
        ends = max(window.ends for (family, *_), window in counters.windows.items() if family == "user-24hour")
        wait = ends - found.server.clock.now().timestamp()
        found.advance(901)
        assert drain(found.app) == 0
        found.advance(math.ceil(wait) - 901 + 2)
        drain(found.app)
        assert states(found.app) == [State.SENT] * 3
        assert found.asked() == 3


@pytest.mark.parametrize("announce", [True, False])
def test_a_429_with_or_without_its_reset_costs_nothing_no_attempt_and_no_second_call(short, announce):
    with room(short, 2, announce_reset=announce, factor=0.01) as found:
        spent = found.server.client(bearer_token=None)
        spent.create_tweet(text="somebody else's post uses up the quarter")
        drain(found.app)
        assert found.asked() == 2
        assert found.charged() == 0
        assert states(found.app) == [State.DUE] * 2
        rows = found.app.store.deliveries.list(channel="x")
        assert {row["attempts"] for row in rows} == {0}
        found.reopen()
        assert drain(found.app) == 0
        assert found.asked() == 2
        for _ in range(4):
            found.advance(901)
            drain(found.app)
        assert states(found.app) == [State.SENT] * 2
        assert found.charged() == found.billed() - 15


def test_a_day_of_two_hundred_stories_never_costs_more_than_its_budget(short):
    stories = [article(number, urgency=1 + number % 9) for number in range(1, 201)]
    with room(short, stories, "budget_per_day = 1.0\n", factor=100.0) as found:
        drain(found.app)
        assert found.billed() == found.charged() == 1000
        sent = [row["priority"] for row in found.app.store.deliveries.list(channel="x", state=State.SENT)]
        assert sent == [1] * 5
