"""Schedules against a brute-force reading of the wall clock, minute by minute, on the nights when clocks change."""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.rules.queue.timing import Schedule, latest, parse_schedule, slot_name, upcoming

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")
MINSK = ZoneInfo("Europe/Minsk")

#: zone and a UTC day on which its clocks change in an unusual or a usual way
NIGHTS = [
    ("Europe/Berlin", "2026-03-29"),
    ("Europe/Berlin", "2026-10-25"),
    ("America/New_York", "2026-03-08"),
    ("America/New_York", "2026-11-01"),
    ("Asia/Beirut", "2026-03-28"),
    ("Asia/Beirut", "2026-10-24"),
    ("Australia/Lord_Howe", "2026-04-04"),
    ("Australia/Lord_Howe", "2026-10-03"),
    ("Africa/Casablanca", "2026-02-15"),
    ("Africa/Casablanca", "2026-03-22"),
    ("Africa/Cairo", "2026-04-23"),
    ("America/Havana", "2026-03-08"),
    ("America/Havana", "2026-11-01"),
    ("America/Santiago", "2026-04-05"),
    ("America/Santiago", "2026-09-06"),
    ("America/St_Johns", "2011-03-13"),  # its clocks changed at 00:01
    ("America/St_Johns", "2010-11-07"),
    ("America/Nuuk", "2026-03-29"),
    ("America/Scoresbysund", "2024-03-31"),
    ("Antarctica/Troll", "2026-03-29"),  # two hours
    ("Asia/Pyongyang", "2018-05-04"),  # half an hour, for good
    ("America/Caracas", "2016-05-01"),
    ("Pacific/Apia", "2011-12-30"),  # a day that never was
    ("Pacific/Kwajalein", "1993-08-21"),
    ("Europe/Minsk", "2026-10-25"),  # nothing happens
    ("UTC", "2026-03-29"),
]
SPECS = [
    "30 2 * * *",
    "0 0,1,2,3,22,23 * * *",
    "15 0 * * *",
    "30 23 * * *",
    "59 23 * * *",
    "every day at 00:00, 00:30, 02:15",
    "*/30 * * * *",
    "*/20 * * * *",
    "*/10 2 * * *",
    "30 * * * *",
    "every 15 minutes",
    "every 2 hours",
    "every 45 minutes from 22:30 to 03:00",
]


@cache
def walls(zone: str, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """Every minute with what the wall clock shows."""
    found, step = [], start
    place = ZoneInfo(zone)
    while step <= end:
        found.append((step, step.astimezone(place).replace(tzinfo=None, fold=0)))
        step += MINUTE
    return found


def by_hand(schedule: Schedule, zone: str, start: datetime, end: datetime) -> list[datetime]:
    """The instants in (start, end]: a wanted wall time is due when the clock first reaches or passes it; an interval
    also whenever the clock shows it again. Only days that the clock ever shows are wanted."""
    minutes = walls(zone, start - 2 * DAY, end + DAY)
    days = {wall.date() for _, wall in minutes}
    wanted = {datetime.combine(day, time()) + minute * MINUTE for day in days for minute in schedule.minutes}
    highest, records = minutes[0][1], []
    for instant, wall in minutes:
        if wall > highest:
            highest = wall
            records.append((wall, instant))
    due = set()
    for wall in wanted:
        index = bisect_left(records, (wall, datetime(1, 1, 1, tzinfo=UTC)))
        if 0 < index < len(records):
            due.add(records[index][1])
    if schedule.interval:
        due |= {instant for instant, wall in minutes if wall in wanted}
    return sorted(instant for instant in due if start < instant <= end)


@pytest.mark.no_cover
@pytest.mark.xdist_group("the wall clock")
@pytest.mark.parametrize(("zone", "day"), NIGHTS)
def test_every_schedule_agrees_with_the_wall_clock_through_the_night(zone: str, day: str) -> None:
    noon = datetime.fromisoformat(f"{day}T12:00+00:00")
    start, end = noon - timedelta(hours=16), noon + timedelta(hours=16)
    place = ZoneInfo(zone)
    for text in SPECS:
        schedule = parse_schedule(text)
        expected = by_hand(schedule, zone, start, end)
        forward = [instant.astimezone(UTC) for instant in upcoming(schedule, place, start, len(expected) + 1)]
        assert forward[:-1] == expected, text
        assert forward[-1] > end
        backward, moment = [], end
        while (found := latest(schedule, place, moment)) is not None and found > start:
            backward.append(found)
            moment = found - timedelta(microseconds=1)
        assert backward[::-1] == expected, text


def test_a_daily_time_inside_the_spring_gap_comes_at_the_end_of_the_gap() -> None:
    found = parse_schedule("30 2 * * *").after(datetime(2026, 3, 28, 12, tzinfo=UTC), BERLIN)
    assert found == datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert found.tzinfo is UTC


def test_a_daily_time_in_a_midnight_gap_is_not_lost() -> None:
    beirut = ZoneInfo("Asia/Beirut")
    found = upcoming(parse_schedule("15 0 * * *"), beirut, datetime(2026, 3, 28, 12, tzinfo=UTC), 2)
    assert [moment.isoformat() for moment in found] == ["2026-03-29T01:00:00+03:00", "2026-03-30T00:15:00+03:00"]


def test_a_daily_time_that_comes_twice_in_autumn_fires_at_the_first() -> None:
    found = upcoming(parse_schedule("every day at 02:30"), BERLIN, datetime(2026, 10, 24, 12, tzinfo=UTC), 2)
    assert [moment.isoformat() for moment in found] == ["2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"]


def test_an_interval_runs_on_through_both_nights() -> None:
    for night in (datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 10, 24, 22, tzinfo=UTC)):
        for text in ("*/30 * * * *", "every 30 minutes"):
            found = upcoming(parse_schedule(text), BERLIN, night, 12)
            instants = [moment.astimezone(UTC) for moment in found]
            assert instants == [night + step * timedelta(minutes=30) for step in range(1, 13)]


