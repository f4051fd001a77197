"""What a post costs and whom the money reaches."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distributor.model import Act, ChannelPolicy, History, Links, Message, Waiting
from distributor.rules.queue.budget import Budget, money, next_day, next_month, takes_link
from distributor.rules.queue.gates import Gates

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
BEFORE_THE_GAP = datetime(2026, 3, 28, 12, tzinfo=UTC)
PLAIN, LINKED = 15_000, 200_000
X = ChannelPolicy(price=PLAIN, price_with_link=LINKED)


def waiting(number, priority=5, **fields):
    told = {"act": Act.POST, "due_at": NOON, "planned_at": NOON, "stale_at": None, "category": ""}
    return Waiting(id=number, priority=priority, **{**told, **fields})


def budget(**fields):
    return Budget(replace(X, **fields))


@pytest.mark.parametrize(
    ("message", "price"),
    [
        (Message(text="Rain over Minsk"), PLAIN),
        (Message(text="Rain over Minsk", link="https://news.example.org/1"), LINKED),
        (Message(text="Rain over Minsk https://news.example.org/1"), LINKED),
        (Message(text="Rates rise at Booking.com again"), LINKED),
        (Message(text="It ends here.Is it so?"), LINKED),
        (Message(text="Prices of 10.11.2026, U.S. and No.5"), PLAIN),
    ],
)
def test_a_post_costs_more_with_anything_that_x_makes_a_link_of(message, price):
    assert budget().price(message) == price


def test_where_only_one_price_is_configured_a_link_costs_no_less():
    assert budget(price_with_link=0).price(Message(text="", link="https://news.example.org/1")) == PLAIN


@pytest.mark.parametrize(
    ("links", "priorities"),
    [(Links.ALWAYS, [1, 2, 3, 4, 9]), (Links.TOP, [1, 2, 3]), (Links.NEVER, [])],
)
def test_the_link_policy_decides_by_urgency(links, priorities):
    policy = ChannelPolicy(links=links, top_urgency=3)
    assert [priority for priority in (1, 2, 3, 4, 9) if takes_link(policy, priority)] == priorities


def test_what_a_row_will_cost_follows_the_link_policy_and_what_has_left_once_is_paid():
    purse = budget(links=Links.TOP)
    assert purse.expected(waiting(1, 3)) == LINKED
    assert purse.expected(waiting(1, 4)) == PLAIN
    assert purse.expected(waiting(1, 1, act=Act.ALERT)) == PLAIN
    assert purse.expected(waiting(1, 3, doubts=1)) == 0


@pytest.mark.parametrize("links", Links)
def test_a_round_up_is_expected_to_cost_what_its_template_makes_of_it(links):
    plain, linked = (budget(links=links, roundup_links=shown) for shown in (False, True))
    told = waiting(1, act=Act.ROUNDUP)
    assert (plain.expected(told), linked.expected(told)) == (PLAIN, LINKED)


def test_when_money_is_short_the_most_urgent_go_and_the_rest_wait_with_the_figures():
    going, held = budget(budget_per_day=1_000_000).share(
        [waiting(1, 1), waiting(2, 4), waiting(3, 5)], History(spent_today=550_000), NOON
    )
    assert [one.id for one in going] == [1, 2]
    (wait,) = held
    assert (wait.ids, wait.by) == ((3,), "budget")
    assert wait.reason == "budget: 0.20 needed, 0.05 of 1.00 left today"
    assert wait.until == datetime(2026, 11, 25, tzinfo=UTC)


def test_a_flash_does_not_pass_the_budget():
    going, held = budget(budget_per_day=100_000).share([waiting(1, 1)], History(), NOON)
    assert not going
    assert held[0].reason == "budget: 0.20 needed, 0.10 of 0.10 left today"


def test_a_month_that_is_used_up_waits_for_the_next_one_and_says_so():
    purse = budget(budget_per_day=1_000_000, budget_per_month=20_000_000)
    _, held = purse.share([waiting(1)], History(spent_today=900_000, spent_this_month=20_100_000), NOON)
    assert held[0].reason == "budget: 0.20 needed, 0.00 of 20.00 left this month"
    assert held[0].until == datetime(2026, 12, 1, tzinfo=UTC)


def test_a_cheaper_post_takes_what_is_too_little_for_a_dearer_one():
    purse = budget(links=Links.TOP, budget_per_day=100_000)
    going, held = purse.share([waiting(1, 2), waiting(2, 5)], History(), NOON)
    assert [one.id for one in going] == [2]
    assert [one.ids for one in held] == [(1,)]


def test_a_post_with_a_link_that_the_money_does_not_reach_waits_and_keeps_its_link():
    purse = budget(links=Links.ALWAYS, budget_per_day=100_000)
    assert purse.lack(purse.expected(waiting(1)), History(), NOON) is not None


def test_without_a_budget_or_a_price_nothing_waits():
    queue = [waiting(number) for number in range(50)]
    assert budget().share(queue, History(spent_today=10**9), NOON) == (queue, [])
    assert Budget(ChannelPolicy(budget_per_day=0)).share(queue, History(), NOON) == (queue, [])


@pytest.mark.parametrize(
    ("micros", "words"), [(0, "0.00"), (15_000, "0.015"), (200_000, "0.20"), (1_000_000, "1.00"), (1, "0.000001")]
)
def test_amounts_are_read_as_money(micros, words):
    assert money(micros) == words


@pytest.mark.parametrize(
    ("zone", "now", "day", "month"),
    [
        ("UTC", NOON, "2026-11-25T00:00:00+00:00", "2026-12-01T00:00:00+00:00"),
        ("Europe/Minsk", NOON, "2026-11-24T21:00:00+00:00", "2026-11-30T21:00:00+00:00"),
        ("UTC", datetime(2026, 12, 31, 23, tzinfo=UTC), "2027-01-01T00:00:00+00:00", "2027-01-01T00:00:00+00:00"),
        # clocks jump from midnight to one: the day begins where the gap ends
        (
            "Asia/Beirut",
            datetime(2026, 3, 28, 12, tzinfo=UTC),
            "2026-03-28T22:00:00+00:00",
            "2026-03-31T21:00:00+00:00",
        ),
    ],
)
def test_days_and_months_begin_at_the_zones_midnight(zone, now, day, month):
    place = ZoneInfo(zone)
    assert next_day(now, place).astimezone(UTC).isoformat() == day
    assert next_month(now, place).astimezone(UTC).isoformat() == month


def test_a_midnight_that_comes_twice_begins_one_day():
    """Havana sets its clocks back at one to midnight: the money of the first pass is the same day's as the second's."""
    purse = Budget(ChannelPolicy(zone="America/Havana"))
    first, second = datetime(2026, 11, 1, 4, 30, tzinfo=UTC), datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    assert purse.since(first)[0].astimezone(UTC) == purse.since(second)[0].astimezone(UTC) == first.replace(minute=0)


queues = st.lists(st.tuples(st.integers(1, 9), st.sampled_from([Act.POST, Act.ROUNDUP, Act.ALERT])), max_size=40)
amounts = st.none() | st.integers(0, 3_000_000)


@given(queues, amounts, amounts, st.integers(0, 2_000_000), st.integers(0, 2_000_000), st.sampled_from(Links))
def test_whatever_waits_the_budget_is_never_exceeded_and_nobody_waits_without_need(
    rows, per_day, per_month, today, before, links
):
    policy = replace(X, budget_per_day=per_day, budget_per_month=per_month, links=links)
    purse, history = Budget(policy), History(spent_today=today, spent_this_month=today + before)
    queue = [waiting(number, priority, act=act) for number, (priority, act) in enumerate(sorted(rows), 1)]
    going, held = purse.share(queue, history, NOON)
    cost = sum(purse.expected(one) for one in going)
    if going:
        assert per_day is None or today + cost <= per_day
        assert per_month is None or today + before + cost <= per_month
    waits = [number for one in held for number in one.ids]
    assert sorted([*waits, *(one.id for one in going)]) == [one.id for one in queue]
    # of equally dear ones no less urgent one goes while a more urgent one waits
    for one in queue:
        if one.id in waits:
            assert not [other for other in going if other.id > one.id and purse.expected(other) >= purse.expected(one)]
    assert all(one.until > NOON for one in held)


def test_the_gates_ask_for_money():
    decision = Gates(replace(X, budget_per_day=LINKED)).decide([waiting(1), waiting(2)], History(), NOON)
    assert decision.go == (1,)
    assert [one.ids for one in decision.held] == [(2,)]
    assert Gates(ChannelPolicy()).since(NOON) == (NOON - timedelta(hours=12), datetime(2026, 11, 1, tzinfo=UTC))


def test_what_follows_a_post_costs_what_its_act_costs():
    purse = budget(price_to_delete=7)
    linked = Message(text="", link="https://news.example.org/1")
    assert purse.price(Message(text=""), Act.DELETE) == 7
    assert purse.price(linked, Act.EDIT) == 0
    assert purse.price(linked, Act.REPLY) == LINKED
    assert purse.price(Message(text="corrected"), Act.REPLY) == PLAIN


def test_what_follows_a_post_is_expected_to_cost_what_its_act_costs():
    purse = budget(price_to_delete=7)
    expected = {act: purse.expected(waiting(1, act=act)) for act in (Act.POST, Act.EDIT, Act.REPLY, Act.DELETE)}
    assert expected == {Act.POST: LINKED, Act.EDIT: 0, Act.REPLY: PLAIN, Act.DELETE: 7}
    assert purse.expected(waiting(1, act=Act.DELETE, doubts=1)) == 0
