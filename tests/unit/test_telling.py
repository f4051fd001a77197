"""Schedules in sentences: each says every instant of its schedule, and none beside them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.render.catalogues import city, speaker
from distributor.render.hours import in_words, told_hours
from distributor.rules.queue.telling import Days, Told, tell, write
from distributor.rules.queue.timing import Schedule, parse_schedule, upcoming

ENGLISH, RUSSIAN = speaker("en"), speaker("ru")
#: In the night after, the wall of Berlin shows two o'clock twice.
BEGIN = datetime(2026, 10, 24, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")

MINUTES = st.sampled_from(["0", "30", "5,35", "*", "*/15", "*/40", "0-59/10", "7"])
HOURS = st.sampled_from(["9", "7,19", "*", "*/2", "*/5", "7-22", "0-22/2", "23"])
NUMBERS = st.sampled_from(["*", "1", "1,15", "31", "*/2", "l", "1-9", "2,3,22,13"])
MONTHS = st.sampled_from(["*", "1", "*/2"])
WEEKS = st.sampled_from(["*", "1-5", "mon-fri", "sat,sun", "1", "1,4", "0", "7", "fri-sun", "*/2", "1#2", "5l"])
CRONS = st.tuples(MINUTES, HOURS, NUMBERS, MONTHS, WEEKS).map(" ".join)
CLOCKS = st.sampled_from(["00:00", "2:30", "07:30", "13:00", "19:00", "23:59"])
NAMED = st.sampled_from(["every day", "weekdays", "weekends", "mon", "mon, thu", "tue-sat", "Sundays and Fridays"])
TIMES = st.tuples(NAMED, st.lists(CLOCKS, min_size=1, max_size=4)).map(
    lambda told: f"{told[0]} at {', '.join(told[1])}"
)
PACES = st.sampled_from(["every minute", "every 45 minutes", "every hour", "every 5 hours", "every 1439 minutes"])
WINDOWS = st.tuples(CLOCKS, CLOCKS).map(lambda told: f" from {told[0]} to {told[1]}")
INTERVALS = st.tuples(PACES, st.just("") | WINDOWS, st.just("") | NAMED.map(lambda days: f" on {days}")).map("".join)


def parts(text: str) -> Schedule | None:
    """What was written; None for days that never come."""
    try:
        return parse_schedule(text.replace("on every day", "on day"))
    except ValueError:
        return None


def written(told: Told, sentence: str) -> Schedule:
    """What an English sentence says, read back as somebody would write it."""
    if told.days is not Days.MONTH:
        return parse_schedule(sentence)
    numbers = ",".join(str(day) for day in told.on)
    first, _, rest = sentence.partition(" of each month")
    daily = parse_schedule(f"every day{rest}" if told.every is None else first.partition(" on the ")[0])
    return Schedule(
        text=sentence, minutes=daily.minutes, days=f"{numbers} * *", interval=daily.interval, words=sentence
    )


@settings(max_examples=200, deadline=None)
@given(CRONS | TIMES | INTERVALS)
def test_a_sentence_has_the_instants_of_its_schedule_also_when_clocks_change(text: str) -> None:
    schedule = parts(text)
    told = None if schedule is None else tell(schedule)
    if schedule is None or told is None:
        return
    found = written(told, in_words(told, ENGLISH))
    assert (found.minutes, found.interval) == (schedule.minutes, schedule.interval)
    assert upcoming(found, BERLIN, BEGIN, 8) == upcoming(schedule, BERLIN, BEGIN, 8)
    later = BEGIN + timedelta(days=40)
    assert upcoming(found, BERLIN, later, 4) == upcoming(schedule, BERLIN, later, 4)
    assert in_words(told, RUSSIAN)


@pytest.mark.parametrize(
    ("text", "english", "russian"),
    [
        ("30 7 * * 1-5", "Weekdays at 07:30", "По будням в 07:30"),
        ("0 13,19 * * *", "Every day at 13:00 and 19:00", "Каждый день в 13:00 и 19:00"),
        ("0 9 * * mon", "Mondays at 09:00", "По понедельникам в 09:00"),
        ("mon, thu, sun at 9:00", "Mondays, Thursdays and Sundays at 09:00", None),
        ("weekends at 10:00", "Weekends at 10:00", "По выходным в 10:00"),
        ("0 8 1 * *", "On the 1st of each month at 08:00", "Каждый месяц 1-го числа в 08:00"),
        ("0 8 2,3,11,22 * *", "On the 2nd, 3rd, 11th and 22nd of each month at 08:00", None),
        (
            "every 30 minutes from 07:00 to 22:00",
            "Every 30 minutes from 07:00 to 22:00",
            "Раз в 30 мин с 07:00 до 22:00",
        ),
        ("*/30 7-21 * * 1-5", "Every 30 minutes from 07:00 to 21:30 on weekdays", None),
        ("every 2 hours on weekends", "Every 2 hours on weekends", "Раз в 2 ч по выходным"),
        ("every hour from 22:00 to 02:00 on fri", "Every hour from 22:00 to 02:00 on Fridays", None),
        ("0 * 1,15 * *", "Every hour on the 1st and 15th of each month", "Каждый час каждый месяц 1-го и 15-го числа"),
        ("* * * * *", "Every minute", "Каждую минуту"),
        ("@daily", "Every day at 00:00", "Каждый день в 00:00"),
    ],
)
def test_schedules_are_said_as_people_say_them(text: str, english: str, russian: str | None) -> None:
    told = tell(parse_schedule(text))
    assert told is not None
    assert in_words(told, ENGLISH) == english
    assert russian in (None, in_words(told, RUSSIAN))


@pytest.mark.parametrize(
    "text",
    [
        *("0 8 31 * *", "0 8 1-9 * *", "0 8 l * *", "0 8 1 1 *", "0 8 1 * 1", "0 8 * * 1#2", "0 8 */2 * *"),
        *("*/40 * * * *", "0 0-23/2 * * *", "*/60 9 * * *"),
    ],
)
def test_what_no_short_sentence_says_is_told_with_its_next_instants(text: str) -> None:
    assert tell(parse_schedule(text)) is None
    assert told_hours(text, ENGLISH, "en", "Europe/Minsk", BEGIN).startswith(f"{text}, next: ")


def test_the_next_instants_are_three_and_in_the_zone_of_the_schedule() -> None:
    told = told_hours("0 8 31 * *", RUSSIAN, "ru", "Europe/Minsk", BEGIN)
    assert told == "0 8 31 * *, ближайшие: 31 октября 2026, 08:00; 31 декабря 2026, 08:00; 31 января 2027, 08:00"


@pytest.mark.parametrize(
    ("zone", "english", "russian"),
    [
        ("Europe/Minsk", "Minsk", "Минск"),
        ("UTC", "UTC", "UTC"),
        ("Etc/GMT+3", "Etc/GMT+3", "Etc/GMT+3"),
        ("America/Argentina/Buenos_Aires", "Buenos Aires", "Buenos Aires"),
    ],
)
def test_a_zone_is_called_by_its_city(zone: str, english: str, russian: str) -> None:
    assert (city(zone, "en"), city(zone, "ru")) == (english, russian)


PLAIN = st.sets(st.integers(1, 7), min_size=1)
CRON_LIKE = st.tuples(
    st.sampled_from(["0", "30"]), st.sampled_from(["13", "7,19"]), st.sampled_from(["*", "1-5", "0,6"])
)
LIKE = CRON_LIKE.map(lambda one: f"{one[0]} {one[1]} * * {one[2]}") | st.sampled_from(
    ["", "weekdays at 07:30", "every day at 13:00, 19:00", "@daily", "*/5 * * * *", "0 8 1 * *", "nonsense"]
)


@settings(max_examples=200, deadline=None)
@given(PLAIN, st.lists(CLOCKS, min_size=1, max_size=3), LIKE)
def test_days_and_times_are_written_as_a_schedule_that_says_just_that(
    days: set[int], times: list[str], like: str
) -> None:
    found = parse_schedule(write(days, times, like))
    assert found.weekdays == frozenset(day % 7 for day in days)
    assert found.minutes == tuple(sorted({int(one.partition(":")[0]) * 60 + int(one[-2:]) for one in times}))
    assert not found.interval


@pytest.mark.parametrize(
    "like", ["0 13 * * *", "30 7,19 * * 1-5", "0 9 * * 0,6", "0 9 * * 1", "weekdays at 07:30, 19:30"]
)
def test_an_hour_that_is_changed_and_changed_back_is_written_as_before(like: str) -> None:
    told = tell(parse_schedule(like))
    assert told is not None
    other = write(told.on, ["06:10"], like)
    assert other != like
    assert write(told.on, told.times, other) == like
    days = write([2, 3, 4], told.times, like)
    assert write(told.on, told.times, days) == like


@pytest.mark.parametrize(
    ("days", "times", "like", "found"),
    [
        ([1, 2, 3, 4, 5], ["07:30"], "", "weekdays at 07:30"),
        ([6, 7], ["9:00"], "", "weekends at 9:00"),
        ([7, 1], ["09:00", "10:00"], "", "mon, sun at 09:00, 10:00"),
        ([1, 2, 3, 4, 5], ["07:30"], "30  7 * * MON-FRI", "30  7 * * MON-FRI"),
        ([1], ["07:30"], "30 7 * * MON-FRI", "30 7 * * 1"),
        (range(1, 8), ["07:30", "08:00"], "30 7 * * 1", "every day at 07:30, 08:00"),
        ([1], ["25:00"], "30 7 * * 1", "mon at 25:00"),
        ([], ["07:30"], "30 7 * * 1", "at 07:30"),
    ],
)
def test_a_schedule_is_written_in_the_manner_of_the_one_before(
    days: list[int], times: list[str], like: str, found: str
) -> None:
    assert write(days, times, like) == found
