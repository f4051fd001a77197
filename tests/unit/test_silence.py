"""When a feed is unusually silent: by its own rhythm, at this time of the week."""

from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise

from hypothesis import given
from hypothesis import strategies as st

from distributor.rules.fate.silence import FLOOR, LEAST_STORIES, TIMES, WEEK, unusual

#: a Wednesday
NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def regular(pace, upto=NOON, since=4 * WEEK):
    """A story at every pace."""
    count = int(since / pace)
    return [upto - pace * number for number in range(count, -1, -1)]


def office(upto=NOON):
    """A story every twenty minutes from 7 to 20 on weekdays."""
    times = regular(20 * MINUTE, upto)
    return [at for at in times if at.weekday() < 5 and 7 <= at.hour < 20]


def test_a_feed_with_a_story_every_ten_minutes_is_missed_after_an_hour():
    seen = regular(10 * MINUTE)
    assert unusual(seen, NOON + FLOOR) is None
    assert unusual(seen, NOON + FLOOR + MINUTE) == 10 * MINUTE


def test_nights_and_weekends_are_quiet_and_a_silent_morning_is_not():
    seen = office()
    friday = NOON + 2 * DAY
    until_friday = [*seen, *(NOON + 20 * MINUTE * n for n in range(1, 200) if (NOON + 20 * MINUTE * n) < friday)]
    assert unusual(seen, NOON.replace(hour=23)) is None
    assert unusual(until_friday, friday + 3 * DAY - 6 * HOUR) is None
    assert unusual(seen, NOON + 3 * HOUR) == 20 * MINUTE


def test_a_new_feed_has_no_rhythm_yet():
    assert unusual([], NOON) is None
    assert unusual(regular(HOUR, since=18 * HOUR), NOON + 10 * DAY) is None
    assert unusual(regular(HOUR, since=10 * DAY), NOON + 2 * DAY) is None


@given(st.integers(1, 600), st.integers(0, 600))
def test_a_regular_feed_is_never_missed_before_three_of_its_gaps(pace, silence):
    gap = pace * MINUTE
    found = unusual(regular(gap), NOON + silence * MINUTE)
    if silence * MINUTE <= max(FLOOR, TIMES * gap):
        assert found is None


@given(st.lists(st.integers(1, 5 * 24 * 60), min_size=LEAST_STORIES, max_size=80), st.integers(0, 20 * 24 * 60))
def test_an_alarm_is_always_a_silence_longer_than_three_times_what_it_names(gaps, silence):
    seen = [NOON - sum(gaps[number:]) * MINUTE for number in range(len(gaps) + 1)]
    now = NOON + silence * MINUTE
    usual = unusual(seen, now)
    if usual is not None:
        assert silence * MINUTE > max(FLOOR, TIMES * usual)
        assert usual in {later - earlier for earlier, later in pairwise(seen)}


@given(st.lists(st.integers(1, 12 * 60), min_size=1, max_size=12))
def test_a_silence_three_times_longer_than_any_gap_is_always_noticed(pattern):
    gaps = pattern * (30 * 24 * 60 // sum(pattern) + LEAST_STORIES)
    start = NOON - sum(gaps) * MINUTE
    seen = [start + sum_ * MINUTE for sum_ in accumulate(gaps, initial=0)]
    assert unusual(seen, NOON + (TIMES * max(gaps) + 61) * MINUTE) is not None
