"""Days of a zone as they are, on the nights when clocks change too; and what somebody may do with what waits."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.model import State
from distributor.rules.queue.calendar import day_of, instants, label, quiet_spans, slots, week_of
from distributor.rules.queue.holds import HOLDS
from distributor.rules.queue.moving import acts, may_move, not_then
from distributor.rules.queue.surge import usual_day

BERLIN, APIA, MINSK = ZoneInfo("Europe/Berlin"), ZoneInfo("Pacific/Apia"), ZoneInfo("Europe/Minsk")
ZONES = [
    BERLIN,
    APIA,
    MINSK,
    *(ZoneInfo(name) for name in ("America/Sao_Paulo", "Australia/Lord_Howe", "Africa/Cairo", "UTC")),
]
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@given(day=st.dates(date(2000, 1, 3), date(2037, 12, 20)), zone=st.sampled_from(ZONES))
@settings(max_examples=200, deadline=None)
def test_days_lie_end_to_end_and_every_instant_of_one_bears_its_date(day, zone):
    one, following = day_of(day, zone), day_of(day + timedelta(days=1), zone)
    assert one.ends == following.begins
    assert timedelta(0) <= one.ends - one.begins <= timedelta(hours=26)
    for at in (*one.hours, one.ends - timedelta(microseconds=1)):
        if one.begins <= at < one.ends:
            assert at.astimezone(zone).date() == day
    labels = [label(at, zone) for at in one.hours]
    assert len(set(labels)) == len(labels), "no hour is called like another"


@given(day=st.dates(date(2000, 1, 3), date(2037, 12, 20)), zone=st.sampled_from(ZONES))
@settings(max_examples=100, deadline=None)
def test_quiet_hours_and_slots_of_a_day_lie_within_it(day, zone):
    one = day_of(day, zone)
    spans = quiet_spans("23:00-06:00", zone, one)
    assert all(one.begins <= begins < ends <= one.ends for begins, ends in spans)
    assert all(before[1] < after[0] for before, after in pairwise(spans))
    once = slots(["every day at 02:30"], zone, one)
    assert slots(["every day at 02:30", "30 2 * * *"], zone, one) == once
    assert len(once) == (1 if one.hours else 0)


@pytest.mark.parametrize(
    ("day", "hours", "labels"),
    [
        (date(2026, 3, 29), 23, {"01:00", "03:00"}),
        (date(2026, 10, 25), 25, {"02:00 (+0200)", "02:00 (+0100)"}),
        (date(2026, 11, 24), 24, {"02:00"}),
    ],
)
def test_a_day_has_as_many_hours_as_it_has(day, hours, labels):
    one = day_of(day, BERLIN)
    assert len(one.hours) == hours
    told = {label(at, BERLIN) for at in one.hours}
    assert labels <= told
    assert ("02:00" in told) is (hours == 24)


def test_a_day_that_the_zone_skipped_has_no_time_in_it():
    assert day_of(date(2011, 12, 30), APIA).hours == []
    assert quiet_spans("23:00-06:00", APIA, day_of(date(2011, 12, 30), APIA)) == []


def test_a_week_begins_on_monday():
    for number in range(7):
        week = week_of(date(2026, 11, 23) + timedelta(days=number), MINSK)
        assert [one.date.day for one in week] == [23, 24, 25, 26, 27, 28, 29]


def test_a_time_of_the_wall_comes_once_twice_or_never():
    assert instants(datetime.fromisoformat("2026-11-30T07:00"), MINSK) == [datetime(2026, 11, 30, 4, 0, tzinfo=UTC)]
    assert instants(datetime.fromisoformat("2026-03-29T02:30"), BERLIN) == []
    twice = instants(datetime.fromisoformat("2026-10-25T02:30"), BERLIN)
    assert [at.hour for at in twice] == [0, 1]


def test_quiet_hours_over_midnight_are_two_parts_of_a_day_and_none_are_none():
    day = day_of(date(2026, 11, 24), MINSK)
    local = [[at.astimezone(MINSK).hour for at in span] for span in quiet_spans("23:00-06:00", MINSK, day)]
    assert local == [[0, 6], [23, 0]]
    assert quiet_spans("", MINSK, day) == []


def test_of_a_slot_for_every_minute_a_part_is_told():
    day = day_of(date(2026, 11, 24), MINSK)
    assert len(slots(["* * * * *"], MINSK, day)) == 48
    assert [at.astimezone(MINSK).hour for at in slots(["0 12 * * *", "every day at 07:00"], MINSK, day)] == [7, 12]


def test_what_the_clock_lets_go_can_be_moved_and_what_somebody_must_look_at_cannot():
    assert {name for name in HOLDS if may_move(name)} == {
        *("pacing", "quiet hours", "slots", "budget", "picture", "preflight", "undo"),
        *("desk", "embargo"),
    }
    assert may_move("")
    assert not may_move("somebody else")


@pytest.mark.parametrize(
    ("state", "held_by", "offered"),
    [
        (State.SENT, "", ()),
        (State.PLANNED, "", ("send_now", "move", "hold", "skip")),
        (State.HELD, "pacing", ("send_now", "move", "hold", "skip")),
        (State.HELD, "desk", ("move", "release", "skip")),
        (State.HELD, "approval", ("approve", "hold", "skip")),
        (State.HELD, "embargo", ("move", "hold", "release", "skip")),
        (State.HELD, "surge", ("hold", "release", "skip")),
        (State.HELD, "stop", ("hold", "skip")),
    ],
)
def test_each_post_is_offered_what_fits_it(state, held_by, offered):
    assert acts(state, held_by) == offered


def test_nothing_is_moved_beyond_its_shelf_life_or_out_of_its_embargo():
    hour = timedelta(hours=1)
    assert not_then(NOON, held_by="", held_until=None, stale_at=None) == ""
    assert not_then(NOON, held_by="", held_until=None, stale_at=NOON) == "its shelf life ends before that"
    assert not_then(NOON, held_by="desk", held_until=NOON + hour, stale_at=NOON + hour) == ""
    assert not_then(NOON, held_by="embargo", held_until=NOON + hour, stale_at=None).startswith("it is under embargo")
    assert not_then(NOON, held_by="embargo", held_until=NOON, stale_at=None) == ""
    assert not_then(NOON, held_by="embargo", held_until=None, stale_at=None) == ""


def test_a_feeds_ordinary_day_is_the_median_of_those_that_are_over():
    assert usual_day({0: 900, 23: 5}) is None
    assert usual_day({0: 900, 30: 2, 31: 3, 50: 4, 80: 100}) == 5