def test_an_interval_of_hours_keeps_its_wall_clock_and_misses_nothing() -> None:
    spring = upcoming(parse_schedule("every 2 hours"), BERLIN, datetime(2026, 3, 28, 22, 59, tzinfo=UTC), 3)
    assert [f"{moment:%H:%M%z}" for moment in spring] == ["00:00+0100", "03:00+0200", "04:00+0200"]
    autumn = upcoming(parse_schedule("0 */2 * * *"), BERLIN, datetime(2026, 10, 24, 21, 59, tzinfo=UTC), 4)
    assert [f"{moment:%H:%M%z}" for moment in autumn] == ["00:00+0200", "02:00+0200", "02:00+0100", "04:00+0100"]


def test_a_day_that_a_zone_skipped_has_no_morning() -> None:
    found = upcoming(
        parse_schedule("every day at 07:00"), ZoneInfo("Pacific/Apia"), datetime(2011, 12, 29, 6, tzinfo=UTC), 3
    )
    assert [moment.date().isoformat() for moment in found] == ["2011-12-29", "2011-12-31", "2012-01-01"]


@settings(max_examples=100, deadline=None)
@given(
    st.integers(0, 3 * 365 * 24 * 60).map(lambda minute: datetime(2025, 1, 1, tzinfo=UTC) + minute * MINUTE),
    st.sampled_from(sorted({zone for zone, _ in NIGHTS})),
    st.sampled_from([*SPECS, "0 7 * * mon-fri", "0 0 1 * *", "0 9 13 * fri", "0 12 l * *", "weekends at 10:00"]),
)
def test_the_last_instant_before_the_next_one_is_the_last_before_now(now: datetime, zone: str, text: str) -> None:
    schedule, place = parse_schedule(text), ZoneInfo(zone)
    following = schedule.after(now, place)
    before = latest(schedule, place, now)
    assert before is not None
    assert before <= now < following
    assert schedule.after(before, place) == following
    assert latest(schedule, place, following) == following
    assert latest(schedule, place, following - timedelta(microseconds=1)) == before


