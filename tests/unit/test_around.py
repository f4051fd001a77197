"""The instants around an instant, and the days of sentences."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.rules.queue.around import REMEMBERED, Around
from distributor.rules.queue.timing import latest, parse_schedule

BERLIN = ZoneInfo("Europe/Berlin")
#: Around the nights on which Berlin's clocks change.
INSTANTS = st.integers(0, 8 * 1440).map(lambda n: datetime(2026, 3, 26, tzinfo=UTC) + timedelta(minutes=n))
TEXTS = st.sampled_from(
    [
        "every day at 02:30",
        "weekdays at 07:00, 18:30",
        "sun at 03:00",
        "every 45 minutes from 22:00 to 05:00 on weekends",
    ]
)


@given(TEXTS, st.lists(INSTANTS, min_size=1, max_size=REMEMBERED * 2))
@settings(max_examples=100)
def test_what_is_remembered_is_what_a_look_would_find(text: str, instants: list[datetime]) -> None:
    schedules = [parse_schedule(text), parse_schedule("tue at 12:00")]
    around = Around(schedules, BERLIN)
    for at in instants:
        past = [found for one in schedules if (found := latest(one, BERLIN, at)) is not None]
        assert around.before(at) == max(past, default=None)
        assert around.after(at) == min(one.after(at, BERLIN) for one in schedules)


def test_before_the_first_instant_of_a_schedule_there_is_none() -> None:
    around = Around([parse_schedule("0 0 29 2 *")], BERLIN)
    assert around.before(datetime(2026, 6, 1, tzinfo=UTC)) is None


@given(INSTANTS)
@settings(max_examples=100)
def test_the_days_of_a_sentence_are_those_of_its_cron_line(at: datetime) -> None:
    for sentence, line in (("weekdays at 02:30", "30 2 * * 1-5"), ("every day at 23:59", "59 23 * * *")):
        said, written = parse_schedule(sentence), parse_schedule(line)
        assert said.after(at, BERLIN) == written.after(at, BERLIN)
        assert latest(said, BERLIN, at) == latest(written, BERLIN, at)
