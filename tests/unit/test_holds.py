"""The one table of holds, what a story must pass and in which order, and what a stop covers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distributor.model import Conditions, Silence, State, Stop
from distributor.rules.queue import budget
from distributor.rules.queue.holds import (
    GATES,
    HOLDS,
    Wait,
    Way,
    distinct,
    hold_of,
    may_release,
    may_skip_queue,
    next_wait,
    planned,
)
from distributor.rules.queue.stopping import covering, covers, why
from distributor.store.connection import queries
from tests.support import NOON, intent

HOUR = timedelta(hours=1)


def test_every_hold_says_who_may_let_it_go() -> None:
    assert all(one.released_by for one in HOLDS.values())
    assert {name for name, one in HOLDS.items() if one.is_gate} == set(GATES)
    assert all(HOLDS[name].by_clock for name in GATES)
    unknown = hold_of("somebody here")
    assert (unknown.way, unknown.released_by) == (Way.RELEASE, "distributor release --held-by 'somebody here'")


def test_the_gates_of_the_table_are_those_of_the_rules_and_of_the_sql() -> None:
    assert set(GATES) == {"pacing", "quiet hours", "slots", budget.GATE}
    assert all(f"'{name}'" in queries("holds")["reconsider"] for name in GATES)


@pytest.mark.parametrize(
    ("name", "plainly", "named", "queue"),
    [
        ("surge", True, True, False),
        ("internal", True, True, False),
        ("desk", True, True, False),
        ("embargo", False, True, False),
        ("take-over", False, True, False),
        ("undo", False, True, True),
        ("approval", False, False, False),
        ("stop", False, False, False),
        ("pacing", False, False, True),
        ("budget", False, False, False),
        ("the post", False, False, False),
        ("another program's", True, True, False),
    ],
)
def test_what_a_release_and_send_now_go_past(name: str, plainly: bool, named: bool, queue: bool) -> None:
    assert (may_release(name, named=False), may_release(name, named=True)) == (plainly, named)
    assert may_skip_queue(name) is queue


def test_what_nothing_holds_waits_in_no_queue() -> None:
    assert may_skip_queue("")


ALL = Conditions(internal="marked PREP", approvals=2, embargo=NOON + HOUR, undo=timedelta(minutes=1))


def test_the_order_is_internal_then_approval_then_embargo_then_undo() -> None:
    seen = []
    for conditions, approved, now in (
        (ALL, (), NOON),
        (Conditions(approvals=2, embargo=ALL.embargo, undo=ALL.undo), ("Ann",), NOON),
        (Conditions(approvals=2, embargo=ALL.embargo, undo=ALL.undo), ("Ann", "Ben"), NOON),
        (Conditions(embargo=ALL.embargo, undo=ALL.undo), (), NOON + HOUR),
        (Conditions(embargo=ALL.embargo), (), NOON + HOUR),
    ):
        wait = next_wait(conditions, approved, urgent=False, now=now)
        seen.append((wait.by, wait.until) if wait else None)
    assert seen == [
        ("internal", None),
        ("approval", None),
        ("embargo", NOON + HOUR),
        ("undo", NOON + HOUR + timedelta(minutes=1)),
        None,
    ]


def test_of_embargo_and_undo_window_the_later_end_counts_and_a_flash_has_no_undo_window() -> None:
    late = Conditions(embargo=NOON + timedelta(seconds=10), undo=timedelta(minutes=1))
    assert next_wait(late, (), urgent=False, now=NOON) == Wait(
        by="undo", reason="it can still be taken back for 60 s", until=NOON + timedelta(minutes=1)
    )
    assert next_wait(late, (), urgent=True, now=NOON) == Wait(
        by="embargo", reason="it is under embargo", until=NOON + timedelta(seconds=10)
    )
    assert next_wait(Conditions(undo=HOUR), (), urgent=True, now=NOON) is None


@pytest.mark.parametrize(
    ("silence", "ends", "until"),
    [
        (Silence.HOLD, "it waits for 2 of 2 approvals", None),
        (Silence.SEND, "if nobody answers it is sent", NOON + HOUR),
        (Silence.SKIP, "if nobody answers it is skipped", NOON + HOUR),
    ],
)
def test_what_silence_means_is_said_and_when(silence: Silence, ends: str, until: object) -> None:
    asked = Conditions(approvals=2, silence=silence, silence_after=HOUR)
    wait = next_wait(asked, (), urgent=False, now=NOON)
    assert wait is not None
    assert wait.reason.endswith(ends)
    assert wait.until == until


@given(st.lists(st.sampled_from(["Ann", "ann", " Ann ", "ANN", "Ben", "ben"])), st.integers(1, 2))
def test_however_often_a_name_is_written_it_is_one_person(people: list[str], needed: int) -> None:
    real = {name.strip().lower() for name in people}
    wait = next_wait(Conditions(approvals=needed), people, urgent=False, now=NOON)
    assert (wait is None) is (len(real) >= needed)
    assert len(distinct(people)) == len(real)


def test_a_plan_is_held_only_where_something_is_asked() -> None:
    plain = intent("x")
    assert planned(plain, NOON) is plain
    skipped = intent("x", state=State.SKIPPED, reason="no", conditions=ALL)
    assert planned(skipped, NOON) is skipped
    free = intent("x", conditions=Conditions(embargo=NOON - HOUR))
    assert planned(free, NOON) is free
    held = planned(intent("x", conditions=ALL), NOON)
    assert (held.state, held.held_by, held.held_until) == (State.HELD, "internal", None)
    assert held.reason == "route all; it looks like internal material: marked PREP"


def stop(number: int = 1, channel: str = "", category: str = "", **fields: object) -> Stop:
    told = {"reason": "wrong", "who": "Ann", "through": "chat", "at": NOON, "until": None, **fields}
    return Stop(id=number, channel=channel, category=category, **told)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "x_sport", "x_other", "y_sport"),
    [
        (stop(), True, True, True),
        (stop(channel="x"), True, True, False),
        (stop(category="SPORT"), True, False, True),
        (stop(channel="x", category="sport"), True, False, False),
    ],
)
def test_a_stop_covers_its_scope(one: Stop, x_sport: bool, x_other: bool, y_sport: bool) -> None:
    assert covers(one, "x", ["World", "Sport"]) is x_sport
    assert covers(one, "x", ["World"]) is x_other
    assert covers(one, "y", ["Sport"]) is y_sport


def test_of_several_stops_the_one_that_lasts_longest_holds() -> None:
    short, long, endless = stop(1, until=NOON + HOUR), stop(2, until=NOON + 2 * HOUR), stop(3)
    assert covering([short, long], "x", ()) == long
    assert covering([short, endless, stop(4), long], "x", ()) == endless
    assert covering([stop(5, channel="y")], "x", ()) is None
    assert why(endless) == "stopped by Ann: wrong"
