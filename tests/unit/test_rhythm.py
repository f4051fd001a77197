"""When a feed is asked again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distributor.rules.reading.rhythm import DAY, GONE, HOUR, Pace, Told, expected, next_reading

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PACE = Pace(usual=5 * MINUTE, fastest=MINUTE, slowest=15 * MINUTE)
WEEK = timedelta(days=7)


def wait(pace: Pace = PACE, **told) -> timedelta:
    return next_reading(pace, Told(**told), NOW).at - NOW


def test_a_feed_whose_rhythm_is_not_known_is_asked_as_configured():
    assert wait(known_for=timedelta(hours=23), hours={0: 100}) == 5 * MINUTE


def test_a_lively_hour_is_asked_often_and_a_quiet_one_seldom():
    assert wait(known_for=WEEK, hours={0: 40}) == MINUTE
    assert wait(known_for=WEEK, hours={12: 40}) == 15 * MINUTE
    assert wait(known_for=WEEK, hours={}) == 15 * MINUTE


def test_between_both_each_story_that_may_come_gets_four_looks():
    assert wait(known_for=WEEK, hours={0: 4}) == timedelta(minutes=7.5)


def test_the_hour_of_the_days_before_counts_before_the_first_story_of_the_morning():
    same_hour = {24 * day + about: 20 for day in range(1, 8) for about in (-1, 0, 1)}
    assert wait(known_for=WEEK, hours=same_hour) == MINUTE
    assert wait(known_for=WEEK, hours={hour + 6: count for hour, count in same_hour.items()}) == 15 * MINUTE


def test_a_feed_known_for_two_days_is_judged_by_two_days():
    assert expected({23: 3, 24: 3, 25: 3, 47: 3, 48: 3, 49: 3}, 2 * DAY) == 3
    assert expected({23: 3, 24: 3, 25: 3}, WEEK) == pytest.approx(9 / 21)


@pytest.mark.parametrize(
    ("rest", "found"),
    [(timedelta(0), 5 * MINUTE), (MINUTE, 5 * MINUTE), (20 * MINUTE, 20 * MINUTE), (timedelta(days=365), HOUR)],
)
def test_what_the_server_calls_fresh_is_not_asked_for_sooner_but_never_for_a_year(rest: timedelta, found: timedelta):
    assert wait(rest=rest) == found


@pytest.mark.parametrize(
    ("failures", "found"),
    [(1, 5 * MINUTE), (2, 10 * MINUTE), (5, 80 * MINUTE), (9, 1280 * MINUTE), (10, DAY), (500, DAY)],
)
def test_a_broken_feed_is_asked_more_and_more_seldom_to_once_a_day(failures: int, found: timedelta):
    assert wait(failures=failures) == found


def test_a_pause_that_the_server_asks_for_is_kept_to_a_day():
    assert wait(failures=1, rest=2 * HOUR) == 2 * HOUR
    assert wait(failures=1, rest=MINUTE) == 5 * MINUTE
    assert wait(failures=1, rest=timedelta(days=40)) == DAY


def test_an_address_that_is_gone_is_asked_once_a_week():
    assert wait(failures=3, gone=True) == GONE


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (Told(gone=True), "its address is gone for good (410)"),
        (Told(failures=1), "it could not be read once"),
        (Told(failures=4), "it could not be read 4 times in a row"),
        (Told(failures=1, rest=HOUR), "its server asked for a pause"),
        (Told(rest=HOUR), "its server calls it fresh so long"),
        (Told(), "its rhythm is not known yet"),
        (Told(known_for=WEEK), "it is quiet at this hour"),
        (Told(known_for=WEEK, hours={0: 99}), "it is lively at this hour"),
        (Told(known_for=WEEK, hours={0: 4}), "its own rhythm"),
    ],
)
def test_the_reason_is_told_in_words(told: Told, why: str):
    assert next_reading(PACE, told, NOW).why == why


@given(
    st.dictionaries(st.integers(0, 170), st.integers(1, 500), max_size=30),
    st.timedeltas(timedelta(0), timedelta(days=400)),
    st.integers(0, 60),
)
def test_a_readable_feed_is_asked_within_its_limits_and_more_news_never_slows_it(hours, known_for, more):
    found = wait(hours=hours, known_for=known_for)
    assert PACE.fastest <= found <= PACE.slowest
    livelier = {**hours, 0: hours.get(0, 0) + more}
    assert wait(hours=livelier, known_for=known_for) <= found
