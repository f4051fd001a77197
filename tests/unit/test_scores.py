"""How often an address may fail: points, rests, and the end; how long mail to a provider rests."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from distributor.model.returns import Cause, Effect, Kind
from distributor.rules.mail.returning.providers import FIRST, LONGEST, provider_at, rested
from distributor.rules.mail.returning.scores import LASTING, PASSING, REST, RESTS, STALE, Score, scored, weight
from distributor.rules.mail.returning.smtp import answered
from tests.support import NOON

DAY = timedelta(days=1)


def failed(*days: float, halves: int = LASTING) -> Score:
    found: Score | None = None
    for day in days:
        found = scored(found, halves, NOON + day * DAY)
    assert found is not None
    return found


def test_a_full_mailbox_counts_once_a_day_however_many_mails_it_refuses():
    assert failed(0, 0.1, 0.2).points == 1
    assert failed(0, 1, 2).points == 3


def test_what_passes_by_itself_counts_half():
    assert weight("4.2.2") == PASSING
    assert (weight("5.2.2"), weight(None)) == (LASTING, LASTING)
    assert failed(0, 1, halves=PASSING).points == 1


def test_after_five_points_an_address_rests_a_week_and_not_before():
    assert failed(0, 1, 2, 3).until is None
    found = failed(0, 1, 2, 3, 4)
    assert (found.rests, found.until, found.is_over) == (1, NOON + 4 * DAY + REST, False)


def test_a_week_without_a_failure_is_forgotten_and_seven_days_to_the_weekly_are_not():
    assert failed(0, 1, 2, 2 + STALE).points == 4
    assert failed(0, 1, 2, 3 + STALE).points == 1


def test_reports_that_come_late_in_a_rest_change_nothing_but_the_day():
    rested_once = failed(0, 1, 2, 3, 4)
    late = scored(rested_once, LASTING, NOON + 5 * DAY)
    assert (late.rests, late.until, late.halves) == (1, rested_once.until, rested_once.halves)


def test_after_three_rests_and_one_more_failure_it_is_given_up():
    found = failed(0, 1, 2, 3, 4, 12, 20, 28)
    assert (found.rests, found.is_over) == (RESTS, True)
    assert not failed(0, 1, 2, 3, 4, 12, 20).is_over


def test_who_takes_mail_again_for_a_week_after_a_rest_begins_anew():
    found = failed(0, 1, 2, 3, 4, 4 + 7 + STALE + 1)
    assert (found.points, found.rests, found.until) == (1, 0, None)


@given(st.lists(st.floats(0, 60, allow_nan=False), max_size=40))
def test_nobody_is_given_up_within_three_weeks_whatever_fails(days: list[float]):
    found: Score | None = None
    for day in sorted(days):
        found = scored(found, LASTING, NOON + timedelta(days=day))
        if found.is_over:
            assert day - min(days) > 3 * REST / DAY + 3
            break


def test_each_refusal_of_a_provider_makes_its_rest_longer_and_none_lasts_more_than_a_day():
    count, until = rested(0, None, NOON)
    assert (count, until) == (1, NOON + FIRST)
    assert rested(count, until, NOON + FIRST / 2) == (1, until)
    for _ in range(12):
        before = until
        count, until = rested(count, until, before + DAY)
        assert until - (before + DAY) <= LONGEST
    assert (count, until - before - DAY) == (13, LONGEST)
    assert rested(count, until, until + 3 * DAY) == (1, until + 3 * DAY + FIRST)


def test_a_provider_is_known_by_the_end_of_its_addresses():
    assert (provider_at("Reader@Mail.Example.ORG"), provider_at("a@googlemail.com")) == ("mail.example.org", "gmail")


def sentence(code: int, where: str, text: str) -> str:
    return f"the relay answered {code} to {where}: {text}"


def test_what_a_relay_answers_at_once_is_judged_like_a_report():
    found = answered(sentence(550, "RCPT", "5.1.1 User unknown"), "a@example.org")
    assert found is not None
    (one,) = found.recipients
    assert (found.kind, one.cause, one.effect, one.status) == (Kind.BOUNCE, Cause.DEAD, Effect.SUPPRESS, "5.1.1")
    found = answered(sentence(550, "the message", "5.7.26 unauthenticated"), "a@example.org")
    assert found is not None
    assert found.recipients[0].effect is Effect.PAUSE_LANE


def test_a_passing_answer_is_tried_again_and_counts_for_nothing_unless_it_is_about_us():
    assert answered(sentence(452, "RCPT", "4.2.2 mailbox full"), "a@example.org") is None
    found = answered(sentence(421, "RCPT", "4.7.28 unusual rate"), "a@example.org")
    assert found is not None
    assert (found.kind, found.recipients[0].effect) == (Kind.DELAYED, Effect.PAUSE_LANE)


def test_what_was_refused_before_a_reader_was_named_is_not_about_the_reader():
    assert answered(sentence(550, "MAIL", "5.1.1 user unknown"), "a@example.org") is None
    assert answered(sentence(550, "MAIL", "5.7.1 denied"), "a@example.org") is not None
    assert answered("not a mail address: 'x'", "a@example.org") is None


def test_a_bare_550_to_rcpt_says_that_nobody_is_there():
    found = answered(sentence(550, "RCPT", "Requested action not taken: mailbox unavailable"), "a@example.org")
    assert found is not None
    assert found.recipients[0].cause is Cause.DEAD
    found = answered(sentence(550, "the message", "Requested action not taken: mailbox unavailable"), "a@example.org")
    assert found is not None
    assert found.recipients[0].cause is Cause.OTHER


def test_nothing_is_forgotten_by_the_clock_alone():
    instant: datetime = NOON
    assert scored(None, LASTING, instant) == Score(halves=LASTING, day=instant.date())
