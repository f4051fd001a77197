"""Who gets an issue first, what a stop means, and where each reader stands in a receipt: the pure part."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.model import Canary, Control, Fated, Phase, State
from distributor.rules.mail.canary import Answer, CameBack, Recipient, Ruling, drawn, judged
from distributor.rules.mail.control import resumed, stopped
from distributor.rules.mail.receipts import Fate, fate_of, summed, why_excluded
from tests.support import NOON

USERS = "the relay answered 550 to RCPT TO: 5.1.1 no such user here"
POLICY = "the relay answered 550 to DATA: 5.7.1 message rejected: DMARC policy"
FULL = "the relay answered 452 to RCPT TO: 4.2.2 mailbox full"


def readers(**domains: int) -> list[Recipient]:
    """So many readers at each provider."""
    names = [name for name, count in domains.items() for _ in range(count)]
    return [Recipient(delivery=number, subscriber=1000 + number, domain=name) for number, name in enumerate(names)]


def answer(state: State, count: int, reason: str = "", *, was_tried: bool = True) -> Answer:
    return Answer(state=state, reason=reason, was_tried=was_tried, count=count)


def test_each_provider_stands_in_the_draw_by_its_share():
    everybody = readers(big=5000, middle=900, small=100)
    first = drawn(7, everybody, Canary(share=0.02))
    counts = Counter(one.domain for one in everybody if one.delivery in first)
    assert len(first) == 120
    assert [abs(counts[name] - share) <= 1 for name, share in (("big", 100), ("middle", 18), ("small", 2))] == [
        True
    ] * 3


def test_many_small_providers_come_up_together():
    everybody = readers(**{f"d{number}": 1 for number in range(2000)})
    assert len(drawn(7, everybody, Canary(share=0.05))) == 100


def test_the_draw_is_the_same_again_and_another_with_the_next_issue():
    everybody = readers(a=500, b=500)
    first = drawn(7, everybody, Canary(number=50))
    assert drawn(7, everybody[::-1], Canary(number=50)) == first
    assert drawn(8, everybody, Canary(number=50)) != first


@given(st.lists(st.sampled_from("abcdef"), max_size=60), st.integers(0, 70), st.floats(0.001, 0.999))
@settings(max_examples=100)
def test_a_draw_is_never_empty_and_never_more_than_there_are(names, number, share):
    everybody = [Recipient(delivery=n, subscriber=n, domain=name) for n, name in enumerate(names)]
    canary = Canary(number=number, share=share)
    first = drawn(1, everybody, canary)
    assert len(first) == canary.of(len(everybody)) == min(len(names), number or max(1, round(share * len(names))))
    assert first <= {one.delivery for one in everybody}


def test_the_others_wait_until_the_time_is_over_and_all_of_the_first_have_been_tried():
    done, queued = answer(State.SENT, 98), answer(State.DUE, 2, was_tried=False)
    assert judged([done], is_over=False) == (Ruling.WAIT, "")
    assert judged([done, queued], is_over=True) == (Ruling.WAIT, "")
    assert judged([done, answer(State.SENDING, 1)], is_over=True) == (Ruling.WAIT, "")
    assert judged([done, answer(State.DUE, 2, FULL), answer(State.HELD, 3)], is_over=True) == (Ruling.GO, "")
    assert judged([], is_over=True) == (Ruling.GO, "")
    unreached = answer(State.DUE, 99, "the relay cannot be reached")
    assert judged([done, unreached], is_over=True) == (Ruling.WAIT, "")


@pytest.mark.parametrize(
    ("answers", "complaints", "bounces", "found"),
    [
        ([answer(State.FAILED, 6, USERS)], 0, 0, "6 dead addresses among 100 answers to the first mails"),
        ([answer(State.SENT, 6)], 0, 6, "6 dead addresses among 100 answers to the first mails"),
        ([answer(State.SENT, 6)], 2, 0, "2 complaints among 100 answers to the first mails"),
        ([answer(State.FAILED, 2, POLICY)], 0, 0, "2 refusals of the sender among 96 answers to the first mails"),
        (
            [answer(State.FAILED, 9, USERS), answer(State.FAILED, 9, POLICY)],
            0,
            0,
            "9 dead addresses and 9 refusals of the sender among 112 answers to the first mails",
        ),
    ],
)
def test_a_spike_halts_at_once(answers, complaints, bounces, found):
    seen = [answer(State.SENT, 94), *answers]
    later = CameBack(complaints=complaints, dead=bounces)
    assert judged(seen, later, is_over=False) == (Ruling.HALT, found)


def test_single_dead_addresses_full_mailboxes_and_one_stray_refusal_halt_nothing():
    seen = [answer(State.SENT, 95), answer(State.FAILED, 2, USERS), answer(State.DUE, 3, FULL)]
    stray = [*seen, answer(State.FAILED, 1, POLICY)]
    assert judged(stray, CameBack(complaints=1), is_over=True) == (Ruling.GO, "")
    assert judged(stray, CameBack(faults=1), is_over=True)[0] is Ruling.HALT


def test_a_canary_of_one_that_is_refused_for_our_sake_is_enough():
    ruling, _ = judged([answer(State.FAILED, 1, POLICY)], is_over=False)
    assert ruling is Ruling.HALT
    assert judged([answer(State.FAILED, 1, USERS)], is_over=True)[0] is Ruling.GO


def control(phase: Phase, **fields: object) -> Control:
    return Control(issue=1, phase=phase, who="Ann", **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("phase", "ends", "to"),
    [
        (Phase.FREE, False, Phase.STOPPED),
        (Phase.CANARY, False, Phase.STOPPED),
        (Phase.HALTED, False, Phase.ENDED),
        (Phase.STOPPED, True, Phase.ENDED),
        (Phase.STOPPED, False, None),
        (Phase.ENDED, True, None),
    ],
)
def test_a_stop_holds_and_after_a_halt_it_ends(phase, ends, to):
    found, why = stopped(control(phase), NOON, ends=ends)
    assert found is to
    assert bool(why) is (to is None)


def test_before_its_first_mail_a_stop_ends_an_issue():
    early = control(Phase.FREE, begins_at=NOON + timedelta(minutes=2))
    assert stopped(early, NOON, ends=False) == (Phase.ENDED, "")
    assert stopped(early, NOON + timedelta(minutes=2), ends=False) == (Phase.STOPPED, "")


def test_a_resume_lets_go_what_was_judged_and_watches_on_what_was_not():
    watched = {"canary": Canary(share=0.1), "drawn_at": NOON}
    assert resumed(control(Phase.STOPPED)) is Phase.FREE
    assert resumed(control(Phase.STOPPED, **watched)) is Phase.CANARY
    assert resumed(control(Phase.STOPPED, **watched, judged_at=NOON)) is Phase.FREE
    assert resumed(control(Phase.HALTED, **watched)) is Phase.FREE
    assert resumed(control(Phase.CANARY, **watched)) is Phase.FREE
    assert resumed(control(Phase.FREE)) is None
    assert resumed(control(Phase.ENDED)) is None


def test_a_canary_is_watched_from_its_draw_or_from_the_first_mail():
    wait, later = timedelta(minutes=20), NOON + timedelta(minutes=2)
    assert control(Phase.FREE).watched_until is None
    assert control(Phase.CANARY, canary=Canary(share=0.1)).watched_until is None
    assert control(Phase.CANARY, canary=Canary(share=0.1), drawn_at=NOON).watched_until == NOON + wait
    begun = control(Phase.CANARY, canary=Canary(share=0.1), drawn_at=NOON, begins_at=later)
    assert begun.watched_until == later + wait


@pytest.mark.parametrize(
    ("state", "fields", "fate", "why"),
    [
        (State.SENT, {}, Fate.ACCEPTED, ""),
        (State.SENT, {"came_back": "dead"}, Fate.BOUNCED, "dead"),
        (State.SENT, {"came_back": "complained"}, Fate.ACCEPTED, "complained"),
        (State.FAILED, {"reason": USERS}, Fate.BOUNCED, "dead"),
        (State.FAILED, {"reason": POLICY}, Fate.BOUNCED, "sender_fault"),
        (State.UNKNOWN, {}, Fate.UNKNOWN, ""),
        (State.SKIPPED, {"reason": "the reader has left"}, Fate.EXCLUDED, "left"),
        (State.HELD, {"held_by": "canary"}, Fate.RETRYING, "held by canary"),
        (State.SENDING, {}, Fate.RETRYING, "at the wire"),
        (State.DUE, {"was_tried": True}, Fate.RETRYING, "tried before"),
        (State.PLANNED, {}, Fate.RETRYING, "waiting"),
    ],
)
def test_every_reader_stands_in_one_fate_with_its_reason(state, fields, fate, why):
    told = {"segment": 1, "held_by": "", "reason": "", "was_tried": False, "count": 3}
    one = Fated(state=state, **told | fields)
    assert fate_of(one) == (fate, why)
    whole, parts = summed([one, one])
    assert (whole.recipients, whole.fates[fate], parts[1].recipients) == (6, 6, 6)
    assert whole.why[fate] == (Counter({why: 6}) if why else Counter())


def test_what_nobody_foresaw_is_told_as_other():
    assert why_excluded("the moon was full") == "other"
    assert why_excluded("the reader has had 3 mails today, and wants no more") == "most per day"
