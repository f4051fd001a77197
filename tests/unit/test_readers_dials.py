"""What a reader chose, as rules: slots in their zone, portions of an issue, whether a mail may leave now."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.model import (
    EVERYBODY,
    Act,
    Candidate,
    Choice,
    Delivery,
    Dials,
    Digest,
    Footing,
    Grouping,
    Lead,
    PubStatus,
    Rhythm,
    Segment,
    Served,
    State,
    Story,
    SubjectKind,
    SubscriptionState,
    Wish,
)
from distributor.rules.mail import sections
from distributor.rules.mail.courtesy import Leave, Pause, courtesy, day_began, day_ends
from distributor.rules.mail.issues import LOOKED_AT, plan, served, share
from distributor.rules.mail.portions import HAD, arranged, language_of, weigh
from distributor.rules.mail.rhythms import next_slot, reach, zone
from distributor.rules.queue.quiet import QuietHours, quiet_until
from tests.support import NOON, article

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DIGEST = Digest(name="morning", title="Morning", channel="mail", slots=("weekdays at 07:30",), zone="Europe/Minsk")
BERLIN = ZoneInfo("Europe/Berlin")


def story(number, **fields):
    return Story(id=number, article=article(number, **fields), first_seen_at=NOON - timedelta(minutes=number))


def found(*stories, waited_at=None):
    return [Candidate(story=one, waited_at=waited_at) for one in stories]


def local(instant, name):
    return f"{instant.astimezone(ZoneInfo(name)):%a %d %H:%M}"


# sections


def test_sections_are_kept_in_one_form_and_read_in_any():
    assert sections.kept(["Sport", "Economy", "Sport"]) == '["Economy", "Sport"]'
    assert sections.kept([]) == ""
    assert sections.chosen('["Economy", "Sport"]') == ("Economy", "Sport")
    assert sections.chosen("Economy, Sport\nChess") == ("Economy", "Sport", "Chess")
    assert sections.chosen("") == ()


@given(st.lists(st.text(min_size=1), max_size=5))
@settings(max_examples=50)
def test_what_was_kept_is_chosen(names):
    assert set(sections.chosen(sections.kept(names))) == set(names)


def test_a_story_outside_the_chosen_sections_says_why():
    assert sections.outside(article(), ()) == sections.outside(article(), ("politics",)) == ""
    assert sections.outside(article(), ("Sport",)) == "its section Politics is not among those chosen: Sport"
    assert sections.outside(article(categories=()), ("Sport",)).startswith("its section (none)")
    assert sections.offered(replace(DIGEST, categories=("A",))) == ("A",)
    assert sections.offered(replace(DIGEST, categories=("A",), sections=("B",))) == ("B",)


# rhythms


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        (Wish(), "Wed 25 07:30"),
        (Wish(rhythm=Rhythm.HOURLY), "Tue 24 16:00"),
        (Wish(rhythm=Rhythm.MORNING), "Wed 25 07:00"),
        (Wish(rhythm=Rhythm.EVENING), "Tue 24 18:00"),
        (Wish(rhythm=Rhythm.DAILY, hour="15:30"), "Tue 24 15:30"),
        (Wish(rhythm=Rhythm.DAILY), "Wed 25 07:00"),
        (Wish(rhythm=Rhythm.DAILY, hour="half past three"), "Wed 25 07:00"),
        (Wish(rhythm=Rhythm.WEEKLY, hour="09:00", weekday=6), "Sat 28 09:00"),
        (Wish(rhythm=Rhythm.WEEKLY), "Mon 30 07:00"),
    ],
)
def test_a_choice_has_its_slots(wish, expected):
    slot = next_slot(DIGEST, wish, NOON)
    assert local(slot, "Europe/Minsk") == expected


def test_those_who_get_single_stories_have_no_slots_and_what_is_not_offered_is_the_newsletters_own():
    assert next_slot(DIGEST, Wish(rhythm=Rhythm.FLASH), NOON) is None
    assert next_slot(DIGEST, Wish(rhythm=Rhythm.AT_ONCE), NOON) is None
    few = replace(DIGEST, rhythms=(Rhythm.WEEKLY,))
    assert next_slot(few, Wish(rhythm=Rhythm.HOURLY), NOON) == next_slot(few, Wish(), NOON)
    assert next_slot(replace(DIGEST, slots=()), Wish(), NOON) is None
    with pytest.raises(ValueError, match="is not a schedule"):
        next_slot(replace(DIGEST, slots=("now and then",)), Wish(), NOON)


def test_a_zone_that_nobody_knows_is_the_newsletters():
    for name in ("", "Mars/Olympus", "../etc/passwd", "."):
        assert zone(name, "Europe/Minsk").key == "Europe/Minsk"
    assert zone("Asia/Tokyo", "Europe/Minsk").key == "Asia/Tokyo"


def test_an_issue_reaches_back_to_the_slot_before_but_a_day_at_least():
    monday = datetime(2026, 11, 30, 4, 30, tzinfo=UTC)
    assert reach(DIGEST, Wish(), monday) == 3 * DAY
    assert reach(DIGEST, Wish(), monday + DAY) == DAY
    assert reach(replace(DIGEST, slots=()), Wish(), monday) == DAY
    assert reach(DIGEST, Wish(rhythm=Rhythm.HOURLY), monday) == DAY
    assert reach(DIGEST, Wish(rhythm=Rhythm.WEEKLY), monday) == 7 * DAY


@given(
    st.integers(0, 700 * 96),
    st.sampled_from(["Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Chatham", "Africa/Cairo"]),
    st.integers(0, 95),
)
@settings(max_examples=150, deadline=None)
def test_a_daily_reader_has_one_issue_on_every_local_day(step, name, quarter):
    wish = Wish(rhythm=Rhythm.DAILY, hour=f"{quarter // 4:02}:{quarter % 4 * 15:02}", zone=name)
    at, days = datetime(2026, 1, 1, tzinfo=UTC) + step * HOUR / 4, []
    for _ in range(4):
        at = next_slot(DIGEST, wish, at) or at
        days.append(at.astimezone(ZoneInfo(name)).date())
    assert [later - earlier for earlier, later in pairwise(days)] == [DAY] * 3


# portions


def reasons(weighed):
    return {one.story.id: one.why_out for one in weighed}


def test_every_story_says_why_it_is_in_or_out():
    segment = Segment(number=1, wish=Wish(), after=2, waited_since=NOON)
    candidates = [
        *found(story(7), story(6), story(5, categories=("Sport",)), story(4, language="ru"), story(3)),
        *found(story(2)),
        *found(story(1), waited_at=NOON),
        *found(story(8, pubstatus=PubStatus.CANCELED), story(9, embargoed=NOON + HOUR), story(10)),
    ]
    weighed = weigh(
        replace(DIGEST, most=3), candidates, segment, chosen=("Politics",), language="en", mailed={6}, now=NOON
    )
    assert reasons(weighed) == {
        7: "",
        6: HAD,
        5: "its section Sport is not among those chosen: Politics",
        4: "it is in ru, and the reader reads en",
        3: "",
        2: "it came before what is news for this reader",
        1: "",
        8: "its status is canceled",
        9: "it is under embargo",
        10: "it is beyond the 3 stories of one issue",
    }


def test_a_reader_of_a_digest_in_several_languages_gets_theirs():
    both = replace(DIGEST, languages=("en", "ru"))
    assert [language_of(both, one) for one in ("en", "en-GB", "ru", "be", "")] == ["en", "en", "ru", "", ""]
    assert language_of(DIGEST, "ru") == ""
    (unknown,) = weigh(DIGEST, found(story(1, language="")), EVERYBODY, language="en", now=NOON)
    assert unknown.why_out == "it is in no known language, and the reader reads en"


def test_an_issue_is_parted_and_led_as_its_definition_says():
    one, two, three = story(1, categories=("B",)), story(2, categories=("A",), urgency=2), story(3, categories=("C",))
    stories = (one, two, three)
    assert arranged(DIGEST, ()) == ()
    assert arranged(DIGEST, stories) == (("", stories),)
    assert arranged(replace(DIGEST, lead=Lead.URGENCY), stories) == (("", (two, one, three)),)
    parted = replace(DIGEST, grouping=Grouping.SECTION, sections=("A", "B"))
    assert arranged(parted, stories) == (("A", (two,)), ("B", (one,)), ("", (three,)))
    newest = story(4, categories=("A",), published=NOON)
    led = arranged(replace(parted, lead=Lead.NEWEST), (*stories, newest))
    assert led == (("", (newest,)), ("A", (two,)), ("B", (one,)), ("", (three,)))


# issues


def shared(wish=Wish(), *, before=None, newest=lambda _: 5, began=NOON - 30 * DAY, slot=NOON):  # noqa: B008
    return share(DIGEST, wish, slot, number=1, newest=newest, before=before, began=began)


DAILY = Wish(rhythm=Rhythm.DAILY)


def test_what_is_new_comes_after_the_last_issue_that_was_worth_sending_and_the_window_goes_a_day_back():
    before = Served(upto=9, at=NOON - HOUR, looked_at=NOON - HOUR)
    one = shared(DAILY, before=before)
    assert (one.fresh_after, one.segment.after, one.segment.waited_since) == (9, 5, NOON - DAY)
    assert not one.is_fresh(Candidate(story=story(9)))
    assert one.is_fresh(Candidate(story=story(9), waited_at=NOON - HOUR))
    assert one.is_fresh(Candidate(story=story(10)))
    older = shared(DAILY, before=replace(before, upto=3, at=NOON - 40 * HOUR))
    assert (older.fresh_after, older.segment.after, older.segment.waited_since) == (3, 3, NOON - 40 * HOUR)


def test_a_choice_that_nobody_had_for_days_begins_anew_and_a_young_digest_looks_to_the_day_before_it_began():
    asleep = Served(upto=1, at=NOON - 9 * DAY, looked_at=NOON - 4 * DAY)
    assert shared(DAILY, before=asleep).fresh_after == 5
    young = shared(DAILY, newest=lambda at: 2 if at == NOON - 2 * DAY else 5, began=NOON - DAY)
    assert (young.fresh_after, young.fresh_since, young.segment.after) == (2, NOON - 2 * DAY, 2)


def test_an_issue_is_worth_it_for_those_choices_that_have_something_new():
    sport = replace(DAILY, sections=sections.kept(["Sport"]))
    shares = [
        replace(shared(wish), segment=Segment(number=n, wish=wish, after=1)) for n, wish in ((1, DAILY), (2, sport))
    ]
    candidates = found(story(9), story(4), story(3, categories=("Sport",)))
    planned = plan(DIGEST, shares, candidates)
    assert [one.story.id for one in planned.stories] == [9, 4, 3]
    assert planned.again == {4, 3}
    assert [one.reason for one in planned.segments] == ["", "not worth an issue: 0 of at least 1 stories"]
    assert planned.worth == {DAILY}
    assert not planned.reason
    nothing = plan(replace(DIGEST, least=2), shares, candidates)
    assert (nothing.stories, nothing.reason) == ([], "not worth an issue: 1 of at least 2 stories")


def test_no_more_stories_are_looked_at_than_have_a_chance():
    planned = plan(DIGEST, [shared(DAILY)], found(*(story(number) for number in range(6, LOOKED_AT + 99))))
    assert len(planned.stories) == LOOKED_AT


def test_who_was_served_is_served_from_there_and_who_was_not_from_where_they_stood():
    one = shared(DAILY)
    assert served(one, is_worth=True, upto=20, now=NOON) == Served(upto=20, at=NOON, looked_at=NOON)
    assert served(one, is_worth=False, upto=20, now=NOON) == Served(upto=5, at=one.fresh_since, looked_at=NOON)


# courtesy


def mail(**fields):
    told = {
        "id": 1,
        "subject_id": 1,
        "subject_kind": SubjectKind.STORY,
        "channel": "mail",
        "recipient": 1,
        "act": Act.POST,
        "part": 0,
        "revision": 0,
        "state": State.DUE,
        "reason": "",
        "due_at": NOON,
        "priority": 5,
        "template": "",
        "attempts": 0,
        "message_id": None,
        "first_sent_at": None,
        "remote_id": "",
        "url": "",
    }
    return Delivery(**{**told, **fields})


def reader(*, rhythm=None, chosen=(), segment=None, mails=(), **dials):
    choice = Choice(topic="morning", state=SubscriptionState.CONFIRMED, rhythm=rhythm, sections=chosen)
    return Footing(choice=choice, dials=Dials(**dials), segment=segment, mails=tuple(mails))


def judged(footing, *, entry=None, digest=DIGEST, told=None, now=NOON):
    return courtesy(entry or mail(), footing, now, digest=digest, home="Europe/Minsk", article=told)


def had(count, at=NOON - HOUR):
    return [at] * count


def test_a_mail_of_another_rhythm_than_the_present_one_does_not_leave():
    segment = Segment(number=1, wish=DAILY)
    assert judged(reader(rhythm=Rhythm.DAILY, segment=segment)) is None
    left = Leave(reason="the reader has chosen another rhythm since (weekly)")
    assert judged(reader(rhythm=Rhythm.WEEKLY, segment=segment)) == left
    assert judged(reader(segment=segment)).reason.endswith("(that of the newsletter)")
    assert judged(reader(rhythm=Rhythm.WEEKLY, segment=EVERYBODY)) is None
    assert judged(reader(), told=article()).reason.endswith("(that of the newsletter)")
    assert judged(reader(), told=article(), digest=None) is None


def test_who_wants_flashes_alone_gets_no_other_story_and_sections_hold_for_single_stories():
    flash = reader(rhythm=Rhythm.FLASH)
    assert judged(flash, told=article()) == Leave(reason="the reader wants flashes alone")
    assert judged(flash, told=article(urgency=1)) is None
    assert judged(reader(chosen=("Sport",)), told=article(), digest=None).reason.startswith("its section Politics")


def test_a_pause_ends_a_mail_and_makes_a_correction_wait():
    paused = reader(rhythm=Rhythm.AT_ONCE, paused_until=NOON + HOUR)
    assert judged(paused, told=article()) == Leave(reason="the reader pauses")
    reply = mail(act=Act.REPLY)
    assert judged(paused, entry=reply) == Pause(until=NOON + HOUR, reason="the reader pauses")
    assert judged(paused, told=article(), now=NOON + HOUR) is None


def test_quiet_hours_are_the_readers_own_and_a_flash_wakes_those_who_want_flashes():
    quiet = {"quiet": "21:00-07:00", "zone": "Asia/Tokyo"}  # it is 21:00 there
    once = judged(reader(rhythm=Rhythm.AT_ONCE, **quiet), told=article())
    assert once == Pause(until=NOON + 10 * HOUR, reason="the reader's quiet hours 21:00-07:00 (Asia/Tokyo)")
    urgent = mail(priority=1)
    assert isinstance(judged(reader(rhythm=Rhythm.AT_ONCE, **quiet), entry=urgent, told=article(urgency=1)), Pause)
    assert judged(reader(rhythm=Rhythm.FLASH, **quiet), entry=urgent, told=article(urgency=1)) is None


def test_the_most_mails_of_a_day_are_counted_in_the_readers_own_day():
    once = {"rhythm": Rhythm.AT_ONCE, "most_per_day": 2, "zone": "Asia/Tokyo"}
    assert judged(reader(mails=had(1), **once), told=article()) is None
    full = judged(reader(mails=had(2), **once), told=article())
    assert full == Leave(reason="the reader has had 2 mails today, and wants no more")
    assert judged(reader(mails=had(2, NOON - 20 * HOUR), **once), told=article()) == full  # Greenwich's day before
    assert judged(reader(mails=had(2, NOON - 22 * HOUR), **once), told=article()) is None  # their day before
    reply = judged(reader(mails=had(2), **once), entry=mail(act=Act.REPLY))
    assert reply == Pause(until=NOON + 3 * HOUR, reason=full.reason)


def test_a_day_begins_at_the_first_instant_that_it_has():
    cairo = ZoneInfo("Africa/Cairo")  # no midnight on 24 April 2026
    at = datetime(2026, 4, 24, 9, 0, tzinfo=UTC)
    assert local(day_began(cairo, at), "Africa/Cairo") == "Fri 24 01:00"
    assert local(day_ends(cairo, at), "Africa/Cairo") == "Sat 25 00:00"


def test_quiet_hours_over_midnight_and_over_a_clock_change():
    night = QuietHours("22:00-07:00", BERLIN)
    assert night
    assert not QuietHours("", BERLIN)
    assert not QuietHours("", BERLIN).holds(NOON)
    long_night = datetime(2026, 10, 25, 1, 0, tzinfo=UTC)
    assert night.holds(long_night)
    assert night.end(long_night) == datetime(2026, 10, 25, 6, 0, tzinfo=UTC)
    assert quiet_until("22:00-07:00", BERLIN, NOON) is None
    for nothing in ("22:00", "late-early", "22:00-23:00-24:00"):
        assert quiet_until(nothing, BERLIN, NOON) is None


def test_an_hour_that_comes_twice_has_two_slots_and_one_that_never_comes_none():
    wish, found_at = Wish(rhythm=Rhythm.HOURLY, zone="Europe/Berlin"), datetime(2026, 10, 24, 22, 30, tzinfo=UTC)
    hours = []
    for _ in range(4):
        found_at = next_slot(DIGEST, wish, found_at) or found_at
        hours.append(f"{found_at:%H:%M}")
    assert hours == ["23:00", "00:00", "01:00", "02:00"]
