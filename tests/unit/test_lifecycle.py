from datetime import timedelta

import pytest

from distributor.errors import (
    AlreadyThere,
    ChannelError,
    OutOfCredit,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
    UnknownOutcome,
)
from distributor.model import Failed, Receipt, RetryAt, Sent, State, Unknown
from distributor.rules.fate.lifecycle import LONGEST_WAIT, MOST_TRIES, MOVES, OPEN, backoff, decide, state_after
from tests.support import NOON


def test_every_state_has_its_row_in_the_law():
    assert set(MOVES) == set(State)


def test_unknown_is_never_left_for_sending():
    assert State.SENDING not in MOVES[State.UNKNOWN]


def test_what_has_ended_stays_ended():
    assert not MOVES[State.SENT]
    assert not MOVES[State.FAILED]
    assert not MOVES[State.SKIPPED]
    assert {State.PLANNED, State.DUE, State.HELD, State.SENDING} == OPEN


def test_only_a_due_row_touches_the_wire():
    assert [state for state, moves in MOVES.items() if State.SENDING in moves] == [State.DUE]


def test_an_accepted_post_is_sent():
    receipt = Receipt(remote_id="7", url="https://x.test/7")
    assert decide(receipt, tries=1, now=NOON).outcome == Sent(receipt=receipt)


def test_a_refused_text_fails_for_good():
    verdict = decide(Rejected("text is too long"), tries=1, now=NOON)
    assert verdict.outcome == Failed(reason="text is too long")
    assert not verdict.pause
    assert verdict.not_before is None


def test_words_that_stand_there_already_prove_a_doubted_post_and_refuse_any_other():
    answer = AlreadyThere("duplicate: X answered 403")
    assert decide(answer, tries=2, now=NOON, doubted=True).outcome == Sent(receipt=Receipt())
    assert decide(answer, tries=1, now=NOON).outcome == Failed(reason="duplicate: X answered 403")


def test_a_refusal_of_another_kind_says_nothing_about_a_doubted_post():
    verdict = decide(Rejected("text is too long"), tries=2, now=NOON, doubted=True)
    assert verdict.outcome == Failed(reason="text is too long")


def test_no_answer_after_the_first_byte_is_unknown():
    assert decide(UnknownOutcome("no answer in 20 s"), tries=1, now=NOON).outcome == Unknown(reason="no answer in 20 s")


def test_a_rate_limit_waits_as_long_as_asked_and_uses_up_no_try():
    verdict = decide(RateLimited("flood", retry_after=timedelta(hours=12)), tries=99, now=NOON)
    assert verdict.outcome == RetryAt(at=NOON + timedelta(hours=12), reason="flood", counts=False)
    assert verdict.not_before == NOON + timedelta(hours=12)


def test_a_rate_limit_that_names_no_time_waits_a_minute():
    verdict = decide(RateLimited("slow down"), tries=1, now=NOON)
    assert verdict.not_before == NOON + timedelta(minutes=1)


def test_a_failure_to_connect_waits_longer_each_time():
    waits = [decide(Unavailable("refused"), tries=tries, now=NOON).not_before for tries in range(1, 10)]
    assert waits == sorted(wait for wait in waits if wait)
    assert waits[0] == NOON + timedelta(seconds=5)
    assert waits[-1] == NOON + LONGEST_WAIT


def test_after_a_day_of_outage_a_delivery_fails_and_says_why():
    verdict = decide(Unavailable("refused"), tries=MOST_TRIES, now=NOON)
    assert verdict.outcome == Failed(reason="gave up after 100 tries: refused")
    assert sum((backoff(tries) for tries in range(1, MOST_TRIES)), timedelta()) > timedelta(hours=20)


@pytest.mark.parametrize("error", [Unauthorized("bad token"), OutOfCredit("no credits")])
def test_wrong_credentials_or_no_money_pause_the_channel_and_keep_the_delivery(error: ChannelError):
    verdict = decide(error, tries=1, now=NOON)
    assert verdict.pause == str(error)
    assert verdict.outcome == RetryAt(at=NOON, reason=str(error), counts=False)


def test_an_error_outside_the_agreed_ones_is_a_bug_and_escapes():
    with pytest.raises(ChannelError, match="odd"):
        decide(ChannelError("odd"), tries=1, now=NOON)


def test_every_outcome_moves_as_the_law_allows():
    outcomes = (
        Sent(receipt=Receipt()),
        RetryAt(at=NOON, reason="r", counts=True),
        Failed(reason="f"),
        Unknown(reason="u"),
    )
    assert {state_after(outcome) for outcome in outcomes} == MOVES[State.SENDING]


def test_refusals_that_name_no_time_are_waited_out_ever_longer():
    waits = [decide(RateLimited("429"), tries=1, now=NOON, waits=waits).not_before for waits in (0, 1, 2, 3, 4, 99)]
    assert [(at - NOON).total_seconds() / 60 if at else None for at in waits] == [1, 2, 4, 8, 15, 15]
    named = decide(RateLimited("429", retry_after=timedelta(seconds=7)), tries=1, now=NOON, waits=9)
    assert named.not_before == NOON + timedelta(seconds=7)
