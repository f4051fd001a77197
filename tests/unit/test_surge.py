"""When a feed brings so much that somebody should look first."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distributor.model import State
from distributor.rules.queue.surge import complaint, held, usual, volume
from tests.support import NOON, intent

HOUR = timedelta(hours=1)


def test_the_usual_volume_is_an_ordinary_days_busiest_hour_and_one_surge_does_not_raise_it() -> None:
    mornings = {day * 24 + 4: 12 for day in range(10)}
    quiet = {day * 24 + hour: 2 for day in range(10) for hour in (5, 9, 20)}
    assert usual(mornings | quiet) == 12
    assert usual(mornings | quiet | {30: 400, 31: 300}) == 12


def test_a_feed_of_less_than_three_days_has_no_custom_and_the_running_hour_makes_none() -> None:
    assert usual({1: 5, 25: 5}) is None
    assert usual({0: 90, 1: 5, 25: 5}) is None
    assert usual({1: 5, 25: 4, 49: 3}) == 4


def test_what_was_published_while_we_could_not_read_counts_for_its_own_hour() -> None:
    gathered: list[datetime | None] = [NOON - minutes * timedelta(minutes=12) for minutes in range(60)]
    assert volume(gathered, 0, read_at=NOON - 13 * HOUR, now=NOON) == 5
    assert volume(gathered, 0, read_at=NOON - HOUR / 4, now=NOON) == 60
    assert volume(gathered, 3, read_at=None, now=NOON) == 63


def test_prepared_stories_count_now_whatever_their_date() -> None:
    prepared: list[datetime | None] = [None, NOON - timedelta(days=900), NOON + timedelta(days=2)] * 30
    assert volume(prepared, 2, read_at=NOON - 13 * HOUR, now=NOON) == 92


@pytest.mark.parametrize(
    ("brought", "norm", "times", "least", "told"),
    [
        (60, None, 5.0, 40, "60 new stories in an hour; it has no usual volume yet"),
        (60, 11, 5.0, 40, "60 new stories in an hour; its busiest hour usually brings 11"),
        (60, 12, 5.0, 40, ""),
        (39, 1, 5.0, 40, ""),
        (4000, 1, 0.0, 40, ""),
    ],
)
def test_a_surge_is_more_than_the_feed_ever_brings_and_at_least_so_many(
    brought: int, norm: int | None, times: float, least: int, told: str
) -> None:
    assert complaint(brought, norm, times=times, least=least) == told


def test_only_what_would_be_sent_is_held() -> None:
    planned, skipped = held([intent(), intent(state=State.SKIPPED, reason="no route")], "60 new stories in an hour")
    assert (planned.state, planned.held_by) == (State.HELD, "surge")
    assert planned.reason == "surge of its feed: 60 new stories in an hour"
    assert skipped == intent(state=State.SKIPPED, reason="no route")


@given(
    hours=st.lists(st.integers(0, 20 * 60), min_size=1, max_size=80),
    already=st.integers(0, 30),
)
def test_a_volume_is_never_more_than_there_is_and_never_less_than_its_even_share(
    hours: list[int], already: int
) -> None:
    published: list[datetime | None] = [NOON - minutes * timedelta(minutes=1) for minutes in hours]
    found = volume(published, already, read_at=NOON - 21 * HOUR, now=NOON)
    assert (len(hours) + already) / 21 <= found <= len(hours) + already
