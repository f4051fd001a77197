"""What would leave, and what another rulebook would change; that it is what leaves is tests/flow/test_plan.py's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from distributor.model import (
    Act,
    Approval,
    ChannelPolicy,
    Digest,
    Image,
    Media,
    Rhythm,
    Route,
    Served,
    Stale,
    Story,
    Waiting,
    Wish,
)
from distributor.model.forecast import Before, Days, Different, Fate, Foreseen, Queued, Readers, Rulebook, Way
from distributor.rules.forecast.difference import difference, foresee, in_order
from distributor.rules.forecast.issues import foresee_digest
from distributor.rules.forecast.queues import foresee_channel, free_at
from distributor.rules.forecast.weeks import again, later, looks_back, reaches
from tests.support import NOON, article

MINSK = ZoneInfo("Europe/Minsk")
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
ALL = Route(name="all", channels=("x",))
PLAIN = Digest(name="morning", title="Morning", channel="mail", slots=("every day at 15:00",), zone="UTC")


def story(number: int, minutes: float, **fields: object) -> Story:
    at = NOON + timedelta(minutes=minutes)
    return Story(id=number, first_seen_at=at, article=article(number, **{"published": at, **fields}))


def played(
    policy: ChannelPolicy, *stories: Story, routes: Sequence[Route] = (ALL,), **fields: object
) -> list[Foreseen]:
    days = Days(begin=NOON, end=NOON + DAY, stories=stories, **fields)  # type: ignore[arg-type]
    return list(foresee_channel("x", Rulebook(routes=tuple(routes), policies={"x": policy}), days))


def told(found: Sequence[Foreseen]) -> list[tuple[int, str, int | None]]:
    """Story, fate, minutes after noon."""
    return [
        (one.story, one.fate.value, round((one.at - NOON).total_seconds() / 60) if one.at else None) for one in found
    ]


def queued(number: int, act: Act = Act.POST, **fields: object) -> Queued:
    row = Waiting(
        id=number, act=act, priority=5, due_at=NOON - DAY, planned_at=NOON - DAY, stale_at=None, category="Politics"
    )
    told: dict[str, object] = {"waiting": row, "subject": number, "headline": f"old {number}", "looks_at": NOON - DAY}
    return Queued(**(told | fields))  # type: ignore[arg-type]


def test_without_gates_each_story_leaves_when_it_comes() -> None:
    found = played(ChannelPolicy(), story(1, 5), story(2, 5), story(3, 7))
    assert told(found) == [(1, "leaves", 5), (2, "leaves", 5), (3, "leaves", 7)]


def test_what_no_route_wants_is_skipped_with_its_reason() -> None:
    found = played(ChannelPolicy(), story(1, 5, categories=("Sport",)), routes=[replace(ALL, categories=("Politics",))])
    assert told(found) == [(1, "skipped", 5)]
    assert "category Sport is not among Politics" in found[0].reason
    assert played(ChannelPolicy(), story(1, 5), routes=[]) == []


def test_stories_before_the_days_are_not_routed() -> None:
    assert played(ChannelPolicy(), story(1, 0), story(2, -5)) == []


def test_a_gap_spreads_posts_and_counts_from_those_before() -> None:
    before = Before(started=(NOON - timedelta(minutes=5),), categories=("Politics",))
    found = played(ChannelPolicy(gap=timedelta(minutes=10)), story(1, 1), story(2, 2), before={"x": before})
    assert told(found) == [(1, "leaves", 5), (2, "leaves", 15)]


def test_posts_of_a_day_ago_count_no_more() -> None:
    before = Before(started=(NOON - timedelta(hours=23),), categories=("Politics",))
    found = played(ChannelPolicy(most_per_day=1), story(1, 1), story(2, 2), before={"x": before})
    assert told(found) == [(1, "leaves", 60), (2, "waits", 60 + 1440)]


def test_people_are_taken_to_agree_and_embargo_and_undo_window_are_kept() -> None:
    routes = [replace(ALL, approval=Approval.TWO, undo=timedelta(minutes=20), delay=60.0)]
    embargo = NOON + timedelta(hours=2)
    found = played(ChannelPolicy(), story(1, 1), story(2, 2, embargoed=embargo), routes=routes)
    assert told(found) == [(1, "leaves", 21), (2, "leaves", 120)]


def test_the_end_of_an_embargo_counts_more_than_a_delay() -> None:
    late, soon = NOON + timedelta(hours=2), NOON + timedelta(hours=1)
    assert free_at(late, "embargo", soon) == soon
    assert free_at(late, "undo", soon) == late
    assert free_at(late, "", None) == late


def test_stale_stories_fold_into_one_round_up_after_the_night() -> None:
    policy = ChannelPolicy(quiet="13:00-06:00", stale=Stale.FOLD)
    routes = [replace(ALL, shelf_life=timedelta(hours=3))]
    found = played(policy, story(1, 90), story(2, 95), story(3, 17 * 60 + 30), routes=routes)
    assert told(found) == [(1, "folded", 1080), (2, "folded", 1080), (0, "leaves", 1080), (3, "leaves", 1080)] or told(
        found
    ) == [(1, "folded", 1080), (2, "folded", 1080), (3, "leaves", 1080), (0, "leaves", 1080)]
    (roundup,) = [one for one in found if one.what == "roundup"]
    assert (roundup.tells, roundup.slot) == (2, "2026-11-25T06:00[UTC]")


def test_a_round_up_that_waits_takes_in_what_is_folded_and_a_second_of_one_minute_has_a_number() -> None:
    policy = ChannelPolicy(fold_above=1, gap=timedelta(hours=1))
    found = played(policy, *(story(number, 1 + number / 100) for number in range(6)))
    sums = [(one.slot, one.tells, one.fate) for one in found if one.what == "roundup"]
    assert sum(tells for _, tells, _ in sums) == sum(one.fate is Fate.FOLDED for one in found)
    instant = ChannelPolicy(fold_above=1)
    found = played(instant, *(story(number, 1) for number in range(3)), *(story(number, 1.5) for number in range(3, 6)))
    assert [one.slot for one in found if one.what == "roundup"] == [
        "2026-11-24T12:01[UTC]",
        "2026-11-24T12:01[UTC] (2)",
    ]


def test_what_is_stale_may_be_skipped() -> None:
    policy = ChannelPolicy(stale=Stale.SKIP, slots=("every day at 18:00",))
    found = played(policy, story(1, 1), routes=[replace(ALL, shelf_life=timedelta(hours=3))])
    assert told(found) == [(1, "skipped", 360)]


def test_what_waited_already_goes_first_and_a_round_up_of_it_is_joined() -> None:
    title = "round-up x"
    waiting = queued(9, Act.ROUNDUP, subject=77, headline=title, url="2026-11-23T12:00[UTC]", tells=4)
    rows = (queued(900), waiting, queued(901, looks_at=None, reason="held by Ann"))
    policy = ChannelPolicy(fold_above=1, gap=timedelta(hours=1))
    before = Before(started=(NOON - timedelta(minutes=30),), categories=("Sport",), queue=rows)
    found = played(policy, story(1, 1), story(2, 1), before={"x": before})
    (roundup,) = [one for one in found if one.what == "roundup"]
    assert (roundup.slot, roundup.tells) == ("2026-11-23T12:00[UTC]", 6)
    assert (901, "waits", None) in told(found)
    assert next(one for one in found if one.story == 901).reason == "held by Ann"


def test_money_is_spent_and_begins_anew_each_day() -> None:
    policy = ChannelPolicy(price=200_000, price_with_link=200_000, budget_per_day=500_000, price_picture=100_000)
    before = Before(spent_today=300_000, spent_this_month=300_000)
    found = played(policy, story(1, 1), story(2, 2), before={"x": before})
    assert told(found) == [(1, "leaves", 1), (2, "leaves", 720)]
    assert [one.cost for one in found] == [200_000, 200_000]
    picture = replace(policy, media=Media.PHOTO, budget_per_day=None)
    shown = played(picture, story(1, 1, image=Image(url="https://news.example.org/1.jpg")), story(2, 1))
    assert [one.cost for one in shown] == [300_000, 200_000]


def test_a_month_begins_anew_with_nothing_spent() -> None:
    begin = datetime(2026, 11, 30, 23, 0, tzinfo=UTC)
    one = Story(id=1, first_seen_at=begin + timedelta(minutes=1), article=article(1, published=begin))
    policy = ChannelPolicy(price=200_000, budget_per_month=500_000)
    days = Days(begin=begin, end=begin + DAY, stories=(one,), before={"x": Before(spent_this_month=500_000)})
    (found,) = foresee_channel("x", Rulebook(routes=(ALL,), policies={"x": policy}), days)
    assert found.at == datetime(2026, 12, 1, tzinfo=UTC)


def test_an_edit_that_waits_is_no_post() -> None:
    rows = (queued(1, Act.EDIT, subject=5), queued(2))
    found = played(ChannelPolicy(gap=timedelta(hours=1)), before={"x": Before(queue=rows)})
    assert [(one.what, one.at) for one in found] == [("edit", NOON), ("post", NOON)]


def issued(digest: Digest, *stories: Story, readers: Readers | None = None, days: int = 2) -> list[Foreseen]:
    known = {} if readers is None else {digest.name: readers}
    return list(foresee_digest(digest, Days(begin=NOON, end=NOON + days * DAY, stories=stories, readers=known)))


def test_each_slot_tells_what_is_new_and_none_is_worth_nothing() -> None:
    found = issued(replace(PLAIN, least=2, most=2), story(1, -60), story(2, 10), story(3, 20))
    assert [(one.slot, one.fate.value, one.tells) for one in found] == [
        ("2026-11-24T15:00[UTC]", "leaves", 2),
        ("2026-11-25T15:00[UTC]", "skipped", 0),
    ]
    assert (found[0].stories, found[1].reason) == ((3, 2, 1), "not worth an issue: 0 of at least 2 stories")


def test_a_story_under_embargo_comes_into_the_next_issue() -> None:
    held = story(1, 10, embargoed=NOON + timedelta(hours=5))
    assert [one.stories for one in issued(PLAIN, held, story(2, 11))] == [(2,), (1,)]


def test_readers_choices_have_slots_of_their_own_and_nobody_is_mailed_nothing() -> None:
    evening = Wish(rhythm=Rhythm.EVENING, zone="Europe/Minsk")
    readers = Readers(wishes={evening: 3}, began=NOON - 30 * DAY)
    found = issued(PLAIN, story(1, 10), story(2, 60 * 26), readers=readers)
    assert [(one.slot, one.fate.value, one.readers, one.reason) for one in found] == [
        ("2026-11-24T15:00[UTC]", "skipped", 0, "nobody is subscribed"),
        ("2026-11-24T18:00[Europe/Minsk]", "leaves", 3, ""),
        ("2026-11-25T15:00[UTC]", "skipped", 0, "nobody is subscribed"),
        ("2026-11-25T18:00[Europe/Minsk]", "leaves", 3, ""),
    ]


def test_who_was_served_gets_nothing_twice() -> None:
    served = {Wish(): Served(upto=1, at=NOON - timedelta(hours=1), looked_at=NOON - timedelta(hours=1))}
    readers = Readers(wishes={Wish(): 2}, served=served, began=NOON - 30 * DAY)
    found = issued(PLAIN, story(1, -120), story(2, 10), readers=readers, days=1)
    assert [(one.tells, one.readers) for one in found] == [(1, 2)]


def test_a_digest_without_slots_has_no_issues() -> None:
    assert issued(replace(PLAIN, slots=())) == []


def shown(one: Different) -> Foreseen:
    found = one.after or one.before
    assert found is not None
    return found


def test_what_another_rulebook_changes_is_told_by_channel_and_day() -> None:
    present = Rulebook(
        routes=(replace(ALL, channels=("x", "y"), categories=("Politics",)),),
        policies={"x": ChannelPolicy(price=1000), "y": ChannelPolicy()},
        digests=(PLAIN,),
    )
    stories = (story(1, 5), story(2, 6, categories=("Sport",)), story(3, 720), story(4, 800, categories=("Politics",)))
    days = Days(begin=NOON, end=NOON + DAY, stories=stories)
    other = replace(
        present,
        routes=(replace(ALL, channels=("x", "y"), categories=("Sport", "Politics")),),
        policies={"x": ChannelPolicy(price=1000, quiet="23:00-02:00"), "y": ChannelPolicy(most_per_day=1)},
        digests=(replace(PLAIN, categories=("Sport",)), replace(PLAIN, name="new")),
    )
    before = foresee(present, days)
    after = foresee(other, days, known=before, under=present)
    found = difference(before, after, MINSK)
    assert [(one.way, shown(one).key[:3]) for one in found.changes] == [
        (Way.ADDED, ("x", "post", 2)),
        (Way.MOVED, ("mail", "issue", 0)),
        (Way.ADDED, ("mail", "issue", 0)),
        (Way.WAITS, ("y", "post", 3)),
        (Way.WAITS, ("y", "post", 4)),
        (Way.MOVED, ("x", "post", 3)),
        (Way.MOVED, ("x", "post", 4)),
    ]
    (night,) = [one for one in found.tallies if (one.channel, one.day) == ("x", "2026-11-25")]
    assert (night.before, night.after, night.cost_before, night.cost_after) == (2, 2, 2000, 2000)
    assert foresee(present, days, known=before, under=present) == before
    assert all(before[place] is foresee(present, days, known=before, under=present)[place] for place in before)
    assert [one.at for one in in_order(before)] == sorted(one.at for one in in_order(before) if one.at)


def test_what_would_leave_after_the_days_is_neither_dropped_nor_added() -> None:
    free = Rulebook(routes=(ALL,), policies={"x": ChannelPolicy(price=1000)})
    quiet = replace(free, policies={"x": ChannelPolicy(price=1000, quiet="10:00-13:00")})
    days = Days(begin=NOON, end=NOON + DAY, stories=(story(1, 60 * 22.5), story(2, 60 * 23), story(3, 180)))
    before, after = foresee(free, days), foresee(quiet, days)
    later_on = difference(before, after, ZoneInfo("UTC"))
    assert [(one.way, shown(one).story) for one in later_on.changes] == [(Way.WAITS, 1), (Way.WAITS, 2)]
    assert {shown(one).reason for one in later_on.changes} == {"quiet hours 10:00-13:00: not before 13:00 (UTC)"}
    (today, tomorrow) = later_on.tallies
    assert (today.before, today.after, today.waits) == (1, 1, 0)
    assert (tomorrow.before, tomorrow.after, tomorrow.waits, tomorrow.dropped) == (2, 0, 2, 0)
    assert (tomorrow.cost_before, tomorrow.cost_after) == (2000, 0)
    sooner = difference(after, before, ZoneInfo("UTC"))
    assert [(one.way, shown(one).story) for one in sooner.changes] == [(Way.MOVED, 1), (Way.MOVED, 2)]
    assert {one.before and one.before.at for one in sooner.changes} == {NOON + timedelta(hours=25)}
    assert [(one.before, one.after, one.added, one.moved) for one in sooner.tallies] == [(1, 1, 0, 0), (0, 2, 0, 2)]


def test_a_story_that_no_route_wants_any_more_is_dropped() -> None:
    present = Rulebook(routes=(ALL,), policies={"x": ChannelPolicy()})
    other = replace(present, routes=(replace(ALL, categories=("Sport",)),))
    days = Days(begin=NOON, end=NOON + DAY, stories=(story(1, 5),))
    (dropped,) = difference(foresee(present, days), foresee(other, days), MINSK).changes
    assert (dropped.way, shown(dropped).fate) == (Way.DROPPED, Fate.SKIPPED)
    (added,) = difference(foresee(other, days), foresee(present, days), MINSK).changes
    assert (added.way, added.before) == (Way.ADDED, None)


@given(
    st.lists(st.tuples(st.integers(1, 2879), st.sampled_from(("Sport", "Politics"))), max_size=12),
    *[
        st.sampled_from(
            (
                ChannelPolicy(price=1000),
                ChannelPolicy(price=1000, quiet="10:00-14:00"),
                ChannelPolicy(price=1000, gap=timedelta(hours=7)),
                ChannelPolicy(price=1000, most_per_day=2),
                ChannelPolicy(price=1000, budget_per_day=2000),
                ChannelPolicy(price=1000, fold_above=2, gap=timedelta(hours=5)),
                ChannelPolicy(price=1000, slots=("every day at 11:00, 18:00",), stale=Stale.SKIP),
            )
        )
    ]
    * 2,
)
def test_what_leaves_under_other_rules_is_what_left_before_with_what_changes(
    came: Sequence[tuple[int, str]], one: ChannelPolicy, other: ChannelPolicy
) -> None:
    stories = [story(number, at, categories=(name,)) for number, (at, name) in enumerate(sorted(came), 1)]
    days = Days(begin=NOON, end=NOON + 2 * DAY, stories=tuple(stories))
    before, after = (foresee(Rulebook(routes=(ALL,), policies={"x": policy}), days) for policy in (one, other))
    found = difference(before, after, MINSK)
    counts = {name: sum(getattr(day, name) for day in found.tallies) for name in ("before", "after", *Way)}
    come = [each for each in found.changes if each.way is Way.MOVED and each.before and each.before.fate is Fate.WAITS]
    gone, new = counts[Way.DROPPED] + counts[Way.WAITS], counts[Way.ADDED] + len(come)
    assert counts["after"] == counts["before"] + new - gone
    assert counts["after"] == len(in_order(after))
    assert sum(day.cost_after for day in found.tallies) == sum(each.cost for each in in_order(after))


def test_the_days_to_come_are_the_last_seven_once_more() -> None:
    week = [story(1, -3 * 1440, embargoed=NOON - 3 * DAY), story(2, -10, published=None), story(3, -8 * 1440)]
    found = list(again(week, NOON, 10, ZoneInfo("UTC"), after=40))
    assert [(one.id, one.first_seen_at - NOON) for one in found] == [
        (41, timedelta(days=4)),
        (42, timedelta(days=6, hours=23, minutes=50)),
    ]
    assert found[0].article.embargoed == NOON + 4 * DAY
    assert found[1].article.published is None


def test_a_week_later_is_the_same_local_time() -> None:
    berlin, before = ZoneInfo("Europe/Berlin"), datetime(2026, 10, 22, 7, 0, tzinfo=UTC)
    assert later(before, 1, berlin) == datetime(2026, 10, 29, 8, 0, tzinfo=UTC)


def test_a_weekly_digest_looks_back_further_than_a_daily_one() -> None:
    weekly = Readers(wishes={Wish(rhythm=Rhythm.WEEKLY): 1}, began=NOON)
    assert looks_back(PLAIN, weekly, NOON) == timedelta(days=9)
    assert looks_back(PLAIN, Readers(began=NOON), NOON) == timedelta(days=3)
    assert reaches([PLAIN], {"morning": weekly}, NOON) == timedelta(days=9)
    assert reaches([], {}, NOON) == timedelta(0)
