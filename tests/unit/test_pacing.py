"""How often a channel posts: rolling hours, quiet hours through the nights when clocks change, slots, fair shares."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.model import Act, ChannelPolicy, Decision, History, Stale, Waiting
from distributor.rules.queue.gates import Gates
from distributor.rules.queue.pacing import Pacing, in_turn
from tests.support import NOON

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def row(number: int = 1, **fields: Any) -> Waiting:
    told = Waiting(
        id=number, act=Act.POST, priority=5, due_at=NOON, planned_at=NOON - MINUTE, stale_at=None, category=""
    )
    return replace(told, **fields)


def decide(policy: ChannelPolicy, *rows: Waiting, now: datetime = NOON, started: tuple[datetime, ...] = ()) -> Decision:
    history = History(started=started, categories=("",) * len(started))
    return Gates(policy).decide(rows, history, now)


def berlin(text: str, fold: int = 0) -> datetime:
    from zoneinfo import ZoneInfo

    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin"), fold=fold).astimezone(UTC)


def test_the_gap_holds_the_queue_to_the_exact_instant() -> None:
    policy = ChannelPolicy(gap=timedelta(minutes=10), zone="Europe/Minsk")
    (held,) = decide(policy, row(1), row(2), started=(NOON - 4 * MINUTE,)).held
    assert (held.ids, held.by, held.until) == ((1, 2), "pacing", NOON + 6 * MINUTE)
    assert held.reason == "10 min between two posts: not before 15:06 (Europe/Minsk)"
    assert decide(policy, row(1), now=NOON + 6 * MINUTE, started=(NOON - 4 * MINUTE,)).go == (1,)


def test_one_may_go_and_the_others_are_decided_when_it_has_left() -> None:
    decision = decide(ChannelPolicy(gap=MINUTE), *(row(number) for number in range(1, 11)))
    assert decision == Decision(go=(1,), held=[], skipped=[])


def test_the_hour_and_the_day_roll() -> None:
    policy = ChannelPolicy(most_per_hour=2, most_per_day=3)
    times = (NOON - 10 * MINUTE, NOON - 50 * MINUTE)
    (held,) = decide(policy, row(), started=times).held
    assert (held.until, held.reason) == (
        NOON + 10 * MINUTE,
        "at most 2 posts in an hour: not before 12:10 (UTC)",
    )
    (held,) = decide(policy, row(), now=NOON + 10 * MINUTE, started=(*times, NOON - 5 * HOUR)).held
    assert (held.until, held.reason) == (
        NOON + 19 * HOUR,
        "at most 3 posts in a day: not before 2026-11-25 07:00 (UTC)",
    )


def test_a_start_under_a_clock_that_was_set_back_holds_nothing_up() -> None:
    assert decide(ChannelPolicy(gap=HOUR), row(), started=(NOON + timedelta(days=1),)).go == (1,)


@pytest.mark.parametrize(
    ("at", "fold", "until"),
    [
        ("2026-11-24T22:59:59", 0, None),
        ("2026-11-24T23:00", 0, "2026-11-25T06:00"),
        ("2026-11-25T05:59", 0, "2026-11-25T06:00"),
        ("2026-11-25T06:00", 0, None),
        ("2026-03-29T01:59", 0, "2026-03-29T06:00"),
        ("2026-10-25T02:30", 1, "2026-10-25T06:00"),
    ],
)
def test_quiet_hours_run_over_midnight_and_through_the_nights_when_clocks_change(
    at: str, fold: int, until: str | None
) -> None:
    policy = ChannelPolicy(quiet="23:00-06:00", zone="Europe/Berlin")
    decision = decide(policy, row(), now=berlin(at, fold))
    if until is None:
        assert decision.go == (1,)
    else:
        (held,) = decision.held
        assert (held.by, held.until) == ("quiet hours", berlin(until))


def test_quiet_hours_that_end_in_the_gap_of_spring_end_with_it_and_end_once_in_autumn() -> None:
    policy = ChannelPolicy(quiet="22:00-02:30", zone="Europe/Berlin")
    (held,) = decide(policy, row(), now=berlin("2026-03-29T01:00")).held
    assert held.until == berlin("2026-03-29T03:00")
    (held,) = decide(policy, row(), now=berlin("2026-10-25T02:29")).held
    assert held.until == berlin("2026-10-25T02:30")
    assert decide(policy, row(), now=berlin("2026-10-25T02:10", fold=1)).go == (1,)


def test_quiet_hours_of_the_day_itself() -> None:
    policy = ChannelPolicy(quiet="12:00-13:00")
    (held,) = decide(policy, row()).held
    assert held.reason == "quiet hours 12:00-13:00: not before 13:00 (UTC)"
    assert decide(policy, row(), now=NOON - MINUTE).go == (1,)


def test_where_the_platform_can_be_silent_a_post_leaves_without_a_sound() -> None:
    gates = Gates(ChannelPolicy(quiet="11:00-13:00", quiet_silent=True))
    assert gates.matters
    assert gates.decide([row()], History(), NOON).go == (1,)
    assert gates.is_silent(5, NOON)
    assert not gates.is_silent(1, NOON)
    assert not gates.is_silent(5, NOON + 2 * HOUR)
    assert not Gates(ChannelPolicy(quiet="11:00-13:00")).is_silent(5, NOON)
    assert not Pacing(ChannelPolicy()).is_quiet(NOON)


SLOTS = ChannelPolicy(slots=("every day at 12:00, 18:00",), zone="UTC")


def test_one_post_leaves_at_each_slot_and_none_between() -> None:
    assert decide(SLOTS, row(1), row(2)).go == (1,)
    (held,) = decide(SLOTS, row(2), now=NOON + timedelta(seconds=2), started=(NOON + timedelta(seconds=1),)).held
    assert (held.by, held.until) == ("slots", NOON + 6 * HOUR)
    assert held.reason == "one post for each slot: not before 18:00 (UTC)"


def test_what_comes_after_a_slot_waits_for_the_next_and_what_was_there_may_still_use_it() -> None:
    late = row(2, planned_at=NOON + MINUTE, priority=2)
    assert decide(SLOTS, late, row(1), now=NOON + 2 * MINUTE).go == (1,)
    assert decide(SLOTS, late, now=NOON + 2 * MINUTE).held[0].until == NOON + 6 * HOUR
    assert decide(SLOTS, row(1), now=NOON + 6 * MINUTE).held[0].until == NOON + 6 * HOUR


def test_slots_and_a_gap_agree_on_the_first_instant_that_suits_both() -> None:
    policy = replace(SLOTS, gap=timedelta(minutes=10))
    (held,) = decide(policy, row(), started=(NOON - 7 * MINUTE,)).held
    assert (held.until, held.by) == (NOON + 3 * MINUTE, "pacing")
    (held,) = decide(policy, row(), started=(NOON - MINUTE,)).held
    assert (held.until, held.by) == (NOON + 6 * HOUR, "slots")


def test_slots_in_quiet_hours_alone_hold_and_say_so_without_an_end() -> None:
    policy = ChannelPolicy(quiet="11:00-13:00", slots=("every day at 12:00",))
    (held,) = decide(policy, row(), now=NOON).held
    assert held.until > NOON + timedelta(days=8)


def test_a_flash_an_alert_and_what_has_left_once_wait_for_nothing() -> None:
    policy = ChannelPolicy(gap=HOUR, most_per_hour=1, most_per_day=1, quiet="00:00-23:59", slots=("@yearly",))
    rows = (
        row(1, priority=1),
        row(2, act=Act.ALERT),
        row(3, doubts=1),
        row(4, act=Act.EDIT),
        row(5),
        row(6, act=Act.ROUNDUP),
    )
    assert decide(policy, *rows, started=(NOON,)) == Decision(go=(1, 2, 3, 4), held=[], skipped=[])
    (held,) = decide(policy, *rows[4:], started=(NOON,)).held
    assert held.ids == (5, 6)


def test_a_policy_that_says_nothing_asks_for_no_gate_and_lets_everything_go_in_turn() -> None:
    assert not Gates(ChannelPolicy()).matters
    assert Gates(ChannelPolicy(budget_per_day=1)).matters
    assert Gates(ChannelPolicy(stale=Stale.SKIP)).matters
    assert Gates(ChannelPolicy(fold_above=1)).matters
    assert Gates(ChannelPolicy(quiet="01:00-02:00")).matters
    assert decide(ChannelPolicy(), row(2), row(1), row(3, priority=2)).go == (3, 1, 2)


def test_money_is_counted_from_the_beginning_of_the_desks_day_and_month() -> None:
    day, month = Gates(ChannelPolicy(zone="Europe/Minsk")).since(NOON)
    assert (day.isoformat(), month.isoformat()) == ("2026-11-24T00:00:00+03:00", "2026-11-01T00:00:00+03:00")


def test_a_gap_is_spoken_in_hours_minutes_and_seconds() -> None:
    policy = ChannelPolicy(gap=timedelta(hours=1, minutes=30, seconds=1.5))
    (held,) = decide(policy, row(), started=(NOON,)).held
    assert held.reason == "1 h 30 min 1.5 s between two posts: not before 13:30:01 (UTC)"


def test_the_section_seen_least_goes_first_and_urgency_goes_before_sections() -> None:
    rows = [
        row(1, category="Sport"),
        row(2, category="Sport"),
        row(3, category="Culture", due_at=NOON + MINUTE),
        row(4, category="Sport", priority=2),
    ]
    assert [one.id for one in in_turn(rows, ("Sport", "Sport"), fair=True)] == [4, 3, 1, 2]
    assert [one.id for one in in_turn(rows, ("Sport", "Sport"), fair=False)] == [4, 1, 2, 3]


@st.composite
def policies(draw: st.DrawFn) -> ChannelPolicy:
    return ChannelPolicy(
        gap=timedelta(minutes=draw(st.sampled_from([0, 1, 7, 25]))),
        most_per_hour=draw(st.integers(0, 4)),
        most_per_day=draw(st.sampled_from([0, 5, 9])),
        quiet=draw(st.sampled_from(["", "23:00-06:00", "02:00-02:30", "12:00-13:00"])),
        slots=draw(st.sampled_from([(), ("*/20 * * * *",), ("every day at 01:15, 09:00, 14:45",)])),
        zone=draw(st.sampled_from(["UTC", "Europe/Berlin", "Australia/Lord_Howe"])),
    )


@st.composite
def arrivals(draw: st.DrawFn) -> list[tuple[int, int, str]]:
    """Stories as (minute, urgency, section)."""
    one = st.tuples(st.integers(0, 1500), st.sampled_from([1, 3, 5]), st.sampled_from(["a", "b", "c"]))
    return sorted(draw(st.lists(one, max_size=25)))


#: the night on which Berlin's clocks go back
BEGIN = datetime(2026, 10, 24, 14, 0, tzinfo=UTC)


def run_through(
    policy: ChannelPolicy, stories: list[tuple[int, int, str]]
) -> tuple[list[datetime], dict[int, datetime]]:
    """Two days and more of one channel, from event to event: when routine posts left, and when each flash did."""
    gates = Gates(policy)
    starts: list[tuple[datetime, str]] = []
    routine: list[datetime] = []
    flashes: dict[int, datetime] = {}
    due = {
        number: row(number, priority=urgency, category=section, due_at=at, planned_at=at)
        for number, (minute, urgency, section) in enumerate(stories)
        if (at := BEGIN + minute * MINUTE)
    }
    held: dict[int, datetime] = {}
    now = BEGIN
    while due:
        queue = [one for number, one in due.items() if one.due_at <= now and held.get(number, now) <= now]
        lately = [(at, section) for at, section in reversed(starts) if at > now - timedelta(days=1)]
        history = History(started=tuple(at for at, _ in lately), categories=tuple(name for _, name in lately))
        decision = gates.decide(queue, history, now)
        assert not {*decision.go} & {number for one in decision.held for number in one.ids}
        for one in decision.held:
            assert one.until > now
            assert one.reason
            held |= dict.fromkeys(one.ids, one.until)
            # released no later than needed: a moment before, the gates still say no, at the instant they say yes
            waiting = [due[number] for number in one.ids]
            assert not gates.decide(waiting, history, one.until - timedelta(milliseconds=1)).go
            assert gates.decide(waiting, history, one.until).go
        for number in decision.go[:1]:
            gone = due.pop(number)
            starts.append((now, gone.category))
            if gone.priority == 1:
                flashes[number] = now
            else:
                routine.append(now)
        if not decision.go:
            times = [max(one.due_at, held.get(number, one.due_at)) for number, one in due.items()]
            now = min((at for at in times if at > now), default=now)
    return [at for at, _ in starts], flashes if routine or flashes else {}


@given(policy=policies(), stories=arrivals())
@settings(max_examples=60, deadline=None)
def test_no_rolling_hour_has_too_many_no_row_waits_too_long_and_a_flash_waits_for_nothing(
    policy: ChannelPolicy, stories: list[tuple[int, int, str]]
) -> None:
    routine_only = [story for story in stories if story[1] > 1]
    starts, _ = run_through(policy, routine_only)
    assert len(starts) == len(routine_only)
    for most, window in ((policy.most_per_hour, HOUR), (policy.most_per_day, timedelta(days=1))):
        if most:
            assert all(later - at >= window for at, later in zip(starts, starts[most:], strict=False))
    assert all(later - at >= policy.gap for at, later in pairwise(starts))
    assert not any(Pacing(policy).is_quiet(at) for at in starts)
    _, flashes = run_through(policy, stories)
    assert flashes == {
        number: BEGIN + minute * MINUTE for number, (minute, urgency, _) in enumerate(stories) if urgency == 1
    }


@given(
    queue=st.lists(st.sampled_from("abc"), max_size=40),
    seen=st.lists(st.sampled_from("abc"), max_size=30),
)
def test_no_section_that_waits_falls_behind_another_by_more_than_it_was_ahead(
    queue: list[str], seen: list[str]
) -> None:
    rows = [row(number, category=section) for number, section in enumerate(queue)]
    counts, left = Counter(seen[:20]), Counter(queue)
    order = list(in_turn(rows, seen, fair=True))
    assert sorted(one.id for one in order) == list(range(len(queue)))
    for one in order:
        assert all(counts[one.category] <= counts[name] for name in left if left[name])
        counts[one.category] += 1
        left[one.category] -= 1