def test_day_of_month_and_day_of_week_are_alternatives_unless_one_begins_with_a_star() -> None:
    start = datetime(2026, 11, 1, tzinfo=UTC)
    either = upcoming(parse_schedule("0 7 13 * fri"), MINSK, start, 4)
    assert [moment.day for moment in either] == [6, 13, 20, 27]
    either = upcoming(parse_schedule("0 7 10 * fri"), MINSK, start, 3)
    assert [moment.day for moment in either] == [6, 10, 13]
    both = upcoming(parse_schedule("0 7 */2 * mon"), MINSK, start, 3)
    assert [(moment.day, moment.weekday()) for moment in both] == [(9, 0), (23, 0), (7, 0)]


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("@hourly", "0 * * * *"),
        ("@daily", "0 0 * * *"),
        ("@Midnight", "0 0 * * *"),
        ("@weekly", "0 0 * * 7"),
        ("@monthly", "0 0 1 * *"),
        ("@yearly", "0 0 1 jan *"),
        ("@annually", "0 0 1 1 *"),
        ("0 7 * * MON-FRI", "weekdays at 07:00"),
        ("0 7 * * 1,2,3,4,5", "mon-fri at 7:00"),
        ("0 7 * * sat-sun", "weekends at 07:00"),
        ("0 7 * * 6,0", "saturdays, sundays at 07:00"),
        ("0 7 * * 6,7", "every weekend at 07:00"),
        ("0 7 * * *", "daily at 07:00"),
        ("0,30 7 * * mon,thu", "on Mon and Thursday at 07:00 and 07:30"),
        ("0 9 * * 5,6,0,1", "fri-mon at 09:00"),
        ("0,15,30,45 * * * *", "every 15 minutes"),
        ("5-59/15 * * * *", "5/15 * * * *"),
        ("0 */2 * * *", "every 2 hours"),
        ("* * * * *", "every minute"),
        ("0 7-22 * * 1-5", "every hour from 07:00 to 22:00 on weekdays"),
        ("0 7 * 1,3,5,7,9,11 *", "0 7 * */2 *"),
        ("0 7 1-31/10 * *", "0 7 1,11,21,31 * *"),
    ],
)
def test_two_spellings_of_one_schedule_agree(text: str, same: str) -> None:
    start = datetime(2026, 11, 27, 10, tzinfo=UTC)
    assert upcoming(parse_schedule(text), MINSK, start, 40) == upcoming(parse_schedule(same), MINSK, start, 40)


def test_a_window_includes_its_end_and_may_run_over_midnight() -> None:
    found = upcoming(
        parse_schedule("every 30 minutes from 23:00 to 00:30 on fri"), MINSK, datetime(2026, 11, 27, tzinfo=UTC), 5
    )
    assert [f"{moment:%a %H:%M}" for moment in found] == [
        "Fri 23:00",
        "Fri 23:30",
        "Sat 00:00",
        "Sat 00:30",
        "Fri 23:00",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("weekdays at 07:00, 18:30", "At 07:00 and 18:30 on weekdays"),
        ("every 15 minutes from 07:00 to 22:00 on weekdays", "Every 15 minutes from 07:00 to 22:00 on weekdays"),
        ("every hour", "Every hour every day"),
        ("every 5 minutes from 22:00 to 02:00", "Every 5 minutes from 22:00 to 02:00 every day"),
        ("sun, mon at 09:00", "At 09:00 on Monday, Sunday"),
        ("mon-sun at 09:00", "At 09:00 every day"),
        ("0 7 * * mon-fri", "At 07:00 on Monday through Friday"),
    ],
)
def test_a_schedule_explains_itself(text: str, words: str) -> None:
    assert parse_schedule(text).explain() == words


def test_the_text_is_kept_with_its_white_space_tidied() -> None:
    assert parse_schedule("  weekdays \t at  07:00 ").text == "weekdays at 07:00"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("75 * * * *", "minute: 75 is not between 0 and 59"),
        ("* 24 * * *", "hour: 24 is not between 0 and 23"),
        ("* * 0 * *", "day of month: 0 is not between 1 and 31"),
        ("* * * 13 *", "month: 13 is not between 1 and 12"),
        ("* * * foo *", "month: foo is not a number or a name"),
        ("* * * * 8", "day of week: 8 is not between 0 and 7"),
        ("*/0 * * * *", "minute: step 0 is not a whole number from 1"),
        ("*/ * * * *", "minute: step nothing is not a whole number from 1"),
        ("5-1 * * * *", "minute: 5-1 runs backwards"),
        ("1,,2 * * * *", "minute: nothing is not a number"),
        ("² * * * *", "minute: ² is not a number"),
        ("* * * * fri-mon", "day of week: fri-mon runs backwards"),
        ("* * * * xxx#2", "day of week: no such day exists in * * xxx#2"),
        ("0 0 30 2 *", "day of month: no such day exists in 30 2 *"),
        ("0 0 */30 feb mon#5", "day of month: */30 feb mon#5 never comes"),
        ("* * *", "* * * is not a schedule; write five cron fields"),
        ("", "nothing is not a schedule"),
        ("0 0 7 * * *", "is not a schedule"),
        ("@reboot", "@reboot is unknown; known are @annually"),
        ("weekdays at 25:00", "time: 25:00 is not a time of day between 00:00 and 23:59"),
        ("weekdays at 7pm", "time: 7pm is not a time of day"),
        ("weekdays at", "time: one is missing"),
        ("weekdays at 07:00,", "time: one is missing"),
        ("at 07:00", "day: one is missing"),
        ("fooday at 07:00", "day: fooday is not a day of the week"),
        ("mo at 07:00", "day: mo is not a day of the week"),
        ("mon- at 07:00", "day: nothing is not a day of the week"),
        ("every 0 minutes", "interval: 0 is not a whole number of minutes between 1 and 1439"),
        ("every 24 hours", "interval: 24 is not a whole number of hours between 1 and 23"),
        ("every fortnight", '"every fortnight" is not understood'),
        ("every 5 minutes from 07:00", "is not understood"),
        ("every 5 minutes from 07:00 to 22:60", "time: 22:60 is not a time of day"),
        ("every 5 minutes on pancake day", "day: pancake is not a day of the week"),
    ],
)
def test_a_wrong_schedule_is_refused_with_the_field_named(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        parse_schedule(text)
    assert reason in str(caught.value)


WORDS = ["every", "at", "on", "from", "to", ",", "and", "day", "weekdays", "mon", "sat-sun", "07:00", "24:00", "15"]
WORDS += ["minutes", "hours", "*", "*/5", "5-1", "0", "7", "L", "mon#5", "@daily", "1,2", "-", "/", "#", "31", "2"]


@pytest.mark.no_cover
@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=30), st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join)))
def test_any_text_is_a_working_schedule_or_a_value_error(text: str) -> None:
    try:
        schedule = parse_schedule(text)
    except ValueError:
        return
    now = datetime(2026, 11, 30, tzinfo=UTC)
    assert schedule.after(now, BERLIN) > now
    assert schedule.explain()


def test_the_last_instant_is_none_beyond_the_lookback() -> None:
    schedule = parse_schedule("0 7 1 1 *")
    now = datetime(2026, 11, 30, tzinfo=UTC)
    assert latest(schedule, MINSK, now) is None
    assert latest(schedule, MINSK, now, timedelta(days=366)) == datetime(2026, 1, 1, 4, tzinfo=UTC)


def test_an_instant_exactly_at_the_lookback_is_found() -> None:
    schedule = parse_schedule("daily at 07:00")
    now = datetime(2026, 11, 30, 4, tzinfo=UTC)
    assert latest(schedule, MINSK, now, timedelta(0)) == now
    assert latest(schedule, MINSK, now + timedelta(seconds=1), timedelta(0)) is None
    assert latest(schedule, MINSK, now + timedelta(days=1, seconds=-1), timedelta(days=1)) == now


def test_the_next_instant_is_strictly_later() -> None:
    at_seven = datetime(2026, 11, 30, 4, tzinfo=UTC)
    schedule = parse_schedule("daily at 07:00")
    assert schedule.after(at_seven - timedelta(microseconds=1), MINSK) == at_seven
    assert schedule.after(at_seven, MINSK) == at_seven + timedelta(days=1)


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a zone"):
        parse_schedule("@daily").after(datetime(2026, 11, 30), MINSK)  # noqa: DTZ001  on purpose


def test_a_schedule_whose_days_ran_out_says_so() -> None:
    leap = Schedule(text="never", minutes=(0,), days="*/30 feb mon#5", interval=False, words="")
    with pytest.raises(ValueError, match="never: no such day comes any more"):
        leap.after(datetime(2026, 11, 30, tzinfo=UTC), MINSK)
    assert latest(leap, MINSK, datetime(2026, 11, 30, tzinfo=UTC)) is None


def test_a_slot_is_named_by_its_local_minute_and_zone() -> None:
    assert slot_name(datetime(2026, 11, 30, 4, 0, 30, tzinfo=UTC), MINSK) == "2026-11-30T07:00[Europe/Minsk]"


def test_the_two_passes_of_a_repeated_hour_have_two_slot_names() -> None:
    first, second = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert slot_name(first, BERLIN) == "2026-10-25T02:30[Europe/Berlin]"
    assert slot_name(second, BERLIN) == "2026-10-25T02:30+01:00[Europe/Berlin]"
